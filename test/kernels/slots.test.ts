// The WebAssembly kernels against plain loops: selections, slots, counts, sums, extremes, distinct codes, percentiles.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growSums, sumByGroup, sumValue } from "../../src/kernels/accumulate.ts";
import { SlotBins } from "../../src/kernels/bins.ts";
import { BlockMemory } from "../../src/kernels/block-memory.ts";
import { percentilesOf } from "../../src/kernels/quantile.ts";
import { SlotDistinct, SlotExtremes, SlotRows, SlotSums } from "../../src/kernels/slot-sums.ts";
import { SlotTable, type SlottedRows } from "../../src/kernels/slots.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { cellNumber, rowsOf, selectionOf } from "./selections.ts";

const ROWS = 300;

function memory(): BlockMemory {
  const taken = BlockMemory.take(ROWS);
  if (taken === undefined) throw new Error("no WebAssembly");
  return taken;
}

/** Runs a check with an arena, which is given back. */
function withMemory(check: (room: BlockMemory) => void): void {
  const room = memory();
  check(room);
  room.arena.release();
}

describe("selections", () => {
  const cells = fc
    .array(fc.tuple(cellNumber, fc.integer({ min: -1, max: 4 }), fc.nat(2)), { maxLength: 60 })
    .chain((list) => fc.tuple(fc.constant(list), selectionOf(list.length)));

  test("are those of plain loops", () => {
    const bound = fc.oneof(cellNumber, fc.constantFrom(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
    fc.assert(
      fc.property(cells, bound, bound, ([list, rows], least, most) =>
        withMemory((room) => {
          const values = Float64Array.from(list, ([value]) => value);
          const codes = Int32Array.from(list, ([, code]) => code);
          const bytes = Uint8Array.from(list, ([, , truth]) => truth);
          const answers = Uint8Array.of(2, 1, 0, 1, 2, 1);
          const table = room.arena.allocate(answers.length);
          room.arena.bytes(table, answers.length).set(answers);
          const kept = (isKept: (row: number) => boolean) => rowsOf(rows).filter(isKept);
          const cell = (row: number) => list[row] ?? [Number.NaN, -1, 0];
          const between = rowsOf(room.selectBetween(values, { least, most }, rows));
          expect(between).toEqual(kept((row) => cell(row)[0] >= least && cell(row)[0] <= most));
          expect(rowsOf(room.selectMapped(codes, table, rows))).toEqual(kept((row) => answers[cell(row)[1] + 1] === 1));
          same(
            rowsOf(room.selectBytes(bytes, rows)),
            kept((row) => cell(row)[2] === 1),
          );
          const index = codes.map((code) => code + 8);
          const taken = room.selectTaken(index, { bytes: Uint8Array.of(1, 0, 2, 1, 1, 0), first: 7 }, rows);
          expect(rowsOf(taken)).toEqual(kept((row) => [0, 3, 4].includes(cell(row)[1] + 1)));
        }),
      ),
      { numRuns: runs(500) },
    );
  });

  test("narrow one another in place, and are gathered from dense and sparse ones", () => {
    withMemory((room) => {
      const values = Float64Array.from({ length: ROWS }, (_, row) => row);
      const all = { positions: undefined, count: ROWS };
      const even = room.selectBytes(
        Uint8Array.from(values, (row) => (row + 1) % 2),
        all,
      );
      const dense = room.selectBetween(values, { least: 9, most: 250 }, even);
      const numbers = room.numbers(values, dense, { from: 1, to: 4 });
      expect([...room.arena.float64(numbers, 3)]).toEqual([12, 14, 16]);
      const sparse = room.selectBetween(values, { least: 100, most: 106 }, dense);
      expect([...room.arena.float64(room.numbers(values, sparse, { from: 0, to: 4 }), 4)]).toEqual([
        100, 102, 104, 106,
      ]);
      const codes = Int32Array.from(values);
      expect([...room.arena.int32(room.codes(codes, sparse, { from: 2, to: 4 }), 2)]).toEqual([104, 106]);
    });
  });
});

describe("slots", () => {
  const keyed = fc
    .array(fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 3 })), { maxLength: 40 })
    .chain((list) => fc.tuple(fc.constant(list), selectionOf(list.length)));

  test("are listed in order of first appearance, nulls kept or left out", () => {
    fc.assert(
      fc.property(fc.array(keyed, { maxLength: 4 }), fc.boolean(), (batches, keepNulls) =>
        withMemory((room) => {
          const table = new SlotTable([3, 4], room, { keepNulls, maxGroups: 100 });
          const wanted: string[] = [];
          for (const [list, rows] of batches) {
            if (rows.count === 0) continue;
            const slotted = table.place([undefined, undefined], rows.count);
            for (const key of [0, 1] as const) {
              const codes = Int32Array.from(list, (pair) => pair[key]);
              const at = room.codes(codes, rows, { from: 0, to: rows.count });
              table.add(key, { kind: "codes", at }, slotted);
            }
            table.note(slotted);
            for (const row of rowsOf(rows)) {
              const pair = list[row] ?? [-1, -1];
              if (!keepNulls && pair.includes(-1)) continue;
              if (!wanted.includes(pair.join())) wanted.push(pair.join());
            }
          }
          const groups = table.groups();
          const lefts = table.keyCodes(0, groups);
          const rights = table.keyCodes(1, groups);
          expect(Array.from(groups, (_, i) => `${lefts[i]},${rights[i]}`)).toEqual(wanted);
        }),
      ),
      { numRuns: runs(300) },
    );
  });

  test("of times and of constants are those of codes", () => {
    withMemory((room) => {
      const table = new SlotTable([5, 2], room, { keepNulls: true, maxGroups: 100 });
      const times = Float64Array.of(-1, 0, 999, 1_000, 1_999.5, 2_000, 2_999, -1_000);
      const slotted = table.place([undefined, 1], times.length);
      const at = room.numbers(times, { positions: undefined, count: times.length }, { from: 0, to: times.length });
      table.add(0, { kind: "times", at, width: 1_000, first: -1 }, slotted);
      table.note(slotted);
      expect([...table.keyCodes(0, table.groups())]).toEqual([0, 1, 2, 3]);
      expect([...table.keyCodes(1, table.groups())]).toEqual([1, 1, 1, 1]);
      expect(table.place([3, 1], 1).slot).toBe(table.groups()[3]);
      expect(table.settled(slotted).slot).toBeUndefined();
      for (const count of [1, 3, 4, 9]) {
        const rows = table.place([undefined, 1], count);
        const code = room.codes(new Int32Array(count).fill(2), { positions: undefined, count }, { from: 0, to: count });
        table.add(0, { kind: "codes", at: code }, rows);
        expect(table.settled(rows).slot).toBe(table.groups()[2]);
        room.arena.uint32(room.slots, count)[count - 1] = 1;
        expect(table.settled(rows).slot).toBe(count === 1 ? 1 : undefined);
      }
    });
  });

  test("stop at the limit", () => {
    withMemory((room) => {
      const table = new SlotTable([3], room, { keepNulls: false, maxGroups: 2 });
      const note = (code: number) => table.note(table.place([code], 1));
      note(0);
      note(1);
      note(1);
      expect(() => note(2)).toThrow("more than 2 groups");
    });
  });
});

