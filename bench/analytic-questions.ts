// What do analysts ask of ten million traces? Ten questions, each also as DuckDB's statement, over the `traces` table.
// Called through workloads.ts. Nine are trace-metrics requests or filters of the extended language, through the public
// API; the top 100 is a logical plan run by the engine, since a search would read its traces too.

import type { MetricsRequest } from "../src/index.ts";
import type { Plan } from "../src/plan/logical.ts";
import { metricsRows } from "./replay-questions.ts";
import { AGREEMENT, type Answer, type AskedPlan, type Question } from "./workload.ts";

/** A question as a metrics request. */
interface Analysis {
  readonly name: string;
  readonly metric: string;
  /** Numbers are percentiles. */
  readonly aggregations: readonly (string | number)[];
  readonly dimensions?: readonly string[];
  readonly filters?: readonly string[];
  readonly hourly?: boolean;
  readonly agreement: number;
  readonly sql: string;
}

const HOUR_SECONDS = 3_600;
const HOUR = "timestamp_ms // 3600000 * 3600000";
/** What the API gives at most by default. */
const MOST_GROUPS = 1_000;
const ALL_GROUPS = 100_000;
const TOP = 100;

const ANALYSES: readonly Analysis[] = [
  {
    name: "count by name",
    metric: "trace_count",
    aggregations: ["COUNT"],
    dimensions: ["trace_name"],
    agreement: AGREEMENT.counts,
    sql: "SELECT trace_name, count(*) FROM traces GROUP BY 1 ORDER BY 1",
  },
  {
    name: "avg, sum, min, max by name and status",
    metric: "latency",
    aggregations: ["AVG", "SUM", "MIN", "MAX"],
    dimensions: ["trace_name", "trace_status"],
    agreement: AGREEMENT.sums,
    sql: `SELECT trace_name, state, avg(execution_duration_ms), sum(execution_duration_ms), min(execution_duration_ms),
  max(execution_duration_ms) FROM traces WHERE execution_duration_ms IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`,
  },
  {
    name: "p50, p95, p99 by name",
    metric: "latency",
    aggregations: [50, 95, 99],
    dimensions: ["trace_name"],
    agreement: AGREEMENT.percentiles,
    sql: `SELECT trace_name, quantile_cont(execution_duration_ms, 0.5), quantile_cont(execution_duration_ms, 0.95),
  quantile_cont(execution_duration_ms, 0.99) FROM traces WHERE execution_duration_ms IS NOT NULL GROUP BY 1 ORDER BY 1`,
  },
  {
    name: "hourly sum of tokens",
    metric: "total_tokens",
    aggregations: ["SUM"],
    hourly: true,
    agreement: AGREEMENT.sums,
    sql: `SELECT ${HOUR}, sum(total_tokens) FROM traces WHERE total_tokens IS NOT NULL GROUP BY 1 ORDER BY 1`,
  },
  {
    name: "count and avg of slow, successful traces",
    metric: "latency",
    aggregations: ["COUNT", "AVG"],
    filters: ["trace.status = 'OK'", "execution_time_ms > 5000"],
    agreement: AGREEMENT.sums,
    sql: "SELECT count(*), avg(execution_duration_ms) FROM traces WHERE state = 'OK' AND execution_duration_ms > 5000",
  },
  {
    name: "count by session, the first 1,000 of 100,000",
    metric: "trace_count",
    aggregations: ["COUNT"],
    dimensions: ["session"],
    agreement: AGREEMENT.counts,
    sql: `SELECT session, count(*) FROM traces WHERE session IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT ${MOST_GROUPS}`,
  },
  {
    name: "hourly p95 by name",
    metric: "latency",
    aggregations: [95],
    dimensions: ["trace_name"],
    hourly: true,
    agreement: AGREEMENT.percentiles,
    sql: `SELECT ${HOUR}, trace_name, quantile_cont(execution_duration_ms, 0.95) FROM traces
  WHERE execution_duration_ms IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`,
  },
  {
    name: "distinct sessions by name",
    metric: "session_count",
    aggregations: ["COUNT"],
    dimensions: ["trace_name"],
    agreement: AGREEMENT.counts,
    sql: "SELECT trace_name, count(DISTINCT session) FROM traces GROUP BY 1 ORDER BY 1",
  },
  {
    name: "count of names LIKE '%agent%' by name",
    metric: "trace_count",
    aggregations: ["COUNT"],
    dimensions: ["trace_name"],
    filters: ["name LIKE '%agent%'"],
    agreement: AGREEMENT.counts,
    sql: "SELECT trace_name, count(*) FROM traces WHERE trace_name LIKE '%agent%' GROUP BY 1 ORDER BY 1",
  },
];

/** The ten questions. */
export function analyticQuestions(): readonly Question[] {
  const asked = ANALYSES.map((analysis): Question => {
    const request = requestOf(analysis);
    const { name, sql, agreement } = analysis;
    return { name, sql, agreement, ask: ({ store }) => store.metrics(request), rows: metricsRows };
  });
  return [...asked, topByCost()];
}

function requestOf({ metric, aggregations, dimensions, filters, hourly }: Analysis): MetricsRequest {
  return {
    view_type: "TRACES",
    metric_name: metric,
    aggregations: aggregations.map((aggregation) =>
      typeof aggregation === "number"
        ? { aggregation_type: "PERCENTILE", percentile_value: aggregation }
        : { aggregation_type: aggregation },
    ),
    dimensions: dimensions ?? [],
    filters: filters ?? [],
    ...(hourly === true && { time_interval_seconds: HOUR_SECONDS, start_time_ms: 0, end_time_ms: 1e14 }),
    max_results: dimensions?.includes("session") ? MOST_GROUPS : ALL_GROUPS,
  };
}

function topByCost(): Question {
  const cost = { kind: "column", table: "traces", name: "total_cost", type: "number" } as const;
  const plan: Plan = {
    kind: "limit",
    count: TOP,
    offset: 0,
    input: { kind: "sort", input: { kind: "scan", table: "traces" }, keys: [{ by: cost, descending: true }] },
  };
  return {
    name: "top 100 by cost",
    sql: `SELECT total_cost FROM traces ORDER BY total_cost DESC NULLS LAST LIMIT ${TOP}`,
    agreement: AGREEMENT.counts,
    ask: ({ run }) => run(plan),
    rows: ({ result, cell }: AskedPlan): Answer => {
      if (result.kind !== "rows") throw new Error("a sorted scan gives rows");
      return Array.from(result.positions, (row) => [cell("total_cost", row)]);
    },
  };
}
