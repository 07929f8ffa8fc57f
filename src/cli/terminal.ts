// What a terminal is given: width of tables, colour, and escapes. Called by the commands.
// What must stay true: no escape code without a terminal unless FORCE_COLOR asks for it, and none under NO_COLOR.

import type { CliIo } from "./io.ts";

/** Widest line where there is neither a terminal nor a COLUMNS that says. */
const WIDE = 1_000;
const MIN_WIDTH = 20;

/**
 * Columns that a table may take, in [20, 1000]: COLUMNS when it is a positive number, else the terminal's width.
 * `path`: of `-O`, or undefined for standard output.
 */
export function tableWidth(io: CliIo, path: string | undefined): number {
  const given = Number(io.env["COLUMNS"] ?? "");
  const terminal = path === undefined && io.stdout.isTTY ? io.stdout.columns || undefined : undefined;
  const width = Number.isFinite(given) && given > 0 ? given : (terminal ?? WIDE);
  return Math.min(WIDE, Math.max(MIN_WIDTH, Math.floor(width)));
}

/** Columns of help: those of the terminal, in [40, 120]; 100 without one. */
export function helpWidth(io: CliIo): number {
  return Math.min(120, Math.max(40, (io.stdout.isTTY && io.stdout.columns) || 100));
}

/** Never in a file; else FORCE_COLOR (not 0) wins; then NO_COLOR (not empty) and a dumb terminal refuse. */
export function colourEnabled(io: CliIo, path: string | undefined): boolean {
  const force = io.env["FORCE_COLOR"];
  if (path !== undefined) return false;
  if (force !== undefined) return force !== "0" && force !== "false";
  const refused = io.env["NO_COLOR"] !== undefined && io.env["NO_COLOR"] !== "";
  return io.stdout.isTTY && !refused && io.env["TERM"] !== "dumb";
}

/** Bold, where colour is enabled. */
export function headerStyle(colour: boolean): (line: string) => string {
  return colour ? (line) => `\u001b[1m${line}\u001b[22m` : (line) => line;
}