describe("accumulators", () => {
  const batch = fc.array(fc.tuple(cellNumber, fc.integer({ min: 1, max: 4 }), fc.integer({ min: -1, max: 5 })), {
    maxLength: 40,
  });
  const SIZE = 5;
  const GROUPS = Uint32Array.of(1, 2, 3, 4);

  test("agree with the kernels in TypeScript, sums bit for bit", () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 4 }), fc.boolean(), (batches, oneSlot) =>
        withMemory((room) => {
          const { arena } = room;
          const rows = new SlotRows(arena, SIZE);
          const sums = new SlotSums(arena, SIZE, false);
          const mins = new SlotExtremes(arena, SIZE, "min");
          const distinct = new SlotDistinct(arena, SIZE, 6);
          const reference = { sums: growSums(SIZE), counts: new Float64Array(SIZE) };
          const members: [number, number][][] = [[], [], [], [], []];
          batches.forEach((list, part) => {
            const count = list.length;
            if (count === 0) return;
            const all = { positions: undefined, count };
            const values = Float64Array.from(list, ([value]) => value / 4);
            const ids = Uint32Array.from(list, ([, slot]) => (oneSlot ? 2 : slot));
            const codes = Int32Array.from(list, ([, , code]) => code);
            arena.uint32(room.slots, count).set(ids);
            const slotted = { count, slot: oneSlot ? 2 : undefined, slots: room.slots };
            rows.add(slotted);
            const at = room.numbers(values, all, { from: 0, to: count });
            sums.add(at, slotted, part);
            mins.add(at, room.slots, count);
            distinct.add(room.codes(codes, all, { from: 0, to: count }), room.slots, count);
            sumByGroup(values, { ids, rows: all }, { ...reference, part });
            ids.forEach((id, row) => void members[id]?.push([values[row] ?? 0, codes[row] ?? 0]));
          });
          const found = sums.of(GROUPS);
          GROUPS.forEach((slot, group) => {
            const here = members[slot] ?? [];
            const numbers = here.map(([value]) => value).filter((value) => !Number.isNaN(value));
            expect(found.sums[group]).toBe(sumValue(reference.sums, slot));
            expect(found.counts[group]).toBe(numbers.length);
            same(rows.of(GROUPS)[group], here.length);
            const least = numbers.length === 0 ? Number.NaN : numbers.reduce((a, b) => Math.min(a, b)) + 0;
            expect(mins.of(GROUPS)[group]).toBe(least);
            expect(distinct.of(GROUPS)[group]).toBe(
              new Set(here.map(([, code]) => code).filter((code) => code >= 0)).size,
            );
          });
        }),
      ),
      {
        numRuns: runs(400),
        // Totals that overflow, between parts and within one.
        examples: [
          [[Array(3).fill([-Number.MAX_VALUE, 1, 0]), Array(2).fill([-Number.MAX_VALUE, 1, 0])], false],
          [[Array(6).fill([Number.MAX_VALUE, 1, 0])], true],
        ],
      },
    );
  });
});

