// The `info` of a trace as MLflow writes it: TraceInfo.to_dict through json.dumps. Called by write-trace.ts.
// What must stay true: keys in the order of the protobuf fields, maps sorted by key, whole seconds without a fraction,
// empty maps and lists left out, and texts cut to MLflow's lengths (which may leave invalid JSON inside them).

import type { ByteWriter } from "./byte-writer.ts";
import { escapeOuter } from "./json-escape.ts";
import { CUT } from "./shapes.ts";
import type { TextPool, TextSlice } from "./text-pool.ts";
import type { IdWords, Payload, SyntheticAssessment, SyntheticSpan, SyntheticTrace } from "./trace-model.ts";
import { costText, usageText, writePayload } from "./write-span.ts";

/** Sizes of a trace in bytes, as its metadata tells them. */
export interface TraceSizes {
  readonly total: number;
  /** Of each span, in any order. */
  readonly spans: readonly number[];
}

/** What writing an info needs beside the trace. `scratch` is overwritten. */
export interface InfoContext {
  readonly pool: TextPool;
  readonly scratch: ByteWriter;
  /** Left out while the sizes are being measured, and in traces in progress. */
  readonly sizes?: TraceSizes;
}

const ELLIPSIS = "...";
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const LETTER_D = 0x64;

/** Appends the info as one JSON object. */
export function writeInfo(out: ByteWriter, trace: SyntheticTrace, context: InfoContext): void {
  out.token('{"trace_id": "tr-');
  out.hex(trace.id);
  if (trace.clientRequestId !== undefined) {
    out.token('", "client_request_id": "req-');
    out.hex(trace.clientRequestId);
  }
  out.token('", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "');
  out.ascii(trace.experimentId);
  out.token('"}}, "request_time": "');
  out.ascii(timeText(trace.startMs));
  out.token(`", "state": "${trace.state}", "trace_metadata": `);
  writeMetadata(out, trace, context);
  if (trace.assessments.length > 0) {
    out.token(', "assessments": [');
    trace.assessments.forEach((assessment, index) => {
      if (index > 0) out.token(", ");
      writeAssessment(out, assessment, { trace, pool: context.pool });
    });
    out.token("]");
  }
  out.token(', "tags": ');
  writeTags(out, trace);
  const root = trace.spans[0] as SyntheticSpan;
  writePreview(out, "request_preview", { payload: root.inputs, context });
  if (trace.state !== "IN_PROGRESS") writePreview(out, "response_preview", { payload: root.outputs, context });
  if (trace.durationMs !== undefined) {
    out.token(', "execution_duration_ms": ');
    out.digits(trace.durationMs);
  }
  out.token("}");
}

/** RFC 3339 in UTC as protobuf prints it: no fraction for a whole second, else three digits. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function writeMetadata(out: ByteWriter, trace: SyntheticTrace, context: InfoContext): void {
  const root = trace.spans[0] as SyntheticSpan;
  const isDone = trace.state !== "IN_PROGRESS";
  out.token("{");
  if (trace.modelId !== undefined) writeIdEntry(out, '"mlflow.modelId": "m-', trace.modelId);
  if (trace.gitCommit !== undefined) {
    out.token('"mlflow.source.git.branch": "main", ');
    writeIdEntry(out, '"mlflow.source.git.commit": "', trace.gitCommit);
    out.token('"mlflow.source.git.repoURL": "git@git.example.com:support/agents.git", ');
  }
  out.token(`"mlflow.source.name": "${trace.sourceName}", "mlflow.source.type": "${trace.sourceType}", `);
  if (trace.runId !== undefined) writeIdEntry(out, '"mlflow.sourceRun": "', trace.runId);
  if (isDone && trace.cost !== undefined) writeEntry(out, "mlflow.trace.cost", costText(trace.cost));
  if (trace.session !== undefined) writeIdEntry(out, '"mlflow.trace.session": "s-', trace.session);
  if (context.sizes !== undefined) writeSizes(out, context.sizes);
  if (isDone && trace.usage !== undefined) writeEntry(out, "mlflow.trace.tokenUsage", usageText(trace.usage));
  if (trace.user !== undefined) writeEntry(out, "mlflow.trace.user", trace.user);
  out.token('"mlflow.traceInputs": "');
  writeCut(out, { payload: root.inputs, context, limit: CUT.metadata });
  if (isDone) {
    out.token('", "mlflow.traceOutputs": "');
    if (root.outputs !== undefined) writeCut(out, { payload: root.outputs, context, limit: CUT.metadata });
  }
  out.token('", "mlflow.trace_schema.version": "3", "mlflow.user": "svc-agents"}');
}

function writeEntry(out: ByteWriter, key: string, escapedValue: string): void {
  out.token(`"${key}": "`);
  out.ascii(escapedValue);
  out.token('", ');
}

function writeIdEntry(out: ByteWriter, lead: string, id: IdWords): void {
  out.token(lead);
  out.hex(id);
  out.token('", ');
}

function writeSizes(out: ByteWriter, { total, spans }: TraceSizes): void {
  const sorted = Float64Array.from(spans).sort();
  const percentile = (p: number): number => {
    const position = (sorted.length - 1) * p;
    const low = Math.floor(position);
    const high = Math.min(sorted.length - 1, low + 1);
    const [below, above] = [sorted[low] as number, sorted[high] as number];
    return Math.floor(below + (above - below) * (position - low));
  };
  const stats = [
    `{"total_size_bytes": ${total}, "num_spans": ${spans.length}, "max": ${sorted[sorted.length - 1] as number}`,
    `"p25": ${percentile(0.25)}, "p50": ${percentile(0.5)}, "p75": ${percentile(0.75)}}`,
  ].join(", ");
  writeEntry(out, "mlflow.trace.sizeBytes", String(total));
  writeEntry(out, "mlflow.trace.sizeStats", escapeOuter(stats));
}

function writeTags(out: ByteWriter, trace: SyntheticTrace): void {
  const id = trace.id.map((word) => word.toString(16).padStart(8, "0")).join("");
  const tags = [
    ...trace.tags,
    ["mlflow.artifactLocation", `mlflow-artifacts:/${trace.experimentId}/traces/tr-${id}/artifacts`] as const,
    ["mlflow.trace.spansLocation", "TRACKING_STORE"] as const,
    ["mlflow.traceName", trace.name] as const,
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  out.ascii(`{${tags.map(([key, value]) => `"${escapeOuter(key)}": "${escapeOuter(value)}"`).join(", ")}}`);
}

/** Inputs and outputs are previewed by their chat message when they have one, else by their JSON text. */
function writePreview(
  out: ByteWriter,
  key: string,
  { payload, context }: { readonly payload: Payload | undefined; readonly context: InfoContext },
): void {
  out.token(`, "${key}": "`);
  if (payload?.message !== undefined) {
    const message: Payload = { pieces: [{ slice: payload.message, nesting: 1 }] };
    writeCut(out, { payload: message, context, limit: CUT.preview });
  } else if (payload !== undefined) {
    writeCut(out, { payload, context, limit: CUT.preview });
  }
  out.token('"');
}

