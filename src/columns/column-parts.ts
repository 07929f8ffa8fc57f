// A column that one thread of a load has built, for the merge: its values alone, over shared memory, and nothing that the
// merge finds out anew, as zone maps and bitmaps are.
// Made by the builders' sealPart(), read by merge-columns.ts. What must stay true: plain data, so that it can be sent; every
// block but the last has BLOCK_ROWS rows, null slots hold their sentinel, and a block without a value is left out.

import type { BoolColumn, Column, DictionaryColumn, Int64Column, Utf8Column } from "./column.ts";
import type { DictionaryParts } from "./dictionary.ts";
import type { TableTexts } from "./text-table.ts";

/** Float64 values, NaN where null. */
export interface Float64Part {
  readonly type: "float64";
  readonly blocks: readonly (Float64Array | undefined)[];
}
/** Int32 values. */
export interface Int32Part {
  readonly type: "int32";
  readonly blocks: readonly (Int32Array | undefined)[];
}
/** Places; both edges 0 where null. */
export interface PlacePart {
  readonly type: "place";
  readonly blocks: readonly ({ readonly starts: Uint32Array; readonly ends: Uint32Array } | undefined)[];
}
/** Codes, -1 where null, and their texts. */
export interface DictionaryPart {
  readonly type: "dictionary";
  readonly blocks: readonly (Int32Array | undefined)[];
  readonly dictionary: TableTexts;
}

/** See the file's header. Of the other types, the validity of a sealed column is read. */
export type ColumnPart = Float64Part | Int32Part | PlacePart | DictionaryPart | Int64Column | BoolColumn | Utf8Column;

/** A whole column that can be sent: its dictionary is plain data. */
export type PlainColumn =
  | Exclude<Column, DictionaryColumn>
  | (Omit<DictionaryColumn, "dictionary"> & { readonly dictionary: DictionaryParts });

/** A column as plain data. */
export function plainColumn(column: Column): PlainColumn {
  return column.type === "dictionary" ? { ...column, dictionary: plainTexts(column.dictionary) } : column;
}

/** Texts without what finds them. */
export function plainTexts({ size, offsets, bytes }: DictionaryParts): DictionaryParts {
  return { size, offsets, bytes };
}
