// Group ids: key codes of a row to a dense id, in order of first appearance.
// Called by exec/aggregate; accumulate.ts then updates arrays by id. What must stay true: equal key codes give equal ids,
// ids are [0, groups), and E_TOO_MANY_GROUPS is thrown before anything is allocated by group.
// Keys are folded to one number a row by mixed radix while the product of their cardinalities fits 32 bits. A product that is
// small, or no larger than the rows are many, addresses a table directly; a larger one, or a second fold, goes through open
// addressing on pairs.

import { EngineError } from "../base/errors.ts";
import { PairTable } from "./hash.ts";
import type { Selection } from "./select.ts";

/** Key space that is addressed directly whatever the rows: 16 MiB of slots. */
const DIRECT_SLOTS = 2 ** 22;
const MAX_FOLD = 2 ** 32;

/** One key of a grouping. */
export interface KeySpace {
  /** Codes are below this; an upper bound when they are found on the way. */
  readonly cardinality: number;
}

/** Consecutive keys that fold into one unsigned 32-bit number. */
interface Fold {
  readonly keys: readonly number[];
  readonly cardinalities: readonly number[];
  readonly space: number;
}

/** Gives dense ids to the key codes of rows, block after block. */
export class Grouper {
  /** `single`: no keys; `direct`: a slot a key combination; `open addressing`: a hash table of combinations. */
  readonly method: "single" | "direct" | "open addressing";
  /** Key combinations that are possible, as far as is known; Infinity past 2^53. */
  readonly space: number;
  readonly #folds: readonly Fold[];
  readonly #maxGroups: number;
  readonly #pairs: PairTable[];
  #slots = new Uint32Array(0);
  #folded = new Uint32Array(0);
  #foldOfId = new Uint32Array(16);
  #groups = 0;

