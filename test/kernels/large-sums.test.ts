// Sums and averages near the largest double: exact where the result fits, infinite where it does not.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { growSums, sumByGroup, sumValue } from "../../src/kernels/accumulate.ts";
import { LargeSums } from "../../src/kernels/large-sums.ts";
import { runs } from "../support/runs.ts";

/** Sums of group 0 over blocks, plain and scaled, as exec/measures runs them. */
function run(blocks: readonly (readonly number[])[]): {
  readonly plain: number;
  readonly large: (divisor: number) => number;
} {
  const sums = growSums(1);
  const large = new LargeSums();
  const counts = new Float64Array(1);
  blocks.forEach((block, at) => {
    const values = Float64Array.from(block);
    const grouped = { ids: undefined, rows: { positions: undefined, count: values.length } };
    large.add(values, grouped, { plain: sums, part: at });
    sumByGroup(values, grouped, { sums, counts, part: at });
  });
  return { plain: sumValue(sums, 0), large: (divisor) => large.quotient(0, divisor) };
}

describe("large sums", () => {
  it("averages numbers whose sum passes the largest double", () => {
    const { plain, large } = run([[1.7e308, 1.7e308, 1.7e308]]);
    expect(plain).toBe(Number.POSITIVE_INFINITY);
    expect(large(3)).toBe(1.7e308);
  });

  it("takes over what earlier blocks added", () => {
    const { large } = run([[1e300, 2e300], [1.7e308], [1.7e308, Number.NaN], [-1.7e308, -1.7e308]]);
    expect(large(1)).toBe(3e300);
  });

  it("keeps a sum that comes back into range", () => {
    expect(run([[1.7e308, 1.7e308, -1.7e308]]).large(1)).toBe(1.7e308);
  });

  it("gives a number back that is added up many times and divided by as many", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e307, max: Number.MAX_VALUE, noNaN: true }),
        fc.integer({ min: 20, max: 300 }),
        (value, times) => {
          const sign = times % 2 === 0 ? 1 : -1;
          const { large } = run([new Array<number>(times).fill(sign * value)]);
          expect(large(times)).toBe(sign * value);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it("stays infinite where the sum itself is out of range, and below on the other side", () => {
    expect(run([[1.7e308, 1.7e308]]).large(1)).toBe(Number.POSITIVE_INFINITY);
    expect(run([[-1.7e308, -1.7e308]]).large(1)).toBe(Number.NEGATIVE_INFINITY);
  });
});
