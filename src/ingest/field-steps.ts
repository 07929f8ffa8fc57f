// Compiles a field rule to a step: find the value, read it as its kind says, set it in its column.
// Called by compile-program.ts, once a rule; the steps run once a record, span or assessment.
// What must stay true: a step sets the row's value or leaves it null, and counts what it could not read; only a vital
// field rejects. Builders are taken once, so that no step looks a column up.

import type { IntegerBuilder } from "../columns/integer-builder.ts";
import { columnSpec, type TableName } from "../columns/schema.ts";
import type { TableBuilder } from "../columns/table-builder.ts";
import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { readMs } from "./clock.ts";
import { EnumReader } from "./enum-reader.ts";
import type { ExtractionState } from "./extraction-state.ts";
import { IdBuffer, writeSpanId, writeTraceId } from "./ids.ts";
import { readDurationMs, readFloat, readTokens } from "./number-values.ts";
import type { EnumKind, FieldRule } from "./program.ts";
import { RecordError, showBytes } from "./record-error.ts";
import type { Origin } from "./scope.ts";

/** Does its part of a row. `cursor`: over the document that the step's scope was filled from. */
export type Step = (cursor: Cursor, row: number) => void;

/** What a field step is made of. */
export interface FieldParts {
  readonly rule: FieldRule;
  readonly origin: Origin;
  readonly state: ExtractionState;
  readonly table: TableName;
  /** Strings hold JSON text (span attributes). */
  readonly encoded: boolean;
  /** Whether the functions of the record ask for the number. */
  readonly kept: boolean;
}

/** Longest trace id, in bytes. */
const MAX_TRACE_ID = 65_536;
const MS_DIGITS = 6;
const NO_TEXT: TextSetter = { set: () => {} };

interface TextSetter {
  set(row: number, bytes: Uint8Array, start: number, end: number): void;
}

/** The step of a field rule. */
export function fieldStep(parts: FieldParts): Step {
  const { rule } = parts;
  if (typeof rule.value !== "string") return enumStep(parts, rule.value);
  switch (rule.value) {
    case "text":
      return textStep(parts);
    case "number":
      return numberStep(parts);
    case "tokens":
      return tokensStep(parts);
    case "bool":
      return boolStep(parts);
    case "timeMs":
      return timeStep(parts);
    case "durationMs":
      return durationStep(parts);
    case "traceId":
      return traceIdStep(parts);
    case "spanId":
      return spanIdStep(parts);
    case "place":
      return placeStep(parts);
  }
}

/** The builder of a text column of either type; one that drops everything when the column is not wanted. */
export function textSetter(table: TableBuilder, column: string): TextSetter {
  const type = columnSpec(table.name, column)?.type;
  return (type === "utf8" ? table.utf8(column) : table.dictionary(column)) ?? NO_TEXT;
}

/** Sets an integer: a number up to 2^53 in magnitude, a bigint within int64, or NaN, which sets nothing. */
export function setInteger(column: IntegerBuilder | undefined, row: number, value: number | bigint): void {
  if (typeof value === "bigint") column?.setExact(row, value);
  else if (!Number.isNaN(value)) column?.set(row, value);
}

function textStep({ rule, origin, state, table, encoded }: FieldParts): Step {
  const { text, counts } = state;
  const column = textSetter(state.tables[table], rule.column);
  return (cursor, row) => {
    const node = origin.find(cursor);
    if (node < 0) return;
    const shape = encoded ? text.readEncoded(cursor, node) : text.read(cursor, node);
    if (shape === "structured") counts.add("wrongTypes");
    if (shape !== "scalar" || (rule.emptyIsNull && text.start === text.end)) return;
    column.set(row, text.bytes, text.start, text.end);
  };
}

function enumStep({ rule, origin, state, table, encoded, kept }: FieldParts, kind: EnumKind): Step {
  const { text, graph } = state;
  const column = textSetter(state.tables[table], rule.column);
  const reader = new EnumReader(kind);
  const keep = kept ? rule.keep : undefined;
  return (cursor, row) => {
    const node = origin.find(cursor);
    const shape = node < 0 ? "null" : encoded ? text.readEncoded(cursor, node) : text.read(cursor, node);
    const name = shape === "scalar" ? reader.nameOf(text) : reader.absent;
    if (name !== undefined) column.set(row, name.bytes, 0, name.bytes.length);
    if (keep !== undefined) graph.keep(keep.name, row - state.firstSpan, name?.name === keep.when ? 1 : 0);
  };
}

function numberStep({ rule, origin, state, table }: FieldParts): Step {
  const column = state.tables[table].float64(rule.column);
  return (cursor, row) => {
    const node = origin.find(cursor);
    if (node < 0) return;
    const value = readFloat(state, cursor, node);
    if (!Number.isNaN(value)) column?.set(row, value);
  };
}

function tokensStep({ rule, origin, state, table, kept }: FieldParts): Step {
  const { graph } = state;
  const column = state.tables[table].integer(rule.column);
  const keep = kept ? rule.keep : undefined;
  return (cursor, row) => {
    const node = origin.find(cursor);
    if (node < 0) return;
    const value = readTokens(state, cursor, node);
    setInteger(column, row, value);
    if (keep === undefined) return;
    if (typeof value === "bigint") graph.keepExact(keep.name, row - state.firstSpan, value);
    else if (!Number.isNaN(value)) graph.keep(keep.name, row - state.firstSpan, value);
  };
}

