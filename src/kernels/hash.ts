// Open-addressing tables over typed arrays: pairs of 32-bit integers to dense ids, and numbers to dense codes.
// Called by group.ts, distinct.ts and exec/. What must stay true: ids count up in order of first appearance, so that
// results do not depend on the hash; no Map or Set, which end at 2^24 entries and cost an object an entry.
// Mixing: the finalizer of MurmurHash3 (Appleby, 2011). Linear probing, at most half full.

const FIRST_SLOTS = 64;
const GOLDEN = 0x9e3779b1;

function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Hash of two 32-bit integers; an int32, also negative. */
export function hashPair(left: number, right: number): number {
  return mix(Math.imul(mix(left), GOLDEN) ^ right);
}

function grown(old: Uint32Array, room: number): Uint32Array {
  const larger = new Uint32Array(room);
  larger.set(old);
  return larger;
}

/** Distinct pairs of 32-bit integers with dense ids in order of first appearance. */
export class PairTable {
  /** Distinct pairs; ids are [0, size). */
  size = 0;
  /** First member of each pair, by id; as unsigned. Replaced when it grows. */
  lefts: Uint32Array = new Uint32Array(FIRST_SLOTS / 2);
  /** Second member of each pair, by id; as unsigned. Replaced when it grows. */
  rights: Uint32Array = new Uint32Array(FIRST_SLOTS / 2);
  /** Id + 1, or 0 where empty. */
  #slots = new Uint32Array(FIRST_SLOTS);

  /** The id of a pair, which is added when it is new. */
  intern(left: number, right: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const unsignedLeft = left >>> 0;
    const unsignedRight = right >>> 0;
    let slot = hashPair(left, right) & mask;
    for (let id = slots[slot]!; id !== 0; id = slots[slot]!) {
      if (this.lefts[id - 1] === unsignedLeft && this.rights[id - 1] === unsignedRight) return id - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(slot, unsignedLeft, unsignedRight);
  }

  /** The id of a pair, or -1. */
  find(left: number, right: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashPair(left, right) & mask;
    for (let id = slots[slot]!; id !== 0; id = slots[slot]!) {
      if (this.lefts[id - 1] === left >>> 0 && this.rights[id - 1] === right >>> 0) return id - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  #add(slot: number, left: number, right: number): number {
    const id = this.size;
    this.lefts[id] = left;
    this.rights[id] = right;
    this.#slots[slot] = id + 1;
    this.size = id + 1;
    if (this.size === this.lefts.length) this.#grow();
    return id;
  }

  #grow(): void {
    this.lefts = grown(this.lefts, this.lefts.length * 2);
    this.rights = grown(this.rights, this.rights.length * 2);
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id += 1) {
      let slot = hashPair(this.lefts[id]!, this.rights[id]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);

/** Distinct numbers with dense codes in order of first appearance. -0 is 0; NaN has the code -1. */
export class NumberTable {
  readonly #pairs = new PairTable();

  /** Distinct numbers; codes are [0, size). */
  get size(): number {
    return this.#pairs.size;
  }

  /** The code of a number, which is added when it is new; -1 for NaN. */
  intern(value: number): number {
    if (Number.isNaN(value)) return -1;
    number[0] = value + 0;
    return this.#pairs.intern(halves[0]!, halves[1]!);
  }

  /** The code of a number, or -1. */
  find(value: number): number {
    number[0] = value + 0;
    return this.#pairs.find(halves[0]!, halves[1]!);
  }

  /** The number of a code in [0, size). */
  value(code: number): number {
    halves[0] = this.#pairs.lefts[code]!;
    halves[1] = this.#pairs.rights[code]!;
    return number[0]!;
  }
}
