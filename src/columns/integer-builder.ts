// Builds a column of integers that are nearly always small: float64 as long as that is exact, int64 once it is not.
// Called by the loader as the other builders are: set() with rows ascending, the row set last may be set again.
// What must stay true: a value beyond 2^53 is kept to the last digit; a column without one is the column that
// Float64Builder makes, at its cost.

import { finishBlocks, float64Block, int64Block, totals } from "./blocks.ts";
import { BLOCK_ROWS, type Column, type Float64Column, type Int64Column, isPresent } from "./column.ts";
import type { Float64Part } from "./column-parts.ts";
import { scratchInt32, sharedBuffer, withRoom } from "./memory.ts";
import { Float64Builder } from "./number-builders.ts";

const SAFE = 2n ** 53n;
const SAFE_NUMBER = 2 ** 53;

/** Builds a Float64Column, or an Int64Column when a value beyond 2^53 was kept. */
export class IntegerBuilder {
  readonly #numbers = new Float64Builder();
  /** The rows whose values float64 may not hold, ascending; they hold the nearest float64 in `#numbers`. */
  #rows: Int32Array = scratchInt32(0);
  /** Their values. */
  #values: BigInt64Array = new BigInt64Array(sharedBuffer(0));
  #large = 0;

  /** Rows up to and with the last one set. */
  get end(): number {
    return this.#numbers.end;
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#numbers.sizeBytes + this.#rows.byteLength + this.#values.byteLength;
  }

  /** Sets `row`, at least the row set last. `value`: whole, at most 2^53 in magnitude; NaN sets null. Throws E_MEMORY. */
  set(row: number, value: number): void {
    this.#numbers.set(row, value);
    if (this.#large > 0) this.#forgetFrom(row);
  }

  /** As set(), for any `value` in [-2^63, 2^63). */
  setExact(row: number, value: bigint): void {
    this.set(row, Number(value));
    if (value >= -SAFE && value <= SAFE) return;
    this.#rows = withRoom(this.#rows, this.#large + 1);
    if (this.#values.length < this.#rows.length) {
      const grown = new BigInt64Array(sharedBuffer(this.#rows.length * 8));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#rows[this.#large] = row;
    this.#values[this.#large] = value;
    this.#large += 1;
  }

  /** Sets the rows [row, row + values.length), past every row that was set, as set() would. Throws E_MEMORY. */
  setRows(row: number, values: Float64Array): void {
    this.#numbers.setRows(row, values);
  }

  /** The value of `row`, undefined when it has none. */
  get(row: number): bigint | undefined {
    const value = this.#numbers.get(row);
    if (Number.isNaN(value)) return undefined;
    const at = this.#firstFrom(row);
    return at < this.#large && this.#rows[at] === row ? this.#values[at] : BigInt(value);
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    this.#numbers.truncate(rows);
    this.#forgetFrom(rows);
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): Float64Column | Int64Column {
    const column = this.#numbers.seal(rows);
    return this.#large === 0 ? column : this.#widened(column);
  }

  /** As seal(), for a merge. */
  sealPart(rows: number): Float64Part | Int64Column {
    return this.#large === 0 ? this.#numbers.sealPart(rows) : this.#widened(this.#numbers.seal(rows));
  }

  #forgetFrom(row: number): void {
    while (this.#large > 0 && this.#rows[this.#large - 1]! >= row) this.#large -= 1;
  }

  /** Where the first large value of a row from `row` on stands. */
  #firstFrom(row: number): number {
    let low = 0;
    let high = this.#large;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #widened({ blocks: narrow, length: rows }: Float64Column): Int64Column {
    const arrays = narrow.map(({ values, stats }) => (stats.nulls === values.length ? undefined : values));
    const blocks = finishBlocks(arrays, rows, (values, length, block) => {
      if (values === undefined) return int64Block(undefined, undefined, length);
      const exact = new BigInt64Array(sharedBuffer(length * 8));
      const present = new Uint8Array(length);
      const first = block * BLOCK_ROWS;
      for (let row = 0, at = this.#firstFrom(first); row < length; row += 1) {
        const value = values[row]!;
        if (Number.isNaN(value)) continue;
        const isLarge = at < this.#large && this.#rows[at] === first + row;
        present[row] = 1;
        exact[row] = isLarge ? this.#values[at]! : BigInt(value);
        if (isLarge) at += 1;
      }
      return int64Block(exact, present, length);
    });
    return { type: "int64", blocks, ...totals(blocks) };
  }
}

/** A column of `rows` rows of an IntegerBuilder, that is float64, as int64: for one whose other parts hold larger values. */
export function widened(column: Float64Part, rows: number): Int64Column {
  const blocks = finishBlocks(column.blocks, rows, (values, length) => {
    if (values === undefined) return int64Block(undefined, undefined, length);
    const exact = new BigInt64Array(sharedBuffer(length * 8));
    const present = new Uint8Array(length);
    for (let row = 0; row < length; row += 1) {
      if (Number.isNaN(values[row]!)) continue;
      present[row] = 1;
      exact[row] = BigInt(values[row]!);
    }
    return int64Block(exact, present, length);
  });
  return { type: "int64", blocks, ...totals(blocks) };
}

/** The column of an IntegerBuilder after it lost rows: float64 again when the large ones are gone. */
export function narrowed(column: Column): Column {
  if (column.type !== "int64") return column;
  if (column.blocks.some(({ stats }) => stats.max > SAFE_NUMBER || stats.min < -SAFE_NUMBER)) return column;
  const blocks = column.blocks.map(({ values, validity, length }) => {
    const numbers = new Float64Array(sharedBuffer(length * 8));
    for (let row = 0; row < length; row += 1) {
      numbers[row] = isPresent(validity, row) ? Number(values[row]!) : Number.NaN;
    }
    return float64Block(numbers, length);
  });
  return { type: "float64", blocks, ...totals(blocks) };
}
