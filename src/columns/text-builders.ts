// Builders of columns of texts that are mostly distinct, and of places of payload.
// Called by the loader, a value a call, with rows ascending. What must stay true: as in number-builders.ts; the bytes of
// an overwritten or truncated text are given back; a block's bytes stay below 2^31.

import { invariant } from "../base/assert.ts";
import { BlockedArray, type ElementKind, outOfOrder, presenceArray } from "./blocked-array.ts";
import { finishBlocks, placeBlock, totals, utf8Block } from "./blocks.ts";
import { copyBytes } from "./byte-hash.ts";
import { BLOCK_ROWS, type PlaceColumn, type Utf8Column } from "./column.ts";
import type { PlacePart } from "./column-parts.ts";
import { heapWithRoom, sharedBuffer, sharedBytes, sharedInt32 } from "./memory.ts";
import { decodeWtf8, TextScratch } from "./wtf8.ts";

const OFFSETS: ElementKind<Int32Array, number> = { make: sharedInt32, null: 0, fills: false, extra: 1 };
const EDGES: ElementKind<Uint32Array, number> = {
  make: (length) => new Uint32Array(sharedBuffer(length * 4)),
  null: 0,
  fills: false,
  extra: 0,
};
const NO_BYTES = sharedBytes(0);

/** Texts of adjacent rows, by row. */
export interface TextRows {
  /** Where each present text ends in `bytes`; it begins where the present one before it ends, the first at 0. */
  readonly ends: Uint32Array;
  /** 1 where there is a text, else 0. */
  readonly present: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Builds a column of texts, stored as offsets and bytes. */
export class Utf8Builder {
  /** Rows up to and with the last one set. */
  end = 0;
  readonly #offsets = new BlockedArray(OFFSETS);
  readonly #present = presenceArray();
  /** The bytes of each block that has any. */
  readonly #heaps: (Uint8Array | undefined)[] = [];
  /** The bytes of the current block, and how many of them hold text. */
  #heap: Uint8Array = NO_BYTES;
  #used = 0;
  /** Rows of the current block that have their offset; rows skipped since then get it at the next set, or at seal. */
  #filled = 0;
  #heapBytes = 0;
  #usedByBlockBefore = 0;
  readonly #what: string;
  readonly #scratch = new TextScratch();

  /** `what` names the column in an error message. */
  constructor(what = "a column") {
    this.#what = what;
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#offsets.sizeBytes + this.#present.sizeBytes + this.#heapBytes;
  }

