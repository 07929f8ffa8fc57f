// Gathering: values of another table's rows (the owning trace's), and of dictionary values, into an array by row.
// Called by exec/. What must stay true: a negative row or code gives the type's null (NaN, -1).

import { BLOCK_ROWS } from "../columns/column.ts";
import type { Selection } from "./select.ts";

const BLOCK_BITS = Math.log2(BLOCK_ROWS);
const IN_BLOCK = BLOCK_ROWS - 1;

/** `out[row] = column value at index[row]`, where the column is in blocks of BLOCK_ROWS. */
export function takeNumbers(
  what: { readonly blocks: readonly (Float64Array | Int32Array)[]; readonly index: Int32Array },
  rows: Selection,
  out: Float64Array,
): void {
  const { blocks, index } = what;
  const { positions, count } = rows;
  let current = -1;
  let values: Float64Array | Int32Array = out;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const from = index[row]!;
    const block = from >> BLOCK_BITS;
    if (block !== current) {
      current = block;
      values = blocks[block] ?? out;
    }
    out[row] = from < 0 ? Number.NaN : values[from & IN_BLOCK]!;
  }
}

/** As takeNumbers for dictionary codes. */
export function takeCodes(
  what: { readonly blocks: readonly Int32Array[]; readonly index: Int32Array },
  rows: Selection,
  out: Int32Array,
): void {
  const { blocks, index } = what;
  const { positions, count } = rows;
  let current = -1;
  let values: Int32Array = out;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const from = index[row]!;
    const block = from >> BLOCK_BITS;
    if (block !== current) {
      current = block;
      values = blocks[block] ?? out;
    }
    out[row] = from < 0 ? -1 : values[from & IN_BLOCK]!;
  }
}

/** As takeNumbers for one array of truth values over all rows of the other table. */
export function takeTruth(
  what: { readonly truth: Uint8Array; readonly index: Int32Array },
  rows: Selection,
  out: Uint8Array,
): void {
  const { truth, index } = what;
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = truth[index[row]!]!;
  }
}

/** `out[row] = table[codes[row] + 1]`: entry 0 of `table` answers for null. */
export function mapToNumbers(
  what: { readonly codes: Int32Array; readonly table: Float64Array },
  rows: Selection,
  out: Float64Array,
): void {
  const { codes, table } = what;
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = table[codes[row]! + 1]!;
  }
}

/** `out[row] = table[codes[row] + 1]` for codes to codes. */
export function mapToCodes(
  what: { readonly codes: Int32Array; readonly table: Int32Array },
  rows: Selection,
  out: Int32Array,
): void {
  const { codes, table } = what;
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = table[codes[row]! + 1]!;
  }
}
