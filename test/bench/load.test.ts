// The benches' own arithmetic, and that the engines of the load bench agree on a small file (engines are timed
// nowhere here).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDifferences, differences } from "../../bench/load-answers.ts";
import { duckdbEngine } from "../../bench/load-duckdb.ts";
import { jsonParseEngine, longestLine } from "../../bench/load-lines.ts";
import { tracemillEngine } from "../../bench/load-tracemill.ts";
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

  test("all engines agree, and those that make columns make the same ones", async () => {
    const byLines = await jsonParseEngine.load(FILE);
    expect(byLines.answers).toMatchObject({ traces: 140, spans: 452, assessments: 67 });
    expect(byLines.answers.totalTokens).toBeGreaterThan(0);
    const own = tracemillEngine(1);
    expect(differences(byLines.answers, (await own.load(FILE)).answers)).toEqual([]);
    const checks = (await own.checks()) ?? {};
    expect(Object.keys(checks).length).toBeGreaterThan(60);
    for (const way of ["once", "byTable"] as const) {
      const engine = await duckdbEngine(longestLine(FILE), way);
      // A second load replaces the first.
      for (const _ of [1, 2]) expect(differences(byLines.answers, (await engine.load(FILE)).answers)).toEqual([]);
      expect(checkDifferences(checks, (await engine.checks()) ?? {})).toEqual([]);
    }
  });

  test("columns differ in any count, and in a sum beyond the last digits", () => {
    const checks = { a: { present: 3, sum: 0.3 }, b: { present: 2, distinct: 1 } };
    expect(checkDifferences(checks, { ...checks, a: { present: 3, sum: 0.1 + 0.2 } })).toEqual([]);
    expect(checkDifferences(checks, { ...checks, a: { present: 3, sum: 0.31 } })).toHaveLength(1);
    expect(checkDifferences(checks, { ...checks, b: { present: 2, distinct: 2 } })).toHaveLength(1);
    expect(checkDifferences(checks, { a: checks.a })).toHaveLength(1);
  });
});
