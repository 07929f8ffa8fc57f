// The columns that the benches in memory work on, made by the seeded generator, and how an engine's process gets them.
// Called by replay.ts, analytic.ts and the processes that they start. What must stay true: all engines hold the same
// values; the generator runs in each process that needs them, and gives the same columns for the same options.

import { createHash } from "node:crypto";
import { type ColumnsOptions, generateColumns } from "../src/synth/columns.ts";

/** The three tables as columns. */
export type SyntheticTables = ReturnType<typeof generateColumns>;
/** One of them. */
export type SyntheticTable = SyntheticTables["traces"];

const TRACE_NUMBERS = ["timestamp_ms", "execution_duration_ms"];
const TOKENS = [
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
];

/** Columns by table; nothing else is made. */
export const COLUMNS = {
  traces: [...TRACE_NUMBERS, "state", "experiment_id", "trace_name", "session", ...TOKENS, "total_cost"],
  spans: ["trace_row", "name", "type", "status", "model", "provider", "start_ms", "duration_ms", "total_cost"],
  assessments: ["trace_row", "name", "type", "value", "numeric_value", "valid"],
} as const;

/** The same names, as `open` and `openSynthetic` take them. */
export const COLUMN_NAMES: readonly string[] = Object.entries(COLUMNS).flatMap(([table, names]) =>
  names.map((name) => `${table}.${name}`),
);

/** The tables of those options. */
export function syntheticTables(options: ColumnsOptions): SyntheticTables {
  return generateColumns(options, {
    traces: new Set(COLUMNS.traces),
    spans: new Set(COLUMNS.spans),
    assessments: new Set(COLUMNS.assessments),
  });
}

const HASHED_TRACES = 2_000;
const HASH_DIGITS = 12;

/** Names the columns of those options: a hash of a small data set tells one version of the generator from another. */
export function syntheticName(options: ColumnsOptions): string {
  const tables = syntheticTables({ ...options, traces: HASHED_TRACES });
  const hash = createHash("sha256");
  for (const table of Object.values(tables)) {
    for (const [name, column] of table.columns) {
      hash.update(name);
      for (const block of column.blocks) if ("values" in block) hash.update(Buffer.from(block.values.buffer));
      if (column.type === "dictionary") hash.update(column.dictionary.bytes);
    }
  }
  const text = JSON.stringify(options).replace(/[^a-zA-Z0-9.]+/g, "-");
  return `columns${text}${hash.digest("hex").slice(0, HASH_DIGITS)}`;
}
