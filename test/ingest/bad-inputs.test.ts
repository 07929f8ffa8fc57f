// The rows of the bad-input cases that are about records, at the level of load(): verdict, counts, place.
// The command line's tests run the same rows from outside; here the report is looked at too.

import { describe, expect, it } from "vitest";
import type { LoadOptions } from "../../src/ingest/load.ts";
import { type BadInput, hasTool, makeInputs, readBadInputs, scratchFolder } from "../support/bad-inputs.ts";
import { loadFiles, loadTexts, rowsOf } from "./rows.ts";

const AREAS = ["loader-mlflow", "loader-json", "numeric"];
const READ_CODES = /^E_(TRUNCATED|JSON_SYNTAX|JSON_NONFINITE|UTF8|DEPTH|FORMAT_UNKNOWN|DUPLICATE|RECORD|TIME|RANGE)$/;

const isOurs = (row: BadInput) =>
  AREAS.includes(row.area) &&
  (row.input !== undefined || row.generator?.startsWith("py:") === true) &&
  // Formats that are not read yet have their own rows to come.
  row.input?.startsWith('{"resourceSpans"') !== true;

const rows = readBadInputs().filter(isOurs);

function optionsOf({ args = "" }: BadInput): Partial<LoadOptions> {
  return {
    onError: args.includes("--on-error skip") ? "skip" : "stop",
    allowNan: args.includes("--allow-nan"),
  };
}

describe.skipIf(!hasTool("python3"))("bad inputs, loaded (skipped: python3 makes them)", () => {
  const paths = makeInputs(rows, scratchFolder());

  it("are many", () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  it.each(rows.map((row) => [row.id, row] as const))("%s", async (id, row) => {
    const loading = loadFiles([paths.get(id) ?? ""], optionsOf(row));
    if (row.code !== undefined && READ_CODES.test(row.code) && row.exit !== 0) {
      await expect(loading).rejects.toMatchObject({ code: row.code });
      const place = /\b(?:line|on line) (\d+)[^.]*?(?:byte (\d+))?/.exec(row.expected);
      if (place?.[1] !== undefined) await expect(loading).rejects.toMatchObject({ at: { line: Number(place[1]) } });
      return;
    }
    const { report } = await loading;
    expect(report.read).toBe(report.loaded + report.rejected);
    const told = /(\d+) read, (\d+) loaded(?:, (\d+) rejected)?/.exec(row.expected);
    if (told !== null) {
      expect([report.read, report.loaded]).toEqual([Number(told[1]), Number(told[2])]);
      if (told[3] !== undefined) expect(report.rejected).toBe(Number(told[3]));
    }
  });
});

describe("what the report says of odd data", () => {
  const inputOf = (id: string) => rows.find((row) => row.id === id)?.input ?? "";

  it.each([
    ["M001", { malformedIds: 1 }],
    ["M004a", { negativeDurations: 2 }],
    ["M005a", { cycleSpans: 2, malformedIds: 2 }],
    ["M006", { orphanSpans: 1, malformedIds: 1 }],
  ])("%s", async (id, counters) => {
    expect((await loadTexts([inputOf(id)])).report.counters).toEqual(counters);
  });

  it("M003: a trace without spans", async () => {
    const { dataset } = await loadTexts([inputOf("M003")]);
    expect([dataset.traces.rows, dataset.spans.rows]).toEqual([1, 0]);
  });

  it("N011: NaN never enters a column, and is counted once", async () => {
    const { dataset, report } = await loadTexts([inputOf("N011a")], { allowNan: true });
    expect(rowsOf(dataset, "spans").map((row) => row["attributes.x"])).toEqual([undefined, "4", "2"]);
    expect(report.counters.nonfinite).toBe(1);
  });

  it("N012: denormals are kept", async () => {
    const { dataset } = await loadTexts([inputOf("N012")]);
    expect(rowsOf(dataset, "spans").map((row) => row["total_cost"])).toEqual([5e-324, 5e-324]);
  });
});
