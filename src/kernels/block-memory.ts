// Room for one block in an arena, and the kernels that look at its rows: selecting, and laying values side by side.
// Called by exec/selectors.ts, scan.ts and slots.ts. What must stay true: every call may overwrite what the calls before it
// left in the same region; a selection made here holds until the next one, and while the arena does not grow.

import { Arena } from "./arena.ts";
import type { Selection } from "./select.ts";

/** A selection of fewer rows than one in so many is gathered here, row by row; copying whole columns would cost more. */
const SPARSE = 6;

/**
 * Rows that are worked on at a time: what is made of them stays in the second-level cache, and they often share a bucket.
 * Rows that are tested by bits are worked on a block at a time: each copy into an arena costs as much as thousands of rows.
 */
export const STRETCH_ROWS = 8_192;

/** Rows of a word of bits. */
const WORD_ROWS = 64;

/** Room for rows that kernels look at a word of bits at a time. */
export function padded(rows: number): number {
  return Math.ceil(rows / WORD_ROWS) * WORD_ROWS;
}

/** Some of the rows of a selection: from number `from` on, before number `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Regions of an arena for rows of a block. */
export class BlockMemory {
  readonly arena: Arena;
  /** Most rows of a block. */
  readonly rows: number;
  /** Address: room for a slot for each row. */
  readonly slots: number;
  /** Address: room for those of the rows that have a number. */
  readonly packedSlots: number;
  readonly #values: number;
  readonly #packedValues: number;
  readonly #codes: number;
  readonly #packedCodes: number;
  readonly #positions: number;
  readonly #bytes: number;
  readonly #byteRoom: number;

  private constructor(arena: Arena, rows: number) {
    this.arena = arena;
    this.rows = rows;
    this.slots = arena.allocate(rows * 4);
    this.packedSlots = arena.allocate(rows * 4);
    this.#values = arena.allocate(rows * 8);
    this.#packedValues = arena.allocate(rows * 8);
    this.#codes = arena.allocate(padded(rows) * 4);
    this.#packedCodes = arena.allocate(padded(rows) * 4);
    this.#positions = arena.allocate(rows * 4);
    this.#byteRoom = rows * 2;
    this.#bytes = arena.allocate(this.#byteRoom);
  }

  /** Room for blocks of up to `rows` rows; undefined where WebAssembly is missing. Throws E_MEMORY. */
  static take(rows: number): BlockMemory | undefined {
    const arena = Arena.take();
    return arena === undefined ? undefined : new BlockMemory(arena, rows);
  }

  /** Whether looking at so many rows of a block pays for copying its column. */
  static pays({ positions, count }: Selection, length: number): boolean {
    return positions === undefined || count * SPARSE >= length;
  }

  /** The rows of `rows` whose code has the answer 1 in the table at `table`, which starts with the answer for null. */
  selectMapped(codes: Int32Array, table: number, rows: Selection): Selection {
    const positions = this.#place(rows);
    this.arena.putInt32(this.#codes, codes, { from: 0, to: codes.length });
    const { kernels } = this.arena;
    return this.#selection(rows, kernels.selectMapped(this.#codes, table, positions, rows.count, this.#positions));
  }

  /** The rows of `rows` whose number lies in [least, most]. */
  selectBetween(values: Float64Array, range: { readonly least: number; readonly most: number }, rows: Selection) {
    const positions = this.#place(rows);
    this.arena.putFloat64(this.#values, values, { from: 0, to: values.length });
    const { kernels } = this.arena;
    const { least, most } = range;
    return this.#selection(
      rows,
      kernels.selectBetween(this.#values, least, most, positions, rows.count, this.#positions),
    );
  }

  /** The rows of `rows` whose byte has the low bit: truth values, flags. */
  selectBytes(bytes: Uint8Array, rows: Selection): Selection {
    const positions = this.#place(rows);
    this.arena.putBytes(this.#bytes, bytes, { from: 0, to: bytes.length });
    const { kernels } = this.arena;
    return this.#selection(rows, kernels.selectBytes(this.#bytes, positions, rows.count, this.#positions));
  }

  /** Whether selectTaken has room for so many bytes. */
  hasRoom(bytes: number): boolean {
    return bytes <= this.#byteRoom;
  }

  /** The rows of `rows` whose `bytes[index[row] - first]` has the low bit. Needs `hasRoom(bytes.length)`. */
  selectTaken(
    index: Int32Array,
    { bytes, first }: { readonly bytes: Uint8Array; readonly first: number },
    rows: Selection,
  ): Selection {
    const positions = this.#place(rows);
    this.arena.putInt32(this.#codes, index, { from: 0, to: index.length });
    this.arena.putBytes(this.#bytes, bytes, { from: 0, to: bytes.length });
    const { kernels } = this.arena;
    return this.#selection(
      rows,
      kernels.selectTaken(this.#codes, this.#bytes, first, positions, rows.count, this.#positions),
    );
  }

  /** The address of the numbers of some rows of a selection, one after the other. */
  numbers(values: Float64Array, rows: Selection, { from, to }: Stretch): number {
    const { positions } = rows;
    const count = to - from;
    if (positions === undefined) {
      this.arena.putFloat64(this.#values, values, { from, to });
      return this.#values;
    }
    const first = positions[from]!;
    const last = positions[to - 1]!;
    if (count * SPARSE < last - first) {
      const out = this.arena.float64(this.#packedValues, count);
      for (let i = 0; i < count; i += 1) out[i] = values[positions[from + i]!]!;
      return this.#packedValues;
    }
    const at = this.#place(rows) + from * 4;
    this.arena.putFloat64(this.#values, values, { from: first, to: last + 1 });
    this.arena.kernels.gatherFloat64(this.#values, first, at, count, this.#packedValues);
    return this.#packedValues;
  }

  /** The address of the codes of some rows of a selection, one after the other. */
  codes(codes: Int32Array, rows: Selection, { from, to }: Stretch): number {
    const { positions } = rows;
    const count = to - from;
    if (positions === undefined) {
      this.arena.putInt32(this.#codes, codes, { from, to });
      return this.#codes;
    }
    const first = positions[from]!;
    const last = positions[to - 1]!;
    if (count * SPARSE < last - first) {
      const out = this.arena.int32(this.#packedCodes, count);
      for (let i = 0; i < count; i += 1) out[i] = codes[positions[from + i]!]!;
      return this.#packedCodes;
    }
    const at = this.#place(rows) + from * 4;
    this.arena.putInt32(this.#codes, codes, { from: first, to: last + 1 });
    this.arena.kernels.gatherInt32(this.#codes, first, at, count, this.#packedCodes);
    return this.#packedCodes;
  }

  /** Where the positions of a selection are in the arena, copied there if they are not; 0 for all rows. */
  #place({ positions, count }: Selection): number {
    if (positions === undefined) return 0;
    if (positions.buffer === this.arena.kernels.memory.buffer) return positions.byteOffset;
    this.arena
      .uint32(this.#positions, count)
      .set(count === positions.length ? positions : positions.subarray(0, count));
    return this.#positions;
  }

  #selection(rows: Selection, kept: number): Selection {
    if (kept === rows.count) return rows;
    return { positions: this.arena.uint32(this.#positions, kept), count: kept };
  }
}
