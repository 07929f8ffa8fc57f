// Maps numbers to cells, in order of value, so that no cell holds much unless its numbers are nearly equal: the leading bits
// in which the numbers of a run differ say which bucket, and buckets that many numbers fall into are split further. And sums
// numbers by cell, in WebAssembly where there is one (bench `digest`: a third of the time).
// Called by condense.ts. What must stay true: a larger number never has a smaller cell, and equal numbers share one; map and
// sums depend on the numbers and their order alone. The bits of IEEE 754 numbers order like signed integers once all but
// the sign are inverted below 0. All arithmetic on words stays in int32.
// As in the two passes of a distribution sort that follows a sample: D. E. Knuth, TAOCP vol. 3, 5.2.5.

import type { Arena } from "./arena.ts";
import { nextQuantile, type Step } from "./centroids.ts";

/** Most numbers of a run: they and their cells stay in the cache. */
export const RUN = 2 ** 19;
/** Numbers of a record: the sum of a cell and its count. */
export const RECORD = 2;

/** Most cells: their numbers are of 16 bits, and their records stay in the second-level cache. */
const MOST_CELLS = 2 ** 14;
const BUCKET_BITS = 10;
const BUCKETS = 2 ** BUCKET_BITS;
const REST_BITS = 32 - BUCKET_BITS;
const REST = 2 ** REST_BITS - 1;
/** Numbers that are looked at to split the buckets: about so many, or one in so many of many. */
const SAMPLE = 2_048;
const SAMPLE_SHARE = 32;
/** Most bits by which a bucket is split, and the room that the rest's shift has in a table entry. */
const MOST_SPLIT = 10;
const SHIFT_BITS = 5;
const SHIFT = 2 ** SHIFT_BITS - 1;

/** How the words of a number give its key, an unsigned int32 that ascends with it. */
interface KeyRange {
  /** Smallest high word, as an ordered int32. */
  readonly least: number;
  /** Bits that a key takes from the low word; in [0, 31]. */
  readonly spare: number;
}

/** Memory of one run, and the loops over its numbers. */
interface CellMemory {
  /** The numbers: RUN. */
  readonly values: Float64Array;
  /** By bucket: place of its first cell, and by how many bits the rest of a key is shifted. */
  readonly table: Int32Array;
  /** By cell: sum and count. */
  readonly records: Float64Array;
  /** By cell: one more than where its next number goes in `picked`, 0 where it is not picked. */
  readonly places: Uint32Array;
  readonly picked: Float64Array;
  range(count: number): KeyRange;
  sum(count: number, range: KeyRange): void;
  pick(count: number): void;
}

/** The cells of one run of numbers after the other; keeps its memory. */
export class FittedCells {
  /** Cells are below it. */
  size = 0;
  readonly #memory: CellMemory;
  readonly #sampled = new Uint32Array(BUCKETS);
  #count = 0;

  /** `arena`: undefined for the loops in TypeScript, which give the same. */
  constructor(arena: Arena | undefined) {
    this.#memory = arena === undefined ? plainMemory() : wasmMemory(arena);
  }

  /** Room for the numbers of a run. */
  get values(): Float64Array {
    return this.#memory.values;
  }

  /** Sum and count by cell, after `fill`. */
  get records(): Float64Array {
    return this.#memory.records;
  }

  /** By cell: one more than where its numbers are to begin in what `pick` gives, 0 where they are not picked; written by both. */
  get places(): Uint32Array {
    return this.#memory.places;
  }

  /**
   * Fits cells to the first `count` of `values`, at least one, and sums these by cell. By a sample of them, a cell holds no
   * more than `share(quantile)` of the numbers.
   */
  fill(count: number, share: (quantile: number) => Step): void {
    const range = this.#memory.range(count);
    this.#fit(range, count, share);
    this.#memory.records.fill(0, 0, this.size * RECORD);
    this.#memory.sum(count, range);
    this.#count = count;
  }

  /** Copies the numbers of the cells that have a place to their places. */
  pick(): Float64Array {
    this.#memory.pick(this.#count);
    return this.#memory.picked;
  }

