// Bitmaps and stats against plain loops, those of blocks against both; the distinct estimate against a Set.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countBits, packBits } from "../../src/columns/bitmap.ts";
import { scanCodes, scanFlags, scanFloat64, scanInt32, scanInt64 } from "../../src/columns/block-scan.ts";
import { isPresent } from "../../src/columns/column.ts";
import { DictionaryBuilder } from "../../src/columns/dictionary-builder.ts";
import { Float64Builder, Int64Builder } from "../../src/columns/number-builders.ts";
import {
  codeStats,
  distinctEstimate,
  emptyStats,
  float64Stats,
  int32Stats,
  int64Stats,
} from "../../src/columns/stats.ts";
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

describe("the scan of a block is that of the plain loops", () => {
  const number = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(Number.NaN, 0, -0, 1, -1) },
    { weight: 1, arbitrary: fc.double() },
  );
  const few = fc.integer({ min: -1, max: 3 });
  const code = fc.oneof(
    { weight: 3, arbitrary: few },
    { weight: 1, arbitrary: fc.integer({ min: -1, max: 2 ** 31 - 1 }) },
  );
  const whole = fc.oneof(few, fc.integer());
  const int64 = fc.oneof(fc.bigInt(-2n, 2n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
  const flag = fc.integer({ min: 0, max: 1 });
  /** Rows on both sides of where WebAssembly begins; the values repeat, so that few of them fill a block. */
  const rows = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 4090, max: 4200 }));
  const some = <V>(value: fc.Arbitrary<V>) => fc.array(value, { minLength: 1, maxLength: 50 });
  const fill = <V>(count: number, values: readonly V[]): V[] =>
    Array.from({ length: count }, (_, i) => values[i % values.length]!);
  const bitsOf = (flags: readonly boolean[]) => {
    const count = flags.filter(Boolean).length;
    return count === 0 || count === flags.length ? undefined : packBits(Uint8Array.from(flags, Number), flags.length);
  };

  test("of numbers", () => {
    fc.assert(
      fc.property(rows, some(number), (count, values) => {
        const array = Float64Array.from(fill(count, values));
        const validity = bitsOf(Array.from(array, (value) => !Number.isNaN(value)));
        expect(scanFloat64(array)).toEqual({ stats: float64Stats(array), validity });
      }),
      {
        numRuns: runs(60),
        examples: [
          [65_536, [-0, 0, Number.NaN]],
          [5_000, [0, -0]],
        ],
      },
    );
  });

  test("of codes, whole numbers, int64 values and flags", () => {
    fc.assert(
      fc.property(rows, some(code), some(whole), some(int64), some(flag), (count, ...[codes, wholes, exact, flags]) => {
        const coded = Int32Array.from(fill(count, codes));
        const present = Uint8Array.from(fill(count, flags));
        const large = BigInt64Array.from(fill(count, exact), (value, i) => (present[i] === 1 ? value : 0n));
        const numbers = Int32Array.from(fill(count, wholes));
        const validity = bitsOf(Array.from(present, Boolean));
        const nulls = count - present.filter(Boolean).length;
        expect(scanCodes(coded)).toEqual({
          stats: codeStats(coded),
          validity: bitsOf(Array.from(coded, (c) => c >= 0)),
        });
        expect(scanInt32(numbers)).toEqual(int32Stats(numbers));
        expect(scanInt64(large, present)).toEqual({ stats: int64Stats(large, present), validity });
        expect(scanFlags(present, count)).toEqual({ stats: emptyStats(nulls), validity });
      }),
      { numRuns: runs(40), examples: [[65_536, [-1, 7], [1, 2, 3], [-1n, 1n], [1, 0, 1]]] },
    );
  });
});
