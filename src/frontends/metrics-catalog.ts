// THE list of trace metrics: views, metrics, aggregations and dimensions, for strict mode (MLflow's own config, in its
// order) and for extended mode. Read by metrics-validate.ts, metrics-filter.ts, the planner, help and completion.
// A new metric or dimension is one entry here. Strict lists are fixed by MLflow: additions belong to extended mode.

import type { ColumnRef, Expr, KeyRef, ValueType } from "../plan/expr.ts";

/** A view as a request names it. */
export type ViewName = "TRACES" | "SPANS" | "ASSESSMENTS";

/** An aggregation as a request names it; its number in MLflow's enum is its place here plus one. */
export const AGGREGATION_NAMES = ["COUNT", "SUM", "AVG", "PERCENTILE", "MIN", "MAX"] as const;

/** An aggregation of that list. */
export type AggregationName = (typeof AGGREGATION_NAMES)[number];

/** What a metric counts or measures: rows, a number a row, or distinct texts. */
export type MetricInput =
  | { readonly kind: "rows" }
  | { readonly kind: "number"; readonly column: ColumnRef }
  | { readonly kind: "distinct"; readonly column: ColumnRef };

/** One metric of a view. */
export interface MetricSpec {
  readonly name: string;
  readonly input: MetricInput;
  /** Aggregations in strict mode; extended mode allows COUNT on every metric and all of them on a number. */
  readonly aggregations: readonly AggregationName[];
  /** Dimensions in strict mode; extended mode allows all of the view's. */
  readonly dimensions: readonly string[];
  /** Number column in ms that start_time_ms and end_time_ms bound. */
  readonly boundedBy: ColumnRef;
}

/** A dimension of fixed name. */
export interface DimensionSpec {
  readonly name: string;
  readonly column: ColumnRef;
}

/** A family of dimensions `<prefix><key>`, extended mode only. */
export interface DimensionFamily {
  readonly prefix: string;
  readonly table: "traces" | "spans";
  readonly family: "tag" | "metadata" | "attributes";
}

/** One view. */
export interface ViewSpec {
  readonly name: ViewName;
  /** Its number in MLflow's enum. */
  readonly code: number;
  readonly table: "traces" | "spans" | "assessments";
  /** Number column in ms by which time buckets are made. */
  readonly bucketedBy: ColumnRef;
  readonly metrics: readonly MetricSpec[];
  /** All dimensions of fixed name: of the view's own rows first, then of the owning trace. */
  readonly dimensions: readonly DimensionSpec[];
  readonly families: readonly DimensionFamily[];
}

const column =
  (table: ColumnRef["table"], type: ValueType) =>
  (name: string): ColumnRef => ({ kind: "column", table, name, type });
/** A text column of traces. */
export const traceColumn = column("traces", "text");
const traceNumber = column("traces", "number");
const spanText = column("spans", "text");
const spanNumber = column("spans", "number");
const assessmentText = column("assessments", "text");
const assessmentNumber = column("assessments", "number");

const TRACE_TIME = traceNumber("timestamp_ms");
const SPAN_TIME = spanNumber("start_ms");

const rows: MetricInput = { kind: "rows" };
const number = (from: ColumnRef): MetricInput => ({ kind: "number", column: from });
const AVERAGED = ["AVG", "PERCENTILE", "MIN", "MAX"] as const;
const SUMMED = ["SUM", ...AVERAGED] as const;

const tokenMetric = (name: string): MetricSpec => ({
  name,
  input: number(traceNumber(name)),
  aggregations: SUMMED,
  dimensions: ["trace_name"],
  boundedBy: TRACE_TIME,
});
const costMetric = (name: string): MetricSpec => ({
  name,
  input: number(spanNumber(name)),
  aggregations: SUMMED,
  dimensions: ["span_model_name", "span_model_provider"],
  boundedBy: SPAN_TIME,
});

const TRACE_METRICS: readonly MetricSpec[] = [
  {
    name: "trace_count",
    input: rows,
    aggregations: ["COUNT"],
    dimensions: ["trace_name", "trace_status"],
    boundedBy: TRACE_TIME,
  },
  {
    name: "session_count",
    input: { kind: "distinct", column: traceColumn("session") },
    aggregations: ["COUNT"],
    dimensions: [],
    boundedBy: TRACE_TIME,
  },
  {
    name: "latency",
    input: number(traceNumber("execution_duration_ms")),
    aggregations: AVERAGED,
    dimensions: ["trace_name"],
    boundedBy: TRACE_TIME,
  },
  tokenMetric("input_tokens"),
  tokenMetric("output_tokens"),
  tokenMetric("total_tokens"),
  tokenMetric("cache_read_input_tokens"),
  tokenMetric("cache_creation_input_tokens"),
];

// Counts and latencies of spans are bounded by the time of the owning trace, costs by the span's own start.
const SPAN_METRICS: readonly MetricSpec[] = [
  {
    name: "span_count",
    input: rows,
    aggregations: ["COUNT"],
    dimensions: ["span_name", "span_type", "span_status", "span_model_name", "span_model_provider"],
    boundedBy: TRACE_TIME,
  },
  {
    name: "latency",
    input: number(spanNumber("duration_ms")),
    aggregations: AVERAGED,
    dimensions: ["span_name", "span_status"],
    boundedBy: TRACE_TIME,
  },
  costMetric("input_cost"),
  costMetric("output_cost"),
  costMetric("total_cost"),
];

