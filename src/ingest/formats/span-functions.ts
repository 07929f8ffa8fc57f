// Functions of span rules: identity, times, and what is counted once all spans of a record are known.
// Named by programs, run by compile-program.ts. What must stay true: a span without a readable id or start rejects its
// record; ids are in their one spelling; times are exact ns, durations are subtracted in integers.

import type { IntegerBuilder } from "../../columns/integer-builder.ts";
import type { Cursor } from "../../json/cursor.ts";
import { NodeKind } from "../../json/tape.ts";
import { joinNs, type NsParts, readNs, readPlainNs, splitNs } from "../clock.ts";
import type { CallStep } from "../compile-program.ts";
import type { ExtractionState } from "../extraction-state.ts";
import { noTime } from "../field-steps.ts";
import { IdBuffer, isZeroId, writeSpanId } from "../ids.ts";
import { RecordError } from "../record-error.ts";

const NS_PER_MS = 1e6;
/** Durations below it, 104 days, are exact as nanoseconds in float64. */
const EXACT_MS = 9e9;

/** Inputs: span id, parent's id, the span itself. Writes span_id, parent_span_id; tells the graph of the record. */
export function spanIdentity(state: ExtractionState): CallStep {
  const { tables, text, counts, graph } = state;
  const ids = tables.spans.utf8("span_id");
  const parents = tables.spans.utf8("parent_span_id");
  const id = new IdBuffer();
  const parentId = new IdBuffer();
  return (cursor, nodes, row) => {
    const node = nodes[0]!;
    const span = nodes[2]!;
    requireText(state, cursor, { node, span });
    if (!writeSpanId(text.bytes, text, id)) counts.add("malformedIds");
    const hasParent = readParent(state, { cursor, node: nodes[1]! }, parentId);
    ids?.set(row, id.bytes, 0, id.length);
    if (hasParent) parents?.set(row, parentId.bytes, 0, parentId.length);
    const earlier = graph.add({ id, parent: hasParent ? parentId : undefined, node: span });
    if (earlier >= 0) repeated(state, { cursor, node, earlier });
  };
}

function requireText(
  { text }: ExtractionState,
  cursor: Cursor,
  at: { readonly node: number; readonly span: number },
): void {
  const { kinds, starts } = cursor.tape;
  const kind = at.node < 0 ? NodeKind.null : kinds[at.node];
  if (kind === NodeKind.string || kind === NodeKind.escapedString) {
    text.read(cursor, at.node);
    if (text.end > text.start) return;
  }
  const what = kind === NodeKind.null ? "missing" : "expected a text that is not empty";
  throw new RecordError("E_RECORD", `spans[].span_id: ${what}`, { byte: starts[at.node < 0 ? at.span : at.node]! });
}

/** False for a root: no id, an empty one, or zeros. */
function readParent(
  state: ExtractionState,
  at: { readonly cursor: Cursor; readonly node: number },
  out: IdBuffer,
): boolean {
  const { text, counts } = state;
  if (at.node < 0) return false;
  if (text.read(at.cursor, at.node) !== "scalar") {
    counts.add("wrongTypes");
    return false;
  }
  if (text.start === text.end) return false;
  writeSpanId(text.bytes, text, out);
  return !isZeroId(out);
}

function repeated(
  state: ExtractionState,
  span: { readonly cursor: Cursor; readonly node: number; readonly earlier: number },
): void {
  const { cursor, node, earlier } = span;
  if (state.duplicates === "error") {
    const byte = cursor.tape.starts[node]!;
    throw new RecordError("E_DUPLICATE", `span id ${cursor.text(node)} stands twice in its trace`, { byte });
  }
  state.counts.add("duplicateSpans");
  if (state.duplicates === "keep") return;
  state.graph.replace(earlier);
  state.droppedSpans.push(state.firstSpan + earlier);
}

