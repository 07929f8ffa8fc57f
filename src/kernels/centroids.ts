// Centroids of a t-digest: sorted lists of them, merged, and joined as far as the scale function allows.
// Called by condense.ts and tdigest.ts. What must stay true: means ascend and lie between the values they stand for; the
// first and the last centroid are exact, so that both ends are; at most COMPRESSION are left.
// T. Dunning, O. Ertl, "Computing Extremely Accurate Quantiles Using t-Digests", 2019, arXiv 1902.04023: merging variant
// (2.2) and scale function k1 (2.4), k(q) = delta / 2 pi * asin(2 q - 1): a centroid spans at most one unit of k.
// Beyond the paper: centroids of equal values are known as such (exact), join without limit and are kept apart from others
// while there is room, and so are centroids on the two sides of a wide gap. Rounded measurements, ties, and parts whose
// values have holes keep their rank error so (bench `digest`).

import { invariant } from "../base/assert.ts";

/** Most centroids of a digest: the delta of the paper. */
export const COMPRESSION = 500;

/** Neighbours that could not be joined span more than a unit of k, of which there are delta / 2; two more stand at the ends. */
const DELTA = COMPRESSION - 2;
/** How many times as thin as the denser of its two sides a gap must be filled to keep them apart ... */
const THIN = 8;
/** ... where a side is so many centroids, or so large a share of the list. */
const SIDE = 8;
const SIDE_SHARE = 1 / 128;
/** What is left before a gap joins the centroid before it, up to this share of the span: few values alone among many would
 * stand at ranks that are not theirs. */
const REST = 1 / 8;
/** Quantiles nearer to 0 or 1 are what people ask for, and get more centroids. */
const TAIL = 0.012;
/**
 * What a centroid may span, in units of k, and the lightest group of equal values that is kept apart from others, in those
 * spans. Tried in this order, until no more than COMPRESSION are left; the last always fits.
 */
const ATTEMPTS: readonly Attempt[] = [
  { span: stepOf(0.7), tail: stepOf(0.35), apart: 1 / 8 },
  { span: stepOf(0.7), tail: stepOf(0.35), apart: 1 / 2 },
  { span: stepOf(0.85), tail: stepOf(0.5), apart: 1 / 4 },
  { span: stepOf(0.85), tail: stepOf(0.85), apart: 1 },
  { span: stepOf(1), tail: stepOf(1), apart: 4 },
  { span: stepOf(1), tail: stepOf(1), apart: Number.POSITIVE_INFINITY },
];

/**
 * A sorted list of centroids. `means` ascending; `weights`: values behind each, whole; below 0: as many values, at least
 * two, all equal to the mean. Absent: one each.
 */
export interface Centroids {
  readonly means: Float64Array;
  readonly weights: Float64Array | undefined;
}

/** No centroid. */
export const NO_CENTROIDS: Centroids = { means: new Float64Array(0), weights: undefined };

/** The quantile `units` of k above another; `units` in (0, 1]. */
export interface Step {
  readonly sine: number;
  readonly cosine: number;
}

/** A step of so many units of k. */
export function stepOf(units: number): Step {
  const angle = (2 * Math.PI * units) / DELTA;
  return { sine: Math.sin(angle), cosine: Math.cos(angle) };
}

/**
 * The quantile one step above `quantile`. By the addition theorem, as sin(2 pi k / delta) = 2 q - 1: a square root in place
 * of asin and sin.
 */
export function nextQuantile(quantile: number, { sine, cosine }: Step): number {
  const at = 2 * quantile - 1;
  if (at >= cosine) return 1;
  return 0.5 + 0.5 * (at * cosine + 2 * Math.sqrt(quantile * (1 - quantile)) * sine);
}

/** Two sorted lists as one; equal means of `left` first. */
function mergeTwo(left: Centroids, right: Centroids): Centroids {
  if (left.means.length === 0) return right;
  if (right.means.length === 0) return left;
  const total = left.means.length + right.means.length;
  const means = new Float64Array(total);
  const isWeighted = left.weights !== undefined || right.weights !== undefined;
  const weights = isWeighted ? new Float64Array(total) : undefined;
  for (let at = 0, i = 0, j = 0; at < total; at += 1) {
    const isLeft = j === right.means.length || (i < left.means.length && left.means[i]! <= right.means[j]!);
    means[at] = isLeft ? left.means[i]! : right.means[j]!;
    if (weights !== undefined) weights[at] = isLeft ? weightAt(left, i) : weightAt(right, j);
    if (isLeft) i += 1;
    else j += 1;
  }
  return { means, weights };
}

