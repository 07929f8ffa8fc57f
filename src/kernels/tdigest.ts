// Merging t-digest: approximate percentiles from a few hundred centroids, exact while there are few values.
// Called by digest-groups.ts, digest-bytes.ts and through them by exec/. What must stay true: NaN never enters; minimum and
// maximum are exact; up to COMPRESSION values percentiles are exact (type 7); reading a digest changes nothing in it, so
// that its state depends on what was added, in which order and in which segments, and on nothing else.
// T. Dunning, O. Ertl, "Computing Extremely Accurate Quantiles Using t-Digests", 2019, arXiv 1902.04023: merging variant.

import { invariant } from "../base/assert.ts";
import { type Centroids, COMPRESSION, compress, mergeAll, NO_CENTROIDS, towards } from "./centroids.ts";
import { Condenser } from "./condense.ts";

/** Values that wait unsorted, at most, before they are merged; room for them grows with their number. */
const MOST_WAITING = 32_768;
const FIRST_ROOM = 8;
/** Centroids of segments that wait to be merged, at most: merging many at once costs each less, and its error too. */
const MOST_CENTROIDS = 8_192;
/** Past this ratio of magnitudes a centroid may hold values so far apart that its mean says nothing of them. */
const WIDE = 1e12;

/** Centroids with what they do not say themselves. */
export interface Segment extends Centroids {
  /** Smallest magnitude that is not 0; Infinity when there is none. */
  readonly smallest: number;
}

const condenser = new Condenser({ withWasm: true });
/** Room that joinSegments lends to one digest after the other. */
const lent = new Float64Array(MOST_WAITING);

/** Centroids of `values[start, end)`, which hold no NaN and no -0. Reorders the range. */
export function condenseSegment(values: Float64Array, start: number, end: number): Segment {
  const list = condenser.condense(values, start, end);
  return { ...list, smallest: smallestOf(list.means, () => smallestMagnitude(values, start, end)) };
}

/** Centroids of a digest that takes these segments, one after the other. */
export function joinSegments(segments: readonly Segment[]): Segment {
  const total = segments.reduce((sum, { means }) => sum + means.length, 0);
  if (total <= COMPRESSION && segments.every(({ weights }) => weights === undefined)) {
    const means = new Float64Array(total);
    let at = 0;
    for (const segment of segments) {
      means.set(segment.means, at);
      at += segment.means.length;
    }
    return singles(means.sort());
  }
  return TDigest.joined(segments);
}

/** A growing digest. */
export class TDigest {
  #count = 0;
  /** Sorted lists of centroids, in the order in which they came. */
  #lists: Centroids[] = [];
  #listed = 0;
  #waiting: Float64Array = new Float64Array(0);
  #waitingCount = 0;
  #smallest = Number.POSITIVE_INFINITY;
  /** The centroids with the waiting values among them, until more is added. */
  #settled: Segment | undefined;

  /** A digest of centroids that come from elsewhere: sorted, at most COMPRESSION, the first and the last exact. */
  static of(segment: Segment): TDigest {
    const digest = new TDigest();
    const { means, weights } = segment;
    if (weights === undefined) {
      // Full, so that whatever is added next copies them first.
      digest.#waiting = means;
      digest.#waitingCount = means.length;
      digest.#count = means.length;
      digest.#settled = singles(means);
    } else digest.addSegment(segment);
    return digest;
  }

  /** See joinSegments. */
  static joined(segments: readonly Segment[]): Segment {
    const digest = new TDigest();
    digest.#waiting = lent;
    for (const segment of segments) digest.addSegment(segment);
    return digest.#merged(digest.#waiting.subarray(0, digest.#waitingCount));
  }

  /** Values that were added. */
  get count(): number {
    return this.#count;
  }

  /** Smallest value; NaN when there is none. */
  get min(): number {
    return this.centroids().means[0] ?? Number.NaN;
  }

  /** Largest value; NaN when there is none. */
  get max(): number {
    return this.centroids().means.at(-1) ?? Number.NaN;
  }

  /** Whether magnitudes, zero apart, span more than a factor of 1e12: rank errors are then not bounded in practice. */
  get isWide(): boolean {
    return Math.max(Math.abs(this.min), Math.abs(this.max)) > WIDE * this.centroids().smallest;
  }

