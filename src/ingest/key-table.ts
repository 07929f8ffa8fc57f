// Looks a key of a JSON object up among the keys that a program names.
// Called by scope.ts for every member of every object that a program looks into. What must stay true: keys are compared
// decoded, whether the file escapes them or not; a lookup makes no string.

import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { unescapeInto } from "../json/text.ts";

const encoder = new TextEncoder();

/** A small set of keys with dense numbers. */
export class KeyTable {
  readonly #keys: Uint8Array[] = [];
  /** Numbers of the keys of each length. */
  readonly #byLength: number[][] = [];
  readonly #numbers = new Map<string, number>();
  #scratch: Uint8Array = new Uint8Array(64);

  /** The number of `key`, which is added when it is new. */
  add(key: string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const bytes = encoder.encode(key);
    const number = this.#keys.length;
    this.#keys.push(bytes);
    this.#numbers.set(key, number);
    while (this.#byLength.length <= bytes.length) this.#byLength.push([]);
    this.#byLength[bytes.length]?.push(number);
    return number;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** Whether key node `node` is key `number`; false for an escaped spelling, which `find` understands. */
  is(cursor: Cursor, node: number, number: number): boolean {
    const { kinds, starts, ends } = cursor.tape;
    const key = this.#keys[number];
    if (key === undefined || kinds[node] !== NodeKind.string) return false;
    const start = starts[node]! + 1;
    return ends[node]! - 1 - start === key.length && equal(key, cursor.bytes, start);
  }

  /** The number of the key or string at `node`, or -1. */
  find(cursor: Cursor, node: number): number {
    const { kinds, starts, ends } = cursor.tape;
    const start = starts[node]! + 1;
    const end = ends[node]! - 1;
    if (kinds[node] !== NodeKind.escapedString) return this.findBytes(cursor.bytes, start, end);
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array((end - start) * 2);
    const length = unescapeInto(cursor.bytes, start, end, this.#scratch, 0);
    return this.findBytes(this.#scratch, 0, length);
  }

  /** The number of the decoded key `bytes[start, end)`, or -1. */
  findBytes(bytes: Uint8Array, start: number, end: number): number {
    const candidates = this.#byLength[end - start];
    if (candidates === undefined) return -1;
    for (let i = 0; i < candidates.length; i += 1) {
      const number = candidates[i]!;
      if (equal(this.#keys[number]!, bytes, start)) return number;
    }
    return -1;
  }
}

function equal(key: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < key.length; i += 1) if (key[i] !== bytes[at + i]) return false;
  return true;
}
