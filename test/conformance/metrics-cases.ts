// Reads fixtures/conformance/mlflow-metrics.jsonl: each row is a fixture, a request, and MLflow's answer or refusal.
// Used by the tests that run the cases through the engine, the oracle and the command line.
// Where a recorded answer of MLflow 3.17.2 (fixtures/oracle) contradicts a case, MLflow wins: OVERRULED names those cases.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MetricsDataPoint, MetricsRequest } from "../../src/frontends/mlflow-metrics.ts";
import { isRawNumber, parseRawJson, type RawJson } from "../support/raw-json.ts";
import type { AssessmentFixture, SpanFixture, TraceFixture } from "../support/trace-fixture.ts";

/** One conformance case. */
export interface MetricsCase {
  readonly id: string;
  readonly request: MetricsRequest;
  readonly traces: readonly TraceFixture[];
  /** Points without `metric_name`, in order; undefined when a refusal is expected. */
  readonly expect: readonly Omit<MetricsDataPoint, "metric_name">[] | undefined;
  /** Found in the message of the refusal. */
  readonly expectError: RegExp | undefined;
}

const FILE = fileURLToPath(new URL("../../fixtures/conformance/mlflow-metrics.jsonl", import.meta.url));

/** Refusals that MLflow 3.17.2 words in another way than the case; docs/differences.md lists them. */
const OVERRULED: ReadonlyMap<string, RegExp> = new Map([
  // 3.17.2 takes MIN and MAX on every number, and names them in its list.
  [
    "tk-20-count-error",
    /Found invalid aggregation_type\(s\): \['COUNT'\]\. Supported aggregation types: \['AVG', 'MAX', 'MIN', 'PERCENTILE', 'SUM'\]/,
  ],
]);

/** Ids of the cases that MLflow 3.17.2 overrules. */
export const OVERRULED_CASES: readonly string[] = [...OVERRULED.keys()];

/** All cases but those of the old `released` profile. */
export function metricsCases(): readonly MetricsCase[] {
  const lines = readFileSync(FILE, "utf8").split("\n").filter(Boolean);
  return lines
    .map(parseRawJson)
    .map(asMap)
    .filter((row) => row.get("profile") !== "released")
    .map(readCase);
}

function readCase(row: ReadonlyMap<string, RawJson>): MetricsCase {
  const expect = row.get("expect");
  const error = row.get("expect_error");
  const id = text(row.get("id"));
  return {
    id,
    request: readRequest(row),
    traces: asList(row.get("fixture")).map(asMap).map(readTrace),
    expect: expect === undefined ? undefined : (plain(expect) as NonNullable<MetricsCase["expect"]>),
    expectError: OVERRULED.get(id) ?? (error === undefined ? undefined : new RegExp(text(error))),
  };
}

function readRequest(row: ReadonlyMap<string, RawJson>): MetricsRequest {
  const aggregations = asList(row.get("aggregations")).map(asMap);
  const optional = ["dimensions", "filters", "time_interval_seconds", "start_time_ms", "end_time_ms", "max_results"];
  const given = optional.filter((name) => row.has(name)).map((name) => [name, plain(row.get(name) ?? null)]);
  return {
    experiment_ids: row.has("experiment_ids") ? asList(row.get("experiment_ids")).map(text) : ["0"],
    view_type: text(row.get("view")),
    metric_name: text(row.get("metric")),
    aggregations: aggregations.map((aggregation) => ({
      aggregation_type: text(aggregation.get("type")),
      ...(aggregation.has("percentile") ? { percentile_value: number(aggregation.get("percentile")) } : {}),
    })),
    ...(Object.fromEntries(given) as Partial<MetricsRequest>),
  };
}

function readTrace(row: ReadonlyMap<string, RawJson>): TraceFixture {
  return {
    id: text(row.get("id")),
    experimentId: row.has("experiment_id") ? text(row.get("experiment_id")) : "0",
    timestampMs: number(row.get("timestamp_ms")),
    executionTimeMs: row.get("execution_time_ms") === null ? null : number(row.get("execution_time_ms")),
    status: text(row.get("status")),
    tags: texts(row.get("tags")),
    metadata: texts(row.get("metadata")),
    spans: asList(row.get("spans") ?? [])
      .map(asMap)
      .map(readSpan),
    assessments: asList(row.get("assessments") ?? [])
      .map(asMap)
      .map(readAssessment),
  };
}

function readSpan(row: ReadonlyMap<string, RawJson>): SpanFixture {
  const end = row.get("end_ns");
  return {
    id: text(row.get("id")),
    name: text(row.get("name")),
    type: row.has("type") ? text(row.get("type")) : null,
    status: row.has("status") ? text(row.get("status")) : "OK",
    startNs: BigInt(text(row.get("start_ns"))),
    endNs: end === null || end === undefined ? null : BigInt(text(end)),
    ...(typeof row.get("model") === "string" ? { model: text(row.get("model")) } : {}),
    ...(typeof row.get("provider") === "string" ? { provider: text(row.get("provider")) } : {}),
    ...(row.get("cost") instanceof Map ? { cost: asMap(row.get("cost")) } : {}),
  };
}

function readAssessment(row: ReadonlyMap<string, RawJson>): AssessmentFixture {
  return {
    id: text(row.get("id")),
    name: text(row.get("name")),
    type: row.get("type") === "expectation" ? "expectation" : "feedback",
    value: row.get("value") ?? null,
    createdMs: number(row.get("created_ms")),
    valid: row.get("valid") !== false,
    ...(typeof row.get("error") === "string" ? { error: text(row.get("error")) } : {}),
  };
}

function asMap(value: RawJson | undefined): ReadonlyMap<string, RawJson> {
  if (value instanceof Map) return value;
  throw new Error("an object was expected");
}

function asList(value: RawJson | undefined): readonly RawJson[] {
  if (Array.isArray(value)) return value;
  throw new Error("a list was expected");
}

function text(value: RawJson | undefined): string {
  if (typeof value === "string") return value;
  throw new Error("a text was expected");
}

function number(value: RawJson | undefined): number {
  if (isRawNumber(value)) return Number(value.raw);
  throw new Error("a number was expected");
}

function texts(value: RawJson | undefined): ReadonlyMap<string, string> {
  return new Map([...asMap(value)].map(([key, member]) => [key, text(member)]));
}

/** The value as JSON.parse would give it. */
function plain(value: RawJson): unknown {
  if (isRawNumber(value)) return Number(value.raw);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]));
  return Array.isArray(value) ? value.map(plain) : value;
}
