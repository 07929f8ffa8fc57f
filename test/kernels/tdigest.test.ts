// The merging t-digest: exact while small, exact ends, monotone, within the documented rank error (reliability G11, G12).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMPRESSION, digestByGroup, TDigest } from "../../src/kernels/tdigest.ts";
import { percentileOracle } from "../oracle/plan-oracle.ts";
import { runs } from "../support/runs.ts";

function digestOf(values: Iterable<number>): TDigest {
  const digest = new TDigest();
  for (const value of values) digest.add(value);
  return digest;
}

const PERCENTILES = [0, 1, 25, 50, 90, 95, 99, 99.9, 100];

describe("t-digest", () => {
  test("is exact up to the compression, and skips NaN", () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -1e9, max: 1e9, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: COMPRESSION }), (values) => {
        const digest = digestOf([Number.NaN, ...values]);
        for (const p of PERCENTILES) expect(digest.percentile(p)).toBeCloseTo(percentileOracle(values, p), 6);
        expect(digest.count).toBe(values.length);
      }),
      { numRuns: runs(100) },
    );
    expect(new TDigest().percentile(50)).toBeNaN();
  });

  test.each<[string, (i: number, n: number) => number]>([
    ["ascending", (i) => i],
    ["descending", (i, n) => n - i],
    ["zig-zag", (i, n) => (i % 2 === 0 ? i : n - i)],
    ["scattered", (i, n) => (i * 7_919) % n],
    ["long tail", (i, n) => 1 / (1 - ((i * 7_919) % n) / n)],
  ])("rank error of %s values", (_, shape) => {
    const n = 100_003;
    const values = Float64Array.from({ length: n }, (__, i) => shape(i, n));
    const digest = digestOf(values);
    const sorted = values.slice().sort();
    const bounds: readonly [number, number][] = [
      [50, 3e-3],
      [90, 5e-4],
      [95, 3e-4],
      [99, 1e-4],
    ];
    for (const [p, bound] of bounds) {
      const found = digest.percentile(p);
      let below = 0;
      while (below < n && (sorted[below] ?? 0) < found) below += 1;
      let atMost = below;
      while (atMost < n && (sorted[atMost] ?? 0) <= found) atMost += 1;
      const rank = (p / 100) * (n - 1);
      const error = Math.max(0, below - rank, rank - atMost) / n;
      const exact = percentileOracle([...values], p);
      const close = Math.abs(found - exact) <= 1e-9 * Math.abs(exact);
      expect(error <= bound || close, `P${p}: rank error ${error}`).toBe(true);
    }
    expect(digest.percentile(0)).toBe(sorted[0]);
    expect(digest.percentile(100)).toBe(sorted[n - 1]);
    expect(digest.centroids).toBeLessThanOrEqual(COMPRESSION);
    let before = Number.NEGATIVE_INFINITY;
    for (let i = 0; i <= 1_000; i += 1) {
      const value = digest.percentile(i / 10);
      expect(value).toBeGreaterThanOrEqual(before);
      before = value;
    }
    expect(digestOf(values).percentile(95)).toBe(digest.percentile(95));
  });

  test("most values equal", () => {
    const digest = digestOf(Float64Array.from({ length: 50_000 }, (_, i) => (i % 10 === 0 ? i % 97 : 3)));
    expect([digest.percentile(0), digest.percentile(50), digest.percentile(80), digest.percentile(100)]).toEqual([
      0, 3, 3, 96,
    ]);
  });

  test("one digest a group", () => {
    const chunk = { values: Float64Array.of(1, 10, Number.NaN, 3, 30), ids: Uint32Array.of(0, 1, 1, 0, 1) };
    const digests = digestByGroup([chunk], Float64Array.of(2, 2));
    expect(digests.map((digest) => digest.percentile(50))).toEqual([2, 20]);
  });
});
