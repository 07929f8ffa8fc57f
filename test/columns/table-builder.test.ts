// Table builder: which columns are wanted, rolling records back, keeping some rows, and accounting of memory.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Float64Builder } from "../../src/columns/number-builders.ts";
import { SCHEMA, type TableName } from "../../src/columns/schema.ts";
import type { Table } from "../../src/columns/table.ts";
import { TableBuilder } from "../../src/columns/table-builder.ts";
import { takeColumn } from "../../src/columns/take-rows.ts";
import { runs } from "../support/runs.ts";
import { dictionaryTexts, readColumn } from "./read-column.ts";

const ALL = { wanted: "all", maxColumns: 100 } as const;

/** A span row of a seed: every type, some nulls, all derived from the seed. */
function setSpan(table: TableBuilder, seed: number, traceRow: number): void {
  const row = table.rows;
  table.int32("trace_row")?.set(row, traceRow);
  table.utf8("span_id")?.setText(row, `id-${seed}`);
  if (seed % 3 > 0) table.utf8("parent_span_id")?.setText(row, seed % 3 === 1 ? "" : `p${seed % 5}`);
  if (seed % 4 > 0) table.dictionary("name")?.setText(row, `name ${seed % 11}`);
  if (seed % 5 > 0) table.float64("duration_ms")?.set(row, seed / 7);
  if (seed % 2 > 0) table.int64("end_ns")?.set(row, BigInt(seed) * 1_700_000_000_000n);
  if (seed % 6 > 0) table.place("inputs")?.set(row, seed, seed + 9);
  const attributes = table.keyed("attributes");
  if (attributes && seed % 2 > 0) {
    attributes.set(row, attributes.keyText(`key ${seed % 7}`), attributes.valueText(`value ${seed % 13}`));
  }
  table.rows += 1;
}

/** Everything of a table as plain values; keys of keyed columns sorted. */
function contents(table: Table): unknown {
  const columns = [...table.columns].map(([name, column]) => {
    const texts = column.type === "dictionary" ? dictionaryTexts(column.dictionary) : undefined;
    return { name, type: column.type, cells: readColumn(column), texts };
  });
  const keyed = [...table.keyed].map(([family, cells]) => {
    const keys = [...cells.keys].sort().map((key) => {
      const column = cells.column(key);
      return { key, cells: column && readColumn(column), texts: column && dictionaryTexts(column.dictionary) };
    });
    return { family, keys, overflow: cells.overflow };
  });
  return { name: table.name, rows: table.rows, columns, keyed };
}

describe("wanted columns", () => {
  test("all: every column of the schema, in its order", () => {
    for (const name of ["traces", "spans", "assessments"] satisfies TableName[]) {
      const table = new TableBuilder(name, ALL).seal();
      expect([...table.columns.keys()]).toEqual(SCHEMA[name].map((spec) => spec.name));
      expect(table.rows).toBe(0);
    }
  });

  test("some: the others have no builder and no column, but rows are counted", () => {
    const wanted = new Set(["name", "attributes.k", "nonsense"]);
    const builder = new TableBuilder("spans", { wanted, maxColumns: 10 });
    expect(builder.float64("duration_ms")).toBeUndefined();
    expect(
      ["name", "status", "attributes.k", "attributes.x", "attributes.*", "tag.k", "nonsense"].map((n) =>
        builder.wants(n),
      ),
    ).toEqual([true, false, true, false, true, false, false]);
    expect(builder.keyed("tag")).toBeUndefined();
    expect(builder.keyed("attributes")?.keyText("x")).toBe(-1);
    builder.rows = 3;
    const table = builder.seal();
    expect([...table.columns.keys()]).toEqual(["name"]);
    expect(table.rows).toBe(3);
    expect(table.columns.get("name")?.nulls).toBe(3);
  });

  test("a whole family", () => {
    const builder = new TableBuilder("traces", { wanted: new Set(["tag.*"]), maxColumns: 10 });
    expect(builder.wants("tag.anything.at.all")).toBe(true);
    expect(builder.wants("metadata.k")).toBe(false);
    expect(builder.keyed("metadata")).toBeUndefined();
    expect(builder.keyed("tag")?.keyText("x")).toBe(0);
  });

  test("a column asked for by the wrong type is a bug", () => {
    expect(() => new TableBuilder("spans", ALL).float64("name")).toThrow(/spans.name is a float64 column/);
    expect(() => new TableBuilder("spans", ALL).float64("nonsense")).toThrow(/invariant/);
  });
});

test("a record of many columns that is taken back leaves nothing", () => {
  const builder = new TableBuilder("spans", ALL);
  const clean = new TableBuilder("spans", ALL);
  for (let record = 0; record < 400; record += 1) {
    const first = builder.rows;
    const spans = (record * 7) % 5;
    for (let span = 0; span < spans; span += 1) setSpan(builder, record * 31 + span, first);
    if (record % 3 === 0) builder.truncate(first);
    else for (let span = 0; span < spans; span += 1) setSpan(clean, record * 31 + span, first);
    expect(builder.rows).toBe(clean.rows);
  }
  expect(contents(builder.seal())).toEqual(contents(clean.seal()));
});

