// Counts, sums, min and max by group; compensated sums against exact rational arithmetic (reliability G9).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countCodes,
  countNumbers,
  countRows,
  growSums,
  maxByGroup,
  minByGroup,
  sumByGroup,
  sumValue,
  sumWholeByGroup,
  WHOLE,
} from "../../src/kernels/accumulate.ts";
import { DistinctCounter } from "../../src/kernels/distinct.ts";
import { exactSum } from "../oracle/plan-oracle.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { cellNumber, rowsOf, selectionOf } from "./selections.ts";

/** The sum of parts, each summed from zero by itself and merged in order, as blocks are. */
function partitioned(parts: readonly (readonly number[])[]): number {
  const sums = growSums(1);
  parts.forEach((part, block) => {
    const values = Float64Array.from(part);
    const rows = { positions: undefined, count: values.length };
    sumByGroup(values, { ids: undefined, rows }, { sums, counts: new Float64Array(1), part: block });
  });
  return sumValue(sums, 0);
}

function split<T>(list: readonly T[], parts: number): T[][] {
  const size = Math.max(1, Math.ceil(list.length / parts));
  return Array.from({ length: parts }, (_, i) => list.slice(i * size, (i + 1) * size));
}

/** Units in the last place between two numbers of one sign. */
function ulps(a: number, b: number): bigint {
  const bits = (value: number): bigint => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value + 0);
    const signed = view.getBigInt64(0);
    return signed < 0n ? -(signed & 0x7fffffffffffffffn) : signed;
  };
  const difference = bits(a) - bits(b);
  return difference < 0n ? -difference : difference;
}

describe("sums", () => {
  test("what plain addition loses is kept", () => {
    expect(partitioned([[1, 1e100, 1, -1e100]])).toBe(2);
    expect(
      partitioned([
        [1, 1e100],
        [1, -1e100],
      ]),
    ).toBe(2);
    expect(partitioned([[1e100], [1], [-1e100], [1]])).toBe(2);
    expect(partitioned([Array.from({ length: 10 }, () => 0.1)])).toBe(1);
  });

  test("every order and partition is within one unit in the last place of the exact sum", () => {
    const magnitude = fc.oneof(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 1e6 }));
    const value = fc.oneof({ weight: 5, arbitrary: magnitude }, { weight: 1, arbitrary: magnitude.map((x) => -x / 4) });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 120 }),
        fc.array(fc.nat(1e6), { minLength: 20, maxLength: 20 }),
        (values, seeds) => {
          const exact = exactSum(values);
          seeds.forEach((seed, i) => {
            const order = values
              .map((number, at) => ({ number, key: Math.imul(seed + at, 0x9e3779b1) ^ seed }))
              .sort((a, b) => a.key - b.key)
              .map(({ number }) => number);
            const found = partitioned(split(order, 1 + (i % 8)));
            same(ulps(found, exact) <= 1n, true, `${found} for ${exact}`);
          });
        },
      ),
      { numRuns: runs(150) },
    );
  });

  test("infinite sums stay infinite, and an empty sum is plain zero", () => {
    expect(partitioned([[1e308, 1e308], [1]])).toBe(Number.POSITIVE_INFINITY);
    expect(Object.is(partitioned([[-0, -0]]), 0)).toBe(true);
    expect(partitioned([])).toBe(0);
  });

  test("every block sums from zero by itself, with and without ids, for every selection", () => {
    // Summed in one go, the 1 would be lost beside the error of 1e100.
    const blocks = [[1e200, 1e100], [1, -1e100], [-1e200]];
    expect(partitioned([blocks.flat()])).toBe(0);
    expect(partitioned(blocks)).toBe(1);
    for (const selected of [false, true]) {
      const sums = growSums(2);
      blocks.forEach((part, block) => {
        const values = Float64Array.from(part);
        const positions = selected ? Uint32Array.from(part, (_, row) => row) : undefined;
        const grouped = { ids: new Uint32Array(part.length).fill(1), rows: { positions, count: part.length } };
        sumByGroup(values, grouped, { sums, counts: new Float64Array(2), part: block });
      });
      expect(sumValue(sums, 1)).toBe(1);
      expect(sumValue(sums, 0)).toBe(0);
    }
  });

  test("whole numbers: plain sums have the bits of compensated ones", () => {
    const whole = fc.oneof(
      fc.maxSafeInteger().map((x) => Math.trunc(x / 2 ** 12)),
      fc.constantFrom(0, -0, Number.NaN),
    );
    const block = fc
      .array(fc.tuple(whole, fc.nat(3)), { maxLength: 30 })
      .chain((list) => fc.tuple(fc.constant(list), selectionOf(list.length), fc.boolean()));
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (list) => {
        const [sums, counts, records] = [growSums(4), new Float64Array(4), new Float64Array(4 * WHOLE)];
        list.forEach(([cells, rows, isOne], part) => {
          const values = Float64Array.from(cells, ([value]) => value);
          const ids = isOne ? undefined : Uint32Array.from(cells, ([, group]) => group);
          sumByGroup(values, { ids, rows }, { sums, counts, part });
          sumWholeByGroup(values, { ids, rows }, records);
        });
        for (let group = 0; group < 4; group += 1) {
          expect(records[group * WHOLE + 1]).toBe(counts[group]);
          if ((counts[group] ?? 0) > 0) expect(records[group * WHOLE]).toBe(sumValue(sums, group));
        }
      }),
      { numRuns: runs(300) },
    );
  });

  test("by group, growing on the way, the bits are those of each group by itself", () => {
    const cell = fc.tuple(fc.oneof(cellNumber, fc.double({ min: -1e200, max: 1e200, noNaN: true })), fc.nat(9));
    const blocks = fc.array(
      fc.array(cell, { maxLength: 20 }).chain((list) => fc.tuple(fc.constant(list), selectionOf(list.length))),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(blocks, (list) => {
        let sums = growSums(1);
        const counts = new Float64Array(10);
        const parts: number[][][] = Array.from({ length: 10 }, () => []);
        list.forEach(([cells, rows], block) => {
          const values = Float64Array.from(cells, ([value]) => value);
          const ids = Uint32Array.from(cells, ([, group]) => group);
          sums = growSums(Math.max(1, ...ids.map((id) => id + 1)), sums);
          sumByGroup(values, { ids, rows }, { sums, counts, part: block });
          parts.forEach((part, group) => {
            const here = rowsOf(rows).filter((row) => ids[row] === group && !Number.isNaN(values[row]));
            part.push(here.map((row) => values[row] ?? 0));
          });
        });
        parts.forEach((part, group) => {
          same(counts[group], part.flat().length);
          // Blocks that a group is not in add nothing.
          const met = part.filter(({ length }) => length > 0);
          if (met.length > 0) expect(sumValue(sums, group)).toBe(partitioned(met));
        });
      }),
      { numRuns: runs(300) },
    );
  });
});

