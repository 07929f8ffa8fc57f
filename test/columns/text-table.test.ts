// The table of distinct texts: codes against a Map, removal last in first out, and what it refuses.

import fc from "fast-check";
import { expect, test } from "vitest";
import { hashBytes } from "../../src/columns/byte-hash.ts";
import { makeDictionary, sealDictionary, subDictionary } from "../../src/columns/dictionary.ts";
import { heapWithRoom } from "../../src/columns/memory.ts";
import { TextTable } from "../../src/columns/text-table.ts";
import { TextScratch } from "../../src/columns/wtf8.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { dictionaryTexts } from "./read-column.ts";

const scratch = new TextScratch();

function add(table: TextTable, text: string): number {
  const length = scratch.encode(text);
  return table.add(scratch.bytes, 0, length);
}

function find(table: TextTable, text: string): number {
  const length = scratch.encode(text);
  return table.find(scratch.bytes, 0, length);
}

test("codes are those of a Map, whatever is added and forgotten", () => {
  const text = fc.oneof(fc.string({ maxLength: 2 }), fc.integer({ min: 0, max: 3000 }).map(String));
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("add" as const), text }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("many" as const), count: fc.integer({ min: 1, max: 400 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("forget" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const table = new TextTable("test");
      let model: string[] = [];
      const put = (value: string): void => {
        const known = model.indexOf(value);
        same(add(table, value), known < 0 ? model.length : known);
        if (known < 0) model.push(value);
      };
      for (const step of steps) {
        if (step.kind === "add") put(step.text);
        if (step.kind === "many") for (let i = 0; i < step.count; i += 1) put(`many ${i * 7}`);
        if (step.kind === "forget") {
          const gone = model.slice(Math.floor(model.length * step.share));
          model = model.slice(0, Math.floor(model.length * step.share));
          table.truncate(model.length);
          for (const value of gone) same(find(table, value), -1);
        }
        expect(table.size).toBe(model.length);
      }
      model.forEach((value, code) => {
        same(find(table, value), code);
      });
    }),
    { numRuns: runs(100) },
  );
});

test("texts of equal hash are told apart", () => {
  // Two words that MurmurHash3 mixes to the same value: found by search, checked here.
  const byHash = new Map<number, string>();
  let pair: [string, string] | undefined;
  for (let i = 0; pair === undefined; i += 1) {
    const text = `t${i}`;
    const length = scratch.encode(text);
    const hash = hashBytes(scratch.bytes, 0, length);
    const other = byHash.get(hash);
    if (other !== undefined) pair = [other, text];
    byHash.set(hash, text);
  }
  const table = new TextTable("test");
  expect([add(table, pair[0]), add(table, pair[1]), add(table, pair[0])]).toEqual([0, 1, 0]);
  table.truncate(1);
  expect([find(table, pair[0]), find(table, pair[1])]).toEqual([0, -1]);
});

test("hash depends on the bytes of the range alone", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(9), (bytes, lead) => {
      const shifted = new Uint8Array(lead + bytes.length + 3).fill(7);
      shifted.set(bytes, lead);
      expect(hashBytes(shifted, lead, lead + bytes.length)).toBe(hashBytes(bytes, 0, bytes.length));
    }),
    { numRuns: runs(200) },
  );
});

test("a heap past int32 offsets is E_MEMORY, with what to do", () => {
  const call = () => heapWithRoom(new Uint8Array(8), 2 ** 31, "column traces.session");
  expect(call).toThrow(expect.objectContaining({ code: "E_MEMORY", hint: "Load fewer columns, or split the input." }));
  expect(call).toThrow("column traces.session holds more than 2 GiB of text, which int32 offsets cannot address");
});

test("a part of a dictionary has the asked texts in the asked order", () => {
  const table = new TextTable("test");
  for (const text of ["a", "", "ccc", "dd"]) add(table, text);
  const whole = makeDictionary({ size: 4, offsets: table.offsets.slice(0, 5), bytes: table.bytes.slice(0, 6) });
  const part = subDictionary(whole, Int32Array.of(3, 1), "test");
  expect(dictionaryTexts(part)).toEqual(["dd", ""]);
  expect([part.codeOf("dd"), part.codeOf(""), part.codeOf("a")]).toEqual([0, 1, -1]);
});

test("many distinct texts at once get the codes that they get one by one", () => {
  const text = fc.oneof(
    fc.integer({ min: 0, max: 400 }).map((n) => `text ${n}`),
    // Long ones are compared in another way, and differ behind 128 bytes.
    fc.integer({ min: 0, max: 40 }).map((n) => `${"long ".repeat(40)}${n}`),
    fc.string({ maxLength: 3 }),
  );
  const texts = fc.uniqueArray(text, { maxLength: 600 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 300 }), texts, texts, (first, more, last) => {
      const [single, whole] = [new TextTable("test"), new TextTable("test")];
      for (const value of first) expect(add(whole, value)).toBe(add(single, value));
      for (const values of [more, last]) {
        const given = new TextTable("given");
        for (const value of values) add(given, value);
        expect([...whole.addAll(given.texts())]).toEqual(values.map((value) => add(single, value)));
      }
      expect(dictionaryTexts(sealDictionary(whole))).toEqual(dictionaryTexts(sealDictionary(single)));
      for (const value of [...first, ...more, ...last]) expect(find(whole, value)).toBe(find(single, value));
    }),
    { numRuns: runs(100) },
  );
});
