// CSV as in RFC 4180 (2005): CRLF line ends, cells with a quote, comma or line end quoted, quotes doubled.
// Called by the command line for `-o csv`, and by programs.
// What must stay true: reading the output back gives the texts byte for byte. A missing value is an empty cell, an empty
// text is `""`; numbers keep all digits; times are ISO 8601 text.

import { formatTime } from "../base/units.ts";
import type { Cell, CellKind, Grid } from "./grid.ts";

/** How CSV is written. */
export interface CsvOptions {
  /** Puts `'` before a text that begins with = + - @ TAB or CR, which spreadsheets run as a formula. Numbers are safe. */
  readonly safe?: boolean;
}

const LINE_END = "\r\n";
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;
const FORMULA = /^[=+\-@\t\r]/;

/** The header line and one line a row. */
export function* renderCsv(grid: Grid, options: CsvOptions = {}): Generator<string> {
  const safe = options.safe ?? false;
  const kinds = grid.columns.map((column) => column.kind);
  yield grid.columns.map((column) => textCell(column.name, safe)).join(",") + LINE_END;
  for (const row of grid.rows) {
    const line = kinds.map((kind, at) => csvCell(row[at], kind, safe)).join(",");
    // A line of one empty cell would be read as no line at all.
    yield (line === "" ? '""' : line) + LINE_END;
  }
}

function csvCell(cell: Cell, kind: CellKind, safe: boolean): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "string") return textCell(cell, safe);
  if (typeof cell !== "number") return String(cell);
  if (!Number.isFinite(cell)) return "";
  return kind === "time" ? formatTime(cell) : cell === 0 ? "0" : String(cell);
}

function textCell(text: string, safe: boolean): string {
  const guarded = safe && FORMULA.test(text) ? `'${text}` : text;
  return guarded === "" || NEEDS_QUOTES.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
