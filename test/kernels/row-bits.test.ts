// Sets of rows as bits against plain loops: tests of codes, flags and nulls, what is made of a set, and sums over one.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packBits } from "../../src/columns/bitmap.ts";
import { BlockMemory } from "../../src/kernels/block-memory.ts";
import { RowBits, type RowSet, type RowTest, rangeOfAnswers } from "../../src/kernels/row-bits.ts";
import { SlotSums, SlotWholeSums } from "../../src/kernels/slot-sums.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { cellNumber } from "./selections.ts";

const ROWS = 333;
const CODES = 6;

function withBits(check: (bits: RowBits, room: BlockMemory) => void): void {
  const room = BlockMemory.take(ROWS);
  if (room === undefined) throw new Error("no WebAssembly");
  check(new RowBits(room), room);
  room.arena.release();
}

/** A code, a flag, and whether a value is there, of each row. Lengths around words of 64 and vectors of 16 rows. */
const length = fc.constantFrom(1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 200, ROWS);
const cells = length.chain((rows) =>
  fc.array(fc.tuple(fc.integer({ min: -1, max: CODES - 1 }), fc.constantFrom(0, 1, 2, 3), fc.boolean()), {
    minLength: rows,
    maxLength: rows,
  }),
);
type Cell = readonly [code: number, flag: number, isThere: boolean];

function rowsIn(room: BlockMemory, { bits, rows }: RowSet): readonly number[] {
  const bytes = room.arena.bytes(bits, Math.ceil(rows / 8));
  return Array.from({ length: rows }, (_, row) => row).filter((row) => ((bytes[row >> 3]! >> (row & 7)) & 1) === 1);
}

/** Each kind of test, and which rows pass it. */
function testsOf(room: BlockMemory, list: readonly Cell[], answers: Uint8Array) {
  const codes = Int32Array.from(list, ([code]) => code);
  const table = room.arena.allocate(answers.length);
  room.arena.bytes(table, answers.length).set(answers);
  const values = Float64Array.from(list, ([code, , isThere]) => (isThere ? code / 2 : Number.NaN));
  const flags = Uint8Array.from(list, ([, flag]) => flag);
  const validity = packBits(
    Uint8Array.from(list, ([, , isThere]) => Number(isThere)),
    list.length,
  );
  const kinds: readonly (readonly [RowTest, (cell: Cell) => boolean])[] = [
    [{ kind: "between", codes, between: { least: 1, most: 3 } }, ([code]) => code >= 1 && code <= 3],
    [{ kind: "between", codes, between: { least: 0, most: 0 } }, ([code]) => code === 0],
    [{ kind: "answers", codes, table }, ([code]) => answers[code + 1] === 1],
    [{ kind: "numbers", values, interval: { least: -0.5, most: 1.5 } }, ([code, , isThere]) => isThere && code < 4],
    [{ kind: "numbers", values, interval: { least: -9, most: Number.POSITIVE_INFINITY } }, ([, , isThere]) => isThere],
    [{ kind: "flags", flags }, ([, flag]) => flag % 2 === 1],
    [{ kind: "validity", validity }, ([, , isThere]) => isThere],
  ];
  return kinds;
}

const answersOf = fc
  .array(fc.constantFrom(0, 1, 2), { minLength: CODES + 1, maxLength: CODES + 1 })
  .map((list) => Uint8Array.from(list));

describe("rows that pass tests", () => {
  test("are those of plain loops, from any byte of bits on", () => {
    fc.assert(
      fc.property(cells, answersOf, fc.subarray([0, 1, 2, 3, 4, 5, 6]), fc.nat(4), (list, answers, chosen, bytes) =>
        withBits((bits, room) => {
          const kinds = testsOf(room, list, answers);
          const from = Math.min(bytes * 8, (list.length - 1) & ~7);
          const wanted = list
            .slice(from)
            .flatMap((cell, row) => (chosen.every((at) => kinds[at]?.[1](cell)) ? [row] : []));
          const tests = chosen.flatMap((at) => kinds[at]?.[0] ?? []);
          const set = bits.passing(tests, { from, to: list.length });
          expect(rowsIn(room, set)).toEqual(wanted);
          expect([set.rows, set.size]).toEqual([list.length - from, wanted.length]);
          expect(bits.firstOf(set)).toBe(wanted[0] ?? set.rows);
          const { positions, count } = bits.positions(set, from);
          expect([...(positions ?? [])]).toEqual(wanted.map((row) => row + from));
          expect(count).toBe(wanted.length);
          const slots = Uint32Array.from({ length: set.rows }, (_, row) => row + 1);
          room.arena.uint32(room.slots, set.rows).set(slots);
          bits.mask(room.slots, set);
          expect([...room.arena.uint32(room.slots, set.rows)]).toEqual(
            [...slots].map((slot, row) => (wanted.includes(row) ? slot : 0)),
          );
        }),
      ),
      { numRuns: runs(400) },
    );
  });

  test("are told apart by code, null among them", () => {
    fc.assert(
      fc.property(cells, fc.constantFrom(-1, 0, 2), (list, least) =>
        withBits((bits, room) => {
          const codes = Int32Array.from(list, ([code]) => code);
          const validity = testsOf(room, list, new Uint8Array(CODES + 1))[6]?.[0];
          const set = bits.passing(validity === undefined ? [] : [validity], { from: 0, to: list.length });
          const all = { positions: undefined, count: list.length };
          bits.loadCodes(room.codes(codes, all, { from: 0, to: list.length }), list.length, least);
          for (let place = 0; place < CODES - least; place += 1) {
            const own = bits.ofCode(set, place);
            const wanted = list.flatMap(([code, , isThere], row) => (isThere && code === least + place ? [row] : []));
            expect(rowsIn(room, own)).toEqual(wanted);
            same(own.size, wanted.length);
          }
        }),
      ),
      { numRuns: runs(200) },
    );
  });
});

