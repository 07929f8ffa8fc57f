// The fast search for the ends of values: what it finds in good text by itself, whatever the chunks, and what it declines.
// That reading with it and without it is the same, bad text included, is tested in test/ingest/records.test.ts.

import fc from "fast-check";
import { expect, it } from "vitest";
import { type ExtentFinder, type ExtentSearch, extentFinder } from "../../src/json/extents.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { documentText } from "./json-arbitraries.ts";

const LIMITS = { record: 2 ** 20, depth: 100 };

function finderOf(limits = LIMITS): ExtentFinder {
  const finder = extentFinder(limits);
  if (finder === undefined) throw new Error("this Node has no WebAssembly SIMD");
  return finder;
}

/** Looks for the end of the value at `at`, in a stream that is at hand by chunks. */
function search(finder: ExtentFinder, stream: Uint8Array, { at, chunkBytes }: { at: number; chunkBytes: number }) {
  let result: ExtentSearch = "open";
  for (let base = at - (at % chunkBytes); base < stream.length && result === "open"; base += chunkBytes) {
    const bytes = stream.subarray(base, base + chunkBytes);
    result = finder.find(at, { bytes, base, end: bytes.length });
  }
  return result;
}

/** What a search of `text` from its first byte comes to. */
function outcome(
  text: string,
  { limits = LIMITS, indent, chunkBytes = 100 }: { limits?: typeof LIMITS; indent?: number; chunkBytes?: number } = {},
) {
  const finder = finderOf(limits);
  expect(finder.watchLines(indent)).toBe(true);
  const result = search(finder, Buffer.from(text), { at: 0, chunkBytes });
  finder.close();
  return result === "found" ? finder.end : result;
}

const container = documentText.filter((text) => text.startsWith("{") || text.startsWith("["));
/** White space and separators between values. */
const gap = fc.stringMatching(/^[ \n,7]{0,80}$/);

it("finds the ends and lines of all values of good text, for every cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(gap, container, fc.constantFrom(1, 1, 1, 40)), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 3_000 }),
      (values, chunkBytes) => {
        const texts = values.map(
          ([before, text, times]) => [before, times === 1 ? text : repeated(text, times)] as const,
        );
        const stream = Buffer.from(texts.flat().join(""));
        const finder = finderOf();
        let at = 0;
        for (const [before, text] of texts) {
          at += before.length;
          const bytes = Buffer.from(text);
          same(search(finder, stream, { at, chunkBytes }), "found");
          const lineStart = bytes.lastIndexOf("\n") + 1;
          const expected = [at + bytes.length, text.split("\n").length - 1, lineStart > 0 ? at + lineStart : 0];
          expect([finder.end, finder.newlines, lineStart > 0 ? finder.lineStart : 0]).toEqual(expected);
          at += bytes.length;
        }
        finder.close();
      },
    ),
    { numRuns: runs(400) },
  );
});

function repeated(text: string, times: number): string {
  return `[${Array.from({ length: times }, () => text).join(",\n")}]`;
}

it("finds the end at every place of a block, behind any number of backslashes", () => {
  for (let before = 0; before < 130; before += 1) {
    for (let slashes = 0; slashes < 4; slashes += 1) {
      const text = `{"${"x".repeat(before)}${"\\\\".repeat(slashes)}\\"}":[]}`;
      expect(outcome(`${text}]"{`), text).toBe(text.length);
    }
  }
});

it("declines what the slow search stops at", () => {
  expect(outcome('{"a":"x\n"}')).toBe("declined");
  expect(outcome('{\\"a":1}')).toBe("declined");
  expect(outcome('{"a":[[1]]}', { limits: { ...LIMITS, depth: 3 } })).toBe(11);
  expect(outcome('{"a":[[1]]}', { limits: { ...LIMITS, depth: 2 } })).toBe("declined");
  const deep = `[["${"x".repeat(100)}",[${" ".repeat(100)}1]]]`;
  expect(outcome(deep, { limits: { ...LIMITS, depth: 3 } })).toBe(deep.length);
  expect(outcome(deep, { limits: { ...LIMITS, depth: 2 } })).toBe("declined");
  expect(outcome('{"a":1}', { limits: { ...LIMITS, record: 7 } })).toBe(7);
  expect(outcome('{"a":1}', { limits: { ...LIMITS, record: 6 } })).toBe("declined");
  expect(outcome(`{"a":"${"x".repeat(2_000)}`, { limits: { ...LIMITS, record: 1_000 } })).toBe("declined");
  expect(outcome('{"a":1')).toBe("open");
});

it("declines a line that may begin another record, at any distance of two blocks", () => {
  for (let before = 0; before < 130; before += 1) {
    for (const indent of [0, 1, 5, 62]) {
      const text = (columns: number) => `{"${"x".repeat(before)}":[\n${" ".repeat(columns)}{}]}`;
      for (const chunkBytes of [9, before + 10]) {
        expect(outcome(text(indent), { indent, chunkBytes }), `${before} ${indent}`).toBe("declined");
        same(outcome(text(indent + 1), { indent, chunkBytes }), text(indent + 1).length);
      }
      expect(outcome(text(indent))).toBe(text(indent).length);
    }
  }
  const finder = finderOf();
  expect(finder.watchLines(63)).toBe(false);
  finder.close();
});

it("begins anew at a value that it has not found, and goes on behind it", () => {
  const stream = Buffer.from(`{"a":{"b":[1]},"c":{}} "{" {"d":1} ${"{}".repeat(3_000)}`);
  const finder = finderOf();
  const endAt = (at: number) => (search(finder, stream, { at, chunkBytes: 2 ** 20 }) === "found" ? finder.end : -1);
  expect([0, 5, 10, 19, 27, 35, 37, 5_035].map(endAt)).toEqual([22, 14, 13, 21, 34, 37, 39, 5_037]);
  finder.close();
});