/** Sorted lists as one: neighbours in pairs, then pairs of pairs. Equal means in the order of their lists. */
export function mergeAll(lists: readonly Centroids[]): Centroids {
  let left = lists;
  while (left.length > 1) {
    left = Array.from({ length: Math.ceil(left.length / 2) }, (_, i) =>
      mergeTwo(left[2 * i] ?? NO_CENTROIDS, left[2 * i + 1] ?? NO_CENTROIDS),
    );
  }
  return left[0] ?? NO_CENTROIDS;
}

function weightAt({ weights }: Centroids, at: number): number {
  return weights === undefined ? 1 : weights[at]!;
}

/** Joins neighbours, from the left, as far as the scale function allows. `count`: values behind all of them. */
export function compress(list: Centroids, count: number): Centroids {
  // Up to here, and while all are exact, there is nothing to gain. Single values among centroids are joined to them.
  if (list.means.length <= COMPRESSION && !(list.weights?.some((weight) => weight > 1) ?? false)) return list;
  const equals = joinEqual(list);
  if (equals.means.length <= COMPRESSION && equals.weights.every(isExact)) {
    return { means: equals.means.slice(), weights: equals.weights.slice() };
  }
  const thin = thinGaps(equals);
  for (const attempt of ATTEMPTS) {
    const found = joinNear({ ...equals, thin }, count, attempt);
    if (found !== undefined) return found;
  }
  invariant(false, "without cuts there is room");
}

/** Equal values become one exact centroid, whatever its weight. */
function joinEqual({ means, weights }: Centroids): Weighted {
  if (weights === undefined && areDistinct(means)) return { means, weights: onesOf(means.length) };
  const out = scratchOf(means.length);
  let size = 0;
  for (let i = 0; i < means.length; i += 1) {
    const mean = means[i]!;
    const weight = weights === undefined ? 1 : weights[i]!;
    if (size > 0 && weight <= 1 && out.means[size - 1] === mean && out.weights[size - 1]! <= 1) {
      out.weights[size - 1] = -(Math.abs(out.weights[size - 1]!) + Math.abs(weight));
    } else {
      out.means[size] = mean;
      out.weights[size] = weight;
      size += 1;
    }
  }
  return { means: out.means.subarray(0, size), weights: out.weights.subarray(0, size) };
}

let scratch: Weighted = { means: new Float64Array(0), weights: new Float64Array(0) };

/** Room for the list that one call works on; nothing of it is given away. */
function scratchOf(count: number): Weighted {
  if (scratch.means.length < count) {
    scratch = { means: new Float64Array(2 * count), weights: new Float64Array(2 * count) };
  }
  return scratch;
}

function areDistinct(means: Float64Array): boolean {
  for (let i = 1; i < means.length; i += 1) if (means[i - 1]! === means[i]!) return false;
  return true;
}

let ones = new Float64Array(0);

/** `count` weights of 1; not to be written. */
function onesOf(count: number): Float64Array {
  if (ones.length < count) ones = new Float64Array(count).fill(1);
  return ones.subarray(0, count);
}

function isExact(weight: number): boolean {
  return weight <= 1;
}

interface Attempt {
  readonly span: Step;
  /** The same within TAIL of either end. */
  readonly tail: Step;
  readonly apart: number;
}

interface Weighted {
  readonly means: Float64Array;
  readonly weights: Float64Array;
}

