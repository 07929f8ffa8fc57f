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

  /** A copy of the counts, for `merge` on another thread. */
  partial(): Uint32Array {
    return this.#array().slice();
  }

  /** Takes over what another thread has counted, before `want`. */
  merge(partial: Uint32Array): void {
    const counts = this.#array();
    for (let i = 0; i < counts.length; i += 1) counts[i]! += partial[i]!;
  }

  #array(): Uint32Array {
    return this.#arena.uint32(this.#counts, this.#size * this.#bins);
  }

  /** Between the looks: which groups, by slot, and which percentiles, in [0, 100]. Throws E_MEMORY. */
  want(groups: Uint32Array, percentiles: readonly number[]): void {
    const counts = this.#array();
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
    const room = this.#makeRoom(starts, total);
    this.#wanted = { groups: groups.length, percentiles, present, places, ...room, total };
  }

  /** Second look: gathers what is wanted, of the same rows. */
  gather(values: number, { count, slots }: SlottedRows): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    const { kernels } = this.#arena;
    const [least, lift, first, shift] = [this.#least, this.#lift, this.#first, this.#shift];
    kernels.collectBins(values, slots, count, least, lift, first, shift, this.#bins, wanted.starts, wanted.out);
  }

  /** The places of the bins that are wanted, ascending: for the other threads. */
  wantedPlaces(): Uint32Array {
    const { starts } = this.#wanted ?? { starts: 0 };
    const all = this.#arena.uint32(starts, this.#size * this.#bins);
    const places = new Uint32Array(this.#wanted === undefined ? 0 : all.length);
    let count = 0;
    for (let place = 0; place < places.length; place += 1) {
      places[count] = place;
      count += Number(all[place] !== 0);
    }
    return places.slice(0, count);
  }

  /** Between the looks, on another thread: which places, ascending; their values are then gathered in that order. */
  wantPlaces(places: Uint32Array): void {
    const counts = this.#array();
    const starts = new Uint32Array(counts.length);
    let total = 0;
    for (const place of places) {
      starts[place] = total + 1;
      total += counts[place]!;
    }
    const none = { groups: 0, percentiles: [], present: new Float64Array(0), places: new Uint32Array(0) };
    this.#wanted = { ...none, ...this.#makeRoom(starts, total), total };
  }

  #makeRoom(starts: Uint32Array, total: number): { readonly starts: number; readonly out: number } {
    const at = this.#arena.allocate(starts.length * 4);
    const out = this.#arena.allocate(total * VALUE_BYTES);
    this.#arena.uint32(at, starts.length).set(starts);
    return { starts: at, out };
  }

  /** What has been gathered, after the second look. */
  gathered(): Float64Array {
    return this.#wanted === undefined
      ? new Float64Array(0)
      : this.#arena.float64(this.#wanted.out, this.#wanted.total).slice();
  }

  /** Takes over what another thread has gathered, after the second look: values by place, `counts` of each place. */
  append(places: Uint32Array, values: Float64Array, counts: Uint32Array): void {
    if (this.#wanted === undefined) return;
    const { starts, out, total } = this.#wanted;
    const next = this.#arena.uint32(starts, counts.length);
    const all = this.#arena.float64(out, total);
    let from = 0;
    for (const place of places) {
      const count = counts[place]!;
      all.set(values.subarray(from, from + count), next[place]! - 1);
      next[place]! += count;
      from += count;
    }
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
