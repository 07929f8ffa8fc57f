// Prints docs/errors.md and docs/limits.md from the engine's own lists.
// Run as `npx tsx scripts/print-docs.ts` to write the files; test/docs.test.ts fails when they are stale.

import { realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ERROR_CODES } from "../src/base/errors.ts";
import { LIMITS } from "../src/base/limits.ts";
import { formatBytes, formatCount } from "../src/base/units.ts";
import { COMPRESSION } from "../src/kernels/centroids.ts";
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

${table(["flag", "default", "value", "past it"], rows)}
## Approximate percentiles

\`--percentiles tdigest\` answers from at most ${COMPRESSION} centroids a group (k1 scale function). Up to ${COMPRESSION} values, and at P0 and P100,
it is exact. Past that the error of the rank, as a share of the values, stays within these bounds on uniform, lognormal, Pareto, integer and tied
data in any order, from up to 100 merged states (\`npm run bench -- digest\` prints the measured errors, those of P1 to P25 too):

${table(
  ["percentile", "rank error"],
  DIGEST_BOUNDS.map(([percentile, bound]) => [`P${percentile}`, bound]),
)}
They are not promised where magnitudes span more than a factor of 1e12: such an answer carries a warning. While it is computed, 8 bytes a
value are kept of tables up to 67 million rows, but of groups with more than 16,384 values in half a million rows no more than 500 centroids
of 16 bytes; of larger tables, by group, at most 32,768 values and 8,692 centroids.
`;
}

/** As the tests hold them, by percentile (bench/digest-families.ts). */
const DIGEST_BOUNDS: readonly (readonly [percentile: number, bound: string])[] = [
  [50, "0.003"],
  [90, "0.0005"],
  [95, "0.0003"],
  [99, "0.0001"],
  [99.9, "0.00007"],
  [99.99, "0.000025"],
];

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("../docs/errors.md", import.meta.url), errorsPage());
  writeFileSync(new URL("../docs/limits.md", import.meta.url), limitsPage());
}
