// Prints docs/errors.md and docs/limits.md from the engine's own lists.
// Run as `npx tsx scripts/print-docs.ts` to write the files; test/docs.test.ts fails when they are stale.

import { realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ERROR_CODES } from "../src/base/errors.ts";
import { LIMITS } from "../src/base/limits.ts";
import { formatBytes, formatCount } from "../src/base/units.ts";
import { escapeMarkdown } from "../src/render/markdown.ts";

/** The text of docs/errors.md. */
export function errorsPage(): string {
  const codes = Object.entries(ERROR_CODES);
  return `# Error codes

${codes.length} codes. Every failure is one line on standard error, \`tracemill: CODE: text\`, then a caret under the text at fault where
there is one, and the next step. In the library it is an \`EngineError\` with \`code\`, \`stage\`, \`message\`, and where they apply \`at\`
(file, line, byte), \`source\` (text and span) and \`hint\`. Under \`--on-error skip\` a read code is the reason of a reject.

Exit status: 0 done, 1 data or run error, 2 usage or query error, 3 more rejects than \`--max-rejects\` allows, 130 and 143 after
SIGINT and SIGTERM.

${table(
  ["code", "exit", "stage", "meaning", "next step"],
  codes.map(([code, { exit, stage, meaning, next }]) => [
    `\`${code}\``,
    String(exit),
    stage,
    escapeMarkdown(meaning),
    escapeMarkdown(next),
  ]),
)}`;
}

/** The text of docs/limits.md. */
export function limitsPage(): string {
  const rows = Object.values(LIMITS).map(({ flag, unit, default: value, past }) => {
    const shown = unit === "bytes" ? formatBytes(value) : unit === "ratio" ? `${value}:1` : formatCount(value);
    return [
      `\`${flag}\``,
      shown,
      unit === "bytes" ? "a size, such as `64MiB`" : unit === "ratio" ? "`N` or `N:1`" : "a whole number",
      past,
    ];
  });
  return `# Limits

Every limit has a flag, and the same name in the library's \`limits\` option. Hostile or damaged input meets a limit, never a crash.

${table(["flag", "default", "value", "past it"], rows)}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("../docs/errors.md", import.meta.url), errorsPage());
  writeFileSync(new URL("../docs/limits.md", import.meta.url), limitsPage());
}