test("parts that several threads summed are merged in their order", () => {
  withMemory((room) => {
    // In another order the last part would cancel too early, and the 1 would be lost.
    const parts = [[1e200, 1e100], [1, -1e100], [-1e200]];
    const [all, own, other] = [0, 0, 0].map(() => new SlotSums(room.arena, 2, true));
    parts.forEach((part, number) => {
      const values = Float64Array.from(part);
      const at = room.numbers(values, { positions: undefined, count: part.length }, { from: 0, to: part.length });
      const rows = { count: part.length, slot: 1, slots: 0 };
      all?.add(at, rows, number);
      (number === 1 ? other : own)?.add(at, rows, number);
    });
    if (other !== undefined) own?.merge(other.partial());
    expect(all?.of(Uint32Array.of(1)).sums[0]).toBe(1);
    expect(own?.of(Uint32Array.of(1))).toEqual(all?.of(Uint32Array.of(1)));
    expect(own?.of(Uint32Array.of(1)).counts[0]).toBe(5);
  });
});

describe("percentiles by bins", () => {
  const shapes: readonly ((i: number, random: number) => number)[] = [
    (_, random) => random,
    (_, random) => Math.floor(random * 5),
    (i) => (i % 3 === 0 ? 0 : 1e9 + i),
    (_, random) => -Math.exp(random * 40),
    (i) => (i % 2 === 0 ? -0 : 0),
    (_, random) => (random < 0.3 ? Number.NaN : Math.exp(random * 20)),
    () => 7,
    (i) => (i === 0 ? 1e300 : i * 1e-300),
  ];

  test.each([1, 2, 40, 70_000])("are those of selection, for %i slots", (slots) => {
    const random = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { seed: 5, numRuns: ROWS });
    const percentiles = [0, 12.5, 50, 99, 100];
    for (const shape of shapes) {
      withMemory((room) => {
        const values = Float64Array.from({ length: ROWS }, (_, i) => shape(i, random[i] ?? 0));
        const present = values.filter((value) => !Number.isNaN(value));
        const [least, most] = [present.reduce((a, b) => Math.min(a, b)), present.reduce((a, b) => Math.max(a, b))];
        const bins = new SlotBins(room.arena, slots + 1, { least: least + 0, most: most + 0 });
        const look = (take: (at: number, rows: SlottedRows) => void) => {
          for (let from = 0; from < ROWS; from += 100) {
            const ids = Uint32Array.from({ length: 100 }, (_, i) => 1 + ((from + i) % slots));
            room.arena.uint32(room.slots, 100).set(ids);
            const at = room.numbers(values, { positions: undefined, count: ROWS }, { from, to: from + 100 });
            take(at, { count: 100, slot: undefined, slots: room.slots });
          }
        };
        const groups = Uint32Array.from({ length: Math.min(slots, 45) }, (_, group) => group + 1);
        look((at, rows) => bins.count(at, rows));
        bins.want(groups, percentiles);
        look((at, rows) => bins.gather(at, rows));
        const found = bins.percentiles();
        groups.forEach((slot, group) => {
          const own = values.filter((value, i) => 1 + (i % slots) === slot && !Number.isNaN(value)).map((v) => v + 0);
          const wanted = percentilesOf(own, { start: 0, end: own.length }, percentiles);
          expect(found.map((array) => array[group])).toEqual([...wanted]);
        });
      });
    }
  });
});
