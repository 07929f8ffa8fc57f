// How fast is a load of MLflow's overview page, twenty requests over three tables in memory, beside DuckDB?
// Called by run.ts as `replay`. Each engine fills its tables and runs in a process of its own, one after the other; the
// answers to all requests are compared before tracemill is timed, and nothing is recorded unless they agree.

import { formatBytes } from "../src/index.ts";
import { DUCKDB_THREADS } from "./duckdb-columns.ts";
import { measureEngines } from "./measure-engines.ts";
import type { BenchResult } from "./record.ts";

/** What to run. */
export interface ReplaySettings {
  readonly traces: number;
  readonly seed: number;
  /** Timed loads of the page, for each engine. */
  readonly runs: number;
  readonly threads: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

/** Runs the bench. Throws when the engines' answers differ. */
export async function runReplay({ traces, seed, runs, threads, say }: ReplaySettings): Promise<BenchResult> {
  const { answers: _, ...measured } = await measureEngines({
    workload: "replay",
    size: { traces, seed },
    runs,
    threads,
    say,
  });
  say(
    `peak memory: ${measured.memory.map(({ engine, peakRssBytes }) => `${engine} ${formatBytes(peakRssBytes)}`).join(", ")}`,
  );
  return {
    bench: "replay",
    question: "How fast is a load of MLflow's overview page in memory, beside DuckDB on the same columns?",
    details: {
      settings: { traces, seed, runs, threads: { tracemill: threads, duckdb: DUCKDB_THREADS } },
      ...measured,
    },
  };
}
