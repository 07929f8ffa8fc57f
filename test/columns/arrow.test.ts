// Tables as Arrow: the same values, over the same memory, through IPC and back, and read by another engine.

import { type Table as ArrowTable, type Data, DataType, tableFromIPC, tableToIPC } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { toArrow } from "../../src/columns/arrow.ts";
import type { Column } from "../../src/columns/column.ts";
import type { PayloadReader } from "../../src/columns/payload.ts";
import type { Dataset, Table } from "../../src/columns/table.ts";
import { TableBuilder, type TableBuilderOptions } from "../../src/columns/table-builder.ts";
import { type Cell, readColumn } from "./read-column.ts";

const ALL: TableBuilderOptions = { wanted: "all", maxColumns: 2 };
const NO_PAYLOAD: PayloadReader = {
  records: { sources: new Int32Array(0), starts: new Float64Array(0), lengths: new Uint32Array(0) },
  recordBytes: () => undefined,
  textOf: () => new Uint8Array(0),
  close: () => undefined,
};

/** `traces` traces with three spans and one assessment each; nulls, empty texts and wide characters all over. */
function dataset(traces: number, options: TableBuilderOptions = ALL): Dataset {
  const builders = {
    traces: new TableBuilder("traces", options),
    spans: new TableBuilder("spans", options),
    assessments: new TableBuilder("assessments", options),
  };
  for (let trace = 0; trace < traces; trace += 1) {
    builders.traces.utf8("trace_id")?.setText(trace, `tr-${trace}`);
    builders.traces.float64("timestamp_ms")?.set(trace, 1_700_000_000_000 + trace);
    if (trace % 3 > 0) builders.traces.dictionary("session")?.setText(trace, `séance ${trace % 70} 😀`);
    const tags = builders.traces.keyed("tag");
    tags?.set(trace, tags.keyText("env"), tags.valueText(trace % 2 ? "prod" : "dev"));
    if (trace % 2) tags?.set(trace, tags.keyText("team.name"), tags.valueText(""));
    if (trace % 5 === 4) tags?.set(trace, tags.keyText("past the limit"), tags.valueText("x"));
    builders.traces.rows += 1;
    for (let span = 0; span < 3; span += 1) addSpan(builders.spans, trace, span);
    const { assessments } = builders;
    assessments.int32("trace_row")?.set(trace, trace);
    if (trace % 4 > 0) assessments.bool("valid")?.set(trace, trace % 4 === 1 ? 1 : 0);
    if (trace % 2) assessments.float64("numeric_value")?.set(trace, trace / 3);
    assessments.rows += 1;
  }
  return {
    traces: builders.traces.seal(),
    spans: builders.spans.seal(),
    assessments: builders.assessments.seal(),
    payload: NO_PAYLOAD,
  };
}

function addSpan(spans: TableBuilder, trace: number, span: number): void {
  const row = spans.rows;
  spans.int32("trace_row")?.set(row, trace);
  spans.utf8("span_id")?.setText(row, `${trace}.${span}`);
  if (span > 0) spans.utf8("parent_span_id")?.setText(row, span === 1 ? "" : `${trace}.0`);
  spans.int64("start_ns")?.set(row, 1_700_000_000_123_456_789n + BigInt(row));
  if (span < 2) spans.int64("end_ns")?.set(row, 1_700_000_000_987_654_321n + BigInt(row));
  spans.place("inputs")?.set(row, 1, 2);
  spans.rows += 1;
}

/** Several blocks of every table: built and read once, for that takes longer than what is tested. */
const LARGE = dataset(70_000);
const read = new WeakMap<Column, readonly Cell[]>();

/** The cells of a column, read when first asked for. */
function cellsOf(column: Column): readonly Cell[] {
  const cells = read.get(column) ?? readColumn(column);
  read.set(column, cells);
  return cells;
}

/** Values of an Arrow column, null as undefined. */
function arrowCells(table: ArrowTable, name: string): Cell[] {
  const stored = table.getChild(name);
  if (stored === null) throw new Error(`no column ${name}`);
  // A text of a dictionary is decoded once, not once a row.
  const vector = DataType.isDictionary(stored.type) ? stored.memoize() : stored;
  const cells: Cell[] = [];
  for (const value of vector) cells.push(value ?? undefined);
  return cells;
}

