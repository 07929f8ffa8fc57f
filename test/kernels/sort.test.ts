// Sorting by several keys against Array.sort with a comparator: stable, nulls last, text by code point.

import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeText } from "../../src/exec/texts.ts";
import { sortOrder } from "../../src/kernels/sort.ts";
import { int64Keys, numberKeys, type SortKeys, textKeys } from "../../src/kernels/sort-keys.ts";
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
  // Many that begin alike, and end in zeros or before others do.
  fc
    .tuple(
      fc.constantFrom("", "a", "session-", "session-0000"),
      fc.array(fc.constantFrom("\u0000", "0", "1"), { maxLength: 20 }),
    )
    .map(([start, rest]) => start + rest.join("")),
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
        first: fc.oneof(fc.constant(rows), fc.nat(12)),
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
    fc.property(cases, ({ rows, first, types, keys }) => {
      const order = sortOrder(
        rows,
        types.map((t, i) => keysOf(keys[i] ?? { cells: [], descending: false }, t)),
        first,
      );
      expect([...order]).toEqual(reference(rows, keys).slice(0, first));
    }),
    { numRuns: runs(600) },
  );
});

test("sorts texts that share long beginnings without comparing them in pairs", () => {
  const far = Array.from({ length: 1_000 }, (_, i) => `${"same ".repeat(1 + (i % 3) * 20)}${(i * 7_919) % 1_000}`);
  // What tells them apart begins right behind the eight bytes that were looked at before.
  const near = Array.from({ length: 1_000 }, (_, i) => `${i % 2}-------${i % 3}-------${(i * 7_919) % 1_000}`);
  for (const [cells, descending] of [
    [far, false],
    [far, true],
    [near, false],
  ] as const) {
    const key = { cells, descending };
    const expected = reference(cells.length, [key]);
    expect([...sortOrder(cells.length, [keysOf(key, "text")])]).toEqual(expected);
    expect([...sortOrder(cells.length, [keysOf(key, "text")], 100)]).toEqual(expected.slice(0, 100));
  }
  // Each the beginning of the next: eight of them a level, until they are compared after all.
  const stairs = Array.from({ length: 600 }, (_, i) => "a".repeat((i * 7) % 600));
  const stair = { cells: stairs, descending: false };
  expect([...sortOrder(stairs.length, [keysOf(stair, "text")])]).toEqual(reference(stairs.length, [stair]));
});
