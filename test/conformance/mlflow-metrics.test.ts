// MLflow's trace metrics, case by case: the engine with the optimiser on and off, and the row-by-row oracle, must all
// give the answer that MLflow gives; what MLflow refuses is refused with its words.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { planMetrics } from "../../src/frontends/mlflow-metrics.ts";
import { memoryInput, open, type QueryOptions } from "../../src/index.ts";
import { oracleMetrics } from "../oracle/metrics-oracle.ts";
import { expectPoints } from "../support/points.ts";
import { exportLines } from "./fixture-writer.ts";
import { type MetricsCase, metricsCases, OVERRULED_CASES } from "./metrics-cases.ts";

const cases = metricsCases();
const answered = cases.flatMap((item) => (item.expect === undefined ? [] : [{ ...item, expect: item.expect }]));
const refused = cases.flatMap(({ expectError, ...item }) =>
  expectError === undefined ? [] : [{ ...item, expectError }],
);

const engine = async (item: Pick<MetricsCase, "traces" | "request">, options: QueryOptions) => {
  const bytes = new TextEncoder().encode(exportLines(item.traces));
  const store = await open([memoryInput("fixture.jsonl", bytes)], { strict: true });
  const { data_points: points } = await store.metrics(item.request, options);
  store.close();
  return points;
};

describe("MLflow trace metrics", () => {
  it("has cases of both kinds", () => {
    expect(answered.length).toBeGreaterThan(100);
    expect(refused.length).toBeGreaterThan(20);
  });

  it("says which cases are overruled", () => {
    const ids = cases.map(({ id }) => id);
    const page = readFileSync(new URL("../../docs/differences.md", import.meta.url), "utf8");
    for (const id of OVERRULED_CASES) {
      expect(ids).toContain(id);
      expect(page).toContain(`\`${id}\``);
    }
  });

  it.each(answered)("$id: the oracle", (item) => {
    expectPoints(oracleMetrics(item.traces, item.request), item.expect);
  });

  it.each(answered)("$id: the engine", async (item) => {
    const points = await engine(item, {});
    expectPoints(points, item.expect);
    for (const point of points) expect(point.metric_name).toBe(item.request.metric_name);
  });

  it.each(answered)("$id: the engine without the optimiser", async (item) => {
    expectPoints(await engine(item, { disabledRules: "all" }), item.expect);
  });

  it.each(answered)("$id: extended mode gives the same points", async (item) => {
    expectPoints(await engine(item, { strict: false }), item.expect);
  });

  it.each(refused)("$id: refused", ({ request, expectError }) => {
    expect(() => planMetrics(request, { strict: true, percentiles: "exact" })).toThrow(expectError);
  });
});
