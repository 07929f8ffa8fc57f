// Scans one JSON document: validates it (RFC 8259, UTF-8, depth) and lays its nodes out on a tape.
// The reference way into every format, and the verdict on JSONTestSuite; ingest calls it for each record, nested.ts for
// JSON inside strings. Iterative, so that depth costs no stack; linear in the bytes, whatever they are.
// What must stay true: exactly the documents of JSON.parse are accepted, apart from the depth limit, bytes that are not
// UTF-8, and NaN and Infinity under allowNan. A lone surrogate as an escape is legal; a byte order mark is not.

import { type Fault, JsonError } from "./fault.ts";
import { NO_PARENT, NodeKind, type Tape } from "./tape.ts";

export { JsonError } from "./fault.ts";

/** What a scan allows. */
export interface ScanOptions {
  /** Open brackets at one time: that many are read, one more is E_DEPTH. */
  readonly maxDepth: number;
  /** Reads NaN, Infinity and -Infinity as nodes of kind `nonfinite` instead of E_JSON_NONFINITE. */
  readonly allowNan: boolean;
}

/** A part `[start, end)` of some bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_F = 0x66;
const UPPER_N = 0x4e;
const UPPER_I = 0x49;

/**
 * Refills `tape` with the one document in `range`; white space may surround it.
 * Throws JsonError: E_TRUNCATED when the range ends inside the document, E_DEPTH, E_UTF8, E_JSON_NONFINITE, and
 * E_JSON_SYNTAX for the rest, an empty range and content behind the document included. The tape is unusable then.
 */
export function scanDocument(bytes: Uint8Array, range: ByteRange, options: ScanOptions, tape: Tape): void {
  const fault = tryScanDocument(bytes, range, options, tape);
  if (fault !== undefined) throw new JsonError(fault);
}

/** As scanDocument, with the fault returned instead of thrown: for text that need not be JSON. */
export function tryScanDocument(
  bytes: Uint8Array,
  range: ByteRange,
  options: ScanOptions,
  tape: Tape,
): Fault | undefined {
  const { tokens } = tape;
  tokens.reset(bytes, range.start, range.end);
  tape.clear();
  scanNodes(tape, options);
  return tokens.fault;
}

/** As scanDocument, for all of `bytes` as the content of a file: one UTF-8 byte order mark may stand in front. */
export function scanFile(bytes: Uint8Array, options: ScanOptions, tape: Tape): void {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  scanDocument(bytes, { start: marked ? 3 : 0, end: bytes.length }, options, tape);
}

/**
 * The loop over the nodes; stops at the first fault, which the tokens keep.
 * One function, because its state (place, open container, depth) would otherwise go through memory at every node.
 */
function scanNodes(tape: Tape, options: ScanOptions): void {
  const { tokens } = tape;
  const { bytes, end } = tokens;
  let parent = NO_PARENT;
  let depth = 0;
  let at = tokens.space(tokens.start);
  if (at === end) {
    tokens.fail("E_JSON_SYNTAX", at, "there is no document");
    return;
  }
  for (;;) {
    // A value has to begin at `at`.
    const first = at < end ? bytes[at]! : 0;
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      if (depth === options.maxDepth) {
        tokens.fail("E_DEPTH", at, `nested deeper than ${options.maxDepth} brackets`);
        return;
      }
      const isObject = first === OPEN_OBJECT;
      parent = tape.open(isObject ? NodeKind.object : NodeKind.array, at, parent);
      depth += 1;
      at = tokens.space(at + 1);
      const isEmpty = at < end && bytes[at] === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY);
      if (!isEmpty) {
        if (isObject) at = scanKey(tape, at, "a key or '}'");
        if (at < 0) return;
        continue;
      }
    } else {
      at = first === QUOTE ? scanString(tape, at) : scanAtom(tape, at, options);
      if (at < 0) return;
    }
    // A value, or an opening bracket that is closed at once, stands before `at`: closing brackets, then a comma.
    for (;;) {
      at = tokens.space(at);
      if (parent === NO_PARENT) {
        if (at < end) tokens.refuse(at, "nothing more after the document");
        return;
      }
      const isObject = tape.kinds[parent] === NodeKind.object;
      if (at >= end) {
        tokens.cut(isObject ? "an object" : "an array");
        return;
      }
      const byte = bytes[at]!;
      if (byte === COMMA) {
        at = tokens.space(at + 1);
        if (isObject) at = scanKey(tape, at, "a key");
        if (at < 0) return;
        break;
      }
      if (byte !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        tokens.refuse(at, isObject ? "',' or '}'" : "',' or ']'");
        return;
      }
      at += 1;
      parent = tape.close(parent, at);
      depth -= 1;
    }
  }
}

/** Adds the key at `at` and goes on to the first byte of its value; -1 for a fault. */
function scanKey(tape: Tape, at: number, expected: string): number {
  const { tokens } = tape;
  const { bytes, end } = tokens;
  if (at >= end) return tokens.cut("an object");
  if (bytes[at] !== QUOTE) return tokens.refuse(at, expected);
  const behind = scanString(tape, at);
  if (behind < 0) return -1;
  const colon = tokens.space(behind);
  if (colon >= end) return tokens.cut("an object");
  if (bytes[colon] !== COLON) return tokens.refuse(colon, "':' after the key");
  return tokens.space(colon + 1);
}

/** Adds the string whose quote is at `at`; the byte behind it, or -1. */
function scanString(tape: Tape, at: number): number {
  const { tokens } = tape;
  const behind = tokens.string(at);
  if (behind >= 0) tape.leaf(tokens.escaped ? NodeKind.escapedString : NodeKind.string, at, behind);
  return behind;
}

/** Adds the number or literal at `at`; the byte behind it, or -1. */
function scanAtom(tape: Tape, at: number, options: ScanOptions): number {
  const { tokens } = tape;
  const { bytes, end } = tokens;
  if (at >= end) return tokens.cut("the place of a value");
  const first = bytes[at]!;
  const letter = first === MINUS ? at + 1 : at;
  let kind: NodeKind = NodeKind.number;
  let behind: number;
  if (first >= ZERO && first <= NINE) {
    behind = tokens.number(at);
  } else if (first === LOWER_N) {
    kind = NodeKind.null;
    behind = tokens.word(at, "null");
  } else if (first === LOWER_T) {
    kind = NodeKind.true;
    behind = tokens.word(at, "true");
  } else if (first === LOWER_F) {
    kind = NodeKind.false;
    behind = tokens.word(at, "false");
  } else if (first === UPPER_N || (letter < end && bytes[letter] === UPPER_I)) {
    kind = NodeKind.nonfinite;
    behind = tokens.nonfinite(at, letter, options.allowNan);
    if (behind >= 0) tape.nonfinite += 1;
  } else {
    behind = first === MINUS ? tokens.number(at) : tokens.refuse(at, "a value");
  }
  if (behind >= 0) tape.leaf(kind, at, behind);
  return behind;
}
