// What running a plan gives: columns of an aggregate, or row positions of a table.
// Made by exec/, shaped by frontends/ into the imitated systems' answers.

import type { TableName } from "../columns/schema.ts";

/** A column of numbers, NaN where null. Times are ms since 1970. */
export interface NumberResult {
  readonly kind: "number" | "time";
  readonly name: string;
  readonly values: Float64Array;
}

/** A column of exact integers: keys, sums, minima and maxima of a column that holds int64. */
export interface IntegerResult {
  readonly kind: "integer";
  readonly name: string;
  /** 0n where missing. */
  readonly values: BigInt64Array;
  /** 1 where null. */
  readonly missing: Uint8Array;
}

/** A column of texts: `codes` into `texts`, -1 where null. */
export interface TextResult {
  readonly kind: "text";
  readonly name: string;
  readonly codes: Int32Array;
  readonly text: (code: number) => string;
  /** The texts as bytes, where they stand so: text c is `bytes[offsets[c], offsets[c + 1])`. */
  readonly texts?: { readonly offsets: Int32Array; readonly bytes: Uint8Array };
}

/** A column of bytes: serialized t-digests. Undefined where null. */
export interface BytesResult {
  readonly kind: "bytes";
  readonly name: string;
  readonly values: readonly (Uint8Array | undefined)[];
}

/** One result column; all columns of a result have `rows` entries. */
export type ResultColumn = NumberResult | IntegerResult | TextResult | BytesResult;

/** Result of a plan with an aggregate: keys first, then measures, in the plan's order. */
export interface GroupedResult {
  readonly kind: "grouped";
  readonly rows: number;
  readonly columns: readonly ResultColumn[];
}

/** Result of a plan without an aggregate: row positions in `table`, in result order. */
export interface RowsResult {
  readonly kind: "rows";
  readonly table: TableName;
  readonly positions: Uint32Array;
}

/** Any result. */
export type Result = GroupedResult | RowsResult;

/** What an operator did, for `explain=analyze`; in plan order, input first. */
export interface OperatorProfile {
  readonly operator: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly milliseconds: number;
  /** The algorithm chosen and why, in one line. */
  readonly note: string;
}
