// A metrics request whose answer is to be put together from parts: what it must be, and its plan.
// Called by engine.ts and state/. What must stay true: two requests are alike when every row counts the same in both, so
// time bounds and the number of points printed are no part of it.

import { EngineError } from "../base/errors.ts";
import type { Plan } from "../plan/logical.ts";
import { groupSteps, partialMeasures, partialRefusal } from "../plan/partial.ts";
import type { MetricsRequest } from "./metrics-request.ts";
import { validateMetrics } from "./metrics-validate.ts";
import { type MetricsOptions, planMetrics } from "./mlflow-metrics.ts";

/** A request as a state keeps it: names as the catalog has them, nothing that is absent. */
export type StateRequest = Omit<MetricsRequest, "max_results" | "page_token">;

/** A request to be answered in parts. */
export interface StatePlan {
  readonly request: StateRequest;
  /** Its result: keys, then partial columns. */
  readonly plan: Plan;
  /** How many of the columns are keys. */
  readonly keys: number;
}

/** Plans a part. Throws as planMetrics, and E_REQUEST for what cannot be put together from parts. */
export function planMetricsState(request: unknown, options: MetricsOptions): StatePlan {
  const { aggregate } = groupSteps(planMetrics(request, options).plan);
  for (const measure of aggregate.measures) {
    const refusal = partialRefusal(measure);
    if (refusal === undefined) continue;
    throw new EngineError("E_REQUEST", `${refusal} cannot be put together from states`, {
      hint:
        refusal === "exact percentiles"
          ? "Use --percentiles tdigest, or ask all the files at once."
          : "Ask all the files at once.",
    });
  }
  const measures = partialMeasures(aggregate.measures);
  return {
    request: stateRequest(request, options.strict),
    plan: { ...aggregate, measures, emptyGroups: "keep" },
    keys: aggregate.keys.length,
  };
}

function stateRequest(request: unknown, strict: boolean): StateRequest {
  const { view, metric, aggregations, dimensions, filters, intervalMs, startMs, endMs, experimentIds } =
    validateMetrics(request, strict);
  return {
    view_type: view.name,
    metric_name: metric.name,
    aggregations: aggregations.map(({ name, percentile }) =>
      percentile === undefined ? { aggregation_type: name } : { aggregation_type: name, percentile_value: percentile },
    ),
    dimensions: dimensions.map(({ name }) => name),
    filters,
    ...(intervalMs === undefined ? {} : { time_interval_seconds: intervalMs / 1000 }),
    ...(experimentIds === undefined ? {} : { experiment_ids: experimentIds }),
    ...(startMs === undefined ? {} : { start_time_ms: startMs }),
    ...(endMs === undefined ? {} : { end_time_ms: endMs }),
  };
}

/** Parts of a request in which two that are added up must be alike. */
const ALIKE = [
  "view_type",
  "metric_name",
  "aggregations",
  "dimensions",
  "filters",
  "time_interval_seconds",
  "experiment_ids",
] as const;

/** The first part in which two requests differ, with both values as JSON; undefined when they are alike. */
export function requestDifference(
  left: StateRequest,
  right: StateRequest,
): { readonly part: string; readonly left: string; readonly right: string } | undefined {
  const text = (value: unknown): string => JSON.stringify(value) ?? "none";
  const part = ALIKE.find((name) => text(left[name]) !== text(right[name]));
  return part === undefined ? undefined : { part, left: text(left[part]), right: text(right[part]) };
}
