// How fast does a 1 GB export become columns, beside DuckDB's read_json and JSON.parse a line?
// Called by run.ts as `load` (repeated, 1 GB) and as `memory` (once, 4 GB). Each load runs in a process of its own,
// the engines take turns, the first turn only checks the answers and fills the page cache.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { formatBytes } from "../src/index.ts";
import { type BenchFile, ensureExport } from "./data.ts";
import { type Answers, differences, type LoadSample } from "./load-answers.ts";
import { DUCKDB_ANSWERS, DUCKDB_LOAD, DUCKDB_THREADS } from "./load-duckdb.ts";
import { longestLine } from "./load-lines.ts";
import { TRACEMILL_THREADS } from "./load-tracemill.ts";
import type { BenchResult } from "./record.ts";
import { type Summary, summarize } from "./stats.ts";

/** The engines, in the order in which they take turns. */
export const ENGINES = ["tracemill", "duckdb", "duckdb-by-table", "json-parse"] as const;

/** An engine's name. */
export type EngineName = (typeof ENGINES)[number];

/** What to run. */
export interface LoadSettings {
  readonly bench: "load" | "memory";
  readonly sizeBytes: number;
  readonly seed: number;
  /** Timed turns of each engine. */
  readonly runs: number;
  readonly engines: readonly EngineName[];
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

interface EngineResult {
  readonly samples: readonly LoadSample[];
  readonly seconds: Summary;
  readonly megabytesPerSecond: Summary;
  readonly peakRssBytes: Summary;
}

const QUESTIONS = {
  load: "How fast does an export become columns, beside DuckDB's read_json and JSON.parse a line?",
  memory: "How much memory does a large export take while it becomes columns, beside the same rivals?",
} as const;
const CHILD = fileURLToPath(new URL("./load-child.ts", import.meta.url));
const MEGABYTE = 1e6;

/** Runs the bench. Throws when the engines' answers differ. */
export async function runLoad(settings: LoadSettings): Promise<BenchResult> {
  const { bench, engines, say } = settings;
  const file = ensureExport({ seed: settings.seed, sizeBytes: settings.sizeBytes });
  if (file.generated !== undefined) say(`generated ${file.name} at ${rate(file, file.generated.seconds)}`);
  const line = longestLine(file.path);
  const answers = await checkAnswers(settings, file, line);
  const samples = new Map<EngineName, LoadSample[]>(engines.map((engine) => [engine, []]));
  for (let run = 1; run <= settings.runs; run++) {
    for (const engine of engines) {
      const sample = await loadOnce(engine, file, line);
      samples.get(engine)?.push(sample);
      say(`${run}/${settings.runs} ${engine}: ${rate(file, sample.seconds)}, peak ${formatBytes(sample.peakRssBytes)}`);
    }
  }
  const results = [...samples].map(([engine, own]) => [engine, resultOf(own, file)] as const);
  for (const [engine, result] of results) say(lineOf(engine, result));
  return {
    bench,
    question: QUESTIONS[bench],
    details: {
      file: { name: file.name, sizeBytes: file.sizeBytes, longestLineBytes: line },
      settings: {
        runs: settings.runs,
        seed: settings.seed,
        threads: {
          tracemill: TRACEMILL_THREADS,
          duckdb: DUCKDB_THREADS,
          "duckdb-by-table": DUCKDB_THREADS,
          "json-parse": 1,
        },
      },
      answers,
      engines: Object.fromEntries(results),
      duckdb: { load: DUCKDB_LOAD, answers: DUCKDB_ANSWERS },
    },
  };
}

/** One turn of every engine, not timed; the answers must agree. */
async function checkAnswers(settings: LoadSettings, file: BenchFile, line: number): Promise<Answers> {
  let agreed: { readonly engine: EngineName; readonly answers: Answers } | undefined;
  for (const engine of settings.engines) {
    const { answers } = await loadOnce(engine, file, line);
    const found = agreed === undefined ? [] : differences(agreed.answers, answers);
    if (found.length > 0) throw new Error(`${agreed?.engine} and ${engine} answer differently: ${found.join("; ")}`);
    agreed ??= { engine, answers };
  }
  if (agreed === undefined) throw new Error("no engine to run");
  settings.say(`answers agree: ${JSON.stringify(agreed.answers)}`);
  return agreed.answers;
}

function loadOnce(engine: EngineName, file: BenchFile, line: number): Promise<LoadSample> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [engine, file.path, String(line)]);
    let sample: LoadSample | undefined;
    child.on("message", (message) => {
      sample = message as LoadSample;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (sample === undefined) reject(new Error(`${engine} ended with exit code ${code} and no result`));
      else resolve(sample);
    });
  });
}

function resultOf(samples: readonly LoadSample[], file: BenchFile): EngineResult {
  return {
    samples,
    seconds: summarize(samples.map(({ seconds }) => seconds)),
    megabytesPerSecond: summarize(samples.map(({ seconds }) => file.sizeBytes / MEGABYTE / seconds)),
    peakRssBytes: summarize(samples.map(({ peakRssBytes }) => peakRssBytes)),
  };
}

function rate(file: BenchFile, seconds: number): string {
  return `${seconds.toFixed(2)} s, ${(file.sizeBytes / MEGABYTE / seconds).toFixed(0)} MB/s`;
}

function lineOf(engine: string, { seconds, megabytesPerSecond, peakRssBytes }: EngineResult): string {
  const median = `${megabytesPerSecond.median.toFixed(0)} MB/s (${seconds.median.toFixed(2)} s)`;
  const range = `${megabytesPerSecond.min.toFixed(0)} to ${megabytesPerSecond.max.toFixed(0)}`;
  return `${engine.padEnd(10)} median ${median}, ${range}; peak memory ${formatBytes(peakRssBytes.median)}`;
}
