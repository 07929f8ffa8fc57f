// One object that a program looks into, and the objects below it, as ingest/scope.ts has it.
// Called by the steps. What must stay true: after fill() a slot holds the value node of the LAST member with its key, the
// complement of that node when the value is null, or -1. Keys are compared as they stand: an escaped key makes fill()
// give up. Members are expected in the order in which they came last, which costs two loads a key; the order is a guess
// that every key is compared with, and whatever differs is looked up.
// A scope: u32 keys, key list, slots, entries, self, table, entries used, slots end, the first key's entry, inner scopes, their list.
// A key of the list: u32 address, length, inner scope. An entry: 16 first and 16 last bytes, mask of both, u32 length,
// slot, the next key's entry. An origin: addresses of slots, then 0; the object of a scope itself stands in its word `self`.

import { BOTH_ENDS, hasEscape, maskOf, same, tailAt } from "./bytes.as";
import { allocate, END, KIND, NEXT, NODE, tape } from "./memory.as";

const KEY: u32 = 12;
const ENTRY: u32 = 64;
const OBJECT: u8 = 1;
const NULL: u8 = 8;
const QUOTE: u8 = 0x22;
/** In a scope: the first key's entry. In an entry: length of the key, its slot, the next key's entry. */
export const FIRST: usize = 32;
export const ENTRY_LENGTH: usize = 48;
export const ENTRY_SLOT: usize = 52;
export const ENTRY_NEXT: usize = 56;
/** A slot whose key the object has not. */
export const NONE: i32 = -1;
/** Entries of a scope: its keys, and as many other keys as there is room for. */
const MOST_ENTRIES: u32 = 128;
const TABLE_BITS: u32 = 8;

/** Number of the key `[at, at + length)` in a list of keys, or -1. */
export function findKey(keys: usize, count: u32, at: usize, length: u32): i32 {
  for (let i: u32 = 0; i < count; i += 1) {
    if (load<u32>(keys, 4) == length && same(load<u32>(keys), at, length)) return i;
    keys += KEY;
  }
  return -1;
}

/** Makes slots and entries of a scope whose keys are listed. False: no memory. */
export function indexScope(scope: usize): bool {
  const count = load<u32>(scope);
  const keys = <usize>load<u32>(scope, 4);
  // One slot more takes what has no key of this scope.
  const size = ((count + 1) * 4 + 15) & ~15;
  const slots = allocate(size);
  const entries = allocate(MOST_ENTRIES * ENTRY);
  const table = allocate(1 << TABLE_BITS);
  const inner = allocate((count + 1) << 3);
  if (slots == 0 || entries == 0 || table == 0 || inner == 0) return false;
  memory.fill(slots, 0xff, size);
  store<u32>(scope, <u32>slots, 8);
  store<u32>(scope, <u32>entries, 12);
  store<i32>(scope, NONE, 16);
  store<u32>(scope, <u32>table, 20);
  // Entry 0 is no key: its mask leaves nothing of a text.
  store<u8>(entries, 0xff);
  store<u32>(entries, <u32>entries, ENTRY_NEXT);
  store<u32>(scope, 1, 24);
  store<u32>(scope, <u32>(slots + size), 28);
  store<u32>(scope, <u32>entries, FIRST);
  let inners: u32 = 0;
  for (let i: u32 = 0; i < count; i += 1) {
    const key = keys + i * KEY;
    const slot = <u32>slots + (i << 2);
    const place = entryPlace(scope, <usize>load<u32>(key), load<u32>(key, 4));
    if (place != 0) addEntry(scope, place, <usize>load<u32>(key), load<u32>(key, 4), slot);
    if (load<u32>(key, 8) == 0) continue;
    store<u32>(inner + (inners << 3), slot);
    store<u32>(inner + (inners << 3), load<u32>(key, 8), 4);
    inners += 1;
  }
  store<u32>(scope, inners, 36);
  store<u32>(scope, <u32>inner, 40);
  return true;
}

/** Whether the text at `at` begins with the key of an entry. Up to 31 bytes behind it are read. */
// @ts-ignore: decorator
@inline
export function isKey(entry: usize, at: usize): bool {
  const mask = v128.load(entry, 32);
  const head = v128.xor(v128.and(v128.load(at), mask), v128.load(entry));
  const tail = v128.and(v128.load(at + <usize>load<u32>(entry, 60)), mask);
  return !v128.any_true(v128.or(head, v128.xor(tail, v128.load(entry, 16))));
}

/** Place in the table of a text's entry, or where it would be; 0: it is too long for one. */
function entryPlace(scope: usize, at: usize, length: u32): usize {
  if (length > BOTH_ENDS) return 0;
  const table = <usize>load<u32>(scope, 20);
  const entries = <usize>load<u32>(scope, 12);
  const mask = maskOf(length);
  const head = v128.and(v128.load(at), mask);
  const tail = v128.and(v128.load(at + <usize>tailAt(length)), mask);
  const mixed = <u64>i64x2.extract_lane(head, 0) ^ ((<u64>i64x2.extract_lane(tail, 1) + length) * 0x9e37_79b9_7f4a_7c15);
  let place = <u32>((mixed * 0xff51_afd7_ed55_8ccd) >> <u64>(64 - TABLE_BITS));
  for (;;) {
    const number = load<u8>(table + place);
    const entry = entries + <usize>number * ENTRY;
    if (number == 0 || (load<u32>(entry, ENTRY_LENGTH) == length && isKey(entry, at))) return table + place;
    place = (place + 1) & ((1 << TABLE_BITS) - 1);
  }
  return 0;
}

