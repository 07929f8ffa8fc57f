// Number builders against a plain map of rows: sets, gaps, overwrites, truncation and runs over block edges.

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { NULL_FLAG } from "../../src/columns/blocks.ts";
import { BoolBuilder, Float64Builder, Int32Builder, Int64Builder } from "../../src/columns/number-builders.ts";
import { runs } from "../support/runs.ts";
import { runModel, type Subject, steps } from "./builder-model.ts";
import { readColumn } from "./read-column.ts";

const trailing = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 140_000 }));

function float64Subject(): Subject<number> {
  const builder = new Float64Builder();
  return {
    set: (row, value) => builder.set(row, value),
    setMany: (row, values) =>
      builder.setRows(
        row,
        Float64Array.from(values, (value) => value ?? Number.NaN),
      ),
    get: (row) => (Number.isNaN(builder.get(row)) ? undefined : builder.get(row)),
    truncate: (rows) => builder.truncate(rows),
    seal: (rows) => builder.seal(rows),
    get sizeBytes() {
      return builder.sizeBytes;
    },
  };
}

describe("builders hold what a plain map holds", () => {
  test("float64", () => {
    fc.assert(
      fc.property(steps(fc.double({ noNaN: true })), trailing, (program, more) => {
        runModel(float64Subject(), program, more);
      }),
      { numRuns: runs(30, 60) },
    );
  });

  test("int64", () => {
    fc.assert(
      fc.property(steps(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), trailing, (program, more) => {
        const builder = new Int64Builder();
        const setMany = (row: number, values: readonly (bigint | undefined)[]) => {
          const present = Uint8Array.from(values, (value) => (value === undefined ? 0 : 1));
          builder.setRows(
            row,
            BigInt64Array.from(values, (value) => value ?? 0n),
            present,
          );
        };
        runModel(Object.assign(builder, { setMany }), program, more);
      }),
      { numRuns: runs(20, 40) },
    );
  });

  test("bool", () => {
    fc.assert(
      fc.property(steps(fc.constantFrom<0 | 1>(0, 1)), trailing, (program, more) => {
        const builder = new BoolBuilder();
        const setMany = (row: number, values: readonly (0 | 1 | undefined)[]) =>
          builder.setRows(
            row,
            Uint8Array.from(values, (value) => value ?? NULL_FLAG),
          );
        runModel<0 | 1>(Object.assign(builder, { setMany }), program, more);
      }),
      { numRuns: runs(20, 40) },
    );
  });
});

test("int32 columns hold 0 where nothing was set and have no nulls", () => {
  const builder = new Int32Builder();
  builder.set(2, -7);
  builder.set(70_000, 2 ** 31 - 1);
  builder.truncate(65_000);
  builder.set(65_536, 5);
  const column = builder.seal(65_540);
  const cells = readColumn(column);
  expect(cells.slice(0, 4)).toEqual([0, 0, -7, 0]);
  expect(cells.slice(65_534)).toEqual([0, 0, 5, 0, 0, 0]);
  expect(column.nulls).toBe(0);
  expect(column.blocks.map((block) => block.stats)).toEqual([
    { min: -7, max: 0, nulls: 0 },
    { min: 0, max: 5, nulls: 0 },
  ]);
});

test("NaN sets null, -0 and infinities are values", () => {
  const builder = new Float64Builder();
  [Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].forEach((value, row) => {
    builder.set(row, value);
  });
  expect(readColumn(builder.seal(4))).toEqual([undefined, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
});

test("int64 stats are rounded outward", () => {
  for (const value of [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n) + 1n, -(2n ** 63n), 0n, 1n]) {
    const builder = new Int64Builder();
    builder.set(0, value);
    const { min, max } = builder.seal(1).blocks[0]?.stats ?? { min: Number.NaN, max: Number.NaN };
    expect(BigInt(min) <= value && value <= BigInt(max), `${value}`).toBe(true);
    expect(max - min).toBeLessThanOrEqual(2048);
  }
});

test("a rare column is small, and blocks without a value share their memory", () => {
  const builder = new Float64Builder();
  builder.set(3, 1);
  expect(builder.sizeBytes).toBeLessThanOrEqual(1024);
  builder.set(200_000, 2);
  const column = builder.seal(300_000);
  expect(column.blocks).toHaveLength(5);
  expect(column.blocks[1]?.values.buffer).toBe(column.blocks[2]?.values.buffer);
  expect(column.blocks[1]?.validity?.buffer).toBe(column.blocks[2]?.validity?.buffer);
  expect(column.nulls).toBe(299_998);
});

test("values live in shared memory, and the last block is a view of what was written", () => {
  const builder = new Float64Builder();
  for (let row = 0; row < 70_000; row += 1) builder.set(row, row);
  const column = builder.seal(70_000);
  for (const block of column.blocks) expect(block.values.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(column.blocks[1]?.length).toBe(70_000 - 65_536);
  expect(column.blocks[1]?.values.buffer.byteLength).toBe(65_536 * 8);
});

test("rows that descend are a bug of the caller", () => {
  const builder = new Float64Builder();
  builder.set(5, 1);
  expect(() => builder.set(3, 1)).toThrow(/row 3 is set after row 5/);
  expect(() => builder.seal(5)).toThrow(/sealed with all its rows/);
});

test("a refused allocation is E_MEMORY", () => {
  const builder = new Float64Builder();
  vi.stubGlobal("SharedArrayBuffer", function refuse() {
    throw new RangeError("Array buffer allocation failed");
  });
  try {
    expect(() => builder.set(0, 1)).toThrow(expect.objectContaining({ code: "E_MEMORY" }));
  } finally {
    vi.unstubAllGlobals();
  }
});
