// Cells of tables of traces: the values that a field path leads to, as MLflow's command line shows them.
// Called by search-output.ts. What must stay true: `N/A` for no value, the first three of several, times and durations
// for people; CSV has the values themselves.

import { type Cell, escapeLine, type Grid, isLeaf, type JsonNode, nodeText, valuesAt } from "../index.ts";

const MOST_VALUES = 3;
const PREVIEW_LENGTH = 20;
const PREVIEW_KEPT = 17;
const MIN_WIDTH = 4;
const GAP = "  ";

/** The cells of a trace, one a path. `data`: whole values, for machines. */
export function cellsOf(trace: JsonNode, fields: readonly string[], form: "people" | "data"): readonly Cell[] {
  return fields.map((field) => {
    const values = valuesAt(trace, field);
    return form === "data" ? dataCell(values) : peopleCell(field, values);
  });
}

/** One value is itself; several are a JSON list; none is missing. */
function dataCell(values: readonly JsonNode[]): Cell {
  const [first] = values;
  if (first === undefined) return null;
  if (values.length > 1) return nodeText(values);
  return isLeaf(first) && first.value === null ? null : shown(first);
}

function peopleCell(field: string, values: readonly JsonNode[]): Cell {
  if (values.length === 0) return null;
  let cell = values.slice(0, MOST_VALUES).map(shown).join(", ");
  if (values.length > MOST_VALUES) cell += `, ... (+${values.length - MOST_VALUES} more)`;
  switch (field) {
    case "info.request_time":
      return timeText(cell);
    case "info.execution_duration_ms":
      return durationText(cell);
    case "info.request_preview":
    case "info.response_preview": {
      const characters = [...cell];
      return characters.length > PREVIEW_LENGTH ? `${characters.slice(0, PREVIEW_KEPT).join("")}...` : cell;
    }
    default:
      return cell;
  }
}

/** A text as it is, null as N/A, anything else as JSON. */
function shown(node: JsonNode): string {
  if (!isLeaf(node)) return nodeText(node);
  return node.value === null ? "N/A" : typeof node.value === "string" ? node.value : node.raw;
}

/** `2026-03-02 09:00:00 UTC`; a text that is no time as it is. */
function timeText(text: string): string {
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) return text;
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `250ms` below a second, else `1.3s`. */
function durationText(text: string): string {
  const ms = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(ms)) return text;
  return ms < 1_000 ? `${Math.trunc(ms)}ms` : `${(ms / 1_000).toFixed(1)}s`;
}

/** MLflow's own table: every cell padded, the last too; a column is at least two wider than its header. */
export function* mlflowTable(grid: Grid): Generator<string> {
  const text = (cell: Cell) => escapeLine(cell === null || cell === undefined ? "N/A" : String(cell));
  const widths = grid.columns.map(({ name }) => Math.max(length(name) + 2, MIN_WIDTH));
  for (const row of grid.rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, length(text(cell)));
  }
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, at) => cell + " ".repeat(Math.max(0, (widths[at] ?? 0) - length(cell)))).join(GAP)}\n`;
  yield line(grid.columns.map(({ name }) => name));
  yield line(widths.map((width) => "-".repeat(width)));
  for (const row of grid.rows) yield line(row.map(text));
}

function length(text: string): number {
  return [...text].length;
}
