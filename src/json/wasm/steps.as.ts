// Runs a compiled program over a scanned record: finds values, reads them, writes the rows of the record.
// Compiled by ingest/walker.ts from the same rules as the interpreter's steps; called once a record.
// What must stay true: a record is written as the interpreter would write it, or declined: then nothing of it stays.
// A list of steps: u32 count, then steps of STEP bytes: op, column, origin, and up to thirteen operands.

import { markTable, nextRow, reset, rollBack, setInt32, setPlace } from "./columns.as";
import { numberOf } from "./dictionary.as";
import {
  boolStep, durationStep, enumStep, numberStep, spanIdStep, textStep, timeStep, tokensStep, traceIdStep,
} from "./field-steps.as";
import { fillFlat } from "./flat.as";
import { addMembers, markKeyed, rollBackKeyed } from "./keyed.as";
import { END, NEXT, NODE, swapTapes, tape } from "./memory.as";
import {
  ARRAY, begin, bias, DECLINED, doc, DONE, endOf, FULL, hasStart, kindOf, maxDepth, NULL, OBJECT, places,
  setDoc, setFlat, startOf, STRING, traceIdLength,
} from "./record-state.as";
import { fill, find, NONE } from "./scope.as";
import { clearGraph, orphans } from "./span-graph.as";
import { finishSpans, spanIdentity, spanTimes, traceUsage } from "./span-steps.as";
import { innerText, openInner } from "./text.as";

const STEP: u32 = 64;

export function orphanCount(): u32 { return orphans; }

/**
 * Runs the program at `program` (scope, steps, traces, spans, assessments, keyed families) on the object `node` of the
 * tape, which begins at byte `first` of the record's own numbering. DONE: the rows are written and counted, but that of
 * traces, which the caller counts.
 */
export function runProgram(program: usize, node: i32, record: usize, first: u32, traceRow: i32, hasPlaces: bool, depth: u32): i32 {
  begin(record - first, first, hasPlaces, depth);
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
    if (fill(<usize>load<u32>(program), doc, node * NODE)) status = runSteps(<usize>load<u32>(program, 4), load<u32>(traces), traceRow);
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

/** One case an operation; the numbers are those of ingest/walk-program.ts. */
// @ts-ignore: decorator
@inline
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
        setPlace(column, row, load<u32>(tape + node) - bias, load<u32>(tape + node, END) - bias);
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
  const end = load<i32>(tape + list, NEXT);
  for (let element = list + NODE; element < end; element = load<i32>(tape + element, NEXT)) {
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
  if (kind != STRING) return DECLINED;
  let status = DECLINED;
  if (fillFlat(scope, doc, node)) {
    setFlat(node);
    return runSteps(steps, row, traceRow);
  }
  if (!openInner(doc, node, maxDepth)) return DECLINED;
  const outer = doc;
  setDoc(innerText());
  if (kindOf(0) == OBJECT) {
    if (fill(scope, doc, 0)) status = runSteps(steps, row, traceRow);
  } else if (kindOf(0) == NULL) status = DONE;
  setDoc(outer);
  swapTapes();
  return status;
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
    let node = load<i32>(nodes);
    if (node == NONE && load<i32>(nodes, 4) >= 0) return DECLINED;
    // A null is a value.
    if (node < NONE) node = ~node;
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

