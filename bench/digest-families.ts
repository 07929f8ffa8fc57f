// Distributions and orders that the t-digest is measured on (reliability G11, G13). Called by digest.ts and by the
// kernel's tests. Seeded: the same name and number give the same values.

import { Random } from "../src/synth/random.ts";

/** A distribution: one value a call. `share`: how far along the list is, in [0, 1). */
export type Family = (random: Random, share: number) => number;

/** Families with promised bounds. */
export const FAMILIES: ReadonlyMap<string, Family> = new Map<string, Family>([
  ["uniform", (random) => random.unit()],
  ["lognormal", (random) => Math.exp(2 * random.normal())],
  ["Pareto", (random) => 1 / (1 - random.unit())],
  ["integer latencies", (random) => Math.floor(Math.exp(7 + 1.2 * random.normal()))],
  ["integer tokens", (random) => Math.round(20 + 2_000 * random.unit() ** 3)],
  ["90 % ties", (random) => (random.unit() < 0.9 ? 3.1 : 10 * random.unit())],
  ["two points", (random) => (random.unit() < 0.7 ? 1 : 1_000)],
]);

/** Families that are measured and not promised (G13). */
export const HARD_FAMILIES: ReadonlyMap<string, Family> = new Map<string, Family>([
  ["log-uniform, 1e-300 to 1e300", (random) => 10 ** (600 * random.unit() - 300)],
  // After the careful attack of G. Cormode, A. Mishra, J. Ross, P. Vesely, "Theory meets Practice at the Median", 2021:
  // later values fall between the smallest values so far, at ever smaller scales. In the given order alone.
  ["nested scales", (random, share) => random.unit() * 10 ** (300 - 600 * (Math.floor(share * 64) / 64))],
]);

/** Orders in which values arrive. `sorted` ascends. */
export const ORDERS: ReadonlyMap<string, (given: Float64Array, sorted: Float64Array) => Float64Array> = new Map([
  ["given", (given) => given.slice()],
  ["sorted", (_, sorted) => sorted.slice()],
  ["reversed", (_, sorted) => sorted.slice().reverse()],
  ["zig-zag", (_, sorted) => zigZag(sorted)],
]);

/** Smallest, largest, second smallest, second largest ... */
function zigZag(sorted: Float64Array): Float64Array {
  const last = sorted.length - 1;
  return sorted.map((_, i) => sorted[i % 2 === 0 ? i / 2 : last - (i - 1) / 2] ?? Number.NaN);
}

/** The first `count` values of a family. */
export function valuesOf(family: Family, count: number, seed = 1): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, (_, i) => family(random, i / count));
}

/** Largest rank error that is promised, by percentile (reliability G11). */
export const RANK_BOUNDS: readonly (readonly [percentile: number, bound: number])[] = [
  [50, 3e-3],
  [90, 5e-4],
  [95, 3e-4],
  [99, 1e-4],
  [99.9, 7e-5],
  [99.99, 2.5e-5],
];

/** Percentiles that are measured. */
export const PERCENTILES = [1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99] as const;

/** How far `found` lies from the rank of a percentile, as a share of all values. `sorted` ascends. */
export function rankError(sorted: Float64Array, percentile: number, found: number): number {
  const rank = (percentile / 100) * (sorted.length - 1);
  const below = countBelow(sorted, (value) => value < found);
  const atMost = countBelow(sorted, (value) => value <= found);
  return Math.max(0, below - rank, rank - atMost) / sorted.length;
}

/** The type 7 percentile of sorted values. */
export function exactPercentile(sorted: Float64Array, percentile: number): number {
  const rank = (percentile / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? Number.NaN;
  return low === high ? low : low + (rank - Math.floor(rank)) * (high - low);
}

/** How many values at the start satisfy `isBelow`. */
function countBelow(sorted: Float64Array, isBelow: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(sorted[middle] ?? Number.NaN)) low = middle + 1;
    else high = middle;
  }
  return low;
}
