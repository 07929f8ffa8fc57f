// Steps of one value each: find it, read it, set it in its column; as ingest/field-steps.ts has them.
// Called by steps.as.ts. What must stay true: what the interpreter would count or reject is declined.

import { copyText, hasEscape } from "./bytes.as";
import { setBool, setFloat, setInt32, setText, textRoom, UTF8 } from "./columns.as";
import { flagsOf, numberOf } from "./dictionary.as";
import {
  addError, ARRAY, DECLINED, DONE, endOf, FALSE, FULL, kindOf, NULL, NUMBER, OBJECT, quotes, setStart,
  setTraceId, startOf, STRING, TRUE, UNKNOWN,
} from "./record-state.as";
import { keepUsage } from "./span-graph.as";
import { unescape } from "./text.as";
import { isPlainTraceId, isSpanId, readSpanId, writeHex } from "./ids.as";
import { isRead, readDuration, readFloat, readIso, readWhole } from "./values.as";

// @ts-ignore: decorator
@external("host", "number")
declare function hostNumber(start: usize, end: usize): f64;

const MAX_TRACE_ID: u32 = 1024;

/** Sets a text as it stands in the file, or, in a column of texts, without its escapes. */
export function setRaw(column: usize, row: u32, node: i32): i32 {
  const kind = kindOf(node);
  const start = startOf(node) + quotes(kind);
  const length = <u32>(endOf(node) - quotes(kind) - start);
  if (load<u32>(column, 8) != UTF8) {
    const number = numberOf(<usize>load<u32>(column, 24), start, length);
    if (number < 0) return DECLINED;
    setInt32(column, row, number);
    return DONE;
  }
  const room = textRoom(column, length);
  if (room == 0) return FULL;
  if (kind == STRING && hasEscape(start, length)) setText(column, row, <u32>(unescape(start, start + length, room) - room));
  else {
    copyText(room, start, length);
    setText(column, row, length);
  }
  return DONE;
}

/** Operand: 1 when an empty text is none. */
export function textStep(step: usize, column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  if (kind == OBJECT || kind == ARRAY) return DECLINED;
  if (load<u32>(step, 12) != 0 && endOf(node) - startOf(node) == 2 * quotes(kind)) return DONE;
  return column == 0 ? DONE : setRaw(column, row, node);
}

/** Operands: dictionary, whether errors are counted. A value of another shape counts as the empty text, the absent one. */
export function enumStep(step: usize, column: usize, node: i32, row: u32): i32 {
  let start: usize = 0;
  let length: u32 = 0;
  if (node >= 0) {
    const kind = kindOf(node);
    if (kind != OBJECT && kind != ARRAY && kind != NULL) {
      start = startOf(node) + quotes(kind);
      length = <u32>(endOf(node) - quotes(kind) - start);
    }
  }
  const dictionary = <usize>load<u32>(step, 12);
  const number = numberOf(dictionary, start, length);
  if (number < 0) return DECLINED;
  setInt32(column, row, number);
  if (load<u32>(step, 16) == 0) return DONE;
  const flags = flagsOf(dictionary, number);
  if (flags == 0) return UNKNOWN;
  if (flags == 2) addError();
  return DONE;
}

export function numberStep(column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  if (kind != NUMBER && kind != STRING) return DECLINED;
  let value = readFloat(startOf(node) + quotes(kind), endOf(node) - quotes(kind));
  if (!isRead) {
    if (kind != NUMBER) return DECLINED;
    // Too many digits, too large an exponent, or just between two: the engine's own conversion is right to the last bit.
    value = hostNumber(startOf(node), endOf(node));
    if (!isFinite(value)) return DECLINED;
  }
  setFloat(column, row, value);
  return DONE;
}

/** Operand: the usage of the span that is kept too, plus 1. */
export function tokensStep(step: usize, column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  if (kind != NUMBER && kind != STRING) return DECLINED;
  const value = <f64>readWhole(startOf(node) + quotes(kind), endOf(node) - quotes(kind));
  if (!isRead) return DECLINED;
  setFloat(column, row, value);
  const kept = load<u32>(step, 12);
  if (kept != 0) keepUsage(kept - 1, value);
  return DONE;
}

/** Operand: the value when there is none, 2 for no value. */
export function boolStep(step: usize, column: usize, node: i32, row: u32): i32 {
  const kind = node < 0 ? NULL : kindOf(node);
  if (kind == TRUE) setBool(column, row, 1);
  else if (kind == FALSE) setBool(column, row, 0);
  else if (kind != NULL) return DECLINED;
  else if (load<u32>(step, 12) != 2) setBool(column, row, load<u8>(step, 12));
  return DONE;
}

/** Operand: 1 when this is the start of the trace. */
export function timeStep(step: usize, column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  let ms: i64 = 0;
  if (kind == STRING) ms = readIso(startOf(node) + 1, endOf(node) - 1);
  else if (kind == NUMBER) {
    const length = endOf(node) - startOf(node);
    // Twelve and thirteen digits are milliseconds in every reading.
    if (length < 12 || length > 13) return DECLINED;
    ms = readWhole(startOf(node), endOf(node));
  } else return DECLINED;
  if (!isRead) return DECLINED;
  setFloat(column, row, <f64>ms);
  if (load<u32>(step, 12) != 0) setStart();
  return DONE;
}

export function durationStep(column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  if (kind != NUMBER && kind != STRING) return DECLINED;
  const ms = readDuration(startOf(node) + quotes(kind), endOf(node) - quotes(kind));
  if (!isRead) return DECLINED;
  setFloat(column, row, <f64>ms);
  return DONE;
}

export function traceIdStep(column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  if (kindOf(node) != STRING) return DECLINED;
  const start = startOf(node) + 1;
  const end = endOf(node) - 1;
  const length = <u32>(end - start);
  if (length == 0) return DONE;
  // What is shorter than a prefixed id, and of no length that a bare id has, is kept as it stands.
  const isShort = length < 35 && length != 32 && length != 34 && length != 24;
  if (length > MAX_TRACE_ID || !(isShort ? !hasEscape(start, length) : isPlainTraceId(start, end))) return DECLINED;
  setTraceId(start, length);
  if (column == 0) return DONE;
  return setRaw(column, row, node);
}

export function spanIdStep(column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  if (kindOf(node) != STRING) return DECLINED;
  if (endOf(node) - startOf(node) == 2) return DONE;
  const id = readSpanId(startOf(node) + 1, endOf(node) - 1);
  return isSpanId ? setHex(column, row, id) : DECLINED;
}

export function setHex(column: usize, row: u32, id: u64): i32 {
  if (column == 0) return DONE;
  const room = textRoom(column, 16);
  if (room == 0) return FULL;
  writeHex(id, room);
  setText(column, row, 16);
  return DONE;
}
