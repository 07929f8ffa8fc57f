// Exact percentiles by slot without sorting, in two looks at the values: they are counted in bins, then the values of the
// bins that hold a wanted rank are gathered, and selected from (bench: latency percentiles by day).
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
const VALUE_BYTES = 8;

function binsFor(size: number): number {
  return Math.max(FEWEST_BINS, Math.min(MOST_BINS, 2 ** Math.floor(Math.log2(COUNTERS / size))));
}

/** What is wanted of the second look. */
interface Wanted {
  readonly groups: number;
  readonly percentiles: readonly number[];
  /** Values of each group, by group. */
  readonly present: Float64Array;
  /** By group: where the gathered values of the group begin and end, then its ranks' places among them. */
  readonly places: Uint32Array;
  /** Address of a u32 a bin: one more than where its next value goes, 0 where it is not wanted. */
  readonly starts: number;
  readonly out: number;
  readonly total: number;
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
  #wanted: Wanted | undefined;

  /** All numbers lie in [least, most], finite, with a finite difference. */
  constructor(arena: Arena, size: number, { least, most }: { readonly least: number; readonly most: number }) {
    this.#arena = arena;
    this.#size = size;
    this.#bins = binsFor(size);
    this.#least = least;
    this.#lift = (most - least) * LIFT;
    this.#first = arena.kernels.liftedOrder(least, least, this.#lift) >>> 0;
    const span = (arena.kernels.liftedOrder(most, least, this.#lift) >>> 0) - this.#first;
    this.#shift = Math.max(0, Math.ceil(Math.log2((span + 1) / this.#bins)));
    this.#counts = arena.allocate(size * this.#bins * 4);
  }

  /** First look: counts the numbers at an address, with a slot each. */
  count(values: number, { count, slots }: SlottedRows): void {
    const { kernels } = this.#arena;
    const [least, lift, first, shift] = [this.#least, this.#lift, this.#first, this.#shift];
    kernels.countBins(values, slots, count, least, lift, first, shift, this.#bins, this.#counts);
  }

  /** Between the looks: which groups, by slot, and which percentiles, in [0, 100]. Throws E_MEMORY. */
  want(groups: Uint32Array, percentiles: readonly number[]): void {
    const counts = this.#arena.uint32(this.#counts, this.#size * this.#bins);
    const starts = new Uint32Array(counts.length);
    const stride = 2 + 2 * percentiles.length;
    const places = new Uint32Array(groups.length * stride);
    const present = new Float64Array(groups.length);
    const ranks = new Float64Array(2 * percentiles.length);
    let total = 0;
    for (let group = 0; group < groups.length; group += 1) {
      const own = places.subarray(group * stride, (group + 1) * stride);
      const base = groups[group]! * this.#bins;
      present[group] = countOf(counts, base, this.#bins);
      if (present[group] === 0) continue;
      for (let i = 0; i < ranks.length; i += 1) ranks[i] = rankOf(percentiles[i >> 1]!, present[group]!, i & 1);
      own[0] = total;
      total = wantBins({ counts, starts, base, bins: this.#bins }, { ranks, out: own.subarray(2) }, total);
      own[1] = total;
    }
    const at = this.#arena.allocate(starts.length * 4);
    const out = this.#arena.allocate(total * VALUE_BYTES);
    this.#arena.uint32(at, starts.length).set(starts);
    this.#wanted = { groups: groups.length, percentiles, present, places, starts: at, out, total };
  }

  /** Second look: gathers what is wanted, of the same rows. */
  gather(values: number, { count, slots }: SlottedRows): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    const { kernels } = this.#arena;
    const [least, lift, first, shift] = [this.#least, this.#lift, this.#first, this.#shift];
    kernels.collectBins(values, slots, count, least, lift, first, shift, this.#bins, wanted.starts, wanted.out);
  }

  /** Type 7 percentiles: one array for each that was wanted, by group, NaN for a group without numbers. */
  percentiles(): readonly Float64Array[] {
    if (this.#wanted === undefined) return [];
    const { groups, percentiles, present, places, out, total } = this.#wanted;
    const values = this.#arena.float64(out, total);
    const stride = 2 + 2 * percentiles.length;
    const found = percentiles.map(() => new Float64Array(groups).fill(Number.NaN));
    for (let group = 0; group < groups; group += 1) {
      if (present[group] === 0) continue;
      const at = group * stride;
      const wanted = Float64Array.from(places.subarray(at + 2, at + stride)).sort();
      const range = { left: places[at]!, right: places[at + 1]! - 1 };
      selectRanks(values, range, { wanted, from: 0, to: wanted.length });
      for (let p = 0; p < percentiles.length; p += 1) {
        const low = values[places[at + 2 + 2 * p]!]!;
        const high = values[places[at + 3 + 2 * p]!]!;
        const rank = (percentiles[p]! / 100) * (present[group]! - 1);
        found[p]![group] = interpolate(low, high, rank - Math.floor(rank));
      }
    }
    return found;
  }
}

function countOf(counts: Uint32Array, base: number, bins: number): number {
  let present = 0;
  for (let bin = 0; bin < bins; bin += 1) present += counts[base + bin]!;
  return present;
}

/** Rank below (`above` 0) or above (1) a percentile of `count` values. */
function rankOf(percentile: number, count: number, above: number): number {
  const rank = (percentile / 100) * (count - 1);
  return above === 0 ? Math.floor(rank) : Math.ceil(rank);
}

interface SlotCounts {
  readonly counts: Uint32Array;
  readonly starts: Uint32Array;
  readonly base: number;
  readonly bins: number;
}

/**
 * Wants the bins of a slot that hold its ranks. They stand one after the other among the gathered values, from `total` on,
 * so that a rank's place there is known now. Gives where the next slot's begin.
 */
function wantBins(
  { counts, starts, base, bins }: SlotCounts,
  { ranks, out }: { readonly ranks: Float64Array; readonly out: Uint32Array },
  total: number,
): number {
  let below = 0;
  for (let bin = 0; bin < bins; bin += 1) {
    const count = counts[base + bin]!;
    if (count === 0) continue;
    let isWanted = false;
    for (let i = 0; i < ranks.length; i += 1) {
      const rank = ranks[i]! - below;
      if (rank < 0 || rank >= count) continue;
      isWanted = true;
      out[i] = total + rank;
    }
    if (isWanted) {
      starts[base + bin] = total + 1;
      total += count;
    }
    below += count;
  }
  return total;
}
