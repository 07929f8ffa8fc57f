// Buckets by floor, against exact integer arithmetic; gathering across blocks.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCK_ROWS } from "../../src/columns/column.ts";
import { mapToCodes, mapToNumbers, takeCodes, takeNumbers, takeTruth } from "../../src/kernels/take.ts";
import { bucketCodes, bucketNumber, bucketStarts } from "../../src/kernels/time-bucket.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

describe("time buckets", () => {
  const width = fc.oneof(
    fc.constantFrom(1, 7, 1_000, 7_000, 3_600_000, 604_800_000),
    fc.integer({ min: 1, max: 2 ** 40 }),
  );
  const edge = fc.tuple(width, fc.integer({ min: -(2 ** 12), max: 2 ** 12 }), fc.constantFrom(-1, 0, 1));
  const near = edge.map(([w, n, d]) => ({ w, t: w * n + d }));
  const far = fc.record({ w: width, t: fc.maxSafeInteger() });

  test("are exact at their edges, before and after 1970", () => {
    fc.assert(
      fc.property(fc.oneof(near, far), ({ w, t }) => {
        const [time, width64] = [BigInt(t), BigInt(w)];
        const wanted = time / width64 - (time % width64 < 0n ? 1n : 0n);
        same(BigInt(bucketNumber(t, w)), wanted);
      }),
      { numRuns: runs(10_000, 20_000) },
    );
  });

  test("as codes and as starts, NaN apart", () => {
    const times = Float64Array.of(-1, 0, 6, 7, Number.NaN);
    const out = new Int32Array(5).fill(9);
    bucketCodes({ times, widthMs: 7, first: -1 }, { positions: undefined, count: 5 }, out);
    expect([...out]).toEqual([0, 1, 1, 2, -1]);
    out.fill(9);
    bucketCodes({ times, widthMs: 7, first: -1 }, { positions: Uint32Array.of(1, 4), count: 2 }, out);
    expect([...out]).toEqual([9, 1, 9, 9, -1]);
    const starts = new Float64Array(5);
    bucketStarts({ times, widthMs: 7 }, { positions: undefined, count: 5 }, starts);
    expect([...starts]).toEqual([-7, 0, 0, 7, Number.NaN]);
  });
});

describe("take", () => {
  const rows = { positions: undefined, count: 4 };
  const index = Int32Array.of(-1, 1, BLOCK_ROWS - 1, BLOCK_ROWS + 2);
  const block = (from: number) => Float64Array.from({ length: BLOCK_ROWS }, (_, i) => from + i);

  test("reads numbers and codes across blocks", () => {
    const blocks = [block(0), block(BLOCK_ROWS)];
    const numbers = new Float64Array(4);
    takeNumbers({ blocks, index }, rows, numbers);
    expect([...numbers]).toEqual([Number.NaN, 1, BLOCK_ROWS - 1, BLOCK_ROWS + 2]);
    const codes = new Int32Array(4);
    takeCodes({ blocks: blocks.map((values) => Int32Array.from(values)), index }, rows, codes);
    expect([...codes]).toEqual([-1, 1, BLOCK_ROWS - 1, BLOCK_ROWS + 2]);
  });

  test("maps through tables whose first entry is null's", () => {
    const codes = Int32Array.of(-1, 0, 1, 0);
    const some = { positions: Uint32Array.of(0, 2), count: 2 };
    const numbers = new Float64Array(4);
    mapToNumbers({ codes, table: Float64Array.of(Number.NaN, 5, 6) }, rows, numbers);
    expect([...numbers]).toEqual([Number.NaN, 5, 6, 5]);
    const out = new Int32Array(4);
    mapToCodes({ codes, table: Int32Array.of(-1, 3, 4) }, some, out);
    expect([...out]).toEqual([-1, 0, 4, 0]);
    const truth = new Uint8Array(4);
    takeTruth({ truth: Uint8Array.of(1, 2), index: Int32Array.of(1, 0, 1, 0) }, some, truth);
    expect([...truth]).toEqual([2, 0, 2, 0]);
  });
});
