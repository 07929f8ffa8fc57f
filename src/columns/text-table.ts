// Distinct byte ranges with dense codes in order of first appearance: an open-addressing table over one heap of bytes.
// Called by DictionaryBuilder and KeyedBuilder for every value, by sealed dictionaries to find a code, and by loaders
// that need "seen before?" by text. What must stay true: no JavaScript string and no object is made by value; codes are
// removed last in, first out (truncate), which linear probing allows only because rehashing re-inserts in code order.

import { copyBytes, hashBytes, sameBytes, sameWords } from "./byte-hash.ts";
import { heapWithRoom, MAX_HEAP_BYTES, scratchInt32, sharedWithRoom, withRoom } from "./memory.ts";
import { CELL_WORDS, HASH, LENGTH, START, TEXT_VALUE, VALUE, type WaitingCells } from "./waiting-cells.ts";

const FIRST_SLOTS = 64;
/** Texts whose slots are read before they are added. */
const AHEAD_TEXTS = 256;
/** Most bytes of texts that room is made for before they come. */
const MOST_RESERVED_BYTES = 2 ** 26;

/** Distinct texts by code: text `code` is bytes[offsets[code], offsets[code + 1]). Their hashes, where they are known. */
export interface TableTexts {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly hashes?: Int32Array;
}

/** Growing set of distinct texts. */
export class TextTable {
  /** Distinct texts; codes are [0, size). */
  size = 0;
  /** Text `code` is bytes[offsets[code], offsets[code + 1]). Shared memory. Replaced when it grows. */
  bytes: Uint8Array = new Uint8Array(0);
  /** `size + 1` entries are valid. Shared memory. Replaced when it grows. */
  offsets: Int32Array = new Int32Array(1);
  /** Names the table in E_MEMORY. */
  readonly #what: string;
  /** Pairs of code + 1, or 0 where empty, and the code's hash, which a probe needs at once; a power of two, at most half full. */
  #slots: Int32Array = new Int32Array(0);
  #hashes: Int32Array = new Int32Array(0);
  /** Hashes of the texts of the cells at hand. */
  #waiting: Int32Array = new Int32Array(0);
  /** Of what was read ahead; nobody asks for it, but a loop without a result would be left out. */
  #ahead = 0;

  /** `what` names the texts in an error message, such as "column session". */
  constructor(what: string) {
    this.#what = what;
  }

  /** A table over texts that are there already. The arrays are not written. `more`: texts that it will be given. */
  static over({ size, offsets, bytes, hashes }: TableTexts, more = 0): TextTable {
    const table = new TextTable("dictionary");
    table.size = size;
    table.offsets = offsets;
    table.bytes = bytes;
    table.#hashes = hashes ?? hashesOf({ size, offsets, bytes });
    table.#rehash(slotsFor(size + more));
    return table;
  }

