// The load report on standard error: what was read, loaded and rejected, file by file, and what was odd.
// Called by session.ts. What must stay true: the first line of a file is `FILE: read N, loaded N, rejected N`, with
// read = loaded + rejected; nothing that a terminal would obey.

import { escapeLine, formatCount, type LoadReport } from "../index.ts";
import { reasonLine } from "./rejects.ts";

/** The lines of a report. */
export function loadReportText(report: LoadReport): string {
  const lines = report.files.flatMap((file) => [
    `${file.file}: read ${file.read}, loaded ${file.loaded}, rejected ${file.rejected}`,
    ...file.reasons.map(reasonLine),
    ...(file.duplicates === 0 ? [] : [`  duplicates ${formatCount(file.duplicates)}`]),
  ]);
  const warnings = report.warnings.map((warning) => `warning: ${warning}`);
  return [...lines, ...warnings].map((line) => `${escapeLine(line)}\n`).join("");
}

/** Paths of the files that were read. */
export function inputPaths(report: LoadReport): readonly string[] {
  return report.files.map((file) => file.file);
}