describe("by group", () => {
  test("agree with plain loops, with and without ids, for every selection", () => {
    const cell = fc.record({ value: cellNumber, group: fc.nat(3), code: fc.integer({ min: -1, max: 3 }) });
    fc.assert(
      fc.property(
        fc.array(cell, { maxLength: 60 }).chain((list) => fc.tuple(fc.constant(list), selectionOf(list.length))),
        fc.boolean(),
        ([list, rows], grouped) => {
          const values = Float64Array.from(list, ({ value }) => value);
          const codes = Int32Array.from(list, ({ code }) => code);
          const ids = grouped ? Uint32Array.from(list, ({ group }) => group) : undefined;
          const members = (group: number) =>
            rowsOf(rows).flatMap((row) => (list[row] !== undefined && (ids?.[row] ?? 0) === group ? [list[row]] : []));
          const by = { ids, rows };
          const arrays = {
            rows: new Float64Array(4),
            numbers: new Float64Array(4),
            codes: new Float64Array(4),
            mins: new Float64Array(4).fill(Number.POSITIVE_INFINITY),
            maxs: new Float64Array(4).fill(Number.NEGATIVE_INFINITY),
          };
          countRows(by, arrays.rows);
          countNumbers(values, by, arrays.numbers);
          countCodes(codes, by, arrays.codes);
          minByGroup(values, by, arrays.mins);
          maxByGroup(values, by, arrays.maxs);
          const distinct = new DistinctCounter();
          distinct.add(codes, ids, rows);
          distinct.add(codes, ids, rows);
          for (let group = 0; group < 4; group += 1) {
            const here = members(group);
            const present = here.map(({ value }) => value).filter((value) => !Number.isNaN(value));
            const coded = here.map(({ code }) => code).filter((code) => code >= 0);
            same(arrays.rows[group], here.length);
            same(arrays.numbers[group], present.length);
            same(arrays.codes[group], coded.length);
            same((arrays.mins[group] ?? 0) + 0, present.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) + 0);
            same((arrays.maxs[group] ?? 0) + 0, present.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) + 0);
            same(distinct.finish(4)[group], new Set(coded).size);
          }
        },
      ),
      { numRuns: runs(400) },
    );
  });

  test("distinct codes of many groups", () => {
    const distinct = new DistinctCounter();
    const count = 50_000;
    const ids = Uint32Array.from({ length: count }, (_, i) => i % 1_000);
    const codes = Int32Array.from({ length: count }, (_, i) => i % 700);
    distinct.add(codes, ids, { positions: undefined, count });
    const pairs = new Map<number, Set<number>>();
    for (let i = 0; i < count; i += 1) pairs.set(i % 1_000, (pairs.get(i % 1_000) ?? new Set()).add(i % 700));
    const counts = distinct.finish(1_000);
    for (const [group, members] of pairs) expect(counts[group]).toBe(members.size);
  });
});
