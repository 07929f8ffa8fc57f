// Utf8, place and dictionary builders against a plain map of rows.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DictionaryBuilder } from "../../src/columns/dictionary-builder.ts";
import { PlaceBuilder, Utf8Builder } from "../../src/columns/text-builders.ts";
import { runs } from "../support/runs.ts";
import { runModel, type Subject, steps } from "./builder-model.ts";
import { dictionaryTexts, readColumn } from "./read-column.ts";

const trailing = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 140_000 }));
// Any UTF-16: lone surrogates, U+FEFF, NUL, and the names that break plain objects.
const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 80 }),
  fc.constantFrom("", "__proto__", "constructor", "\ufeffx", "\ud800", "\udc00\ud800", "😀", "a\0b"),
);

function textSubject(builder: Utf8Builder | DictionaryBuilder): Subject<string> {
  return {
    set: (row, value) => builder.setText(row, value),
    get: (row) => builder.text(row),
    truncate: (rows) => builder.truncate(rows),
    seal: (rows) => builder.seal(rows),
    get sizeBytes() {
      return builder.sizeBytes;
    },
  };
}

describe("builders hold what a plain map holds", () => {
  test("utf8", () => {
    fc.assert(
      fc.property(steps(anyText), trailing, (program, more) => {
        runModel(textSubject(new Utf8Builder()), program, more);
      }),
      { numRuns: runs(15) },
    );
  });

  test("dictionary, its texts in order of first appearance among the rows that stayed", () => {
    fc.assert(
      fc.property(steps(anyText), trailing, (program, more) => {
        const { column, model } = runModel(textSubject(new DictionaryBuilder()), program, more);
        const seen = [...new Set(model.filter((cell) => cell !== undefined))];
        if (column.type !== "dictionary") throw new Error("not a dictionary column");
        expect(dictionaryTexts(column.dictionary)).toEqual(seen);
        seen.forEach((text, code) => {
          expect(column.dictionary.codeOf(String(text))).toBe(code);
          expect(column.dictionary.text(code)).toBe(text);
        });
        expect(column.dictionary.codeOf("not in there, surely")).toBe(-1);
      }),
      { numRuns: runs(15) },
    );
  });

  test("place", () => {
    const edge = fc.integer({ min: 0, max: 2 ** 32 - 2 });
    const place = fc.tuple(edge, edge).map(([a, b]): readonly [number, number] => [Math.min(a, b), Math.max(a, b) + 1]);
    fc.assert(
      fc.property(steps(place), trailing, (program, more) => {
        const builder = new PlaceBuilder();
        const subject: Subject<readonly [number, number]> = {
          set: (row, [start, end]) => builder.set(row, start, end),
          get: (row) => {
            const found = builder.get(row);
            return found && [found.start, found.end];
          },
          truncate: (rows) => builder.truncate(rows),
          seal: (rows) => builder.seal(rows),
          sizeBytes: 0,
        };
        runModel(subject, program, more);
      }),
      { numRuns: runs(15) },
    );
  });
});

test("bytes of an overwritten or truncated text are given back", () => {
  const builder = new Utf8Builder();
  builder.setText(0, "kept");
  for (let i = 0; i < 1000; i += 1) builder.setText(1, "x".repeat(i));
  builder.truncate(1);
  builder.setText(1, "end");
  const column = builder.seal(2);
  expect(column.blocks[0]?.bytes.length).toBe(7);
  expect(readColumn(column)).toEqual(["kept", "end"]);
});

test("truncating into a block that was left behind, past its last text", () => {
  for (const rows of [1, 2, 63, 64, 65, 100, 65_535, 65_536, 65_537]) {
    const builder = new Utf8Builder();
    builder.setText(0, "abc");
    builder.setText(70_000, "gone");
    builder.truncate(rows);
    builder.setText(rows, "x");
    builder.setText(rows + 3, "yz");
    builder.setText(rows + 3, "y");
    const cells = readColumn(builder.seal(rows + 5));
    expect([cells[0], cells[rows], cells[rows + 3]], `${rows}`).toEqual(["abc", "x", "y"]);
    expect(
      cells.filter((cell) => cell !== undefined),
      `${rows}`,
    ).toHaveLength(3);
  }
});

test("null and the empty text differ", () => {
  const builder = new Utf8Builder();
  builder.setText(1, "");
  expect(readColumn(builder.seal(3))).toEqual([undefined, "", undefined]);
});

test("sets take the given byte range and nothing around it", () => {
  const bytes = new TextEncoder().encode("..käse..");
  const utf8 = new Utf8Builder();
  const dictionary = new DictionaryBuilder();
  utf8.set(0, bytes, 2, 7);
  dictionary.set(0, bytes, 2, 7);
  expect(utf8.text(0)).toBe("käse");
  expect(dictionary.text(0)).toBe("käse");
});

test("150,000 distinct texts keep their codes through rehashes, truncation and return", () => {
  const builder = new DictionaryBuilder();
  const texts = Array.from({ length: 150_000 }, (_, i) => `session-${i}-${"y".repeat(i % 7)}`);
  texts.forEach((text, row) => {
    builder.setText(row, text);
  });
  builder.truncate(3_000);
  expect(builder.distinct).toBe(3_000);
  // Other texts first, so that the removed ones come back to other codes and other slots.
  for (let i = 0; i < 10; i += 1) builder.setText(3_000 + i, `new-${i}`);
  texts.forEach((text, i) => {
    builder.setText(3_010 + i, text);
  });
  const column = builder.seal(153_010);
  const expected = [
    ...texts.slice(0, 3_000),
    ...Array.from({ length: 10 }, (_, i) => `new-${i}`),
    ...texts.slice(3_000),
  ];
  expect(dictionaryTexts(column.dictionary)).toEqual(expected);
  const cells = readColumn(column);
  texts.forEach((text, i) => {
    if (cells[3_010 + i] !== text) throw new Error(`row ${3_010 + i}: ${String(cells[3_010 + i])}, not ${text}`);
    if (column.dictionary.text(column.dictionary.codeOf(text)) !== text) throw new Error(`codeOf ${text}`);
  });
});

test("truncating every record keeps the dictionary as if the records had never been there", () => {
  const builder = new DictionaryBuilder();
  for (let record = 0; record < 40_000; record += 1) {
    builder.setText(record >> 1, `value ${record}`);
    if (record % 2 === 0) builder.truncate(record >> 1);
  }
  const column = builder.seal(20_000);
  expect(column.dictionary.size).toBe(20_000);
  expect(readColumn(column)[19_999]).toBe("value 39999");
});

test("a code of the dictionary sets the text that another row brought", () => {
  const builder = new DictionaryBuilder();
  builder.setText(0, "a");
  builder.setText(2, "b");
  builder.setCode(3, 0);
  builder.setCode(70_000, 1);
  expect([0, 1, 2, 3, 4, 70_000].map((row) => builder.text(row))).toEqual(["a", undefined, "b", "a", undefined, "b"]);
  expect(() => builder.setCode(70_001, 2)).toThrow("a code of the dictionary");
  expect(() => builder.setCode(70_000, 0)).toThrow("is set after row");
  const column = builder.seal(70_001);
  expect(dictionaryTexts(column.dictionary)).toEqual(["a", "b"]);
  expect(readColumn(column)[70_000]).toBe("b");
});
