// Exact percentiles by slot without sorting: values are counted in bins, and only the bins that hold a wanted rank are
// gathered and selected from (bench: latency percentiles by day).
// Called by exec/slot-measures.ts. What must stay true: bit-equal to kernels/quantile.ts. Bins follow the smallest and the
// largest number, which zone maps know before the first row; a bin that everything falls into costs a plain selection.

import type { Arena } from "./arena.ts";
import { interpolate, selectRanks } from "./quantile.ts";
import type { SlottedRows } from "./slots.ts";

/** Counters in all, at most, unless there are more slots than that allows: 2 MiB, of the second-level cache's size. */
const COUNTERS = 2 ** 19;
const FEWEST_BINS = 16;
const MOST_BINS = 2_048;
/** The smallest 2^-12 of the range share their bins evenly, the rest by octaves. */
const LIFT = 2 ** -12;
/** Bytes kept of a value until the end: its place and itself. */
const PLACE_BYTES = 4;
const VALUE_BYTES = 8;

/** Bytes that percentiles of so many rows and slots take, at most. */
export function binBytes(rows: number, size: number): number {
  return rows * (PLACE_BYTES + VALUE_BYTES) + size * binsFor(size) * 8;
}

function binsFor(size: number): number {
  return Math.max(FEWEST_BINS, Math.min(MOST_BINS, 2 ** Math.floor(Math.log2(COUNTERS / size))));
}

interface Batch {
  readonly places: number;
  readonly values: number;
  readonly count: number;
}

