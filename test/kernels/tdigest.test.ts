// The merging t-digest: exact while small, exact ends, monotone, deterministic, mergeable (reliability G12), and the rows
// about digests of bad-inputs.jsonl (N015a, N015b, N017).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMPRESSION } from "../../src/kernels/centroids.ts";
import { digestBytes } from "../../src/kernels/digest-bytes.ts";
import { percentilesOf } from "../../src/kernels/quantile.ts";
import { condenseSegment, TDigest } from "../../src/kernels/tdigest.ts";
import { expectArray } from "../support/expect-array.ts";
import { runs } from "../support/runs.ts";

function digestOf(values: Iterable<number>): TDigest {
  const digest = new TDigest();
  for (const value of values) digest.add(value);
  return digest;
}

const number = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 1, max: 2, noNaN: true }),
);
const PERCENTILES = [0, 1, 25, 50, 90, 95, 99, 99.9, 100];

/** Few numbers, or many by repeating few with small changes, so that lists of thousands are cheap to draw. */
const numbers = fc
  .tuple(fc.array(number, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 400 }))
  .map(([list, times]) => {
    return Float64Array.from({ length: list.length * times }, (_, i) => {
      const value = list[i % list.length] ?? 0;
      return i % 3 === 0 ? value : value * (1 - i / 1e6) + 0;
    });
  });

function expectInvariants(digest: TDigest, values: Float64Array): void {
  const sorted = Float64Array.from(values, (value) => value + 0).sort();
  expect(digest.count).toBe(values.length);
  expect([digest.percentile(0), digest.percentile(100)]).toEqual([sorted[0], sorted.at(-1)]);
  const { means, weights } = digest.centroids();
  expect(means.length).toBeLessThanOrEqual(COMPRESSION);
  expect(weights?.reduce((sum, weight) => sum + Math.abs(weight), 0) ?? means.length).toBe(values.length);
  let before = Number.NEGATIVE_INFINITY;
  let falls = 0;
  for (let i = 0; i <= 1_000; i += 1) {
    const value = digest.percentile(i / 10);
    falls += value >= before ? 0 : 1;
    before = value;
  }
  expect(falls).toBe(0);
}

describe("t-digest", () => {
  test("is bit-equal to exact percentiles up to the compression, and skips NaN", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: COMPRESSION }), (values) => {
        const digest = digestOf([Number.NaN, ...values, Number.NaN]);
        const exact = percentilesOf(
          Float64Array.from(values, (value) => value + 0),
          { start: 0, end: values.length },
          PERCENTILES,
        );
        expect(PERCENTILES.map((p) => digest.percentile(p))).toEqual([...exact]);
        expect(digest.count).toBe(values.length);
      }),
      { numRuns: runs(100) },
    );
  });

  test("keeps its invariants, whatever is added and however", () => {
    fc.assert(
      fc.property(numbers, fc.nat(100), (values, cut) => {
        const streamed = digestOf(values);
        expectInvariants(streamed, values);
        const [left, right] = [new TDigest(), new TDigest()];
        const middle = Math.floor((values.length * cut) / 100);
        left.addSegment(
          condenseSegment(
            values.map((value) => value + 0),
            0,
            middle,
          ),
        );
        right.addSegment(
          condenseSegment(
            values.map((value) => value + 0),
            middle,
            values.length,
          ),
        );
        left.merge(right);
        expectInvariants(left, values);
      }),
      { numRuns: runs(30) },
    );
  });

  test("reading it changes nothing in it, and its bytes are those of its values in order", () => {
    fc.assert(
      fc.property(numbers, numbers, (first, second) => {
        const watched = digestOf(first);
        watched.percentile(50);
        digestBytes(watched);
        watched.addAll(second, 0, second.length);
        expectArray(digestBytes(watched), digestBytes(digestOf([...first, ...second])));
      }),
      { numRuns: runs(15) },
    );
  });

  test("means lie between the values that they stand for, beyond the range of their sums too", () => {
    const large = Float64Array.from({ length: 20_000 }, (_, i) => 1.7e308 - i * 1e300);
    const digest = new TDigest();
    digest.addSegment(condenseSegment(large.slice(), 0, large.length));
    expectInvariants(digest, large);
    const both = Float64Array.from({ length: 9_000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (1.7e308 - i * 1e300));
    const wide = new TDigest();
    wide.addSegment(condenseSegment(both.slice(), 0, both.length));
    expectInvariants(wide, both);
  });

  test("infinite values stay at the ends", () => {
    const values = Float64Array.from({ length: 20_000 }, (_, i) =>
      i < 5_000 ? Number.NEGATIVE_INFINITY : i < 10_000 ? Number.POSITIVE_INFINITY : i,
    );
    const digest = new TDigest();
    digest.addSegment(condenseSegment(values.slice(), 0, values.length));
    expect([10, 50, 90].map((p) => digest.percentile(p))).toEqual([
      Number.NEGATIVE_INFINITY,
      expect.closeTo(15_000, -3),
      Number.POSITIVE_INFINITY,
    ]);
  });

  test("most values equal", () => {
    const values = Float64Array.from({ length: 50_000 }, (_, i) => (i % 10 === 0 ? i % 97 : 3.1));
    const digest = new TDigest();
    digest.addSegment(condenseSegment(values, 0, values.length));
    expect([0, 50, 80, 100].map((p) => digest.percentile(p))).toEqual([0, 3.1, 3.1, 96]);
  });

  test("knows when magnitudes are too far apart", () => {
    expect(digestOf([0, 0, 1, 1e12]).isWide).toBe(false);
    expect(digestOf([0, 1, -1.1e12]).isWide).toBe(true);
    expect(digestOf([0]).isWide).toBe(false);
    const values = Float64Array.from({ length: 20_000 }, (_, i) => (i === 7 ? 1e-9 : i));
    const digest = new TDigest();
    digest.addSegment(condenseSegment(values, 0, values.length));
    expect(digest.isWide).toBe(true);
  });
});

describe("bad-input rows", () => {
  test("N015a: the one value 5 is every percentile", () => {
    const digest = digestOf([5]);
    for (let p = 0; p <= 100; p += 1) expect(digest.percentile(p)).toBe(5);
  });

  test("N015b: no values give no percentile, and merging with an empty digest changes no byte", () => {
    const empty = new TDigest();
    empty.merge(new TDigest());
    expect(empty.count).toBe(0);
    for (let p = 0; p <= 100; p += 1) expect(empty.percentile(p)).toBeNaN();
    expect(digestBytes(empty)).toEqual(digestBytes(new TDigest()));
    for (const size of [1, 3, 5_000]) {
      const filled = digestOf(Float64Array.from({ length: size }, (_, i) => i / 7));
      const bytes = digestBytes(filled);
      filled.merge(new TDigest());
      expectArray(digestBytes(filled), bytes);
      const into = new TDigest();
      into.merge(filled);
      expectArray(digestBytes(into), bytes);
    }
  });

  test("N017: what is no number is refused, and not counted", () => {
    const digest = new TDigest();
    const past: unknown = ["12", "3"];
    expect(() => digest.add(past as number)).toThrow(expect.objectContaining({ code: "E_INTERNAL" }));
    expect(digest.count).toBe(0);
  });
});
