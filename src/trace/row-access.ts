// Single values of a loaded table by row: what rebuilding a trace needs of its columns.
// Called by from-record.ts and from-columns.ts. What must stay true: a column that is not loaded reads as missing.

import { BLOCK_ROWS, type Column, isPresent } from "../columns/column.ts";
import type { KeyedColumns, Table } from "../columns/table.ts";
import { decodeWtf8 } from "../columns/wtf8.ts";

/** Bytes `[start, end)` of a record, relative to its first byte. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** The text at a row, or undefined. */
export function textAt(table: Table, name: string, row: number): string | undefined {
  return textOf(table.columns.get(name), row);
}

function textOf(column: Column | undefined, row: number): string | undefined {
  const at = row % BLOCK_ROWS;
  const number = Math.floor(row / BLOCK_ROWS);
  if (column?.type === "dictionary") {
    const code = column.blocks[number]?.values[at] ?? -1;
    return code < 0 ? undefined : column.dictionary.text(code);
  }
  const block = column?.type === "utf8" ? column.blocks[number] : undefined;
  if (block === undefined || !isPresent(block.validity, at)) return undefined;
  return decodeWtf8(block.bytes, block.offsets[at] ?? 0, block.offsets[at + 1] ?? 0);
}

/** The number at a row, or undefined. */
export function numberAt(table: Table, name: string, row: number): number | undefined {
  const column = table.columns.get(name);
  if (column?.type !== "float64" && column?.type !== "int32") return undefined;
  const value = column.blocks[Math.floor(row / BLOCK_ROWS)]?.values[row % BLOCK_ROWS];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** The integer at a row, a bigint where the column is int64, or undefined. */
export function integerAt(table: Table, name: string, row: number): number | bigint | undefined {
  return numberAt(table, name, row) ?? int64At(table, name, row);
}

/** The exact integer at a row of an int64 column, or undefined. */
export function int64At(table: Table, name: string, row: number): bigint | undefined {
  const column = table.columns.get(name);
  const block = column?.type === "int64" ? column.blocks[Math.floor(row / BLOCK_ROWS)] : undefined;
  const at = row % BLOCK_ROWS;
  return block === undefined || !isPresent(block.validity, at) ? undefined : block.values[at];
}

/** The truth value at a row, or undefined. */
export function boolAt(table: Table, name: string, row: number): boolean | undefined {
  const column = table.columns.get(name);
  const block = column?.type === "bool" ? column.blocks[Math.floor(row / BLOCK_ROWS)] : undefined;
  const at = row % BLOCK_ROWS;
  return block === undefined || !isPresent(block.validity, at) ? undefined : block.values[at] === 1;
}

/** The place at a row, or undefined. */
export function placeAt(table: Table, name: string, row: number): Place | undefined {
  const column = table.columns.get(name);
  const block = column?.type === "place" ? column.blocks[Math.floor(row / BLOCK_ROWS)] : undefined;
  const at = row % BLOCK_ROWS;
  if (block === undefined || !isPresent(block.validity, at)) return undefined;
  return { start: block.starts[at] ?? 0, end: block.ends[at] ?? 0 };
}

/** The keys that a row has, with their texts, in order of the keys' first appearance in the data. */
export function* keyedAt(keyed: KeyedColumns | undefined, row: number): Generator<readonly [string, string]> {
  for (const key of keyed?.keys ?? []) {
    const text = textOf(keyed?.column(key), row);
    if (text !== undefined) yield [key, text];
  }
}

/** Rows of a table of spans or assessments that belong to a trace: `[start, end)`. */
export function rowsOfTrace(table: Table, traceRow: number): Place {
  return { start: firstRow(table, traceRow), end: firstRow(table, traceRow + 1) };
}

/** The first row whose trace is `traceRow` or a later one. */
function firstRow(table: Table, traceRow: number): number {
  const column = table.columns.get("trace_row");
  if (column?.type !== "int32") return 0;
  let low = 0;
  let high = table.rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = column.blocks[Math.floor(middle / BLOCK_ROWS)]?.values[middle % BLOCK_ROWS] ?? 0;
    if (value < traceRow) low = middle + 1;
    else high = middle;
  }
  return low;
}
