// Runs a compiled program over a scanned record: finds values, reads them, writes the rows of the record.
// Compiled by ingest/walker.ts from the same rules as the interpreter's steps; called once a record.
// What must stay true: a record is written as the interpreter would write it, or declined: then nothing of it stays.
// A list of steps: u32 count, then steps of STEP bytes: op, column, origin, and up to thirteen operands.

import {
  markTable, nextRow, reset, rollBack, setBool, setFloat, setInt32, setInt64, setPlace, setText, textRoom, UTF8,
} from "./columns.as";
import { flagsOf, numberOf } from "./dictionary.as";
import { addMembers, markKeyed, rollBackKeyed } from "./keyed.as";
import { ends, kinds, nexts, starts, swapTapes } from "./memory.as";
import { fill, find } from "./scope.as";
import {
  addSpan, clearGraph, depthOf, hideUsage, keepUsage, orphans, resolve, spanCount, totalUsage,
} from "./span-graph.as";
import { innerText, openFlat, openInner, unescape } from "./text.as";
import {
  isPlainTraceId, isRead, nsOfMs, readDuration, readFloat, readIso, readNs, readSpanId, readWhole, writeHex,
} from "./values.as";

// @ts-ignore: decorator
@external("host", "number")
declare function hostNumber(start: usize, end: usize): f64;

const STEP: u32 = 64;

const OBJECT: u8 = 1;
const ARRAY: u8 = 2;
const STRING: u8 = 3;
const ESCAPED_STRING: u8 = 4;
const NUMBER: u8 = 5;
const TRUE: u8 = 6;
const FALSE: u8 = 7;
const NULL: u8 = 8;

/** What a record came to. */
const DONE: i32 = 0;
const DECLINED: i32 = 1;
/** No room: to be run again when the rows at hand were taken. */
const FULL: i32 = 2;
/** A text must be looked at first: to be run again when its dictionary was gone through. */
const UNKNOWN: i32 = 3;

const MAX_TRACE_ID: u32 = 1024;
const EXACT_MS: i64 = 9_000_000_000;
const EXACT_INTEGER: f64 = 9_007_199_254_740_991;

/** Address of byte 0 of the document at hand, and where its record begins in it. */
let doc: usize = 0;
let bias: u32 = 0;
let maxDepth: u32 = 0;
let places: bool = false;
let errors: u32 = 0;
let negativeDurations: u32 = 0;
let traceId: usize = 0;
let traceIdLength: u32 = 0;
let hasStart: bool = false;

export function orphanCount(): u32 { return orphans; }
export function negativeDurationCount(): u32 { return negativeDurations; }
export function traceIdAt(): usize { return traceId; }
export function traceIdBytes(): u32 { return traceIdLength; }

// @ts-ignore: decorator
@inline
function kindOf(node: i32): u8 {
  return load<u8>(kinds + node);
}

// @ts-ignore: decorator
@inline
function startOf(node: i32): usize {
  return doc + <usize>load<u32>(starts + (<usize>node << 2));
}

// @ts-ignore: decorator
@inline
function endOf(node: i32): usize {
  return doc + <usize>load<u32>(ends + (<usize>node << 2));
}

/** 1 for strings: their quotes are no part of their text. */
// @ts-ignore: decorator
@inline
function quotes(kind: u8): usize {
  return kind == STRING || kind == ESCAPED_STRING ? 1 : 0;
}

/**
 * Runs the program at `program` (scope, steps, traces, spans, assessments, keyed families) on the object `node` of the
 * tape, which begins at byte `first` of the record's own numbering. DONE: the rows are written and counted, but that of
 * traces, which the caller counts.
 */
