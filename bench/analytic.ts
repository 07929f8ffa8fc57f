// How fast are ten analytic queries over ten million traces in memory, beside DuckDB, Polars and arquero?
// Called by run.ts as `analytic`. Engines run one after the other in processes of their own; answers are compared before
// tracemill is timed.

import { formatBytes } from "../src/index.ts";
import { DUCKDB_THREADS } from "./duckdb-columns.ts";
import { measureEngines } from "./measure-engines.ts";
import type { BenchResult } from "./record.ts";
import type { ReplaySettings } from "./replay.ts";

/** Runs the bench. Throws when the engines' answers differ. */
export async function runAnalytic({ traces, seed, runs, threads, say }: ReplaySettings): Promise<BenchResult> {
  const measured = await measureEngines({ workload: "analytic", size: { traces, seed }, runs, threads, say });
  const geometricMeans = {
    duckdb: geometricMean(measured.questions.map(({ ratio }) => ratio.duckdb)),
    "duckdb-enum": geometricMean(measured.questions.map(({ ratio }) => ratio["duckdb-enum"])),
  };
  say(
    `geometric means of the ratios: duckdb x${geometricMeans.duckdb.toFixed(2)}, with enums x${geometricMeans["duckdb-enum"].toFixed(2)}`,
  );
  say(
    `peak memory: ${measured.memory.map(({ engine, peakRssBytes }) => `${engine} ${formatBytes(peakRssBytes)}`).join(", ")}`,
  );
  return {
    bench: "analytic",
    question: "How fast are ten analytic queries over traces in memory, beside DuckDB on the same columns?",
    details: {
      settings: { traces, seed, runs, threads: { tracemill: threads, duckdb: DUCKDB_THREADS } },
      geometricMeans,
      ...measured,
    },
  };
}

function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}
