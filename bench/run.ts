// Entry of all benches: npm run bench -- <bench> [flags]. Prints progress and results, and writes the record.
// A new bench is one entry in BENCHES, one file, and one paragraph in README.md.

import { parseArgs } from "node:util";
import { parseSize } from "../src/index.ts";
import { runAnalytic } from "./analytic.ts";
import { runCommand } from "./command.ts";
import { runDigest } from "./digest.ts";
import { runGenerate } from "./generate.ts";
import { runGrowth } from "./growth.ts";
import { ENGINES, runLoad } from "./load.ts";
import type { LoadEngineName } from "./load-process.ts";
import { runMemoryLimit } from "./memory-limit.ts";
import { runRates } from "./rates.ts";
import { type BenchResult, writeRecord } from "./record.ts";
import { runReplay } from "./replay.ts";
import { runSearch } from "./search.ts";
import { runStages } from "./stages.ts";
import { runSums } from "./sums.ts";

interface Flags {
  readonly sizeBytes: number | undefined;
  readonly traces: number | undefined;
  readonly runs: number | undefined;
  readonly seed: number;
  readonly threads: number | undefined;
  readonly engines: readonly LoadEngineName[];
  readonly say: (line: string) => void;
}

const GIGABYTE = 1e9;
const STAGED_BYTES = 250e6;
const LIMITED_TRACES = 20_000;
const SEARCHED_TRACES = 200_000;
const TRACES_IN_MEMORY = 10_000_000;
const MOST_ROWS = 30_000_000;
/** Values of the benches that need no traces. */
const NUMBERS = 10_000_000;

/** Most threads of a load where none are asked for: as many as the rival has. */
const LOAD_THREADS = 2;

function withThreads(flags: Flags, threads = 1): Flags & { readonly threads: number } {
  return { ...flags, threads: flags.threads ?? threads };
}

const BENCHES: ReadonlyMap<string, (flags: Flags) => Promise<BenchResult>> = new Map([
  [
    "load",
    (flags) =>
      runLoad({
        ...withThreads(flags, LOAD_THREADS),
        bench: "load",
        sizeBytes: flags.sizeBytes ?? GIGABYTE,
        runs: flags.runs ?? 5,
      }),
  ],
  [
    "memory",
    (flags) =>
      runLoad({
        ...withThreads(flags, LOAD_THREADS),
        bench: "memory",
        sizeBytes: flags.sizeBytes ?? 4 * GIGABYTE,
        runs: flags.runs ?? 1,
      }),
  ],
  ["command", async (flags) => runCommand({ ...flags, sizeBytes: flags.sizeBytes ?? GIGABYTE, runs: flags.runs ?? 9 })],
  ["stages", (flags) => runStages({ ...flags, sizeBytes: flags.sizeBytes ?? STAGED_BYTES, runs: flags.runs ?? 5 })],
  ["rates", (flags) => runRates({ ...flags, sizeBytes: flags.sizeBytes ?? GIGABYTE, runs: flags.runs ?? 5 })],
  [
    "generate",
    async (flags) => runGenerate({ ...flags, sizeBytes: flags.sizeBytes ?? GIGABYTE, runs: flags.runs ?? 5 }),
  ],
  ["memory-limit", (flags) => runMemoryLimit({ ...flags, traces: flags.traces ?? LIMITED_TRACES })],
  ["search", (flags) => runSearch({ ...flags, traces: flags.traces ?? SEARCHED_TRACES, runs: flags.runs ?? 5 })],
  [
    "replay",
    (flags) => runReplay({ ...withThreads(flags), traces: flags.traces ?? TRACES_IN_MEMORY, runs: flags.runs ?? 5 }),
  ],
  ["growth", (flags) => runGrowth({ ...withThreads(flags), traces: flags.traces ?? MOST_ROWS, runs: flags.runs ?? 5 })],
  ["digest", (flags) => runDigest({ ...flags, values: NUMBERS, runs: flags.runs ?? 5 })],
  ["sums", (flags) => runSums({ ...flags, values: NUMBERS, runs: flags.runs ?? 9 })],
  [
    "analytic",
    (flags) => runAnalytic({ ...withThreads(flags), traces: flags.traces ?? TRACES_IN_MEMORY, runs: flags.runs ?? 5 }),
  ],
]);

const USAGE = `usage: npm run bench -- <bench> [--size 1GB] [--traces 200000] [--runs 5] [--seed 1] [--threads N] [--engines ${ENGINES.join(",")}] [--no-record]
benches: ${[...BENCHES.keys()].join(", ")}`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    allowNegative: true,
    options: {
      size: { type: "string" },
      traces: { type: "string" },
      runs: { type: "string" },
      seed: { type: "string", default: "1" },
      threads: { type: "string" },
      engines: { type: "string", default: ENGINES.join(",") },
      record: { type: "boolean", default: true },
    },
  });
  const bench = BENCHES.get(positionals[0] ?? "");
  const sizeBytes = values.size === undefined ? undefined : parseSize(values.size);
  const engines = values.engines.split(",").filter(isEngine);
  if (
    bench === undefined ||
    positionals.length > 1 ||
    engines.length === 0 ||
    (values.size !== undefined && !sizeBytes)
  ) {
    console.error(USAGE);
    return 2;
  }
  const result = await bench({
    sizeBytes,
    traces: values.traces === undefined ? undefined : Math.max(1, Number.parseInt(values.traces, 10)),
    runs: values.runs === undefined ? undefined : Math.max(1, Number.parseInt(values.runs, 10)),
    seed: Number(values.seed),
    threads: values.threads === undefined ? undefined : Math.max(1, Number.parseInt(values.threads, 10)),
    engines,
    say: (line) => console.log(line),
  });
  if (values.record) console.log(`recorded in ${await writeRecord(result, `npm run bench -- ${args.join(" ")}`)}`);
  return 0;
}

function isEngine(name: string): name is LoadEngineName {
  return (ENGINES as readonly string[]).includes(name);
}

process.exitCode = await main(process.argv.slice(2));
