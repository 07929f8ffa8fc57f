// The reference for trace metrics: walks fixture objects row by row in the plainest way and gives MLflow's answer.
// Used by the conformance and property tests. Shares nothing with the engine but types; knows both strict and extended
// dimensions and aggregations. It judges valid requests only: refusals are the validator's, and tested apart.

import type { MetricsDataPoint, MetricsRequest } from "../../src/frontends/mlflow-metrics.ts";
import type { RawJson } from "../support/raw-json.ts";
import type { AssessmentFixture, SpanFixture, TraceFixture } from "../support/trace-fixture.ts";

/** What a view has one of a row: a trace, a span with its trace, or an assessment with its trace. */
interface Row {
  readonly trace: TraceFixture;
  readonly span?: SpanFixture;
  readonly assessment?: AssessmentFixture;
}

/** The points that MLflow gives for a valid request over these traces. */
export function oracleMetrics(traces: readonly TraceFixture[], request: MetricsRequest): readonly MetricsDataPoint[] {
  const groups = new Map<string, { bucket: number | undefined; dimensions: string[]; inputs: (number | string)[] }>();
  const seconds = Number(request.time_interval_seconds ?? 0);
  const names = [...new Set(request.dimensions ?? [])];
  for (const row of rowsOf(traces, String(request.view_type))) {
    if (!inExperiments(row, request) || !inBounds(row, request)) continue;
    if (!(request.filters ?? []).every((filter) => passes(row, filter))) continue;
    const input = inputOf(row, request.metric_name);
    if (input === null) continue;
    const dimensions = names.map((name) => dimensionOf(row, name));
    if (!dimensions.every((text) => text !== null)) continue;
    const bucket = seconds === 0 ? undefined : Math.floor(bucketTime(row) / (seconds * 1000)) * seconds * 1000;
    const key = JSON.stringify([bucket, dimensions]);
    const group = groups.get(key) ?? { bucket, dimensions, inputs: [] };
    group.inputs.push(input);
    groups.set(key, group);
  }
  if (groups.size === 0 && names.length === 0 && seconds === 0) {
    groups.set("", { bucket: undefined, dimensions: [], inputs: [] });
  }
  const sorted = [...groups.values()].sort(
    (a, b) => (a.bucket ?? 0) - (b.bucket ?? 0) || compareTexts(a.dimensions, b.dimensions),
  );
  const points = sorted.flatMap((group) => {
    const values = aggregatesOf(group.inputs, request);
    if (Object.keys(values).length === 0) return [];
    const dimensions = Object.fromEntries(names.map((name, place) => [name, group.dimensions[place] ?? ""]));
    const bucket = group.bucket === undefined ? {} : { time_bucket: isoSecond(group.bucket) };
    return [{ metric_name: request.metric_name, dimensions: { ...bucket, ...dimensions }, values }];
  });
  return points.slice(0, Number(request.max_results ?? 1000));
}

function rowsOf(traces: readonly TraceFixture[], view: string): readonly Row[] {
  if (view === "TRACES") return traces.map((trace) => ({ trace }));
  if (view === "SPANS") return traces.flatMap((trace) => trace.spans.map((span) => ({ trace, span })));
  return traces.flatMap((trace) =>
    trace.assessments.filter(({ valid }) => valid).map((assessment) => ({ trace, assessment })),
  );
}

function inExperiments(row: Row, request: MetricsRequest): boolean {
  return request.experiment_ids === undefined || request.experiment_ids.includes(row.trace.experimentId);
}

/** Both bounds are included. The costs of a span go by its own start, to the nanosecond; all else by the trace's time. */
function inBounds(row: Row, request: MetricsRequest): boolean {
  const first = request.start_time_ms === undefined ? undefined : BigInt(request.start_time_ms);
  const last = request.end_time_ms === undefined ? undefined : BigInt(request.end_time_ms);
  const own = row.span !== undefined && request.metric_name.endsWith("_cost");
  const time = own && row.span !== undefined ? row.span.startNs : BigInt(row.trace.timestampMs) * 1_000_000n;
  if (first !== undefined && time < first * 1_000_000n) return false;
  return last === undefined || time <= last * 1_000_000n + 999_999n;
}

function bucketTime(row: Row): number {
  return row.span === undefined ? row.trace.timestampMs : floorMs(row.span.startNs);
}

