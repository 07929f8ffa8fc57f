// Turns fixture traces into an MLflow V3 export, one trace a line, as MLflow's own writer prints it.
// Used by the conformance and property tests. Numbers stand in the file as the fixture has them.

import { createHash } from "node:crypto";
import { type RawJson, rawJsonText, type Writable } from "../support/raw-json.ts";
import type { AssessmentFixture, SpanFixture, TraceFixture } from "../support/trace-fixture.ts";

/** The export of `traces`: JSON Lines. */
export function exportLines(traces: readonly TraceFixture[]): string {
  return traces.map((trace) => `${rawJsonText(traceRecord(trace))}\n`).join("");
}

function traceRecord(trace: TraceFixture): Writable {
  const assessments = trace.assessments.map((assessment) => assessmentRecord(assessment, trace.id));
  return {
    info: {
      trace_id: trace.id,
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: trace.experimentId } },
      request_time: new Date(trace.timestampMs).toISOString(),
      state: trace.status,
      trace_metadata: trace.metadata,
      tags: trace.tags,
      assessments,
      execution_duration_ms: trace.executionTimeMs ?? undefined,
    },
    data: { spans: trace.spans.map((span, place) => spanRecord(span, trace, place)) },
  };
}

function spanRecord(span: SpanFixture, trace: TraceFixture, place: number): Writable {
  const root = trace.spans[0]?.id ?? "";
  const attributes = new Map<string, RawJson>([["mlflow.traceRequestId", JSON.stringify(trace.id)]]);
  if (span.type !== null) attributes.set("mlflow.spanType", JSON.stringify(span.type));
  if (span.model !== undefined) attributes.set("mlflow.llm.model", JSON.stringify(span.model));
  if (span.provider !== undefined) attributes.set("mlflow.llm.provider", JSON.stringify(span.provider));
  if (span.cost !== undefined) attributes.set("mlflow.llm.cost", rawJsonText(span.cost));
  for (const [key, text] of span.attributes ?? []) attributes.set(key, JSON.stringify(text));
  return {
    trace_id: hashed(trace.id, 16),
    span_id: hashed(`${trace.id}/${span.id}`, 8),
    parent_span_id: place === 0 ? null : hashed(`${trace.id}/${root}`, 8),
    name: span.name,
    start_time_unix_nano: span.startNs,
    end_time_unix_nano: span.endNs,
    events: [],
    status: { code: `STATUS_CODE_${span.status}`, message: "" },
    attributes,
  };
}

function assessmentRecord(assessment: AssessmentFixture, traceId: string): Writable {
  const time = new Date(assessment.createdMs).toISOString();
  const error = assessment.error === undefined ? undefined : { error_code: "ERROR", error_message: assessment.error };
  return {
    assessment_id: `a-${traceId}-${assessment.id}`,
    assessment_name: assessment.name,
    trace_id: traceId,
    source: { source_type: assessment.sourceType ?? "HUMAN", source_id: "someone" },
    create_time: time,
    last_update_time: time,
    ...(assessment.type === "feedback"
      ? { feedback: { value: assessment.value, error } }
      : { expectation: expectationRecord(assessment.value) }),
    valid: assessment.valid,
  };
}

/** Lists and objects are stored as JSON text. */
function expectationRecord(value: RawJson): Writable {
  if (!Array.isArray(value) && !(value instanceof Map)) return { value };
  return { serialized_value: { serialization_format: "JSON_FORMAT", value: rawJsonText(value) } };
}

/** A made-up id of `size` bytes in base64, always the same for the same text. */
function hashed(text: string, size: number): string {
  return createHash("sha256").update(text).digest().subarray(0, size).toString("base64");
}
