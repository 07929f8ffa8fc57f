// Does a command with --memory-limit stay within it, or end with E_MEMORY before? Called by run.ts as `memory-limit`: eight
// limits times five questions, each a process of the built program, whose largest resident set is read when it ends.
// Right is: exit status 0 within the limit and a tenth, or exit status 1 with E_MEMORY and, where the limit is no less than what
// a start takes, within them too; never an abort or a kill.

import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { formatBytes } from "../src/index.ts";
import { ensureExport } from "./data.ts";
import { buildLoadProgram, COMMAND } from "./load-process.ts";
import type { BenchResult } from "./record.ts";

/** What to run. */
export interface MemoryLimitSettings {
  readonly traces: number;
  readonly seed: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

/** How one command ended. */
interface Ending {
  readonly limitBytes: number;
  readonly question: string;
  /** Exit status, or the signal. */
  readonly status: number | string;
  /** The error's code; undefined without one. */
  readonly code: string | undefined;
  readonly peakRssBytes: number;
  /** Of the limit. */
  readonly share: number;
  readonly isRight: boolean;
}

const MIB = 2 ** 20;
const KIB = 1024;
const LIMITS = [32, 64, 96, 128, 192, 256, 512, 1024].map((mebibytes) => mebibytes * MIB);
const TOLERANCE = 1.1;
const HOOK = pathToFileURL(fileURLToPath(new URL("./peak-at-exit.mjs", import.meta.url))).href;
const MOST_OUTPUT = 2 ** 28;
const SHORT_TEXTS = { maxSpans: 9, textScale: 0.02 } as const;

/** By name: what follows the command's name and file. */
const QUESTIONS: readonly (readonly [name: string, command: string, flags: readonly string[]])[] = [
  ["P95 by trace name", "metrics", ["-m", "latency", "-a", "P95", "-d", "trace_name"]],
  [
    "spans by name, 2 threads",
    "metrics",
    ["--threads", "2", "-v", "SPANS", "-m", "latency", "-a", "AVG,P99", "-d", "span_name"],
  ],
  [
    "slow traces",
    "search",
    ["--filter-string", "attributes.execution_time_ms > 1000", "--max-results", "500", "-o", "json"],
  ],
  [
    "span texts",
    "search",
    ["--filter-string", "span.attributes.temperature LIKE '%0%'", "--max-results", "10", "-o", "json"],
  ],
  ["inspect", "inspect", []],
];

/** Runs the bench. */
export async function runMemoryLimit({ traces, seed, say }: MemoryLimitSettings): Promise<BenchResult> {
  const { path, name, sizeBytes } = ensureExport({ traces, seed, ...SHORT_TEXTS });
  await buildLoadProgram();
  // Refused before it reads anything.
  const start = run({
    question: "start",
    limitBytes: 1,
    startBytes: Number.POSITIVE_INFINITY,
    args: ["inspect", path],
  });
  const endings: Ending[] = [];
  for (const limitBytes of LIMITS) {
    for (const [question, command, flags] of QUESTIONS) {
      const ending = run({
        question,
        limitBytes,
        startBytes: start.peakRssBytes,
        args: [command, path, ...flags, "--quiet"],
      });
      say(lineOf(ending));
      endings.push(ending);
    }
  }
  const wrong = endings.filter(({ isRight }) => !isRight).length;
  say(`${endings.length} commands, ${wrong} wrong`);
  return {
    bench: "memory-limit",
    question: "Does a command with --memory-limit stay within it, or end with E_MEMORY before?",
    details: {
      file: { name, sizeBytes },
      settings: { seed, traces },
      startBytes: start.peakRssBytes,
      questions: QUESTIONS,
      wrong,
      endings,
    },
  };
}

function run(asked: {
  readonly question: string;
  readonly limitBytes: number;
  readonly startBytes: number;
  readonly args: readonly string[];
}): Ending {
  const { question, limitBytes, startBytes, args } = asked;
  const { status, signal, stderr, output } = spawnSync(
    process.execPath,
    ["--import", HOOK, COMMAND, ...args, "--memory-limit", `${limitBytes}`],
    { encoding: "utf8", maxBuffer: MOST_OUTPUT, stdio: ["ignore", "pipe", "pipe", "pipe"] },
  );
  const peakRssBytes = Number(output[3] ?? Number.NaN) * KIB;
  const code = /\bE_[A-Z_]+/.exec(stderr)?.[0];
  const fits = (bytes: number): boolean => peakRssBytes <= bytes * TOLERANCE;
  return {
    limitBytes,
    question,
    status: status ?? signal ?? "?",
    code,
    peakRssBytes,
    share: peakRssBytes / limitBytes,
    isRight:
      status === 0 ? fits(limitBytes) : status === 1 && code === "E_MEMORY" && fits(Math.max(limitBytes, startBytes)),
  };
}

function lineOf({ limitBytes, question, status, code, peakRssBytes, share, isRight }: Ending): string {
  const end = code === undefined ? `status ${status}` : `status ${status}, ${code}`;
  const peak = `peak ${formatBytes(peakRssBytes)}, ${(share * 100).toFixed(0)} %`;
  return `${formatBytes(limitBytes).padEnd(9)} ${question.padEnd(24)} ${end.padEnd(20)} ${peak}${isRight ? "" : "  WRONG"}`;
}
