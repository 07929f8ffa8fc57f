// Many lines in one call: each is scanned, told by its keys what it is, and run, until one needs somebody's attention.
// Called by ingest/line-walk.ts for each piece of whole lines. What must stay true: a line is either a record of the list,
// with all its rows, or nothing of it stays; `lineAt` is where the first line begins that was not taken.
// A shape: u32 program, u8 kinds of the values of the shape scope's keys. A record: see RECORD.

import { allocate, END, KIND, tape } from "./memory.as";
import { DONE, FULL, negativeDurations, OBJECT, traceId, traceIdLength } from "./record-state.as";
import { fill, NONE } from "./scope.as";
import { orphans } from "./span-graph.as";
import { runProgram } from "./steps.as";
import { hasHighBytes, textEnd } from "./structural-index.as";
import { scanLine } from "./tape.as";

/** The line is left to the caller: it is bad, or unusual. */
const LEFT: i32 = 1;
/** The line is of no known shape. */
const NEW_SHAPE: i32 = 4;
/** Somebody must say first whether the bytes of 0x80 and above are UTF-8. */
const NEEDS_UTF8_CHECK: i32 = 5;

/** What is known of the bytes of 0x80 and above. */
const UNCHECKED: u32 = 0;
const GOOD: u32 = 1;

/** A record: u32 address, length without white space behind it, address and length of its id, rows of spans and of assessments up to its last, program. */
const RECORD: u32 = 28;
const MOST_SHAPES: u32 = 8;

/** Where the first line begins that was not taken. */
let lineAt: usize = 0;
/** Newlines before it, from where the call began. */
let newlines: u32 = 0;
let records: usize = 0;
let recordCount: u32 = 0;
let recordRoom: u32 = 0;
let orphanSum: u32 = 0;
let negativeSum: u32 = 0;

let shapeScope: usize = 0;
let shapes: usize = 0;
let shapeCount: u32 = 0;

export function linesEnd(): usize { return lineAt; }
export function linesNewlines(): u32 { return newlines; }
export function linesRecords(): usize { return records; }
export function linesRecordCount(): u32 { return recordCount; }
export function linesOrphans(): u32 { return orphanSum; }
export function linesNegativeDurations(): u32 { return negativeSum; }

/** Makes room for `room` records a call, and for shapes by the keys of `scope`. False when the system gives no memory. */
export function reserveLines(room: u32, scope: usize): bool {
  records = allocate(room * RECORD);
  recordRoom = room;
  shapeScope = scope;
  shapes = allocate(MOST_SHAPES * shapeSize());
  shapeCount = 0;
  return records != 0 && shapes != 0;
}

function shapeSize(): u32 {
  return 4 + load<u32>(shapeScope);
}

/** Kind of the value of a key of the shape scope; 0: there is none. */
// @ts-ignore: decorator
@inline
function kindAt(slot: u32): u8 {
  const node = load<i32>(<usize>load<u32>(shapeScope, 8) + (slot << 2));
  return node == NONE ? 0 : load<u8>(tape + (node < 0 ? ~node : node), KIND);
}

/** Records of the shape of the one that was scanned last, whose first byte is at `doc`, are run by `program` from now on. */
export function learnShape(doc: usize, program: usize): void {
  if (shapeCount == MOST_SHAPES || load<u8>(tape, KIND) != OBJECT || !fill(shapeScope, doc, 0)) return;
  const shape = shapes + shapeCount * shapeSize();
  store<u32>(shape, <u32>program);
  for (let slot: u32 = 0; slot < load<u32>(shapeScope); slot += 1) store<u8>(shape + slot, kindAt(slot), 4);
  shapeCount += 1;
}

/** Program of the record that was scanned last; 0: none. */
function programOf(doc: usize): usize {
  if (load<u8>(tape, KIND) != OBJECT || !fill(shapeScope, doc, 0)) return 0;
  const slots = load<u32>(shapeScope);
  for (let i: u32 = 0; i < shapeCount; i += 1) {
    const shape = shapes + i * shapeSize();
    let slot: u32 = 0;
    while (slot < slots && load<u8>(shape + slot, 4) == kindAt(slot)) slot += 1;
    if (slot == slots) return <usize>load<u32>(shape);
  }
  return 0;
}

/**
 * Takes the lines of `[at, end)`, behind whose last byte, a newline, 64 bytes belong to nobody. `traceRow`: row of the first
 * record; `longest`: bytes of the longest line that is taken; `utf8`: 0 not known, 1 it is, 2 it is not;
 * `enough`: rows of spans after which it ends. DONE: all lines are taken; FULL: rows or records must be taken first; the
 * others: see above and steps.as.ts.
 */
export function walkLines(
  at: usize, end: usize, traceRow: i32, hasPlaces: bool, maxDepth: u32, longest: u32, utf8: u32, enough: u32,
): i32 {
  recordCount = 0;
  orphanSum = 0;
  negativeSum = 0;
  newlines = 0;
  let passed: u32 = 0;
  for (;;) {
    while (at < end) {
      const byte = load<u8>(at);
      if (byte == 0x0a) passed += 1;
      else if (byte != 0x20 && byte != 0x0d && byte != 0x09) break;
      at += 1;
    }
    lineAt = at;
    newlines = passed;
    if (at >= end) return DONE;
    if (recordCount == recordRoom) return FULL;
    if (scanLine(at, end, maxDepth) == 0) return LEFT;
    const behind = textEnd;
    if (behind - at > <usize>longest) return LEFT;
    if (hasHighBytes && utf8 != GOOD) return utf8 == UNCHECKED ? NEEDS_UTF8_CHECK : LEFT;
    const program = programOf(at);
    if (program == 0) return NEW_SHAPE;
    const length = load<u32>(tape, END);
    const status = runProgram(program, 0, at, 0, traceRow + recordCount, hasPlaces, maxDepth);
    if (status != DONE) return status;
    const record = records + recordCount * RECORD;
    const spans = <usize>load<u32>(program, 12);
    store<u32>(record, <u32>at);
    store<u32>(record, length, 4);
    store<u32>(record, <u32>traceId, 8);
    store<u32>(record, traceIdLength, 12);
    store<u32>(record, load<u32>(spans), 16);
    store<u32>(record, load<u32>(<usize>load<u32>(program, 16)), 20);
    store<u32>(record, <u32>program, 24);
    recordCount += 1;
    orphanSum += orphans;
    negativeSum += negativeDurations;
    at = behind;
    if (load<u32>(spans) >= enough) {
      lineAt = at;
      return FULL;
    }
  }
  return LEFT;
}
