// How fast is the t-digest, and how far off, beside npm's tdigest, DuckDB's approx_quantile and exact percentiles?
// Called by run.ts as `digest`. Speed: the same values, once as one group and once over 1,000 groups, engines taking turns;
// tracemill on one thread. Error: distributions, orders of arrival and numbers of merged parts, by percentile.

import { DOUBLE, type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, INTEGER } from "@duckdb/node-api";
import { TDigest as NpmDigest } from "tdigest";
import { BLOCK_ROWS } from "../src/columns/column.ts";
import { DigestGroups } from "../src/kernels/digest-groups.ts";
import { condenseSegment, TDigest } from "../src/kernels/tdigest.ts";
import {
  exactPercentile,
  FAMILIES,
  HARD_FAMILIES,
  ORDERS,
  PERCENTILES,
  RANK_BOUNDS,
  rankError,
  valuesOf,
} from "./digest-families.ts";
import type { BenchResult } from "./record.ts";
import { type Summary, summarize } from "./stats.ts";

/** What to run. */
export interface DigestSettings {
  /** Values of the speed part. */
  readonly values: number;
  readonly seed: number;
  readonly runs: number;
  readonly say: (line: string) => void;
}

const GROUPS = 1_000;
const ERROR_VALUES = 500_000;
const PARTS = [1, 8, 100];
const NPM_SHARE = 20;
const CHUNK_ROWS = 2_048;

/** Runs the bench. Throws when an engine's median is not that of the values. */
export async function runDigest({ values: count, seed, runs, say }: DigestSettings): Promise<BenchResult> {
  const values = valuesOf(FAMILIES.get("lognormal") ?? (() => 0), count, seed);
  const ids = Uint32Array.from({ length: count }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 0) % GROUPS);
  const speed = [await measure({ name: "one group", values, ids: undefined }, { runs, say })];
  speed.push(await measure({ name: `${GROUPS} groups`, values, ids }, { runs, say }));
  const errors = errorTable(FAMILIES, say);
  const hard = errorTable(HARD_FAMILIES, say);
  return {
    bench: "digest",
    question: "How fast is the t-digest, and how far off?",
    details: {
      settings: {
        values: count,
        seed,
        runs,
        groups: GROUPS,
        tracemillThreads: 1,
        errorValues: ERROR_VALUES,
        parts: PARTS,
      },
      speed,
      bounds: RANK_BOUNDS,
      pastBounds: errors.filter(({ isWithin }) => !isWithin),
      worst: worstOf(errors),
      errors: errors.map(({ isWithin: _, ...row }) => row),
      notPromised: worstOf(hard),
    },
  };
}

interface Task {
  readonly name: string;
  readonly values: Float64Array;
  readonly ids: Uint32Array | undefined;
}

interface SpeedResult {
  readonly name: string;
  /** Nanoseconds a value, by engine. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly summary: Readonly<Record<string, Summary>>;
  /** The same of processor time, all threads together: steadier on a shared machine. */
  readonly cpuSamples: Readonly<Record<string, readonly number[]>>;
  readonly cpu: Readonly<Record<string, Summary>>;
  /** Medians: how many times as long as tracemill. */
  readonly times: Readonly<Record<string, number>>;
}

async function measure(
  task: Task,
  { runs, say }: { readonly runs: number; readonly say: (line: string) => void },
): Promise<SpeedResult> {
  const engines = new Map<string, () => Promise<number>>([["tracemill", async () => ownMedian(task)]]);
  const connection = await duckdb(task);
  for (const threads of [1, 2]) {
    engines.set(`duckdb, ${threads} threads`, async () => duckdbMedian(connection, task.ids !== undefined));
  }
  const part = task.values.subarray(0, Math.ceil(task.values.length / NPM_SHARE));
  engines.set("npm tdigest", async () => npmMedian({ ...task, values: part }));
  const samples: Record<string, number[]> = {};
  const cpuSamples: Record<string, number[]> = {};
  const exact = exactPercentile(groupOf(task, 0).sort(), 50);
  for (let run = 0; run <= runs; run += 1) {
    for (const [engine, median] of engines) {
      const threads = /(\d) threads/.exec(engine)?.[1];
      if (threads !== undefined) await connection.run(`SET threads TO ${threads}`);
      const started = performance.now();
      const before = process.cpuUsage();
      const found = await median();
      const { user, system } = process.cpuUsage(before);
      const size = engine === "npm tdigest" ? part.length : task.values.length;
      const nanoseconds = ((performance.now() - started) * 1e6) / size;
      if (Math.abs(found / exact - 1) > 0.5) throw new Error(`${engine}: median ${found} for ${exact}`);
      // The first turn warms up.
      if (run === 0) continue;
      samples[engine] = [...(samples[engine] ?? []), nanoseconds];
      cpuSamples[engine] = [...(cpuSamples[engine] ?? []), ((user + system) * 1e3) / size];
    }
  }
  connection.closeSync();
  const summary = Object.fromEntries(Object.entries(samples).map(([engine, list]) => [engine, summarize(list)]));
  const cpu = Object.fromEntries(Object.entries(cpuSamples).map(([engine, list]) => [engine, summarize(list)]));
  const own = summary["tracemill"]?.median ?? Number.NaN;
  const times = Object.fromEntries(Object.entries(summary).map(([engine, { median }]) => [engine, median / own]));
  const shown = Object.entries(summary).map(
    ([engine, { median }]) =>
      `${engine} ${median.toFixed(1)} ns (x${(median / own).toFixed(2)}; cpu ${cpu[engine]?.median.toFixed(1)})`,
  );
  say(`${task.name}: ${shown.join(", ")}`);
  return { name: task.name, samples, summary, cpuSamples, cpu, times };
}

