// Functions of trace rules that look at the spans: token usage, and what the root span says when the trace's info is absent.
// Named by programs, run by compile-program.ts after the spans. What must stay true: what the info says is never replaced;
// a record ends with a trace id and a start, or is rejected.

import type { Cursor } from "../../json/cursor.ts";
import { NestedDocument } from "../../json/nested.ts";
import { NodeKind } from "../../json/tape.ts";
import type { NsParts } from "../clock.ts";
import type { CallStep } from "../compile-program.ts";
import type { ExtractionState } from "../extraction-state.ts";
import { setInteger, takeTraceId, textSetter } from "../field-steps.ts";
import { writeTraceId } from "../ids.ts";
import { RecordError } from "../record-error.ts";
import { USAGE_NAMES } from "../span-graph.ts";
import { readInstant } from "./span-functions.ts";

/** Where an artifact's path names its trace. */
const ARTIFACT_PATH = /(?:^|[\\/])traces[\\/]([^\\/]+)[\\/]artifacts[\\/][^\\/]*$/;

/**
 * Inputs: the trace's own token usage, and MLflow's mark that the client closed the info. Writes the token columns from
 * the spans when the trace has no usage of its own: a span's usage hides that of the spans below it. MLflow's server
 * leaves traces with the mark alone. A sum beyond int64 is none, and counted.
 */
export function traceUsage(state: ExtractionState): CallStep {
  const { tables, graph, counts, maxDepth } = state;
  const columns = USAGE_NAMES.map((name) => tables.traces.integer(name));
  const nested = new NestedDocument();
  const isObject = (cursor: Cursor, node: number) => {
    if (node < 0 || cursor.tape.kinds[node] === NodeKind.object) return node >= 0;
    return nested.open(cursor, node, { maxDepth, allowNan: true })?.tape.kinds[0] === NodeKind.object;
  };
  return (cursor, nodes, row) => {
    if (graph.count === 0 || nodes[1]! >= 0 || isObject(cursor, nodes[0]!)) return;
    const usage = graph.usage();
    USAGE_NAMES.forEach((name, i) => {
      const sum = usage[name];
      if (typeof sum === "bigint" && BigInt.asIntN(64, sum) !== sum) counts.add("badTokens");
      else setInteger(columns[i], row, sum);
    });
  };
}

/** Makes sure of the trace's id and start: from the spans when the info lacks them, else E_RECORD. Writes both. */
export function traceIdentity(state: ExtractionState): CallStep {
  const { tables, graph } = state;
  const ids = tables.traces.utf8("trace_id");
  const starts = tables.traces.float64("timestamp_ms");
  const instant: NsParts = { ms: 0, nsOfMs: 0 };
  return (cursor, _nodes, row) => {
    if (!state.hasTraceId) {
      findTraceId(state, cursor);
      ids?.set(row, state.traceId.bytes, 0, state.traceId.length);
    }
    if (!Number.isNaN(state.startMs)) return;
    const root = graph.root();
    if (root < 0) throw missing("start: neither request_time nor timestamp_ms nor a span", cursor);
    // The span's own rules have read this time before.
    readInstant(state, { cursor, node: memberOf(cursor, root, "start_time_unix_nano", "start_time") }, instant);
    state.startMs = instant.ms;
    starts?.set(row, instant.ms);
  };
}

/** The id that the spans name, else the one in the file's path. Throws E_RECORD. */
function findTraceId(state: ExtractionState, cursor: Cursor): void {
  const { graph } = state;
  const path = "spans[].attributes.mlflow.traceRequestId";
  for (let i = 0; i < graph.count && !state.hasTraceId; i += 1) {
    const node = attributeOf(cursor, graph.node(i), "mlflow.traceRequestId");
    if (node >= 0) takeTraceId(state, { cursor, node, path, encoded: true });
  }
  if (state.hasTraceId) return;
  const fromPath = ARTIFACT_PATH.exec(state.origin.file)?.[1];
  if (fromPath === undefined) throw missing("id: neither trace_id nor request_id nor a span that names it", cursor);
  const id = new TextEncoder().encode(fromPath);
  writeTraceId(id, { start: 0, end: id.length }, state.traceId);
  state.hasTraceId = true;
}

