// THE list of flags that every command takes, and what a command line gave. Parsing and help are made from the list.
// Called by program.ts (declares them), settings.ts (reads them) and the commands, which add flags of their own.
// What must stay true: a repeated flag keeps all its values, of which single-value readers take the last.

import { formatBytes, formatCount, LIMITS, type LimitName } from "../index.ts";

/** One flag. Long name without dashes. */
export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  /** Placeholder of the value, in help; a switch when absent. */
  readonly value?: string;
  /** What the flag means when no value follows; such a flag takes a next word only when that is `bare` or `value` itself. */
  readonly bare?: string;
  readonly required?: boolean;
  readonly doc: string;
  /** Heading in help. */
  readonly group: (typeof FLAG_GROUPS)[number];
}

/** A command: what help and parsing are made from. */
export interface CommandSpec {
  readonly name: string;
  readonly doc: string;
  /** A few words, for the list of commands. */
  readonly summary: string;
  /** Whether positions name sources. */
  readonly sources: boolean;
  /** What they are, in help, when they are no exports. */
  readonly sourcesDoc?: string;
  readonly flags: readonly FlagSpec[];
  /** Command lines that help ends with, each with what it does. */
  readonly examples: readonly (readonly [command: string, doc: string])[];
}

const READING = "Reading";
const OUTPUT = "Output";
const LIMIT_GROUP = "Limits";

/** Help headings, in the order of their printing. */
export const FLAG_GROUPS = ["Query", READING, OUTPUT, LIMIT_GROUP, "General"] as const;

const LIMIT_DOCS: { readonly [name in LimitName]: string } = {
  record: "longest record",
  depth: "deepest nesting of a record",
  columns: "most columns made of keys, by table and family",
  groups: "most groups of a result",
  filterText: "longest filter",
  inList: "longest IN list",
  expansion: "most that compressed input may grow",
};

/** Flags about sources and their reading. */
export const READ_FLAGS: readonly FlagSpec[] = [
  { name: "source", short: "s", value: "PATH", doc: "one more source, like a position", group: READING },
  { name: "format", value: "FORMAT", doc: "input format: auto (default), mlflow", group: READING },
  { name: "on-error", value: "POLICY", doc: "at a bad record: stop (default) or skip it", group: READING },
  {
    name: "max-rejects",
    value: "N|N%",
    doc: "skip at most that many bad records (implies --on-error skip); exit status 3 past it",
    group: READING,
  },
  { name: "rejects", value: "FILE", doc: "write rejected records to FILE, one JSON object a line", group: READING },
  {
    name: "duplicates",
    value: "POLICY",
    doc: "a second record of a trace id: the last wins (last, default), keep both (keep), refuse (error)",
    group: READING,
  },
  { name: "allow-nan", doc: "read NaN and Infinity as null", group: READING },
  {
    name: "payload",
    value: "POLICY",
    doc: "long texts: by place (place, default), in memory (keep), drop",
    group: READING,
  },
  {
    name: "threads",
    value: "N",
    doc: "most threads, 1 to 8 (default: as many as cores, to load files from 512 MiB on); the answers are the same",
    group: READING,
  },
  {
    name: "memory-limit",
    value: "SIZE",
    doc: "most memory of the process, such as 4GiB (default: 80 % of memory)",
    group: READING,
  },
  ...(Object.keys(LIMITS) as LimitName[]).map((name) => limitFlag(name)),
];

/** Flags about what is written where. `-o` is declared by each command, as its formats differ. */
export const OUTPUT_FLAGS: readonly FlagSpec[] = [
  {
    name: "out-file",
    short: "O",
    value: "PATH",
    doc: "write to PATH: a temporary file, then renamed; never an input file",
    group: OUTPUT,
  },
  { name: "csv-safe", doc: "put ' before CSV cells that begin with = + - @ TAB CR", group: OUTPUT },
];

/** The engine of RLIKE: a flag of the commands that take a filter. */
export const REGEX_FLAG: FlagSpec = {
  name: "regex",
  value: "ENGINE",
  doc: "RLIKE: linear (default, safe), or js: look-around and back-references, for patterns you trust",
  group: "Query",
};

/** Flags of every command. */
export const GENERAL_FLAGS: readonly FlagSpec[] = [
  { name: "strict", doc: "imitate the original system exactly, refusals included", group: "General" },
  { name: "timing", doc: "print how long each step took", group: "General" },
  { name: "quiet", short: "q", doc: "print nothing but errors on standard error", group: "General" },
  { name: "debug", doc: "print the stack of an error", group: "General" },
];

/** The flag `-o` of a command. `formats`: the first is the default. */
export function outputFlag(formats: readonly string[]): FlagSpec {
  const [first, ...rest] = formats;
  const doc = `${[`${first} (default)`, ...rest].join(", ")}; or as the ending of -O says`;
  return { name: "output", short: "o", value: "FORMAT", doc, group: OUTPUT };
}

/** The long name of a limit's flag, without dashes. */
export function limitFlagName(name: LimitName): string {
  return LIMITS[name].flag.slice(2);
}

function limitFlag(name: LimitName): FlagSpec {
  const { unit, default: fallback } = LIMITS[name];
  const shown = unit === "bytes" ? formatBytes(fallback) : formatCount(fallback);
  return {
    name: limitFlagName(name),
    value: unit === "bytes" ? "SIZE" : "N",
    doc: `${LIMIT_DOCS[name]} (default ${shown}${unit === "ratio" ? ":1" : ""})`,
    group: LIMIT_GROUP,
  };
}

/** What a command line gave. */
export class FlagValues {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /** `values`: by long name, in the order given; a switch has one empty text. */
  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** Whether the flag was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The last value, or undefined. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** All values, in order. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}
