// The columns that the benches in memory work on, made by the seeded generator.
// Called by workloads.ts and by the processes that engine-process.ts starts. What must stay true: all engines hold the
// same values; each process that needs them generates them, which gives the same columns for the same options.

import { createHash } from "node:crypto";
import { type ColumnsOptions, generateColumns } from "../src/synth/columns.ts";

/** Rows in every block of a column but the last. */
export const BLOCK_ROWS = 65_536;

/** The three tables as columns. */
export type SyntheticTables = ReturnType<typeof generateColumns>;
/** One of them. */
export type SyntheticTable = SyntheticTables["traces"];

/** What is generated, and which columns of it are kept. */
export interface ColumnSet {
  readonly options: ColumnsOptions;
  readonly names: { readonly [table in keyof SyntheticTables]: readonly string[] };
}

/** The names of a set, as `open` and `openSynthetic` take them. */
export function columnNames({ names }: ColumnSet): readonly string[] {
  return Object.entries(names).flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`));
}

/** The tables of a set. */
export function syntheticTables({ options, names }: ColumnSet): SyntheticTables {
  return generateColumns(options, {
    traces: new Set(names.traces),
    spans: new Set(names.spans),
    assessments: new Set(names.assessments),
  });
}

const HASHED_TRACES = 2_000;
const HASH_DIGITS = 12;

/** A file name for a set: its hash of a small data set tells one version of the generator from another. */
export function syntheticName({ options, names }: ColumnSet): string {
  const tables = syntheticTables({ names, options: { ...options, traces: HASHED_TRACES } });
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
