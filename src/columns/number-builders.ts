// Builders of columns of numbers: float64, int32, int64 and bool.
// Called by the loader, a value a call: set(row, value) with rows ascending.
// What must stay true: rows between two sets are null; the row set last may be set again and the last value wins;
// truncate(rows) leaves the builder as if no row from `rows` on had been set; after seal() the builder is not used again.

import { invariant } from "../base/assert.ts";
import { BlockedArray, type ElementKind, outOfOrder, presenceArray } from "./blocked-array.ts";
import { boolBlock, finishBlocks, float64Block, int32Block, int64Block, NULL_FLAG, totals } from "./blocks.ts";
import { BLOCK_ROWS, type BoolColumn, type Float64Column, type Int32Column, type Int64Column } from "./column.ts";
import type { Float64Part, Int32Part } from "./column-parts.ts";
import { sharedBuffer, sharedBytes, sharedInt32 } from "./memory.ts";

const FLOAT64: ElementKind<Float64Array, number> = {
  make: (length) => new Float64Array(sharedBuffer(length * 8)),
  null: Number.NaN,
  fills: true,
  extra: 0,
};
const INT32: ElementKind<Int32Array, number> = { make: sharedInt32, null: 0, fills: false, extra: 0 };
const INT64: ElementKind<BigInt64Array, bigint> = {
  make: (length) => new BigInt64Array(sharedBuffer(length * 8)),
  null: 0n,
  fills: false,
  extra: 0,
};
const FLAGS: ElementKind<Uint8Array, number> = { make: sharedBytes, null: NULL_FLAG, fills: true, extra: 0 };

