// Text from bytes: escapes against JSON.parse, WTF-8 round trips, base64 against node:buffer.

import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64ToHex, base64ToHexInto, decodeText, unescapeInto } from "../../src/json/scalars.ts";
import { anyText } from "../support/any-text.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { stringInside } from "./json-arbitraries.ts";
import { utf8 } from "./tape-value.ts";

describe("unescapeInto and decodeText", () => {
  it("give the text of JSON.parse, for any escapes, in no more bytes than the source", () => {
    fc.assert(
      fc.property(stringInside, (inside) => {
        const source = utf8(`"${inside}"`);
        const out = new Uint8Array(source.length + 8).fill(0x21);
        const end = unescapeInto(source, 1, source.length - 1, out, 3);
        same(end - 3 <= source.length - 2, true);
        same(
          out.subarray(end).every((byte) => byte === 0x21),
          true,
        );
        same(decodeText(out, 3, end), JSON.parse(`"${inside}"`));
      }),
      { numRuns: runs(5_000) },
    );
  });

  it("write the UTF-8 of the platform where there is no lone surrogate, and three bytes where there is", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const escaped = utf8(
          [...text]
            .map((c) =>
              [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
            )
            .join(""),
        );
        const out = new Uint8Array(escaped.length);
        const length = unescapeInto(escaped, 0, escaped.length, out, 0);
        expect(Buffer.from(out.subarray(0, length))).toEqual(Buffer.from(text, "utf8"));
      }),
      { numRuns: runs(300) },
    );
    const out = new Uint8Array(12);
    expect([...out.subarray(0, unescapeInto(utf8("\\ud800\\uDFFF"), 0, 12, out, 0))]).toEqual([0xf0, 0x90, 0x8f, 0xbf]);
    expect([...out.subarray(0, unescapeInto(utf8("\\udfff"), 0, 6, out, 0))]).toEqual([0xed, 0xbf, 0xbf]);
  });

  it("may write over their own source", () => {
    const bytes = utf8('a\\n\\u00e9\\"b');
    const end = unescapeInto(bytes, 0, bytes.length, bytes, 0);
    expect(decodeText(bytes, 0, end)).toBe('a\né"b');
  });

  it("do not look past the range for the second half of a pair", () => {
    const bytes = utf8("\\ud83d\\ude00");
    const out = new Uint8Array(12);
    expect(decodeText(out, 0, unescapeInto(bytes, 0, 6, out, 0))).toBe("\ud83d");
  });

  it("decode WTF-8 at every place, and keep a byte order mark", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("\ud800", "\udbff", "\udfff", "a", "é", "\ud7ff", "\ue000", "😀", "\ufeff", "x")),
        (units) => {
          const text = units.join("");
          const bytes = Buffer.concat(
            // By code point, so that two halves that happen to meet are one character, as they are in the string.
            [...text].map((c) => {
              const unit = c.charCodeAt(0);
              const isLone = c.length === 1 && unit >= 0xd800 && unit <= 0xdfff;
              return isLone
                ? Buffer.from([0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)])
                : Buffer.from(c, "utf8");
            }),
          );
          same(decodeText(bytes, 0, bytes.length), text);
        },
      ),
      { numRuns: runs(2_000) },
    );
  });

  it("decode shared memory", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    shared.set(utf8("aé"), 2);
    expect(decodeText(shared, 2, 5)).toBe("aé");
  });
});

describe("base64ToHex", () => {
  const hexOf = (text: string): string | undefined => {
    const bytes = utf8(`A${text}A`);
    return base64ToHex(bytes, 1, bytes.length - 1);
  };

  it("reads any bytes in both alphabets, padded or not", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        const standard = buffer.toString("base64");
        for (const text of [standard, standard.replace(/=+$/, ""), buffer.toString("base64url")])
          same(hexOf(text), buffer.toString("hex"));
      }),
      { numRuns: runs(1_000) },
    );
  });

  it.each([
    "A",
    "AAAAA",
    "AA=",
    "AAA==",
    "AAAA=",
    "=",
    "====",
    "A===",
    "AB",
    "AAB=",
    "AA=A",
    "AA AA",
    "AA\n",
    "A*AA",
    "ÄAA=",
  ])("%j is none", (text) => {
    expect(hexOf(text)).toBe(undefined);
  });

  it("reads the ids of exports, and writes them in place", () => {
    expect(hexOf("AAAAAAAAAAAAAAAAAAAAAQ==")).toBe("00000000000000000000000000000001");
    expect(hexOf("7uGbfsOxsXQ=")).toBe("eee19b7ec3b1b174");
    const out = new Uint8Array(18).fill(0x2e);
    expect(base64ToHexInto(utf8("7uGbfsOxsXQ="), 0, 12, out, 1)).toBe(17);
    expect(Buffer.from(out).toString()).toBe(".eee19b7ec3b1b174.");
  });
});
