// A growing array of one value a row, in blocks of BLOCK_ROWS rows: the storage under every builder.
// Called by the number, text and dictionary builders, whose set() writes `current` directly.
// What must stay true: a slot that no set() wrote, and every slot past the last row, holds the null value; so skipped
// rows cost nothing. A block that got no value is not allocated.

import { EngineError } from "../base/errors.ts";
import { BLOCK_ROWS } from "./column.ts";
import { sharedBytes } from "./memory.ts";

const BLOCK_SHIFT = 16;
const ROW_MASK = BLOCK_ROWS - 1;
const FIRST_CAPACITY = 64;
const GROWTH = 4;

/** What a typed array of `V` can do, as far as it is needed here. */
export interface Elements<A, V> {
  readonly length: number;
  readonly byteLength: number;
  fill(value: V, start?: number, end?: number): A;
  set(source: A, offset?: number): void;
  subarray(start: number, end: number): A;
}

/** The kind of a blocked array. */
export interface ElementKind<A, V> {
  /** A new shared array of zeros. Throws E_MEMORY. */
  readonly make: (length: number) => A;
  readonly null: V;
  /** False when `null` is what fresh memory holds. */
  readonly fills: boolean;
  /** Entries of a block beyond one a row: 1 for offsets. */
  readonly extra: 0 | 1;
}

/** Blocks of up to BLOCK_ROWS rows; the first grows from a few rows, so that small files stay small. */
export class BlockedArray<A extends Elements<A, V>, V> {
  /** The block that set() writes: row r stands at r - base. */
  current: A;
  /** First row of the current block. */
  base = 0;
  /** Rows of the current block that set() may write: they hold values or the null value. There may be room for more. */
  capacity = 0;
  /** Bytes allocated. */
  sizeBytes = 0;
  readonly #blocks: (A | undefined)[] = [];
  readonly #kind: ElementKind<A, V>;
  readonly #empty: A;

  constructor(kind: ElementKind<A, V>) {
    this.#kind = kind;
    this.#empty = kind.make(0);
    this.current = this.#empty;
  }

  /** Moves to the block of `row` and makes room for it. Throws E_MEMORY. */
  reserve(row: number): void {
    this.#moveTo(row >>> BLOCK_SHIFT);
    this.#grow(row - this.base + 1);
    this.#fill(this.#room());
  }

  /** Writes the rows [row, row + source.length), past every row that was set. Throws E_MEMORY. */
  write(row: number, source: A): void {
    for (let from = 0; from < source.length; ) {
      const first = row + from;
      const count = Math.min(source.length - from, BLOCK_ROWS - (first & ROW_MASK));
      const last = first + count - 1;
      if ((last - this.base) >>> 0 >= this.capacity) {
        // What is overwritten at once need not be filled before: memory that is new costs more to touch than to write.
        this.#moveTo(last >>> BLOCK_SHIFT);
        this.#grow(last - this.base + 1);
        this.#fill(first - this.base);
        this.capacity = Math.max(this.capacity, last - this.base + 1);
      }
      const rows = count === source.length ? source : source.subarray(from, from + count);
      this.current.set(rows, first - this.base);
      from += count;
    }
  }

  /** The array of the block that holds `row`, or undefined when the block is unallocated or too short for it. */
  find(row: number): A | undefined {
    const block = this.#blocks[row >>> BLOCK_SHIFT];
    return block !== undefined && (row & ROW_MASK) < this.#ready(block) ? block : undefined;
  }

  /** Forgets the rows [rows, end), where `end` is past the last row that was set. */
  truncate(rows: number, end: number): void {
    const block = rows >>> BLOCK_SHIFT;
    for (const dropped of this.#blocks.splice(block + 1)) this.sizeBytes -= dropped?.byteLength ?? 0;
    if (block < this.#currentBlock()) this.#select(block);
    if (block > this.#currentBlock()) return;
    const { null: nothing, extra } = this.#kind;
    this.current.fill(nothing, (rows & ROW_MASK) + extra, Math.min(end - this.base, this.capacity) + extra);
  }

  /**
   * One array a block of `rows` rows in all, trimmed to the block's rows; undefined where no value was set. They are the
   * caller's: nothing of them stays here, since a builder may outlast what it built (base/shapes.ts).
   */
  seal(rows: number): (A | undefined)[] {
    const sealed: (A | undefined)[] = [];
    for (let first = 0; first < rows; first += BLOCK_ROWS) {
      const length = Math.min(BLOCK_ROWS, rows - first) + this.#kind.extra;
      const block = this.#blocks[first >>> BLOCK_SHIFT];
      sealed.push(block === undefined ? undefined : this.#trimmed(block, length));
    }
    this.#blocks.length = 0;
    this.current = this.#empty;
    this.base = 0;
    this.capacity = 0;
    this.sizeBytes = 0;
    return sealed;
  }

  #trimmed(block: A, length: number): A {
    const { null: nothing, fills, extra } = this.#kind;
    const ready = this.#ready(block) + extra;
    const trimmed = block.length < length ? this.#copy(block, length) : block.subarray(0, length);
    if (fills && ready < length) trimmed.fill(nothing, ready);
    return block.length === length ? block : trimmed;
  }

  /** Rows of a block that hold values or the null value. */
  #ready(block: A): number {
    return block === this.current ? this.capacity : block.length - this.#kind.extra;
  }

  /** Rows for which the current block has room. */
  #room(): number {
    return Math.max(0, this.current.length - this.#kind.extra);
  }

  /** Puts the null value into the rows of the current block up to `rows` that hold nothing yet. */
  #fill(rows: number): void {
    const { null: nothing, fills } = this.#kind;
    if (rows <= this.capacity) return;
    if (fills) this.current.fill(nothing, this.capacity, rows);
    this.capacity = rows;
  }

  #currentBlock(): number {
    return this.base >>> BLOCK_SHIFT;
  }

  #moveTo(block: number): void {
    while (this.#blocks.length <= block) this.#blocks.push(undefined);
    if (block === this.#currentBlock()) return;
    this.#fill(this.#room());
    this.#select(block);
  }

  #select(block: number): void {
    this.base = block * BLOCK_ROWS;
    this.current = this.#blocks[block] ?? this.#empty;
    this.capacity = this.#room();
  }

  /** Later blocks are allocated whole: a table of more than BLOCK_ROWS rows is not small. */
  #grow(rows: number): void {
    const room = this.#room();
    if (rows <= room) return;
    const wanted = this.base > 0 ? BLOCK_ROWS : Math.max(FIRST_CAPACITY, room * GROWTH, rows);
    this.current = this.#copy(this.current, Math.min(BLOCK_ROWS, wanted) + this.#kind.extra);
    this.#blocks[this.#currentBlock()] = this.current;
  }

  #copy(block: A, length: number): A {
    const copy = this.#kind.make(length);
    copy.set(block);
    this.sizeBytes += copy.byteLength - block.byteLength;
    return copy;
  }
}

const PRESENT: ElementKind<Uint8Array, number> = { make: sharedBytes, null: 0, fills: false, extra: 0 };

/** One presence flag a row, 0 where nothing was set: for types without a null value of their own. */
export function presenceArray(): BlockedArray<Uint8Array, number> {
  return new BlockedArray(PRESENT);
}

/** Throws E_INTERNAL: builders take rows in ascending order. */
export function outOfOrder(row: number, end: number): never {
  throw new EngineError("E_INTERNAL", `row ${row} is set after row ${end - 1}`);
}