function missing(what: string, cursor: Cursor): RecordError {
  return new RecordError("E_RECORD", `the trace has no ${what}`, { byte: cursor.start(0) });
}

const STATE_OF_STATUS: ReadonlyMap<string, string> = new Map([
  ["OK", "OK"],
  ["ERROR", "ERROR"],
]);

/**
 * What the root span says of its trace, for artifacts, which have no info. Writes experiment_id, execution_duration_ms,
 * state, trace_name, session, user.
 */
export function traceFromRoot(state: ExtractionState): CallStep {
  const { tables, graph, counts, text } = state;
  const duration = tables.traces.integer("execution_duration_ms");
  const stateText = tables.traces.dictionary("state");
  const name = textSetter(tables.traces, "trace_name");
  const attributes = [
    { column: textSetter(tables.traces, "experiment_id"), key: "mlflow.experimentId" },
    { column: textSetter(tables.traces, "session"), key: "session.id" },
    { column: textSetter(tables.traces, "user"), key: "user.id" },
  ];
  return (cursor, _nodes, row) => {
    const root = graph.root();
    if (root < 0) return;
    const milliseconds = rootDuration(state, cursor, root);
    if (milliseconds !== undefined) {
      duration?.set(row, milliseconds);
      if (milliseconds < 0) counts.add("negativeDurations");
    }
    stateText?.setText(row, rootState(state, { cursor, root }, milliseconds === undefined));
    const nameNode = memberOf(cursor, root, "name");
    if (nameNode >= 0 && text.read(cursor, nameNode) === "scalar") name.set(row, text.bytes, text.start, text.end);
    for (const { column, key } of attributes) {
      const node = attributeOf(cursor, root, key);
      if (node >= 0 && text.readEncoded(cursor, node) === "scalar") column.set(row, text.bytes, text.start, text.end);
    }
  };
}

/** The root's duration, floored to ms; undefined while it is open. */
function rootDuration(state: ExtractionState, cursor: Cursor, root: number): number | undefined {
  const start: NsParts = { ms: 0, nsOfMs: 0 };
  const end: NsParts = { ms: 0, nsOfMs: 0 };
  const endNode = memberOf(cursor, root, "end_time_unix_nano", "end_time");
  if (endNode < 0 || readInstant(state, { cursor, node: endNode }, end) !== undefined) return undefined;
  readInstant(state, { cursor, node: memberOf(cursor, root, "start_time_unix_nano", "start_time") }, start);
  const ms = end.ms - start.ms;
  return end.nsOfMs < start.nsOfMs ? ms - 1 : ms;
}

function rootState(
  state: ExtractionState,
  at: { readonly cursor: Cursor; readonly root: number },
  isOpen: boolean,
): string {
  const { cursor, root } = at;
  const { text } = state;
  const status = memberOf(cursor, root, "status_code", "status");
  const isObject = status >= 0 && cursor.tape.kinds[status] === NodeKind.object;
  const node = isObject ? memberOf(cursor, status, "code") : status;
  const code = node >= 0 && text.read(cursor, node) === "scalar" ? text.text() : "";
  const known = STATE_OF_STATUS.get(code.replace(/^STATUS_CODE_/, ""));
  return known ?? (isOpen ? "IN_PROGRESS" : "STATE_UNSPECIFIED");
}

/** The first of some members that holds something other than null, or -1. */
function memberOf(cursor: Cursor, object: number, ...keys: readonly string[]): number {
  for (const key of keys) {
    const node = cursor.find(object, key);
    if (node >= 0 && cursor.tape.kinds[node] !== NodeKind.null) return node;
  }
  return -1;
}

function attributeOf(cursor: Cursor, span: number, key: string): number {
  const attributes = memberOf(cursor, span, "attributes");
  return attributes < 0 ? -1 : memberOf(cursor, attributes, key);
}
