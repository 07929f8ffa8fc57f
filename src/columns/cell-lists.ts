// Lists of (row, code) cells, one list a key, that all grow at once: the storage of sparse keyed columns.
// Called by keyed-builder.ts (append, truncate) and keyed-columns.ts (chunks). Lists live in chunks of one arena: a key
// costs 60 bytes, a cell 8, however the cells are spread over the keys.
// What must stay true: rows of a list ascend; chunks stand in the arena in the order in which their first cells were
// appended, so that truncate() gives back the end of the arena.

import { EngineError } from "../base/errors.ts";
import { sharedInt32, withRoom } from "./memory.ts";
import { CELL_WORDS, KEY, ROW, VALUE, type WaitingCells } from "./waiting-cells.ts";

const SEGMENT_SHIFT = 16;
const SEGMENT_INTS = 1 << SEGMENT_SHIFT;
const SEGMENT_MASK = SEGMENT_INTS - 1;
const MAX_SEGMENTS = 2 ** 31 / SEGMENT_INTS;

// A chunk: next chunk, previous chunk, end of the chunk, then cells of two ints. Positions count ints; 0 is none.
const NEXT = 0;
const PREVIOUS = 1;
const END = 2;
const HEADER = 3;
const FIRST_CELLS = 2;
const MAX_CELLS = 1024;
const GROWTH = 4;

// State of a list, eight ints: one half of a cache line.
const STATE_SHIFT = 3;
const HEAD = 0;
const TAIL = 1;
const CURSOR = 2;
const LIMIT = 3;
const COUNT = 4;
const LAST_ROW = 5; // plus 1; 0 is none

const JOURNAL_CELLS = 65_536;

/** Part of a list: cells are pairs row, code at [start, end) of `ints`. */
export interface CellChunk {
  readonly ints: Int32Array;
  readonly start: number;
  readonly end: number;
}

/** The memory of cell lists, as another thread is given it. */
export interface CellMemory {
  readonly state: Int32Array;
  readonly segments: readonly Int32Array[];
}

/** Growing lists of cells, addressed by key in [0, ...). */
export class CellLists {
  #state: Int32Array = new Int32Array(0);
  #segments: Int32Array[] = [];
  #order: Int32Array = new Int32Array(0);
  /** Keys that have a cell. */
  #used = 0;
  /** Where the next chunk goes. Position 0 is never used. */
  #top = 1;
  /** Keys of the newest cells, so that truncating a record does not look at every key: all cells from row #journalFrom on. */
  #journal: Int32Array = new Int32Array(0);
  #journalLength = 0;
  #journalFrom = 0;
  #newestRow = -1;

  /** Lists over memory that another CellLists gave, to be read only. */
  static over({ state, segments }: CellMemory): CellLists {
    const lists = new CellLists();
    lists.#state = state;
    for (const segment of segments) lists.#segments.push(segment);
    return lists;
  }

