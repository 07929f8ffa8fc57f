// Scopes and origins of the walker: the same as scope.ts, written into WebAssembly memory for wasm/scope.as.ts.
// Made by walk-program.ts. What must stay true: the layouts are those that the header of wasm/scope.as.ts tells.

import { invariant } from "../base/assert.ts";
import type { Path } from "./program.ts";
import type { WalkMemory } from "./walk-memory.ts";

const SCOPE_BYTES = 48;
/** Where a scope has the address of its slots, and the node of its object. */
const SLOTS = 8;
const SELF = 16;
const KEY_WORDS = 3;
const encoder = new TextEncoder();

/** Writes a list of keys: address, length, inner scope. */
export function writeKeys(memory: WalkMemory, keys: readonly string[], inner: (index: number) => number): number {
  const entries = keys.flatMap((key, index) => {
    const bytes = encoder.encode(key);
    return [memory.text(bytes), bytes.length, inner(index)];
  });
  return entries.length === 0 ? memory.allocate(KEY_WORDS * 4) : memory.list(entries);
}

/** An object that a program looks into. */
export class WalkScope {
  readonly address: number;
  readonly #memory: WalkMemory;
  readonly #keys: string[] = [];
  readonly #inner = new Map<number, WalkScope>();
  /** Words that want the address of a slot, which finish() knows. */
  readonly #places: { readonly address: number; readonly slot: number }[] = [];

  constructor(memory: WalkMemory) {
    this.#memory = memory;
    this.address = memory.allocate(SCOPE_BYTES);
  }

  /** The number of the slot of a key, which is looked for from now on. */
  slot(key: string): number {
    const known = this.#keys.indexOf(key);
    return known >= 0 ? known : this.#keys.push(key) - 1;
  }

  /** The address of an origin: the first of `paths` with a value; an empty path is the object itself, last. */
  origin(paths: readonly Path[]): number {
    const keyed = paths.filter((path) => path.length > 0);
    const places: readonly Path[] = keyed.length < paths.length ? [...keyed, []] : keyed;
    invariant(places.length > 0, "an origin has a path");
    const address = this.#memory.list(new Array<number>(places.length + 1).fill(0));
    places.forEach((path, i) => {
      this.#place(path, address + 4 * i);
    });
    return address;
  }

  /** Writes keys and places, when all are known. */
  finish(): void {
    for (const inner of this.#inner.values()) inner.finish();
    const memory = this.#memory;
    const keys = writeKeys(memory, this.#keys, (index) => this.#inner.get(index)?.address ?? 0);
    memory.words.set([this.#keys.length, keys], this.address / 4);
    memory.given(memory.exports.indexScope(this.address));
    const slots = memory.word(this.address + SLOTS);
    for (const { address, slot } of this.#places) memory.words[address / 4] = slots + 4 * slot;
  }

  #place([key, ...rest]: Path, address: number): void {
    if (key === undefined) this.#memory.words[address / 4] = this.address + SELF;
    else if (rest.length === 0) this.#places.push({ address, slot: this.slot(key) });
    else this.#below(this.slot(key)).#place(rest, address);
  }

  #below(slot: number): WalkScope {
    const inner = this.#inner.get(slot) ?? new WalkScope(this.#memory);
    this.#inner.set(slot, inner);
    return inner;
  }
}