function boolStep({ rule, origin, state, table }: FieldParts): Step {
  const column = state.tables[table].bool(rule.column);
  return (cursor, row) => {
    const node = origin.find(cursor);
    const kind = node < 0 ? NodeKind.null : cursor.tape.kinds[node];
    if (kind === NodeKind.true) column?.set(row, 1);
    else if (kind === NodeKind.false) column?.set(row, 0);
    else {
      if (kind !== NodeKind.null) state.counts.add("wrongTypes");
      if (rule.absent !== undefined) column?.set(row, rule.absent);
    }
  };
}

/** A vital time is the start of the trace: unreadable, it rejects the record. */
function timeStep({ rule, origin, state, table }: FieldParts): Step {
  const { text, counts } = state;
  const column = state.tables[table].float64(rule.column);
  const path = pathOf(rule);
  return (cursor, row) => {
    const node = origin.find(cursor);
    if (node < 0) return;
    const kind = cursor.tape.kinds[node]!;
    const isTime = kind !== NodeKind.true && kind !== NodeKind.false && text.read(cursor, node) === "scalar";
    const ms = isTime ? readMs(text.bytes, { start: text.start, end: text.end, unitDigits: MS_DIGITS }) : "time";
    if (typeof ms === "number") {
      column?.set(row, ms);
      if (rule.vital) state.startMs = ms;
    } else if (rule.vital) {
      throw noTime(ms, { cursor, node, path });
    } else {
      counts.add("badTimes");
    }
  };
}

/** The reject of a vital time: E_RECORD for a value of another type, E_RANGE beyond int64, else E_TIME. */
export function noTime(
  why: "time" | "range",
  at: { readonly cursor: Cursor; readonly node: number; readonly path: string },
): RecordError {
  const { cursor, node, path } = at;
  const { kinds, starts, ends } = cursor.tape;
  const place = { byte: starts[node]! };
  const shown = showBytes(cursor.bytes, starts[node]!, ends[node]!);
  if (why === "range")
    return new RecordError("E_RANGE", `${path}: ${shown} does not fit into int64 nanoseconds`, place);
  const kind = kinds[node];
  if (
    kind === NodeKind.string ||
    kind === NodeKind.escapedString ||
    kind === NodeKind.number ||
    kind === NodeKind.nonfinite
  ) {
    return new RecordError("E_TIME", `${path}: ${shown} is no time; expected ISO 8601 or a number since 1970`, place);
  }
  return new RecordError("E_RECORD", `${path}: expected a time, found ${shown}`, place);
}

function durationStep({ rule, origin, state, table }: FieldParts): Step {
  const column = state.tables[table].integer(rule.column);
  return (cursor, row) => {
    const node = origin.find(cursor);
    if (node < 0) return;
    setInteger(column, row, readDurationMs(state, cursor, node));
  };
}

function traceIdStep({ rule, origin, state, table }: FieldParts): Step {
  const column = textSetter(state.tables[table], rule.column);
  const path = pathOf(rule);
  return (cursor, row) => {
    const node = origin.find(cursor);
    if (node < 0) return;
    takeTraceId(state, { cursor, node, path });
    if (state.hasTraceId) column.set(row, state.traceId.bytes, 0, state.traceId.length);
  };
}

/** Makes the string at `node` the trace's id, in its one spelling; an empty one is none. Throws E_RECORD. */
export function takeTraceId(
  state: ExtractionState,
  at: { readonly cursor: Cursor; readonly node: number; readonly path: string; readonly encoded?: boolean },
): void {
  const { cursor, node, path } = at;
  const { text } = state;
  const kind = cursor.tape.kinds[node];
  const byte = cursor.tape.starts[node]!;
  if (kind !== NodeKind.string && kind !== NodeKind.escapedString) {
    throw new RecordError("E_RECORD", `${path}: expected a string`, { byte });
  }
  const shape = at.encoded ? text.readEncoded(cursor, node) : text.read(cursor, node);
  const length = text.end - text.start;
  if (shape !== "scalar" || length === 0) return;
  if (length > MAX_TRACE_ID) {
    throw new RecordError("E_RECORD", `${path}: an id of ${length} bytes is over the limit of ${MAX_TRACE_ID}`, {
      byte,
    });
  }
  writeTraceId(text.bytes, text, state.traceId);
  state.hasTraceId = true;
}

function spanIdStep({ rule, origin, state, table }: FieldParts): Step {
  const { text, counts } = state;
  const column = textSetter(state.tables[table], rule.column);
  const id = new IdBuffer();
  return (cursor, row) => {
    const node = origin.find(cursor);
    if (node < 0) return;
    if (text.read(cursor, node) !== "scalar") {
      counts.add("wrongTypes");
    } else if (text.end > text.start) {
      writeSpanId(text.bytes, text, id);
      column.set(row, id.bytes, 0, id.length);
    }
  };
}

function placeStep({ rule, origin, state, table }: FieldParts): Step {
  const column = state.tables[table].place(rule.column);
  return (cursor, row) => {
    const node = origin.find(cursor);
    if (node < 0 || !state.origin.places) return;
    column?.set(row, cursor.tape.starts[node]! - state.base, cursor.tape.ends[node]! - state.base);
  };
}

function pathOf(rule: FieldRule): string {
  return rule.from.map((path) => path.join(".")).join(" or ");
}
