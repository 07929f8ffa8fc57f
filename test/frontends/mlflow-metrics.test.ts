// Plans of metrics requests: the shape of the tree, what bounds what, and how a result becomes a response.

import { describe, expect, it, vi } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { type MetricsOptions, planMetrics } from "../../src/frontends/mlflow-metrics.ts";
import type { Predicate } from "../../src/plan/expr.ts";
import type { Aggregate, Plan } from "../../src/plan/logical.ts";
import type { GroupedResult } from "../../src/plan/result.ts";

const STRICT: MetricsOptions = { strict: true, percentiles: "exact" };
const EXTENDED: MetricsOptions = { strict: false, percentiles: "exact" };
const COUNT = { view_type: "TRACES", metric_name: "trace_count", aggregations: [{ aggregation_type: "COUNT" }] };
const COST = { view_type: "SPANS", metric_name: "total_cost", aggregations: [{ aggregation_type: "SUM" }] };
const DAY = { time_interval_seconds: 86_400, start_time_ms: 0, end_time_ms: 9 };

/** The nodes from the scan up. */
function nodes(plan: Plan): readonly Plan[] {
  return plan.kind === "scan" ? [plan] : [...nodes(plan.input), plan];
}

function kinds(request: object, options = STRICT): readonly string[] {
  return nodes(planMetrics(request, options).plan).map(({ kind }) => kind);
}

/** The filter's predicates, printed. */
function predicates(request: object, options = STRICT): readonly string[] {
  const filter = nodes(planMetrics(request, options).plan).find((node) => node.kind === "filter");
  if (filter?.kind !== "filter") return [];
  return filter.predicate.kind === "and" ? filter.predicate.operands.map(print) : [print(filter.predicate)];
}

function print(predicate: Predicate): string {
  if (predicate.kind === "compare" && predicate.left.kind === "column" && predicate.right.kind === "literal") {
    return `${predicate.left.table}.${predicate.left.name} ${predicate.op} ${String(predicate.right.value)}`;
  }
  if (predicate.kind === "in") return `in ${predicate.values.join(",")}`;
  if (predicate.kind === "not" && predicate.operand.kind === "is-null" && predicate.operand.operand.kind === "column") {
    return `has ${predicate.operand.operand.name}`;
  }
  return predicate.kind;
}

function aggregate(request: object, options = STRICT): Aggregate {
  const found = nodes(planMetrics(request, options).plan).find((node) => node.kind === "aggregate");
  if (found?.kind !== "aggregate") throw new Error("no aggregate");
  return found;
}

describe("plans", () => {
  it("has no node that does nothing", () => {
    expect(kinds(COUNT)).toEqual(["scan", "aggregate", "limit"]);
    expect(kinds({ ...COUNT, dimensions: ["trace_name"] })).toEqual(["scan", "aggregate", "sort", "limit"]);
    expect(kinds({ ...COUNT, ...DAY })).toEqual(["scan", "filter", "bucket", "aggregate", "sort", "limit"]);
    expect(kinds({ ...COUNT, max_results: -1 })).toEqual(["scan", "aggregate"]);
  });

  it("bounds counts and latencies of spans by the trace's time, costs by the span's", () => {
    const spans = { view_type: "SPANS", metric_name: "span_count", aggregations: COUNT.aggregations, start_time_ms: 5 };
    expect(predicates(spans)).toEqual(["traces.timestamp_ms >= 5"]);
    expect(predicates({ ...COST, start_time_ms: 5, end_time_ms: 6 })).toEqual([
      "spans.start_ms >= 5",
      "spans.start_ms <= 6",
      "has total_cost",
    ]);
    expect(nodes(planMetrics({ ...spans, ...DAY }, STRICT).plan).find(({ kind }) => kind === "bucket")).toMatchObject({
      time: { table: "spans", name: "start_ms" },
      widthMs: 86_400_000,
    });
  });

  it("counts valid assessments only, by the time of their trace", () => {
    const request = { ...COUNT, ...DAY, view_type: "ASSESSMENTS", metric_name: "assessment_count" };
    expect(predicates(request)).toEqual([
      "traces.timestamp_ms >= 0",
      "traces.timestamp_ms <= 9",
      "assessments.valid = true",
    ]);
    expect(nodes(planMetrics(request, STRICT).plan).find(({ kind }) => kind === "bucket")).toMatchObject({
      time: { table: "traces", name: "timestamp_ms" },
    });
  });

  it("restricts to experiments, and to none when strict mode is given none", () => {
    expect(predicates({ ...COUNT, experiment_ids: ["0", "7"] })).toEqual(["in 0,7"]);
    expect(predicates({ ...COUNT, experiment_ids: [] })).toEqual(["in "]);
    expect(predicates({ ...COUNT, experiment_ids: [] }, EXTENDED)).toEqual([]);
  });

  it("names keys and measures as the response does", () => {
    const request = {
      ...COST,
      ...DAY,
      aggregations: [{ aggregation_type: "AVG" }, { aggregation_type: "PERCENTILE", percentile_value: 95 }],
      dimensions: ["span_model_name"],
    };
    const { keys, measures, nullKeys, emptyGroups } = aggregate(request, { strict: false, percentiles: "tdigest" });
    expect(keys.map(({ name }) => name)).toEqual(["time_bucket", "span_model_name"]);
    expect(measures.map(({ name, fn, method }) => [name, fn, method])).toEqual([
      ["AVG", "avg", undefined],
      ["P95.0", "percentile", "tdigest"],
      ["approx count", "count", undefined],
      ["approx wide", "digest_wide", undefined],
    ]);
    expect([nullKeys, emptyGroups]).toEqual(["drop", "drop"]);
  });

  it("refuses approximate percentiles in strict mode, whose answer has no place for the label", () => {
    const strict = { strict: true, percentiles: "tdigest" } as const;
    const request = { ...COST, aggregations: [{ aggregation_type: "PERCENTILE", percentile_value: 95 }] };
    expect(() => planMetrics(request, strict)).toThrow(expect.objectContaining({ code: "E_REQUEST" }));
    expect(() => planMetrics({ ...request, aggregations: [{ aggregation_type: "AVG" }] }, strict)).not.toThrow();
  });

  it("counts sessions by distinct values", () => {
    const { measures } = aggregate({ ...COUNT, metric_name: "session_count" });
    expect(measures).toMatchObject([{ name: "COUNT", fn: "count_distinct", input: { name: "session" } }]);
    expect(predicates({ ...COUNT, metric_name: "session_count" })).toEqual(["has session"]);
  });
});

