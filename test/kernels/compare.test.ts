// Comparison, selection, logic and presence kernels against the plainest loops.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CompareOp,
  compareInt64,
  compareInt64s,
  compareNumber,
  compareNumbers,
  mapCodes,
} from "../../src/kernels/compare.ts";
import { andInto, fillTruth, notInto, orInto } from "../../src/kernels/logic.ts";
import { presentBits, presentCodes, presentNumbers, presentTruth } from "../../src/kernels/present.ts";
import { selectCodes, selectPresent, selectTrue } from "../../src/kernels/select.ts";
import { runs } from "../support/runs.ts";
import { cellNumber, rowsOf, selectionOf } from "./selections.ts";

const OPS: readonly CompareOp[] = ["=", "!=", "<", "<=", ">", ">="];
const op = fc.constantFrom(...OPS);

function holds(o: CompareOp, a: number | bigint, b: number | bigint): number {
  switch (o) {
    case "=":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    case "<":
      return Number(a < b);
    case "<=":
      return Number(a <= b);
    case ">":
      return Number(a > b);
    case ">=":
      return Number(a >= b);
  }
}

const UNTOUCHED = 7;
const numbers = fc.array(cellNumber, { maxLength: 40 }).map((list) => Float64Array.from(list));

describe("numbers", () => {
  test("against a literal", () => {
    fc.assert(
      fc.property(
        numbers.chain((values) => fc.tuple(fc.constant(values), selectionOf(values.length))),
        op,
        cellNumber,
        ([values, rows], o, literal) => {
          const out = new Uint8Array(values.length).fill(UNTOUCHED);
          compareNumber({ values, op: o, literal }, rows, out);
          const wanted = new Uint8Array(values.length).fill(UNTOUCHED);
          for (const row of rowsOf(rows)) {
            const value = values[row] ?? Number.NaN;
            wanted[row] = Number.isNaN(value) || Number.isNaN(literal) ? 2 : holds(o, value, literal);
          }
          expect(out).toEqual(wanted);
        },
      ),
      { numRuns: runs(600) },
    );
  });

  test("against each other", () => {
    const pairs = fc.array(fc.tuple(cellNumber, cellNumber), { maxLength: 40 });
    fc.assert(
      fc.property(
        pairs.chain((list) => fc.tuple(fc.constant(list), selectionOf(list.length))),
        op,
        ([list, rows], o) => {
          const left = Float64Array.from(list, ([a]) => a);
          const right = Float64Array.from(list, ([, b]) => b);
          const out = new Uint8Array(list.length);
          compareNumbers({ left, op: o, right }, rows, out);
          for (const row of rowsOf(rows)) {
            const [a, b] = list[row] ?? [0, 0];
            expect(out[row]).toBe(Number.isNaN(a) || Number.isNaN(b) ? 2 : holds(o, a, b));
          }
        },
      ),
      { numRuns: runs(300) },
    );
  });
});