/** Percentiles of the numbers of one input. */
export class SlotBins {
  readonly #arena: Arena;
  readonly #size: number;
  readonly #bins: number;
  readonly #least: number;
  readonly #lift: number;
  readonly #first: number;
  readonly #shift: number;
  readonly #counts: number;
  readonly #batches: Batch[] = [];
  readonly #batchRows: number;
  /** Room for the next batch is [next, end). Made beforehand: selections in the arena must not be detached while in use. */
  #next = 0;
  #end = 0;
  /** All numbers lie in [least, most], finite, with a finite difference. `batchRows`: most rows of a batch. */
  constructor(
    arena: Arena,
    size: number,
    range: { readonly least: number; readonly most: number; readonly batchRows: number },
  ) {
    const { least, most, batchRows } = range;
    this.#arena = arena;
    this.#size = size;
    this.#bins = binsFor(size);
    this.#least = least;
    this.#lift = (most - least) * LIFT;
    this.#first = arena.kernels.liftedOrder(least, least, this.#lift) >>> 0;
    const span = (arena.kernels.liftedOrder(most, least, this.#lift) >>> 0) - this.#first;
    this.#shift = Math.max(0, Math.ceil(Math.log2((span + 1) / this.#bins)));
    this.#counts = arena.allocate(size * this.#bins * 4);
    this.#batchRows = batchRows;
    this.reserve();
  }

  /** Adds the numbers at an address, with a slot each. */
  add(values: number, { count, slots }: SlottedRows): void {
    const kept = this.#next;
    const places = kept + count * VALUE_BYTES;
    this.#arena.kernels.binValues(
      values,
      slots,
      count,
      this.#least,
      this.#lift,
      this.#first,
      this.#shift,
      this.#bins,
      this.#counts,
      places,
      kept,
    );
    this.#batches.push({ places, values: kept, count });
    this.#next = Math.ceil((places + count * PLACE_BYTES) / VALUE_BYTES) * VALUE_BYTES;
  }

  /** Makes room for the next batch. Typed arrays over the arena are detached by it. Throws E_MEMORY. */
  reserve(): void {
    const needed = this.#batchRows * (PLACE_BYTES + VALUE_BYTES);
    const missing = needed - (this.#end - this.#next);
    if (missing <= 0) return;
    const more = this.#arena.allocate(missing);
    // Another input may have taken memory in between.
    if (more !== this.#end) {
      this.#next = more;
      this.#arena.allocate(needed - missing);
    }
    this.#end = this.#next + needed;
  }

  /** Type 7 percentiles, in [0, 100], of these slots: one array a percentile, NaN for a slot without numbers. */
  of(groups: Uint32Array, percentiles: readonly number[]): readonly Float64Array[] {
    const wanted = this.#wantedBins(groups, percentiles);
    const values = this.#collect(wanted);
    return this.#selected(groups, percentiles, { wanted, values });
  }

  /** By place: one more than where the values of a wanted bin start among the collected ones; 0 for the other bins. */
  #wantedBins(groups: Uint32Array, percentiles: readonly number[]): Uint32Array {
    const counts = this.#arena.uint32(this.#counts, this.#size * this.#bins);
    const starts = new Uint32Array(counts.length);
    let next = 1;
    for (const slot of groups) {
      const base = slot * this.#bins;
      const ranks = ranksOf(percentiles, this.#present(counts, base)).sort();
      let below = 0;
      let at = 0;
      for (let bin = 0; bin < this.#bins && at < ranks.length; bin += 1) {
        const above = below + counts[base + bin]!;
        if (ranks[at]! < above) {
          starts[base + bin] = next;
          next += above - below;
        }
        while (at < ranks.length && ranks[at]! < above) at += 1;
        below = above;
      }
    }
    return starts;
  }

  #present(counts: Uint32Array, base: number): number {
    let present = 0;
    for (let bin = 0; bin < this.#bins; bin += 1) present += counts[base + bin]!;
    return present;
  }

  #collect(wanted: Uint32Array): Float64Array {
    const arena = this.#arena;
    const counts = arena.uint32(this.#counts, wanted.length);
    let total = 0;
    for (let place = 0; place < wanted.length; place += 1) if (wanted[place] !== 0) total += counts[place]!;
    const starts = arena.allocate(wanted.length * 4);
    const out = arena.allocate(total * VALUE_BYTES);
    arena.uint32(starts, wanted.length).set(wanted);
    for (const { places, values, count } of this.#batches) {
      arena.kernels.collectBins(values, places, count, starts, out);
    }
    return arena.float64(out, total);
  }

  #selected(
    groups: Uint32Array,
    percentiles: readonly number[],
    { wanted, values }: { readonly wanted: Uint32Array; readonly values: Float64Array },
  ): readonly Float64Array[] {
    const counts = this.#arena.uint32(this.#counts, wanted.length);
    const found = percentiles.map(() => new Float64Array(groups.length).fill(Number.NaN));
    groups.forEach((slot, group) => {
      const base = slot * this.#bins;
      const present = this.#present(counts, base);
      if (present === 0) return;
      const range = this.#rangeOf(base, { wanted, counts });
      const places = ranksOf(percentiles, present).map((rank) => range.place(rank));
      const ascending = places.slice().sort();
      selectRanks(values, range, { wanted: ascending, from: 0, to: ascending.length });
      percentiles.forEach((percentile, p) => {
        const rank = (percentile / 100) * (present - 1);
        const low = values[places[2 * p]!]!;
        const high = values[places[2 * p + 1]!]!;
        const out = found[p];
        if (out !== undefined) out[group] = interpolate(low, high, rank - Math.floor(rank));
      });
    });
    return found;
  }

  /** Where the collected values of a slot stand, and where sorting them would put a rank of the slot. */
  #rangeOf(
    base: number,
    { wanted, counts }: { readonly wanted: Uint32Array; readonly counts: Uint32Array },
  ): { readonly left: number; readonly right: number; place(rank: number): number } {
    const bins: { readonly below: number; readonly start: number; readonly count: number }[] = [];
    let below = 0;
    for (let bin = 0; bin < this.#bins; bin += 1) {
      const count = counts[base + bin]!;
      const start = wanted[base + bin]!;
      if (start !== 0) bins.push({ below, start: start - 1, count });
      below += count;
    }
    const [first, last] = [bins[0], bins.at(-1)];
    return {
      left: first?.start ?? 0,
      right: (last?.start ?? 0) + (last?.count ?? 0) - 1,
      place(rank) {
        const bin = bins.findLast((candidate) => candidate.below <= rank);
        return bin === undefined ? 0 : bin.start + rank - bin.below;
      },
    };
  }
}

/** Ranks below and above each percentile of `count` values. */
function ranksOf(percentiles: readonly number[], count: number): Float64Array {
  const ranks = new Float64Array(count === 0 ? 0 : percentiles.length * 2);
  for (let i = 0; i < ranks.length; i += 2) {
    const rank = (percentiles[i >> 1]! / 100) * (count - 1);
    ranks[i] = Math.floor(rank);
    ranks[i + 1] = Math.ceil(rank);
  }
  return ranks;
}
