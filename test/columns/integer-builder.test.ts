// The builder of integers against a plain map of rows, and when its column is float64 or int64.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IntegerBuilder } from "../../src/columns/integer-builder.ts";
import { runs } from "../support/runs.ts";
import { runModel, type Subject, steps } from "./builder-model.ts";
import { readColumn } from "./read-column.ts";

const LARGE = 2n ** 53n + 1n;

/** One large row past the end makes every sealed column int64, so that its cells are bigints. */
function subject(): Subject<bigint> {
  const builder = new IntegerBuilder();
  return {
    set: (row, value) => builder.setExact(row, value),
    get: (row) => builder.get(row),
    truncate: (rows) => builder.truncate(rows),
    seal(rows) {
      builder.setExact(rows, LARGE);
      return builder.seal(rows + 1);
    },
    get sizeBytes() {
      return builder.sizeBytes;
    },
  };
}

const value = fc.oneof(
  fc.bigInt({ min: -5n, max: 5n }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

test("holds what a plain map holds", () => {
  const trailing = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 140_000 }));
  fc.assert(
    fc.property(steps(value), trailing, (program, more) => {
      runModel(subject(), program, more);
    }),
    { numRuns: runs(20, 40) },
  );
});

describe("the column", () => {
  test("is float64 up to 2^53", () => {
    const builder = new IntegerBuilder();
    builder.set(0, 7);
    builder.setExact(2, 2n ** 53n);
    const column = builder.seal(3);
    expect([column.type, readColumn(column)]).toEqual(["float64", [7, undefined, 2 ** 53]]);
  });

  test("is int64 beyond, with small values and nulls in their places", () => {
    const builder = new IntegerBuilder();
    builder.set(0, 7);
    builder.setExact(2, LARGE);
    const column = builder.seal(3);
    expect([column.type, readColumn(column)]).toEqual(["int64", [7n, undefined, LARGE]]);
  });

  test("is float64 again when the large value was overwritten or taken back", () => {
    const builder = new IntegerBuilder();
    builder.setExact(0, LARGE);
    builder.set(0, 1);
    builder.setExact(1, -LARGE);
    builder.truncate(1);
    expect(builder.seal(1).type).toBe("float64");
  });
});
