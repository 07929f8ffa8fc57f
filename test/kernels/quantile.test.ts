// Exact percentiles are bit-equal to sorting and reading (reliability G8), and selection is not quadratic on bad input.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collectChunk, gatherByGroup, percentilesByGroup, percentilesOf } from "../../src/kernels/quantile.ts";
import { percentileOracle } from "../oracle/plan-oracle.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

const finite = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 5e-324, 1e308, -1e-300) },
  { weight: 2, arbitrary: fc.double({ min: -1e300, max: 1e300, noNaN: true }) },
);
const percentile = fc.oneof(
  fc.constantFrom(0, 1, 25, 50, 90, 95, 99, 99.9, 100),
  fc.double({ min: 0, max: 100, noNaN: true }),
);

function check(values: readonly number[], percentiles: readonly number[]): void {
  const found = percentilesOf(
    Float64Array.from(values, (value) => value + 0),
    { start: 0, end: values.length },
    percentiles,
  );
  percentiles.forEach((p, i) => {
    const wanted = values.length === 0 ? Number.NaN : percentileOracle(values, p);
    same(found[i], wanted, `P${p} of ${values.length}: ${found[i]} is not ${wanted}`);
  });
}

describe("percentilesOf", () => {
  test("none, one and two values", () => {
    check([], [0, 50, 100]);
    check([3], [0, 50, 100]);
    check([2, 1], [0, 10, 50, 99.9, 100]);
    check([-0, 0], [0, 50, 100]);
  });

  test("random values, ties, several percentiles at once", () => {
    fc.assert(fc.property(fc.array(finite, { maxLength: 200 }), fc.array(percentile, { maxLength: 5 }), check), {
      numRuns: runs(3_000),
    });
  });

  test("long inputs, where sampling sets in", () => {
    const lengths = fc.integer({ min: 601, max: 5_000 });
    const shapes = fc.constantFrom<((i: number, n: number) => number)[]>(
      (i) => (i * 7919) % 1_009,
      (i) => i,
      (i, n) => n - i,
      (i) => i % 2,
      () => 5,
      (i, n) => (i < n / 2 ? i : n - i),
      (i) => Math.sin(i) * 1e9,
    );
    fc.assert(
      fc.property(lengths, shapes, fc.array(percentile, { minLength: 1, maxLength: 4 }), (length, shape, percentiles) =>
        check(
          Array.from({ length }, (_, i) => shape(i, length)),
          percentiles,
        ),
      ),
      { numRuns: runs(150) },
    );
  });

  test("stays finite where the difference of neighbours overflows", () => {
    const found = percentilesOf(Float64Array.of(-Number.MAX_VALUE, Number.MAX_VALUE), { start: 0, end: 2 }, [50]);
    expect(found[0]).toBe(0);
  });
});

describe("by group", () => {
  test("several chunks, with and without ids, nulls left out", () => {
    const cell = fc.tuple(fc.oneof(finite, fc.constant(Number.NaN)), fc.nat(4));
    const chunks = fc.array(fc.array(cell, { maxLength: 30 }), { maxLength: 4 });
    fc.assert(
      fc.property(chunks, fc.array(percentile, { minLength: 1, maxLength: 3 }), (list, percentiles) => {
        const counts = new Float64Array(5);
        const members: number[][] = Array.from(counts, () => []);
        for (const [value, group] of list.flat()) {
          if (Number.isNaN(value)) continue;
          counts[group] = (counts[group] ?? 0) + 1;
          members[group]?.push(value);
        }
        const collected = list.map((cells) => {
          const values = Float64Array.from(cells, ([value]) => value);
          const ids = Uint32Array.from(cells, ([, group]) => group);
          const rows = { positions: Uint32Array.from(cells, (_, i) => i), count: cells.length };
          return collectChunk(values, { ids, rows, stable: false });
        });
        const found = percentilesByGroup(gatherByGroup(collected, counts), percentiles);
        members.forEach((values, group) => {
          percentiles.forEach((p, i) => {
            same(found[i]?.[group], values.length === 0 ? Number.NaN : percentileOracle(values, p));
          });
        });
      }),
      { numRuns: runs(400) },
    );
  });

  test("a stable chunk is not copied, another is", () => {
    const values = Float64Array.of(1, 2, 3);
    const rows = { positions: undefined, count: 3 };
    expect(collectChunk(values, { ids: undefined, rows, stable: true }).values.buffer).toBe(values.buffer);
    expect(collectChunk(values, { ids: undefined, rows, stable: false }).values.buffer).not.toBe(values.buffer);
  });
});
