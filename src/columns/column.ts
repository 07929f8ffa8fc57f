// What a column is: a list of blocks of up to 65,536 rows over shared memory, and the views that kernels read.
// Built by the *-builder(s).ts beside it, read by kernels, exec and arrow.ts. Plain readonly data; nothing here allocates by row.
// What must stay true: every block but the last of a column has BLOCK_ROWS rows, and all columns of a table
// have the same block boundaries. Null slots hold the sentinel of their type (NaN, code -1, 0n, empty text),
// so loops over numbers and codes need not read the validity bitmap.

/** Rows in every block but the last. */
export const BLOCK_ROWS = 65_536;

/** Code of a null in a dictionary column. */
export const NULL_CODE = -1;

/** Minimum, maximum and nulls of one block (a zone map). For numbers in the column's unit, for dictionaries in codes. */
export interface BlockStats {
  /** Smallest value that is not null; Infinity when there is none. */
  readonly min: number;
  /** Largest value that is not null; -Infinity when there is none. */
  readonly max: number;
  readonly nulls: number;
}

interface BlockBase {
  /** Rows of the block. */
  readonly length: number;
  /** Bit 1 = present, least significant bit first, ceil(length / 8) bytes; absent = no nulls. */
  readonly validity: Uint8Array | undefined;
  readonly stats: BlockStats;
}

/** `values`: length rows; NaN where null. */
export interface Float64Block extends BlockBase {
  readonly values: Float64Array;
}
/** `values`: length rows; never null. */
export interface Int32Block extends BlockBase {
  readonly values: Int32Array;
}
/** `values`: length rows; 0n where null, so read `validity`. `stats` are rounded outward to float64. */
export interface Int64Block extends BlockBase {
  readonly values: BigInt64Array;
}
/** `values`: length rows of 0 or 1. */
export interface BoolBlock extends BlockBase {
  readonly values: Uint8Array;
}
/** `values`: length rows of codes into the column's dictionary; -1 where null. */
export interface DictionaryBlock extends BlockBase {
  readonly values: Int32Array;
}
/** Row r is `bytes[offsets[r], offsets[r + 1])`, UTF-8. `offsets`: length + 1, ascending from 0. */
export interface Utf8Block extends BlockBase {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}
/** Row r is `[starts[r], ends[r])`, relative to its record's first byte; both 0 where null. */
export interface PlaceBlock extends BlockBase {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Distinct texts in order of first appearance; a code is a position. */
export interface Dictionary {
  readonly size: number;
  /** `size + 1`, ascending from 0. */
  readonly offsets: Int32Array;
  /** UTF-8, decoded from JSON's escapes; a lone surrogate stands as its three-byte form (WTF-8). */
  readonly bytes: Uint8Array;
  /** The text of a code in [0, size); cached. */
  text(code: number): string;
  /** The code of a text, or -1. */
  codeOf(text: string): number;
}

interface ColumnBase {
  readonly length: number;
  readonly nulls: number;
}

/** A column of numbers. */
export interface Float64Column extends ColumnBase {
  readonly type: "float64";
  readonly blocks: readonly Float64Block[];
}
/** A column of small whole numbers. */
export interface Int32Column extends ColumnBase {
  readonly type: "int32";
  readonly blocks: readonly Int32Block[];
}
/** A column of exact 64-bit integers. */
export interface Int64Column extends ColumnBase {
  readonly type: "int64";
  readonly blocks: readonly Int64Block[];
}
/** A column of truth values. */
export interface BoolColumn extends ColumnBase {
  readonly type: "bool";
  readonly blocks: readonly BoolBlock[];
}
/** A column of texts with few distinct values. All blocks share one dictionary. */
export interface DictionaryColumn extends ColumnBase {
  readonly type: "dictionary";
  readonly blocks: readonly DictionaryBlock[];
  readonly dictionary: Dictionary;
}
/** A column of texts that are mostly distinct. */
export interface Utf8Column extends ColumnBase {
  readonly type: "utf8";
  readonly blocks: readonly Utf8Block[];
}
/** A column of places of payload; the bytes come from the table's payload reader. */
export interface PlaceColumn extends ColumnBase {
  readonly type: "place";
  readonly blocks: readonly PlaceBlock[];
}

/** Any column. */
export type Column =
  | Float64Column
  | Int32Column
  | Int64Column
  | BoolColumn
  | DictionaryColumn
  | Utf8Column
  | PlaceColumn;

/** Whether row `row` of a block is present. `row` in [0, length). */
export function isPresent(validity: Uint8Array | undefined, row: number): boolean {
  return validity === undefined || ((validity[row >> 3]! >> (row & 7)) & 1) === 1;
}
