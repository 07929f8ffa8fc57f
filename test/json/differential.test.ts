// G2: the scanner and the cursor against JSON.parse, value for value, on documents by grammar and on damaged ones.
// The differences that are meant are the depth limit (no document here reaches it) and bytes that are not UTF-8.

import { isUtf8 } from "node:buffer";
import { inspect, isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/json/cursor.ts";
import { NestedDocument } from "../../src/json/nested.ts";
import { scanDocument, tryScanDocument } from "../../src/json/scan.ts";
import { Tape } from "../../src/json/tape.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { documentText, mutate, mutation, traceText } from "./json-arbitraries.ts";
import { OPTIONS, refusal, utf8, valueAt } from "./tape-value.ts";

const tape = new Tape();

/** What JSON.parse makes of bytes; undefined when it refuses them (JSON has no undefined). */
function parsed(bytes: Uint8Array): unknown {
  try {
    // ignoreBOM keeps a byte order mark, which JSON.parse refuses.
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function scanned(bytes: Uint8Array): unknown {
  const fault = tryScanDocument(bytes, { start: 0, end: bytes.length }, OPTIONS, tape);
  return fault === undefined ? valueAt(new Cursor(bytes, tape), 0) : undefined;
}

describe("scanner against JSON.parse", () => {
  it("gives the same value for documents by grammar", () => {
    fc.assert(
      fc.property(documentText, (text) => {
        expectSame(scanned(utf8(text)), JSON.parse(text));
      }),
      { numRuns: runs(1_500, 3_000) },
    );
  });

  it("gives the same value and verdict for damaged documents", () => {
    let accepted = 0;
    let total = 0;
    fc.assert(
      fc.property(
        fc.oneof(documentText, traceText),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (text, damages) => {
          const bytes = damages.reduce(mutate, utf8(text));
          const expected = parsed(bytes);
          const actual = scanned(bytes);
          total += 1;
          if (expected !== undefined) accepted += 1;
          expectSame(actual, expected);
          if (!isUtf8(bytes)) expect(actual).toBe(undefined);
        },
      ),
      { numRuns: runs(10_000, 20_000) },
    );
    // Neither side of the verdict may be a rarity, or the test says little.
    expect(accepted / total).toBeGreaterThan(0.1);
    expect(accepted / total).toBeLessThan(0.9);
  });

  it("reads a part of larger bytes, and one tape again and again", () => {
    const around = fc.stringMatching(/^[\]}"0-9,a]{0,9}$/);
    fc.assert(
      fc.property(documentText, around, around, (text, before, after) => {
        const bytes = utf8(before + text + after);
        const start = utf8(before).length;
        scanDocument(bytes, { start, end: start + utf8(text).length }, OPTIONS, tape);
        expectSame(valueAt(new Cursor(bytes, tape), 0), JSON.parse(text));
      }),
      { numRuns: runs(500, 1_000) },
    );
  });

  it("opens JSON inside JSON strings as JSON.parse of the parsed text does", () => {
    const nested = new NestedDocument();
    fc.assert(
      fc.property(fc.oneof(documentText, fc.string()), fc.boolean(), (inner, isCut) => {
        const text = JSON.stringify({ x: isCut ? inner.slice(0, -1) : inner });
        const bytes = utf8(text);
        scanDocument(bytes, { start: 0, end: bytes.length }, OPTIONS, tape);
        const outer = new Cursor(bytes, tape);
        const cursor = nested.open(outer, outer.find(0, "x"), OPTIONS);
        expectSame(cursor === undefined ? undefined : valueAt(cursor, 0), parsedText(JSON.parse(text).x));
      }),
      { numRuns: runs(1_000, 2_000) },
    );
  });

  it("refuses every proper prefix as truncated", () => {
    fc.assert(
      fc.property(documentText, (text) => {
        const bytes = utf8(text.trim());
        const isNumber = /^[-0-9]/.test(text);
        for (let end = 1; end < bytes.length; end += 1) {
          const verdict = refusal(bytes.subarray(0, end));
          if (verdict !== undefined || !isNumber) same(verdict, `E_TRUNCATED@${end}`);
        }
      }),
      { numRuns: runs(150, 300) },
    );
  });
});

function parsedText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Fails unless both are the same value; -0 and 0 differ, and "constructor" and "__proto__" are keys like others. */
function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect.fail(`${inspect(actual)} is not ${inspect(expected)}`);
}
