// A loaded table and the dataset of three of them: what ingest hands to exec, Arrow and `inspect`.
// Made by TableBuilder and by merge-tables.ts. Rows of spans and assessments that belong to one trace are adjacent, in the order of `traces` rows.

import type { Column, DictionaryColumn } from "./column.ts";
import { columnBytes } from "./column-bytes.ts";
import type { PayloadReader } from "./payload.ts";
import type { KeyFamily, TableName } from "./schema.ts";

/** The keyed columns of one family of a table (tags, metadata, attributes). */
export interface KeyedColumns {
  readonly family: KeyFamily;
  /** All keys in order of first appearance, those past the columns limit included. */
  readonly keys: readonly string[];
  /** How many of `keys` are past the columns limit: not in Arrow tables, still found by `column`. */
  readonly overflow: number;
  /** Rows that have the key, and its distinct values; undefined for an unknown key. */
  summary(key: string): { readonly rows: number; readonly distinct: number } | undefined;
  /** The dense column of a key, or undefined when no row has it. Built on first use, then kept. */
  column(key: string): DictionaryColumn | undefined;
}

/** One table of a dataset. */
export interface Table {
  readonly name: TableName;
  readonly rows: number;
  /** The declared columns that were loaded, by name. */
  readonly columns: ReadonlyMap<string, Column>;
  readonly keyed: ReadonlyMap<KeyFamily, KeyedColumns>;
  /** Bytes of memory that the columns hold. */
  readonly sizeBytes: number;
}

/** Everything that a load gives. */
export interface Dataset {
  readonly traces: Table;
  readonly spans: Table;
  readonly assessments: Table;
  /** Reads payload by the places of `place` columns; null when the source keeps none (`--payload drop`, streams). */
  readonly payload: PayloadReader;
}

/** The table of that name. */
export function tableOf(dataset: Dataset, name: TableName): Table {
  return dataset[name];
}

/** Keyed columns that know their size. */
export interface SizedKeyedColumns extends KeyedColumns {
  /** Bytes of memory held. */
  readonly sizeBytes: number;
}

/** A table whose size follows its keyed columns, which grow as they are asked for. */
export function makeTable(parts: {
  readonly name: TableName;
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
  readonly keyed: ReadonlyMap<KeyFamily, SizedKeyedColumns>;
}): Table {
  return {
    ...parts,
    get sizeBytes() {
      let bytes = 0;
      for (const column of parts.columns.values()) bytes += columnBytes(column);
      for (const cells of parts.keyed.values()) bytes += cells.sizeBytes;
      return bytes;
    },
  };
}
