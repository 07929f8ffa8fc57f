// The catalog names columns that exist, with their types, and its strict lists are MLflow's.

import { describe, expect, it } from "vitest";
import { columnSpec } from "../../src/columns/schema.ts";
import { allowedAggregations, allowedDimensions, VIEWS } from "../../src/frontends/metrics-catalog.ts";
import type { ColumnRef } from "../../src/plan/expr.ts";

const VALUE_TYPE: Readonly<Record<string, string>> = {
  float64: "number",
  int32: "number",
  integer: "number",
  dictionary: "text",
  utf8: "text",
};

describe("catalog", () => {
  it("refers to declared columns by their types", () => {
    const refs: ColumnRef[] = VIEWS.flatMap((view) => [
      view.bucketedBy,
      ...view.dimensions.map(({ column }) => column),
      ...view.metrics.flatMap(({ input, boundedBy }) =>
        input.kind === "rows" ? [boundedBy] : [boundedBy, input.column],
      ),
    ]);
    expect(refs.length).toBeGreaterThan(40);
    for (const ref of refs) {
      const type = columnSpec(ref.table, ref.name)?.type ?? "missing";
      expect(VALUE_TYPE[type], `${ref.table}.${ref.name}`).toBe(ref.type);
    }
  });

  it("has every strict dimension among the view's, and extended lists that hold the strict ones", () => {
    for (const view of VIEWS) {
      for (const metric of view.metrics) {
        expect(allowedDimensions(view, metric, false)).toEqual(expect.arrayContaining([...metric.dimensions]));
        expect(allowedAggregations(metric, false)).toEqual(expect.arrayContaining([...metric.aggregations]));
      }
    }
  });

  it("keeps MLflow's strict table", () => {
    const table = VIEWS.flatMap((view) =>
      view.metrics.map(
        (metric) => `${view.name} ${metric.name}: ${metric.aggregations.join(" ")} by ${metric.dimensions.join(" ")}`,
      ),
    );
    expect(table).toMatchInlineSnapshot(`
      [
        "TRACES trace_count: COUNT by trace_name trace_status",
        "TRACES session_count: COUNT by ",
        "TRACES latency: AVG PERCENTILE MIN MAX by trace_name",
        "TRACES input_tokens: SUM AVG PERCENTILE MIN MAX by trace_name",
        "TRACES output_tokens: SUM AVG PERCENTILE MIN MAX by trace_name",
        "TRACES total_tokens: SUM AVG PERCENTILE MIN MAX by trace_name",
        "TRACES cache_read_input_tokens: SUM AVG PERCENTILE MIN MAX by trace_name",
        "TRACES cache_creation_input_tokens: SUM AVG PERCENTILE MIN MAX by trace_name",
        "SPANS span_count: COUNT by span_name span_type span_status span_model_name span_model_provider",
        "SPANS latency: AVG PERCENTILE MIN MAX by span_name span_status",
        "SPANS input_cost: SUM AVG PERCENTILE MIN MAX by span_model_name span_model_provider",
        "SPANS output_cost: SUM AVG PERCENTILE MIN MAX by span_model_name span_model_provider",
        "SPANS total_cost: SUM AVG PERCENTILE MIN MAX by span_model_name span_model_provider",
        "ASSESSMENTS assessment_count: COUNT by assessment_name assessment_value",
        "ASSESSMENTS assessment_value: AVG PERCENTILE MIN MAX by assessment_name",
      ]
    `);
  });
});