/** Makes an entry at a free place of the table, if there is room for one more; its number is written to the place. */
function addEntry(scope: usize, place: usize, at: usize, length: u32, slot: u32): void {
  const number = load<u32>(scope, 24);
  if (number == MOST_ENTRIES) return;
  const entry = <usize>load<u32>(scope, 12) + number * ENTRY;
  const mask = maskOf(length);
  v128.store(entry, v128.and(v128.load(at), mask));
  v128.store(entry, v128.and(v128.load(at + <usize>tailAt(length)), mask), 16);
  v128.store(entry, mask, 32);
  store<u32>(entry, length, ENTRY_LENGTH);
  store<u32>(entry, slot, ENTRY_SLOT);
  store<u32>(entry, load<u32>(scope, 12), ENTRY_NEXT);
  store<u32>(entry, tailAt(length), 60);
  store<u8>(place, <u8>number);
  store<u32>(scope, number + 1, 24);
}

/** Slot of a text's key that was not expected; `link` is where the entry is kept that is expected there from now on. */
export function lookUp(scope: usize, link: usize, at: usize, length: u32): u32 {
  const slots = load<u32>(scope, 8);
  const unread = slots + (load<u32>(scope) << 2);
  const place = entryPlace(scope, at, length);
  if (place != 0) {
    if (load<u8>(place) == 0) addEntry(scope, place, at, length, unread);
    const number = load<u8>(place);
    if (number != 0) {
      const entry = load<u32>(scope, 12) + <u32>number * ENTRY;
      store<u32>(link, entry);
      return load<u32>(entry, ENTRY_SLOT);
    }
  }
  const number = findKey(<usize>load<u32>(scope, 4), load<u32>(scope), at, length);
  return number < 0 ? unread : slots + (<u32>number << 2);
}

/** Finds everything in the object at `node`; a negative or a node of another kind leaves nothing found. False: an escaped key. */
export function fill(scope: usize, doc: usize, node: i32): bool {
  // Nothing was found last time either.
  if (node < 0 && load<i32>(scope, 16) == NONE) return true;
  emptySlots(scope, node < 0 ? NONE : node);
  if (node >= 0 && load<u8>(tape + node, KIND) == OBJECT && !fillSlots(scope, doc, <u32>node)) return false;
  return fillInner(scope, doc);
}

/** Starts the object at `node`. */
// @ts-ignore: decorator
@inline
export function emptySlots(scope: usize, node: i32): void {
  const slotsEnd = <usize>load<u32>(scope, 28);
  for (let at = <usize>load<u32>(scope, 8); at < slotsEnd; at += 16) v128.store(at, i8x16.splat(-1));
  store<i32>(scope, node, 16);
}

/** Fills the scopes below one that is filled. False: an escaped key. */
export function fillInner(scope: usize, doc: usize): bool {
  let inner = <usize>load<u32>(scope, 40);
  for (const end = inner + (<usize>load<u32>(scope, 36) << 3); inner < end; inner += 8) {
    if (!fill(<usize>load<u32>(inner, 4), doc, load<i32>(<usize>load<u32>(inner)))) return false;
  }
  return true;
}

function fillSlots(scope: usize, doc: usize, node: u32): bool {
  const base = tape;
  const end = load<u32>(base + node, NEXT);
  let link = scope + FIRST;
  for (let key = node + NODE; key < end; key = load<u32>(base + key + NODE, NEXT)) {
    const at = doc + <usize>load<u32>(base + key) + 1;
    const entry = <usize>load<u32>(link);
    let slot = load<u32>(entry, ENTRY_SLOT);
    if (isKey(entry, at) && load<u8>(at + <usize>load<u32>(entry, ENTRY_LENGTH)) == QUOTE) {
      link = entry + ENTRY_NEXT;
    } else {
      const length = load<u32>(base + key, END) - load<u32>(base + key) - 2;
      if (hasEscape(at, length)) return false;
      slot = lookUp(scope, link, at, length);
      link = <usize>load<u32>(link) + ENTRY_NEXT;
    }
    const isNull = load<u8>(base + key + NODE, KIND) == NULL;
    store<i32>(<usize>slot, <i32>((key + NODE) ^ (0 - <u32>isNull)));
  }
  return true;
}

/** The first place of an origin that holds something other than null, or -1. */
// @ts-ignore: decorator
@inline
export function find(origin: usize): i32 {
  const node = load<i32>(<usize>load<u32>(origin));
  return node >= 0 || load<u32>(origin, 4) == 0 ? node : findBehind(origin + 4);
}

function findBehind(origin: usize): i32 {
  for (let place = <usize>load<u32>(origin); place != 0; place = <usize>load<u32>(origin)) {
    const node = load<i32>(place);
    if (node >= 0) return node;
    origin += 4;
  }
  return -1;
}