  /** The texts as plain data, with their hashes. */
  texts(): TableTexts {
    const { size, offsets, bytes } = this;
    return { size, offsets, bytes, hashes: this.#hashes.slice(0, size) };
  }

  /** Lets go of all texts; they belong to whoever was given them. The table is empty. */
  release(): void {
    this.size = 0;
    this.bytes = new Uint8Array(0);
    this.offsets = new Int32Array(1);
    this.#slots = new Int32Array(0);
    this.#hashes = new Int32Array(0);
    this.#waiting = new Int32Array(0);
  }

  /** Makes room for `texts` more, of `length` bytes in all, at once. Throws E_MEMORY. */
  reserve(texts: number, length: number): void {
    this.#makeRoom(texts, Math.min(length, MOST_RESERVED_BYTES));
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    return (
      this.bytes.byteLength +
      this.offsets.byteLength +
      this.#slots.byteLength +
      this.#hashes.byteLength +
      this.#waiting.byteLength
    );
  }

  /** The code of `bytes[start, end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.size === 0 ? -1 : this.#slots[this.#probe(hashBytes(bytes, start, end), bytes, start, end)]! - 1;
  }

  /** The code of `bytes[start, end)`, which is added when it is new. `hash`: of it, where that is known. Throws E_MEMORY. */
  add(bytes: Uint8Array, start: number, end: number, hash = hashBytes(bytes, start, end)): number {
    if (this.size * 4 >= this.#slots.length) this.#rehash(slotsFor(this.size + 1));
    const slot = this.#probe(hash, bytes, start, end);
    const known = this.#slots[slot]!;
    if (known !== 0) return known - 1;
    const code = this.#append(hash, bytes, start, end);
    this.#slots[slot] = code + 1;
    this.#slots[slot + 1] = hash;
    return code;
  }

  /**
   * Puts its code in the place of each text of `cells`; new ones are added in the order of the cells. Throws E_MEMORY.
   * As add() in a loop, but that hashes are given, and that new texts which stand side by side are copied at once. Longer
   * than a screen, for calls cost as much as the work in them.
   */
  addCells({ words, start, end, bytes, texts, textBytes }: WaitingCells): void {
    const first = this.size;
    this.#makeRoom(texts, textBytes);
    if (first > 0) this.#readAhead(words, start, end);
    const { bytes: heap, offsets } = this;
    const slots = this.#slots;
    const hashes = this.#hashes;
    const mask = slots.length - 2;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const heapView = new DataView(heap.buffer);
    let size = first;
    // The texts from code `waiting` on are still to be copied from [from, to) of `bytes`.
    let waiting = first;
    let from = 0;
    let to = 0;
    for (let cell = start; cell < end; cell += CELL_WORDS) {
      if (words[cell + VALUE] !== TEXT_VALUE) continue;
      const at = words[cell + START]!;
      const length = words[cell + LENGTH]!;
      const hash = words[cell + HASH]!;
      let slot = (hash << 1) & mask;
      let code = slots[slot]! - 1;
      for (; code >= 0; slot = (slot + 2) & mask, code = slots[slot]! - 1) {
        if (slots[slot + 1] !== hash || offsets[code + 1]! - offsets[code]! !== length) continue;
        const known = code < waiting ? heapView : view;
        const knownAt = code < waiting ? offsets[code]! : from + (offsets[code]! - offsets[waiting]!);
        if (sameWords(known, knownAt, view, at, length)) break;
      }
      if (code < 0) {
        if (at !== to) {
          if (to > from) heap.set(bytes.subarray(from, to), offsets[waiting]!);
          waiting = size;
          from = at;
        }
        to = at + length;
        code = size;
        slots[slot] = code + 1;
        slots[slot + 1] = hash;
        hashes[code] = hash;
        offsets[code + 1] = offsets[code]! + length;
        size += 1;
      }
      words[cell + VALUE] = code;
    }
    if (to > from) heap.set(bytes.subarray(from, to), offsets[waiting]!);
    this.size = size;
  }

  /**
   * As add() for each of some distinct texts, in their order; gives their codes. New ones that stand side by side are copied
   * at once. Throws E_MEMORY.
   */
  addAll(texts: TableTexts): Int32Array {
    const { size: count, bytes, offsets: starts } = texts;
    const given = texts.hashes ?? hashesOf(texts);
    // Where room for all of them is too much, there may be room for those that are new.
    if (this.offsets[this.size]! + starts[count]! > MAX_HEAP_BYTES) {
      return scratchInt32(count).map((_, i) => this.add(bytes, starts[i]!, starts[i + 1]!, given[i]));
    }
    this.#makeRoom(count, starts[count]!);
    const known = this.size;
    const { bytes: heap, offsets } = this;
    const slots = this.#slots;
    const mask = slots.length - 2;
    const codes = scratchInt32(count);
    let size = known;
    // The new texts from `from` on are still to be copied; what is new is equal to no other of the texts.
    let from = 0;
    const copyTo = (to: number): void => {
      if (to > from) heap.set(bytes.subarray(starts[from], starts[to]), offsets[size - (to - from)]!);
    };
    for (let first = 0; first < count; first += AHEAD_TEXTS) {
      const last = Math.min(count, first + AHEAD_TEXTS);
      for (let i = first; i < last; i += 1) this.#ahead ^= slots[(given[i]! << 1) & mask]!;
      for (let i = first; i < last; i += 1) {
        const hash = given[i]!;
        let slot = (hash << 1) & mask;
        let code = slots[slot]! - 1;
        for (; code >= 0; slot = (slot + 2) & mask, code = slots[slot]! - 1) {
          if (code < known && slots[slot + 1] === hash && this.is(code, bytes, starts[i]!, starts[i + 1]!)) break;
        }
        if (code >= 0) {
          copyTo(i);
          from = i + 1;
        } else {
          code = size;
          slots[slot] = code + 1;
          slots[slot + 1] = hash;
          this.#hashes[code] = hash;
          offsets[code + 1] = offsets[code]! + (starts[i + 1]! - starts[i]!);
          size += 1;
        }
        codes[i] = code;
      }
    }
    copyTo(count);
    this.size = size;
    return codes;
  }

  /**
   * Reads the slots of cells, and then the texts known there by their hashes. Short loops without a branch on what is read:
   * in them many reads wait for memory at the same time, where addCells() waits for one after the other. It pays in tables
   * that no cache holds.
   */
  #readAhead(words: Int32Array, start: number, end: number): void {
    const slots = this.#slots;
    const mask = slots.length - 2;
    const { bytes, offsets } = this;
    const waiting = withRoom(this.#waiting, (end - start) / CELL_WORDS);
    let count = 0;
    for (let cell = start; cell < end; cell += CELL_WORDS) {
      if (words[cell + VALUE] !== TEXT_VALUE) continue;
      waiting[count] = words[cell + HASH]!;
      count += 1;
    }
    let ahead = this.#ahead;
    for (let i = 0; i < count; i += 1) ahead ^= slots[(waiting[i]! << 1) & mask]!;
    for (let i = 0; i < count; i += 1) {
      const slot = (waiting[i]! << 1) & mask;
      const other = slots[slot + 1]! ^ waiting[i]!;
      // The code where hashes are equal, else -1; text 0 is read where there is none.
      const code = (slots[slot]! & ~((other | -other) >> 31)) - 1;
      ahead ^= bytes[offsets[code & ~(code >> 31)]!]!;
    }
    this.#ahead = ahead;
    this.#waiting = waiting;
  }

  /** Whether text `code`, in [0, size), is `bytes[start, end)`. */
  is(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    const at = this.offsets[code]!;
    const length = end - start;
    return this.offsets[code + 1]! - at === length && sameBytes(this.bytes, at, bytes, start, length);
  }

  /** A new table of some of these texts: its text i is text `codes[i]`; codes are distinct. Throws E_MEMORY. */
  pick(codes: ArrayLike<number>): TextTable {
    const picked = new TextTable(this.#what);
    for (let i = 0; i < codes.length; i += 1) {
      picked.add(this.bytes, this.offsets[codes[i]!]!, this.offsets[codes[i]! + 1]!);
    }
    return picked;
  }

  /** Forgets the codes [size, this.size), so that the next new text gets code `size` again. */
  truncate(size: number): void {
    const mask = this.#slots.length - 2;
    while (this.size > size) {
      const code = this.size - 1;
      let slot = (this.#hashes[code]! << 1) & mask;
      while (this.#slots[slot] !== code + 1) slot = (slot + 2) & mask;
      this.#slots[slot] = 0;
      this.size = code;
    }
  }

  /** The slot that holds the text, or the empty one where it belongs. The hot loop of loading. */
  #probe(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 2;
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const code = slots[slot]! - 1;
      if (code < 0 || (slots[slot + 1] === hash && this.is(code, bytes, start, end))) return slot;
    }
  }

  #append(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const code = this.size;
    const at = this.offsets[code]!;
    const to = at + (end - start);
    // All room is taken before anything is written, each array on its own condition: a write past a typed array is silent.
    this.bytes = heapWithRoom(this.bytes, to, this.#what);
    this.offsets = sharedWithRoom(this.offsets, code + 2);
    this.#hashes = withRoom(this.#hashes, code + 1);
    copyBytes(bytes, { start, end }, { bytes: this.bytes, at });
    this.offsets[code + 1] = to;
    this.#hashes[code] = hash;
    this.size = code + 1;
    return code;
  }

  /** Room for `texts` more, of `length` bytes in all. */
  #makeRoom(texts: number, length: number): void {
    const size = this.size + texts;
    this.bytes = heapWithRoom(this.bytes, this.offsets[this.size]! + length, this.#what);
    this.offsets = sharedWithRoom(this.offsets, size + 1);
    this.#hashes = withRoom(this.#hashes, size);
    if (size * 4 > this.#slots.length) this.#rehash(slotsFor(size));
  }

  #rehash(length: number): void {
    const slots = scratchInt32(length);
    const mask = length - 2;
    for (let code = 0; code < this.size; code += 1) {
      const hash = this.#hashes[code]!;
      let slot = (hash << 1) & mask;
      while (slots[slot] !== 0) slot = (slot + 2) & mask;
      slots[slot] = code + 1;
      slots[slot + 1] = hash;
    }
    this.#slots = slots;
  }
}

function hashesOf({ size, offsets, bytes }: TableTexts): Int32Array {
  const hashes = scratchInt32(size);
  for (let code = 0; code < size; code += 1) hashes[code] = hashBytes(bytes, offsets[code]!, offsets[code + 1]!);
  return hashes;
}

/** Length of the slots of `size` texts. */
function slotsFor(size: number): number {
  let length = FIRST_SLOTS;
  while (size * 4 >= length) length *= 2;
  return length;
}