const ASSESSMENT_METRICS: readonly MetricSpec[] = [
  {
    name: "assessment_count",
    input: rows,
    aggregations: ["COUNT"],
    dimensions: ["assessment_name", "assessment_value"],
    boundedBy: TRACE_TIME,
  },
  {
    name: "assessment_value",
    input: number(assessmentNumber("numeric_value")),
    aggregations: AVERAGED,
    dimensions: ["assessment_name"],
    boundedBy: TRACE_TIME,
  },
];

const TRACE_DIMENSIONS: readonly DimensionSpec[] = [
  { name: "trace_name", column: traceColumn("trace_name") },
  { name: "trace_status", column: traceColumn("state") },
  { name: "session", column: traceColumn("session") },
  { name: "user", column: traceColumn("user") },
  { name: "experiment_id", column: traceColumn("experiment_id") },
];
const TRACE_FAMILIES: readonly DimensionFamily[] = [
  { prefix: "tag.", table: "traces", family: "tag" },
  { prefix: "metadata.", table: "traces", family: "metadata" },
];

/** The views, in MLflow's order. */
export const VIEWS: readonly ViewSpec[] = [
  {
    name: "TRACES",
    code: 1,
    table: "traces",
    bucketedBy: TRACE_TIME,
    metrics: TRACE_METRICS,
    dimensions: TRACE_DIMENSIONS,
    families: TRACE_FAMILIES,
  },
  {
    name: "SPANS",
    code: 2,
    table: "spans",
    bucketedBy: SPAN_TIME,
    metrics: SPAN_METRICS,
    dimensions: [
      { name: "span_name", column: spanText("name") },
      { name: "span_type", column: spanText("type") },
      { name: "span_status", column: spanText("status") },
      { name: "span_model_name", column: spanText("model") },
      { name: "span_model_provider", column: spanText("provider") },
      ...TRACE_DIMENSIONS,
    ],
    families: [{ prefix: "span.attributes.", table: "spans", family: "attributes" }, ...TRACE_FAMILIES],
  },
  {
    name: "ASSESSMENTS",
    code: 3,
    table: "assessments",
    bucketedBy: TRACE_TIME,
    metrics: ASSESSMENT_METRICS,
    dimensions: [
      { name: "assessment_name", column: assessmentText("name") },
      { name: "assessment_value", column: assessmentText("value") },
      { name: "assessment_type", column: assessmentText("type") },
      { name: "assessment_source", column: assessmentText("source_type") },
      ...TRACE_DIMENSIONS,
    ],
    families: TRACE_FAMILIES,
  },
];

/** Aggregations that a metric takes, in the order of AGGREGATION_NAMES. */
export function allowedAggregations(metric: MetricSpec, strict: boolean): readonly AggregationName[] {
  if (strict) return metric.aggregations;
  return metric.input.kind === "number" ? AGGREGATION_NAMES : ["COUNT"];
}

/** Dimensions that a metric takes, families as `<prefix><key>`. */
export function allowedDimensions(view: ViewSpec, metric: MetricSpec, strict: boolean): readonly string[] {
  if (strict) return metric.dimensions;
  const fixed = view.dimensions.map((dimension) => dimension.name);
  return [...fixed, ...view.families.map((family) => `${family.prefix}<key>`)];
}

/** The value of a dimension in a row of `view`, or undefined when the metric has no such dimension. */
export function dimensionValue(
  name: string,
  scope: { readonly view: ViewSpec; readonly metric: MetricSpec; readonly strict: boolean },
): Expr | undefined {
  if (scope.strict && !scope.metric.dimensions.includes(name)) return undefined;
  const fixed = scope.view.dimensions.find((dimension) => dimension.name === name);
  if (fixed !== undefined) return fixed.column;
  if (scope.strict) return undefined;
  const family = scope.view.families.find(({ prefix }) => name.startsWith(prefix) && name.length > prefix.length);
  if (family === undefined) return undefined;
  const key = withoutBackticks(name.slice(family.prefix.length));
  return family.table === "traces" ? traceKey(family.family, key) : keyRef("spans", family.family, key);
}

function withoutBackticks(key: string): string {
  return key.length >= 2 && key.startsWith("`") && key.endsWith("`") ? key.slice(1, -1) : key;
}

/** Tags and metadata of MLflow's own that have a column, which other formats fill as well. */
const DECLARED_KEYS: ReadonlyMap<string, string> = new Map([
  ["tag.mlflow.traceName", "trace_name"],
  ["metadata.mlflow.trace.session", "session"],
  ["metadata.mlflow.trace.user", "user"],
  ["metadata.mlflow.sourceRun", "run_id"],
  ["metadata.mlflow.modelId", "model_id"],
]);

/** The text of a trace's tag or metadata key. */
export function traceKey(family: KeyRef["family"], key: string): Expr {
  const declared = DECLARED_KEYS.get(`${family}.${key}`);
  return declared === undefined ? keyRef("traces", family, key) : traceColumn(declared);
}

function keyRef(table: KeyRef["table"], family: KeyRef["family"], key: string): KeyRef {
  return { kind: "key", table, family, key, type: "text" };
}