function sameCells(actual: readonly Cell[], expected: readonly Cell[], what: string): void {
  expect(actual.length, what).toBe(expected.length);
  expected.forEach((cell, row) => {
    const wanted = typeof cell === "boolean" ? Number(cell) : cell;
    const found = typeof actual[row] === "boolean" ? Number(actual[row]) : actual[row];
    if (!Object.is(found, wanted)) throw new Error(`${what}, row ${row}: ${String(found)}, not ${String(wanted)}`);
  });
}

function expectSame(arrow: ArrowTable, table: Table): void {
  expect(arrow.numRows).toBe(table.rows);
  for (const [name, column] of table.columns) {
    if (column.type === "place") expect(arrow.getChild(name)).toBeNull();
    else sameCells(arrowCells(arrow, name), cellsOf(column), name);
  }
}

/** The blocks of an Arrow column. */
function chunks(arrow: ArrowTable, name: string): readonly Data[] {
  return arrow.getChild(name)?.data ?? [];
}

describe("values", () => {
  test("of every column are those of the table, nulls included", async () => {
    const data = dataset(300);
    for (const table of [data.traces, data.spans, data.assessments]) expectSame(await toArrow(table, data), table);
  });

  test("fields: schema order, keyed columns up to the limit, trace_id first, units", async () => {
    const data = dataset(30);
    const traces = (await toArrow(data.traces, data)).schema;
    const names = traces.fields.map((field) => field.name);
    expect(names[0]).toBe("trace_id");
    expect(names).not.toContain("info");
    expect(names.slice(-2)).toEqual(["tag.env", "tag.team.name"]);
    expect(traces.fields.find((field) => field.name === "timestamp_ms")?.metadata.get("unit")).toBe("ms");
    const spans = (await toArrow(data.spans, data)).schema;
    expect(spans.fields.slice(0, 2).map((field) => field.name)).toEqual(["trace_id", "span_id"]);
    expect(spans.fields.at(-1)?.name).toBe("trace_row");
    const types = spans.fields.map((field) => `${field.name}: ${field.type}`);
    expect(types).toContain("start_ns: Int64");
    expect(types).toContain("start_ms: Float64");
    expect(types).toContain("name: Dictionary<Int32, Utf8>");
  });

  test("keyed columns and the trace_id of spans", async () => {
    const data = dataset(30);
    const traces = await toArrow(data.traces, data);
    expect(arrowCells(traces, "tag.env").slice(0, 3)).toEqual(["dev", "prod", "dev"]);
    expect(arrowCells(traces, "tag.team.name").slice(0, 3)).toEqual([undefined, "", undefined]);
    const spans = await toArrow(data.spans, data);
    expect(arrowCells(spans, "trace_id").slice(2, 5)).toEqual(["tr-0", "tr-1", "tr-1"]);
  });

  test("without trace_id in traces, spans have none", async () => {
    const data = dataset(3, { wanted: new Set(["trace_row", "span_id"]), maxColumns: 1 });
    const spans = await toArrow(data.spans, data);
    expect(spans.schema.fields.map((field) => field.name)).toEqual(["span_id", "trace_row"]);
  });

  test("a lone surrogate becomes U+FFFD, and the table keeps its own", async () => {
    const builder = new TableBuilder("traces", ALL);
    builder.utf8("trace_id")?.setText(0, "a\ud800b\udfff");
    builder.dictionary("session")?.setText(0, "\udc00");
    builder.rows = 1;
    const traces = builder.seal();
    const arrow = await toArrow(traces, { ...dataset(0), traces });
    expect(arrow.getChild("trace_id")?.get(0)).toBe("a\ufffdb\ufffd");
    expect(arrow.getChild("session")?.get(0)).toBe("\ufffd");
    const column = traces.columns.get("trace_id");
    expect(column && readColumn(column)).toEqual(["a\ud800b\udfff"]);
  });
});

/** Whether two views show the same bytes of the same memory. Not `toBe`, whose report of large arrays takes minutes. */
function sameMemory(left: ArrayBufferView | undefined, right: ArrayBufferView | undefined): boolean {
  return (
    left !== undefined &&
    left.buffer === right?.buffer &&
    left.byteOffset === right.byteOffset &&
    left.byteLength === right.byteLength
  );
}