  /** The lists as plain data; nothing may be appended afterwards. */
  memory(): CellMemory {
    return { state: this.#state, segments: this.#segments };
  }

  /** Lets go of all cells; their memory belongs to whoever was given it. There are no lists any more. */
  release(): void {
    this.#state = new Int32Array(0);
    this.#order = new Int32Array(0);
    this.#journal = new Int32Array(0);
    this.#segments = [];
    this.#used = 0;
    this.#top = 1;
    this.#journalLength = 0;
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    const keys = this.#state.byteLength + this.#order.byteLength + this.#journal.byteLength;
    return keys + this.#segments.length * SEGMENT_INTS * 4;
  }

  /** The keys that have a cell, in the order in which they got their first; none over memory of other lists. */
  get order(): Int32Array {
    return this.#order.subarray(0, this.#used);
  }

  /** Number of cells of `key`. */
  count(key: number): number {
    return this.#state[(key << STATE_SHIFT) + COUNT] ?? 0;
  }

  /** Adds a cell to the list of `key`, or replaces its code when the list's last row is `row`. Throws E_MEMORY. */
  append(key: number, row: number, code: number): void {
    const at = key << STATE_SHIFT;
    if (at >= this.#state.length) this.#state = withRoom(this.#state, (key + 1) << STATE_SHIFT);
    if (this.#state[at + LAST_ROW] === row + 1) {
      this.#write(this.#state[at + CURSOR]! - 1, code);
      return;
    }
    if (this.#state[at + CURSOR] === this.#state[at + LIMIT]) this.#addChunk(at);
    const state = this.#state;
    const cursor = state[at + CURSOR]!;
    const segment = this.#segments[cursor >>> SEGMENT_SHIFT]!;
    segment[cursor & SEGMENT_MASK] = row;
    segment[(cursor & SEGMENT_MASK) + 1] = code;
    state[at + CURSOR] = cursor + 2;
    state[at + COUNT]! += 1;
    state[at + LAST_ROW] = row + 1;
    this.#note(key, row);
  }

  /**
   * As append() for each of `cells` that has a value, of keys in [0, keys); gives the row behind the last of them, or 0.
   * Longer than a screen, for calls cost as much as the work in them.
   */
  appendCells({ words, start, end }: WaitingCells, keys: number): number {
    this.#state = withRoom(this.#state, keys << STATE_SHIFT);
    const state = this.#state;
    let next = 0;
    for (let cell = start; cell < end; cell += CELL_WORDS) {
      const code = words[cell + VALUE]!;
      if (code < 0) continue;
      next = words[cell + ROW]! + 1;
      const at = words[cell + KEY]! << STATE_SHIFT;
      if (state[at + LAST_ROW] === next) {
        this.#write(state[at + CURSOR]! - 1, code);
        continue;
      }
      if (state[at + CURSOR] === state[at + LIMIT]) this.#addChunk(at);
      const cursor = state[at + CURSOR]!;
      const segment = this.#segments[cursor >>> SEGMENT_SHIFT]!;
      segment[cursor & SEGMENT_MASK] = next - 1;
      segment[(cursor & SEGMENT_MASK) + 1] = code;
      state[at + CURSOR] = cursor + 2;
      state[at + COUNT]! += 1;
      state[at + LAST_ROW] = next;
    }
    if (next > 0) this.#forgetJournal(next - 1);
    return next;
  }

  /**
   * Adds cells of another list, from index `from` of a chunk of it on, to the list of `key`, whose last row is before theirs.
   * `newRows`, `newCodes`: what rows and codes become; a cell whose row becomes -1 is passed over. Ends before the first cell
   * whose new row is `limit` or later, or whose new code is -1; gives its index, or the chunk's end. Throws E_MEMORY.
   */
  appendFrom(
    key: number,
    { ints, end }: CellChunk,
    {
      from,
      limit,
      newRows,
      newCodes,
    }: {
      readonly from: number;
      readonly limit: number;
      readonly newRows: Int32Array;
      readonly newCodes: Int32Array;
    },
  ): number {
    const at = key << STATE_SHIFT;
    if (at >= this.#state.length) this.#state = withRoom(this.#state, (key + 1) << STATE_SHIFT);
    const state = this.#state;
    let last = state[at + LAST_ROW]! - 1;
    let count = 0;
    let cell = from;
    for (; cell < end; cell += 2) {
      const row = newRows[ints[cell]!]!;
      if (row < 0) continue;
      const code = newCodes[ints[cell + 1]!]!;
      if (row >= limit || code < 0) break;
      if (state[at + CURSOR] === state[at + LIMIT]) this.#addChunk(at);
      const cursor = state[at + CURSOR]!;
      const segment = this.#segments[cursor >>> SEGMENT_SHIFT]!;
      segment[cursor & SEGMENT_MASK] = row;
      segment[(cursor & SEGMENT_MASK) + 1] = code;
      state[at + CURSOR] = cursor + 2;
      last = row;
      count += 1;
    }
    state[at + COUNT]! += count;
    state[at + LAST_ROW] = last + 1;
    this.#forgetJournal(last);
    return cell;
  }

  /** Many cells were added up to row `last`: they are hardly ever taken back, and truncate() then looks at every key. */
  #forgetJournal(last: number): void {
    this.#journalLength = 0;
    this.#journalFrom = Math.max(this.#journalFrom, last + 1);
    this.#newestRow = Math.max(this.#newestRow, last);
  }

  /** Removes the cells of rows from `rows` on. Keys in [0, keys) have been used. */
  truncate(rows: number, keys: number): void {
    this.#pops(rows, keys);
    while (this.#used > 0 && this.count(this.#order[this.#used - 1]!) === 0) this.#used -= 1;
  }

  #pops(rows: number, keys: number): void {
    const journaled = rows >= this.#journalFrom;
    while (this.#journalLength > 0) {
      const key = this.#journal[this.#journalLength - 1]!;
      if (this.#lastRow(key) < rows) break;
      this.#pop(key);
      this.#journalLength -= 1;
    }
    if (journaled) return;
    this.#journalFrom = rows;
    for (let key = 0; key < keys; key += 1) while (this.#lastRow(key) >= rows) this.#pop(key);
  }

  /** The list of `key`, in order. */
  *chunks(key: number): Generator<CellChunk> {
    const at = key << STATE_SHIFT;
    const tail = this.#state[at + TAIL] ?? 0;
    let chunk = this.#state[at + HEAD] ?? 0;
    while (chunk !== 0) {
      const ints = this.#segments[chunk >>> SEGMENT_SHIFT]!;
      const start = (chunk & SEGMENT_MASK) + HEADER;
      const end = chunk === tail ? this.#state[at + CURSOR]! : this.#read(chunk + END);
      yield { ints, start, end: start + (end - chunk - HEADER) };
      chunk = chunk === tail ? 0 : this.#read(chunk + NEXT);
    }
  }

  /** Keys of the cells of one record are enough to undo it; older ones are dropped between rows. */
  #note(key: number, row: number): void {
    if (this.#journalLength >= JOURNAL_CELLS && row !== this.#newestRow) {
      this.#journalLength = 0;
      this.#journalFrom = row;
    }
    this.#newestRow = row;
    this.#journal = withRoom(this.#journal, this.#journalLength + 1);
    this.#journal[this.#journalLength] = key;
    this.#journalLength += 1;
  }

  #lastRow(key: number): number {
    return (this.#state[(key << STATE_SHIFT) + LAST_ROW] ?? 0) - 1;
  }

  #addChunk(at: number): void {
    const state = this.#state;
    const tail = state[at + TAIL]!;
    const cells = tail === 0 ? FIRST_CELLS : Math.min(MAX_CELLS, ((state[at + LIMIT]! - tail - HEADER) / 2) * GROWTH);
    const ints = HEADER + cells * 2;
    let chunk = this.#top;
    if ((chunk & SEGMENT_MASK) + ints > SEGMENT_INTS) chunk = ((chunk >>> SEGMENT_SHIFT) + 1) << SEGMENT_SHIFT;
    this.#ensureSegment(chunk >>> SEGMENT_SHIFT);
    this.#top = chunk + ints;
    this.#write(chunk + NEXT, 0);
    this.#write(chunk + PREVIOUS, tail);
    this.#write(chunk + END, chunk + ints);
    if (tail === 0) {
      state[at + HEAD] = chunk;
      this.#order = withRoom(this.#order, this.#used + 1);
      this.#order[this.#used] = at >>> STATE_SHIFT;
      this.#used += 1;
    } else this.#write(tail + NEXT, chunk);
    state[at + TAIL] = chunk;
    state[at + CURSOR] = chunk + HEADER;
    state[at + LIMIT] = chunk + ints;
  }

  #ensureSegment(segment: number): void {
    if (segment >= MAX_SEGMENTS) {
      throw new EngineError("E_MEMORY", "Keyed columns hold more than a thousand million values", {
        hint: "Load fewer keys, or split the input.",
      });
    }
    if (segment >= this.#segments.length) this.#segments.push(sharedInt32(SEGMENT_INTS));
  }

  #pop(key: number): void {
    const state = this.#state;
    const at = key << STATE_SHIFT;
    const chunk = state[at + TAIL]!;
    let cursor = state[at + CURSOR]! - 2;
    state[at + COUNT]! -= 1;
    if (cursor === chunk + HEADER) {
      const previous = this.#read(chunk + PREVIOUS);
      this.#top = Math.min(this.#top, chunk);
      cursor = previous === 0 ? 0 : this.#read(previous + END);
      state[at + TAIL] = previous;
      state[at + LIMIT] = cursor;
      if (previous === 0) state[at + HEAD] = 0;
    }
    state[at + CURSOR] = cursor;
    state[at + LAST_ROW] = cursor === 0 ? 0 : this.#read(cursor - 2) + 1;
  }

  #read(position: number): number {
    return this.#segments[position >>> SEGMENT_SHIFT]![position & SEGMENT_MASK]!;
  }

  #write(position: number, value: number): void {
    this.#segments[position >>> SEGMENT_SHIFT]![position & SEGMENT_MASK] = value;
  }
}
