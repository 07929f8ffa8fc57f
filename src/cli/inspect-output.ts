// Writes what files hold, as text for people or as one JSON object. Called by inspect.ts.
// What must stay true: the JSON object has the keys read, loaded, rejected, duplicates and warnings, and names out of
// the data (keys) stand in lists, never as members of an object.

import {
  type Cell,
  type DatasetSummary,
  formatBytes,
  formatCount,
  formatDuration,
  formatTime,
  type GridColumn,
  type JsonValue,
  type LoadReport,
  renderJson,
  renderTable,
  type TableSummary,
} from "../index.ts";
import { headerStyle } from "./terminal.ts";

/** Output formats; the first is the default. */
export const INSPECT_OUTPUTS = ["table", "json"] as const;

/** How to write an inspection. */
export interface InspectOutputOptions {
  readonly format: (typeof INSPECT_OUTPUTS)[number];
  readonly width: number;
  readonly colour: boolean;
}

/** Keys that are shown of each family on a terminal; JSON has all. */
const SHOWN_KEYS = 20;

/** Pieces of the output. */
export function renderInspection(
  report: LoadReport,
  summary: DatasetSummary,
  options: InspectOutputOptions,
): Iterable<string> {
  return options.format === "json"
    ? renderJson(inspectionObject(report, summary))
    : inspectionText(report, summary, options);
}

/** The object of `inspect -o json`. Times are ISO 8601 text, sizes bytes. */
export function inspectionObject(report: LoadReport, summary: DatasetSummary): JsonValue {
  const { traces, spans, assessments } = summary.tables;
  const range = summary.timeRangeMs;
  const keys = (table: TableSummary, family: string): JsonValue =>
    (table.keys[family] ?? []).map(({ key, rows, distinct }) => ({ key, rows, distinct }));
  return {
    read: report.read,
    loaded: report.loaded,
    rejected: report.rejected,
    duplicates: report.duplicates,
    warnings: report.warnings,
    counters: { ...report.counters },
    formats: [...new Set(report.files.flatMap((file) => file.formats))],
    files: report.files.map((file) => ({
      ...file,
      reasons: file.reasons.map((reason) => ({ ...reason })),
      counters: { ...file.counters },
    })),
    timeRange: range === undefined ? null : { first: formatTime(range.first), last: formatTime(range.last) },
    traces: traces.rows,
    spans: spans.rows,
    assessments: assessments.rows,
    bytes: traces.sizeBytes + spans.sizeBytes + assessments.sizeBytes,
    tags: keys(traces, "tag"),
    metadata: keys(traces, "metadata"),
    attributes: keys(spans, "attributes"),
    assessmentMetadata: keys(assessments, "metadata"),
    columns: [traces, spans, assessments].flatMap((table) =>
      table.columns.map(({ name, type, nulls, distinct, sizeBytes }) => ({
        table: table.table,
        name,
        type,
        nulls,
        distinct: distinct ?? null,
        bytes: sizeBytes,
      })),
    ),
  };
}

function* inspectionText(
  report: LoadReport,
  summary: DatasetSummary,
  options: InspectOutputOptions,
): Generator<string> {
  const tables = Object.values(summary.tables);
  const section = (title: string, columns: readonly GridColumn[], rows: readonly (readonly Cell[])[]) =>
    sectionLines({ title, columns, rows }, options);
  yield* section("Files", FILE_COLUMNS, report.files.map(fileRow));
  yield* section("Tables", TABLE_COLUMNS, tables.map(tableRow));
  const range = summary.timeRangeMs;
  if (range !== undefined) {
    const length = formatDuration(range.last - range.first);
    yield `\nTraces start between ${formatTime(range.first)} and ${formatTime(range.last)} (${length})\n`;
  }
  const keys = tables.flatMap((table) => Object.entries(table.keys).flatMap((family) => keyRows(table.table, family)));
  if (keys.length > 0) yield* section("Keys", KEY_COLUMNS, keys);
  yield* section("Columns", COLUMN_COLUMNS, tables.flatMap(columnRows));
}

const text = (name: string): GridColumn => ({ name, kind: "text" });
/** Numbers that are already written for people, and still aligned right. */
const count = (name: string): GridColumn => ({ name, kind: "number" });

const FILE_COLUMNS = [text("file"), text("format"), ...["read", "loaded", "rejected", "duplicates"].map(count)];
const TABLE_COLUMNS = [text("table"), count("rows"), count("memory")];
const KEY_COLUMNS = [text("table"), text("key"), count("rows"), count("distinct")];
const COLUMN_COLUMNS = [text("table"), text("column"), text("type"), ...["nulls", "distinct", "memory"].map(count)];

function fileRow(file: LoadReport["files"][number]): Cell[] {
  const counts = [file.read, file.loaded, file.rejected, file.duplicates];
  return [file.file, file.formats.join(", "), ...counts.map(formatCount)];
}

function tableRow(table: TableSummary): Cell[] {
  return [table.table, formatCount(table.rows), formatBytes(table.sizeBytes)];
}

function keyRows(table: string, [family, keys]: readonly [string, TableSummary["keys"][string]]): Cell[][] {
  const rows: Cell[][] = keys
    .slice(0, SHOWN_KEYS)
    .map(({ key, rows: present, distinct }) => [
      table,
      `${family}.${key}`,
      formatCount(present),
      formatCount(distinct),
    ]);
  if (keys.length > SHOWN_KEYS)
    rows.push([table, `${formatCount(keys.length - SHOWN_KEYS)} more of ${family} in -o json`]);
  return rows;
}

function columnRows(table: TableSummary): Cell[][] {
  return table.columns.map(({ name, type, nulls, distinct, sizeBytes }) => [
    table.table,
    name,
    type,
    formatCount(nulls),
    distinct === undefined ? "" : formatCount(distinct),
    formatBytes(sizeBytes),
  ]);
}

interface Section {
  readonly title: string;
  readonly columns: readonly GridColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

function* sectionLines({ title, columns, rows }: Section, options: InspectOutputOptions): Generator<string> {
  const bold = headerStyle(options.colour);
  yield `${title === "Files" ? "" : "\n"}${bold(title)}\n`;
  yield* renderTable({ columns, rows }, { width: options.width });
}
