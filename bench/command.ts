// How long does one question take from a cold start, `tracemill metrics FILE -m latency -a P95 -d trace_name`, beside a fresh
// process with DuckDB that is asked the same of the same file? Called by run.ts as `command`. Wall time from the start of
// the process to its end, with the page cache warm; the built program runs, as users have it.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BenchFile, ensureExport } from "./data.ts";
import { longestLine } from "./load-lines.ts";
import { warmPageCache } from "./page-cache.ts";
import type { BenchResult } from "./record.ts";
import { summarize } from "./stats.ts";

/** What to run. */
export interface CommandSettings {
  /** Of the large file; the small one has SMALL_BYTES. */
  readonly sizeBytes: number;
  readonly seed: number;
  readonly runs: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

/** The 95th percentile of latency by trace name. */
type Percentiles = readonly (readonly [name: string, p95Ms: number])[];

interface Command {
  readonly name: string;
  readonly args: readonly string[];
  readonly answer: (output: string) => Percentiles;
}

const SMALL_BYTES = 100_000;
const TRACEMILL = "tracemill";
/** As many as DuckDB is given. */
const THREADS = 2;
const PROGRAM = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const DUCKDB = fileURLToPath(new URL("./command-duckdb.mjs", import.meta.url));
const RELATIVE_TOLERANCE = 1e-12;
const LARGEST_OUTPUT = 2 ** 26;

/** Runs the bench. Throws when the answers differ, or when the program is not built. */
export function runCommand({ sizeBytes, seed, runs, say }: CommandSettings): BenchResult {
  if (!existsSync(PROGRAM)) throw new Error("the bench runs the built program: npm run build");
  const files = [sizeBytes, SMALL_BYTES].map((size) => ensureExport({ seed, sizeBytes: size }));
  const measured = files.map((file) => measure(file, runs, say));
  return {
    bench: "command",
    question: "How long does one question take from a cold start, beside a fresh process with DuckDB?",
    details: { settings: { runs, seed, duckdbThreads: THREADS }, files: measured },
  };
}

function measure(file: BenchFile, runs: number, say: (line: string) => void) {
  const commands = commandsFor(file);
  const answers = commands.map((command) => ({ name: command.name, answer: command.answer(run(command).output) }));
  for (const { name, answer } of answers) {
    if (!agree(answer, answers[0]?.answer ?? [])) throw new Error(`${name} answers differently about ${file.name}`);
  }
  const samples = new Map<string, number[]>(commands.map(({ name }) => [name, []]));
  for (let turn = 0; turn < runs; turn += 1) {
    for (const command of commands) {
      warmPageCache(file.path);
      samples.get(command.name)?.push(run(command).ms);
    }
  }
  const milliseconds = Object.fromEntries(
    [...samples].map(([name, own]) => [name, { samples: own, ...summarize(own) }]),
  );
  const own = milliseconds[TRACEMILL]?.median ?? 0;
  for (const [name, { median, min, max }] of Object.entries(milliseconds)) {
    const figures = `median ${median.toFixed(0)} ms, ${min.toFixed(0)} to ${max.toFixed(0)}`;
    say(`${file.sizeBytes} bytes, ${name}: ${figures}, ${(median / own).toFixed(2)} times tracemill with one thread`);
  }
  return { file: { name: file.name, sizeBytes: file.sizeBytes }, groups: answers[0]?.answer.length, milliseconds };
}

function commandsFor({ path }: BenchFile): readonly Command[] {
  const objectSize = String(2 ** Math.ceil(Math.log2(longestLine(path) + 1)));
  const duckdb = (types: string): Command => ({
    name: `duckdb, ${types} types`,
    args: [DUCKDB, path, objectSize, types],
    answer: (output) => JSON.parse(output) as Percentiles,
  });
  const metrics = ["metrics", path, "-m", "latency", "-a", "P95", "-d", "trace_name", "-o", "json", "--quiet"];
  const tracemill = (threads: number): Command => ({
    name: threads === 1 ? TRACEMILL : `${TRACEMILL}, ${threads} threads`,
    args: [PROGRAM, ...metrics, "--threads", String(threads)],
    answer: percentilesOf,
  });
  return [
    tracemill(1),
    tracemill(THREADS),
    duckdb("declared"),
    duckdb("inferred"),
    // What every command pays: the runtime's own start.
    { name: "node", args: ["-e", "0"], answer: () => [] },
  ];
}

interface Response {
  readonly data_points: readonly {
    readonly dimensions: { readonly trace_name: string };
    readonly values: { readonly "P95.0": number };
  }[];
}

function percentilesOf(output: string): Percentiles {
  const { data_points: points } = JSON.parse(output) as Response;
  return points.map(({ dimensions, values }) => [dimensions.trace_name, values["P95.0"]]);
}

function run({ name, args }: Command): { readonly output: string; readonly ms: number } {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: LARGEST_OUTPUT });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${name} ended with exit code ${status}: ${stderr}`);
  return { output: stdout, ms };
}

/** An engine without an answer agrees with every other. */
function agree(a: Percentiles, b: Percentiles): boolean {
  if (a.length === 0) return true;
  return (
    a.length === b.length &&
    a.every(([name, value], i) => {
      const other = b[i];
      return other?.[0] === name && Math.abs(other[1] - value) <= RELATIVE_TOLERANCE * Math.abs(value);
    })
  );
}
