// The filter rows of the case file of bad inputs: accepted or refused with their code, in the modes that they name.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { parseFilter } from "../../src/lang/filter.ts";
import { bindFilter } from "../../src/plan/bind.ts";
import { hasTool, makeInputs, readBadInputs, scratchFolder } from "../support/bad-inputs.ts";

/** Refused when the pattern runs, which is not the language's to do. */
const REGEX_ROWS = new Set(["Q039b", "Q042"]);

const rows = readBadInputs().filter(
  ({ area, generator }) => area === "filter" && (generator === undefined || hasTool("python3")),
);
const paths = makeInputs(rows, scratchFolder());
const runs = rows.flatMap((row) =>
  (row.mode === "both" ? ["strict", "extended"] : [row.mode ?? "extended"]).map((mode) => ({ ...row, mode })),
);

describe("bad filters", () => {
  it("has rows", () => expect(runs.length).toBeGreaterThan(40));

  it.each(runs)("$id, $mode: $expected", ({ id, mode, code, stderr }) => {
    const text = readFileSync(paths.get(id) ?? "", "utf8");
    const act = () => bindFilter(parseFilter(text, { strict: mode === "strict" }));
    if (code === undefined || REGEX_ROWS.has(id)) {
      expect(act).not.toThrow();
      return;
    }
    const error = thrown(act);
    expect(error?.code).toBe(code);
    if (stderr) expect(`tracemill: ${code}: ${error?.message}\n${error?.hint ?? ""}`).toMatch(new RegExp(stderr));
  });

  it.each([
    ["status =", 8],
    ["= 'OK'", 0],
    ["status = OK", 9],
    ["status = 'OK", 9],
    ["status = \u201cOK\u201d", 9],
    ["timestamp_ms = 0x10", 15],
  ])("%s points at the fault in both modes", (text, start) => {
    for (const strict of [true, false]) {
      expect(thrown(() => parseFilter(text, { strict }))?.source?.span.start).toBe(start);
    }
  });

  it("names curly quotes", () => {
    for (const strict of [true, false]) {
      expect(thrown(() => parseFilter("status = \u201cOK\u201d", { strict }))?.hint).toContain("curly quote");
    }
  });
});

function thrown(act: () => unknown): EngineError | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  return undefined;
}