/** Inputs: start, end, the span itself. Writes start_ns, end_ns, start_ms, duration_ns, duration_ms. */
export function spanTimes(state: ExtractionState): CallStep {
  const { tables, counts } = state;
  const startNs = tables.spans.int64("start_ns");
  const endNs = tables.spans.int64("end_ns");
  const startMs = tables.spans.float64("start_ms");
  const durationNs = tables.spans.integer("duration_ns");
  const durationMs = tables.spans.float64("duration_ms");
  const start: NsParts = { ms: 0, nsOfMs: 0 };
  const end: NsParts = { ms: 0, nsOfMs: 0 };
  return (cursor, nodes, row) => {
    readStart(state, { cursor, node: nodes[0]!, span: nodes[2]! }, start);
    startNs?.set(row, joinNs(start));
    startMs?.set(row, start.ms);
    const node = nodes[1]!;
    if (node < 0) return;
    if (readInstant(state, { cursor, node }, end) !== undefined) {
      counts.add("badTimes");
      return;
    }
    endNs?.set(row, joinNs(end));
    const ms = end.ms - start.ms;
    const ns = end.nsOfMs - start.nsOfMs;
    if (Math.abs(ms) < EXACT_MS) durationNs?.set(row, ms * NS_PER_MS + ns);
    else if (durationNs !== undefined) setLongDuration(state, { column: durationNs, row }, joinNs(end) - joinNs(start));
    durationMs?.set(row, ns < 0 ? ms - 1 : ms);
    if (ms < 0 || (ms === 0 && ns < 0)) counts.add("negativeDurations");
  };
}

/** A duration in ns of 104 days and more; between two times of int64 it may itself pass int64, and then is none. */
function setLongDuration(
  { counts }: ExtractionState,
  { column, row }: { readonly column: IntegerBuilder; readonly row: number },
  ns: bigint,
): void {
  if (BigInt.asIntN(64, ns) === ns) column.setExact(row, ns);
  else counts.add("badDurations");
}

interface At {
  readonly cursor: Cursor;
  readonly node: number;
}

const START = "spans[].start_time_unix_nano";

/** The start of a span in `out`. Throws E_RECORD, E_TIME, E_RANGE. */
function readStart(state: ExtractionState, at: At & { readonly span: number }, out: NsParts): void {
  if (at.node < 0) throw new RecordError("E_RECORD", `${START}: missing`, { byte: at.cursor.tape.starts[at.span]! });
  const fault = readInstant(state, at, out);
  if (fault !== undefined) throw noTime(fault, { ...at, path: START });
}

/** Reads a time in ns; what is wrong with it, or undefined. */
export function readInstant(state: ExtractionState, at: At, out: NsParts): "time" | "range" | undefined {
  const { cursor, node } = at;
  const { kinds, starts, ends } = cursor.tape;
  const kind = kinds[node];
  if (kind === NodeKind.number && readPlainNs(cursor.bytes, { start: starts[node]!, end: ends[node]! }, out))
    return undefined;
  if (kind === NodeKind.true || kind === NodeKind.false) return "time";
  const { text } = state;
  if (text.read(cursor, node) !== "scalar") return "time";
  const ns = readNs(text.bytes, { start: text.start, end: text.end, unitDigits: 0 });
  if (typeof ns === "string") return ns;
  splitNs(ns, out);
  return undefined;
}

/** After the last span. Writes span_count, error_span_count, and the spans' depth; counts orphans and cycles. */
export function finishSpans(state: ExtractionState): CallStep {
  const { tables, counts, graph } = state;
  const spanCount = tables.traces.int32("span_count");
  const errorCount = tables.traces.int32("error_span_count");
  const depth = tables.spans.int32("depth");
  return (_cursor, _nodes, row) => {
    const { orphans, inCycles } = graph.resolve();
    counts.add("orphanSpans", orphans);
    counts.add("cycleSpans", inCycles);
    spanCount?.set(row, graph.count - graph.replaced);
    errorCount?.set(row, graph.total("is_error"));
    if (depth === undefined) return;
    const depths = graph.depths();
    for (let span = 0; span < depths.length; span += 1) depth.set(state.firstSpan + span, depths[span]!);
  };
}
