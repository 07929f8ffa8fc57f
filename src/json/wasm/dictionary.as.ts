// Texts as they stand in the file -> small numbers, by open addressing. The numbers mean nothing outside of this module:
// whoever takes the columns translates each once, when a row that has it is kept, so nothing is rolled back here.
// Called by the steps. What must stay true: equal bytes give equal numbers; at most half of the slots are used.
// A dictionary: u32 size, slots, mask, texts, room of texts; a slot: u32 hash, number + 1, address, length;
// a text: u32 address, length, flags.

import { BOTH_ENDS, copyText, maskOf, OVERSHOOT, same, tailAt } from "./bytes.as";
import { allocate } from "./memory.as";

const FIRST_SLOTS: u32 = 256;
const SLOT: u32 = 16;
/** Bytes of a text's entry. */
export const TEXT: u32 = 12;

/** A new dictionary. */
export function newDictionary(): usize {
  const at = allocate(32);
  store<u32>(at, allocate(FIRST_SLOTS * SLOT), 4);
  store<u32>(at, FIRST_SLOTS - 1, 8);
  store<u32>(at, allocate((FIRST_SLOTS >> 1) * TEXT), 12);
  store<u32>(at, FIRST_SLOTS >> 1, 16);
  return at;
}

/** Of both ends and the length; where a text is longer than both, of what stands between them too. */
// @ts-ignore: decorator
@inline
function hashOf(at: usize, length: u32): u32 {
  const mask = maskOf(length);
  const head = v128.and(v128.load(at), mask);
  const tail = v128.and(v128.load(at + <usize>tailAt(length)), mask);
  let hash = (<u64>i64x2.extract_lane(head, 0) + length) * 0x9e37_79b9_7f4a_7c15;
  hash ^= rotl(<u64>i64x2.extract_lane(head, 1) * 0xff51_afd7_ed55_8ccd, 20);
  hash ^= rotl(<u64>i64x2.extract_lane(tail, 0) * 0xc4ce_b9fe_1a85_ec53, 40);
  hash ^= rotl(<u64>i64x2.extract_lane(tail, 1) * 0x94d0_49bb_1331_11eb, 52);
  if (length > BOTH_ENDS) hash = hashBetween(hash, at + 16, at + <usize>tailAt(length));
  hash = (hash ^ (hash >> 32)) * 0xd6e8_feb8_6659_fd93;
  return <u32>(hash >> 32);
}

function hashBetween(hash: u64, at: usize, end: usize): u64 {
  for (; at < end; at += 8) hash = rotl(hash ^ load<u64>(at), 29) * 0xff51_afd7_ed55_8ccd;
  return hash;
}

/** The number of a text, which is added when it is new; -1 when the system gives no memory. */
export function numberOf(dictionary: usize, at: usize, length: u32): i32 {
  const hash = hashOf(at, length);
  let mask = load<u32>(dictionary, 8);
  let slots = load<u32>(dictionary, 4);
  let slot = hash & mask;
  for (;;) {
    const place = slots + slot * SLOT;
    const known = load<u32>(place, 4);
    if (known == 0) break;
    if (load<u32>(place) == hash && load<u32>(place, 12) == length && same(load<u32>(place, 8), at, length)) return known - 1;
    slot = (slot + 1) & mask;
  }
  const size = load<u32>(dictionary);
  if (size == load<u32>(dictionary, 16)) {
    if (!grow(dictionary)) return -1;
    mask = load<u32>(dictionary, 8);
    slots = load<u32>(dictionary, 4);
    slot = hash & mask;
    while (load<u32>(slots + slot * SLOT, 4) != 0) slot = (slot + 1) & mask;
  }
  const copy = allocate(length + OVERSHOOT);
  if (copy == 0) return -1;
  copyText(copy, at, length);
  const place = slots + slot * SLOT;
  store<u32>(place, hash);
  store<u32>(place, size + 1, 4);
  store<u32>(place, <u32>copy, 8);
  store<u32>(place, length, 12);
  const text = load<u32>(dictionary, 12) + size * TEXT;
  store<u32>(text, <u32>copy);
  store<u32>(text, length, 4);
  store<u32>(text, 0, 8);
  store<u32>(dictionary, size + 1);
  return size;
}

function grow(dictionary: usize): bool {
  const size = load<u32>(dictionary);
  const length = (load<u32>(dictionary, 8) + 1) << 1;
  const slots = allocate(length * SLOT);
  const texts = allocate((length >> 1) * TEXT);
  if (slots == 0 || texts == 0) return false;
  const mask = length - 1;
  const old = load<u32>(dictionary, 4);
  for (let from: u32 = 0; from < length >> 1; from += 1) {
    const place = old + from * SLOT;
    if (load<u32>(place, 4) == 0) continue;
    let slot = load<u32>(place) & mask;
    while (load<u32>(slots + slot * SLOT, 4) != 0) slot = (slot + 1) & mask;
    memory.copy(slots + slot * SLOT, place, SLOT);
  }
  memory.copy(texts, load<u32>(dictionary, 12), size * TEXT);
  store<u32>(dictionary, slots, 4);
  store<u32>(dictionary, mask, 8);
  store<u32>(dictionary, texts, 12);
  store<u32>(dictionary, length >> 1, 16);
  return true;
}

/** What was noted of a text; 0 while nothing was. */
export function flagsOf(dictionary: usize, number: i32): u32 {
  return load<u32>(load<u32>(dictionary, 12) + <u32>number * TEXT, 8);
}