export function runProgram(program: usize, node: i32, record: usize, first: u32, traceRow: i32, hasPlaces: bool, depth: u32): i32 {
  doc = record - first;
  bias = first;
  places = hasPlaces;
  maxDepth = depth;
  errors = 0;
  negativeDurations = 0;
  traceIdLength = 0;
  hasStart = false;
  clearGraph();
  const traces = <usize>load<u32>(program, 8);
  const spans = <usize>load<u32>(program, 12);
  const assessments = <usize>load<u32>(program, 16);
  const keyed = <usize>load<u32>(program, 20);
  markTable(traces);
  markTable(spans);
  markTable(assessments);
  markKeyed(keyed);
  let status = FULL;
  if (load<u32>(traces) < load<u32>(traces, 4) && nextRow(traces)) {
    status = DECLINED;
    if (fill(<usize>load<u32>(program), doc, node)) status = runSteps(<usize>load<u32>(program, 4), load<u32>(traces), traceRow);
  }
  if (status == DONE) {
    store<u32>(traces, load<u32>(traces) + 1);
    return DONE;
  }
  takeBack(program);
  return status;
}

/** Takes the record back that was run last. */
export function takeBack(program: usize): void {
  rollBack(<usize>load<u32>(program, 8));
  rollBack(<usize>load<u32>(program, 12));
  rollBack(<usize>load<u32>(program, 16));
  rollBackKeyed(<usize>load<u32>(program, 20));
}

/** Empties a table whose rows were taken. */
export function resetTable(table: usize): void {
  reset(table);
}

function runSteps(steps: usize, row: u32, traceRow: i32): i32 {
  const end = steps + 4 + <usize>load<u32>(steps) * STEP;
  for (let step = steps + 4; step < end; step += STEP) {
    const status = runStep(step, row, traceRow);
    if (status != DONE) return status;
  }
  return DONE;
}

/** One case an operation; the numbers are those of ingest/walk-codes.ts. */
function runStep(step: usize, row: u32, traceRow: i32): i32 {
  const column = <usize>load<u32>(step, 4);
  const origin = <usize>load<u32>(step, 8);
  switch (load<u32>(step)) {
    case 1: return textStep(step, column, find(origin), row);
    case 2: return enumStep(step, column, find(origin), row);
    case 3: return numberStep(column, find(origin), row);
    case 4: return tokensStep(step, column, find(origin), row);
    case 5: return boolStep(step, column, find(origin), row);
    case 6: return timeStep(step, column, find(origin), row);
    case 7: return durationStep(column, find(origin), row);
    case 8: return traceIdStep(column, find(origin), row);
    case 9: return spanIdStep(column, find(origin), row);
    case 10: {
      const node = find(origin);
      if (node >= 0 && places) {
        setPlace(column, row, load<u32>(starts + (<usize>node << 2)) - bias, load<u32>(ends + (<usize>node << 2)) - bias);
      }
      return DONE;
    }
    case 11: return mapStep(step, find(origin), row, traceRow);
    case 12: return addMembers(step, load<i32>(<usize>load<u32>(step, 12), 16), doc, row);
    case 13: return repeatStep(step, column, find(origin), traceRow);
    case 14: return jsonStep(step, find(origin), row, traceRow);
    case 15: return spanIdentity(step, column, row);
    case 16: return spanTimes(step, row);
    case 17: return finishSpans(step, row);
    case 18: return assessmentValue(step, column, row);
    case 19: return traceUsage(step, row);
    case 20: return traceIdLength > 0 && hasStart ? DONE : DECLINED;
  }
  return DECLINED;
}

/** Sets a text as it stands in the file, or, in a column of texts, without its escapes. */
function setRaw(column: usize, row: u32, node: i32): i32 {
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
  if (kind == ESCAPED_STRING) setText(column, row, <u32>(unescape(start, start + length, room) - room));
  else {
    memory.copy(room, start, length);
    setText(column, row, length);
  }
  return DONE;
}

/** Operand: 1 when an empty text is none. */
function textStep(step: usize, column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  if (kind == OBJECT || kind == ARRAY) return DECLINED;
  if (load<u32>(step, 12) != 0 && endOf(node) - startOf(node) == 2 * quotes(kind)) return DONE;
  return column == 0 ? DONE : setRaw(column, row, node);
}