  #fit(range: KeyRange, total: number, share: (quantile: number) => Step): void {
    const sampled = this.#sample(range, total);
    const counts = this.#sampled;
    const { table } = this.#memory;
    let before = 0;
    let size = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const count = counts[bucket]!;
      let bits = 0;
      if (count > 1) {
        const quantile = before / sampled;
        const most = (nextQuantile(quantile, share(quantile)) - quantile) * sampled;
        const wanted = Math.min(count / most, (count * total) / sampled);
        bits = wanted <= 1 ? 0 : Math.min(MOST_SPLIT, 32 - Math.clz32(Math.ceil(wanted) - 1));
        if (size + 2 ** bits > MOST_CELLS - BUCKETS) bits = 0;
      }
      table[bucket] = (size << SHIFT_BITS) | (REST_BITS - bits);
      size += 1 << bits;
      before += count;
    }
    this.size = size;
  }

  /** Counts some of the numbers by bucket; returns how many. */
  #sample({ least, spare }: KeyRange, total: number): number {
    const sampled = this.#sampled.fill(0);
    const words = wordsOf(this.#memory.values);
    const stride = Math.max(1, Math.min(SAMPLE_SHARE, Math.floor(total / SAMPLE)));
    let count = 0;
    for (let at = 0; at < total; at += stride) {
      sampled[keyOf(words[2 * at]!, words[2 * at + 1]!, least, spare) >>> REST_BITS]! += 1;
      count += 1;
    }
    return count;
  }
}

/** The words of numbers: low, high, low, high. */
function wordsOf(values: Float64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** The key of a number, from its words. Inlined by the compiler into the loops that call it. */
function keyOf(low: number, high: number, least: number, spare: number): number {
  const sign = high >> 31;
  return (((high ^ (sign >>> 1)) - least) << spare) | (((low ^ sign) >>> 1) >>> (31 - spare));
}

function rangeOf(least: number, most: number): KeyRange {
  return { least, spare: Math.min(31, Math.clz32(most - least)) };
}

function wasmMemory(arena: Arena): CellMemory {
  const values = arena.allocate(RUN * 8);
  const table = arena.allocate(BUCKETS * 4);
  const cells = arena.allocate(RUN * 2);
  const records = arena.allocate(MOST_CELLS * RECORD * 8);
  const places = arena.allocate(MOST_CELLS * 4);
  const picked = arena.allocate(RUN * 8);
  const bounds = arena.allocate(8);
  const { kernels } = arena;
  const found = arena.int32(bounds, 2);
  return {
    values: arena.float64(values, RUN),
    table: arena.int32(table, BUCKETS),
    records: arena.float64(records, MOST_CELLS * RECORD),
    places: arena.uint32(places, MOST_CELLS),
    picked: arena.float64(picked, RUN),
    range(count) {
      kernels.highBounds(values, count, bounds);
      return rangeOf(found[0] ?? 0, found[1] ?? 0);
    },
    sum: (count, { least, spare }) => kernels.sumCells(values, count, least, spare, table, cells, records),
    pick: (count) => kernels.pickCells(values, cells, count, places, picked),
  };
}

function plainMemory(): CellMemory {
  const values = new Float64Array(RUN);
  const words = wordsOf(values);
  const table = new Int32Array(BUCKETS);
  const cells = new Uint16Array(RUN);
  const records = new Float64Array(MOST_CELLS * RECORD);
  const places = new Uint32Array(MOST_CELLS);
  const picked = new Float64Array(RUN);
  return {
    values,
    table,
    records,
    places,
    picked,
    range(count) {
      let least = 0x7fff_ffff;
      let most = -0x8000_0000;
      for (let at = 1; at < 2 * count; at += 2) {
        const word = words[at]!;
        const key = word ^ ((word >> 31) >>> 1);
        if (key < least) least = key;
        if (key > most) most = key;
      }
      return rangeOf(least, most);
    },
    sum(count, { least, spare }) {
      for (let at = 0; at < count; at += 1) {
        const key = keyOf(words[2 * at]!, words[2 * at + 1]!, least, spare);
        const entry = table[key >>> REST_BITS]!;
        const cell = (entry >> SHIFT_BITS) + ((key & REST) >>> (entry & SHIFT));
        cells[at] = cell;
        records[2 * cell]! += values[at]!;
        records[2 * cell + 1]! += 1;
      }
    },
    pick(count) {
      for (let at = 0; at < count; at += 1) {
        const cell = cells[at]!;
        const place = places[cell]!;
        if (place === 0) continue;
        picked[place - 1] = values[at]!;
        places[cell] = place + 1;
      }
    },
  };
}
