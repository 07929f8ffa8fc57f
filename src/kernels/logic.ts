// Three-valued logic on arrays of truth values: 0 false, 1 true, 2 unknown (Kleene 1938).
// Called by exec/evaluate for AND, OR and NOT. What must stay true: an entry is always one of the three values at every
// row that the selection names; other rows hold whatever was there.

import type { Selection } from "./select.ts";

/** The comparison or predicate does not hold. */
export const FALSE = 0;
/** It holds. */
export const TRUE = 1;
/** An operand is missing. */
export const UNKNOWN = 2;

// Entry (left << 2) | right.
const AND = Uint8Array.of(0, 0, 0, 0, 0, 1, 2, 0, 0, 2, 2, 0);
const OR = Uint8Array.of(0, 1, 2, 0, 1, 1, 1, 0, 2, 1, 2, 0);

/** `into` = `into` AND `other`, at the rows of `rows`. */
export function andInto(into: Uint8Array, other: Uint8Array, rows: Selection): void {
  combine(into, { other, table: AND }, rows);
}

/** `into` = `into` OR `other`, at the rows of `rows`. */
export function orInto(into: Uint8Array, other: Uint8Array, rows: Selection): void {
  combine(into, { other, table: OR }, rows);
}

function combine(into: Uint8Array, how: { other: Uint8Array; table: Uint8Array }, rows: Selection): void {
  const { other, table } = how;
  const { positions, count } = rows;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) into[row] = table[(into[row]! << 2) | other[row]!]!;
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    into[row] = table[(into[row]! << 2) | other[row]!]!;
  }
}

/** `out` = NOT `truth`, at the rows of `rows`; the two may be one array. */
export function notInto(truth: Uint8Array, rows: Selection, out: Uint8Array): void {
  const { positions, count } = rows;
  // Unknown stays: 0 -> 1, 1 -> 0, 2 -> 2 is a flip of the low bit where the high bit is clear.
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) out[row] = truth[row]! ^ (~(truth[row]! >> 1) & 1);
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    out[row] = truth[row]! ^ (~(truth[row]! >> 1) & 1);
  }
}

/** Sets every row of `rows` to one value. */
export function fillTruth(value: 0 | 1 | 2, rows: Selection, out: Uint8Array): void {
  const { positions, count } = rows;
  if (positions === undefined) out.fill(value, 0, count);
  else for (let i = 0; i < count; i += 1) out[positions[i]!] = value;
}
