// Which rows of the bad-input cases each table-driven test file runs: the same lists feed the file's it.each and the
// account of all rows (test/conformance/bad-input-account.test.ts), so that a row that nothing runs is found.
// What must stay true: a list depends on the case file alone. What a machine lacks is left out by `makeable`, in the test.

import { type BadInput, hasTool, needsShell, readBadInputs } from "./bad-inputs.ts";

/** Formats that this version does not read; of their rows, those that only look at the first bytes are run. */
const OTHER_FORMATS = new Set(["loader-otlp", "loader-langfuse", "arrow-file"]);
const RECOGNISED = new Set(["I012", "I013"]);

/** Hundreds of megabytes of input: `npm run verify`. */
const HEAVY = new Set(["L034a", "L034b", "L040"]);
/** Files of mode 000, which root reads: run as another user. */
const UNREADABLE = new Set(["P005", "C015"]);
const rows = readBadInputs();
const PYTHON = hasTool("python3");

/** Whether this machine has what the row's recipes need. */
export function makeable({ fixture = "", generator = "" }: BadInput): boolean {
  return PYTHON || ![fixture, generator].some((recipe) => /^py:|python3/.test(recipe));
}

function isSaid({ args, area, generator = "", id }: BadInput, command: RegExp): boolean {
  if (args === undefined || !command.test(args) || /^(lab|dir|file):/.test(generator)) return false;
  if (OTHER_FORMATS.has(area) && !RECOGNISED.has(id)) return false;
  return !HEAVY.has(id) && !UNREADABLE.has(id);
}

/** Run by test/cli/bad-inputs.test.ts. */
export const METRICS_ROWS = rows.filter((row) => isSaid(row, /^(metrics|inspect|--)/) && !needsShell(row.args ?? ""));

/** Run by test/cli/search-bad-inputs.test.ts. */
export const SEARCH_ROWS = rows.filter((row) => isSaid(row, /^(search|get)\b/));

/** Run by test/cli/bad-inputs-rest.test.ts, in `npm run verify`. */
export const HEAVY_ROWS = rows.filter(({ id }) => HEAVY.has(id));

/** Run by test/cli/bad-inputs-rest.test.ts, as another user. */
export const UNREADABLE_ROWS = rows.filter(({ id }) => UNREADABLE.has(id));