describe("int64", () => {
  const near = fc.constantFrom(0n, -1n, 1n, 2n ** 32n, -(2n ** 32n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n));
  const int64 = fc.oneof(near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
  const cells = fc.array(fc.option(int64, { freq: 4, nil: undefined }), { maxLength: 30 });
  const pack = (list: readonly (bigint | undefined)[]) => {
    const validity = new Uint8Array(Math.ceil(list.length / 8));
    list.forEach((value, row) => {
      if (value !== undefined) validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
    });
    return { values: BigInt64Array.from(list, (value) => value ?? 0n), validity };
  };

  test("against a literal, also one beyond int64", () => {
    const literal = fc.oneof(int64, fc.constantFrom(2n ** 63n, -(2n ** 63n) - 1n, 2n ** 200n, -(2n ** 200n)));
    fc.assert(
      fc.property(
        cells.chain((list) => fc.tuple(fc.constant(list), selectionOf(list.length))),
        op,
        literal,
        ([list, rows], o, value) => {
          const out = new Uint8Array(list.length);
          compareInt64({ ...pack(list), op: o, literal: value }, rows, out);
          for (const row of rowsOf(rows)) {
            const cell = list[row];
            expect(out[row]).toBe(cell === undefined ? 2 : holds(o, cell, value));
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test("against each other", () => {
    fc.assert(
      fc.property(cells, cells, op, (a, b, o) => {
        const length = Math.min(a.length, b.length);
        const out = new Uint8Array(length);
        compareInt64s({ left: pack(a), op: o, right: pack(b) }, { positions: undefined, count: length }, out);
        for (let row = 0; row < length; row += 1) {
          const [x, y] = [a[row], b[row]];
          expect(out[row]).toBe(x === undefined || y === undefined ? 2 : holds(o, x, y));
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

describe("codes", () => {
  test("map through a table whose first entry is null's", () => {
    const codes = Int32Array.of(-1, 0, 1, -1, 1);
    const table = Uint8Array.of(2, 1, 0);
    const out = new Uint8Array(5);
    mapCodes({ codes, table }, { positions: undefined, count: 5 }, out);
    expect([...out]).toEqual([2, 1, 0, 2, 0]);
    const some = new Uint8Array(5).fill(UNTOUCHED);
    mapCodes({ codes, table }, { positions: Uint32Array.of(1, 3), count: 2 }, some);
    expect([...some]).toEqual([7, 1, 7, 2, 7]);
  });
});

describe("selection", () => {
  test("keeps true rows, present numbers and present codes, also in place", () => {
    fc.assert(
      fc.property(
        fc
          .array(
            fc.record({ truth: fc.constantFrom(0, 1, 2), value: cellNumber, code: fc.integer({ min: -1, max: 2 }) }),
          )
          .chain((list) => fc.tuple(fc.constant(list), selectionOf(list.length))),
        ([list, rows]) => {
          const all = rowsOf(rows);
          const out = () => new Uint32Array(list.length);
          const truth = Uint8Array.from(list, (cell) => cell.truth);
          const values = Float64Array.from(list, (cell) => cell.value);
          const codes = Int32Array.from(list, (cell) => cell.code);
          expect(rowsOf(selectTrue(truth, rows, out()))).toEqual(all.filter((row) => truth[row] === 1));
          expect(rowsOf(selectCodes(codes, rows, out()))).toEqual(all.filter((row) => (codes[row] ?? -1) >= 0));
          const kept = all.filter((row) => !Number.isNaN(values[row]));
          expect(rowsOf(selectPresent(values, rows, out()))).toEqual(kept);
          if (rows.positions !== undefined) expect(rowsOf(selectPresent(values, rows, rows.positions))).toEqual(kept);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test("gives the same selection back when nothing goes", () => {
    const rows = { positions: undefined, count: 3 };
    expect(selectTrue(Uint8Array.of(1, 1, 1), rows, new Uint32Array(3))).toBe(rows);
  });
});

describe("three-valued logic", () => {
  const kleene = (value: number): boolean | null => (value === 2 ? null : value === 1);
  const coded = (value: boolean | null): number => (value === null ? 2 : Number(value));

  test("AND, OR and NOT for every pair of values", () => {
    const rows = { positions: undefined, count: 1 };
    for (const a of [0, 1, 2]) {
      const not = Uint8Array.of(a);
      notInto(not, rows, not);
      const value = kleene(a);
      expect(not[0]).toBe(coded(value === null ? null : !value));
      for (const b of [0, 1, 2]) {
        const and = Uint8Array.of(a);
        const or = Uint8Array.of(a);
        andInto(and, Uint8Array.of(b), rows);
        orInto(or, Uint8Array.of(b), rows);
        expect(and[0]).toBe(a === 0 || b === 0 ? 0 : a === 1 && b === 1 ? 1 : 2);
        expect(or[0]).toBe(a === 1 || b === 1 ? 1 : a === 0 && b === 0 ? 0 : 2);
      }
    }
  });

  test("touches only the rows of the selection", () => {
    const rows = { positions: Uint32Array.of(1), count: 1 };
    const out = Uint8Array.of(7, 7, 7);
    fillTruth(2, rows, out);
    notInto(out, rows, out);
    expect([...out]).toEqual([7, 2, 7]);
    andInto(out, Uint8Array.of(0, 0, 0), rows);
    expect([...out]).toEqual([7, 0, 7]);
    orInto(out, Uint8Array.of(1, 1, 1), rows);
    expect([...out]).toEqual([7, 1, 7]);
  });
});

describe("presence", () => {
  test("of numbers, codes, bits and truth", () => {
    const some = { positions: Uint32Array.of(0, 2), count: 2 };
    const all = { positions: undefined, count: 3 };
    for (const rows of [some, all]) {
      const last = (out: Uint8Array): number[] => rowsOf(rows).map((row) => out[row] ?? -1);
      const out = new Uint8Array(3);
      const wanted = rowsOf(rows).map((row) => [1, 1, 0][row]);
      presentNumbers(Float64Array.of(0, -1, Number.NaN), rows, out);
      expect(last(out)).toEqual(wanted);
      presentCodes(Int32Array.of(0, 5, -1), rows, out);
      expect(last(out)).toEqual(wanted);
      presentBits(Uint8Array.of(0b011), rows, out);
      expect(last(out)).toEqual(wanted);
      presentTruth(Uint8Array.of(0, 1, 2), rows, out);
      expect(last(out)).toEqual(wanted);
    }
    const out = new Uint8Array(3);
    presentBits(undefined, all, out);
    expect([...out]).toEqual([1, 1, 1]);
  });
});
