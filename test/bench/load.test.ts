// The benches' own arithmetic, and that the rivals of the load bench agree on a small file (engines are timed
// nowhere here).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differences } from "../../bench/load-answers.ts";
import { duckdbEngine } from "../../bench/load-duckdb.ts";
import { jsonParseEngine, longestLine } from "../../bench/load-lines.ts";
import { summarize } from "../../bench/stats.ts";
import { fixturePath } from "../support/fixtures.ts";
import { runs } from "../support/runs.ts";

const FILE = fixturePath("mlflow-v3/support-agents.jsonl");

test("the median halves the samples, the spread is relative to it", () => {
  expect(summarize([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, spread: 1 });
  expect(summarize([4, 1, 3, 2]).median).toBe(2.5);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1 }), (samples) => {
      const { median, min, max } = summarize(samples);
      expect(min <= median && median <= max).toBe(true);
      expect(samples.filter((value) => value < median).length).toBeLessThanOrEqual(samples.length / 2);
      expect(samples.filter((value) => value > median).length).toBeLessThanOrEqual(samples.length / 2);
    }),
    { numRuns: runs(100) },
  );
});

describe("answers", () => {
  const answers = { traces: 3, spans: 9, assessments: 1, totalTokens: 50, p95Ms: 1234.5 };

  test("differ in any count, and in a percentile beyond the last digits", () => {
    expect(differences(answers, { ...answers, p95Ms: 1234.5000000000002 })).toEqual([]);
    expect(differences(answers, { ...answers, p95Ms: 1234.6 })).toEqual(["p95Ms: 1234.5 and 1234.6"]);
    expect(differences(answers, { ...answers, spans: 10, totalTokens: 51 })).toHaveLength(2);
    expect(differences(answers, { ...answers, p95Ms: Number.NaN })).toHaveLength(1);
  });

  test("DuckDB and JSON.parse a line agree", async () => {
    const byLines = await jsonParseEngine(FILE);
    const byDuckdb = await duckdbEngine(longestLine(FILE), "once")(FILE);
    const byTable = await duckdbEngine(longestLine(FILE), "byTable")(FILE);
    expect(byLines.answers).toMatchObject({ traces: 140, spans: 452, assessments: 67 });
    expect(byLines.answers.totalTokens).toBeGreaterThan(0);
    expect(differences(byLines.answers, byDuckdb.answers)).toEqual([]);
    expect(differences(byLines.answers, byTable.answers)).toEqual([]);
  });
});
