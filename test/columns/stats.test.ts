// Bitmaps and stats against plain loops; the distinct estimate against a Set.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countBits, packBits } from "../../src/columns/bitmap.ts";
import { isPresent } from "../../src/columns/column.ts";
import { DictionaryBuilder } from "../../src/columns/dictionary-builder.ts";
import { Float64Builder, Int64Builder } from "../../src/columns/number-builders.ts";
import { codeStats, distinctEstimate, float64Stats, int64Stats } from "../../src/columns/stats.ts";
import { PlaceBuilder, Utf8Builder } from "../../src/columns/text-builders.ts";
import { runs } from "../support/runs.ts";

test("bits are packed least significant first, with zeros past the end", () => {
  expect([...packBits(Uint8Array.of(1, 0, 0, 1, 0, 0, 0, 1, 1), 9)]).toEqual([0b10001001, 1]);
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (flags) => {
      const bits = packBits(Uint8Array.from(flags, Number), flags.length);
      expect(flags.map((_, row) => isPresent(bits, row))).toEqual(flags);
      expect(countBits(bits, flags.length)).toBe(flags.filter(Boolean).length);
      expect(countBits(bits, bits.length * 8)).toBe(flags.filter(Boolean).length);
    }),
    { numRuns: runs(200) },
  );
});

describe("stats", () => {
  test("of numbers skip NaN", () => {
    expect(float64Stats(Float64Array.of(Number.NaN, 3, -2, Number.NaN))).toEqual({ min: -2, max: 3, nulls: 2 });
    expect(float64Stats(Float64Array.of(Number.NaN))).toEqual({
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
      nulls: 1,
    });
  });

  test("of int64 values compare all 64 bits", () => {
    const values = [2n ** 31n, 2n ** 31n - 1n, -1n, -(2n ** 32n), 2n ** 32n, 0n];
    const present = new Uint8Array(values.length).fill(1);
    expect(int64Stats(BigInt64Array.from(values), present)).toEqual({ min: -(2 ** 32), max: 2 ** 32, nulls: 0 });
    expect(int64Stats(BigInt64Array.from(values.slice(0, 2)), present)).toMatchObject({
      min: 2 ** 31 - 1,
      max: 2 ** 31,
    });
    expect(int64Stats(BigInt64Array.from(values), Uint8Array.of(0, 1, 0, 0, 0, 0))).toEqual({
      min: 2 ** 31 - 1,
      max: 2 ** 31 - 1,
      nulls: 5,
    });
  });

  test("of codes skip -1", () => {
    expect(codeStats(Int32Array.of(-1, 4, 2))).toEqual({ min: 2, max: 4, nulls: 1 });
  });
});

describe("distinct estimate", () => {
  for (const distinct of [0, 1, 10, 1_000, 30_000, 300_000]) {
    test(`of ${distinct} values is within 5 %`, () => {
      const numbers = new Float64Builder();
      const texts = new Utf8Builder();
      const exact = new Int64Builder();
      for (let row = 0; row < distinct * 2; row += 1) {
        numbers.set(row + 1, (row % distinct) / 4);
        texts.setText(row + 1, `id ${row % distinct}`);
        exact.set(row + 1, 1_700_000_000_000_000_000n + BigInt(row % distinct));
      }
      const rows = distinct * 2 + 2;
      for (const column of [numbers.seal(rows), texts.seal(rows), exact.seal(rows)]) {
        expect(Math.abs(distinctEstimate(column) - distinct), column.type).toBeLessThanOrEqual(distinct * 0.05);
      }
    });
  }

  test("of a dictionary is its size, of places their number", () => {
    const dictionary = new DictionaryBuilder();
    const places = new PlaceBuilder();
    ["a", "b", "a"].forEach((text, row) => {
      dictionary.setText(row, text);
      places.set(row, 0, 1);
    });
    expect(distinctEstimate(dictionary.seal(4))).toBe(2);
    expect(distinctEstimate(places.seal(4))).toBe(3);
  });
});
