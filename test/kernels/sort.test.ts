// Sorting by several keys against Array.sort with a comparator: stable, nulls last, text by code point.

import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeText } from "../../src/exec/texts.ts";
import { int64Keys, numberKeys, type SortKeys, sortOrder, textKeys } from "../../src/kernels/sort.ts";
import { compareCells } from "../oracle/predicate-oracle.ts";
import { runs } from "../support/runs.ts";
import type { Cell } from "../support/tables.ts";
import { cellNumber } from "./selections.ts";

interface KeyCase {
  readonly cells: readonly Cell[];
  readonly descending: boolean;
}

function keysOf({ cells, descending }: KeyCase, type: "number" | "int64" | "text"): SortKeys {
  if (type === "number")
    return numberKeys(
      Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
      descending,
    );
  if (type === "int64") {
    const values = BigInt64Array.from(cells, (cell) => (typeof cell === "bigint" ? cell : 0n));
    return int64Keys(
      values,
      Uint8Array.from(cells, (cell) => Number(cell === null)),
      descending,
    );
  }
  const texts = cells.map((cell) => encodeText(String(cell ?? "")));
  const offsets = Int32Array.from([0, ...texts.map(({ length }) => length)]);
  for (let i = 1; i < offsets.length; i += 1) offsets[i] = (offsets[i] ?? 0) + (offsets[i - 1] ?? 0);
  const bytes = Uint8Array.from(texts.flatMap((text) => [...text]));
  return textKeys({ offsets, bytes, rows: Int32Array.from(cells, (cell, i) => (cell === null ? -1 : i)) }, descending);
}

function reference(rows: number, keys: readonly KeyCase[]): number[] {
  return Array.from({ length: rows }, (_, row) => row).sort((left, right) => {
    for (const { cells, descending } of keys) {
      const [a, b] = [cells[left] ?? null, cells[right] ?? null];
      if (a === null && b === null) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      const order = compareCells(a, b);
      if (order !== 0) return descending ? -order : order;
    }
    return left - right;
  });
}

const text = fc.oneof(
  fc.constantFrom("", "a", "b", "ab", "a\u0000", "aaaaaaaa", "aaaaaaaab", "aaaaaaaac", "\uffff", "😀", "é"),
  fc.string({ maxLength: 12, unit: "grapheme" }),
);
const columns = {
  number: cellNumber.map((value): Cell => (Number.isNaN(value) ? null : value)),
  int64: fc.option(fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), {
    nil: null,
  }),
  text: fc.option(text, { nil: null }),
} as const;
const type = fc.constantFrom("number" as const, "int64" as const, "text" as const);

test("orders like a comparator sort", () => {
  const cases = fc
    .tuple(
      fc.oneof({ weight: 3, arbitrary: fc.nat(20) }, { weight: 1, arbitrary: fc.nat(300) }),
      fc.array(type, { maxLength: 3 }),
    )
    .chain(([rows, types]) =>
      fc.record({
        rows: fc.constant(rows),
        types: fc.constant(types),
        keys: fc.tuple(
          ...types.map((t) =>
            fc.record({
              cells: fc.array<Cell>(columns[t], { minLength: rows, maxLength: rows }),
              descending: fc.boolean(),
            }),
          ),
        ),
      }),
    );
  fc.assert(
    fc.property(cases, ({ rows, types, keys }) => {
      const order = sortOrder(
        rows,
        types.map((t, i) => keysOf(keys[i] ?? { cells: [], descending: false }, t)),
      );
      expect([...order]).toEqual(reference(rows, keys));
    }),
    { numRuns: runs(600) },
  );
});
