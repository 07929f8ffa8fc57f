// What do compensated sums cost over plain ones?
// Called by run.ts as `sums`. A plain loop over the columns, the same loop with its error term (kernels/accumulate.ts, where
// there is no WebAssembly) and a whole query, over one group and over 1,000, taking turns on one thread.

import { openDataset } from "../src/engine.ts";
import { partOf } from "../src/exec/measures.ts";
import type { Store } from "../src/index.ts";
import { growSums, sumByGroup, sumValue } from "../src/kernels/accumulate.ts";
import { KEY, LATENCY, numberDataset } from "./number-table.ts";
import type { BenchResult } from "./record.ts";
import { summarize } from "./stats.ts";

/** What to run. */
export interface SumsSettings {
  readonly values: number;
  readonly seed: number;
  readonly runs: number;
  readonly say: (line: string) => void;
}

const GROUPS = 1_000;
const AGREEMENT = 1e-9;
const REQUEST = { view_type: "TRACES", metric_name: "latency", aggregations: [{ aggregation_type: "SUM" }] };

/** A block of the columns; without ids all numbers are of one group. */
interface Block {
  readonly values: Float64Array;
  readonly ids: Uint32Array | undefined;
}

interface Task {
  readonly blocks: readonly Block[];
  readonly groups: number;
  readonly store: Store;
}

const WAYS = { plain, kernel, engine } as const;

/** Runs the bench. Throws when the sums differ by more than plain addition may lose. */
export async function runSums({ values, seed, runs, say }: SumsSettings): Promise<BenchResult> {
  const dataset = numberDataset({ values, groups: GROUPS, seed });
  const [numbers, keys] = [dataset.traces.columns.get(LATENCY), dataset.traces.columns.get(KEY)];
  if (numbers?.type !== "float64" || keys?.type !== "dictionary") throw new Error("no columns");
  const grouped = numbers.blocks.map((block, at) => ({
    values: block.values,
    ids: Uint32Array.from(keys.blocks[at]?.values ?? []),
  }));
  const store = await openDataset(dataset, { threads: 1 });
  const one: Task = { blocks: grouped.map((block) => ({ ...block, ids: undefined })), groups: 1, store };
  const cases = [
    await measure("one group", one, { values, runs, say }),
    await measure(`${GROUPS} groups`, { blocks: grouped, groups: GROUPS, store }, { values, runs, say }),
  ];
  return {
    bench: "sums",
    question: "What do compensated sums cost over plain ones?",
    details: { settings: { values, seed, runs, groups: GROUPS, threads: 1 }, cases },
  };
}

async function measure(name: string, task: Task, { values, runs, say }: Pick<SumsSettings, "values" | "runs" | "say">) {
  const samples: { readonly [way in keyof typeof WAYS]: number[] } = { plain: [], kernel: [], engine: [] };
  for (let run = 0; run <= runs; run += 1) {
    const found: number[] = [];
    for (const way of ["plain", "kernel", "engine"] as const) {
      const started = performance.now();
      found.push(await WAYS[way](task));
      // The first turn warms up.
      if (run > 0) samples[way].push(((performance.now() - started) * 1e6) / values);
    }
    const [first = 0] = found;
    if (found.some((sum) => !(Math.abs(sum / first - 1) <= AGREEMENT))) throw new Error(`sums differ: ${found}`);
  }
  const [plainly, byKernel, byEngine] = [
    summarize(samples.plain),
    summarize(samples.kernel),
    summarize(samples.engine),
  ];
  const summary = { plain: plainly, kernel: byKernel, engine: byEngine };
  const ratio = { kernel: byKernel.median / plainly.median, engine: byEngine.median / plainly.median };
  say(
    `${name}: plain ${plainly.median.toFixed(2)} ns a value, kernel ${byKernel.median.toFixed(2)} (x${ratio.kernel.toFixed(2)}), ` +
      `whole query ${byEngine.median.toFixed(2)} (x${ratio.engine.toFixed(2)})`,
  );
  return { name, samples, summary, ratio };
}

/** The sum of all groups by the engine: a whole query. */
async function engine({ store, groups }: Task): Promise<number> {
  const { data_points: points } = await store.metrics(groups === 1 ? REQUEST : { ...REQUEST, dimensions: [KEY] });
  return points.reduce((sum, { values }) => sum + (values["SUM"] ?? Number.NaN), 0);
}

/** By the loops in TypeScript. */
function kernel({ blocks, groups }: Task): number {
  const sums = growSums(groups);
  const counts = new Float64Array(groups);
  for (const [block, { values, ids }] of blocks.entries()) {
    const rows = { positions: undefined, count: values.length };
    sumByGroup(values, { ids, rows }, { sums, counts, part: partOf(block) });
  }
  let sum = 0;
  for (let group = 0; group < groups; group += 1) sum += sumValue(sums, group);
  return sum;
}

/** The same without an error term: nulls skipped and counted, block by block. */
function plain({ blocks, groups }: Task): number {
  const sums = new Float64Array(groups);
  const counts = new Float64Array(groups);
  for (const { values, ids } of blocks) {
    if (ids === undefined) plainOne(values, sums, counts);
    else plainGroups(values, ids, { sums, counts });
  }
  return sums.reduce((left, right) => left + right, 0);
}

function plainOne(values: Float64Array, sums: Float64Array, counts: Float64Array): void {
  let sum = 0;
  let present = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    present += 1;
  }
  sums[0]! += sum;
  counts[0]! += present;
}

function plainGroups(
  values: Float64Array,
  ids: Uint32Array,
  { sums, counts }: { readonly sums: Float64Array; readonly counts: Float64Array },
): void {
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    sums[ids[i]!]! += value;
    counts[ids[i]!]! += 1;
  }
}
