// Exact 64-bit integers by row: to float64, from rows of another table, against float64, and to dense codes.
// Called by exec/ where a column of integers holds int64. What must stay true: what is missing gives the null of the
// result (NaN, unknown, -1); values are looked at in halves, for reading a BigInt allocates one.

import { BLOCK_ROWS, isPresent } from "../columns/column.ts";
import { type CompareOp, type Int64Values, LOW_HALF } from "./compare.ts";
import { PairTable } from "./hash.ts";
import { TRUE, UNKNOWN } from "./logic.ts";
import type { Selection } from "./select.ts";

const TWO_32 = 2 ** 32;

/** The 32-bit halves of 64-bit integers, two an integer. */
export function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** `out[row] = ` the float64 nearest to the value, NaN where it is missing. */
export function int64ToNumbers({ values, validity }: Int64Values, rows: Selection, out: Float64Array): void {
  const halves = halvesOf(values);
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    // Both terms are exact, so that the sum rounds once.
    const near = halves[2 * row + 1 - LOW_HALF]! * TWO_32 + (halves[2 * row + LOW_HALF]! >>> 0);
    out[row] = isPresent(validity, row) ? near : Number.NaN;
  }
}

/** Values that are written by row: `validity` has a bit a row. */
export interface Int64Target {
  readonly values: BigInt64Array;
  readonly validity: Uint8Array;
}

const BLOCK_BITS = Math.log2(BLOCK_ROWS);
const IN_BLOCK = BLOCK_ROWS - 1;

/** `out[row] = column value at index[row]`, where the column is in blocks of BLOCK_ROWS; a negative index is missing. */
export function takeInt64s(
  what: { readonly blocks: readonly Int64Values[]; readonly index: Int32Array },
  rows: Selection,
  out: Int64Target,
): void {
  const { blocks, index } = what;
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const from = index[row]!;
    const block = blocks[from >> BLOCK_BITS];
    const bit = 1 << (row & 7);
    if (from >= 0 && block !== undefined && isPresent(block.validity, from & IN_BLOCK)) {
      out.values[row] = block.values[from & IN_BLOCK]!;
      out.validity[row >> 3]! |= bit;
    } else {
      out.values[row] = 0n;
      out.validity[row >> 3]! &= ~bit;
    }
  }
}

/** `left[row] op right[row]` of an integer and a float64, exact; missing on either side gives unknown. */
export function compareInt64Numbers(
  what: { readonly left: Int64Values; readonly op: CompareOp; readonly right: Float64Array },
  rows: Selection,
  out: Uint8Array,
): void {
  const { left, op, right } = what;
  const { positions, count } = rows;
  const whenLess = Number(op === "<" || op === "<=" || op === "!=");
  const whenEqual = Number(op === "=" || op === "<=" || op === ">=");
  const whenGreater = Number(op === ">" || op === ">=" || op === "!=");
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const number = right[row]!;
    if (Number.isNaN(number) || !isPresent(left.validity, row)) {
      out[row] = UNKNOWN;
      continue;
    }
    // A BigInt and a number compare by what they are worth, without rounding.
    const integer = left.values[row]!;
    out[row] = TRUE & (integer < number ? whenLess : integer > number ? whenGreater : whenEqual);
  }
}

/** Distinct integers with dense codes in order of first appearance. */
export class Int64Table {
  readonly #pairs = new PairTable();

  /** Adds an integer. */
  add(value: bigint): void {
    this.#pairs.intern(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }

  /** `out[row] = ` the code of the value, which is added when it is new; -1 where it is missing. */
  intern({ values, validity }: Int64Values, rows: Selection, out: Int32Array): void {
    const halves = halvesOf(values);
    const { positions, count } = rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      out[row] = isPresent(validity, row)
        ? this.#pairs.intern(halves[2 * row + LOW_HALF]!, halves[2 * row + 1 - LOW_HALF]!)
        : -1;
    }
  }

  /** `out[row] = ` whether the table has the value; unknown where it is missing. */
  has({ values, validity }: Int64Values, rows: Selection, out: Uint8Array): void {
    const halves = halvesOf(values);
    const { positions, count } = rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      const found = this.#pairs.find(halves[2 * row + LOW_HALF]!, halves[2 * row + 1 - LOW_HALF]!) >= 0;
      out[row] = isPresent(validity, row) ? Number(found) : UNKNOWN;
    }
  }

  /** The integers of codes, each below the number of distinct ones; 0n for a negative code. */
  values(codes: Int32Array): BigInt64Array {
    const values = new BigInt64Array(codes.length);
    const halves = halvesOf(values);
    const { lefts, rights } = this.#pairs;
    for (let i = 0; i < codes.length; i += 1) {
      const code = codes[i]!;
      if (code < 0) continue;
      halves[2 * i + LOW_HALF] = lefts[code]!;
      halves[2 * i + 1 - LOW_HALF] = rights[code]!;
    }
    return values;
  }
}
