// Turns a metrics request into what the planner needs, or refuses it as MLflow does: in MLflow's order, with its texts.
// Called by mlflow-metrics.ts. The order is: JSON types, aggregation objects, view, metric, aggregations, dimensions,
// interval, experiment ids. Filters come last and are read by metrics-filter.ts.

import { EngineError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { pythonFloat, pythonList, shownText } from "../base/python-text.ts";
import type { Expr } from "../plan/expr.ts";
import {
  AGGREGATION_NAMES,
  type AggregationName,
  allowedAggregations,
  allowedDimensions,
  dimensionValue,
  type MetricSpec,
  VIEWS,
  type ViewSpec,
} from "./metrics-catalog.ts";
import { double, enumValue, fieldsOf, optional, type RequestFields, readRequest } from "./metrics-request.ts";

/** Points of an answer when the request names no number: MLflow's own. */
export const DEFAULT_MAX_RESULTS = 1000;

/** One aggregation of a request. */
export interface Aggregation {
  readonly name: AggregationName;
  /** In [0, 100]; PERCENTILE only. */
  readonly percentile: number | undefined;
  /** Its key in `values`: COUNT, SUM, ..., P95.0. */
  readonly label: string;
}

/** One dimension of a request. */
export interface Dimension {
  readonly name: string;
  readonly value: Expr;
}

/** A request that passed validation; its filters are still texts. */
export interface ValidMetrics {
  readonly view: ViewSpec;
  readonly metric: MetricSpec;
  /** In request order, equal ones once. Not empty. */
  readonly aggregations: readonly Aggregation[];
  /** In request order, equal ones once. */
  readonly dimensions: readonly Dimension[];
  readonly filters: readonly string[];
  /** Positive; undefined: no buckets. */
  readonly intervalMs: number | undefined;
  /** First ms; undefined: unbounded. */
  readonly startMs: number | undefined;
  /** Last ms, included; undefined: unbounded. */
  readonly endMs: number | undefined;
  /** Undefined: unlimited. */
  readonly maxResults: number | undefined;
  /** Undefined: all experiments. */
  readonly experimentIds: readonly string[] | undefined;
}

/** Validates a request. Throws E_REQUEST with MLflow's text. */
export function validateMetrics(request: unknown, strict: boolean): ValidMetrics {
  const fields = readRequest(request);
  const asked = fields.aggregations.map(readAggregation);
  if (asked.length === 0) throw refuse("Missing value for required parameter 'aggregations'.");
  const view = findView(fields.viewType);
  const metric = findMetric(view, fields.metricName);
  const aggregations = checkAggregations(asked, metric, strict);
  const dimensions = checkDimensions(fields.dimensions, { view, metric, strict });
  const intervalMs = checkInterval(fields, strict);
  return {
    view,
    metric,
    aggregations,
    dimensions,
    filters: fields.filters,
    intervalMs,
    startMs: fields.startTimeMs,
    endMs: fields.endTimeMs,
    maxResults: checkMaxResults(fields.maxResults, strict),
    experimentIds: strict ? fields.experimentIds?.map(numericExperimentId) : nonEmpty(fields.experimentIds),
  };
}

interface AskedAggregation {
  /** As given; one of AGGREGATION_NAMES when it names one. */
  readonly name: string;
  readonly percentile: number | undefined;
}

function readAggregation(value: unknown): AskedAggregation {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse("Invalid value for parameter 'aggregations' supplied: expected objects with aggregation_type.");
  }
  const field = fieldsOf(value);
  const name = aggregationName(enumValue(field("aggregation_type")));
  const percentile = optional(field("percentile_value"), double);
  if (name !== "PERCENTILE") {
    if (percentile === undefined) return { name, percentile };
    throw refuse(`Percentile value is only allowed for PERCENTILE aggregation type, got ${shownText(name)}`);
  }
  if (percentile === undefined) throw refuse("Percentile value is required for PERCENTILE aggregation");
  if (!(percentile >= 0 && percentile <= 100)) {
    throw refuse(`Percentile value must be between 0 and 100, got ${pythonFloat(percentile)}`);
  }
  return { name, percentile };
}

function aggregationName(given: string | number): string {
  if (typeof given === "number") return AGGREGATION_NAMES[given - 1] ?? String(given);
  return AGGREGATION_NAMES.find((name) => name === given.toUpperCase()) ?? given;
}

function findView(given: string | number): ViewSpec {
  const wanted = typeof given === "string" ? given.toUpperCase() : given;
  const view = VIEWS.find(({ name, code }) => name === wanted || code === wanted);
  if (view !== undefined) return view;
  const names = VIEWS.map(({ name }) => name);
  throw refuse(
    `view_type must be one of ${pythonList(names)}, got '${shownText(String(given))}'`,
    didYouMean([String(given)], names),
  );
}