/** Builds a column of float64; NaN is null. */
export class Float64Builder {
  /** Rows up to and with the last one set. */
  end = 0;
  readonly #values = new BlockedArray(FLOAT64);

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#values.sizeBytes;
  }

  /** Sets `row`, at least the row set last. NaN sets null. Throws E_MEMORY. */
  set(row: number, value: number): void {
    const values = this.#values;
    if ((row - values.base) >>> 0 >= values.capacity) values.reserve(row);
    values.current[row - values.base] = value;
    if (row + 1 < this.end) outOfOrder(row, this.end);
    this.end = row + 1;
  }

  /** Sets the rows [row, row + values.length), `row` past every row that was set. NaN is null. Throws E_MEMORY. */
  setRows(row: number, values: Float64Array): void {
    if (row < this.end) outOfOrder(row, this.end);
    this.#values.write(row, values);
    this.end = row + values.length;
  }

  /** The value of `row`, NaN when it has none. */
  get(row: number): number {
    return this.#values.find(row)?.[row % BLOCK_ROWS] ?? Number.NaN;
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    if (rows >= this.end) return;
    this.#values.truncate(rows, this.end);
    this.end = rows;
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): Float64Column {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const blocks = finishBlocks(this.#values.seal(rows), rows, float64Block);
    return { type: "float64", blocks, ...totals(blocks) };
  }

  /** As seal(), for a merge. */
  sealPart(rows: number): Float64Part {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    return { type: "float64", blocks: this.#values.seal(rows) };
  }
}

/** Builds a column of int32; a row that is not set holds 0, for int32 columns have no nulls. */
export class Int32Builder {
  /** Rows up to and with the last one set. */
  end = 0;
  readonly #values = new BlockedArray(INT32);

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#values.sizeBytes;
  }

  /** Sets `row`, at least the row set last. `value` in [-2^31, 2^31). Throws E_MEMORY. */
  set(row: number, value: number): void {
    const values = this.#values;
    if ((row - values.base) >>> 0 >= values.capacity) values.reserve(row);
    values.current[row - values.base] = value;
    if (row + 1 < this.end) outOfOrder(row, this.end);
    this.end = row + 1;
  }

  /** Sets the rows [row, row + values.length), `row` past every row that was set. Values as in `set`. Throws E_MEMORY. */
  setRows(row: number, values: Int32Array): void {
    if (row < this.end) outOfOrder(row, this.end);
    this.#values.write(row, values);
    this.end = row + values.length;
  }

  /** The value of `row`, 0 when it has none. */
  get(row: number): number {
    return this.#values.find(row)?.[row % BLOCK_ROWS] ?? 0;
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    if (rows >= this.end) return;
    this.#values.truncate(rows, this.end);
    this.end = rows;
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): Int32Column {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const blocks = finishBlocks(this.#values.seal(rows), rows, int32Block);
    return { type: "int32", blocks, ...totals(blocks) };
  }

  /** As seal(), for a merge. */
  sealPart(rows: number): Int32Part {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    return { type: "int32", blocks: this.#values.seal(rows) };
  }
}

/** Builds a column of int64. */
export class Int64Builder {
  /** Rows up to and with the last one set. */
  end = 0;
  readonly #values = new BlockedArray(INT64);
  readonly #present = presenceArray();

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#values.sizeBytes + this.#present.sizeBytes;
  }

  /** Sets `row`, at least the row set last. `value` in [-2^63, 2^63). Throws E_MEMORY. */
  set(row: number, value: bigint): void {
    const values = this.#values;
    const present = this.#present;
    if ((row - values.base) >>> 0 >= values.capacity) {
      values.reserve(row);
      present.reserve(row);
    }
    const at = row - values.base;
    values.current[at] = value;
    present.current[at] = 1;
    if (row + 1 < this.end) outOfOrder(row, this.end);
    this.end = row + 1;
  }

  /** Sets the rows [row, row + values.length), `row` past every row that was set. `present`: 1 where there is a value, else 0 and the value 0. Throws E_MEMORY. */
  setRows(row: number, values: BigInt64Array, present: Uint8Array): void {
    if (row < this.end) outOfOrder(row, this.end);
    this.#values.write(row, values);
    this.#present.write(row, present);
    this.end = row + values.length;
  }

  /** The value of `row`, undefined when it has none. */
  get(row: number): bigint | undefined {
    const at = row % BLOCK_ROWS;
    return this.#present.find(row)?.[at] === 1 ? this.#values.find(row)?.[at] : undefined;
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    if (rows >= this.end) return;
    this.#values.truncate(rows, this.end);
    this.#present.truncate(rows, this.end);
    this.end = rows;
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): Int64Column {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const present = this.#present.seal(rows);
    const blocks = finishBlocks(this.#values.seal(rows), rows, (values, length, block) =>
      int64Block(values, present[block], length),
    );
    return { type: "int64", blocks, ...totals(blocks) };
  }

  /** As seal(), for a merge. */
  sealPart(rows: number): Int64Column {
    return this.seal(rows);
  }
}

/** Builds a column of truth values. */
export class BoolBuilder {
  /** Rows up to and with the last one set. */
  end = 0;
  readonly #flags = new BlockedArray(FLAGS);

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#flags.sizeBytes;
  }

  /** Sets `row`, at least the row set last. Throws E_MEMORY. */
  set(row: number, value: 0 | 1): void {
    const flags = this.#flags;
    if ((row - flags.base) >>> 0 >= flags.capacity) flags.reserve(row);
    flags.current[row - flags.base] = value;
    if (row + 1 < this.end) outOfOrder(row, this.end);
    this.end = row + 1;
  }

  /** Sets the rows [row, row + values.length), `row` past every row that was set. Values 0, 1, or NULL_FLAG. Throws E_MEMORY. */
  setRows(row: number, values: Uint8Array): void {
    if (row < this.end) outOfOrder(row, this.end);
    this.#flags.write(row, values);
    this.end = row + values.length;
  }

  /** The value of `row`, undefined when it has none. */
  get(row: number): 0 | 1 | undefined {
    const flag = this.#flags.find(row)?.[row % BLOCK_ROWS] ?? NULL_FLAG;
    return flag === 0 || flag === 1 ? flag : undefined;
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    if (rows >= this.end) return;
    this.#flags.truncate(rows, this.end);
    this.end = rows;
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): BoolColumn {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const blocks = finishBlocks(this.#flags.seal(rows), rows, boolBlock);
    return { type: "bool", blocks, ...totals(blocks) };
  }

  /** As seal(), for a merge. */
  sealPart(rows: number): BoolColumn {
    return this.seal(rows);
  }
}
