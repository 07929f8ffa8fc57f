// Shapes the result of a metrics plan into MLflow's response: points with text dimensions and numbers by label.
// Called by mlflow-metrics.ts. What must stay true: keys stand in request order with the time bucket first, null
// aggregates are left out, and a point without values is no point. MLflow's numbers are float64: an exact integer is
// rounded here, once.

import { invariant } from "../base/assert.ts";
import { formatTime } from "../base/units.ts";
import type { Result, ResultColumn } from "../plan/result.ts";

/** Name of the bucket column, and its key among the dimensions. */
export const TIME_BUCKET = "time_bucket";

/** Names of measures that tell of a digest; no labels of MLflow. */
export const APPROX_COUNT = "approx count";
/** 1 where the digest's magnitudes are too far apart. */
export const APPROX_WIDE = "approx wide";

/** The compression of the t-digests (delta). */
export const APPROX_COMPRESSION = 500;

const WIDE_WARNING = "magnitudes span more than a factor of 1e12: percentiles may be far off";

/** What percentiles of a point that are not exact rest on. */
export interface Approximation {
  readonly method: "tdigest";
  /** Most centroids of the digest (delta). */
  readonly compression: number;
  /** Values behind the percentiles. */
  readonly count: number;
  /** Why they may be worse than documented. */
  readonly warning?: string;
}

/** One point: a group and its aggregates. */
export interface MetricsDataPoint {
  readonly metric_name: string;
  /** Texts by dimension; `time_bucket` is ISO 8601 in UTC, `2026-03-02T09:00:00+00:00`. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Numbers by label: COUNT, SUM, AVG, MIN, MAX, P95.0. */
  readonly values: Readonly<Record<string, number>>;
  /** There when the percentiles among the values are approximate. */
  readonly approx?: Approximation;
}

/** The response body; both parts of a point are always there. */
export interface MetricsResponse {
  readonly data_points: readonly MetricsDataPoint[];
}

/** The points of a grouped result whose first `keys` columns are the group. */
export function metricsResponse(result: Result, metricName: string, keys: number): MetricsResponse {
  invariant(result.kind === "grouped", "a metrics plan ends in groups");
  const keyColumns = result.columns.slice(0, keys);
  const columns = result.columns.slice(keys);
  const measures = columns.filter(({ name }) => name !== APPROX_COUNT && name !== APPROX_WIDE);
  const approxOf = approximation(columns);
  const dimensions = keyColumns.map((column) => ({ name: column.name, textOf: dimensionTexts(column) }));
  const points: MetricsDataPoint[] = [];
  for (let row = 0; row < result.rows; row++) {
    const values = valuesOf(measures, row);
    if (values === undefined) continue;
    points.push({ metric_name: metricName, dimensions: textsOf(dimensions, row), values, ...approxOf(row) });
  }
  return { data_points: points };
}

interface BoundDimension {
  readonly name: string;
  readonly textOf: (row: number) => string;
}

function textsOf(dimensions: readonly BoundDimension[], row: number): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { name, textOf } of dimensions) {
    const value = textOf(row);
    // The key of an attribute is anything; assigning this one would set the prototype.
    if (name === "__proto__") Object.defineProperty(texts, name, { value, enumerable: true });
    else texts[name] = value;
  }
  return texts;
}

/** The aggregates of a group by label; undefined when all are null. */
function valuesOf(measures: readonly ResultColumn[], row: number): Record<string, number> | undefined {
  let values: Record<string, number> | undefined;
  for (const column of measures) {
    const value = numberAt(column, row);
    if (value === undefined) continue;
    values ??= {};
    values[column.name] = value;
  }
  return values;
}

/** What points say of their digests; nothing when there are none. */
function approximation(columns: readonly ResultColumn[]): (row: number) => { readonly approx?: Approximation } {
  const counts = columns.find(({ name }) => name === APPROX_COUNT);
  const wide = columns.find(({ name }) => name === APPROX_WIDE);
  if (counts?.kind !== "number" || wide?.kind !== "number") return () => ({});
  return (row) => {
    const count = counts.values[row] ?? 0;
    const approx: Approximation = { method: "tdigest", compression: APPROX_COMPRESSION, count };
    return { approx: wide.values[row] === 1 ? { ...approx, warning: WIDE_WARNING } : approx };
  };
}

function numberAt(column: ResultColumn, row: number): number | undefined {
  if (column.kind === "integer") return column.missing[row] === 1 ? undefined : Number(column.values[row]);
  invariant(column.kind === "number", "an aggregate is a number");
  const value = column.values[row];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** What a dimension says of a row. Buckets come in order, so that the label of the row before mostly serves. */
function dimensionTexts(column: ResultColumn): (row: number) => string {
  if (column.kind === "text") {
    return (row) => {
      const code = column.codes[row];
      invariant(code !== undefined && code >= 0, "rows with a null dimension are dropped");
      return column.text(code);
    };
  }
  invariant(column.kind === "time", "a dimension is a text or a bucket");
  let last = { ms: Number.NaN, label: "" };
  return (row) => {
    const ms = column.values[row];
    invariant(ms !== undefined, "a bucket for every row");
    if (ms !== last.ms) last = { ms, label: bucketLabel(ms) };
    return last.label;
  };
}

/** `2026-03-02T09:00:00+00:00` of a whole second. */
function bucketLabel(ms: number): string {
  return formatTime(ms).replace(/\.\d{3}Z$/, "+00:00");
}
