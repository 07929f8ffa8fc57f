// Rank error of the t-digest over distributions, orders of arrival and numbers of merged parts (reliability G11).
// `npm run verify` runs the full sizes.

import { TDigest as NpmDigest } from "tdigest";
import { describe, expect, test } from "vitest";
import {
  exactPercentile,
  FAMILIES,
  HARD_FAMILIES,
  ORDERS,
  PERCENTILES,
  RANK_BOUNDS,
  rankError,
  valuesOf,
} from "../../bench/digest-families.ts";
import { COMPRESSION } from "../../src/kernels/centroids.ts";
import { condenseSegment, TDigest } from "../../src/kernels/tdigest.ts";
import { runs } from "../support/runs.ts";

const IS_LONG = runs(1) > 1;
const SIZES = IS_LONG ? [500_000, 5_000_000] : [500_000];
const PARTS = [1, 8, 100];

/** The digest of `parts` digests, each of a stretch of the values, merged in order. */
function mergedDigest(values: Float64Array, parts: number): TDigest {
  const whole = new TDigest();
  const size = Math.ceil(values.length / parts);
  for (let start = 0; start < values.length; start += size) {
    const part = new TDigest();
    part.addSegment(condenseSegment(values, start, Math.min(values.length, start + size)));
    whole.merge(part);
  }
  return whole;
}

/** The digest of values added one by one. */
function streamedDigest(values: Float64Array): TDigest {
  const digest = new TDigest();
  digest.addAll(values, 0, values.length);
  return digest;
}

/** Percentiles past their bounds. */
function failures(digest: TDigest, sorted: Float64Array): string[] {
  return RANK_BOUNDS.flatMap(([percentile, bound]) => {
    const found = digest.percentile(percentile);
    const exact = exactPercentile(sorted, percentile);
    const error = rankError(sorted, percentile, found);
    if (error <= bound || Math.abs(found - exact) <= 1e-9 * Math.abs(exact)) return [];
    return [`P${percentile}: ${found} for ${exact}, rank error ${error}`];
  });
}

describe.each(SIZES)("%i values", (count) => {
  test.each([...FAMILIES.keys()])("%s, in every order and from any number of parts", { timeout: 600_000 }, (name) => {
    const given = valuesOf(FAMILIES.get(name) ?? (() => 0), count);
    const sorted = given.slice().sort();
    [...ORDERS].forEach(([order, arrange], at) => {
      // By default each order is cut in one way, and only the hardest comes value by value.
      for (const parts of IS_LONG ? PARTS : PARTS.slice(at % 3, (at % 3) + 1)) {
        const digest = mergedDigest(arrange(given, sorted), parts);
        expect({ order, parts, wrong: failures(digest, sorted) }).toEqual({ order, parts, wrong: [] });
        expect(digest.centroids().means.length).toBeLessThanOrEqual(COMPRESSION);
        expect([digest.count, digest.min, digest.max]).toEqual([count, sorted[0], sorted[count - 1]]);
      }
      if (!IS_LONG && order !== "zig-zag") return;
      const streamed = streamedDigest(arrange(given, sorted));
      expect({ order, wrong: failures(streamed, sorted) }).toEqual({ order, wrong: [] });
    });
  });
});

test("errs less than npm's tdigest at its default, over all distributions", () => {
  const total = { own: 0, npm: 0 };
  for (const family of FAMILIES.values()) {
    const values = valuesOf(family, 20_000);
    const peer = new NpmDigest();
    for (const value of values) peer.push(value);
    const sorted = values.slice().sort();
    const own = mergedDigest(values, 1);
    for (const percentile of PERCENTILES) {
      total.own += rankError(sorted, percentile, own.percentile(percentile));
      total.npm += rankError(sorted, percentile, peer.percentile(percentile / 100));
    }
  }
  expect(total.own).toBeLessThan(total.npm);
});

test.each([...HARD_FAMILIES])("%s is answered with a warning", (_, family) => {
  const values = valuesOf(family, 30_000);
  const digest = mergedDigest(values.slice(), 8);
  expect(digest.isWide).toBe(true);
  expect(digest.count).toBe(values.length);
  const sorted = values.sort();
  expect([digest.min, digest.max]).toEqual([sorted[0], sorted.at(-1)]);
  for (const percentile of PERCENTILES) expect(Number.isFinite(digest.percentile(percentile))).toBe(true);
});
