// Synthetic columns: exact totals, sums that agree between the tables, shares near their figures, and values that do not
// depend on the columns that are asked for. Figures are read back from the columns, row by row.

import { expect, test } from "vitest";
import { ALL_COLUMNS, NO_COLUMNS } from "../../src/columns/projection.ts";
import type { Table } from "../../src/columns/table.ts";
import { openSynthetic } from "../../src/index.ts";
import { generateColumns } from "../../src/synth/columns.ts";
import { HOURLY_RHYTHM } from "../../src/synth/shapes.ts";
import { type Cell, readColumn } from "../columns/read-column.ts";

const TRACES = 4_000;
const tables = generateColumns({ traces: TRACES, seed: 5 }, ALL_COLUMNS);

function cells(table: Table, name: string): readonly Cell[] {
  const column = table.columns.get(name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return readColumn(column);
}
const numbers = (table: Table, name: string): number[] => cells(table, name).map((cell) => Number(cell ?? Number.NaN));
const shareOf = (values: readonly Cell[], value: Cell): number =>
  values.filter((cell) => cell === value).length / values.length;

test("forty traces have 120 spans and 120 assessments", () => {
  expect(tables.spans.rows).toBe(3 * TRACES);
  expect(tables.assessments.rows).toBe(3 * TRACES);
  for (const table of [tables.spans, tables.assessments]) {
    const owners = numbers(table, "trace_row");
    expect(owners.every((owner, row) => row === 0 || owner >= (owners[row - 1] as number))).toBe(true);
  }
  const counted = numbers(tables.traces, "span_count");
  expect(counted.reduce((a, b) => a + b)).toBe(tables.spans.rows);
});

test("a trace's totals are those of its spans, its errors too", () => {
  const owners = numbers(tables.spans, "trace_row");
  for (const name of ["input_tokens", "total_tokens", "cache_read_input_tokens", "output_cost", "total_cost"]) {
    const sums = new Array<number>(TRACES).fill(Number.NaN);
    numbers(tables.spans, name).forEach((value, row) => {
      const owner = owners[row] as number;
      const before = sums[owner] as number;
      if (!Number.isNaN(value)) sums[owner] = Number.isNaN(before) ? value : before + value;
    });
    expect(numbers(tables.traces, name)).toEqual(sums);
  }
  const errors = new Array<number>(TRACES).fill(0);
  cells(tables.spans, "status").forEach((status, row) => {
    if (status === "ERROR") errors[owners[row] as number] = (errors[owners[row] as number] as number) + 1;
  });
  expect(numbers(tables.traces, "error_span_count")).toEqual(errors);
});

test("spans lie within their trace, in its units", () => {
  const owners = numbers(tables.spans, "trace_row");
  const starts = numbers(tables.traces, "timestamp_ms");
  const durations = numbers(tables.traces, "execution_duration_ms");
  const startNs = cells(tables.spans, "start_ns");
  const endNs = cells(tables.spans, "end_ns");
  const startMs = numbers(tables.spans, "start_ms");
  const outside = startMs.filter((start, row) => {
    const owner = owners[row] as number;
    const [duration, end] = [durations[owner] as number, endNs[row] as bigint | undefined];
    const isLate = end !== undefined && Number(end / 1_000_000n) > (starts[owner] as number) + duration + 1;
    return start < (starts[owner] as number) || (isLate && !Number.isNaN(duration));
  });
  expect(outside).toEqual([]);
  expect(startMs).toEqual(startNs.map((ns) => Number((ns as bigint) / 1_000_000n)));
});

test("shares lie near their figures", () => {
  const near = (value: number, figure: number): void => expect(Math.abs(value - figure)).toBeLessThan(0.03);
  near(shareOf(cells(tables.traces, "state"), "ERROR"), 0.02);
  near(1 - shareOf(cells(tables.traces, "session"), undefined), 0.4);
  near(1 - shareOf(cells(tables.traces, "user"), undefined), 0.3);
  near(shareOf(cells(tables.traces, "trace_name"), "support-agent"), 0.24);
  near(shareOf(cells(tables.spans, "duration_ns"), undefined), 0.001);
  near(shareOf(cells(tables.assessments, "source_type"), "LLM_JUDGE"), 0.7);
  near(shareOf(cells(tables.assessments, "valid"), 1), 0.96);
  const sorted = numbers(tables.traces, "execution_duration_ms").filter((value) => value >= 0);
  sorted.sort((a, b) => a - b);
  expect(sorted[sorted.length >> 1]).toBeGreaterThan(3_500);
  expect(sorted[sorted.length >> 1]).toBeLessThan(6_000);
});

test("traffic follows the hours of the day", () => {
  const byHour = new Array<number>(24).fill(0);
  for (const ms of numbers(tables.traces, "timestamp_ms")) {
    const hour = Math.floor(ms / 3_600_000) % 24;
    byHour[hour] = (byHour[hour] as number) + 1;
  }
  const total = HOURLY_RHYTHM.reduce((a, b) => a + b);
  byHour.forEach((count, hour) => {
    expect(Math.abs(count / TRACES - (HOURLY_RHYTHM[hour] as number) / total)).toBeLessThan(0.015);
  });
});

test("numeric values are those of the texts", () => {
  const texts = cells(tables.assessments, "value");
  expect(numbers(tables.assessments, "numeric_value")).toEqual(texts.map(expectedNumber));
});

function expectedNumber(text: Cell): number {
  if (text === undefined) return Number.NaN;
  const value: unknown = JSON.parse(String(text));
  if (value === "yes" || value === true) return 1;
  if (value === "no" || value === false) return 0;
  return typeof value === "number" ? value : Number.NaN;
}

test("a column does not depend on the columns beside it, nor on anything but the options", () => {
  const wanted = { ...NO_COLUMNS, traces: new Set(["total_cost", "session"]), spans: new Set(["name", "start_ns"]) };
  const few = generateColumns({ traces: TRACES, seed: 5 }, wanted);
  for (const table of ["traces", "spans"] as const) {
    expect([...few[table].columns.keys()].sort()).toEqual([...wanted[table]].sort());
    for (const name of few[table].columns.keys()) expect(cells(few[table], name)).toEqual(cells(tables[table], name));
  }
  const other = generateColumns({ traces: TRACES, seed: 6 }, wanted);
  expect(cells(other.traces, "session")).not.toEqual(cells(few.traces, "session"));
});

test("a number of sessions can be asked for", () => {
  const wanted = { ...NO_COLUMNS, traces: new Set(["session", "trace_id"]) };
  const options = { traces: 2_000, sessions: { distinct: 10, share: 1 }, tables: "traces" } as const;
  const { traces, spans } = generateColumns(options, wanted);
  expect(spans.rows).toBe(0);
  expect(new Set(cells(traces, "session")).size).toBe(10);
  expect(new Set(cells(traces, "trace_id")).size).toBe(2_000);
});

test("refuses what it cannot make", () => {
  for (const traces of [-1, 1.5, Number.NaN, 2 ** 40]) {
    expect(() => generateColumns({ traces }, NO_COLUMNS)).toThrow("cannot generate");
  }
});

test("a store over synthetic columns makes those that a request needs", async () => {
  const store = await openSynthetic({ traces: 400, seed: 5 });
  expect(store.report).toMatchObject({ read: 400, loaded: 400, rejected: 0 });
  const count = (metric: string, view: string, dimensions: readonly string[] = []) =>
    store.metrics({ view_type: view, metric_name: metric, aggregations: [{ aggregation_type: "COUNT" }], dimensions });
  expect((await count("span_count", "SPANS")).data_points[0]?.values).toEqual({ COUNT: 1_200 });
  const byName = await count("trace_count", "TRACES", ["trace_name"]);
  expect(byName.data_points.reduce((sum, { values }) => sum + (values["COUNT"] ?? 0), 0)).toBe(400);
  const { traces } = await store.searchTraces({ maxResults: 3, includeSpans: false });
  expect(traces).toHaveLength(3);
});