/** Operands: dictionary, whether errors are counted. A value of another shape counts as the empty text, the absent one. */
function enumStep(step: usize, column: usize, node: i32, row: u32): i32 {
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
  if (flags == 2) errors += 1;
  return DONE;
}

function numberStep(column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  if (kind != NUMBER && kind != STRING) return DECLINED;
  let value = readFloat(startOf(node) + quotes(kind), endOf(node) - quotes(kind));
  if (!isRead) {
    if (kind != NUMBER) return DECLINED;
    // More digits than float64 multiplies exactly: the engine's own conversion is right to the last bit.
    value = hostNumber(startOf(node), endOf(node));
    if (!isFinite(value)) return DECLINED;
  }
  setFloat(column, row, value);
  return DONE;
}

/** Operand: the usage of the span that is kept too, plus 1. */
function tokensStep(step: usize, column: usize, node: i32, row: u32): i32 {
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
function boolStep(step: usize, column: usize, node: i32, row: u32): i32 {
  const kind = node < 0 ? NULL : kindOf(node);
  if (kind == TRUE) setBool(column, row, 1);
  else if (kind == FALSE) setBool(column, row, 0);
  else if (kind != NULL) return DECLINED;
  else if (load<u32>(step, 12) != 2) setBool(column, row, load<u8>(step, 12));
  return DONE;
}

/** Operand: 1 when this is the start of the trace. */
function timeStep(step: usize, column: usize, node: i32, row: u32): i32 {
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
  if (load<u32>(step, 12) != 0) hasStart = true;
  return DONE;
}

function durationStep(column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  if (kind != NUMBER && kind != STRING) return DECLINED;
  const ms = readDuration(startOf(node) + quotes(kind), endOf(node) - quotes(kind));
  if (!isRead) return DECLINED;
  setFloat(column, row, <f64>ms);
  return DONE;
}

function traceIdStep(column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  if (kindOf(node) != STRING) return DECLINED;
  const start = startOf(node) + 1;
  const end = endOf(node) - 1;
  const length = <u32>(end - start);
  if (length == 0) return DONE;
  // What is shorter than a prefixed id, and of no length that a bare id has, is kept as it stands.
  const isShort = length < 35 && length != 32 && length != 34 && length != 24;
  if (length > MAX_TRACE_ID || !(isShort || isPlainTraceId(start, end))) return DECLINED;
  traceId = start;
  traceIdLength = length;
  if (column == 0) return DONE;
  return setRaw(column, row, node);
}

function spanIdStep(column: usize, node: i32, row: u32): i32 {
  if (node < 0) return DONE;
  if (kindOf(node) != STRING) return DECLINED;
  if (endOf(node) - startOf(node) == 2) return DONE;
  const id = readSpanId(startOf(node) + 1, endOf(node) - 1);
  return isRead ? setHex(column, row, id) : DECLINED;
}

function setHex(column: usize, row: u32, id: u64): i32 {
  if (column == 0) return DONE;
  const room = textRoom(column, 16);
  if (room == 0) return FULL;
  writeHex(id, room);
  setText(column, row, 16);
  return DONE;
}

/** Operands: scope, steps, keyed family or 0 (see keyed.as.ts for the rest). */
function mapStep(step: usize, node: i32, row: u32, traceRow: i32): i32 {
  const kind = node < 0 ? NULL : kindOf(node);
  if (kind != OBJECT && kind != NULL) return DECLINED;
  if (!fill(<usize>load<u32>(step, 16), doc, node)) return DECLINED;
  if (kind == OBJECT && load<u32>(step, 24) != 0) {
    const status = addMembers(step, node, doc, row);
    if (status != DONE) return status;
  }
  return runSteps(<usize>load<u32>(step, 20), row, traceRow);
}

/** Operands: scope, steps, table. The column is that of the owning trace's row. */
function repeatStep(step: usize, column: usize, list: i32, traceRow: i32): i32 {
  if (list < 0) return DONE;
  if (kindOf(list) != ARRAY) return DECLINED;
  const scope = <usize>load<u32>(step, 12);
  const steps = <usize>load<u32>(step, 16);
  const table = <usize>load<u32>(step, 20);
  const end = load<i32>(nexts + (<usize>list << 2));
  for (let element = list + 1; element < end; element = load<i32>(nexts + (<usize>element << 2))) {
    if (kindOf(element) != OBJECT || !fill(scope, doc, element)) return DECLINED;
    const row = load<u32>(table);
    if (row == load<u32>(table, 4) || !nextRow(table)) return FULL;
    setInt32(column, row, traceRow);
    const status = runSteps(steps, row, traceRow);
    if (status != DONE) return status;
    store<u32>(table, row + 1);
  }
  return DONE;
}

/** Operands: scope, steps. */
function jsonStep(step: usize, node: i32, row: u32, traceRow: i32): i32 {
  if (node < 0) return DONE;
  const kind = kindOf(node);
  const scope = <usize>load<u32>(step, 12);
  const steps = <usize>load<u32>(step, 16);
  if (kind == OBJECT) {
    if (!fill(scope, doc, node)) return DECLINED;
    return runSteps(steps, row, traceRow);
  }
  if (kind != STRING && kind != ESCAPED_STRING) return DECLINED;
  let status = DECLINED;
  if (kind == ESCAPED_STRING && openFlat(doc, node)) {
    if (fill(scope, doc, 0)) status = runSteps(steps, row, traceRow);
    swapTapes();
    return status;
  }
  if (!openInner(doc, node, maxDepth)) return DECLINED;
  const outer = doc;
  doc = innerText();
  if (kindOf(0) == OBJECT) {
    if (fill(scope, doc, 0)) status = runSteps(steps, row, traceRow);
  } else if (kindOf(0) == NULL) status = DONE;
  doc = outer;
  swapTapes();
  return status;
}

/** Operands: origins of id and parent's id, column of the parent's id. */
function spanIdentity(step: usize, column: usize, row: u32): i32 {
  const node = find(<usize>load<u32>(step, 12));
  if (node < 0 || kindOf(node) != STRING) return DECLINED;
  const id = readSpanId(startOf(node) + 1, endOf(node) - 1);
  if (!isRead) return DECLINED;
  const parentNode = find(<usize>load<u32>(step, 16));
  let parent: u64 = 0;
  if (parentNode >= 0) {
    if (kindOf(parentNode) != STRING) return DECLINED;
    if (endOf(parentNode) - startOf(parentNode) > 2) {
      parent = readSpanId(startOf(parentNode) + 1, endOf(parentNode) - 1);
      if (!isRead) return DECLINED;
    }
  }
  if (!addSpan(id, parent, parent != 0)) return DECLINED;
  const status = setHex(column, row, id);
  return status != DONE || parent == 0 ? status : setHex(<usize>load<u32>(step, 20), row, parent);
}

/** Operands: origins of start and end; columns start_ns, end_ns, start_ms, duration_ns, duration_ms. */
function spanTimes(step: usize, row: u32): i32 {
  const startNode = find(<usize>load<u32>(step, 12));
  if (startNode < 0 || kindOf(startNode) != NUMBER) return DECLINED;
  const startMs = readNs(startOf(startNode), endOf(startNode));
  if (!isRead) return DECLINED;
  const startRest = nsOfMs;
  setInt64(<usize>load<u32>(step, 20), row, startMs * 1_000_000 + startRest);
  setFloat(<usize>load<u32>(step, 28), row, <f64>startMs);
  const endNode = find(<usize>load<u32>(step, 16));
  if (endNode < 0) return DONE;
  if (kindOf(endNode) != NUMBER) return DECLINED;
  const endMs = readNs(startOf(endNode), endOf(endNode));
  if (!isRead) return DECLINED;
  setInt64(<usize>load<u32>(step, 24), row, endMs * 1_000_000 + nsOfMs);
  const ms = endMs - startMs;
  const ns = nsOfMs - startRest;
  // From 104 days on nanoseconds are no longer exact in float64.
  if (ms >= EXACT_MS || ms <= -EXACT_MS) return DECLINED;
  setFloat(<usize>load<u32>(step, 32), row, <f64>ms * 1e6 + <f64>ns);
  setFloat(<usize>load<u32>(step, 36), row, <f64>(ns < 0 ? ms - 1 : ms));
  if (ms < 0 || (ms == 0 && ns < 0)) negativeDurations += 1;
  return DONE;
}

/** Operands: columns span_count, error_span_count, depth; table of spans. */
function finishSpans(step: usize, row: u32): i32 {
  if (!resolve()) return DECLINED;
  setInt32(<usize>load<u32>(step, 12), row, spanCount);
  setInt32(<usize>load<u32>(step, 16), row, errors);
  const depth = <usize>load<u32>(step, 20);
  if (depth == 0) return DONE;
  const first = load<u32>(<usize>load<u32>(step, 24)) - spanCount;
  for (let i: u32 = 0; i < spanCount; i += 1) setInt32(depth, first + i, depthOf(i));
  return DONE;
}

/**
 * Operands: origins of feedback, expectation, issue; column of the value; scope with the keys value and serialized_value;
 * three numbers of the kinds in the dictionary of the type. A value is kept as its JSON text.
 */
function assessmentValue(step: usize, column: usize, row: u32): i32 {
  for (let kind: u32 = 0; kind < 3; kind += 1) {
    const holder = find(<usize>load<u32>(step + (kind << 2), 12));
    if (holder < 0) continue;
    setInt32(column, row, load<i32>(step + (kind << 2), 32));
    if (kind == 2) return DONE;
    const scope = <usize>load<u32>(step, 28);
    if (!fill(scope, doc, holder)) return DECLINED;
    const nodes = <usize>load<u32>(scope, 8);
    const node = load<i32>(nodes);
    if (node < 0 && load<i32>(nodes, 4) >= 0) return DECLINED;
    const value = <usize>load<u32>(step, 24);
    if (value == 0) return DONE;
    let at: usize = 0;
    let length: u32 = 0;
    if (node >= 0) {
      if (kindOf(node) == OBJECT || kindOf(node) == ARRAY) return DECLINED;
      at = startOf(node);
      length = <u32>(endOf(node) - at);
    }
    const number = numberOf(<usize>load<u32>(value, 24), at, length);
    if (number < 0) return DECLINED;
    setInt32(value, row, number);
    return DONE;
  }
  return DONE;
}

/** Operands: origins of the trace's own usage and of the mark of a closed info; five columns. */
function traceUsage(step: usize, row: u32): i32 {
  if (spanCount == 0 || find(<usize>load<u32>(step, 16)) >= 0) return DONE;
  const node = find(<usize>load<u32>(step, 12));
  if (node >= 0) {
    const kind = kindOf(node);
    if (kind == OBJECT) return DONE;
    if (kind != STRING && kind != ESCAPED_STRING) return DECLINED;
    let isObject = true;
    if (!openFlat(doc, node)) {
      if (!openInner(doc, node, maxDepth)) return DECLINED;
      isObject = kindOf(0) == OBJECT;
    }
    swapTapes();
    if (isObject) return DONE;
  }
  hideUsage();
  for (let which: u32 = 0; which < 5; which += 1) {
    const total = totalUsage(which);
    if (total > EXACT_INTEGER) return DECLINED;
    if (!isNaN(total)) setFloat(<usize>load<u32>(step + (which << 2), 20), row, total);
  }
  return DONE;
}
