// One object that a program looks into, and the objects below it, as ingest/scope.ts has it.
// Called by the steps. What must stay true: after fill() a slot holds the value node of the LAST member with its key, or
// -1. Keys are compared as they stand: an escaped key makes fill() give up.
// A scope: u32 keys, key list, nodes, remembered, self; a key: u32 address, length, inner scope.
// An origin: u32 places, scope whose object itself is meant or 0, then scope and slot of each place.

import { same } from "./dictionary.as";
import { ends, kinds, nexts, starts } from "./memory.as";

const KEY: u32 = 12;
const REMEMBERED: u32 = 64;
const OBJECT: u8 = 1;
const ESCAPED_STRING: u8 = 4;
const NULL: u8 = 8;

/** Number of the key `[at, at + length)` in a list of keys, or -1. */
export function findKey(keys: usize, count: u32, at: usize, length: u32): i32 {
  for (let i: u32 = 0; i < count; i += 1) {
    if (load<u32>(keys, 4) == length && same(load<u32>(keys), at, length)) return i;
    keys += KEY;
  }
  return -1;
}

/** Finds everything in the object at `node`; -1 or a node of another kind leaves nothing found. False: an escaped key. */
export function fill(scope: usize, doc: usize, node: i32): bool {
  const count = load<u32>(scope);
  const keys = <usize>load<u32>(scope, 4);
  const nodes = <usize>load<u32>(scope, 8);
  store<i32>(scope, node, 16);
  for (let slot: u32 = 0; slot < count; slot += 1) store<i32>(nodes + (slot << 2), -1);
  if (node >= 0 && load<u8>(kinds + node) == OBJECT) {
    const kindOf = kinds;
    const startOf = starts;
    const endOf = ends;
    const nextOf = nexts;
    const remembered = <usize>load<u32>(scope, 12);
    const end = load<u32>(nextOf + (<usize>node << 2));
    let position: u32 = 0;
    for (let key = <u32>node + 1; key < end; key = load<u32>(nextOf + ((key + 1) << 2))) {
      if (load<u8>(kindOf + key) == ESCAPED_STRING) return false;
      const at = doc + <usize>load<u32>(startOf + (key << 2)) + 1;
      const length = <u32>(doc + <usize>load<u32>(endOf + (key << 2)) - 1 - at);
      let number: i32 = -1;
      if (position < REMEMBERED) {
        number = load<i32>(remembered + (position << 2));
        if (number < 0 || load<u32>(keys + <u32>number * KEY, 4) != length || !same(load<u32>(keys + <u32>number * KEY), at, length)) {
          number = findKey(keys, count, at, length);
          store<i32>(remembered + (position << 2), number);
        }
      } else number = findKey(keys, count, at, length);
      if (number >= 0) store<i32>(nodes + (<u32>number << 2), key + 1);
      position += 1;
    }
  }
  for (let i: u32 = 0; i < count; i += 1) {
    const inner = <usize>load<u32>(keys + i * KEY, 8);
    if (inner != 0 && !fill(inner, doc, load<i32>(nodes + (i << 2)))) return false;
  }
  return true;
}

/** The first place of an origin that holds something other than null, or -1. */
export function find(origin: usize): i32 {
  const count = load<u32>(origin);
  let place = origin + 8;
  for (let i: u32 = 0; i < count; i += 1) {
    const node = load<i32>(<usize>load<u32>(<usize>load<u32>(place), 8) + (load<u32>(place, 4) << 2));
    if (node >= 0 && load<u8>(kinds + node) != NULL) return node;
    place += 8;
  }
  const self = <usize>load<u32>(origin, 4);
  return self == 0 ? -1 : load<i32>(self, 16);
}
