// Terminal safety: no control code of any text gets through, and clean text is left alone.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeLine, escapeText } from "../../src/render/escape.ts";
import { hostileText, UNSAFE, UNSAFE_IN_LINE } from "../support/hostile.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

describe("escapeLine", () => {
  it.each([
    ["a\nb\tc\rd", "a\\nb\\tc\\rd"],
    ["\u001b]0;owned\u0007", "\\u001b]0;owned\\u0007"],
    ["\u009b31m", "\\u009b31m"],
    ["abc\u202edcba\u2066\u2069", "abc\\u202edcba\\u2066\\u2069"],
    ["\ud800x", "\\ud800x"],
    ["x\udc00", "x\\udc00"],
    ["漢字 👩‍👩‍👧 é C:\\new", "漢字 👩‍👩‍👧 é C:\\new"],
  ])("shows %j", (text, shown) => expect(escapeLine(text)).toBe(shown));

  it("lets no unsafe character through, and gives valid UTF-8", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const line = escapeLine(text);
        same(line.match(UNSAFE_IN_LINE), null);
        same(line.isWellFormed(), true);
      }),
      { numRuns: runs(25_000, 50_000) },
    );
  });
});

describe("escapeText", () => {
  it("keeps line feeds and nothing else that is unsafe", () => {
    expect(escapeText("a\nb\u001b")).toBe("a\nb\\u001b");
    fc.assert(
      fc.property(hostileText, (text) => !UNSAFE.test(escapeText(text))),
      { numRuns: runs(2_500, 5_000) },
    );
  });
});
