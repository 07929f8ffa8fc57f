// A trace rebuilt from its columns, for records whose bytes cannot be read again: standard input, compressed files,
// dropped payload. Called by from-record.ts. What must stay true: what the columns hold is written in V3 form; what they
// do not hold (previews, inputs, outputs, events) is left out, never made up.

import type { Dataset } from "../columns/table.ts";
import type { ByteSink } from "./byte-sink.ts";
import { durationJson, locationJson, timeJson } from "./convert-info.ts";
import { spanIdBase64, traceIdBase64 } from "./ids.ts";
import { boolAt, int64At, integerAt, keyedAt, numberAt, rowsOfTrace, textAt } from "./row-access.ts";

/** Appends `"key": value` pairs, with commas between. */
class ObjectWriter {
  readonly #sink: ByteSink;
  #count = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
    sink.text("{");
  }

  key(key: string): ByteSink {
    if (this.#count > 0) this.#sink.text(", ");
    this.#count += 1;
    this.#sink.quoted(key);
    this.#sink.text(": ");
    return this.#sink;
  }

  text(key: string, text: string | undefined): void {
    if (text !== undefined) this.key(key).quoted(text);
  }

  json(key: string, json: string | undefined): void {
    if (json !== undefined) this.key(key).text(json);
  }

  close(): void {
    this.#sink.text("}");
  }
}

/** Appends the info of a trace. `previews` writes those members, where their bytes are there. */
export function writeInfoOfColumns(
  dataset: Dataset,
  row: number,
  { sink, preview }: { readonly sink: ByteSink; readonly preview: (name: string) => string | undefined },
): void {
  const { traces } = dataset;
  const info = new ObjectWriter(sink);
  info.text("trace_id", textAt(traces, "trace_id", row));
  info.text("client_request_id", textAt(traces, "client_request_id", row));
  info.json("trace_location", locationJson(textAt(traces, "experiment_id", row)));
  info.json("request_preview", preview("request_preview"));
  info.json("response_preview", preview("response_preview"));
  info.json("request_time", timeJson(numberAt(traces, "timestamp_ms", row)));
  info.text("state", textAt(traces, "state", row));
  writeMap(info, "trace_metadata", withNamed(dataset, row, "metadata"));
  writeAssessments(info, dataset, row);
  writeMap(info, "tags", withNamed(dataset, row, "tag"));
  info.json("execution_duration_ms", durationJson(integerAt(traces, "execution_duration_ms", row)));
  info.close();
}

const NAMED = {
  metadata: [
    ["mlflow.trace.session", "session"],
    ["mlflow.trace.user", "user"],
  ],
  tag: [["mlflow.traceName", "trace_name"]],
} as const;

/** The keyed values of a row, and those that only a named column holds (an artifact's, from its root span). */
function withNamed({ traces }: Dataset, row: number, family: "tag" | "metadata"): ReadonlyMap<string, string> {
  const values = new Map(keyedAt(traces.keyed.get(family), row));
  for (const [key, column] of NAMED[family]) {
    const text = values.has(key) ? undefined : textAt(traces, column, row);
    if (text !== undefined) values.set(key, text);
  }
  return values;
}

/** A map with members; an empty one is left out, as MLflow does. */
function writeMap(target: ObjectWriter, name: string, values: ReadonlyMap<string, string>): void {
  if (values.size === 0) return;
  const map = new ObjectWriter(target.key(name));
  for (const [key, text] of values) map.text(key, text);
  map.close();
}

function writeAssessments(info: ObjectWriter, dataset: Dataset, row: number): void {
  const { assessments } = dataset;
  const { start, end } = rowsOfTrace(assessments, row);
  if (start === end) return;
  const sink = info.key("assessments");
  sink.text("[");
  for (let at = start; at < end; at += 1) {
    if (at > start) sink.text(", ");
    const one = new ObjectWriter(sink);
    one.text("assessment_id", textAt(assessments, "assessment_id", at));
    one.text("assessment_name", textAt(assessments, "name", at));
    one.text("trace_id", textAt(dataset.traces, "trace_id", row));
    one.text("span_id", textAt(assessments, "span_id", at));
    const source = new ObjectWriter(one.key("source"));
    source.text("source_type", textAt(assessments, "source_type", at));
    source.text("source_id", textAt(assessments, "source_id", at));
    source.close();
    one.json("create_time", timeJson(numberAt(assessments, "create_time_ms", at)));
    one.json("last_update_time", timeJson(numberAt(assessments, "last_update_time_ms", at)));
    writeValue(one, dataset, at);
    one.text("rationale", textAt(assessments, "rationale", at));
    writeMap(one, "metadata", new Map(keyedAt(assessments.keyed.get("metadata"), at)));
    one.text("overrides", textAt(assessments, "overrides", at));
    one.json("valid", String(boolAt(assessments, "valid", at) ?? true));
    one.close();
  }
  sink.text("]");
}

function writeValue(one: ObjectWriter, { assessments }: Dataset, at: number): void {
  const type = textAt(assessments, "type", at);
  if (type === undefined) return;
  const holder = new ObjectWriter(one.key(type));
  if (type === "issue") holder.text("issue_name", textAt(assessments, "name", at));
  else holder.json("value", textAt(assessments, "value", at));
  const error = textAt(assessments, "error_code", at);
  if (error !== undefined) {
    const writer = new ObjectWriter(holder.key("error"));
    writer.text("error_code", error);
    writer.close();
  }
  holder.close();
}

/** Appends `{"spans": […]}`. */
export function writeDataOfColumns(dataset: Dataset, row: number, sink: ByteSink): void {
  const { start, end } = rowsOfTrace(dataset.spans, row);
  sink.text('{"spans": [');
  for (let at = start; at < end; at += 1) {
    if (at > start) sink.text(", ");
    writeSpan(dataset, { row, at }, sink);
  }
  sink.text("]}");
}

function writeSpan(
  { spans, traces }: Dataset,
  { row, at }: { readonly row: number; readonly at: number },
  sink: ByteSink,
): void {
  const parent = textAt(spans, "parent_span_id", at);
  const endNs = int64At(spans, "end_ns", at);
  const span = new ObjectWriter(sink);
  span.text("trace_id", traceIdBase64(textAt(traces, "trace_id", row) ?? ""));
  span.text("span_id", spanIdBase64(textAt(spans, "span_id", at) ?? ""));
  span.json("parent_span_id", parent === undefined ? "null" : JSON.stringify(spanIdBase64(parent)));
  span.text("name", textAt(spans, "name", at));
  span.json("start_time_unix_nano", int64At(spans, "start_ns", at)?.toString());
  span.json("end_time_unix_nano", endNs?.toString() ?? "null");
  span.json("events", "[]");
  const status = new ObjectWriter(span.key("status"));
  status.text("code", `STATUS_CODE_${textAt(spans, "status", at) ?? "UNSET"}`);
  status.text("message", textAt(spans, "status_message", at) ?? "");
  status.close();
  const attributes = new ObjectWriter(span.key("attributes"));
  for (const [key, text] of keyedAt(spans.keyed.get("attributes"), at)) attributes.text(key, encodedValue(text));
  attributes.close();
  span.close();
}

/** The JSON text that an attribute was decoded from: that of a number, list or object is its own, a text is quoted. */
function encodedValue(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