function expectOwnMemory(arrow: ArrowTable, name: string, column: Column): void {
  column.blocks.forEach((block, index) => {
    const chunk = chunks(arrow, name)[index];
    const where = `${name}, block ${index}`;
    if (block.validity !== undefined) expect(sameMemory(chunk?.nullBitmap, block.validity), where).toBe(true);
    if ("offsets" in block) {
      expect(sameMemory(chunk?.valueOffsets, block.offsets), where).toBe(true);
      expect(sameMemory(chunk?.values, block.bytes), where).toBe(true);
    } else if (column.type !== "bool" && "values" in block) {
      expect(sameMemory(chunk?.values, block.values), where).toBe(true);
    }
  });
  if (column.type !== "dictionary") return;
  const dictionaries = new Set(chunks(arrow, name).map((chunk) => chunk.dictionary));
  expect(dictionaries.size, name).toBe(1);
  expect(sameMemory([...dictionaries][0]?.data[0]?.values, column.dictionary.bytes), name).toBe(true);
}

describe("nothing is copied", () => {
  const data = LARGE;

  test("every buffer of every block is the column's own", async () => {
    for (const table of [data.traces, data.spans, data.assessments]) {
      const arrow = await toArrow(table, data);
      expect(arrow.batches).toHaveLength(Math.ceil(table.rows / 65_536));
      for (const [name, column] of table.columns) if (column.type !== "place") expectOwnMemory(arrow, name, column);
    }
  });

  test("trace_id of spans: indices are trace_row, texts are those of traces", async () => {
    const spans = await toArrow(data.spans, data);
    const traceRow = data.spans.columns.get("trace_row");
    const traceId = data.traces.columns.get("trace_id");
    if (traceRow?.type !== "int32" || traceId?.type !== "utf8") throw new Error("columns");
    traceRow.blocks.forEach((block, index) => {
      expect(sameMemory(chunks(spans, "trace_id")[index]?.values, block.values)).toBe(true);
    });
    traceId.blocks.forEach((block, index) => {
      expect(sameMemory(chunks(spans, "trace_id")[0]?.dictionary?.data[index]?.values, block.bytes)).toBe(true);
    });
  });
});

describe("IPC", () => {
  for (const format of ["stream", "file"] as const) {
    test(`${format}: written and read back, over several blocks and a dictionary of several blocks`, async () => {
      const data = LARGE;
      for (const table of [data.traces, data.spans, data.assessments]) {
        const arrow = await toArrow(table, data);
        const back = tableFromIPC(tableToIPC(arrow, format));
        expect(back.schema.fields.map(String)).toEqual(arrow.schema.fields.map(String));
        expectSame(back, table);
        if (table !== data.traces) sameCells(arrowCells(back, "trace_id"), arrowCells(arrow, "trace_id"), "trace_id");
        else sameCells(arrowCells(back, "tag.env"), arrowCells(arrow, "tag.env"), "tag.env");
      }
    });
  }

  test("trace_id and trace_row alone, which share their memory in a larger table", async () => {
    const data = dataset(30_000, { wanted: new Set(["trace_id", "trace_row"]), maxColumns: 1 });
    const arrow = await toArrow(data.spans, data);
    const back = tableFromIPC(tableToIPC(arrow, "file"));
    expect(back.numRows).toBe(90_000);
    expectSame(back, data.spans);
    sameCells(arrowCells(back, "trace_id"), arrowCells(arrow, "trace_id"), "trace_id");
  });

  test("tables without rows", async () => {
    const data = dataset(0);
    for (const table of [data.traces, data.spans, data.assessments]) {
      const arrow = await toArrow(table, data);
      const back = tableFromIPC(tableToIPC(arrow, "file"));
      expect(back.numRows).toBe(0);
      expect(back.schema.fields.map(String)).toEqual(arrow.schema.fields.map(String));
    }
  });

  test("columns without a value", async () => {
    const builder = new TableBuilder("assessments", {
      wanted: new Set(["valid", "name", "numeric_value"]),
      maxColumns: 1,
    });
    builder.rows = 100_001;
    const assessments = builder.seal();
    const data = { ...dataset(0), assessments };
    const back = tableFromIPC(tableToIPC(await toArrow(assessments, data), "stream"));
    expectSame(back, assessments);
  });
});

test("a column of integers is Int64 when one passes 2^53, else Float64", async () => {
  for (const [value, type] of [
    [2n ** 53n, "Float64"],
    [2n ** 53n + 1n, "Int64"],
  ] as const) {
    const traces = new TableBuilder("traces", ALL);
    traces.integer("total_tokens")?.setExact(1, value);
    traces.rows = 2;
    const whole = { ...dataset(0), traces: traces.seal() };
    const table = await toArrow(whole.traces, whole);
    expect(String(table.getChild("total_tokens")?.type)).toBe(type);
    expect(arrowCells(table, "total_tokens")).toEqual([undefined, type === "Int64" ? value : Number(value)]);
  }
});
