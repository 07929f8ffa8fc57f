// The generator against a second implementation of sfc32 in BigInt, and each distribution against its law.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random, weighted, zipf } from "../../src/synth/random.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

const MASK = 0xffffffffn;

/** sfc32 as its author states it, on unsigned 32-bit integers. */
function* referenceSfc32(words: readonly [number, number, number]): Generator<number> {
  let [a, b, c] = words.map((word) => BigInt(word >>> 0)) as [bigint, bigint, bigint];
  let counter = 1n;
  for (;;) {
    const sum = (a + b + counter) & MASK;
    counter = (counter + 1n) & MASK;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & MASK;
    c = ((((c << 21n) | (c >> 11n)) & MASK) + sum) & MASK;
    yield Number(sum);
  }
}

const draw = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

describe("Random", () => {
  test("is sfc32", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.nat(1000), fc.nat(2 ** 31 - 1), (seed, stream, index) => {
        const random = new Random(seed, stream, index);
        const reference = referenceSfc32([seed, Math.imul(stream + 1, 0x9e3779b1), index]);
        for (let round = 0; round < 15; round++) reference.next();
        for (let at = 0; at < 20; at++) same(random.uint32(), reference.next().value);
      }),
      { numRuns: runs(100) },
    );
  });

  test("reseeding starts the stream again, and streams differ", () => {
    const random = new Random(42, 3, 7);
    const first = draw(5, () => random.uint32());
    random.reseed(42, 3, 7);
    expect(draw(5, () => random.uint32())).toEqual(first);
    for (const other of [
      new Random(43, 3, 7),
      new Random(42, 4, 7),
      new Random(42, 3, 8),
      new Random(42 + 2 ** 32, 3, 7),
    ]) {
      expect(draw(5, () => other.uint32())).not.toEqual(first);
    }
  });

  test("unit, below and between stay in range", () => {
    const random = new Random(1);
    for (let at = 0; at < 10_000; at++) {
      const unit = random.unit();
      same(unit >= 0 && unit < 1, true);
      same([0, 1, 2].includes(random.below(3)), true);
      same([5, 6].includes(random.between(5, 6)), true);
    }
  });

  test("laws have their medians and means", () => {
    const random = new Random(2);
    const count = 20_000;
    expect(median(draw(count, () => random.normal()))).toBeCloseTo(0, 1);
    expect(median(draw(count, () => random.logNormal(800, 1))) / 800).toBeCloseTo(1, 1);
    expect(median(draw(count, () => random.logUniform(1, 10_000))) / 100).toBeCloseTo(1, 0);
    const failures = draw(count, () => random.geometric(0.25)).reduce((a, b) => a + b, 0);
    expect(failures / count / 3).toBeCloseTo(1, 1);
    expect(draw(count, () => random.chance(0.3)).filter(Boolean).length / count).toBeCloseTo(0.3, 1);
  });

  test("picks by weight; zipf falls as one over the rank", () => {
    const random = new Random(3);
    const counts = new Map<string, number>();
    const choices = zipf(["a", "b", "c", "d"]);
    for (let at = 0; at < 25_000; at++) {
      const value = random.pick(choices);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect((counts.get("a") as number) / (counts.get("b") as number)).toBeCloseTo(2, 0);
    expect((counts.get("a") as number) / (counts.get("d") as number)).toBeCloseTo(4, 0);
    expect(random.pick(weighted([["only", 5]]))).toBe("only");
  });
});
