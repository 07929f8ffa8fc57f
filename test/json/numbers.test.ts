// Numbers from bytes: correctly rounded float64 against the platform's own reader, exact integers against BigInt.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInt64, parseInteger, parseNumber } from "../../src/json/scalars.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { numberText } from "./json-arbitraries.ts";
import { NO_NUMBERS } from "./no-numbers.ts";
import { utf8 } from "./tape-value.ts";

/** Calls a parser on `text` inside other text, so that a read past the range shows. */
function on<T>(parse: (bytes: Uint8Array, start: number, end: number) => T, text: string): T {
  const bytes = utf8(`9${text}9`);
  return parse(bytes, 1, bytes.length - 1);
}

const INT64_MAX = 2n ** 63n - 1n;
describe("parseNumber", () => {
  it("reads every number as the platform does, zeros by sign", () => {
    fc.assert(
      fc.property(numberText, (text) => {
        if (!Object.is(on(parseNumber, text), Number(text))) expect.fail(text);
      }),
      { numRuns: runs(10_000, 20_000) },
    );
  });

  it("reads back every double, in every notation", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 0, max: 100 }),
        (value, places) => {
          const forms = [
            String(value),
            value.toExponential(),
            value.toExponential(Math.min(places, 25)),
            value.toPrecision(17),
          ];
          if (Math.abs(value) < 1e21) forms.push(value.toFixed(places));
          for (const form of forms) if (!Object.is(on(parseNumber, form), Number(form))) expect.fail(form);
          // String(-0) is "0".
          same(Object.is(on(parseNumber, Object.is(value, -0) ? "-0" : String(value)), value), true);
        },
      ),
      { numRuns: runs(2_500, 5_000) },
    );
  });

  it("rounds halves to even, and just beside them to their side", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
        fc.integer({ min: 1, max: 60 }),
        (mantissa, shift) => {
          const scale = 2n ** BigInt(shift);
          const half = mantissa * scale + scale / 2n;
          const even = mantissa % 2n === 0n ? mantissa : mantissa + 1n;
          const expected = [
            [half, Number(even) * 2 ** shift],
            [half - 1n, shift === 1 ? Number(mantissa) * 2 : Number(mantissa) * 2 ** shift],
            [half + 1n, Number(mantissa + 1n) * 2 ** shift],
          ] as const;
          for (const [text, value] of expected) {
            expect(on(parseNumber, String(text))).toBe(value);
            expect(on(parseNumber, `${text}.${"0".repeat(30)}e0`)).toBe(value);
          }
          expect(on(parseNumber, `${half}.${"0".repeat(900)}1`)).toBe(Number(mantissa + 1n) * 2 ** shift);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it.each([
    ["9007199254740993", 9007199254740992],
    ["9007199254740991", 9007199254740991],
    ["1e400", Infinity],
    ["-1e400", -Infinity],
    ["1e-400", 0],
    ["-0", -0],
    ["5e-324", 5e-324],
    ["2.4703282292062327e-324", 0],
    ["2.4703282292062329e-324", 5e-324],
    ["2.2250738585072011e-308", 2.225073858507201e-308],
    ["1.7976931348623158e308", 1.7976931348623157e308],
    ["1.7976931348623159e308", Infinity],
    ["0.1", 0.1],
    ["NaN", Number.NaN],
    ["-Infinity", -Infinity],
  ])("%s", (text, value) => {
    expect(on(parseNumber, text)).toBe(value);
  });

  it.each(NO_NUMBERS)("%j is not a number", (text) => {
    expect(on(parseNumber, text)).toBe(Number.NaN);
    expect(on(parseInt64, text)).toBe(undefined);
    expect(on(parseInteger, text)).toBe(undefined);
  });
});

describe("parseInt64 and parseInteger", () => {
  it("are exact for every int64, in every form", () => {
    const anyInt64 = fc.oneof(
      fc.bigInt({ min: -INT64_MAX - 1n, max: INT64_MAX }),
      fc.bigInt({ min: 0n, max: INT64_MAX }),
      fc
        .tuple(fc.integer({ min: 0, max: 63 }), fc.bigInt({ min: -2n, max: 2n }))
        .map(([power, offset]) => 2n ** BigInt(power) + offset),
      fc
        .tuple(fc.integer({ min: 0, max: 19 }), fc.bigInt({ min: -2n, max: 2n }))
        .map(([power, offset]) => 10n ** BigInt(power) + offset),
    );
    fc.assert(
      fc.property(anyInt64, fc.integer({ min: 0, max: 30 }), (value, power) => {
        const isInside = value <= INT64_MAX && value >= -INT64_MAX - 1n;
        const expected = isInside ? value : undefined;
        const [sign, magnitude] = value < 0n ? ["-", String(-value)] : ["", String(value)];
        const padded = magnitude.padStart(power + 1, "0");
        const scientific = `${padded.slice(0, padded.length - power)}.${padded.slice(padded.length - power)}0e+${power}`;
        const forms = [
          magnitude,
          `${magnitude}.000`,
          value === 0n ? "0" : `${magnitude}${"0".repeat(power)}e-${power}`,
          scientific.replace(/^0+(?=\d)/, ""),
        ];
        for (const form of forms)
          if (on(parseInt64, sign + form) !== expected) expect.fail(`${sign}${form} -> ${on(parseInt64, sign + form)}`);
        const isSafe = value <= 2n ** 53n && value >= -(2n ** 53n);
        for (const form of forms) same(on(parseInteger, sign + form), isSafe ? Number(value) : undefined);
      }),
      { numRuns: runs(2_500, 5_000) },
    );
  });

  it.each([
    ["9223372036854775807", INT64_MAX],
    ["9223372036854775808", undefined],
    ["-9223372036854775808", -INT64_MAX - 1n],
    ["-9223372036854775809", undefined],
    ["18446744073709551615", undefined],
    ["99999999999999999999", undefined],
    ["1.7e18", 1_700_000_000_000_000_000n],
    ["1.733158340818123456E18", 1_733_158_340_818_123_456n],
    ["1.7331583408181234561e18", undefined],
    ["9.223372036854775808e18", undefined],
    ["100.0", 100n],
    ["1000e-3", 1n],
    ["1e-1", undefined],
    ["0.5", undefined],
    ["-0", 0n],
    ["-0.0e5", 0n],
    ["0e999999999999999999999", 0n],
    ["1e999999999999999999999", undefined],
    ["1e-999999999999999999999", undefined],
    [`1${"0".repeat(100_000)}e-100000`, 1n],
    [`0.${"0".repeat(100_000)}12e100002`, 12n],
  ])("%s", (text, value) => {
    expect(on(parseInt64, text)).toBe(value);
  });

  it("parseInteger stops at 2^53, where float64 stops being exact", () => {
    const around = ["9007199254740992", "9007199254740993", "-9007199254740992", "-9007199254740993", "-0"];
    expect(around.map((text) => on(parseInteger, text))).toEqual([2 ** 53, undefined, -(2 ** 53), undefined, 0]);
  });
});
