// The spans of a trace in MLflow's V3 form, from a record of any generation.
// Called by from-record.ts. What must stay true: a span that is V3 already is written as it stands; in an older one
// members are renamed and ids become base64, and every value keeps its bytes.

import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import type { ByteSink } from "./byte-sink.ts";
import { spanIdBase64, traceIdBase64 } from "./ids.ts";
import { writeLine } from "./layout.ts";
import { isText, Members } from "./members.ts";

/** Members of spans that V3 does not have. */
const OLDER = ["context", "parent_id", "start_time", "end_time", "status_code", "status_message"];

/** Appends the data object `{"spans": […]}` of the record's data at `node`. */
export function writeData(cursor: Cursor, node: number, sink: ByteSink): void {
  const spans = cursor.find(node, "spans");
  const isList = spans >= 0 && cursor.kind(spans) === NodeKind.array;
  if (isList && cursor.next(spans) === cursor.next(node) && onlyMember(cursor, node, spans) && allV3(cursor, spans)) {
    writeLine(cursor, node, sink);
    return;
  }
  sink.text('{"spans": [');
  const end = isList ? cursor.next(spans) : 0;
  let count = 0;
  for (let span = spans + 1; span < end; span = cursor.next(span)) {
    if (count > 0) sink.text(", ");
    writeSpan(cursor, span, sink);
    count += 1;
  }
  sink.text("]}");
}

/** Whether `value` is the value of the only member of `object`. */
function onlyMember(cursor: Cursor, object: number, value: number): boolean {
  return value === object + 2 && cursor.next(value) === cursor.next(object);
}

function allV3(cursor: Cursor, spans: number): boolean {
  for (let span = spans + 1; span < cursor.next(spans); span = cursor.next(span)) {
    if (!isV3Span(cursor, span)) return false;
  }
  return true;
}

function isV3Span(cursor: Cursor, span: number): boolean {
  return OLDER.every((key) => cursor.find(span, key) < 0);
}

function writeSpan(cursor: Cursor, span: number, sink: ByteSink): void {
  if (cursor.kind(span) !== NodeKind.object || isV3Span(cursor, span)) {
    writeLine(cursor, span, sink);
    return;
  }
  const members = new Members(cursor, span, sink);
  const context = members.take("context");
  const inContext = (key: string) => (context < 0 ? -1 : cursor.find(context, key));
  members.json("trace_id", idJson(cursor, first(members.take("trace_id"), inContext("trace_id")), traceIdBase64));
  members.json("span_id", idJson(cursor, first(members.take("span_id"), inContext("span_id")), spanIdBase64));
  members.json("parent_span_id", idJson(cursor, members.take("parent_span_id", "parent_id"), spanIdBase64) ?? "null");
  members.copy("name", members.take("name"));
  members.copy("start_time_unix_nano", members.take("start_time_unix_nano", "start_time"));
  const end = members.take("end_time_unix_nano", "end_time");
  if (end >= 0) members.copy("end_time_unix_nano", end);
  else members.json("end_time_unix_nano", "null");
  members.key("events");
  writeEvents(cursor, members.take("events"), sink);
  writeStatus(members);
  const attributes = members.take("attributes");
  if (attributes >= 0) members.copy("attributes", attributes);
  else members.json("attributes", "{}");
  members.close();
}

function first(...nodes: readonly number[]): number {
  return nodes.find((node) => node >= 0) ?? -1;
}

function idJson(cursor: Cursor, node: number, convert: (id: string) => string): string | undefined {
  return node >= 0 && isText(cursor, node) ? JSON.stringify(convert(cursor.text(node))) : undefined;
}

function writeStatus(members: Members): void {
  const status = members.take("status");
  const code = members.takeText("status_code");
  const message = members.takeText("status_message");
  if (status >= 0) {
    members.copy("status", status);
    return;
  }
  const name = (code ?? "UNSET").replace(/^(StatusCode\.|SpanStatusCode\.|STATUS_CODE_)/, "");
  const json = `{"code": ${JSON.stringify(`STATUS_CODE_${name}`)}, "message": ${JSON.stringify(message ?? "")}}`;
  members.json("status", json);
}

/** Events, whose time was called `timestamp`. */
function writeEvents(cursor: Cursor, node: number, sink: ByteSink): void {
  sink.text("[");
  const end = node >= 0 && cursor.kind(node) === NodeKind.array ? cursor.next(node) : 0;
  let count = 0;
  for (let event = node + 1; event < end; event = cursor.next(event)) {
    if (count > 0) sink.text(", ");
    count += 1;
    if (cursor.kind(event) !== NodeKind.object || cursor.find(event, "timestamp") < 0) {
      writeLine(cursor, event, sink);
      continue;
    }
    const members = new Members(cursor, event, sink);
    members.copy("name", members.take("name"));
    members.copy("time_unix_nano", members.take("time_unix_nano", "timestamp"));
    members.copy("attributes", members.take("attributes"));
    members.close();
  }
  sink.text("]");
}
