// Floats in WebAssembly against the platform's own reader: what is given is the nearest float64 to the last bit, and what
// cannot be decided is rare. The table of powers is computed anew.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { simdInstance } from "../../src/json/simd.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { numberText } from "./json-arbitraries.ts";
import { NO_NUMBERS } from "./no-numbers.ts";

const instance = simdInstance();
if (instance === undefined) throw new Error("this Node has no WebAssembly SIMD");
const { memory, readFloat, wasRead, allocate } = instance;
const at = allocate(512) >>> 0;
const bytes = Buffer.from(memory.buffer, at, 512);

/** The value of `text` between two other digits; undefined when it is not decided. */
function read(text: string): number | undefined {
  bytes.write(`9${text}9`, "latin1");
  const value = readFloat(at + 1, at + 1 + text.length);
  return wasRead() === 0 ? undefined : value;
}

/** Whether the text was decided; fails when its value is not the nearest. */
function isDecided(text: string): boolean {
  const value = read(text);
  if (value !== undefined && !Object.is(value, Number(text))) expect.fail(`${text}: ${value}`);
  return value !== undefined;
}

describe("floats in WebAssembly", () => {
  it("are the nearest, in every notation", () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(numberText, value, fc.integer({ min: 0, max: 20 }), (text, number, places) => {
        for (const form of [text, String(number), number.toExponential(places), number.toPrecision(places + 1)])
          isDecided(form);
      }),
      { numRuns: runs(5_000) },
    );
  });

  it("are decided for all but a few numbers of 16 to 19 digits", () => {
    let undecided = 0;
    let total = 0;
    const digits = fc.bigInt({ min: 10n ** 15n, max: 10n ** 19n - 1n });
    fc.assert(
      fc.property(digits, fc.integer({ min: -64, max: 64 }), fc.nat(18), (number, exponent, behind) => {
        const text = String(number);
        const point = Math.max(1, text.length - behind);
        const forms = [`${text}e${exponent}`, `0.${"0".repeat(behind)}${text}`];
        if (point < text.length) forms.push(`-${text.slice(0, point)}.${text.slice(point)}`);
        for (const form of forms) {
          total += 1;
          if (!isDecided(form)) undecided += 1;
        }
      }),
      { numRuns: runs(5_000) },
    );
    expect(undecided / total).toBeLessThan(0.01);
  });

  it("round to even just between two float64, and to their side beside them", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
        fc.integer({ min: 0, max: 9 }),
        (mantissa, shift) => {
          const half = (2n * mantissa + 1n) << BigInt(shift);
          for (const number of [half - 1n, half, half + 1n])
            for (const end of ["", "e-7"]) isDecided(`${number}${end}`);
          same(isDecided(String(half + 1n)), true);
        },
      ),
      { numRuns: runs(2_000) },
    );
  });

  it("refuse what is no number", () => {
    for (const text of NO_NUMBERS) if (read(text) !== undefined) expect.fail(text);
  });

  it("multiply by powers of ten that are cut off behind 128 bits", () => {
    const source = readFileSync(new URL("../../src/json/wasm/powers.as.ts", import.meta.url), "utf8");
    const halves = Array.from(source.matchAll(/0x([0-9a-f]{16})/g), ([text]) => BigInt(text));
    const powers = Array.from({ length: halves.length / 2 }, (_, i) => (halves[2 * i]! << 64n) | halves[2 * i + 1]!);
    expect(powers).toEqual(Array.from({ length: 129 }, (_, i) => highestBits(i - 64)));
  });
});

/** The 128 highest bits of 10^exponent. */
function highestBits(exponent: number): bigint {
  const wide = exponent < 0 ? 2n ** 512n / 10n ** BigInt(-exponent) : (10n ** BigInt(exponent)) << 512n;
  return wide >> BigInt(wide.toString(2).length - 128);
}