  /** `keys`: from left to right. `maxGroups`: E_TOO_MANY_GROUPS past it. `rows`: so many will come, at most. */
  constructor(keys: readonly KeySpace[], { maxGroups, rows }: { readonly maxGroups: number; readonly rows: number }) {
    this.#maxGroups = maxGroups;
    this.#folds = foldKeys(keys);
    this.space = keys.reduce((product, key) => product * key.cardinality, 1);
    const first = this.#folds[0];
    this.method =
      first === undefined
        ? "single"
        : this.#folds.length === 1 && first.space <= Math.max(DIRECT_SLOTS, rows)
          ? "direct"
          : "open addressing";
    if (this.method === "direct" && first !== undefined) this.#slots = new Uint32Array(first.space);
    this.#pairs = this.method === "open addressing" ? this.#folds.slice(1).map(() => new PairTable()) : [];
    if (this.method === "open addressing" && this.#pairs.length === 0) this.#pairs.push(new PairTable());
    if (this.method === "single") this.#groups = 1;
  }

  /** Groups so far; one from the start when there is no key. */
  get groups(): number {
    return this.#groups;
  }

  /**
   * Writes the id of each row of `rows` to `out`. `codes`: one array a key, indexed by row, in [0, cardinality).
   * Throws E_TOO_MANY_GROUPS.
   */
  assign(codes: readonly Int32Array[], rows: Selection, out: Uint32Array): void {
    const first = this.#folds[0];
    if (first === undefined) return;
    if (this.#folded.length < out.length) this.#folded = new Uint32Array(out.length);
    if (this.method === "direct") {
      this.#assignDirect(fold(codes, { fold: first, rows }, this.#folded), rows, out);
      return;
    }
    const lefts = fold(codes, { fold: first, rows }, out);
    if (this.#folds.length === 1) this.#assignPairs(this.#pairs[0], { lefts, rights: undefined, rows }, out);
    for (let at = 1; at < this.#folds.length; at += 1) {
      const next = this.#folds[at];
      if (next === undefined) break;
      const rights = fold(codes, { fold: next, rows }, this.#folded);
      this.#assignPairs(this.#pairs[at - 1], { lefts: at === 1 ? lefts : out, rights, rows }, out);
    }
    this.#groups = this.#pairs.at(-1)?.size ?? 0;
  }

  #assignDirect(folded: Uint32Array, rows: Selection, out: Uint32Array): void {
    const { positions, count } = rows;
    const slots = this.#slots;
    if (positions === undefined) {
      for (let row = 0; row < count; row += 1) {
        const key = folded[row]!;
        const id = slots[key]!;
        out[row] = (id === 0 ? this.#newGroup(key) : id) - 1;
      }
      return;
    }
    for (let i = 0; i < count; i += 1) {
      const row = positions[i]!;
      const key = folded[row]!;
      const id = slots[key]!;
      out[row] = (id === 0 ? this.#newGroup(key) : id) - 1;
    }
  }

  /** Notes a new group of the direct table and gives its id + 1. */
  #newGroup(key: number): number {
    const id = this.#groups;
    if (id >= this.#maxGroups) tooManyGroups(this.#maxGroups);
    if (id === this.#foldOfId.length) {
      const larger = new Uint32Array(id * 2);
      larger.set(this.#foldOfId);
      this.#foldOfId = larger;
    }
    this.#foldOfId[id] = key;
    this.#slots[key] = id + 1;
    this.#groups = id + 1;
    return id + 1;
  }

  #assignPairs(
    table: PairTable | undefined,
    from: { lefts: Uint32Array; rights: Uint32Array | undefined; rows: Selection },
    out: Uint32Array,
  ): void {
    if (table === undefined) return;
    const { lefts, rights } = from;
    const { positions, count } = from.rows;
    const limit = this.#maxGroups;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      const id = table.intern(lefts[row]!, rights === undefined ? 0 : rights[row]!);
      // Pairs of a prefix of the keys are no more than the groups, so the limit holds at every fold.
      if (id >= limit) tooManyGroups(limit);
      out[row] = id;
    }
  }

  /** The code of key number `key` of every group, by id. */
  keyCodes(key: number): Int32Array {
    const codes = new Int32Array(this.#groups);
    const at = this.#folds.findIndex((candidate) => candidate.keys.includes(key));
    const own = this.#folds[at];
    if (own === undefined) return codes;
    for (let id = 0; id < this.#groups; id += 1) codes[id] = unfold(this.#foldedOf(id, at), own, key);
    return codes;
  }

  /** The folded number of fold `at` of a group. */
  #foldedOf(id: number, at: number): number {
    if (this.method === "direct") return this.#foldOfId[id]!;
    for (let table = this.#pairs.length - 1; table >= 0; table -= 1) {
      const pairs = this.#pairs[table];
      if (pairs === undefined) break;
      if (at === table + 1) return pairs.rights[id]!;
      id = pairs.lefts[id]!;
    }
    return id;
  }
}

function tooManyGroups(limit: number): never {
  throw new EngineError("E_TOO_MANY_GROUPS", `more than ${limit} groups`);
}

function foldKeys(keys: readonly KeySpace[]): Fold[] {
  const folds: Fold[] = [];
  keys.forEach((key, index) => {
    const cardinality = Math.max(1, key.cardinality);
    const last = folds.at(-1);
    if (last !== undefined && last.space * cardinality <= MAX_FOLD) {
      folds[folds.length - 1] = {
        keys: [...last.keys, index],
        cardinalities: [...last.cardinalities, cardinality],
        space: last.space * cardinality,
      };
    } else folds.push({ keys: [index], cardinalities: [cardinality], space: cardinality });
  });
  return folds;
}

/**
 * Mixed radix: the last key varies fastest. Gives `out`, or, for a single key, its codes as they are: they are not
 * negative, so their bits are those of unsigned numbers.
 */
function fold(
  codes: readonly Int32Array[],
  how: { readonly fold: Fold; readonly rows: Selection },
  out: Uint32Array,
): Uint32Array {
  const { keys, cardinalities } = how.fold;
  const first = codes[keys[0] ?? 0];
  if (first === undefined) return out;
  const firstKeys = new Uint32Array(first.buffer, first.byteOffset, first.length);
  for (let at = 1; at < keys.length; at += 1) {
    const values = codes[keys[at] ?? 0];
    if (values === undefined) continue;
    foldInto({ lefts: at === 1 ? firstKeys : out, values, radix: cardinalities[at] ?? 1 }, how.rows, out);
  }
  return keys.length === 1 ? firstKeys : out;
}

function foldInto(
  { lefts, values, radix }: { readonly lefts: Uint32Array; readonly values: Int32Array; readonly radix: number },
  { positions, count }: Selection,
  out: Uint32Array,
): void {
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) out[row] = Math.imul(lefts[row]!, radix) + values[row]!;
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    out[row] = Math.imul(lefts[row]!, radix) + values[row]!;
  }
}

function unfold(folded: number, { keys, cardinalities }: Fold, key: number): number {
  for (let at = keys.length - 1; ; at -= 1) {
    const radix = cardinalities[at] ?? 1;
    if (keys[at] === key) return folded % radix;
    folded = Math.floor(folded / radix);
  }
}
