// Comparisons of numbers, exact 64-bit integers and dictionary codes to truth values (0 false, 1 true, 2 unknown).
// Called by exec/evaluate. What must stay true: a NaN, a missing int64 or a negative code gives unknown, never false.
// The loops are branch-free, Number(a < b) being one instruction: a branch on random data costs five times as much.

import { isPresent } from "../columns/column.ts";
import { FALSE, TRUE, UNKNOWN } from "./logic.ts";
import type { Selection } from "./select.ts";

/** A comparison. */
export type CompareOp = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** The comparison with the sides exchanged. */
export const FLIPPED: { readonly [op in CompareOp]: CompareOp } = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** A comparison as one of three, and whether its outcome is turned around: `>=` is not `<`. */
function normalize(op: CompareOp): { readonly base: "=" | "<" | "<="; readonly invert: 0 | 1 } {
  switch (op) {
    case "=":
      return { base: "=", invert: 0 };
    case "!=":
      return { base: "=", invert: 1 };
    case "<":
      return { base: "<", invert: 0 };
    case ">=":
      return { base: "<", invert: 1 };
    case "<=":
      return { base: "<=", invert: 0 };
    case ">":
      return { base: "<=", invert: 1 };
  }
}

/** `values[row] op literal` for the rows of `rows`. NaN on either side gives unknown. */
export function compareNumber(
  what: { readonly values: Float64Array; readonly op: CompareOp; readonly literal: number },
  rows: Selection,
  out: Uint8Array,
): void {
  const { base, invert } = normalize(what.op);
  const { values, literal } = what;
  if (Number.isNaN(literal)) {
    for (let i = 0; i < rows.count; i += 1) out[rows.positions === undefined ? i : rows.positions[i]!] = UNKNOWN;
  } else if (base === "=") equalNumber(values, { literal, invert, rows }, out);
  else if (base === "<") lessNumber(values, { literal, invert, rows }, out);
  else atMostNumber(values, { literal, invert, rows }, out);
}

interface NumberLoop {
  readonly literal: number;
  readonly invert: 0 | 1;
  readonly rows: Selection;
}

function equalNumber(values: Float64Array, { literal, invert, rows }: NumberLoop, out: Uint8Array): void {
  const { positions, count } = rows;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!;
      const missing = Number(Number.isNaN(value));
      out[row] = ((Number(value === literal) ^ invert) & ~missing) | (missing << 1);
    }
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    const value = values[row]!;
    const missing = Number(Number.isNaN(value));
    out[row] = ((Number(value === literal) ^ invert) & ~missing) | (missing << 1);
  }
}

function lessNumber(values: Float64Array, { literal, invert, rows }: NumberLoop, out: Uint8Array): void {
  const { positions, count } = rows;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!;
      const missing = Number(Number.isNaN(value));
      out[row] = ((Number(value < literal) ^ invert) & ~missing) | (missing << 1);
    }
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    const value = values[row]!;
    const missing = Number(Number.isNaN(value));
    out[row] = ((Number(value < literal) ^ invert) & ~missing) | (missing << 1);
  }
}

function atMostNumber(values: Float64Array, { literal, invert, rows }: NumberLoop, out: Uint8Array): void {
  const { positions, count } = rows;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!;
      const missing = Number(Number.isNaN(value));
      out[row] = ((Number(value <= literal) ^ invert) & ~missing) | (missing << 1);
    }
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    const value = values[row]!;
    const missing = Number(Number.isNaN(value));
    out[row] = ((Number(value <= literal) ^ invert) & ~missing) | (missing << 1);
  }
}

/** `left[row] op right[row]`; NaN on either side gives unknown. */
export function compareNumbers(
  what: { readonly left: Float64Array; readonly op: CompareOp; readonly right: Float64Array },
  rows: Selection,
  out: Uint8Array,
): void {
  const { base, invert } = normalize(what.op);
  const { left, right } = what;
  const { positions, count } = rows;
  const equal = Number(base !== "<");
  const less = Number(base !== "=");
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const a = left[row]!;
    const b = right[row]!;
    const missing = Number(Number.isNaN(a)) | Number(Number.isNaN(b));
    const holds = (Number(a === b) & equal) | (Number(a < b) & less);
    out[row] = ((holds ^ invert) & ~missing) | (missing << 1);
  }
}

/** Exact 64-bit integers of a block; `validity` as in columns. */
export interface Int64Values {
  readonly values: BigInt64Array;
  readonly validity: Uint8Array | undefined;
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Which 32-bit half of a 64-bit integer in memory is the lower one, 0 or 1. */
export const LOW_HALF = LITTLE_ENDIAN ? 0 : 1;

/**
 * `values[row] op literal`, exact. `literal` may lie outside int64.
 * Compares the halves as 32-bit integers, for reading a BigInt allocates one.
 */
export function compareInt64(
  what: Int64Values & { readonly op: CompareOp; readonly literal: bigint },
  rows: Selection,
  out: Uint8Array,
): void {
  const { values, validity } = what;
  const { base, invert } = normalize(what.op);
  const inside = BigInt.asIntN(64, what.literal) === what.literal;
  const beyond = inside ? 0 : what.literal > 0n ? 1 : -1;
  const high = Number(BigInt.asIntN(32, what.literal >> 32n));
  const low = Number(BigInt.asUintN(32, what.literal));
  const equal = Number(base !== "<");
  const less = Number(base !== "=");
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const valueHigh = halves[2 * row + 1 - LOW_HALF]!;
    const valueLow = halves[2 * row + LOW_HALF]! >>> 0;
    const sameHigh = Number(valueHigh === high);
    const isEqual = Number(beyond === 0) & sameHigh & Number(valueLow === low);
    const isLess = beyond === 0 ? Number(valueHigh < high) | (sameHigh & Number(valueLow < low)) : Number(beyond > 0);
    const missing = Number(!isPresent(validity, row));
    out[row] = ((((isEqual & equal) | (isLess & less)) ^ invert) & ~missing) | (missing << 1);
  }
}

/** `left[row] op right[row]`, exact; a missing value on either side gives unknown. */
export function compareInt64s(
  what: { readonly left: Int64Values; readonly op: CompareOp; readonly right: Int64Values },
  rows: Selection,
  out: Uint8Array,
): void {
  const { left, right } = what;
  const { base, invert } = normalize(what.op);
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    if (!isPresent(left.validity, row) || !isPresent(right.validity, row)) {
      out[row] = UNKNOWN;
      continue;
    }
    const a = left.values[row]!;
    const b = right.values[row]!;
    const holds = (base !== "<" && a === b) || (base !== "=" && a < b);
    out[row] = (holds ? TRUE : FALSE) ^ invert;
  }
}

/**
 * Maps codes through a table of one entry a dictionary value, shifted by one: entry 0 answers for null.
 * `table`: dictionary size + 1 entries.
 */
export function mapCodes(
  what: { readonly codes: Int32Array; readonly table: Uint8Array },
  rows: Selection,
  out: Uint8Array,
): void {
  const { codes, table } = what;
  const { positions, count } = rows;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) out[row] = table[codes[row]! + 1]!;
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    out[row] = table[codes[row]! + 1]!;
  }
}