  /** Sets `row`, at least the row set last, to the text `bytes[start, end)`. Throws E_MEMORY. */
  set(row: number, bytes: Uint8Array, start: number, end: number): void {
    if (row < this.end) this.#forget(row);
    const offsets = this.#offsets;
    if ((row - offsets.base) >>> 0 >= offsets.capacity) this.#reserve(row);
    const at = row - offsets.base;
    const from = this.#used;
    const to = from + (end - start);
    if (to > this.#heap.length) this.#growHeap(to);
    for (let skipped = this.#filled; skipped < at; skipped += 1) offsets.current[skipped + 1] = from;
    copyBytes(bytes, { start, end }, { bytes: this.#heap, at: from });
    offsets.current[at + 1] = to;
    this.#present.current[at] = 1;
    this.#filled = at + 1;
    this.#used = to;
    this.end = row + 1;
  }

  /** As `set`, for a text. */
  setText(row: number, text: string): void {
    const length = this.#scratch.encode(text);
    this.set(row, this.#scratch.bytes, 0, length);
  }

  /** Sets the rows [row, row + texts.ends.length), `row` past every row that was set. Throws E_MEMORY. */
  setRows(row: number, texts: TextRows): void {
    const { ends, present, bytes } = texts;
    if (row < this.end) outOfOrder(row, this.end);
    const offsets = this.#offsets;
    let from = 0;
    for (let i = 0; i < ends.length; ) {
      const first = row + i;
      const count = Math.min(ends.length - i, BLOCK_ROWS - (first % BLOCK_ROWS));
      if ((first + count - 1 - offsets.base) >>> 0 >= offsets.capacity) this.#reserve(first + count - 1);
      this.#present.write(first, count === present.length ? present : present.subarray(i, i + count));
      const base = offsets.current;
      const at = first - offsets.base;
      for (let skipped = this.#filled; skipped < at; skipped += 1) base[skipped + 1] = this.#used;
      // Where the bytes of this block's rows begin in the heap, less where they begin in `bytes`.
      const shift = this.#used - from;
      let end = from;
      for (let k = 0; k < count; k += 1) {
        if (present[i + k] === 1) end = ends[i + k]!;
        base[at + k + 1] = end + shift;
      }
      if (end + shift > this.#heap.length) this.#growHeap(end + shift);
      this.#heap.set(bytes.subarray(from, end), this.#used);
      this.#used = end + shift;
      this.#filled = at + count;
      from = end;
      i += count;
    }
    this.end = row + ends.length;
  }

  /** The text of `row`, undefined when it has none. */
  text(row: number): string | undefined {
    const at = row % BLOCK_ROWS;
    const offsets = this.#offsets.find(row);
    if (offsets === undefined || this.#present.find(row)?.[at] !== 1) return undefined;
    return decodeWtf8(this.#heaps[Math.floor(row / BLOCK_ROWS)] ?? NO_BYTES, offsets[at]!, offsets[at + 1]!);
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    if (rows >= this.end) return;
    const { base } = this.#offsets;
    this.#offsets.truncate(rows, this.end);
    this.#present.truncate(rows, this.end);
    this.end = rows;
    const block = Math.floor(rows / BLOCK_ROWS);
    for (const dropped of this.#heaps.splice(block + 1)) this.#heapBytes -= dropped?.length ?? 0;
    this.#heap = this.#heaps[block] ?? NO_BYTES;
    const offsets = this.#offsets.current;
    // A block that was left was filled up to its last text only: the offsets that follow are 0.
    const filled = this.#offsets.base === base ? this.#filled : lastOffset(offsets);
    this.#filled = Math.min(filled, rows % BLOCK_ROWS);
    this.#used = offsets[this.#filled] ?? 0;
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): Utf8Column {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const present = this.#present.seal(rows);
    const blocks = finishBlocks(this.#offsets.seal(rows), rows, (offsets, length, block) => {
      const flags = present[block];
      if (offsets === undefined || flags === undefined) return utf8Block(undefined, length);
      const last = lastOffset(offsets);
      const used = offsets[last]!;
      offsets.fill(used, last);
      const bytes = (this.#heaps[block] ?? NO_BYTES).subarray(0, used);
      return utf8Block({ offsets, bytes, present: flags }, length);
    });
    this.#heaps.length = 0;
    this.#heap = NO_BYTES;
    this.#heapBytes = 0;
    return { type: "utf8", blocks, ...totals(blocks) };
  }

  /** As seal(), for a merge. */
  sealPart(rows: number): Utf8Column {
    return this.seal(rows);
  }

  #forget(row: number): void {
    if (row + 1 < this.end) outOfOrder(row, this.end);
    this.truncate(row);
  }

  #reserve(row: number): void {
    const { base } = this.#offsets;
    this.#offsets.reserve(row);
    this.#present.reserve(row);
    if (this.#offsets.base === base) return;
    const block = this.#offsets.base / BLOCK_ROWS;
    while (this.#heaps.length <= block) this.#heaps.push(undefined);
    this.#usedByBlockBefore = this.#used;
    this.#heap = NO_BYTES;
    this.#filled = 0;
    this.#used = 0;
  }

  #growHeap(length: number): void {
    // The block before is the best guess at this one's size; a sixteenth more, so that most blocks never grow.
    const guess = this.#heap.length === 0 ? Math.ceil(this.#usedByBlockBefore * 1.0625) : 0;
    const grown = heapWithRoom(this.#heap, Math.max(length, guess), this.#what);
    this.#heapBytes += grown.length - this.#heap.length;
    this.#heap = grown;
    this.#heaps[this.#offsets.base / BLOCK_ROWS] = grown;
  }
}

/** Index of the last offset that is not 0, or 0. */
function lastOffset(offsets: Int32Array): number {
  let last = offsets.length - 1;
  while (last > 0 && offsets[last] === 0) last -= 1;
  return Math.max(0, last);
}

/** Builds a column of places: [start, end) in a record, end > 0. */
export class PlaceBuilder {
  /** Rows up to and with the last one set. */
  end = 0;
  readonly #starts = new BlockedArray(EDGES);
  readonly #ends = new BlockedArray(EDGES);

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#starts.sizeBytes + this.#ends.sizeBytes;
  }

  /** Sets `row`, at least the row set last. 0 <= start < end < 2^32. Throws E_MEMORY. */
  set(row: number, start: number, end: number): void {
    const ends = this.#ends;
    if ((row - ends.base) >>> 0 >= ends.capacity) {
      this.#starts.reserve(row);
      ends.reserve(row);
    }
    const at = row - ends.base;
    this.#starts.current[at] = start;
    ends.current[at] = end;
    if (row + 1 < this.end) outOfOrder(row, this.end);
    this.end = row + 1;
  }

  /** Sets the rows [row, row + ends.length), `row` past every row that was set; an end of 0 is null. Throws E_MEMORY. */
  setRows(row: number, starts: Uint32Array, ends: Uint32Array): void {
    if (row < this.end) outOfOrder(row, this.end);
    this.#starts.write(row, starts);
    this.#ends.write(row, ends);
    this.end = row + ends.length;
  }

  /** The place of `row`, undefined when it has none. */
  get(row: number): { readonly start: number; readonly end: number } | undefined {
    const at = row % BLOCK_ROWS;
    const end = this.#ends.find(row)?.[at] ?? 0;
    return end === 0 ? undefined : { start: this.#starts.find(row)?.[at] ?? 0, end };
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    if (rows >= this.end) return;
    this.#starts.truncate(rows, this.end);
    this.#ends.truncate(rows, this.end);
    this.end = rows;
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): PlaceColumn {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const ends = this.#ends.seal(rows);
    const blocks = finishBlocks(this.#starts.seal(rows), rows, (starts, length, block) =>
      placeBlock(starts, ends[block], length),
    );
    return { type: "place", blocks, ...totals(blocks) };
  }
  /** As seal(), for a merge. */
  sealPart(rows: number): PlacePart {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const ends = this.#ends.seal(rows);
    const blocks = this.#starts.seal(rows).map((starts, block) => {
      const found = ends[block];
      return starts === undefined || found === undefined ? undefined : { starts, ends: found };
    });
    return { type: "place", blocks };
  }
}
