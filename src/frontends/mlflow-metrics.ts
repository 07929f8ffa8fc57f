// MLflow's trace metrics: a request becomes a plan, and the plan's result becomes MLflow's response.
// Called by engine.ts. The plan is scan, filter, bucket, aggregate, sort, limit; semantics are those of MLflow's 2026
// rework: overridden assessments are not counted, assessments go by the time of their trace, costs by that of their span.
// What must stay true: rows that lack the metric or a dimension are dropped before groups are counted against max_results.

import { EngineError } from "../base/errors.ts";
import type { TableName } from "../columns/schema.ts";
import type { ColumnRef, Expr, Predicate } from "../plan/expr.ts";
import type { GroupKey, Measure, Plan } from "../plan/logical.ts";
import type { Result } from "../plan/result.ts";
import { traceColumn } from "./metrics-catalog.ts";
import { metricsFilter } from "./metrics-filter.ts";
import { APPROX_COUNT, APPROX_WIDE, type MetricsResponse, metricsResponse, TIME_BUCKET } from "./metrics-response.ts";
import { type Aggregation, type ValidMetrics, validateMetrics } from "./metrics-validate.ts";

export type { AggregationRequest, MetricsRequest } from "./metrics-request.ts";
export type { Approximation, MetricsDataPoint, MetricsResponse } from "./metrics-response.ts";

/** How a metrics request is read. */
export interface MetricsOptions {
  /** Accept what MLflow accepts and nothing more. */
  readonly strict: boolean;
  /** How percentiles are computed. */
  readonly percentiles: "exact" | "tdigest";
  /**
   * Reads a filter of the extended language over the rows of a table. Used in extended mode for filters that are not of
   * MLflow's plain grammar; without it they are refused.
   */
  readonly bindFilter?: (text: string, table: TableName) => Predicate;
}

/** A planned request. */
export interface MetricsPlan {
  readonly plan: Plan;
  /** Turns the plan's result into the response body. */
  readonly shape: (result: Result) => MetricsResponse;
}

/** Plans a request. Throws E_REQUEST and E_FILTER_*, with MLflow's texts. */
export function planMetrics(request: unknown, options: MetricsOptions): MetricsPlan {
  const query = validateMetrics(request, options.strict);
  const filters = query.filters.map((text) => filterPredicate(text, query, options));
  const keys = groupKeys(query);
  const measures = labelled(query.aggregations.map((aggregation) => measureOf(aggregation, query, options)));
  if (options.strict && measures.some(({ method }) => method === "tdigest")) {
    throw new EngineError(
      "E_REQUEST",
      "strict percentiles are exact: MLflow's answer cannot say that it is approximate",
      {
        hint: "Leave strict out, or ask for exact percentiles.",
      },
    );
  }
  let plan: Plan = { kind: "scan", table: query.view.table };
  plan = filtered(plan, [...scope(query), ...filters]);
  if (query.intervalMs !== undefined) {
    plan = { kind: "bucket", input: plan, time: query.view.bucketedBy, widthMs: query.intervalMs, as: TIME_BUCKET };
  }
  plan = { kind: "aggregate", input: plan, keys, measures, nullKeys: "drop", emptyGroups: "drop" };
  if (keys.length > 0) {
    plan = { kind: "sort", input: plan, keys: keys.map(({ name }) => ({ by: { output: name }, descending: false })) };
  }
  if (query.maxResults !== undefined) plan = { kind: "limit", input: plan, count: query.maxResults, offset: 0 };
  return { plan, shape: (result) => metricsResponse(result, query.metric.name, keys.length) };
}

function filterPredicate(text: string, { view }: ValidMetrics, options: MetricsOptions): Predicate {
  const { bindFilter, strict } = options;
  if (strict || bindFilter === undefined) return metricsFilter(text, view, strict);
  try {
    return metricsFilter(text, view, false);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    // Not of the plain grammar: the extended language has the last word, and its own message.
    return bindFilter(text, view.table);
  }
}

/** What every request restricts: experiments, time, overridden assessments, rows without the metric. */
function scope(query: ValidMetrics): readonly Predicate[] {
  const { view, metric, startMs, endMs, experimentIds } = query;
  const predicates: Predicate[] = [];
  if (experimentIds !== undefined) {
    predicates.push({ kind: "in", operand: traceColumn("experiment_id"), values: experimentIds, type: "bool" });
  }
  if (startMs !== undefined) predicates.push(bound(metric.boundedBy, ">=", startMs));
  if (endMs !== undefined) predicates.push(bound(metric.boundedBy, "<=", endMs));
  if (view.table === "assessments") {
    const valid: ColumnRef = { kind: "column", table: "assessments", name: "valid", type: "bool" };
    predicates.push(compare("=", valid, { kind: "literal", value: true, type: "bool" }));
  }
  if (metric.input.kind !== "rows") {
    const missing: Predicate = { kind: "is-null", operand: metric.input.column, type: "bool" };
    predicates.push({ kind: "not", operand: missing, type: "bool" });
  }
  return predicates;
}

function filtered(input: Plan, operands: readonly Predicate[]): Plan {
  const [only, ...more] = operands;
  if (only === undefined) return input;
  return { kind: "filter", input, predicate: more.length === 0 ? only : { kind: "and", operands, type: "bool" } };
}

function bound(time: ColumnRef, op: ">=" | "<=", ms: number): Predicate {
  return compare(op, time, { kind: "literal", value: ms, type: "number" });
}

function compare(op: "=" | ">=" | "<=", left: Expr, right: Expr): Predicate {
  return { kind: "compare", op, left, right, type: "bool" };
}

function groupKeys({ intervalMs, dimensions }: ValidMetrics): readonly GroupKey[] {
  const keys: readonly GroupKey[] = dimensions.map(({ name, value }) => ({ name, value }));
  return intervalMs === undefined ? keys : [{ name: TIME_BUCKET, value: "bucket" }, ...keys];
}

/** With what an approximate answer says of itself. */
function labelled(measures: readonly Measure[]): readonly Measure[] {
  const digested = measures.find(({ method }) => method === "tdigest");
  if (digested?.input === undefined) return measures;
  const { input } = digested;
  return [...measures, { name: APPROX_COUNT, fn: "count", input }, { name: APPROX_WIDE, fn: "digest_wide", input }];
}

function measureOf(aggregation: Aggregation, { metric }: ValidMetrics, options: MetricsOptions): Measure {
  const { name, label, percentile } = aggregation;
  const { input } = metric;
  if (input.kind === "rows") return { name: label, fn: "count_rows" };
  if (input.kind === "distinct") return { name: label, fn: "count_distinct", input: input.column };
  switch (name) {
    case "COUNT":
      return { name: label, fn: "count", input: input.column };
    case "SUM":
      return { name: label, fn: "sum", input: input.column };
    case "AVG":
      return { name: label, fn: "avg", input: input.column };
    case "MIN":
      return { name: label, fn: "min", input: input.column };
    case "MAX":
      return { name: label, fn: "max", input: input.column };
    case "PERCENTILE":
      return {
        name: label,
        fn: "percentile",
        input: input.column,
        percentile: percentile ?? 0,
        method: options.percentiles,
      };
  }
}