function groupOf({ values, ids }: Task, group: number): Float64Array {
  return ids === undefined ? values.slice() : values.filter((_, i) => ids[i] === group);
}

/** The median of group 0, all groups computed, fed by block as exec/ does. */
function ownMedian({ values, ids }: Task): number {
  const digests = new DigestGroups();
  const groups = ids === undefined ? 1 : GROUPS;
  for (let block = 0; block * BLOCK_ROWS < values.length; block += 1) {
    const start = block * BLOCK_ROWS;
    const part = values.subarray(start, start + BLOCK_ROWS);
    const rows = { positions: undefined, count: part.length };
    digests.add(part, { ids: ids?.subarray(start, start + BLOCK_ROWS), rows, block, stable: true }, groups);
  }
  return digests.finish(groups).map((digest) => digest.percentile(50))[0] ?? Number.NaN;
}

/** npm's digest takes numbers one by one, and sorts what it holds when it is asked. */
function npmMedian({ values, ids }: Task): number {
  const digests = Array.from({ length: ids === undefined ? 1 : GROUPS }, () => new NpmDigest());
  for (let i = 0; i < values.length; i += 1) digests[ids?.[i] ?? 0]?.push(values[i] ?? 0);
  return digests.map((digest) => digest.percentile(0.5))[0] ?? Number.NaN;
}

/** DuckDB with the values in its memory. */
async function duckdb({ values, ids }: Task): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("CREATE TABLE numbers (g INTEGER, v DOUBLE)");
  const appender = await connection.createAppender("numbers");
  for (let start = 0; start < values.length; start += CHUNK_ROWS) {
    const part = values.slice(start, start + CHUNK_ROWS);
    const groups = Int32Array.from(part, (_, i) => ids?.[start + i] ?? 0);
    const chunk = DuckDBDataChunk.create([INTEGER, DOUBLE], part.length);
    chunk.setColumnValues(0, [...groups]);
    chunk.setColumnValues(1, [...part]);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  return connection;
}

/** The approximate median of group 0, all groups computed. */
async function duckdbMedian(connection: DuckDBConnection, isGrouped: boolean): Promise<number> {
  const sql = isGrouped
    ? "SELECT approx_quantile(v, 0.5) FROM numbers GROUP BY g ORDER BY g"
    : "SELECT approx_quantile(v, 0.5) FROM numbers";
  return Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0]);
}

interface ErrorRow {
  readonly family: string;
  readonly order: string;
  readonly parts: number;
  /** By percentile: rank error as a share of the values, and the value's relative error. */
  readonly rank: Readonly<Record<string, number>>;
  readonly value: Readonly<Record<string, number>>;
  readonly centroids: number;
  readonly isWithin: boolean;
}

function errorTable(families: typeof FAMILIES, say: (line: string) => void): readonly ErrorRow[] {
  const rows: ErrorRow[] = [];
  for (const [family, draw] of families) {
    const given = valuesOf(draw, ERROR_VALUES);
    const sorted = given.slice().sort();
    for (const [order, arrange] of ORDERS) {
      for (const parts of PARTS) rows.push(errorRow({ family, order, parts }, arrange(given, sorted), sorted));
    }
    say(`errors of ${family}: ${JSON.stringify(worstOf(rows.filter((row) => row.family === family))[family])}`);
  }
  return rows;
}

function errorRow(
  of: { readonly family: string; readonly order: string; readonly parts: number },
  values: Float64Array,
  sorted: Float64Array,
): ErrorRow {
  const digest = new TDigest();
  const size = Math.ceil(values.length / of.parts);
  for (let start = 0; start < values.length; start += size) {
    digest.merge(TDigest.of(condenseSegment(values, start, Math.min(values.length, start + size))));
  }
  const rank: Record<string, number> = {};
  const value: Record<string, number> = {};
  for (const percentile of PERCENTILES) {
    const found = digest.percentile(percentile);
    const exact = exactPercentile(sorted, percentile);
    rank[`P${percentile}`] = rankError(sorted, percentile, found);
    value[`P${percentile}`] = exact === found ? 0 : Math.abs(found - exact) / Math.abs(exact);
  }
  const isWithin = RANK_BOUNDS.every(
    ([percentile, bound]) => (rank[`P${percentile}`] ?? 0) <= bound || (value[`P${percentile}`] ?? 0) <= 1e-9,
  );
  return { ...of, rank, value, centroids: digest.centroids().means.length, isWithin };
}

/** The worst rank error of each family, by percentile. */
function worstOf(rows: readonly ErrorRow[]): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const worst: Record<string, Record<string, number>> = {};
  for (const { family, rank } of rows) {
    const found = worst[family] ?? {};
    worst[family] = found;
    for (const [percentile, error] of Object.entries(rank)) found[percentile] = Math.max(found[percentile] ?? 0, error);
  }
  return worst;
}