  /** Adds a value; NaN is skipped. */
  add(value: number): void {
    invariant(typeof value === "number", "a digest takes numbers");
    if (Number.isNaN(value)) return;
    if (this.#waitingCount === this.#waiting.length) this.#makeRoom(1);
    this.#waiting[this.#waitingCount] = value + 0;
    this.#waitingCount += 1;
    this.#count += 1;
    this.#settled = undefined;
  }

  /** Adds `values[start, end)`, one after the other. */
  addAll(values: Float64Array, start: number, end: number): void {
    for (let i = start; i < end; i += 1) {
      if (this.#waitingCount === this.#waiting.length) this.#makeRoom(end - i);
      const waiting = this.#waiting;
      const until = Math.min(end, i + waiting.length - this.#waitingCount);
      let at = this.#waitingCount;
      for (; i < until; i += 1) {
        const value = values[i]!;
        waiting[at] = value + 0;
        at += Number(!Number.isNaN(value));
      }
      i -= 1;
      this.#count += at - this.#waitingCount;
      this.#waitingCount = at;
    }
    this.#settled = undefined;
  }

  #addRaw(values: Float64Array): void {
    for (let from = 0; from < values.length; ) {
      if (this.#waitingCount === this.#waiting.length) this.#makeRoom(values.length - from);
      const to = Math.min(values.length, from + this.#waiting.length - this.#waitingCount);
      this.#waiting.set(values.subarray(from, to), this.#waitingCount);
      this.#waitingCount += to - from;
      this.#count += to - from;
      from = to;
    }
    this.#settled = undefined;
  }

  /** Adds condensed values; those of weight 1 as `addAll` does, but they hold no NaN and no -0. */
  addSegment(segment: Segment): void {
    const { means, weights } = segment;
    if (weights === undefined) {
      this.#addRaw(means);
      return;
    }
    for (let i = 0; i < weights.length; i += 1) this.#count += Math.abs(weights[i]!);
    this.#smallest = Math.min(this.#smallest, segment.smallest);
    this.#lists.push(segment);
    this.#listed += weights.length;
    this.#settled = undefined;
    if (this.#listed > MOST_CENTROIDS) this.#settle();
  }

  /** Adds what another digest holds; an empty one changes nothing. */
  merge(other: TDigest): void {
    this.addSegment(other.centroids());
  }

  /** Centroids now; at most COMPRESSION. */
  centroids(): Segment {
    this.#settled ??= this.#merged(this.#waiting.slice(0, this.#waitingCount));
    return this.#settled;
  }

  /** Approximate percentile, `percentile` in [0, 100]; NaN when there is no value. Non-decreasing in `percentile`. */
  percentile(percentile: number): number {
    return percentileOf(this.centroids(), this.#count, percentile);
  }

  /**
   * All as one list. A single one is taken as it stands, so that a digest that is read back is the one that was written.
   * `waiting`: the values that wait, to be reordered.
   */
  #merged(waiting: Float64Array): Segment {
    const [only = NO_CENTROIDS] = this.#lists;
    const smallest = this.#smallest;
    if (this.#waitingCount === 0 && this.#lists.length <= 1) return { ...only, smallest };
    const fresh = condenseSegment(waiting, 0, waiting.length);
    const all = mergeAll([...this.#lists, fresh]);
    return { ...compress(all, this.#count), smallest: Math.min(smallest, fresh.smallest) };
  }

  #settle(): void {
    const list = this.#merged(this.#waiting.subarray(0, this.#waitingCount));
    this.#lists = [list];
    this.#listed = list.means.length;
    this.#smallest = list.smallest;
    this.#waitingCount = 0;
    this.#settled = list;
  }

  /** Room for at least one of `wanted` more values: more memory, or, at the most, by merging those that wait. */
  #makeRoom(wanted: number): void {
    const length = this.#waiting.length;
    if (length < MOST_WAITING) {
      const doubled = Math.max(FIRST_ROOM, 2 * length, length + wanted);
      const larger = new Float64Array(Math.min(MOST_WAITING, doubled));
      larger.set(this.#waiting.subarray(0, this.#waitingCount));
      this.#waiting = larger;
      return;
    }
    this.#settle();
    this.#settled = undefined;
  }
}

/** Linear between points of rank and value: exact centroids cover all their ranks, others stand at the middle of theirs. */
function percentileOf({ means, weights }: Centroids, count: number, percentile: number): number {
  if (count === 0) return Number.NaN;
  const rank = (percentile / 100) * (count - 1);
  if (weights === undefined) {
    const low = Math.floor(rank);
    return towards(means[low]!, means[Math.ceil(rank)]!, rank - low);
  }
  let before = 0;
  let leftRank = 0;
  let left = means[0]!;
  for (let i = 0; i < means.length; i += 1) {
    const isExact = weights[i]! <= 1;
    const weight = Math.abs(weights[i]!);
    const mean = means[i]!;
    const middle = before + (weight - 1) / 2;
    const first = isExact ? before : middle;
    if (rank <= first) {
      const share = first > leftRank ? (rank - leftRank) / (first - leftRank) : 1;
      return share >= 1 ? mean : Math.min(mean, towards(left, mean, share));
    }
    left = mean;
    leftRank = isExact ? before + weight - 1 : middle;
    if (rank <= leftRank) return mean;
    before += weight;
  }
  return left;
}

/** Sorted values as they are. */
function singles(means: Float64Array): Segment {
  return { means, weights: undefined, smallest: smallestOf(means, () => smallestMagnitude(means, 0, means.length)) };
}

function smallestMagnitude(values: Float64Array, start: number, end: number): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = start; i < end; i += 1) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude < smallest && magnitude > 0) smallest = magnitude;
  }
  return smallest;
}

/** Read off the ends where all values are of one sign; else by `search`. */
function smallestOf(means: Float64Array, search: () => number): number {
  const first = means[0] ?? 0;
  const last = means.at(-1) ?? 0;
  return first > 0 ? first : last < 0 ? -last : search();
}
