// One size of the growth bench in a process of its own. Forked by growth.ts.
// Argument: a GrowthJob as JSON. Fills a table, checks every answer against a plain recount, then times it.

import { openDataset } from "../src/engine.ts";
import type { MetricsResponse, Store } from "../src/index.ts";
import { generateKeys } from "../src/synth/key-columns.ts";
import { NO_PAYLOAD } from "./engines.ts";
import { DIMENSIONS, type GrowthJob, type GrowthReply } from "./growth.ts";
import { peakRssBytes } from "./peak-memory.ts";
import { BLOCK_ROWS, type SyntheticTable, syntheticTables } from "./synthetic.ts";

const TOLERANCE = 1e-9;

/** Counts and sums by code of a dictionary column, by a plain loop. */
function recount(table: SyntheticTable, key: string): { counts: Float64Array; sums: Float64Array; groups: number } {
  const [keys, values] = [table.columns.get(key), table.columns.get("execution_duration_ms")];
  if (keys?.type !== "dictionary" || values?.type !== "float64") throw new Error(`no columns to count ${key} by`);
  const counts = new Float64Array(keys.dictionary.size);
  const sums = new Float64Array(keys.dictionary.size);
  for (let row = 0; row < table.rows; row += 1) {
    const block = Math.floor(row / BLOCK_ROWS);
    const code = keys.blocks[block]?.values[row % BLOCK_ROWS] as number;
    counts[code] = (counts[code] as number) + 1;
    sums[code] = (sums[code] as number) + (values.blocks[block]?.values[row % BLOCK_ROWS] as number);
  }
  return { counts, sums, groups: counts.length };
}

function ask(store: Store, dimension: string): Promise<MetricsResponse> {
  const aggregations = [{ aggregation_type: "COUNT" }, { aggregation_type: "AVG" }];
  return store.metrics({ view_type: "TRACES", metric_name: "latency", aggregations, dimensions: [dimension] });
}

/** Throws unless the answer is that of the recount. Gives the number of groups in the table. */
function check(table: SyntheticTable, key: string, { data_points: points }: MetricsResponse): number {
  const { counts, sums, groups } = recount(table, key);
  const column = table.columns.get(key);
  if (column?.type !== "dictionary") throw new Error(`${key} is no text column`);
  for (const { dimensions, values } of points) {
    const code = column.dictionary.codeOf(Object.values(dimensions)[0] ?? "");
    const [count = 0, sum = 0] = [counts[code], sums[code]];
    const average = values["AVG"] ?? Number.NaN;
    if (values["COUNT"] !== count || !(Math.abs(average * count - sum) <= TOLERANCE * sum)) {
      throw new Error(`${key}: ${JSON.stringify(dimensions)} is ${JSON.stringify(values)}, recounted ${count}, ${sum}`);
    }
  }
  if (points.length !== Math.min(groups, job.maxResults))
    throw new Error(`${key}: ${points.length} of ${groups} groups`);
  return groups;
}

async function measure(store: Store, dimension: string): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let run = 0; run < job.runs; run += 1) {
    const started = performance.now();
    await ask(store, dimension);
    samples.push(performance.now() - started);
  }
  return samples;
}

function send(reply: GrowthReply): void {
  process.send?.(reply);
}

const job = JSON.parse(process.argv[2] ?? "{}") as GrowthJob;
const distinct = new Map(DIMENSIONS.map(({ column, groups }) => [column, groups]));
const traces = generateKeys({ rows: job.rows, seed: job.seed, distinct });
const none = { options: { traces: 0 }, names: { traces: [], spans: [], assessments: [] } };
const dataset = { ...syntheticTables(none), traces, payload: NO_PAYLOAD };
for (const threads of job.threads) {
  const store = await openDataset(dataset, { threads });
  for (const { column, dimension, groups } of DIMENSIONS) {
    if (groups > job.rows) continue;
    // The first answer is checked, and warms up.
    const found = check(traces, column, await ask(store, dimension));
    send({ cell: { rows: job.rows, groups, found, threads, samples: await measure(store, dimension) } });
  }
}
send({ peakRssBytes: peakRssBytes() });
