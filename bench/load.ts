// How fast does a 1 GB export become columns, beside DuckDB's read_json and JSON.parse a line?
// Called by run.ts as `load` (repeated, 1 GB) and as `memory` (once, 4 GB). Every engine makes the declared columns and all tags
// and metadata by key; payload (previews, inputs, outputs, attributes) is no part of the comparison and left out on all
// sides. JSON.parse keeps nothing but counters.

import { formatBytes } from "../src/index.ts";
import { ensureExport } from "./data.ts";
import { FAMILIES, TRACEMILL_COLUMNS } from "./load-columns.ts";
import { DUCKDB_ANSWERS, DUCKDB_LOAD, DUCKDB_THREADS } from "./load-duckdb.ts";
import { longestLine } from "./load-lines.ts";
import type { LoadEngineName } from "./load-process.ts";
import { type LoadFigures, type LoadSubject, type MeasuredLoad, measureLoads } from "./measure-loads.ts";
import type { BenchResult } from "./record.ts";

/** The engines, in the order in which they take turns. */
export const ENGINES: readonly LoadEngineName[] = ["tracemill", "duckdb", "duckdb-by-table", "json-parse"];

/** What to run. */
export interface LoadSettings {
  readonly bench: "load" | "memory";
  readonly sizeBytes: number;
  readonly seed: number;
  /** Timed loads of each engine, warm and first. */
  readonly runs: number;
  readonly engines: readonly LoadEngineName[];
  /** tracemill loads with one thread, and with so many. */
  readonly threads: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

const QUESTIONS = {
  load: "How fast does an export become columns, beside DuckDB's read_json and JSON.parse a line?",
  memory: "How much memory does a large export take while it becomes columns, beside the same rivals?",
} as const;
const PAYLOAD =
  "places of payload (request_preview, response_preview, info, data, inputs, outputs, attributes, events, content)";

/** Runs the bench. Throws when the engines' answers or columns differ. */
export async function runLoad(settings: LoadSettings): Promise<BenchResult> {
  const { bench, runs, seed, say } = settings;
  const { path, name, sizeBytes } = ensureExport({ seed, sizeBytes: settings.sizeBytes });
  const line = longestLine(path);
  const subjects = settings.engines.flatMap((engine) =>
    threadsOf(engine, settings.threads).map(
      (threads): LoadSubject => ({
        name: `${engine}, ${threads} ${threads === 1 ? "thread" : "threads"}`,
        job: { engine, path, longestLine: line, threads },
        textBytes: sizeBytes,
      }),
    ),
  );
  const { agreed, loads } = await measureLoads(subjects, { runs, warm: bench === "load", say });
  const ratios = ratiosOf(subjects, loads);
  for (const load of loads) say(lineOf(load));
  for (const [own, rivals] of Object.entries(ratios)) {
    for (const [rival, { first, warm }] of Object.entries(rivals)) {
      say(`${own}: ${warm === undefined ? "" : `warm ${warm.toFixed(2)}, `}first ${first.toFixed(2)} times ${rival}`);
    }
  }
  return {
    bench,
    question: QUESTIONS[bench],
    details: {
      file: { name, sizeBytes, longestLineBytes: line },
      settings: { runs, seed },
      columns: { tracemill: TRACEMILL_COLUMNS, leftOut: [PAYLOAD, "span attributes by key"], byKey: FAMILIES },
      answers: agreed.answers,
      checks: agreed.checks,
      loads,
      ratios,
      duckdb: { load: DUCKDB_LOAD, answers: DUCKDB_ANSWERS },
    },
  };
}

function threadsOf(engine: LoadEngineName, threads: number): readonly number[] {
  if (engine === "json-parse") return [1];
  if (engine !== "tracemill") return [DUCKDB_THREADS];
  return threads === 1 ? [1] : [1, threads];
}

/** How often tracemill's median goes into a rival's. */
interface Ratio {
  readonly first: number;
  readonly warm?: number;
}

function ratiosOf(
  subjects: readonly LoadSubject[],
  loads: readonly MeasuredLoad[],
): Readonly<Record<string, Readonly<Record<string, Ratio>>>> {
  const own = loads.filter((_, at) => subjects[at]?.job.engine === "tracemill");
  const rivals = loads.filter((load) => !own.includes(load));
  const ratio = (a: LoadFigures, b: LoadFigures): number => b.seconds.median / a.seconds.median;
  const against = (load: MeasuredLoad, rival: MeasuredLoad): Ratio => ({
    first: ratio(load.first, rival.first),
    ...(load.warm === undefined || rival.warm === undefined ? {} : { warm: ratio(load.warm, rival.warm) }),
  });
  return Object.fromEntries(
    own.map((load) => [load.name, Object.fromEntries(rivals.map((rival) => [rival.name, against(load, rival)]))]),
  );
}

function lineOf({ name, first, warm }: MeasuredLoad): string {
  const shown = ({ megabytesPerSecond: rate, seconds }: LoadFigures): string =>
    `${rate.median.toFixed(0)} MB/s (${seconds.median.toFixed(2)} s; ${rate.min.toFixed(0)} to ${rate.max.toFixed(0)})`;
  const later = warm === undefined ? "" : `warm ${shown(warm)}, `;
  return `${name.padEnd(26)} ${later}first ${shown(first)}; peak memory ${formatBytes(first.peakRssBytes.median)}`;
}
