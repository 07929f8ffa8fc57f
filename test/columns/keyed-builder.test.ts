// Keyed builder against a map of maps: keys that repeat, gaps, truncation, wanted keys, the columns limit, many keys, cells by
// the batch.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashBytes } from "../../src/columns/byte-hash.ts";
import { KeyedBuilder } from "../../src/columns/keyed-builder.ts";
import type { KeyedColumns } from "../../src/columns/table.ts";
import { TEXT_VALUE } from "../../src/columns/waiting-cells.ts";
import { TextScratch } from "../../src/columns/wtf8.ts";
import { runs } from "../support/runs.ts";
import { dictionaryTexts, readColumn } from "./read-column.ts";

type Rows = Map<number, Map<string, string>>;

function put(keyed: KeyedBuilder, row: number, cell: readonly [string, string]): void {
  const key = keyed.keyText(cell[0]);
  if (key >= 0) keyed.set(row, key, keyed.valueText(cell[1]));
}

const scratch = new TextScratch();

/** Puts the cells of rows from `row` on at once; every third value is given as a code, and a cell without a value is among them. */
function putMany(keyed: KeyedBuilder, row: number, records: readonly (readonly (readonly [string, string])[])[]): void {
  const words: number[] = [0, 0, 0];
  const heap: number[] = [7];
  let texts = 0;
  records.forEach((cells, i) => {
    for (const [keyText, text] of cells) {
      const code = keyed.keyText(keyText);
      if (texts % 4 === 1) words.push(row + i, keyed.keyText("never set"), -1, 0, 0, 0);
      if ((words.length / 3) % 3 === 1) words.push(row + i, code, keyed.valueText(text), 0, 0, 0);
      else {
        const length = scratch.encode(text);
        const { bytes } = scratch;
        words.push(row + i, code, TEXT_VALUE, heap.length, length, hashBytes(bytes, 0, length));
        heap.push(...bytes.subarray(0, length));
      }
      texts += 1;
    }
  });
  keyed.setCells({
    words: Int32Array.from(words),
    start: 3,
    end: words.length,
    bytes: Uint8Array.from(heap),
    texts,
    textBytes: heap.length,
  });
}

/** Keys by first row; within a row any order, for a later record may have used the keys in another. */
function expectSame(columns: KeyedColumns, model: Rows, rows: number): void {
  const keys = new Set([...model.values()].flatMap((cells) => [...cells.keys()]));
  expect(new Set(columns.keys)).toEqual(keys);
  expect(columns.keys).toHaveLength(keys.size);
  for (const key of keys) {
    const column = columns.column(key);
    if (column === undefined) throw new Error(`no column ${key}`);
    const cells = readColumn(column);
    const expected = Array.from({ length: rows }, (_, row) => model.get(row)?.get(key));
    if (cells.length !== rows) throw new Error(`${key}: ${cells.length} rows`);
    expected.forEach((value, row) => {
      if (cells[row] !== value) throw new Error(`${key}, row ${row}: ${String(cells[row])}, not ${String(value)}`);
    });
    const present = expected.filter((value) => value !== undefined);
    expect(dictionaryTexts(column.dictionary)).toEqual([...new Set(present)]);
    expect(columns.summary(key)).toEqual({ rows: present.length, distinct: new Set(present).size });
    expect(columns.column(key)).toBe(column);
  }
  expect(columns.column("no such key")).toBeUndefined();
  expect(columns.summary("no such key")).toBeUndefined();
}

const key = fc.oneof(fc.constantFrom("env", "model", "__proto__", "", "a.b", "\ud800"), fc.string({ maxLength: 3 }));
const value = fc.oneof(
  fc.constantFrom("", "true", "1", "gpt-4o", "long ".repeat(20), `${"long ".repeat(19)}lang `),
  fc.string({ maxLength: 4 }),
  fc.nat(5000).map((i) => `${i} of many`),
);
const record = fc.array(fc.tuple(key, value), { maxLength: 6 });
const program = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("record" as const), gap: fc.integer({ min: 0, max: 3 }), cells: record }),
    fc.record({
      kind: fc.constant("run" as const),
      length: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(22_000, 70_000)),
      cells: record,
    }),
    fc.record({
      kind: fc.constant("truncate" as const),
      back: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 80_000 })),
    }),
  ),
  { maxLength: 12 },
);

