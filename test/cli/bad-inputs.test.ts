// The bad-input cases that `metrics` and `inspect` can say: exit status, code, standard output and standard error, and
// for files, read = loaded + rejected in every load report.

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BadInput,
  hasTool,
  makeInputs,
  needsShell,
  readBadInputs,
  scratchFolder,
  shellWords,
} from "../support/bad-inputs.ts";
import { run } from "../support/cli-io.ts";

/** Why a row is not run here. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  L034a: "600 MB of input: run by hand",
  L034b: "600 MB of input: run by hand",
  L040: "17 M records: run by hand",
  P005: "root reads files of mode 000",
};
/** Formats that this version does not read. */
const OTHER_FORMATS = new Set(["loader-otlp", "loader-langfuse", "arrow-file"]);
const RECOGNISED = new Set(["I012", "I013"]);

const PYTHON = hasTool("python3");
const rows = readBadInputs().filter(isSaid);

function isSaid(row: BadInput): boolean {
  const { args, generator = "", id } = row;
  if (args === undefined || needsShell(args) || !/^(metrics|inspect|--)/.test(args) || id in LEFT_OUT) return false;
  if (OTHER_FORMATS.has(row.area) && !RECOGNISED.has(id)) return false;
  if (/^(lab|dir|file):/.test(generator)) return false;
  return PYTHON || !generator.startsWith("py:");
}

const folder = scratchFolder();
let paths = new Map<string, string>();
beforeAll(() => {
  paths = makeInputs(rows, folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("bad inputs", () => {
  it("has most rows of metrics and inspect", () => expect(rows.length).toBeGreaterThan(PYTHON ? 50 : 25));

  it.each(rows)("$id: $expected", async (row) => {
    const argv = shellWords(row.args ?? "").map((word) => word.replace(/^FILE/, paths.get(row.id) ?? ""));
    const modes = row.mode === "both" ? [argv, [...argv, "--strict"]] : [argv];
    for (const words of modes) {
      const { exit, stdout, stderr } = await run(words);
      expect([exit, stderr]).toEqual([row.exit, expect.stringMatching(new RegExp(row.stderr ?? ""))]);
      if (row.code !== undefined) expect(stderr).toContain(`tracemill: ${row.code}: `);
      expect(stdout).toMatch(new RegExp(row.stdout ?? ""));
      for (const [, read, loaded, rejected] of stderr.matchAll(/: read (\d+), loaded (\d+), rejected (\d+)$/gm)) {
        expect(Number(read)).toBe(Number(loaded) + Number(rejected));
      }
    }
  });
});