function findMetric(view: ViewSpec, given: string): MetricSpec {
  const metric = view.metrics.find(({ name }) => name === given);
  if (metric !== undefined) return metric;
  const other = VIEWS.find(({ metrics }) => metrics.some(({ name }) => name === given));
  const names = view.metrics.map(({ name }) => name);
  throw refuse(
    `metric_name must be one of ${pythonList(names)}, got '${shownText(given)}'`,
    other === undefined ? didYouMean([given], names) : `${given} is a metric of the view ${other.name}.`,
  );
}

function checkAggregations(
  asked: readonly AskedAggregation[],
  metric: MetricSpec,
  strict: boolean,
): readonly Aggregation[] {
  const allowed = allowedAggregations(metric, strict);
  const byLabel = new Map<string, Aggregation>();
  const unknown = new Set<string>();
  for (const { name, percentile } of asked) {
    const known = allowed.find((candidate) => candidate === name);
    if (known === undefined) unknown.add(name);
    else {
      const label = percentile === undefined ? known : `P${pythonFloat(percentile + 0)}`;
      byLabel.set(label, { name: known, percentile, label });
    }
  }
  if (unknown.size === 0) return [...byLabel.values()];
  const extended = allowedAggregations(metric, false);
  throw refuse(
    `Found invalid aggregation_type(s): ${sortedList(unknown)}. Supported aggregation types: ${sortedList(allowed)}`,
    extendedHint(strict && [...unknown].every((name) => extended.some((candidate) => candidate === name))) ??
      didYouMean(unknown, allowed),
  );
}

function checkDimensions(
  names: readonly string[],
  scope: { readonly view: ViewSpec; readonly metric: MetricSpec; readonly strict: boolean },
): readonly Dimension[] {
  const byName = new Map<string, Dimension>();
  const unknown = new Set<string>();
  for (const name of names) {
    const value = dimensionValue(name, scope);
    if (value === undefined) unknown.add(name);
    else byName.set(name, { name, value });
  }
  if (unknown.size === 0) return [...byName.values()];
  const allowed = allowedDimensions(scope.view, scope.metric, scope.strict);
  const accepted = (name: string) => dimensionValue(name, { ...scope, strict: false }) !== undefined;
  throw refuse(
    `Found invalid dimension(s): ${sortedList(unknown)}. Supported dimensions: ${sortedList(allowed)}`,
    extendedHint(scope.strict && [...unknown].every(accepted)) ?? didYouMean(unknown, allowed),
  );
}

/** MLflow wants bounds with an interval; extended mode buckets the whole file just as well. */
function checkInterval(fields: RequestFields, strict: boolean): number | undefined {
  const { timeIntervalSeconds: seconds, startTimeMs, endTimeMs } = fields;
  if (seconds === undefined || seconds === 0) return undefined;
  if (strict && (startTimeMs === undefined || endTimeMs === undefined)) {
    throw refuse("start_time_ms and end_time_ms are required if time_interval_seconds is set");
  }
  if (seconds < 0) throw refuse(`time_interval_seconds must be positive, got ${seconds}`);
  return seconds * 1000;
}

/** A negative count means no limit to MLflow (on SQLite); extended mode takes it for the slip that it is. */
function checkMaxResults(given: number | undefined, strict: boolean): number | undefined {
  const count = given ?? DEFAULT_MAX_RESULTS;
  if (count >= 0) return count;
  if (strict) return undefined;
  throw refuse(`max_results must not be negative, got ${count}`);
}

/** MLflow's experiment ids are whole numbers and compared as such. */
function numericExperimentId(id: string): string {
  if (!/^\s*[+-]?\d{1,40}\s*$/.test(id)) {
    throw refuse(
      `Invalid experiment ID '${shownText(id)}'. Experiment ID must be a valid integer.`,
      extendedHint(true),
    );
  }
  return String(BigInt(id.trim()));
}

function nonEmpty(ids: readonly string[] | undefined): readonly string[] | undefined {
  return ids === undefined || ids.length === 0 ? undefined : ids;
}

function sortedList(names: Iterable<string>): string {
  return pythonList([...names].sort());
}

function didYouMean(words: Iterable<string>, names: readonly string[]): string | undefined {
  const meant = [...words].flatMap((word) => nearest(word, names) ?? []);
  return meant.length === 0 ? undefined : `Did you mean ${meant.join(", ")}?`;
}

function extendedHint(applies: boolean): string | undefined {
  return applies ? "Extended mode accepts it: leave strict out." : undefined;
}

function refuse(message: string, hint?: string): EngineError {
  return new EngineError("E_REQUEST", message, hint === undefined ? {} : { hint });
}