describe("filters of a request", () => {
  const bound: Predicate = { kind: "truth", value: true, type: "bool" };

  it("go to the extended language only when they are not of the plain grammar", () => {
    const bindFilter = vi.fn(() => bound);
    const options = { ...EXTENDED, bindFilter };
    expect(predicates({ ...COUNT, filters: ["trace.status = 'OK'"] }, options)).toEqual(["traces.state = OK"]);
    expect(bindFilter).not.toHaveBeenCalled();
    expect(predicates({ ...COUNT, filters: ["a OR b"] }, options)).toEqual(["truth"]);
    expect(bindFilter).toHaveBeenCalledWith("a OR b", "traces");
  });

  it("are refused in strict mode, and where no language is given", () => {
    const request = { ...COUNT, filters: ["trace.status = 'OK'", "a OR b"] };
    expect(() => planMetrics(request, { ...STRICT, bindFilter: () => bound })).toThrow(/Invalid clause/);
    expect(() => planMetrics(request, EXTENDED)).toThrow(EngineError);
  });

  it("come after everything else that can be wrong", () => {
    const request = { ...COUNT, filters: ["bad"], time_interval_seconds: 5 };
    expect(() => planMetrics(request, STRICT)).toThrow(/start_time_ms and end_time_ms are required/);
  });
});

describe("responses", () => {
  const texts = ["chat", "__proto__"];
  const result: GroupedResult = {
    kind: "grouped",
    rows: 3,
    columns: [
      { kind: "time", name: "time_bucket", values: Float64Array.of(1_772_409_600_000, -1000, 253_402_300_800_000) },
      { kind: "text", name: "trace_name", codes: Int32Array.of(0, 1, 0), text: (code) => texts[code] ?? "" },
      { kind: "number", name: "AVG", values: Float64Array.of(1.5, Number.NaN, 2) },
      { kind: "number", name: "MAX", values: Float64Array.of(Number.NaN, Number.NaN, 3) },
    ],
  };
  const request = {
    ...COUNT,
    ...DAY,
    metric_name: "latency",
    aggregations: [{ aggregation_type: "AVG" }, { aggregation_type: "MAX" }],
    dimensions: ["trace_name"],
  };

  it("leave out nulls, and points without values", () => {
    const { data_points: points } = planMetrics(request, EXTENDED).shape(result);
    expect(points).toEqual([
      {
        metric_name: "latency",
        dimensions: { time_bucket: "2026-03-02T00:00:00+00:00", trace_name: "chat" },
        values: { AVG: 1.5 },
      },
      {
        metric_name: "latency",
        dimensions: { time_bucket: "+010000-01-01T00:00:00+00:00", trace_name: "chat" },
        values: { AVG: 2, MAX: 3 },
      },
    ]);
    expect(Object.keys(points[0]?.dimensions ?? {})).toEqual(["time_bucket", "trace_name"]);
  });

  it("take any key and text for data", () => {
    const { shape } = planMetrics({ ...COUNT, dimensions: ["tag.__proto__"] }, EXTENDED);
    const key = { ...result.columns[1], name: "__proto__" } as GroupedResult["columns"][number];
    const count = { kind: "number", name: "COUNT", values: Float64Array.of(1, 2, 3) } as const;
    const { data_points: points } = shape({ kind: "grouped", rows: 2, columns: [key, count] });
    expect(Object.entries(points[1]?.dimensions ?? {})).toEqual([["__proto__", "__proto__"]]);
  });
});