test("truncate drops the row being built", () => {
  const builder = new TableBuilder("traces", ALL);
  builder.utf8("trace_id")?.setText(0, "a");
  builder.rows = 1;
  builder.utf8("trace_id")?.setText(1, "half");
  builder.truncate(1);
  const column = builder.seal().columns.get("trace_id");
  expect(column && readColumn(column)).toEqual(["a"]);
});

describe("keepRows", () => {
  test("gives float64 again when the integer beyond 2^53 is not kept", () => {
    const cells = (kept: readonly number[]) => {
      const builder = new TableBuilder("traces", { wanted: new Set(["total_tokens"]), maxColumns: 0 });
      [1n, 2n ** 53n + 1n, -(2n ** 53n)].forEach((value, row) => {
        builder.integer("total_tokens")?.setExact(row, value);
      });
      builder.rows = 4;
      const column = builder.keepRows(Uint32Array.from(kept)).columns.get("total_tokens");
      return column && [column.type, readColumn(column)];
    };
    expect(cells([0, 1, 3])).toEqual(["int64", [1n, 2n ** 53n + 1n, undefined]]);
    expect(cells([0, 2, 3])).toEqual(["float64", [1, -(2 ** 53), undefined]]);
  });

  test("gives the table of a load that saw the kept rows alone", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.func(fc.boolean()), (rows, keep) => {
        const builder = new TableBuilder("spans", ALL);
        const expected = new TableBuilder("spans", ALL);
        const positions: number[] = [];
        for (let row = 0; row < rows; row += 1) {
          setSpan(builder, row * 37, row);
          if (!keep(row)) continue;
          positions.push(row);
          setSpan(expected, row * 37, row);
        }
        expect(contents(builder.keepRows(Uint32Array.from(positions)))).toEqual(contents(expected.seal()));
      }),
      { numRuns: runs(25, 50) },
    );
  });

  test("over block edges", () => {
    const rows = 140_000;
    const dropped = new Set([70_000, 131_072, 139_999]);
    const builder = new TableBuilder("spans", ALL);
    const expected = new TableBuilder("spans", ALL);
    for (let row = 0; row < rows; row += 1) {
      setSpan(builder, row, 0);
      if (!dropped.has(row)) setSpan(expected, row, 0);
    }
    const positions = Uint32Array.from({ length: rows }, (_, row) => row).filter((row) => !dropped.has(row));
    const table = builder.keepRows(positions);
    const model = expected.seal();
    for (const [name, column] of model.columns) {
      const kept = table.columns.get(name);
      const [actual, wanted] = [kept && readColumn(kept), readColumn(column)];
      wanted.forEach((cell, row) => {
        // Texts of equal values are not compared: over so many rows that takes longest.
        if (actual?.[row] !== cell && String(actual?.[row]) !== String(cell))
          throw new Error(`${name}, row ${row}: ${String(actual?.[row])}`);
      });
      expect(actual).toHaveLength(wanted.length);
    }
  });

  test("shares leading blocks that lose no row", () => {
    const builder = new Float64Builder();
    for (let row = 0; row < 140_000; row += 1) builder.set(row, row);
    const column = builder.seal(140_000);
    const positions = Uint32Array.from({ length: 140_000 }, (_, row) => row).filter((row) => row !== 70_000);
    const taken = takeColumn(column, positions);
    expect(taken.blocks[0]).toBe(column.blocks[0]);
    expect(taken.blocks[1]).not.toBe(column.blocks[1]);
  });

  test("rewrites trace_row when traces lost rows", () => {
    const builder = new TableBuilder("spans", ALL);
    [0, 0, 1, 2, 2].forEach((traceRow, row) => {
      setSpan(builder, row, traceRow);
    });
    const table = builder.keepRows(Uint32Array.of(2, 3, 4), { traceRows: Int32Array.of(-1, 0, 1) });
    const column = table.columns.get("trace_row");
    expect(column && readColumn(column)).toEqual([0, 1, 1]);
  });

  test("a kept row of a dropped trace is a bug", () => {
    const builder = new TableBuilder("spans", ALL);
    setSpan(builder, 1, 0);
    expect(() => builder.keepRows(Uint32Array.of(0), { traceRows: Int32Array.of(-1) })).toThrow(/kept trace/);
  });

  test("no rows", () => {
    const builder = new TableBuilder("spans", ALL);
    setSpan(builder, 1, 0);
    expect(contents(builder.keepRows(new Uint32Array(0)))).toEqual(contents(new TableBuilder("spans", ALL).seal()));
  });
});

test("memory: what was allocated while building, what columns hold when sealed", () => {
  const builder = new TableBuilder("spans", ALL);
  expect(builder.sizeBytes()).toBeLessThan(1024);
  for (let row = 0; row < 100_000; row += 1) setSpan(builder, row, 0);
  const before = builder.sizeBytes();
  const table = builder.seal();
  // 100,000 rows of int32, two texts, codes, float64, int64 and places.
  expect(table.sizeBytes).toBeGreaterThan(100_000 * 40);
  expect(table.sizeBytes).toBeLessThan(before * 1.1);
  const dense = table.sizeBytes;
  table.keyed.get("attributes")?.column("key 1");
  expect(table.sizeBytes).toBeGreaterThan(dense + 100_000 * 4 - 1);
});
