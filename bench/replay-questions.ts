// What does MLflow's overview page ask? The twenty requests of one page load, each also as DuckDB's statement.
// Called through workloads.ts. What must stay true: the range is the page's (32 days, a bucket a day), and both
// answer the same question: rows without the measured value or a dimension do not count.

import type { MetricsRequest, MetricsResponse } from "../src/index.ts";
import { AGREEMENT, type Answer, type Question } from "./workload.ts";

/** First and last ms of the page's time range. */
export const RANGE = { startMs: Date.UTC(2026, 2, 2), endMs: Date.UTC(2026, 2, 2) + 32 * 86_400_000 - 1 } as const;

const DAY_SECONDS = 86_400;
const DAY_MS = 86_400_000;
const EXPERIMENT = "1";

type View = "TRACES" | "SPANS" | "ASSESSMENTS";
type Aggregation = "COUNT" | "SUM" | "AVG" | number;

interface PageQuestion {
  readonly name: string;
  readonly view: View;
  readonly metric: string;
  /** Numbers are percentiles. */
  readonly aggregations: readonly Aggregation[];
  readonly daily?: boolean;
  readonly dimensions?: readonly string[];
  /** MLflow's filter, and the same as a condition of DuckDB's. */
  readonly filter?: { readonly mlflow: string; readonly sql: string };
}

const PERCENTILES = [50, 90, 99];
const ERRORS = { mlflow: 'trace.status = "ERROR"', sql: "state = 'ERROR'" };
const FEEDBACK = { mlflow: 'assessment.type = "feedback"', sql: "type = 'feedback'" };
const ONE_NAME = { mlflow: 'assessment.name = "correctness"', sql: "name = 'correctness'" };
const TOOLS = { mlflow: 'span.type = "TOOL"', sql: "type = 'TOOL'" };

const PAGE: readonly PageQuestion[] = [
  { name: "traces in range", view: "TRACES", metric: "trace_count", aggregations: ["COUNT"] },
  {
    name: "traces by status",
    view: "TRACES",
    metric: "trace_count",
    aggregations: ["COUNT"],
    dimensions: ["trace_status"],
  },
  { name: "requests daily", view: "TRACES", metric: "trace_count", aggregations: ["COUNT"], daily: true },
  { name: "latency daily percentiles", view: "TRACES", metric: "latency", aggregations: PERCENTILES, daily: true },
  { name: "latency average", view: "TRACES", metric: "latency", aggregations: ["AVG"] },
  { name: "errors daily", view: "TRACES", metric: "trace_count", aggregations: ["COUNT"], daily: true, filter: ERRORS },
  { name: "input tokens daily", view: "TRACES", metric: "input_tokens", aggregations: ["SUM"], daily: true },
  { name: "output tokens daily", view: "TRACES", metric: "output_tokens", aggregations: ["SUM"], daily: true },
  { name: "cache reads daily", view: "TRACES", metric: "cache_read_input_tokens", aggregations: ["SUM"], daily: true },
  {
    name: "cache writes daily",
    view: "TRACES",
    metric: "cache_creation_input_tokens",
    aggregations: ["SUM"],
    daily: true,
  },
  { name: "tokens in all", view: "TRACES", metric: "total_tokens", aggregations: ["SUM"] },
  { name: "tokens daily percentiles", view: "TRACES", metric: "total_tokens", aggregations: PERCENTILES, daily: true },
  { name: "tokens average", view: "TRACES", metric: "total_tokens", aggregations: ["AVG"] },
  {
    name: "cost by model",
    view: "SPANS",
    metric: "total_cost",
    aggregations: ["SUM"],
    dimensions: ["span_model_name"],
  },
  {
    name: "cost daily by model",
    view: "SPANS",
    metric: "total_cost",
    aggregations: ["SUM"],
    daily: true,
    dimensions: ["span_model_name"],
  },
  {
    name: "feedback average by name",
    view: "ASSESSMENTS",
    metric: "assessment_value",
    aggregations: ["AVG"],
    dimensions: ["assessment_name"],
    filter: FEEDBACK,
  },
  {
    name: "assessments by name",
    view: "ASSESSMENTS",
    metric: "assessment_count",
    aggregations: ["COUNT"],
    dimensions: ["assessment_name"],
  },
  {
    name: "one assessment daily",
    view: "ASSESSMENTS",
    metric: "assessment_value",
    aggregations: ["AVG"],
    daily: true,
    filter: ONE_NAME,
  },
  {
    name: "one assessment's values",
    view: "ASSESSMENTS",
    metric: "assessment_count",
    aggregations: ["COUNT"],
    dimensions: ["assessment_value"],
    filter: ONE_NAME,
  },
  {
    name: "tool calls by name and status",
    view: "SPANS",
    metric: "span_count",
    aggregations: ["COUNT"],
    dimensions: ["span_name", "span_status"],
    filter: TOOLS,
  },
];

