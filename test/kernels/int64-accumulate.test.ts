// Exact sums of 64-bit integers by group, also where the parts of a sum outgrow float64 on the way.

import { expect, test } from "vitest";
import { Int64Sums } from "../../src/kernels/int64-accumulate.ts";

const ROWS = 65_536;
const block = (value: bigint) => ({ values: new BigInt64Array(ROWS).fill(value), validity: undefined });
const all = { positions: undefined, count: ROWS };

test("a sum far beyond int64 comes back exactly", () => {
  const sums = new Int64Sums();
  sums.grow(1);
  const blocks = 40;
  for (let i = 0; i < blocks; i += 1) sums.add(block(2n ** 63n - 1n), { ids: undefined, rows: all });
  expect(sums.sum(0)).toBe(BigInt(blocks * ROWS) * (2n ** 63n - 1n));
  for (let i = 0; i < blocks; i += 1) sums.add(block(-(2n ** 63n)), { ids: undefined, rows: all });
  expect(sums.sum(0)).toBe(-BigInt(blocks * ROWS));
});

test("groups, missing values and selections", () => {
  const sums = new Int64Sums();
  sums.grow(2);
  const values = BigInt64Array.of(-1n, 2n ** 53n + 1n, 7n, -(2n ** 63n), 5n);
  const ids = Uint32Array.of(0, 1, 0, 1, 0);
  sums.add({ values, validity: Uint8Array.of(0b11011) }, { ids, rows: { positions: undefined, count: 5 } });
  sums.grow(3);
  sums.add({ values, validity: undefined }, { ids, rows: { positions: Uint32Array.of(2, 3), count: 2 } });
  expect([sums.sum(0), sums.sum(1), sums.sum(2)]).toEqual([11n, 2n ** 53n + 1n - 2n ** 64n, 0n]);
});
