// One span as MLflow >= 3.5.1 writes it: Span.to_dict through json.dumps. Called by write-trace.ts.
// What must stay true: key order, separators and escapes are MLflow's; attribute values are JSON inside a JSON string.

import type { ByteWriter } from "./byte-writer.ts";
import { escapeOuter, pythonFloat } from "./json-escape.ts";
import type { TextPool } from "./text-pool.ts";
import type { Cost, Payload, SyntheticSpan, SyntheticTrace, Usage } from "./trace-model.ts";

/** What a span needs of its trace. */
export interface SpanContext {
  readonly trace: SyntheticTrace;
  readonly pool: TextPool;
}

/** Appends the span as one JSON object. */
export function writeSpan(out: ByteWriter, span: SyntheticSpan, { trace, pool }: SpanContext): void {
  out.token('{"trace_id": "');
  out.base64(trace.id);
  out.token('", "span_id": "');
  out.base64(span.id);
  if (span.parent < 0) {
    out.token('", "parent_span_id": null');
  } else {
    out.token('", "parent_span_id": "');
    out.base64((trace.spans[span.parent] as SyntheticSpan).id);
    out.token('"');
  }
  out.token(', "name": "');
  out.escaped(span.name);
  out.token('", "start_time_unix_nano": ');
  writeEpochNs(out, trace, span.startNs);
  out.token(', "end_time_unix_nano": ');
  if (span.endNs === undefined) out.token("null");
  else writeEpochNs(out, trace, span.endNs);
  writeEvents(out, trace, span);
  out.token(`, "status": {"code": "STATUS_CODE_${span.status}", "message": "`);
  if (span.exception !== undefined) out.escaped(`${span.exception.type}: ${span.exception.message}`);
  out.token('"}, "attributes": ');
  writeAttributes(out, span, { trace, pool });
  out.token("}");
}

/** Nanoseconds since 1970 pass 2^53, so the milliseconds and the rest are written apart. */
function writeEpochNs(out: ByteWriter, trace: SyntheticTrace, offsetNs: number): void {
  const ns = trace.startNsOfMs + offsetNs;
  const ms = Math.floor(ns / 1e6);
  out.digits(trace.startMs + ms);
  out.digits(ns - ms * 1e6, 6);
}

function writeEvents(out: ByteWriter, trace: SyntheticTrace, span: SyntheticSpan): void {
  const { exception, endNs } = span;
  if (exception === undefined || endNs === undefined) {
    out.token(', "events": []');
    return;
  }
  out.token(', "events": [{"name": "exception", "time_unix_nano": ');
  writeEpochNs(out, trace, endNs);
  out.token(', "attributes": {"exception.message": "');
  out.escaped(exception.message);
  out.token('", "exception.type": "');
  out.escaped(exception.type);
  out.token('", "exception.stacktrace": "');
  out.escaped(stackTrace(exception));
  out.token('"}}]');
}

/** A Python stack trace of 1 to 3 kB. */
function stackTrace({ type, message }: { readonly type: string; readonly message: string }): string {
  const frame = (file: string, line: number, call: string) =>
    `  File "${file}", line ${line}, in ${call}\n    result = self.${call}(*args, **kwargs)\n             ^^^^^^^^^^^^^^^^^^^^^\n`;
  const depth = 8 + (type.length % 5);
  const frames = Array.from({ length: depth }, (_, at) =>
    frame(`/usr/local/lib/python3.12/site-packages/agents/layer_${at}.py`, 40 + at * 17, `step_${at}`),
  );
  return `Traceback (most recent call last):\n${frames.join("")}${type}: ${message}`;
}

function writeAttributes(out: ByteWriter, span: SyntheticSpan, { trace, pool }: SpanContext): void {
  out.token('{"mlflow.traceRequestId": "\\"tr-');
  out.hex(trace.id);
  out.token(`\\"", "mlflow.spanType": "\\"${span.type}\\"", "mlflow.spanInputs": "`);
  writePayload(out, span.inputs, pool);
  out.token('"');
  if (span.type === "UNKNOWN" || span.type === "TOOL") {
    out.token(', "mlflow.spanFunctionName": "\\"');
    out.escaped(span.name);
    out.token('\\""');
  }
  if (span.model !== undefined) writeModel(out, span.model);
  if (span.usage !== undefined) {
    out.token(', "mlflow.chat.tokenUsage": "');
    out.ascii(usageText(span.usage));
    out.token('"');
  }
  if (span.cost !== undefined) {
    out.token(', "mlflow.llm.cost": "');
    out.ascii(costText(span.cost));
    out.token('"');
  }
  if (span.outputs !== undefined) {
    out.token(', "mlflow.spanOutputs": "');
    writePayload(out, span.outputs, pool);
    out.token('"');
  }
  out.token("}");
}

function writeModel(out: ByteWriter, { name, provider }: { readonly name: string; readonly provider: string }): void {
  out.token(', "temperature": "0.2", "max_tokens": "null", "model": "\\"');
  out.token(`${provider}/${name}`);
  out.token('\\"", "mlflow.message.format": "\\"openai\\"", "mlflow.llm.model": "\\"');
  out.token(name);
  out.token('\\"", "mlflow.llm.provider": "\\"');
  out.token(provider);
  out.token('\\""');
}

/** Appends the inside of the JSON string that holds a payload. */
export function writePayload(out: ByteWriter, payload: Payload, pool: TextPool): void {
  for (const piece of payload.pieces) {
    if (typeof piece === "string") {
      out.escaped(piece);
    } else if ("hex" in piece) {
      out.hex(piece.hex);
    } else {
      const level = piece.nesting - 1;
      const offsets = pool.offsets[level] as Uint32Array;
      out.copy(pool.bytes[level] as Uint8Array, offsets[piece.slice.from] as number, offsets[piece.slice.to] as number);
    }
  }
}

/** The inside of the JSON string of a token usage. */
export function usageText(usage: Usage): string {
  const fields = [
    `"input_tokens": ${usage.inputTokens}`,
    `"output_tokens": ${usage.outputTokens}`,
    `"total_tokens": ${usage.totalTokens}`,
  ];
  if (usage.cacheReadTokens !== undefined) fields.push(`"cache_read_input_tokens": ${usage.cacheReadTokens}`);
  if (usage.cacheCreationTokens !== undefined)
    fields.push(`"cache_creation_input_tokens": ${usage.cacheCreationTokens}`);
  return escapeOuter(`{${fields.join(", ")}}`);
}

/** The inside of the JSON string of a cost. */
export function costText({ inputUsd, outputUsd, totalUsd }: Cost): string {
  const [input, output, total] = [pythonFloat(inputUsd), pythonFloat(outputUsd), pythonFloat(totalUsd)];
  return escapeOuter(`{"input_cost": ${input}, "output_cost": ${output}, "total_cost": ${total}}`);
}
