// Which values of a block are there: 1 or 0 by row, never unknown.
// Called by exec/ for IS NULL and IS NOT NULL. What must stay true: the sentinels of columns (NaN, code -1) and the
// validity bitmap mean the same.

import { isPresent } from "../columns/column.ts";
import { FALSE, TRUE } from "./logic.ts";
import type { Selection } from "./select.ts";

/** 1 where a number is there. */
export function presentNumbers(values: Float64Array, rows: Selection, out: Uint8Array): void {
  const { positions, count } = rows;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) out[row] = Number(!Number.isNaN(values[row]!));
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    out[row] = Number(!Number.isNaN(values[row]!));
  }
}

/** 1 where a code is there. */
export function presentCodes(codes: Int32Array, rows: Selection, out: Uint8Array): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = Number(codes[row]! >= 0);
  }
}

/** 1 where the bit is set; an absent bitmap has every bit set. */
export function presentBits(validity: Uint8Array | undefined, rows: Selection, out: Uint8Array): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = isPresent(validity, row) ? TRUE : FALSE;
  }
}

/** 1 where a truth value is known. */
export function presentTruth(truth: Uint8Array, rows: Selection, out: Uint8Array): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = Number(truth[row]! < 2);
  }
}