describe("keyed builder", () => {
  test("holds what a map of maps holds", () => {
    fc.assert(
      fc.property(program, fc.integer({ min: 0, max: 3 }), (steps, trailing) => {
        const keyed = new KeyedBuilder("tag", 100);
        const model: Rows = new Map();
        let rows = 0;
        const add = (cells: readonly (readonly [string, string])[]): void => {
          for (const cell of cells) put(keyed, rows, cell);
          model.set(rows, new Map(cells));
          rows += 1;
        };
        for (const step of steps) {
          if (step.kind === "record") {
            rows += step.gap;
            add(step.cells);
          }
          if (step.kind === "run") for (let i = 0; i < step.length; i += 1) add(step.cells);
          if (step.kind === "truncate") {
            const kept = Math.max(0, rows - step.back);
            keyed.truncate(kept);
            for (let row = kept; row < rows; row += 1) model.delete(row);
            rows = kept;
          }
        }
        expectSame(keyed.seal(rows + trailing), model, rows + trailing);
      }),
      { numRuns: runs(6, 12) },
    );
  });

  test("holds the same when cells come by the batch, and some are taken back", () => {
    const step = fc.record({
      records: fc.array(record, { maxLength: 12 }),
      oneByOne: fc.boolean(),
      back: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(30)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const keyed = new KeyedBuilder("tag", 100);
        const model: Rows = new Map();
        let rows = 0;
        for (const { records, oneByOne, back } of steps) {
          if (!oneByOne) putMany(keyed, rows, records);
          for (const cells of records) {
            if (oneByOne) for (const cell of cells) put(keyed, rows, cell);
            model.set(rows, new Map(cells));
            rows += 1;
          }
          const kept = Math.max(0, rows - back);
          keyed.truncate(kept);
          for (let row = kept; row < rows; row += 1) model.delete(row);
          rows = kept;
        }
        expectSame(keyed.seal(rows), model, rows);
      }),
      { numRuns: runs(30, 60) },
    );
  });

  test("keys stand in order of first appearance", () => {
    const keyed = new KeyedBuilder("tag", 2);
    put(keyed, 0, ["dropped", "1"]);
    keyed.truncate(0);
    put(keyed, 0, ["b", "1"]);
    put(keyed, 0, ["a", "1"]);
    put(keyed, 1, ["dropped", "2"]);
    const columns = keyed.seal(2);
    expect(columns.keys).toEqual(["b", "a", "dropped"]);
    expect(columns.overflow).toBe(1);
    expect(readColumn(columns.column("dropped") ?? fail())).toEqual([undefined, "2"]);
  });

  test("a key that is asked for and never set is no key", () => {
    const keyed = new KeyedBuilder("tag", 10);
    keyed.keyText("looked at");
    put(keyed, 0, ["set", "1"]);
    expect(keyed.seal(1).keys).toEqual(["set"]);
  });

  test("keeps wanted keys alone", () => {
    const keyed = new KeyedBuilder("tag", 10, new Set(["env", "absent"]));
    expect(keyed.keyText("other")).toBe(-1);
    put(keyed, 0, ["env", "prod"]);
    put(keyed, 0, ["environment", "prod"]);
    expect(keyed.seal(1).keys).toEqual(["env"]);
  });

  test("the last of repeated keys in a row wins, and the value that it replaces leaves no trace", () => {
    const keyed = new KeyedBuilder("attributes", 10);
    put(keyed, 0, ["k", "first"]);
    put(keyed, 0, ["other", "x"]);
    put(keyed, 0, ["k", "second"]);
    const columns = keyed.seal(1);
    const column = columns.column("k") ?? fail();
    expect(dictionaryTexts(column.dictionary)).toEqual(["second"]);
    expect(columns.summary("k")).toEqual({ rows: 1, distinct: 1 });
  });

  test("a batch larger than the room at hand, its texts repeated in it and before it", () => {
    const keyed = new KeyedBuilder("tag", 10);
    const records = Array.from(
      { length: 3000 },
      (_, i) => [["k", `value ${(i * 7) % 1000} ${"x".repeat(i % 90)}`]] as const,
    );
    const half = records.length / 2;
    putMany(keyed, 0, records.slice(0, half));
    putMany(keyed, half, records.slice(half));
    const column = keyed.seal(records.length).column("k") ?? fail();
    const expected = records.map(([[, text]]) => text);
    expect(readColumn(column)).toEqual(expected);
    expect(dictionaryTexts(column.dictionary)).toEqual([...new Set(expected)]);
  });

  test("a value that was taken back is found again under a code that holds", () => {
    const keyed = new KeyedBuilder("tag", 10);
    put(keyed, 0, ["env", "a"]);
    put(keyed, 1, ["env", "b"]);
    keyed.truncate(1);
    put(keyed, 1, ["env", "b"]);
    put(keyed, 2, ["env", "c"]);
    expect(readColumn(keyed.seal(3).column("env") ?? fail())).toEqual(["a", "b", "c"]);
  });

  test("kept rows alone: keys by their first kept row, keys without one gone", () => {
    const keyed = new KeyedBuilder("tag", 1);
    put(keyed, 0, ["gone", "1"]);
    put(keyed, 0, ["late", "1"]);
    put(keyed, 1, ["early", "2"]);
    put(keyed, 2, ["late", "3"]);
    const columns = keyed.sealCells(3).take(Int32Array.of(-1, 0, 1), 2);
    expect(columns.keys).toEqual(["early", "late"]);
    expect(columns.overflow).toBe(1);
    expect(readColumn(columns.column("late") ?? fail())).toEqual([undefined, "3"]);
  });

  test("100,000 keys in one record, taken back again and again, cost what they hold", () => {
    const keyed = new KeyedBuilder("attributes", 10_000);
    const names = Array.from({ length: 100_000 }, (_, i) => `key.${i}`);
    for (let round = 0; round < 3; round += 1) {
      for (const name of names) put(keyed, 7, [name, "v"]);
      keyed.truncate(7);
    }
    for (const name of names) put(keyed, 7, [name, name]);
    const columns = keyed.seal(8);
    expect(columns.keys).toHaveLength(100_000);
    expect(columns.overflow).toBe(90_000);
    expect(keyed.sizeBytes).toBeLessThan(24 * 2 ** 20);
    expect(readColumn(columns.column("key.99999") ?? fail())[7]).toBe("key.99999");
  });

  test("rows that descend are a bug of the caller", () => {
    const keyed = new KeyedBuilder("tag", 10);
    put(keyed, 5, ["a", "1"]);
    expect(() => put(keyed, 4, ["a", "1"])).toThrow(/row 4 is set after row 5/);
    expect(() => putMany(keyed, 4, [[["a", "1"]]])).toThrow(/row 4 is set after row 5/);
  });
});

function fail(): never {
  throw new Error("no column");
}
