// Row N003b of the bad-input cases: a million costs give the same sum in any order, to the last digit but one.
// Costs of any sign with condition numbers (sum of magnitudes over magnitude of the sum) up to the row's 1e15; four
// orders by default, the row's twenty in `npm run verify`. The exact sum is taken in whole numbers.

import { describe, expect, it } from "vitest";
import { growSums, sumByGroup, sumValue } from "../../src/kernels/accumulate.ts";
import { Random } from "../../src/synth/random.ts";
import { exactSum } from "../oracle/plan-oracle.ts";
import { runs, SEED } from "../support/runs.ts";

const COSTS = 1_000_000;
const BLOCK = 65_536;
const ORDERS = runs(1) === 1 ? 4 : 20;

/** The sum as a query takes it: block by block. */
function sumOf(values: Float64Array): number {
  const sums = growSums(1);
  const counts = new Float64Array(1);
  for (let start = 0, block = 0; start < values.length; start += BLOCK, block += 1) {
    const part = values.subarray(start, start + BLOCK);
    const rows = { positions: undefined, count: part.length };
    sumByGroup(part, { ids: undefined, rows }, { sums, counts, part: block });
  }
  return sumValue(sums, 0);
}

/** Costs from a millionth of a dollar to a hundred; with `condition`, pairs that nearly cancel. */
function costs(random: Random, condition: number): Float64Array {
  const values = Float64Array.from({ length: COSTS }, () => random.logUniform(1e-6, 100));
  if (condition === 1) return values;
  for (let i = 1; i < COSTS; i += 2) values[i] = -values[i - 1]! * (1 - (2 * random.unit()) / condition);
  return values;
}

function shuffle(values: Float64Array, random: Random): void {
  for (let i = values.length - 1; i > 0; i -= 1) {
    const other = random.below(i + 1);
    const held = values[i]!;
    values[i] = values[other]!;
    values[other] = held;
  }
}

/** The distance between neighbouring doubles at `value`. */
function ulpAt(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(value))) - 52);
}

describe(`sums of a million costs in ${ORDERS} random orders (seed ${SEED})`, () => {
  it.each(runs(1) === 1 ? [1, 5e13] : [1, 1e6, 5e13])("N003b: condition number about %d", (condition) => {
    const random = new Random(SEED, condition);
    const values = costs(random, condition);
    const exact = exactSum(Array.from(values));
    const magnitude = exactSum(Array.from(values, Math.abs));
    expect(magnitude / Math.abs(exact)).toBeLessThan(1e15);
    const found: number[] = [];
    for (let order = 0; order < ORDERS; order += 1) {
      shuffle(values, random);
      found.push(sumOf(values));
    }
    const most = Math.max(...found);
    const least = Math.min(...found);
    expect((most - least) / ulpAt(exact)).toBeLessThanOrEqual(1);
    expect(Math.max(most - exact, exact - least) / ulpAt(exact)).toBeLessThanOrEqual(1);
  });
});
