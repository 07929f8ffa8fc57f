// The bad-input cases that `metrics` and `inspect` can say: exit status, code, standard output and standard error, and
// for files, read = loaded + rejected in every load report.

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { METRICS_ROWS, makeable } from "../support/bad-input-rows.ts";
import { hasTool, makeInputs, scratchFolder, shellWords } from "../support/bad-inputs.ts";
import { run } from "../support/cli-io.ts";

const rows = METRICS_ROWS.filter(makeable);
const folder = scratchFolder();
let paths = new Map<string, string>();
beforeAll(() => {
  paths = makeInputs(rows, folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("bad inputs", () => {
  it("has most rows of metrics and inspect", () => expect(rows.length).toBeGreaterThan(hasTool("python3") ? 50 : 25));

  it.each(METRICS_ROWS.filter(makeable))("$id: $expected", async (row) => {
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
