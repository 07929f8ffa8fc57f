// Scopes and origins of the walker: the same as scope.ts, written into WebAssembly memory for wasm/scope.as.ts.
// Made by walk-program.ts. What must stay true: the layouts are those that the header of wasm/scope.as.ts tells.

import type { Path } from "./program.ts";
import type { WalkMemory } from "./walk-memory.ts";

const SCOPE_BYTES = 20;
const KEY_WORDS = 3;
const REMEMBERED = 64;
const NONE = -1;
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

  constructor(memory: WalkMemory) {
    this.#memory = memory;
    this.address = memory.allocate(SCOPE_BYTES);
  }

  /** Scope and slot of a path of one or more keys, which is looked for from now on. */
  slot(path: Path): readonly [scope: number, slot: number] {
    const [key = "", ...rest] = path;
    let index = this.#keys.indexOf(key);
    if (index < 0) index = this.#keys.push(key) - 1;
    if (rest.length === 0) return [this.address, index];
    const inner = this.#inner.get(index) ?? new WalkScope(this.#memory);
    this.#inner.set(index, inner);
    return inner.slot(rest);
  }

  /** The address of an origin: the first of `paths` with a value; an empty path is the object itself, last. */
  origin(paths: readonly Path[]): number {
    const slots = paths.filter((path) => path.length > 0).map((path) => this.slot(path));
    const self = paths.some((path) => path.length === 0) ? this.address : 0;
    return this.#memory.list([slots.length, self, ...slots.flat()]);
  }

  /** Writes the keys, when all are known. */
  finish(): void {
    for (const inner of this.#inner.values()) inner.finish();
    const memory = this.#memory;
    const keys = writeKeys(memory, this.#keys, (index) => this.#inner.get(index)?.address ?? 0);
    const nodes = memory.list(this.#keys.map(() => NONE).concat(NONE));
    const remembered = memory.list(new Array<number>(REMEMBERED).fill(NONE));
    memory.words.set([this.#keys.length, keys, nodes, remembered, NONE], this.address / 4);
  }
}
