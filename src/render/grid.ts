// The shape that all grid renderers take (table, CSV, Markdown, JSON Lines rows), and how a cell is written for people.
// Called by the renderers of this folder; made by the command line and by programs from a result.
// What must stay true: rows may be iterated more than once and give the same cells each time.

import { formatTime } from "../base/units.ts";

/** What a column holds: text, numbers, instants in ms since 1970 UTC, truth values. Numbers are aligned right. */
export type CellKind = "text" | "number" | "time" | "boolean";

/** One value. A time is a number of ms; bigint is an exact integer; null and undefined are missing. */
export type Cell = string | number | bigint | boolean | null | undefined;

/** A column of a grid. */
export interface GridColumn {
  readonly name: string;
  readonly kind: CellKind;
  /** What people see for a missing value; nothing when absent. CSV and JSON have their own. */
  readonly missing?: string;
}

/** Columns and rows; each row has one cell a column, in the columns' order. */
export interface Grid {
  readonly columns: readonly GridColumn[];
  /** Iterated up to three times. */
  readonly rows: Iterable<readonly Cell[]>;
}

/** Writes one cell as text for people (not yet escaped). */
export type CellFormat = (cell: Cell) => string;

const MIN_DECIMALS = 2;
const MAX_DECIMALS = 9;
const SIGNIFICANT = 3;
const FIXED_BELOW = 1e15;

/**
 * One format a column. Numbers of a column share their number of decimals, so that points align: none when all are
 * whole, else at least two and enough for three significant digits of the smallest; beyond that range, all digits.
 */
export function columnFormats(grid: Grid): readonly CellFormat[] {
  const ranges = grid.columns.map(() => ({ whole: true, smallest: Infinity, largest: 0 }));
  if (grid.columns.some((column) => column.kind === "number")) {
    for (const row of grid.rows) for (const [at, range] of ranges.entries()) widen(range, row[at]);
  }
  return grid.columns.map((column, at) => {
    const missing = column.missing ?? "";
    const write = column.kind === "number" ? numberFormat(ranges[at]) : column.kind === "time" ? timeText : String;
    return (cell) => (cell === null || cell === undefined ? missing : write(cell));
  });
}

interface NumberRange {
  whole: boolean;
  smallest: number;
  largest: number;
}

function widen(range: NumberRange, cell: Cell): void {
  if (typeof cell !== "number" || !Number.isFinite(cell)) return;
  if (!Number.isInteger(cell)) range.whole = false;
  const size = Math.abs(cell);
  if (size > range.largest) range.largest = size;
  if (size > 0 && size < range.smallest) range.smallest = size;
}

function numberFormat(range: NumberRange | undefined): (cell: Exclude<Cell, null | undefined>) => string {
  if (range === undefined || range.whole) return plainNumber;
  const decimals = Math.max(MIN_DECIMALS, SIGNIFICANT - 1 - Math.floor(Math.log10(range.smallest)));
  if (decimals > MAX_DECIMALS || range.largest >= FIXED_BELOW) return plainNumber;
  return (cell) => (typeof cell === "number" && Number.isFinite(cell) ? cell.toFixed(decimals) : String(cell));
}

/** All digits; a negative zero is 0. */
function plainNumber(cell: Exclude<Cell, null | undefined>): string {
  return cell === 0 ? "0" : String(cell);
}

function timeText(cell: Exclude<Cell, null | undefined>): string {
  return typeof cell === "number" ? formatTime(cell) : String(cell);
}
