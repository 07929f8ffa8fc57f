// How fast are ten analytic queries over ten million traces in memory, beside DuckDB and Polars?
// Called by run.ts as `analytic`. Engines run one after the other in processes of their own; answers are compared before
// tracemill is timed.

import { formatBytes } from "../src/index.ts";
import { askPolars, type PolarsResult } from "./analytic-polars.ts";
import { DUCKDB_THREADS } from "./duckdb-columns.ts";
import { type Measured, measureEngines } from "./measure-engines.ts";
import type { BenchResult } from "./record.ts";
import type { ReplaySettings } from "./replay.ts";
import { summarize } from "./stats.ts";

/** Runs the bench. Throws when the engines' answers differ. */
export async function runAnalytic({ traces, seed, runs, threads, say }: ReplaySettings): Promise<BenchResult> {
  const size = { traces, seed };
  const { answers, ...measured } = await measureEngines({ workload: "analytic", size, runs, threads, say });
  const polars = await askPolars(size, runs, answers);
  const besidePolars = polars && comparePolars(polars, measured);
  if (besidePolars === undefined) say("polars: left out, TRACEMILL_POLARS_PYTHON is not set");
  for (const { name, median, ratio } of besidePolars?.questions ?? []) {
    say(`${name.padEnd(46)} polars ${median.toFixed(1).padStart(8)} ms (x${ratio.toFixed(2)})`);
  }
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
      geometricMeans: { ...geometricMeans, ...(besidePolars && { polars: besidePolars.geometricMean }) },
      ...measured,
      polars: besidePolars ?? "left out",
    },
  };
}

/** Polars' times beside tracemill's, by question. */
function comparePolars({ version, threads, samples }: PolarsResult, { questions }: Pick<Measured, "questions">) {
  const compared = questions.map(({ name, engines }, at) => {
    const times = samples[at] ?? [];
    const summary = summarize(times);
    return { name, ...summary, samples: times, ratio: summary.median / engines.tracemill.median };
  });
  return { version, threads, questions: compared, geometricMean: geometricMean(compared.map(({ ratio }) => ratio)) };
}

function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}