/** One comparison, `owner.entity[.key] = 'value'`. */
function passes(row: Row, filter: string): boolean {
  const match = /^\s*(\w+)\.(\w+)(?:\.(.*?))?\s*=\s*(['"])(.*)\4\s*$/s.exec(filter);
  if (match === null) throw new Error(`not a filter of the oracle: ${filter}`);
  const [, owner = "", entity = "", rawKey = "", , value = ""] = match;
  const key = rawKey.replace(/^(['"`])(.*)\1$/s, "$2");
  if (owner === "span")
    return (entity === "name" ? row.span?.name : entity === "type" ? row.span?.type : row.span?.status) === value;
  if (owner === "assessment") return (entity === "name" ? row.assessment?.name : row.assessment?.type) === value;
  if (entity === "status") return row.trace.status === value;
  return (entity === "tag" ? row.trace.tags : row.trace.metadata).get(key) === value;
}

/** What a row gives to a metric: a number, a session, or 1 for a row that is only counted; null: nothing. */
function inputOf(row: Row, metric: string): number | string | null {
  const { trace, span, assessment } = row;
  if (["trace_count", "span_count", "assessment_count"].includes(metric)) return 1;
  if (metric === "session_count") return trace.metadata.get("mlflow.trace.session") ?? null;
  if (metric === "latency") return span === undefined ? trace.executionTimeMs : spanLatency(span);
  if (metric.endsWith("_tokens")) return tokensOf(trace, metric);
  if (metric.endsWith("_cost")) return numberOf(span?.cost?.get(metric));
  return assessment === undefined ? null : assessmentNumber(assessment.value);
}

function spanLatency(span: SpanFixture): number | null {
  return span.endNs === null ? null : floorMs(span.endNs - span.startNs);
}

function tokensOf(trace: TraceFixture, name: string): number | null {
  const usage: unknown = JSON.parse(trace.metadata.get("mlflow.trace.tokenUsage") ?? "null");
  if (typeof usage !== "object" || usage === null) return null;
  const value: unknown = new Map(Object.entries(usage)).get(name);
  if (typeof value === "number") return Number.isInteger(value) ? value : null;
  return typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : null;
}

function assessmentNumber(value: RawJson): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return numberOf(value);
  const word = value.trim().toLowerCase();
  if (word === "yes") return 1;
  return word === "no" ? 0 : null;
}

function numberOf(value: RawJson | undefined): number | null {
  const isNumber = typeof value === "object" && value !== null && "raw" in value;
  const read = isNumber ? Number(value.raw) : Number.NaN;
  return Number.isFinite(read) ? read : null;
}

function dimensionOf(row: Row, name: string): string | null {
  const { trace, span, assessment } = row;
  if (name.startsWith("tag.")) return trace.tags.get(name.slice("tag.".length)) ?? null;
  if (name.startsWith("metadata.")) return trace.metadata.get(name.slice("metadata.".length)) ?? null;
  if (name.startsWith("span.attributes.")) return span?.attributes?.get(name.slice("span.attributes.".length)) ?? null;
  const fixed: Record<string, () => string | null | undefined> = {
    trace_name: () => trace.tags.get("mlflow.traceName"),
    trace_status: () => trace.status,
    session: () => trace.metadata.get("mlflow.trace.session"),
    user: () => trace.metadata.get("mlflow.trace.user"),
    experiment_id: () => trace.experimentId,
    span_name: () => span?.name,
    span_type: () => span?.type,
    span_status: () => span?.status,
    span_model_name: () => span?.model,
    span_model_provider: () => span?.provider,
    assessment_name: () => assessment?.name,
    assessment_type: () => assessment?.type,
    assessment_source: () => (assessment === undefined ? null : (assessment.sourceType ?? "HUMAN")),
    assessment_value: () => (assessment === undefined ? null : pythonJson(assessment.value)),
  };
  const find = fixed[name];
  if (find === undefined) throw new Error(`not a dimension of the oracle: ${name}`);
  return find() ?? null;
}

/** JSON as Python's json.dumps writes it: blanks after `,` and `:`, and nothing but ASCII. */
function pythonJson(value: RawJson): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped);
  }
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, member]) => `${pythonJson(key)}: ${pythonJson(member)}`).join(", ")}}`;
  }
  return "raw" in value ? String(value.raw) : "";
}

function aggregatesOf(inputs: readonly (number | string)[], request: MetricsRequest): Record<string, number> {
  const numbers = inputs.map(Number).sort((a, b) => a - b);
  const values: Record<string, number> = {};
  for (const { aggregation_type: type, percentile_value: percentile = 0 } of request.aggregations) {
    if (type === "COUNT") {
      values["COUNT"] = request.metric_name === "session_count" ? new Set(inputs).size : inputs.length;
    } else if (numbers.length > 0) {
      const sum = numbers.reduce((total, value) => total + value, 0);
      if (type === "SUM") values["SUM"] = sum;
      if (type === "AVG") values["AVG"] = sum / numbers.length;
      if (type === "MIN") values["MIN"] = numbers[0] ?? Number.NaN;
      if (type === "MAX") values["MAX"] = numbers.at(-1) ?? Number.NaN;
      if (type === "PERCENTILE") {
        const label = Number.isInteger(percentile) ? percentile.toFixed(1) : String(percentile);
        values[`P${label}`] = quantile(numbers, percentile);
      }
    }
  }
  return values;
}

/** Type 7 of Hyndman and Fan: linear between the neighbours of rank p / 100 * (n - 1). */
function quantile(sorted: readonly number[], percentile: number): number {
  const rank = (percentile / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? Number.NaN;
  return low + (rank - Math.floor(rank)) * (high - low);
}

function floorMs(ns: bigint): number {
  return Number((ns - (((ns % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n);
}

function isoSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
}

/** By code points, the first difference decides. */
function compareTexts(left: readonly string[], right: readonly string[]): number {
  for (const [place, text] of left.entries()) {
    const a = [...text].map((character) => character.codePointAt(0) ?? 0);
    const b = [...(right[place] ?? "")].map((character) => character.codePointAt(0) ?? 0);
    for (let at = 0; at < Math.max(a.length, b.length); at++) {
      const difference = (a[at] ?? -1) - (b[at] ?? -1);
      if (difference !== 0) return difference;
    }
  }
  return 0;
}