interface CutText {
  readonly payload: Payload;
  readonly context: InfoContext;
  /** In characters (code points), the suffix included. */
  readonly limit: number;
}

/** Appends a payload's text; a longer one is cut to the limit, with "..." at its end. */
function writeCut(out: ByteWriter, { payload, context, limit }: CutText): void {
  const { scratch, pool } = context;
  scratch.clear();
  writePayload(scratch, payload, pool);
  if (endOfCharacters(scratch, limit) === scratch.length) {
    out.append(scratch);
    return;
  }
  out.copy(scratch.bytes, 0, endOfCharacters(scratch, limit - ELLIPSIS.length));
  out.token(ELLIPSIS);
}

/** Where the first `count` characters of an escaped ASCII text end. A surrogate pair is one character. */
function endOfCharacters({ bytes, length }: ByteWriter, count: number): number {
  let at = 0;
  for (let seen = 0; seen < count && at < length; seen++) {
    if (bytes[at] !== BACKSLASH) at += 1;
    else if (bytes[at + 1] !== LETTER_U) at += 2;
    // High surrogates are d800 to dbff: "d" and a digit from 8 to b. The low one follows.
    else at += bytes[at + 2] === LETTER_D && bytes[at + 3]! >= 0x38 && bytes[at + 3]! < 0x63 ? 12 : 6;
  }
  return Math.min(at, length);
}

function writeAssessment(
  out: ByteWriter,
  assessment: SyntheticAssessment,
  { trace, pool }: { readonly trace: SyntheticTrace; readonly pool: TextPool },
): void {
  out.token('{"assessment_id": "a-');
  out.hex(assessment.id);
  out.token(`", "assessment_name": "${assessment.name}", "trace_id": "tr-`);
  out.hex(trace.id);
  if (assessment.span !== undefined) {
    out.token('", "span_id": "');
    out.hex((trace.spans[assessment.span] as SyntheticSpan).id);
  }
  out.token(`", "source": {"source_type": "${assessment.sourceType}", "source_id": "${assessment.sourceId}"}`);
  out.ascii(`, "create_time": "${timeText(assessment.createdMs)}"`);
  out.ascii(`, "last_update_time": "${timeText(assessment.updatedMs)}", "${assessment.kind}": `);
  out.token(assessment.value === undefined ? FAILED_JUDGE : `{"value": ${assessment.value}}`);
  if (assessment.rationale !== undefined) writeRationale(out, assessment.rationale, pool);
  if (assessment.overrides !== undefined) {
    out.token(', "overrides": "a-');
    out.hex(assessment.overrides);
    out.token('"');
  }
  if (assessment.kind === "feedback") out.token(`, "valid": ${assessment.isValid}`);
  out.token("}");
}

const FAILED_JUDGE =
  '{"value": null, "error": {"error_code": "JUDGE_ERROR", "error_message": "The judge answered no JSON"}}';

function writeRationale(out: ByteWriter, rationale: TextSlice, pool: TextPool): void {
  out.token(', "rationale": "');
  writePayload(out, { pieces: [{ slice: rationale, nesting: 1 }] }, pool);
  out.token('"');
}
