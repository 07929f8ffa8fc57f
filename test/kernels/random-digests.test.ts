// The invariants of digests (reliability G12) on many random ones: 100,000 of them under TRACEMILL_RUNS=20.
// What is drawn: numbers of several kinds, how many, how they come into the digest, and in how many parts.

import { expect, test } from "vitest";
import { RANK_BOUNDS, rankError } from "../../bench/digest-families.ts";
import { COMPRESSION } from "../../src/kernels/centroids.ts";
import { digestBytes, digestOfBytes } from "../../src/kernels/digest-bytes.ts";
import { percentilesOf } from "../../src/kernels/quantile.ts";
import { condenseSegment, TDigest } from "../../src/kernels/tdigest.ts";
import { Random } from "../../src/synth/random.ts";
import { runs, SEED } from "../support/runs.ts";
import { same } from "../support/same.ts";

const POINTS = 1_000;
const EXACT = [0, 12.5, 50, 99, 99.99, 100];

/** Kinds of numbers; the first two are smooth. */
const KINDS: readonly ((random: Random) => number)[] = [
  (random) => random.unit(),
  (random) => Math.exp(2 * random.normal()),
  (random) => random.between(-5, 5),
  (random) => (random.unit() < 0.9 ? 3.1 : random.normal()),
  (random) => random.normal() * 10 ** random.between(-300, 300),
  (random) => [0, -0, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, 1][random.below(6)] ?? 0,
  (random) => [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 2][random.below(4)] ?? 0,
];

function sizeOf(random: Random): number {
  const kind = random.unit();
  return kind < 0.75 ? random.below(30) : kind < 0.97 ? random.below(700) : random.below(9_000);
}

/** Digests of stretches of the values, each made in one of the ways in which digests are. */
function partsOf(values: Float64Array, random: Random): readonly TDigest[] {
  const parts: TDigest[] = [];
  for (let start = 0; start < values.length || parts.length === 0; ) {
    const end = Math.min(values.length, start + 1 + random.below(values.length + 1));
    const part = new TDigest();
    const way = random.below(3);
    if (way === 0) for (let i = start; i < end; i += 1) part.add(values[i] ?? Number.NaN);
    else if (way === 1) part.addAll(values, start, end);
    else part.addSegment(condenseSegment(Float64Array.from(values.subarray(start, end), plusZero), 0, end - start));
    parts.push(part);
    start = end;
  }
  return parts;
}

function plusZero(value: number): number {
  return value + 0;
}

function merged(parts: readonly TDigest[]): TDigest {
  const whole = new TDigest();
  for (const part of parts) whole.merge(part);
  return whole;
}

/** What is wrong with a digest of those values; undefined when nothing is. */
function faultOf(digest: TDigest, sorted: Float64Array): string | undefined {
  const { means } = digest.centroids();
  if (digest.count !== sorted.length) return `count ${digest.count}`;
  if (means.length > COMPRESSION) return `${means.length} centroids`;
  if (means.some(Number.isNaN)) return "NaN";
  const ends = [digest.percentile(0), digest.percentile(100), digest.min, digest.max];
  const [first = Number.NaN, last = Number.NaN] = [sorted[0], sorted.at(-1)];
  if (![first, last, first, last].every((end, at) => Object.is(end, ends[at]))) return `ends ${ends}`;
  if (sorted.length === 0) return undefined;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i <= POINTS; i += 1) {
    const value = digest.percentile((100 * i) / POINTS);
    if (!(value >= before)) return `${value} after ${before}`;
    before = value;
  }
  // Between infinite values exact percentiles are NaN or infinite; a digest stays at the value below.
  if (sorted.length > COMPRESSION || !Number.isFinite(first) || !Number.isFinite(last)) return undefined;
  const exact = percentilesOf(sorted.slice(), { start: 0, end: sorted.length }, EXACT);
  const wrong = EXACT.filter((percentile, at) => !Object.is(digest.percentile(percentile), exact[at]));
  return wrong.length === 0 ? undefined : `P${wrong} of ${sorted.length} values`;
}

/**
 * Ranks by which the numbers of one centroid may be spread unevenly: half of what it holds (by the k1 scale, a step of pi over the
 * compression), or a few. Nothing beside the bounds of the many numbers that they are promised for.
 */
function unevenRanks(percentile: number, count: number): number {
  const quantile = percentile / 100;
  const held = (count * Math.PI * Math.sqrt(quantile * (1 - quantile))) / COMPRESSION;
  return Math.max(4, held / 2);
}

/** The percentiles whose ranks are past their bounds. */
function pastBounds(digest: TDigest, sorted: Float64Array): readonly number[] {
  const isPast = ([percentile, bound]: (typeof RANK_BOUNDS)[number]): boolean =>
    rankError(sorted, percentile, digest.percentile(percentile)) >
    bound + unevenRanks(percentile, sorted.length) / sorted.length;
  return RANK_BOUNDS.filter(isPast).map(([percentile]) => percentile);
}

test("random digests keep their promises", { timeout: 3_600_000 }, () => {
  const random = new Random(SEED);
  for (let run = 0; run < runs(2_500, 5_000); run += 1) {
    random.reseed(SEED, 1, run);
    const kind = random.below(KINDS.length);
    const draw = KINDS[kind] ?? (() => 0);
    const values = Float64Array.from({ length: sizeOf(random) }, () => draw(random));
    const sorted = Float64Array.from(values, plusZero).sort();
    const parts = partsOf(values, random);
    const [there, back] = [merged(parts), merged(parts.slice().reverse())];
    const where = `TRACEMILL_SEED=${SEED}, digest ${run}`;
    same(faultOf(there, sorted), undefined, where);
    same(faultOf(back, sorted), undefined, where);
    const bytes = digestBytes(there);
    if (Buffer.compare(digestBytes(digestOfBytes(bytes)), bytes) !== 0) expect.fail(`${where}: other bytes`);
    there.add(Number.NaN);
    there.merge(new TDigest());
    if (Buffer.compare(digestBytes(there), bytes) !== 0) expect.fail(`${where}: changed by nothing`);
    if (kind < 2 && sorted.length > COMPRESSION) {
      expect([pastBounds(there, sorted), pastBounds(back, sorted)], where).toEqual([[], []]);
    }
  }
});
