// Granules against plain loops: the bounds of every 1,024 rows, and the runs of rows that share a bucket by them.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Float64Column } from "../../src/columns/column.ts";
import type { Batch } from "../../src/exec/batch.ts";
import { GRANULE_ROWS, granulesOf } from "../../src/exec/granules.ts";
import { type BucketedTimes, timeRuns } from "../../src/exec/time-runs.ts";
import { runs } from "../support/runs.ts";

const HOUR = 3_600;

/** Numbers by granule: all of one, in order, at random, or missing. */
const granule = fc.record({
  rows: fc.constantFrom(1, 7, GRANULE_ROWS),
  kind: fc.constantFrom("one", "ascending", "spread", "none", "some"),
  start: fc.integer({ min: -3, max: 3 }).map((hour) => hour * HOUR),
});

type Piece = typeof granule extends fc.Arbitrary<infer T> ? T : never;

function numbersOf({ kind, start }: Piece): number[] {
  return Array.from({ length: GRANULE_ROWS }, (_, i) => {
    if (kind === "none" || (kind === "some" && i % 3 === 0)) return Number.NaN;
    if (kind === "ascending") return start + i * 4;
    return kind === "spread" ? start + ((i * 7_919) % 9_000) : start + (i % HOUR);
  });
}

/** Granules of a block, the last one shorter. */
const block = fc
  .array(granule, { minLength: 1, maxLength: 5 })
  .map((pieces) =>
    Float64Array.from(
      pieces.flatMap((piece, at) => numbersOf(piece).slice(0, at === pieces.length - 1 ? piece.rows : undefined)),
    ),
  );

test("the bounds of granules leave out what is missing", () => {
  fc.assert(
    fc.property(block, (values) => {
      const { mins, maxs } = granulesOf(values);
      expect(mins).toHaveLength(Math.ceil(values.length / GRANULE_ROWS));
      mins.forEach((min, at) => {
        const own = values.slice(at * GRANULE_ROWS, (at + 1) * GRANULE_ROWS).filter((value) => !Number.isNaN(value));
        expect([min, maxs[at]]).toEqual([Math.min(...own), Math.max(...own)]);
      });
      expect(granulesOf(values)).toBe(granulesOf(values));
    }),
    { numRuns: runs(60) },
  );
  expect(granulesOf(new Float64Array(0)).mins).toHaveLength(0);
});

function timesOf(values: Float64Array): BucketedTimes {
  const stats = { min: Math.min(...values), max: Math.max(...values), nulls: 0 };
  const blocks = [{ length: values.length, values, validity: undefined, stats }];
  const column: Float64Column = { type: "float64", blocks, length: values.length, nulls: 0 };
  return { source: { values: () => values, stable: true, column }, width: HOUR, first: -100 };
}

test("a stretch that is given a code has no other, and ends where the bucket is known to change", () => {
  fc.assert(
    fc.property(block, fc.boolean(), fc.nat(3), (values, isSelected, every) => {
      const present = Array.from(values.keys()).filter((row) => !Number.isNaN(values[row] ?? Number.NaN));
      const hasNulls = present.length < values.length;
      const kept = isSelected || hasNulls ? present.filter((row) => row % (every + 1) === 0) : undefined;
      const rows = { positions: kept && Uint32Array.from(kept), count: kept?.length ?? values.length };
      const batch: Batch = { block: 0, length: values.length, rows };
      const found = timeRuns(timesOf(values), batch);
      if (found === undefined) throw new Error("times of an own column have runs");
      const codeAt = (at: number): number => Math.floor((values[kept?.[at] ?? at] ?? 0) / HOUR) + 100;
      for (let from = 0; from < rows.count; ) {
        const to = Math.min(rows.count, found.end(from), from + 1_500);
        expect(to).toBeGreaterThan(from);
        const codes = new Set(Array.from({ length: to - from }, (_, i) => codeAt(from + i)));
        const code = found.code({ from, to, rows });
        if (code !== undefined) expect([...codes]).toEqual([code]);
        from = to;
      }
    }),
    { numRuns: runs(60) },
  );
});

test("rows of one bucket are known to be", () => {
  const values = Float64Array.from({ length: 5 * GRANULE_ROWS }, (_, i) => Math.floor(i / (3 * GRANULE_ROWS)) * HOUR);
  const rows = { positions: undefined, count: values.length };
  const all: Batch = { block: 0, length: values.length, rows };
  const found = timeRuns(timesOf(values), all);
  expect(found?.end(0)).toBe(3 * GRANULE_ROWS);
  expect(found?.code({ from: 0, to: 3 * GRANULE_ROWS, rows })).toBe(100);
  expect(found?.code({ from: 0, to: 3 * GRANULE_ROWS + 1, rows })).toBeUndefined();
  expect(found?.end(3 * GRANULE_ROWS)).toBe(values.length);
  expect(found?.code({ from: 3 * GRANULE_ROWS, to: values.length, rows })).toBe(101);
});