/** The twenty requests, in the order of the page. */
export function replayQuestions(): readonly Question[] {
  return PAGE.map((question) => {
    const request = requestOf(question);
    return {
      name: question.name,
      ask: ({ store }) => store.metrics(request),
      rows: metricsRows,
      sql: sqlOf(question),
      agreement: agreementOf(question.aggregations),
    };
  });
}

function agreementOf(aggregations: readonly Aggregation[]): number {
  if (aggregations.every((aggregation) => aggregation === "COUNT")) return AGREEMENT.counts;
  return aggregations.every((aggregation) => typeof aggregation === "number") ? AGREEMENT.percentiles : AGREEMENT.sums;
}

/** Points as rows: the bucket as ms, the dimensions, the values. */
export function metricsRows({ data_points: points }: MetricsResponse): Answer {
  return points.map(({ dimensions, values }) => [
    ...Object.entries(dimensions).map(([name, text]) => (name === "time_bucket" ? Date.parse(text) : text)),
    ...Object.values(values),
  ]);
}

function requestOf({ view, metric, aggregations, daily, dimensions = [], filter }: PageQuestion): MetricsRequest {
  return {
    experiment_ids: [EXPERIMENT],
    view_type: view,
    metric_name: metric,
    aggregations: aggregations.map((aggregation) =>
      typeof aggregation === "number"
        ? { aggregation_type: "PERCENTILE", percentile_value: aggregation }
        : { aggregation_type: aggregation },
    ),
    dimensions,
    filters: filter === undefined ? [] : [filter.mlflow],
    start_time_ms: RANGE.startMs,
    end_time_ms: RANGE.endMs,
    ...(daily === true && { time_interval_seconds: DAY_SECONDS }),
  };
}

const TABLES: { readonly [view in View]: string } = { TRACES: "traces", SPANS: "spans", ASSESSMENTS: "assessments" };
const MEASURED: Readonly<Record<string, string>> = {
  latency: "execution_duration_ms",
  assessment_value: "numeric_value",
};
const DIMENSIONS: Readonly<Record<string, string>> = {
  trace_status: "state",
  span_model_name: "model",
  span_name: "name",
  span_status: "status",
  assessment_name: "name",
  assessment_value: "value",
};

function sqlOf({ view, metric, aggregations, daily, dimensions = [], filter }: PageQuestion): string {
  const isCount = metric.endsWith("_count");
  const measured = MEASURED[metric] ?? metric;
  const ownTime = view === "SPANS" ? "start_ms" : view === "TRACES" ? "timestamp_ms" : "trace_timestamp_ms";
  // Costs are bounded by the span's own start, all else by the time of the trace.
  const bounded = view === "SPANS" && isCount ? "trace_timestamp_ms" : ownTime;
  const bucket = daily === true ? [`${ownTime} // ${DAY_MS} * ${DAY_MS}`] : [];
  const keys = [...bucket, ...dimensions.map((dimension) => DIMENSIONS[dimension] ?? dimension)];
  const values = aggregations.map((aggregation) => valueSql(aggregation, measured));
  const where = [
    `experiment_id = ${EXPERIMENT}`,
    `${bounded} BETWEEN ${RANGE.startMs} AND ${RANGE.endMs}`,
    ...(view === "ASSESSMENTS" ? ["valid"] : []),
    ...(filter === undefined ? [] : [filter.sql]),
    ...(isCount ? [] : [`${measured} IS NOT NULL`]),
    ...keys.slice(bucket.length).map((key) => `${key} IS NOT NULL`),
  ];
  const places = keys.map((_, place) => place + 1).join(", ");
  const grouped = keys.length === 0 ? "" : ` GROUP BY ${places} ORDER BY ${places}`;
  return `SELECT ${[...keys, ...values].join(", ")} FROM ${TABLES[view]} WHERE ${where.join(" AND ")}${grouped}`;
}

function valueSql(aggregation: Aggregation, measured: string): string {
  if (typeof aggregation === "number") return `quantile_cont(${measured}, ${aggregation / 100})`;
  return aggregation === "COUNT" ? "count(*)" : `${aggregation.toLowerCase()}(${measured})`;
}
