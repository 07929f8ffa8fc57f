// What do compensated sums cost over plain ones?
// Called by run.ts as `sums`. The same loop with and without the error term, over one group and over 1,000, taking turns.

import { BLOCK_ROWS } from "../src/columns/column.ts";
import { partOf } from "../src/exec/measures.ts";
import { growSums, sumByGroup, sumValue } from "../src/kernels/accumulate.ts";
import { FAMILIES, valuesOf } from "./digest-families.ts";
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

/** Runs the bench. Throws when the sums differ by more than plain addition may lose. */
export async function runSums({ values: count, seed, runs, say }: SumsSettings): Promise<BenchResult> {
  const values = valuesOf(FAMILIES.get("lognormal") ?? (() => 0), count, seed);
  const ids = Uint32Array.from({ length: count }, (_, i) => (Math.imul(i, 0x9e3779b1) % GROUPS) >>> 0);
  const cases = [
    { name: "one group", ids: undefined, groups: 1 },
    { name: `${GROUPS} groups`, ids, groups: GROUPS },
  ].map(({ name, ids: by, groups }) => {
    const samples: { compensated: number[]; plain: number[] } = { compensated: [], plain: [] };
    for (let run = 0; run <= runs; run += 1) {
      const found: number[] = [];
      for (const how of ["compensated", "plain"] as const) {
        const started = performance.now();
        found.push((how === "plain" ? plain : compensated)(values, by, groups));
        if (run > 0) samples[how].push(((performance.now() - started) * 1e6) / count);
      }
      const [left = 0, right = 0] = found;
      if (Math.abs(left / right - 1) > 1e-9) throw new Error(`sums differ: ${left} and ${right}`);
    }
    const summary = { compensated: summarize(samples.compensated), plain: summarize(samples.plain) };
    const ratio = summary.compensated.median / summary.plain.median;
    say(
      `${name}: compensated ${summary.compensated.median.toFixed(2)} ns, plain ${summary.plain.median.toFixed(2)} ns, x${ratio.toFixed(2)}`,
    );
    return { name, samples, summary, ratio };
  });
  return {
    bench: "sums",
    question: "What do compensated sums cost over plain ones?",
    details: { settings: { values: count, seed, runs, groups: GROUPS, threads: 1 }, cases },
  };
}

/** The sum of group 0, all groups computed. */
function compensated(values: Float64Array, ids: Uint32Array | undefined, groups: number): number {
  const sums = growSums(groups);
  const counts = new Float64Array(groups);
  for (let block = 0; block * BLOCK_ROWS < values.length; block += 1) {
    const start = block * BLOCK_ROWS;
    const part = values.subarray(start, start + BLOCK_ROWS);
    const rows = { positions: undefined, count: part.length };
    sumByGroup(part, { ids: ids?.subarray(start, start + BLOCK_ROWS), rows }, { sums, counts, part: partOf(block) });
  }
  return sumValue(sums, 0);
}

/** The same without an error term: nulls skipped and counted, block by block. */
function plain(values: Float64Array, ids: Uint32Array | undefined, groups: number): number {
  const sums = new Float64Array(groups);
  const counts = new Float64Array(groups);
  for (let start = 0; start < values.length; start += BLOCK_ROWS) {
    const part = values.subarray(start, start + BLOCK_ROWS);
    if (ids === undefined) plainOne(part, sums, counts);
    else plainGroups(part, ids.subarray(start, start + BLOCK_ROWS), { sums, counts });
  }
  return sums[0] ?? Number.NaN;
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
