// The load report's lines, and what `inspect` makes of a report and a summary.
import { describe, expect, it } from "vitest";
import { type INSPECT_OUTPUTS, renderInspection } from "../../src/cli/inspect-output.ts";
import { inputPaths, loadReportText } from "../../src/cli/load-report.ts";
import type { DatasetSummary, LoadReport, TableName, TableSummary } from "../../src/index.ts";
import { UNSAFE } from "../support/hostile.ts";

const REPORT: LoadReport = {
  files: [
    {
      file: "a.jsonl",
      formats: ["mlflow"],
      read: 1003,
      loaded: 1001,
      rejected: 2,
      duplicates: 1,
      reasons: [{ code: "E_TRUNCATED", count: 2, first: "a.jsonl:7:90: ends inside a record" }],
      counters: { orphanSpans: 3 },
    },
    { file: "b\u001b[2J", formats: [], read: 0, loaded: 0, rejected: 0, duplicates: 0, reasons: [], counters: {} },
  ],
  read: 1003,
  loaded: 1001,
  rejected: 2,
  duplicates: 1,
  counters: { orphanSpans: 3 },
  warnings: ["b: 0 records"],
};

const table = (name: TableName, rows: number, parts: Partial<TableSummary> = {}): TableSummary => ({
  table: name,
  rows,
  sizeBytes: rows * 1024,
  columns: [],
  keys: {},
  ...parts,
});

const SUMMARY: DatasetSummary = {
  timeRangeMs: { first: Date.UTC(2026, 2, 2, 9), last: Date.UTC(2026, 2, 2, 12, 30) },
  tables: {
    traces: table("traces", 1000, {
      columns: [
        { name: "trace_id", type: "utf8", nulls: 0, distinct: undefined, sizeBytes: 36_000 },
        { name: "state", type: "dictionary", nulls: 1, distinct: 3, sizeBytes: 4_100 },
      ],
      keys: { tag: [{ key: "__proto__", rows: 5, distinct: 2 }], metadata: [] },
    }),
    spans: table("spans", 5000),
    assessments: table("assessments", 0),
  },
};

const inspect = (format: (typeof INSPECT_OUTPUTS)[number]) =>
  [...renderInspection(REPORT, SUMMARY, { format, width: 100, colour: false })].join("");

describe("load report", () => {
  it("has a line a file, then reasons, duplicates and warnings, safe on a terminal", () => {
    expect(loadReportText(REPORT)).toBe(
      [
        "a.jsonl: read 1003, loaded 1001, rejected 2",
        "  rejected 2: E_TRUNCATED, first a.jsonl:7:90: ends inside a record",
        "  duplicates 1",
        "b\\u001b[2J: read 0, loaded 0, rejected 0",
        "warning: b: 0 records",
        "",
      ].join("\n"),
    );
  });

  it("names the files that were read", () => expect(inputPaths(REPORT)).toEqual(["a.jsonl", "b\u001b[2J"]));
});

describe("inspect", () => {
  it("draws sections on a terminal", () => {
    expect(inspect("table")).toBe(
      `Files
file        format   read  loaded  rejected  duplicates
----------  ------  -----  ------  --------  ----------
a.jsonl     mlflow  1,003   1,001         2           1
b\\u001b[2J              0       0         0           0

Tables
table         rows    memory
-----------  -----  --------
traces       1,000  1000 KiB
spans        5,000   4.9 MiB
assessments      0       0 B

Traces start between 2026-03-02T09:00:00.000Z and 2026-03-02T12:30:00.000Z (3 h 30 m)

Keys
table   key            rows  distinct
------  -------------  ----  --------
traces  tag.__proto__     5         2

Columns
table   column    type        nulls  distinct    memory
------  --------  ----------  -----  --------  --------
traces  trace_id  utf8            0            35.2 KiB
traces  state     dictionary      1         3   4.0 KiB
`,
    );
    expect(inspect("table")).not.toMatch(UNSAFE);
  });

  it("is one JSON object with the report's keys", () => {
    expect(JSON.parse(inspect("json"))).toEqual({
      read: 1003,
      loaded: 1001,
      rejected: 2,
      duplicates: 1,
      warnings: ["b: 0 records"],
      counters: { orphanSpans: 3 },
      formats: ["mlflow"],
      files: JSON.parse(JSON.stringify(REPORT.files)),
      timeRange: { first: "2026-03-02T09:00:00.000Z", last: "2026-03-02T12:30:00.000Z" },
      traces: 1000,
      spans: 5000,
      assessments: 0,
      bytes: 6000 * 1024,
      tags: [{ key: "__proto__", rows: 5, distinct: 2 }],
      metadata: [],
      attributes: [],
      assessmentMetadata: [],
      columns: [
        { table: "traces", name: "trace_id", type: "utf8", nulls: 0, distinct: null, bytes: 36_000 },
        { table: "traces", name: "state", type: "dictionary", nulls: 1, distinct: 3, bytes: 4_100 },
      ],
    });
  });
});
