// Condensing with and without WebAssembly: the same bytes, whatever the numbers.

import fc from "fast-check";
import { expect, test } from "vitest";
import { FAMILIES, HARD_FAMILIES, valuesOf } from "../../bench/digest-families.ts";
import { COMPRESSION } from "../../src/kernels/centroids.ts";
import { Condenser } from "../../src/kernels/condense.ts";
import { Random } from "../../src/synth/random.ts";
import { runs } from "../support/runs.ts";

/** Numbers that share leading bits to different degrees, of both signs or one, with ties, subnormals and infinities. */
const lists = fc
  .record({
    seed: fc.nat(),
    count: fc.integer({ min: 1, max: 30_000 }),
    center: fc.constantFrom(0, 1, -1, 1e300, -1e-300, 12345.678),
    spread: fc.constantFrom(0, 5e-324, 1e-12, 1, 1e6, 1e308),
    step: fc.constantFrom(0, 1, 0.25),
    edge: fc.constantFrom(undefined, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, Number.MAX_VALUE),
    isLogarithmic: fc.boolean(),
  })
  .map(({ seed, count, center, spread, step, edge, isLogarithmic }) => {
    const random = new Random(seed);
    const hard = [...HARD_FAMILIES.values()][0] ?? (() => 0);
    return Float64Array.from({ length: count }, (_, i) => {
      if (edge !== undefined && i % 97 === 5) return edge;
      const value = isLogarithmic ? hard(random, i / count) : center + spread * random.normal();
      return (step === 0 ? value : Math.round(value / step) * step) + 0;
    });
  });

test("WebAssembly and TypeScript give the same centroids", () => {
  const [fast, plain] = [new Condenser({ withWasm: true }), new Condenser({ withWasm: false })];
  fc.assert(
    fc.property(lists, (values) => {
      const [a, b] = [fast, plain].map((one) => one.condense(values.slice(), 0, values.length));
      expect(a).toEqual(b);
      expect(a?.means.length).toBeLessThanOrEqual(COMPRESSION);
      const sorted = values.slice().sort();
      expect([a?.means[0], a?.means.at(-1)]).toEqual([sorted[0], sorted.at(-1)]);
      const weight = a?.weights?.reduce((sum, one) => sum + Math.abs(one), 0) ?? a?.means.length;
      expect(weight).toBe(values.length);
    }),
    { numRuns: runs(60) },
  );
});

test("what is given away is not written again", () => {
  const condenser = new Condenser({ withWasm: true });
  const twoPoints = Float64Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? 1 : 2));
  const first = condenser.condense(twoPoints.slice(), 0, twoPoints.length);
  expect(first).toEqual({ means: Float64Array.of(1, 2), weights: Float64Array.of(-3_334, -6_666) });
  condenser.condense(
    Float64Array.from({ length: 10_000 }, (_, i) => i),
    0,
    10_000,
  );
  expect(first).toEqual({ means: Float64Array.of(1, 2), weights: Float64Array.of(-3_334, -6_666) });
});

test.each([...FAMILIES])(
  "%s: the least and the greatest number stay exact, however few share their cells",
  (_, family) => {
    for (const count of [2_048, 50_000, 300_000]) {
      const values = valuesOf(family, count);
      const sorted = values.slice().sort();
      const { means } = new Condenser({ withWasm: true }).condense(values, 0, count);
      expect([count, means[0], means.at(-1)]).toEqual([count, sorted[0], sorted.at(-1)]);
    }
  },
);
