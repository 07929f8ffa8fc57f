// `tracemill generate`: a synthetic MLflow export of any size, the same for the same seed. Called by main.ts.
// What must stay true: the options are checked by synth/, whose messages are printed; the output is streamed.

import { type ExportOptions, FRAMINGS, generateExport } from "../index.ts";
import { type CommandSpec, type FlagValues, GENERAL_FLAGS, OUTPUT_FLAGS } from "./flags.ts";
import type { CliIo } from "./io.ts";
import { outputPath, writeOutput } from "./output.ts";
import { parseTime } from "./times.ts";
import { StepTimer } from "./timing.ts";
import { badValue, choice, size } from "./values.ts";

const GROUP = "Query";

/** The command's flags and help. */
export const GENERATE: CommandSpec = {
  name: "generate",
  summary: "write a synthetic export",
  doc: "Write a synthetic MLflow export: agents, tools and models with realistic sizes, durations and errors.",
  sources: false,
  flags: [
    { name: "traces", value: "N", doc: "how many traces (default 1000, or as many as --size takes)", group: GROUP },
    { name: "size", value: "SIZE", doc: "end after the trace that reaches SIZE, such as 1GB", group: GROUP },
    { name: "seed", value: "S", doc: "whole number; the same seed gives the same bytes (default 0)", group: GROUP },
    { name: "framing", value: "FRAMING", doc: FRAMINGS.join(", "), group: GROUP },
    { name: "start-time", value: "TIME", doc: "start of the time range (default 2026-03-02T00:00:00Z)", group: GROUP },
    { name: "days", value: "N", doc: "length of the time range (default 7)", group: GROUP },
    { name: "experiments", value: "N", doc: "how many experiments (default 1)", group: GROUP },
    { name: "apps", value: "N", doc: "how many applications, 1 to 9 (default all)", group: GROUP },
    { name: "max-spans", value: "N", doc: "most spans of a trace", group: GROUP },
    ...OUTPUT_FLAGS.filter((flag) => flag.name === "out-file"),
    ...GENERAL_FLAGS.filter((flag) => flag.name !== "strict"),
  ],
  examples: [
    ["tracemill generate --traces 10000 --seed 1 -O traces.jsonl", "10,000 traces, one a line"],
    ["tracemill generate --size 1GB --framing array -O big.json", "about 1 GB, as one JSON array"],
  ],
};

/** Runs the command. Resolves to the exit status. */
export async function runGenerate(_positions: readonly string[], flags: FlagValues, io: CliIo): Promise<number> {
  const timer = new StepTimer(io);
  const options = exportOptions(flags, io.now());
  const path = outputPath(flags, []);
  await writeOutput(io, path, generateExport(options));
  timer.mark("generate");
  if (flags.has("timing")) await timer.print();
  return 0;
}

/** What the flags ask for. Throws E_USAGE. */
export function exportOptions(flags: FlagValues, nowMs: number): ExportOptions {
  const sizeBytes = size(flags, "size");
  const traces = count(flags, "traces") ?? (sizeBytes === undefined ? 1_000 : undefined);
  const start = flags.text("start-time");
  const given = {
    traces,
    sizeBytes,
    startMs: start === undefined ? undefined : parseTime(start, nowMs),
    days: count(flags, "days", /^\d{1,9}(\.\d{1,9})?$/),
    experiments: count(flags, "experiments"),
    apps: count(flags, "apps"),
    maxSpans: count(flags, "max-spans"),
  };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...present, seed: count(flags, "seed") ?? 0, framing: choice(flags, "framing", FRAMING_CHOICES) };
}

const FRAMING_CHOICES = ["jsonl", "array", "pretty", "envelope"] as const;

function count(flags: FlagValues, name: string, form = /^\d{1,16}$/): number | undefined {
  const given = flags.text(name);
  if (given === undefined) return undefined;
  const value = form.test(given) ? Number(given) : Number.NaN;
  if (!(value <= Number.MAX_SAFE_INTEGER)) throw badValue(name, given, "use a number that is not negative");
  return value;
}
