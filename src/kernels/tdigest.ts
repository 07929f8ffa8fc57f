// Merging t-digest: approximate percentiles from a few hundred centroids, deterministic for a given order of values.
// Called by exec/measures for `percentiles: tdigest`. What must stay true: NaN never enters; minimum and maximum are exact;
// while there are no more values than the compression every value is its own centroid and percentiles are exact (type 7).
// T. Dunning, O. Ertl, "Computing Extremely Accurate Quantiles Using t-Digests", 2019: merging variant, scale function k1.

import { gatherByGroup, type ValueChunk } from "./quantile.ts";

/** Most centroids after a merge (the delta of the paper). */
export const COMPRESSION = 500;
/** Values that are buffered before they are sorted and merged. */
const BUFFER = 4_096;

/** A growing digest. */
export class TDigest {
  /** Values that were added. */
  count = 0;
  /** Smallest value; Infinity when there is none. */
  min = Number.POSITIVE_INFINITY;
  /** Largest value; -Infinity when there is none. */
  max = Number.NEGATIVE_INFINITY;
  #means: Float64Array = new Float64Array(0);
  #weights: Float64Array = new Float64Array(0);
  readonly #buffer: Float64Array;
  #buffered = 0;

  /** `expected`: how many values will come, at most; bounds the buffer. */
  constructor(expected = BUFFER) {
    this.#buffer = new Float64Array(Math.max(1, Math.min(BUFFER, expected)));
  }

  /** Adds a value; NaN is skipped. */
  add(value: number): void {
    if (Number.isNaN(value)) return;
    if (this.#buffered === this.#buffer.length) this.#flush();
    this.#buffer[this.#buffered] = value + 0;
    this.#buffered += 1;
    this.count += 1;
    if (value < this.min) this.min = value + 0;
    if (value > this.max) this.max = value + 0;
  }

  /** Centroids now. */
  get centroids(): number {
    this.#flush();
    return this.#means.length;
  }

  /** Approximate percentile, `percentile` in [0, 100]; NaN when there is no value. Non-decreasing in `percentile`. */
  percentile(percentile: number): number {
    this.#flush();
    if (this.count === 0) return Number.NaN;
    const rank = (percentile / 100) * (this.count - 1);
    const means = this.#means;
    const weights = this.#weights;
    let before = 0;
    let leftRank = 0;
    let left = this.min;
    // The mean of a centroid stands at the middle of the ranks that it covers; between two, the line is straight.
    for (let i = 0; i < means.length; i += 1) {
      const middle = before + (weights[i]! - 1) / 2;
      if (rank <= middle) return between(left, means[i]!, fractionOf(rank, leftRank, middle));
      left = means[i]!;
      leftRank = middle;
      before += weights[i]!;
    }
    return between(left, this.max, fractionOf(rank, leftRank, this.count - 1));
  }

  /** Merges the buffer into the centroids, in order of value. */
  #flush(): void {
    if (this.#buffered === 0) return;
    const fresh = this.#buffer.subarray(0, this.#buffered).sort();
    this.#buffered = 0;
    const { means, weights } = mergeSorted({ means: this.#means, weights: this.#weights }, fresh);
    const merged = means.length <= COMPRESSION ? { means, weights } : compress({ means, weights }, this.count);
    this.#means = merged.means;
    this.#weights = merged.weights;
  }
}

function fractionOf(rank: number, from: number, to: number): number {
  return to > from ? (rank - from) / (to - from) : 1;
}

function between(low: number, high: number, fraction: number): number {
  if (fraction <= 0 || low === high) return low;
  if (fraction >= 1) return high;
  const difference = high - low;
  const value = Number.isFinite(difference) ? low + fraction * difference : low * (1 - fraction) + high * fraction;
  return Math.min(high, Math.max(low, value));
}

interface Centroids {
  readonly means: Float64Array;
  readonly weights: Float64Array;
}

/** Centroids and sorted single values as one ascending list. */
function mergeSorted({ means, weights }: Centroids, values: Float64Array): Centroids {
  const total = means.length + values.length;
  const merged = { means: new Float64Array(total), weights: new Float64Array(total) };
  for (let at = 0, i = 0, j = 0; at < total; at += 1) {
    const fromCentroids = j === values.length || (i < means.length && means[i]! <= values[j]!);
    merged.means[at] = fromCentroids ? means[i]! : values[j]!;
    merged.weights[at] = fromCentroids ? weights[i]! : 1;
    if (fromCentroids) i += 1;
    else j += 1;
  }
  return merged;
}

/** k1 of the paper: a centroid may span one unit of `k`, which is narrow at both ends. */
function scale(quantile: number): number {
  return (COMPRESSION / (2 * Math.PI)) * Math.asin(2 * Math.min(1, quantile) - 1);
}

/** Joins neighbours as far as the scale function allows. */
function compress({ means, weights }: Centroids, count: number): Centroids {
  const out = { means: means.slice(), weights: weights.slice() };
  let size = 0;
  let before = 0;
  let start = scale(0);
  let weight = weights[0]!;
  let mean = means[0]!;
  const last = means.length - 1;
  for (let i = 1; i <= means.length; i += 1) {
    const next = i <= last ? weights[i]! : 0;
    // The smallest and the largest value stay centroids of their own, which keeps both ends exact.
    if (size > 0 && i < last && scale((before + weight + next) / count) - start <= 1) {
      weight += next;
      mean += ((means[i]! - mean) * next) / weight;
      continue;
    }
    out.means[size] = mean;
    out.weights[size] = weight;
    size += 1;
    before += weight;
    start = scale(before / count);
    weight = next;
    mean = i <= last ? means[i]! : 0;
  }
  return { means: out.means.slice(0, size), weights: out.weights.slice(0, size) };
}

/** A digest a group. `counts`: numbers that are there, by group. Values enter in row order. */
export function digestByGroup(chunks: readonly ValueChunk[], counts: Float64Array): readonly TDigest[] {
  const { values, offsets } = gatherByGroup(chunks, counts);
  return Array.from(counts, (count, group) => {
    const digest = new TDigest(count);
    const end = offsets[group + 1]!;
    for (let at = offsets[group]!; at < end; at += 1) digest.add(values[at]!);
    return digest;
  });
}