test("codes far apart are not taken for one another", () => {
  withBits((bits, room) => {
    const codes = Int32Array.of(3, 3 + 256, 3 + 65_536, -1, 2 ** 31 - 1, 3);
    bits.loadCodes(room.codes(codes, { positions: undefined, count: 6 }, { from: 0, to: 6 }), 6, 3);
    expect(rowsIn(room, bits.ofCode(bits.first(6), 0))).toEqual([0, 5]);
  });
});

test.each([
  [[0, 0, 1, 1, 0], { least: 1, most: 2 }],
  [[0, 1], { least: 0, most: 0 }],
  [[2, 0, 0, 1], { least: 2, most: 2 }],
  [[1, 1, 1], undefined],
  [[0, 1, 0, 1], undefined],
  [[0, 1, 2, 1], undefined],
  [[0, 0, 2], undefined],
  [[0], undefined],
] as const)("answers %j are codes of the range %j", (answers, range) => {
  expect(rangeOfAnswers(Uint8Array.from(answers))).toEqual(range);
});

describe("sums over sets", () => {
  const SLOTS = Uint32Array.of(0, 1, 2, 3, 4, 5);
  const numbered = length.chain((rows) =>
    fc.array(fc.tuple(cellNumber, fc.integer({ min: 0, max: CODES - 1 })), { minLength: rows, maxLength: rows }),
  );

  /** Adds each batch as a part: to one by sets of its slots' rows, to the other by a slot a row. */
  function both<S extends { addSet(values: number, set: RowSet, slot: number): void }>(
    batches: readonly (readonly (readonly [number, number])[])[],
    { bits, room, bySets }: { readonly bits: RowBits; readonly room: BlockMemory; readonly bySets: S },
    byRows: (at: number, rows: { count: number; slot: undefined; slots: number }, part: number) => void,
  ): void {
    batches.forEach((list, part) => {
      const count = list.length;
      const all = { positions: undefined, count };
      const slots = Int32Array.from(list, ([, slot]) => slot);
      room.arena.int32(room.slots, count).set(slots);
      bits.loadCodes(room.codes(slots, all, { from: 0, to: count }), count, 0);
      const values = Float64Array.from(list, ([value]) => value);
      const at = room.numbers(values, all, { from: 0, to: count });
      byRows(at, { count, slot: undefined, slots: room.slots }, part);
      for (const slot of SLOTS) bySets.addSet(at, bits.ofCode(bits.first(count), slot), slot);
    });
  }

  test("have the bits of sums by row", () => {
    fc.assert(
      fc.property(fc.array(numbered, { maxLength: 3 }), (batches) =>
        withBits((bits, room) => {
          const [sets, rows] = [new SlotSums(room.arena, CODES, false), new SlotSums(room.arena, CODES, false)];
          both(batches, { bits, room, bySets: sets }, (at, slotted, part) => {
            sets.begin(part);
            rows.add(at, slotted, part);
          });
          // Slot 0 of the rows takes what is missing.
          const [found, wanted] = [sets.of(SLOTS.subarray(1)), rows.of(SLOTS.subarray(1))];
          expect(found).toStrictEqual(wanted);
        }),
      ),
      { numRuns: runs(200) },
    );
  });

  test("of whole numbers are those by row", () => {
    fc.assert(
      fc.property(fc.array(numbered, { maxLength: 3 }), (batches) =>
        withBits((bits, room) => {
          const whole = batches.map((list) => list.map(([value, slot]) => [Math.round(value) % 1_000, slot] as const));
          const [sets, rows] = [new SlotWholeSums(room.arena, CODES), new SlotWholeSums(room.arena, CODES)];
          both(whole, { bits, room, bySets: sets }, (at, slotted) => rows.add(at, slotted));
          expect(sets.of(SLOTS)).toStrictEqual(rows.of(SLOTS));
        }),
      ),
      { numRuns: runs(200) },
    );
  });
});
