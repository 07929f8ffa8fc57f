// Writes a metrics response in each output format. Called by metrics.ts.
// What must stay true: `json` is MLflow's response body with empty parts left out; grids have the dimensions first, then
// the aggregations in the order asked for, then what approximate percentiles rest on; `--strict` draws the metrics skill's own table.

import {
  type Cell,
  type Grid,
  type GridColumn,
  type JsonValue,
  type MetricsRequest,
  type MetricsResponse,
  renderCsv,
  renderJson,
  renderJsonLines,
  renderMarkdown,
  renderSkillTable,
  renderTable,
} from "../index.ts";
import { headerStyle } from "./terminal.ts";

/** Output formats; the first is the default. */
export const METRICS_OUTPUTS = ["table", "json", "jsonl", "csv", "markdown"] as const;

/** How to write a response. */
export interface MetricsOutputOptions {
  readonly format: (typeof METRICS_OUTPUTS)[number];
  readonly request: MetricsRequest;
  readonly strict: boolean;
  /** Percentiles are of a t-digest, and are labelled so. */
  readonly approximate: boolean;
  readonly csvSafe: boolean;
  readonly width: number;
  readonly colour: boolean;
}

type DataPoint = MetricsResponse["data_points"][number];

/** Pieces of the output. */
export function renderMetrics(response: MetricsResponse, options: MetricsOutputOptions): Iterable<string> {
  const points = response.data_points;
  switch (options.format) {
    case "json":
      return renderJson({ data_points: points.length === 0 ? undefined : mapped(points, pointBody) });
    case "jsonl":
      return renderJsonLines(mapped(points, pointBody));
    case "csv":
      return renderCsv(metricsGrid(points, options), { safe: options.csvSafe });
    case "markdown":
      return renderMarkdown(metricsGrid(points, options));
    case "table":
      if (points.length === 0) return ["No data points found.\n"];
      if (options.strict) return renderSkillTable(skillGrid(points));
      return renderTable(metricsGrid(points, options), { width: options.width, header: headerStyle(options.colour) });
  }
}

/** A point as MLflow's server prints it: no key for an empty part. */
function pointBody(point: DataPoint): JsonValue {
  return {
    metric_name: point.metric_name,
    dimensions: isEmpty(point.dimensions) ? undefined : point.dimensions,
    values: isEmpty(point.values) ? undefined : point.values,
    approx: point.approx === undefined ? undefined : { ...point.approx },
  };
}

function isEmpty(part: Readonly<Record<string, unknown>>): boolean {
  for (const _key in part) return false;
  return true;
}

/** Columns of all points: dimensions, then aggregations in the order asked for; `P95`, or `~P95` when approximate. */
function metricsGrid(points: readonly DataPoint[], options: MetricsOutputOptions): Grid {
  const { request, strict, approximate } = options;
  const bucket = Number(request.time_interval_seconds ?? 0) > 0 ? ["time_bucket"] : [];
  const dimensions = keysOf(points, [...bucket, ...(request.dimensions ?? [])], (point) => point.dimensions);
  const labels = keysOf(points, request.aggregations.map(labelOf), (point) => point.values);
  const shown = (label: string) => (approximate && isPercentile(label) ? "~" : "") + shortLabel(label);
  return gridOf(points, { dimensions, labels, ...(strict ? {} : { shown }) });
}

/** The skill's columns: the keys of the first point. */
function skillGrid(points: readonly DataPoint[]): Grid {
  const first = points[0];
  return gridOf(points, { dimensions: Object.keys(first?.dimensions ?? {}), labels: Object.keys(first?.values ?? {}) });
}

interface GridKeys {
  readonly dimensions: readonly string[];
  readonly labels: readonly string[];
  /** A label as the header shows it; itself when absent. */
  readonly shown?: (label: string) => string;
}

function gridOf(points: readonly DataPoint[], { dimensions, labels, shown = (label) => label }: GridKeys): Grid {
  const isApproximate = points.some(({ approx }) => approx !== undefined);
  const columns: GridColumn[] = [
    ...dimensions.map((name) => ({ name, kind: "text" as const })),
    ...labels.map((label) => ({ name: shown(label), kind: "number" as const, missing: "N/A" })),
    ...(isApproximate ? [{ name: "approx", kind: "text" as const }] : []),
  ];
  const cells = (point: DataPoint): Cell[] => [
    ...dimensions.map((name) => point.dimensions[name]),
    ...labels.map((label) => point.values[label]),
    ...(isApproximate ? [approxText(point)] : []),
  ];
  return { columns, rows: mapped(points, cells) };
}

/** What the percentiles of a point rest on: `tdigest 500 n=1234`. */
function approxText({ approx }: DataPoint): string | undefined {
  if (approx === undefined) return undefined;
  const { method, compression, count, warning } = approx;
  return `${method} ${compression} n=${count}${warning === undefined ? "" : " wide"}`;
}

/** `expected` keys, then those that only the points have. Without points the expected keys stand for the columns. */
function keysOf(
  points: readonly DataPoint[],
  expected: readonly string[],
  part: (point: DataPoint) => Readonly<Record<string, unknown>>,
): readonly string[] {
  const found = new Set<string>();
  for (const point of points) for (const key of Object.keys(part(point))) found.add(key);
  const known = new Set(expected);
  const wanted = points.length === 0 ? [...known] : [...known].filter((key) => found.has(key));
  return [...wanted, ...[...found].filter((key) => !known.has(key))];
}

/** MLflow's label of an aggregation: percentiles are printed as Python prints a float. */
function labelOf(aggregation: MetricsRequest["aggregations"][number]): string {
  const { aggregation_type, percentile_value } = aggregation;
  if (percentile_value === undefined) return String(aggregation_type);
  return `P${Number.isInteger(percentile_value) ? `${percentile_value}.0` : percentile_value}`;
}

function isPercentile(label: string): boolean {
  return /^P\d/.test(label);
}

function shortLabel(label: string): string {
  return isPercentile(label) ? label.replace(/\.0$/, "") : label;
}

/** A lazy map that can be iterated again. */
function mapped<T, R>(items: readonly T[], map: (item: T) => R): Iterable<R> {
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield map(item);
    },
  };
}
