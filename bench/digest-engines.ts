// The engines whose approximate medians digest-speed.ts times: each with the same numbers and groups in its memory, and one
// question: the median of every group, from the columns to the answer. Called by digest-child.ts, one engine a process.
// In DuckDB's favour: its groups are integers, tracemill's are texts; tracemill also counts and checks what it labels.

import {
  DOUBLE,
  DuckDBDataChunk,
  DuckDBDoubleVector,
  DuckDBInstance,
  DuckDBIntegerVector,
  INTEGER,
} from "@duckdb/node-api";
import { TDigest as NpmDigest } from "tdigest";
import { type Dataset, openDataset } from "../src/engine.ts";
import type { Store } from "../src/index.ts";
import { KEY, LATENCY, type NumberData, numberDataset, numberTable } from "./number-table.ts";
import type { SyntheticTable } from "./synthetic.ts";

/** What is asked: over all groups or, without, over all numbers. */
export interface DigestQuestion {
  readonly isGrouped: boolean;
  readonly threads: number;
}

/** Answers a question with the median of the first group in order. */
export type DigestEngine = (question: DigestQuestion) => Promise<number>;

/** The engines by name. */
export const DIGEST_ENGINES = { tracemill: ownEngine, duckdb: duckdbEngine, npm: npmEngine } as const;
/** One of them. */
export type DigestEngineName = keyof typeof DIGEST_ENGINES;

const CHUNK_ROWS = 2_048;
const START_MILLISECONDS = 5_000;
const REQUEST = {
  view_type: "TRACES",
  metric_name: "latency",
  aggregations: [{ aggregation_type: "PERCENTILE", percentile_value: 50 }],
};

async function ownEngine(data: NumberData): Promise<DigestEngine> {
  const dataset = numberDataset(data);
  const stores = new Map<number, Store>();
  return async ({ isGrouped, threads }) => {
    const store = stores.get(threads) ?? (await startedStore(dataset, threads));
    stores.set(threads, store);
    const request = isGrouped ? { ...REQUEST, dimensions: [KEY] } : REQUEST;
    const { data_points: points } = await store.metrics(request, { percentiles: "tdigest" });
    if (points.length !== (isGrouped ? data.groups : 1)) throw new Error(`${points.length} groups`);
    return Object.values(points[0]?.values ?? {})[0] ?? Number.NaN;
  };
}

/** A store whose threads have started: from TypeScript sources that takes seconds, in which queries go without them. */
async function startedStore(dataset: Dataset, threads: number): Promise<Store> {
  const store = await openDataset(dataset, { threads });
  const until = performance.now() + (threads > 1 ? START_MILLISECONDS : 0);
  while (performance.now() < until) await store.metrics(REQUEST, { percentiles: "tdigest" });
  return store;
}

/** The rows of a table, some at a time. */
function* rowsOf(table: SyntheticTable): Generator<{ readonly codes: Int32Array; readonly numbers: Float64Array }> {
  const [keys, values] = [table.columns.get(KEY), table.columns.get(LATENCY)];
  if (keys?.type !== "dictionary" || values?.type !== "float64") throw new Error("no columns");
  // Codes are in order of first appearance; an engine that sorts by them must sort as by text.
  const ranks = Int32Array.from({ length: keys.dictionary.size }, (_, code) =>
    Number(keys.dictionary.text(code).slice(-7)),
  );
  for (const [at, { values: numbers }] of values.blocks.entries()) {
    const codes = keys.blocks[at]?.values.map((code) => ranks[code] ?? 0) ?? new Int32Array(0);
    for (let from = 0; from < numbers.length; from += CHUNK_ROWS) {
      yield { codes: codes.subarray(from, from + CHUNK_ROWS), numbers: numbers.subarray(from, from + CHUNK_ROWS) };
    }
  }
}

/** DuckDB with the numbers in a table in memory. */
async function duckdbEngine(data: NumberData): Promise<DigestEngine> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("CREATE TABLE numbers (g INTEGER, v DOUBLE)");
  const appender = await connection.createAppender("numbers");
  for (const { codes, numbers } of rowsOf(numberTable(data))) {
    const chunk = DuckDBDataChunk.create([INTEGER, DOUBLE], codes.length);
    [codes, numbers].forEach((array, at) => {
      const vector = chunk.getColumnVector(at);
      if (!(vector instanceof DuckDBDoubleVector || vector instanceof DuckDBIntegerVector)) return;
      for (let i = 0; i < array.length; i += 1) vector.setItem(i, array[i]!);
      vector.flush();
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  return async ({ isGrouped, threads }) => {
    await connection.run(`SET threads TO ${threads}`);
    const grouping = isGrouped ? "GROUP BY g ORDER BY g" : "";
    const reader = await connection.runAndReadAll(`SELECT approx_quantile(v, 0.5) FROM numbers ${grouping}`);
    if (reader.currentRowCount !== (isGrouped ? data.groups : 1)) throw new Error(`${reader.currentRowCount} groups`);
    return Number(reader.getRows()[0]?.[0]);
  };
}

/** npm's digest takes numbers one by one, and sorts what it holds when it is asked. */
async function npmEngine(data: NumberData): Promise<DigestEngine> {
  const chunks = [...rowsOf(numberTable(data))].map(({ codes, numbers }) => ({ codes, numbers: numbers.slice() }));
  return async ({ isGrouped }) => {
    const digests = Array.from({ length: isGrouped ? data.groups : 1 }, () => new NpmDigest());
    for (const { codes, numbers } of chunks) {
      for (let i = 0; i < numbers.length; i += 1) digests[isGrouped ? codes[i]! : 0]?.push(numbers[i]!);
    }
    return digests.map((digest) => digest.percentile(0.5))[0] ?? Number.NaN;
  };
}
