// Rows that wait to be taken: a piece of each column, with a null in every slot that nothing was written to.
// Written by the steps, read and reset by ingest/walker.ts. What must stay true: after reset() and rollBack() every slot
// from the last row to the ready ones holds its null; there is room for one more row than a table counts.
// A table: u32 rows, room, first column, mark of rows, rows that are ready, first column with a heap. A column: see the offsets
// below; columns of a table stand in a list, and those with a heap in another.

import { OVERSHOOT } from "./bytes.as";
import { allocate } from "./memory.as";

export const FLOAT64: u32 = 1;
export const INT32: u32 = 2;
export const INT64: u32 = 3;
export const BOOL: u32 = 4;
export const DICTIONARY: u32 = 5;
export const UTF8: u32 = 6;
export const PLACE: u32 = 7;

/** Bytes of a column: values, second array, type, whether anything was set, used heap, room of heap, dictionary, next, mark of the heap, heap, next with a heap. */
const COLUMN: u32 = 44;
const HEAP_PER_ROW: u32 = 64;
/** Rows that are filled with nulls at a time. */
const READY_STEP: u32 = 256;

/** A new table with room for `room` rows. */
export function newTable(room: u32): usize {
  const table = allocate(32);
  store<u32>(table, room, 4);
  return table;
}

/** A new column of a table. `dictionary`: of its texts. 0 when the system gives no memory. */
export function newColumn(table: usize, type: u32, dictionary: usize): usize {
  const rows = load<u32>(table, 4) + 1;
  const column = allocate(COLUMN);
  const width: u32 = type == FLOAT64 || type == INT64 ? 8 : type == BOOL ? 1 : 4;
  store<u32>(column, allocate(rows * width));
  if (type == INT64) store<u32>(column, allocate(rows), 4);
  else if (type == PLACE) store<u32>(column, allocate(rows * 4), 4);
  else if (type == UTF8) {
    store<u32>(column, allocate(rows), 4);
    store<u32>(column, rows * HEAP_PER_ROW, 20);
    store<u32>(column, allocate(rows * HEAP_PER_ROW + OVERSHOOT), 36);
    store<u32>(column, load<u32>(table, 20), 40);
    store<u32>(table, <u32>column, 20);
  }
  store<u32>(column, type, 8);
  store<u32>(column, <u32>dictionary, 24);
  store<u32>(column, load<u32>(table, 8), 28);
  store<u32>(table, <u32>column, 8);
  clear(column, 0, load<u32>(table, 16));
  return column;
}

/** Makes the row behind the last one ready; memory that no row needs is not touched. False when the table is full. */
// @ts-ignore: decorator
@inline
export function nextRow(table: usize): bool {
  return load<u32>(table) < load<u32>(table, 16) || makeReady(table);
}

function makeReady(table: usize): bool {
  const ready = load<u32>(table, 16);
  if (load<u32>(table) == load<u32>(table, 4)) return false;
  const more = min(ready + READY_STEP, load<u32>(table, 4) + 1);
  for (let column = <usize>load<u32>(table, 8); column != 0; column = <usize>load<u32>(column, 28)) clear(column, ready, more);
  store<u32>(table, more, 16);
  return true;
}

/** Puts nulls into the rows [from, to). */
function clear(column: usize, from: u32, to: u32): void {
  const type = load<u32>(column, 8);
  const values = <usize>load<u32>(column);
  const second = <usize>load<u32>(column, 4);
  const count = to - from;
  if (type == FLOAT64) {
    for (let row = from; row < to; row += 1) store<f64>(values + (row << 3), NaN);
  } else if (type == DICTIONARY) memory.fill(values + (from << 2), 0xff, count << 2);
  else if (type == INT32) memory.fill(values + (from << 2), 0, count << 2);
  else if (type == BOOL) memory.fill(values + from, 2, count);
  else if (type == INT64) {
    memory.fill(values + (from << 3), 0, count << 3);
    memory.fill(second + from, 0, count);
  } else if (type == UTF8) memory.fill(second + from, 0, count);
  else if (type == PLACE) {
    memory.fill(values + (from << 2), 0, count << 2);
    memory.fill(second + (from << 2), 0, count << 2);
  }
}

/** Empties a table whose rows were taken. */
export function reset(table: usize): void {
  const rows = load<u32>(table);
  for (let column = <usize>load<u32>(table, 8); column != 0; column = <usize>load<u32>(column, 28)) {
    if (load<u32>(column, 12) != 0) clear(column, 0, rows);
    store<u32>(column, 0, 12);
    store<u32>(column, 0, 16);
  }
  store<u32>(table, 0);
}

/** Remembers where a record begins. */
export function markTable(table: usize): void {
  store<u32>(table, load<u32>(table), 12);
  for (let column = <usize>load<u32>(table, 20); column != 0; column = <usize>load<u32>(column, 40)) {
    store<u32>(column, load<u32>(column, 16), 32);
  }
}

/** Takes back what was written since markTable(). */
export function rollBack(table: usize): void {
  const rows = load<u32>(table, 12);
  const end = min(load<u32>(table) + 1, load<u32>(table, 16));
  for (let column = <usize>load<u32>(table, 8); column != 0; column = <usize>load<u32>(column, 28)) {
    clear(column, rows, end);
    store<u32>(column, load<u32>(column, 32), 16);
  }
  store<u32>(table, rows);
}

// @ts-ignore: decorator
@inline
export function setFloat(column: usize, row: u32, value: f64): void {
  if (column == 0) return;
  store<f64>(<usize>load<u32>(column) + (row << 3), value);
  store<u32>(column, 1, 12);
}

// @ts-ignore: decorator
@inline
export function setInt32(column: usize, row: u32, value: i32): void {
  if (column == 0) return;
  store<i32>(<usize>load<u32>(column) + (row << 2), value);
  store<u32>(column, 1, 12);
}

// @ts-ignore: decorator
@inline
export function setInt64(column: usize, row: u32, value: i64): void {
  if (column == 0) return;
  store<i64>(<usize>load<u32>(column) + (row << 3), value);
  store<u8>(<usize>load<u32>(column, 4) + row, 1);
  store<u32>(column, 1, 12);
}

// @ts-ignore: decorator
@inline
export function setBool(column: usize, row: u32, value: u8): void {
  if (column == 0) return;
  store<u8>(<usize>load<u32>(column) + row, value);
  store<u32>(column, 1, 12);
}

// @ts-ignore: decorator
@inline
export function setPlace(column: usize, row: u32, start: u32, end: u32): void {
  if (column == 0) return;
  store<u32>(<usize>load<u32>(column) + (row << 2), start);
  store<u32>(<usize>load<u32>(column, 4) + (row << 2), end);
  store<u32>(column, 1, 12);
}

/** Room for `length` bytes, and OVERSHOOT more that may be overwritten, at the end of a text column's heap; 0 when it is full. */
export function textRoom(column: usize, length: u32): usize {
  const used = load<u32>(column, 16);
  return used + length > load<u32>(column, 20) ? 0 : <usize>load<u32>(column, 36) + used;
}

/** Makes the `length` bytes that were written to textRoom() the text of a row. */
export function setText(column: usize, row: u32, length: u32): void {
  const used = load<u32>(column, 16) + length;
  store<u32>(column, used, 16);
  store<u32>(<usize>load<u32>(column) + (row << 2), used);
  store<u8>(<usize>load<u32>(column, 4) + row, 1);
  store<u32>(column, 1, 12);
}
