// Text tables for terminals: a header, a rule of dashes, rows, two blanks between columns.
// Called by the command line for `-o table`. Cells pass through escape.ts, so no cell can break a line or the terminal.
// What must stay true: yields lines as it goes and keeps no row, so that a million rows cost three passes and no memory.

import { createRequire } from "node:module";
import { escapeLine } from "./escape.ts";
import { type Cell, type CellFormat, columnFormats, type Grid } from "./grid.ts";

/** How a table is laid out. */
export interface TableOptions {
  /** No line is wider, in terminal columns; wide texts are cut with an ellipsis. Clamped to [20, 1000]. */
  readonly width: number;
  /** Wraps the header line, for colour. */
  readonly header?: (line: string) => string;
}

const MIN_WIDTH = 20;
const MAX_WIDTH = 1_000;
const GAP = "  ";
const ASCII = /^[\u0020-\u007e]*$/;

/** The lines of a table, each with its line feed. Numbers are right-aligned; blanks at a line's end are left out. */
export function* renderTable(grid: Grid, options: TableOptions): Generator<string> {
  const limit = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, Math.floor(options.width) || MIN_WIDTH));
  const formats = columnFormats(grid);
  const names = grid.columns.map((column) => escapeLine(column.name));
  const right = grid.columns.map((column) => column.kind === "number");
  const widths = fitWidths(measure(grid, formats, names), right, limit);
  const line = (cells: readonly string[]) =>
    cutToWidth(cells.map((cell, at) => pad(cell, widths[at] ?? 0, right[at] ?? false)).join(GAP), limit).trimEnd();
  const style = options.header ?? ((text: string) => text);
  yield `${style(line(names))}\n`;
  yield `${line(widths.map((width) => "-".repeat(width)))}\n`;
  for (const row of grid.rows) yield `${line(formats.map((format, at) => cellLine(format, row[at])))}\n`;
}

/**
 * The table of MLflow's metrics skill (`fetch_metrics.py`), for `--strict`: every cell left-justified and padded, the
 * last too, widths in code points, numbers with two decimals unless whole, `N/A` for a missing value.
 */
export function* renderSkillTable(grid: Grid): Generator<string> {
  const formats: readonly CellFormat[] = grid.columns.map((column) => {
    const missing = column.missing ?? "";
    return (cell) => (cell === null || cell === undefined ? missing : skillText(cell));
  });
  const names = grid.columns.map((column) => escapeLine(column.name));
  const widths = names.map(codePoints);
  for (const row of grid.rows) {
    for (const [at, format] of formats.entries()) {
      widths[at] = Math.max(widths[at] ?? 0, codePoints(cellLine(format, row[at])));
    }
  }
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, at) => cell + " ".repeat(Math.max(0, (widths[at] ?? 0) - codePoints(cell)))).join(GAP)}\n`;
  yield line(names);
  yield line(widths.map((width) => "-".repeat(width)));
  for (const row of grid.rows) yield line(formats.map((format, at) => cellLine(format, row[at])));
}

function skillText(cell: Exclude<Cell, null | undefined>): string {
  if (typeof cell !== "number") return String(cell);
  return Number.isInteger(cell) ? BigInt(cell).toString() : cell.toFixed(2);
}

function cellLine(format: CellFormat, cell: Cell): string {
  return escapeLine(format(cell));
}

function codePoints(text: string): number {
  return ASCII.test(text) ? text.length : [...text].length;
}

type WidthOf = (text: string) => number;
let widthOf: WidthOf | undefined;

/** The package is loaded by the first text that needs it: that takes as long as many a small query. */
function loadWidthOf(): WidthOf {
  const module: { readonly default: WidthOf } = createRequire(import.meta.url)("string-width");
  return module.default;
}

/** Terminal columns that `text` (escaped) takes: wide characters and emoji count two, combining marks none. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  widthOf ??= loadWidthOf();
  return widthOf(text);
}

function measure(grid: Grid, formats: readonly CellFormat[], names: readonly string[]): number[] {
  const widths = names.map((name) => Math.max(1, displayWidth(name)));
  for (const row of grid.rows) {
    for (const [at, format] of formats.entries()) {
      const width = displayWidth(cellLine(format, row[at]));
      if (width > (widths[at] ?? 0)) widths[at] = width;
    }
  }
  return widths;
}

/** Takes width from the widest text columns until the line fits; numbers keep theirs, as half a number misleads. */
function fitWidths(natural: readonly number[], fixed: readonly boolean[], limit: number): number[] {
  const widths = [...natural];
  let room = limit - GAP.length * Math.max(0, widths.length - 1);
  const texts: number[] = [];
  for (const [at, width] of widths.entries()) {
    if (fixed[at]) room -= width;
    else texts.push(at);
  }
  texts.sort((a, b) => (widths[a] ?? 0) - (widths[b] ?? 0));
  for (const [done, at] of texts.entries()) {
    const share = Math.max(1, Math.floor(room / (texts.length - done)));
    widths[at] = Math.min(widths[at] ?? 0, share);
    room -= widths[at] ?? 0;
  }
  return widths;
}

function pad(cell: string, width: number, right: boolean): string {
  const cut = right ? cell : cutToWidth(cell, width);
  const blanks = " ".repeat(Math.max(0, width - displayWidth(cut)));
  return right ? blanks + cut : cut + blanks;
}

/** `text` in at most `width` terminal columns; what is cut ends in an ellipsis. */
function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter("en").segment(text.slice(0, 8 * width))) {
    const next = displayWidth(segment);
    if (used + next > width - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept}…`;
}
