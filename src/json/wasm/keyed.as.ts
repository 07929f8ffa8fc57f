// Members of objects that become keyed columns: cells of row, key and value that wait to be taken.
// Called by the steps; read and reset by ingest/walker.ts, which knows what a value's text means.
// What must stay true: cells stand in the order in which the interpreter would set them.
// A family: u32 dictionary of keys, of values, cells, count, room, heap, used, room, mark of cells, mark of heap, next.

import { copyText, hasEscape, OVERSHOOT } from "./bytes.as";
import { allocate } from "./memory.as";
import { flagsOf, numberOf } from "./dictionary.as";
import { findKey } from "./scope.as";
import { unescape } from "./text.as";
import { END, KIND, NEXT, NODE, tape } from "./memory.as";

const STRING: u8 = 3;
const NULL: u8 = 8;
const CELL: u32 = 24;

/** Flag of a key without columns; any other flag: its values are mostly distinct, and not looked up. */
const UNWANTED: u32 = 1;
/** Longer texts are not looked up, but copied. */
const LONGEST_SHARED: u32 = 128;
/** No text of an attribute that is longer becomes a value, however it is escaped. */
const LONGEST_ENCODED: u32 = 256 * 36 + 2;
/** Nor one that is longer and has no escapes. */
const LONGEST_PLAIN: u32 = 256 + 2;

/** A new family with room for `cells` cells and `heap` bytes of long texts. */
export function newKeyed(keys: usize, values: usize, cells: u32, heap: u32): usize {
  const at = allocate(48);
  store<u32>(at, <u32>keys);
  store<u32>(at, <u32>values, 4);
  store<u32>(at, allocate(cells * CELL), 8);
  store<u32>(at, cells, 16);
  store<u32>(at, allocate(heap + OVERSHOOT), 20);
  store<u32>(at, heap, 28);
  return at;
}

/** Remembers where a record begins, in this family and those behind it. */
export function markKeyed(family: usize): void {
  for (; family != 0; family = <usize>load<u32>(family, 40)) {
    store<u32>(family, load<u32>(family, 12), 32);
    store<u32>(family, load<u32>(family, 24), 36);
  }
}

/** Takes back what was written since markKeyed(). */
export function rollBackKeyed(family: usize): void {
  for (; family != 0; family = <usize>load<u32>(family, 40)) {
    store<u32>(family, load<u32>(family, 32), 12);
    store<u32>(family, load<u32>(family, 36), 24);
  }
}

/**
 * Adds the members of the object at `node`, which a scope was filled with: none of its keys has escapes. Operands of the
 * step from byte 24: family, whether strings hold JSON text, keys that get no column and their number. Gives a status of
 * steps.as.ts.
 */
export function addMembers(step: usize, node: i32, doc: usize, row: u32): i32 {
  const family = <usize>load<u32>(step, 24);
  const isEncoded = load<u32>(step, 28) != 0;
  const skipped = <usize>load<u32>(step, 32);
  const skippedCount = load<u32>(step, 36);
  const keys = <usize>load<u32>(family);
  const base = tape;
  const end = load<u32>(base + node, NEXT);
  for (let key = <u32>node + NODE; key < end; key = load<u32>(base + key + NODE, NEXT)) {
    const at = doc + <usize>load<u32>(base + key) + 1;
    const length = load<u32>(base + key, END) - load<u32>(base + key) - 2;
    if (findKey(skipped, skippedCount, at, length) >= 0) continue;
    const number = numberOf(keys, at, length);
    if (number < 0) return 1;
    const flags = flagsOf(keys, number);
    if (flags == UNWANTED) continue;
    const status = addCell(family, isEncoded, key + NODE, doc, row, number, flags == 0 ? LONGEST_SHARED : 0);
    if (status != 0) return status;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function mixed(hash: u32, word: u32): u32 {
  return hash ^ (rotl(word * 0xcc9e_2d51, 15) * 0x1b87_3593);
}

/** The hash of columns/byte-hash.ts: MurmurHash3 x86_32. */
function hashText(at: usize, length: u32): u32 {
  let hash = length;
  let left = length;
  for (; left >= 4; at += 4, left -= 4) hash = rotl(mixed(hash, load<u32>(at)), 13) * 5 + 0xe654_6b64;
  let tail: u32 = 0;
  for (let shift: u32 = 0; left > 0; at += 1, left -= 1, shift += 8) tail |= <u32>load<u8>(at) << shift;
  hash = mixed(hash, tail);
  hash = (hash ^ (hash >> 16)) * 0x85eb_ca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2_ae35;
  return hash ^ (hash >> 16);
}

/**
 * A cell, as columns/waiting-cells.ts has it: row, key, value; the value is a number of the dictionary, -1 null, -2 the
 * text behind it as it stands, -3 no column, -4 the text behind it without its escapes, with its hash.
 */
function addCell(family: usize, isEncoded: bool, node: u32, doc: usize, row: u32, key: i32, longestShared: u32): i32 {
  const place = tape + node;
  const kind = load<u8>(place, KIND);
  const count = load<u32>(family, 12);
  if (count == load<u32>(family, 16)) return 2;
  const cell = <usize>load<u32>(family, 8) + count * CELL;
  const quote: u32 = kind == STRING ? 1 : 0;
  const at = doc + <usize>load<u32>(place) + quote;
  const length = load<u32>(place, END) - load<u32>(place) - 2 * quote;
  store<u32>(cell, row);
  store<i32>(cell, key, 4);
  let value: i32 = -1;
  if (kind < STRING) {
    // A list or an object: no column for an attribute; the JSON text itself for a tag, which the interpreter takes.
    if (!isEncoded) return 1;
    value = -3;
  } else if (kind == NULL) value = -1;
  else if (length <= longestShared) {
    value = numberOf(<usize>load<u32>(family, 4), at, length);
    if (value < 0) return 1;
  } else if (isEncoded && length > LONGEST_PLAIN && (length > LONGEST_ENCODED || !hasEscape(at, length))) value = -3;
  else {
    const used = load<u32>(family, 24);
    if (length > load<u32>(family, 28)) return 1;
    if (used + length > load<u32>(family, 28)) return 2;
    const copy = <usize>load<u32>(family, 20) + used;
    let written = length;
    if (isEncoded) copyText(copy, at, length);
    else written = <u32>(unescape(at, at + length, copy) - copy);
    store<u32>(family, used + written, 24);
    store<u32>(cell, <u32>copy, 12);
    store<u32>(cell, written, 16);
    if (!isEncoded) store<u32>(cell, hashText(copy, written), 20);
    value = isEncoded ? -2 : -4;
  }
  store<i32>(cell, value, 8);
  store<u32>(family, count + 1, 12);
  return 0;
}
