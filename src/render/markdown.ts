// Markdown tables (GitHub Flavored Markdown, section 4.10). Called by the command line for `-o markdown`.
// What must stay true: a cell never ends its row or its column, and nothing in it is read as Markdown or HTML.

import { escapeLine } from "./escape.ts";
import { columnFormats, type Grid } from "./grid.ts";

// An underscore inside a word is no emphasis; escaping it there would only make names hard to read.
const SPECIAL = /[\\`*[\]|~#!]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
const HTML: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
]);

/** Header, rule and one line a row; numbers are right-aligned. */
export function* renderMarkdown(grid: Grid): Generator<string> {
  const formats = columnFormats(grid);
  yield row(grid.columns.map((column) => escapeMarkdown(column.name)));
  yield row(grid.columns.map((column) => (column.kind === "number" ? "---:" : "---")));
  for (const cells of grid.rows) yield row(formats.map((format, at) => escapeMarkdown(format(cells[at]))));
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

/** `text` as one line in which every character stands for itself. */
export function escapeMarkdown(text: string): string {
  return escapeLine(text)
    .replace(SPECIAL, (mark) => `\\${mark}`)
    .replace(/[&<>]/g, (mark) => HTML.get(mark) ?? mark);
}
