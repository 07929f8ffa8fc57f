// Group ids against a map of joined keys; the limit on groups; hash tables past their first size.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { Grouper } from "../../src/kernels/group.ts";
import { NumberTable, PairTable } from "../../src/kernels/hash.ts";
import { runs } from "../support/runs.ts";
import { rowsOf, selectionOf } from "./selections.ts";

/** Ids and keys by the plainest way. */
function reference(blocks: readonly { codes: readonly Int32Array[]; rows: readonly number[] }[]) {
  const ids = new Map<string, number>();
  const keys: number[][] = [];
  const assigned = blocks.map(({ codes, rows }) =>
    rows.map((row) => {
      const key = codes.map((column) => column[row] ?? 0);
      const known = ids.get(key.join());
      if (known !== undefined) return known;
      ids.set(key.join(), keys.length);
      keys.push(key);
      return keys.length - 1;
    }),
  );
  return { assigned, keys };
}

// Small products address directly; 70,000 squared hashes; five keys of 70,000 need several folds.
const spaces: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
  fc.array(fc.constantFrom(3, 70_000, 2_000_000), { minLength: 1, maxLength: 5 }),
);

describe("Grouper", () => {
  test("gives dense ids in order of first appearance, and the codes of every group back", () => {
    const cases = spaces.chain((cardinalities) => {
      const row = fc.tuple(...cardinalities.map((c) => fc.oneof(fc.nat(Math.min(2, c - 1)), fc.nat(c - 1))));
      const block = fc
        .array(row, { maxLength: 40 })
        .chain((rows) => fc.record({ rows: fc.constant(rows), selection: selectionOf(rows.length) }));
      return fc.record({ cardinalities: fc.constant(cardinalities), blocks: fc.array(block, { maxLength: 3 }) });
    });
    fc.assert(
      fc.property(cases, ({ cardinalities, blocks }) => {
        const grouper = new Grouper(
          cardinalities.map((cardinality) => ({ cardinality })),
          { maxGroups: 1_000, rows: 0 },
        );
        const input = blocks.map(({ rows, selection }) => ({
          codes: cardinalities.map((_, key) => Int32Array.from(rows, (row) => row[key] ?? 0)),
          rows: rowsOf(selection),
        }));
        const { assigned, keys } = reference(input);
        blocks.forEach(({ rows, selection }, at) => {
          const out = new Uint32Array(rows.length);
          grouper.assign(input[at]?.codes ?? [], selection, out);
          if (cardinalities.length > 0) expect(rowsOf(selection).map((row) => out[row])).toEqual(assigned[at]);
        });
        expect(grouper.groups).toBe(cardinalities.length === 0 ? 1 : keys.length);
        cardinalities.forEach((_, key) => {
          expect([...grouper.keyCodes(key)]).toEqual(keys.map((codes) => codes[key]));
        });
      }),
      { numRuns: runs(400) },
    );
  });

  test.each<[string, readonly number[], number]>([
    ["direct", [4, 5], 0],
    ["direct", [3_000, 3_000], 9_000_000],
    ["open addressing", [3_000, 3_000], 8_999_999],
    ["open addressing", [70_000, 70_000], 1_000],
    ["open addressing", [2_000_000_000, 2_000_000_000], 1_000],
  ])("%s of %j: E_TOO_MANY_GROUPS at one more than the limit", (method, cardinalities, rowsToCome) => {
    const grouper = new Grouper(
      cardinalities.map((cardinality) => ({ cardinality })),
      { maxGroups: 3, rows: rowsToCome },
    );
    expect(grouper.method).toBe(method);
    const rows = { positions: undefined, count: 3 };
    grouper.assign([Int32Array.of(0, 1, 2), Int32Array.of(0, 0, 0)], rows, new Uint32Array(3));
    grouper.assign([Int32Array.of(2, 1, 0), Int32Array.of(0, 0, 0)], rows, new Uint32Array(3));
    let code = "";
    try {
      grouper.assign([Int32Array.of(0, 1, 3), Int32Array.of(0, 0, 0)], rows, new Uint32Array(3));
    } catch (error) {
      code = error instanceof EngineError ? error.code : String(error);
    }
    expect(code).toBe("E_TOO_MANY_GROUPS");
  });
});

describe("hash tables", () => {
  test("pairs past many doublings keep their ids", () => {
    const table = new PairTable();
    const count = 100_000;
    const ids = () => Array.from({ length: count }, (_, i) => table.intern(i % 311, Math.floor(i / 311) * 7));
    const ascending = Array.from({ length: count }, (_, i) => i);
    expect(ids()).toEqual(ascending);
    expect(ids()).toEqual(ascending);
    expect(ascending.map((i) => table.find(i % 311, Math.floor(i / 311) * 7))).toEqual(ascending);
    expect(table.find(1, 3)).toBe(-1);
    expect(table.size).toBe(count);
  });

  test("numbers: -0 is 0, NaN is none, everything else keeps its bits", () => {
    const table = new NumberTable();
    expect(table.intern(-0)).toBe(0);
    expect(table.intern(0)).toBe(0);
    expect(table.intern(Number.NaN)).toBe(-1);
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        const code = table.intern(value);
        expect(table.value(code)).toBe(value + 0);
        expect(table.find(value)).toBe(code);
      }),
      { numRuns: runs(500) },
    );
  });
});
