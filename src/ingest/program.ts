// The vocabulary of extraction programs: which places of a record fill which columns, declared as plain data.
// Written by formats/*.ts, compiled by compile-program.ts for the interpreter; any other walker (a compiled one) reads the
// same data. What must stay true: a program is serialisable (no functions in it); what a path cannot say is a `call` of
// a function by name; rules run in program order after a pass that finds all paths, so the order of keys in the file
// does not matter and of repeated keys the last wins.

import type { KeyFamily, TableName } from "../columns/schema.ts";

/** Keys to follow from the object that a rule stands in; `[]` is that object itself. */
export type Path = readonly string[];

/**
 * How a value is read. `null` is always the same as absent; a value that cannot be read is null and counted, or, under
 * `required`, a reject.
 * - `text`: a string, decoded; a number or truth value gives its JSON text
 * - `number`: a finite float64, also from a string that spells one
 * - `tokens`: an integer, an integral number, or a string of decimal digits (strict, as MLflow's server converts)
 * - `bool`: true or false
 * - `timeMs`: ISO 8601 text or a number of ms since 1970 (see clock.ts for other units); floored
 * - `durationMs`: whole ms: a number of ms, or seconds as text (`1.234s`); floored
 * - `traceId`, `spanId`: an id in its one spelling (see ids.ts)
 * - `place`: not read, only where it stands
 */
export type ValueKind =
  | "text"
  | "number"
  | "tokens"
  | "bool"
  | "timeMs"
  | "durationMs"
  | "traceId"
  | "spanId"
  | "place";

/** A text of a closed list: prefixes are stripped (any case), then upper-cased and renamed. Unknown texts stay. */
export interface EnumKind {
  readonly strip: readonly string[];
  /** Spelling -> name, both upper case, after stripping. */
  readonly rename: Readonly<Record<string, string>>;
  /** The name when there is no value; null when there is none. */
  readonly absent: string | null;
}

/** Numbers of a span that functions of its record ask for; kept by span for one record, NaN where there is none. */
export type KeptName =
  | "input_tokens"
  | "output_tokens"
  | "total_tokens"
  | "cache_read_input_tokens"
  | "cache_creation_input_tokens"
  | "is_error";

/** One value -> one column. */
export interface FieldRule {
  readonly kind: "field";
  /** In order of precedence: the first path with a value counts. */
  readonly from: readonly Path[];
  readonly column: string;
  readonly value: ValueKind | EnumKind;
  /**
   * A value that cannot be read rejects the record (E_RECORD, E_TIME, E_RANGE) instead of being null; never pruned.
   * An absent one is found, or missed, by the program's `traceIdentity`, which is told of the value.
   */
  readonly vital?: true;
  /** `text`: an empty text is none. */
  readonly emptyIsNull?: true;
  /** `bool`: the value when there is none. */
  readonly absent?: 0 | 1;
  /** Also kept for the functions of the record; with `when`: 1 where the text is that, else 0. */
  readonly keep?: { readonly name: KeptName; readonly when?: string };
}

/** An object, or a list of `{key, value}`, -> one keyed column a key; and rules for some of its keys. */
export interface MapRule {
  readonly kind: "map";
  readonly from: readonly Path[];
  readonly family: KeyFamily;
  /** `plain`: strings are the values. `json`: strings hold JSON text, decoded once; only short scalars become columns. */
  readonly values: "plain" | "json";
  /** Keys that get no keyed column: the rules below keep them by place. */
  readonly unkeyed: readonly string[];
  /** Rules whose paths begin in the map. */
  readonly rules: readonly Rule[];
}

/** The keys of the enclosing object that no other rule of the program names -> keyed columns, values as they are. */
export interface RestRule {
  readonly kind: "rest";
  readonly family: KeyFamily;
}

/** A list of objects -> a row of `table` each. */
export interface RepeatRule {
  readonly kind: "repeat";
  readonly from: readonly Path[];
  readonly table: Exclude<TableName, "traces">;
  readonly rules: readonly Rule[];
}

/** A string that holds JSON text, or the object itself, -> rules inside. Text that is no JSON gives nothing and is counted. */
export interface JsonRule {
  readonly kind: "json";
  readonly from: readonly Path[];
  readonly rules: readonly Rule[];
}

/** Functions that programs may call; formats/mlflow-functions.ts has what each does. */
export type FunctionName =
  | "spanIdentity"
  | "spanTimes"
  | "finishSpans"
  | "assessmentValue"
  | "traceUsage"
  | "traceFromRoot"
  | "traceIdentity";

/** Calls a named function with the nodes that were found. */
export interface CallRule {
  readonly kind: "call";
  readonly fn: FunctionName;
  /** One argument each: the first path with a value. */
  readonly inputs: readonly (readonly Path[])[];
  /** Columns of the rule's own table that the function writes; pruned when none is wanted, unless `vital`. */
  readonly writes: readonly string[];
  /** Columns of other tables that it writes, as `<table>.<column>`. */
  readonly writesElsewhere?: readonly string[];
  /** Kept numbers that the function reads; `needsFor`: only when that column of its table is wanted. */
  readonly needs?: readonly KeptName[];
  readonly needsFor?: string;
  /** Never pruned: it checks what every load must check. */
  readonly vital?: true;
}

/** A rule of a program. */
export type Rule = FieldRule | MapRule | RestRule | RepeatRule | JsonRule | CallRule;

/** How records of one format become rows. The rules of the top level fill the row of `traces`. */
export interface Program {
  /** Name of the format, as `inspect` shows it. */
  readonly format: string;
  readonly rules: readonly Rule[];
}
