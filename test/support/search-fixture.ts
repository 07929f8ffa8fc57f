// Traces of the search cases as plain objects, and the V3 export that a file of them is, as MLflow's own writer prints it.
// Used by the search conformance tests and the oracle, which shares nothing else with the engine.

import { createHash } from "node:crypto";
import { isRawNumber, type RawJson, rawJsonText, type Writable } from "./raw-json.ts";

/** A span; the first of a trace is its root. */
export interface SearchSpan {
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly attributes: ReadonlyMap<string, RawJson>;
  readonly inputs: RawJson | undefined;
  readonly outputs: RawJson | undefined;
}

/** An assessment. */
export interface SearchAssessment {
  readonly type: string;
  readonly name: string;
  readonly value: RawJson;
  readonly valid: boolean;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A trace. */
export interface SearchTrace {
  readonly id: string;
  readonly experimentId: string;
  readonly state: string;
  readonly timeMs: number;
  readonly durationMs: number | null;
  readonly clientRequestId: string | null;
  readonly tags: ReadonlyMap<string, string>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly spans: readonly SearchSpan[];
  readonly assessments: readonly SearchAssessment[];
}

/** Reads a trace of a case; undefined members take the defaults of the case file. */
export function readSearchTrace(row: ReadonlyMap<string, RawJson>): SearchTrace {
  const tags = new Map(texts(row.get("tags")));
  // The tag alone is no link there; in files it is.
  tags.delete("mlflow.linkedPrompts");
  const prompts = list(row.get("linked_prompts")).map((prompt) => String(prompt).split("/"));
  if (prompts.length > 0) {
    tags.set("mlflow.linkedPrompts", rawJsonText(prompts.map(([name = "", version = ""]) => ({ name, version }))));
  }
  const duration = row.get("execution_duration");
  const client = row.get("client_request_id");
  return {
    id: text(row.get("trace_id")),
    experimentId: text(row.get("experiment_id") ?? "1"),
    state: text(row.get("state") ?? "OK"),
    timeMs: number(row.get("request_time") ?? { raw: "0" }),
    durationMs: duration === null || duration === undefined ? null : number(duration),
    clientRequestId: typeof client === "string" ? client : null,
    tags,
    metadata: texts(row.get("trace_metadata")),
    spans: list(row.get("spans")).map((span) => readSpan(members(span))),
    assessments: list(row.get("assessments")).map((assessment) => readAssessment(members(assessment))),
  };
}

function readSpan(row: ReadonlyMap<string, RawJson>): SearchSpan {
  return {
    name: text(row.get("name")),
    type: text(row.get("type") ?? "UNKNOWN"),
    status: text(row.get("status") ?? "UNSET"),
    attributes: members(row.get("attributes") ?? new Map()),
    inputs: row.get("inputs"),
    outputs: row.get("outputs"),
  };
}

function readAssessment(row: ReadonlyMap<string, RawJson>): SearchAssessment {
  return {
    type: text(row.get("type") ?? "feedback"),
    name: text(row.get("name")),
    value: row.get("value") ?? null,
    valid: row.get("valid") !== false,
    metadata: texts(row.get("metadata")),
  };
}

/** The export of `traces`: JSON Lines. */
export function searchExport(traces: readonly SearchTrace[]): string {
  return traces.map((trace) => `${rawJsonText(record(trace))}\n`).join("");
}

function record(trace: SearchTrace): Writable {
  return {
    info: {
      trace_id: trace.id,
      client_request_id: trace.clientRequestId ?? undefined,
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: trace.experimentId } },
      request_time: new Date(trace.timeMs).toISOString(),
      state: trace.state,
      trace_metadata: trace.metadata,
      tags: trace.tags,
      assessments: trace.assessments.map((assessment, at) => assessmentRecord(assessment, `${trace.id}-${at}`)),
      execution_duration_ms: trace.durationMs ?? undefined,
    },
    data: { spans: trace.spans.map((span, at) => spanRecord(span, trace, at)) },
  };
}

function assessmentRecord({ type, name, value, valid, metadata }: SearchAssessment, id: string): Writable {
  const isNested = Array.isArray(value) || value instanceof Map;
  const serialized = { serialized_value: { serialization_format: "JSON_FORMAT", value: rawJsonText(value) } };
  const holder =
    type === "issue"
      ? { issue: { issue_name: name } }
      : type === "expectation"
        ? { expectation: isNested ? serialized : { value } }
        : { feedback: { value } };
  return {
    assessment_id: `a-${id}`,
    assessment_name: name,
    source: { source_type: "HUMAN", source_id: "someone" },
    create_time: "2026-01-01T00:00:00Z",
    last_update_time: "2026-01-01T00:00:00Z",
    ...holder,
    metadata,
    valid,
  };
}

/** The JSON of a span: attributes are JSON texts, in MLflow's order. */
export function spanRecord(span: SearchSpan, trace: SearchTrace, place: number): Writable {
  const attributes = new Map<string, RawJson>([
    ["mlflow.traceRequestId", rawJsonText(trace.id)],
    ["mlflow.spanType", rawJsonText(span.type)],
  ]);
  for (const [key, value] of span.attributes) attributes.set(key, rawJsonText(value));
  if (span.inputs !== undefined) attributes.set("mlflow.spanInputs", rawJsonText(span.inputs));
  if (span.outputs !== undefined) attributes.set("mlflow.spanOutputs", rawJsonText(span.outputs));
  const start = BigInt(trace.timeMs) * 1_000_000n + BigInt(place);
  return {
    trace_id: hashed(trace.id, 16),
    span_id: hashed(`${trace.id}/${place}`, 8),
    parent_span_id: place === 0 ? null : hashed(`${trace.id}/0`, 8),
    name: span.name,
    start_time_unix_nano: start,
    end_time_unix_nano: start + 1_000n,
    events: [],
    status: { code: `STATUS_CODE_${span.status}`, message: "" },
    attributes,
  };
}

function hashed(name: string, size: number): string {
  return createHash("sha256").update(name).digest().subarray(0, size).toString("base64");
}

function text(value: RawJson | undefined): string {
  if (typeof value === "string") return value;
  throw new Error("a text was expected");
}

function number(value: RawJson): number {
  if (isRawNumber(value)) return Number(value.raw);
  throw new Error("a number was expected");
}

function list(value: RawJson | undefined): readonly RawJson[] {
  return Array.isArray(value) ? value : [];
}

function members(value: RawJson): ReadonlyMap<string, RawJson> {
  if (value instanceof Map) return value;
  throw new Error("an object was expected");
}

function texts(value: RawJson | undefined): ReadonlyMap<string, string> {
  return new Map([...(value instanceof Map ? value : [])].map(([key, member]) => [key, text(member)]));
}
