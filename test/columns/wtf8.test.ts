// Text to bytes and back: against TextEncoder for text that is Unicode, and lossless for every JavaScript string.

import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeWtf8, encodeWtf8, findSurrogate, wtf8Room } from "../../src/columns/wtf8.ts";
import { anyText } from "../support/any-text.ts";
import { runs } from "../support/runs.ts";
import { plainDecode } from "./read-column.ts";

function encode(text: string): Uint8Array {
  const out = new Uint8Array(wtf8Room(text));
  return out.slice(0, encodeWtf8(text, out, 0));
}

const anyString = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    fc.integer({ min: 0xd700, max: 0xe010 }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom("\ufeff", "a", "é", "😀", "\u{10ffff}"),
  ),
});

test("every string comes back as it was", () => {
  fc.assert(
    fc.property(anyString, (text) => {
      const bytes = encode(text);
      expect(decodeWtf8(bytes, 0, bytes.length)).toBe(text);
      expect(plainDecode(bytes)).toBe(text);
    }),
    { numRuns: runs(500) },
  );
});

test("well-formed text is UTF-8", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      expect(encode(text)).toEqual(new TextEncoder().encode(text));
    }),
    { numRuns: runs(300) },
  );
});

test("lone surrogates are found, Hangul beside them is not", () => {
  expect(encode("\ud800")).toEqual(Uint8Array.of(0xed, 0xa0, 0x80));
  expect(findSurrogate(encode("퟿\ud7ff"), 0, 6)).toBe(-1);
  expect(findSurrogate(encode("a\udfffb"), 0, 5)).toBe(1);
  expect(findSurrogate(encode("a\udfffb"), 2, 5)).toBe(-1);
});

test("decodes a range of shared memory", () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(8));
  bytes.set(encode("\ufeffxä"));
  expect(decodeWtf8(bytes, 0, 6)).toBe("\ufeffxä");
  expect(decodeWtf8(bytes, 3, 4)).toBe("x");
});
