// Builds a column of integers that are nearly always small: float64 as long as that is exact, int64 once it is not.
// Called by the loader as the other builders are: set() with rows ascending, the row set last may be set again.
// What must stay true: a value beyond 2^53 is kept to the last digit; a column without one is the column that
// Float64Builder makes, at its cost.

import { finishBlocks, int64Block, totals } from "./blocks.ts";
import { BLOCK_ROWS, type Float64Column, type Int64Column } from "./column.ts";
import { sharedBuffer } from "./memory.ts";
import { Float64Builder } from "./number-builders.ts";

const SAFE = 2n ** 53n;
/** What an entry of the map of large values is taken to cost. */
const LARGE_BYTES = 64;

/** Builds a Float64Column, or an Int64Column when a value beyond 2^53 was kept. */
export class IntegerBuilder {
  readonly #numbers = new Float64Builder();
  /** By row, ascending: the values that float64 may not hold. Their rows hold the nearest float64 in `#numbers`. */
  readonly #large = new Map<number, bigint>();

  /** Rows up to and with the last one set. */
  get end(): number {
    return this.#numbers.end;
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#numbers.sizeBytes + this.#large.size * LARGE_BYTES;
  }

  /** Sets `row`, at least the row set last. `value`: whole, at most 2^53 in magnitude; NaN sets null. Throws E_MEMORY. */
  set(row: number, value: number): void {
    this.#numbers.set(row, value);
    if (this.#large.size > 0) this.#large.delete(row);
  }

  /** As set(), for any `value` in [-2^63, 2^63). */
  setExact(row: number, value: bigint): void {
    this.set(row, Number(value));
    if (value > SAFE || value < -SAFE) this.#large.set(row, value);
  }

  /** The value of `row`, undefined when it has none. */
  get(row: number): bigint | undefined {
    const value = this.#numbers.get(row);
    return Number.isNaN(value) ? undefined : (this.#large.get(row) ?? BigInt(value));
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    this.#numbers.truncate(rows);
    for (const row of this.#large.keys()) if (row >= rows) this.#large.delete(row);
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): Float64Column | Int64Column {
    const column = this.#numbers.seal(rows);
    return this.#large.size === 0 ? column : this.#widened(column);
  }

  #widened({ blocks: narrow, length: rows }: Float64Column): Int64Column {
    const arrays = narrow.map(({ values, stats }) => (stats.nulls === values.length ? undefined : values));
    const blocks = finishBlocks(arrays, rows, (values, length, block) => {
      if (values === undefined) return int64Block(undefined, undefined, length);
      const exact = new BigInt64Array(sharedBuffer(length * 8));
      const present = new Uint8Array(length);
      for (let i = 0; i < length; i += 1) {
        const value = values[i]!;
        if (Number.isNaN(value)) continue;
        present[i] = 1;
        exact[i] = this.#large.get(block * BLOCK_ROWS + i) ?? BigInt(value);
      }
      return int64Block(exact, present, length);
    });
    return { type: "int64", blocks, ...totals(blocks) };
  }
}