/** Undefined when more than COMPRESSION are left. */
function joinNear(
  { means, weights, thin }: Weighted & { readonly thin: Uint8Array },
  count: number,
  { span, tail, apart }: Attempt,
): Centroids | undefined {
  const out = { means: new Float64Array(COMPRESSION), weights: new Float64Array(COMPRESSION) };
  const last = means.length - 1;
  const isCut = apart < Number.POSITIVE_INFINITY;
  let size = 0;
  let before = 0;
  for (let i = 0; i <= last; ) {
    const quantile = before / count;
    const step = quantile < TAIL || quantile > 1 - TAIL ? tail : span;
    const most = nextQuantile(quantile, step) * count - before;
    const heavy = isCut ? Math.max(2, apart * most) : apart;
    const from = means[i]!;
    let weight = Math.abs(weights[i]!);
    let above = 0;
    let next = i + 1;
    const isAlone = i === 0 || i === last || -weights[i]! >= heavy;
    const isFoldable = size > 0 && out.weights[size - 1]! > 1;
    let isRest = false;
    while (!isAlone && next < last && weight + Math.abs(weights[next]!) <= most) {
      if (isCut && -weights[next]! >= heavy) break;
      if (isCut && thin[next] === 1) {
        const isLight = weight <= REST * most;
        isRest = isLight && isFoldable && thin[i] === 0;
        // A few values between two gaps are no side of either.
        if (!isLight || thin[i] === 0) break;
      }
      const more = Math.abs(weights[next]!);
      weight += more;
      above += more * (means[next]! - from);
      next += 1;
    }
    let mean = from + above / weight;
    if (!Number.isFinite(mean)) mean = meanOf({ means, weights }, i, next);
    if (isRest) {
      const whole = out.weights[size - 1]! + weight;
      out.means[size - 1] = Math.min(towards(out.means[size - 1]!, mean, weight / whole), means[next - 1]!);
      out.weights[size - 1] = whole;
    } else {
      if (size === COMPRESSION) return undefined;
      out.means[size] = Math.min(mean, means[next - 1]!);
      out.weights[size] = next === i + 1 ? weights[i]! : weight;
      size += 1;
    }
    before += weight;
    i = next;
  }
  return { means: out.means.slice(0, size), weights: out.weights.slice(0, size) };
}

/** The mean of centroids [first, end), step by step: for sums that overflow. */
function meanOf({ means, weights }: Weighted, first: number, end: number): number {
  let mean = means[first]!;
  let weight = Math.abs(weights[first]!);
  for (let i = first + 1; i < end; i += 1) {
    const more = Math.abs(weights[i]!);
    weight += more;
    mean = towards(mean, means[i]!, more / weight);
  }
  return mean;
}

/** 1 before each centroid that a gap precedes which is far thinner filled than the denser side of it; one more entry. */
function thinGaps({ means, weights }: Weighted): Uint8Array {
  const size = means.length;
  const thin = new Uint8Array(size + 1);
  const reach = Math.max(SIDE, Math.floor(size * SIDE_SHARE));
  if (weights.buffer === ones.buffer) {
    const factor = (reach + 1) / (2 * THIN);
    for (let next = reach + 1; next + reach < size; next += 1) {
      const wanted = (means[next]! - means[next - 1]!) * factor;
      const isThin =
        wanted > means[next - 1]! - means[next - 1 - reach]! || wanted > means[next + reach]! - means[next]!;
      thin[next] = isThin ? 1 : 0;
    }
    return thin;
  }
  let left = 0;
  let right = 0;
  for (let i = 0; i <= reach; i += 1) {
    left += Math.abs(weights[i]!);
    right += Math.abs(weights[i + reach + 1]!);
  }
  for (let next = reach + 1; next + reach < size; next += 1) {
    if (next > reach + 1) {
      const passed = Math.abs(weights[next - 1]!);
      left += passed - Math.abs(weights[next - 2 - reach]!);
      right += Math.abs(weights[next + reach]!) - passed;
    }
    const gap = means[next]! - means[next - 1]!;
    const leftExtent = means[next - 1]! - means[next - 1 - reach]!;
    const rightExtent = means[next + reach]! - means[next]!;
    // Most gaps fail already when the weights next to them, and the mean ones of the sides, stand for the heaviest.
    const adjacent = Math.abs(weights[next]!) + Math.abs(weights[next - 1]!);
    const least = THIN * Math.max(adjacent, (2 * Math.max(left, right)) / (reach + 1));
    if (gap * left * 2 <= least * leftExtent && gap * right * 2 <= least * rightExtent) continue;
    // A heavy centroid stands for values on both sides of its mean, among the light ones there.
    const mass = 2 * THIN * heaviest(weights, next - 1 - reach, next + reach);
    if (gap * left * 2 > mass * leftExtent || gap * right * 2 > mass * rightExtent) thin[next] = 1;
  }
  return thin;
}

/** Largest weight of `weights[first, last]`. */
function heaviest(weights: Float64Array, first: number, last: number): number {
  let most = 0;
  for (let i = first; i <= last; i += 1) most = Math.max(most, Math.abs(weights[i]!));
  return most;
}

/** The point `share` of the way from `low` to `high`; never NaN, and finite where the difference overflows. */
export function towards(low: number, high: number, share: number): number {
  if (low === high || share <= 0) return low;
  const difference = high - low;
  if (Number.isFinite(difference)) return low + share * difference;
  if (low === Number.NEGATIVE_INFINITY) return share >= 1 ? high : low;
  if (high === Number.POSITIVE_INFINITY) return high;
  return low * (1 - share) + high * share;
}
