// Turns the common flags into the options that the engine is opened with. Called by session.ts for every command.
// What must stay true: every value is checked here, before a file is touched.

import { EngineError, LIMITS, type LimitName, type Limits, type OpenOptions } from "../index.ts";
import { type FlagValues, limitFlagName } from "./flags.ts";
import type { CliIo } from "./io.ts";
import { badValue, choice, ratio, size, wholeNumber } from "./values.ts";

const MEMORY_SHARE = 0.8;
const MAX_THREADS = 8;
const FORMATS = ["auto", "mlflow"] as const;

/** The engine's options that flags set. */
export type ReadSettings = Pick<
  OpenOptions,
  | "format"
  | "onError"
  | "maxRejects"
  | "duplicates"
  | "allowNan"
  | "payload"
  | "threads"
  | "memoryLimitBytes"
  | "isLimitDefault"
  | "memoryInUse"
  | "limits"
  | "strict"
>;

/** Reads the common flags. Throws E_USAGE. */
export function readSettings(flags: FlagValues, io: CliIo): ReadSettings {
  const maxRejects = rejectLimit(flags);
  const threads = threadCount(flags);
  return {
    format: inputFormat(flags),
    onError: errorPolicy(flags),
    duplicates: choice(flags, "duplicates", ["last", "keep", "error"]),
    payload: choice(flags, "payload", ["place", "keep", "drop"]),
    allowNan: flags.has("allow-nan"),
    strict: flags.has("strict"),
    memoryLimitBytes: size(flags, "memory-limit") ?? Math.floor(io.memoryBytes * MEMORY_SHARE),
    isLimitDefault: !flags.has("memory-limit"),
    memoryInUse: () => io.residentBytes(),
    limits: limits(flags),
    ...(threads === undefined ? {} : { threads }),
    ...(maxRejects === undefined ? {} : { maxRejects }),
  };
}

/** The sources of a command line: positions, then `-s`. Throws E_USAGE when there are none. */
export function readSources(positions: readonly string[], flags: FlagValues): readonly string[] {
  const sources = [...positions, ...flags.all("source")];
  if (sources.length === 0) {
    throw new EngineError("E_USAGE", "no source given; name files, directories, globs, or - for standard input");
  }
  const empty = sources.indexOf("");
  if (empty >= 0) throw new EngineError("E_USAGE", `source ${empty + 1} is an empty text`);
  return sources;
}

function inputFormat(flags: FlagValues): "auto" | "mlflow" {
  const given = flags.text("format");
  const found = FORMATS.find((format) => format === (given ?? "auto"));
  if (found !== undefined) return found;
  throw badValue("format", given ?? "", `use ${FORMATS.join(", ")} (otlp and langfuse are not read by this version)`);
}

function threadCount(flags: FlagValues): number | undefined {
  const given = wholeNumber(flags, "threads");
  if (given !== undefined && given > MAX_THREADS) throw badValue("threads", String(given), "use 1 to 8");
  return given;
}

/** A limit on rejects asks for skipping, which need not be said twice. Throws E_USAGE when the two contradict. */
function errorPolicy(flags: FlagValues): "stop" | "skip" {
  const policy = choice(flags, "on-error", ["stop", "skip"]);
  if (!flags.has("max-rejects")) return policy;
  if (flags.has("on-error") && policy === "stop") {
    throw new EngineError("E_USAGE", "--max-rejects counts skipped records, and --on-error stop skips none", {
      hint: "Leave one of the two out.",
    });
  }
  return "skip";
}

function rejectLimit(flags: FlagValues): number | { readonly percent: number } | undefined {
  const given = flags.text("max-rejects");
  if (given === undefined) return undefined;
  const match = /^(\d{1,15}(?:\.\d{1,9})?)(%?)$/.exec(given);
  const value = Number(match?.[1]);
  const isShare = match?.[2] === "%";
  if (match === null || (isShare ? value > 100 : !Number.isInteger(value))) {
    throw badValue("max-rejects", given, "use a whole number such as 10, or a share such as 1%");
  }
  return isShare ? { percent: value } : value;
}

function limits(flags: FlagValues): Partial<Limits> {
  const given: Partial<Record<LimitName, number>> = {};
  for (const name of Object.keys(LIMITS) as LimitName[]) {
    const value = limitReaders[LIMITS[name].unit](flags, limitFlagName(name));
    if (value !== undefined) given[name] = value;
  }
  return given;
}

const limitReaders = { bytes: size, count: wholeNumber, ratio };
