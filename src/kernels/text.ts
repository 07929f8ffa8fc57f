// Predicates on texts that stand as bytes: a block of a Utf8 column, or the values of a dictionary.
// Called by exec/evaluate-text: for a dictionary column once over its values, never once a row. What must stay true: order
// is by code point, which for UTF-8 is the order of the bytes; a missing text gives unknown.

import { Buffer } from "node:buffer";
import { isPresent } from "../columns/column.ts";
import type { CompareOp } from "./compare.ts";
import { UNKNOWN } from "./logic.ts";
import type { Selection } from "./select.ts";

/** Text t is `bytes[offsets[t], offsets[t + 1])`. */
export interface TextValues {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly validity: Uint8Array | undefined;
}

/** Something that a text matches or does not. */
export interface TextMatcher {
  matches(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Order of `a.bytes[a.start, a.end)` and `b.bytes[b.start, b.end)`: negative, 0 or positive. */
export function compareRanges(a: ByteRange, b: ByteRange): number {
  let i = a.start;
  let j = b.start;
  while (i < a.end && j < b.end) {
    const difference = a.bytes[i]! - b.bytes[j]!;
    if (difference !== 0) return difference;
    i += 1;
    j += 1;
  }
  return a.end - i - (b.end - j);
}

/** Bytes [start, end) of a buffer. */
export interface ByteRange {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Truth of a comparison from the order of its operands (negative, 0, positive). */
export function truthOfOrder(op: CompareOp, order: number): 0 | 1 {
  switch (op) {
    case "=":
      return order === 0 ? 1 : 0;
    case "!=":
      return order !== 0 ? 1 : 0;
    case "<":
      return order < 0 ? 1 : 0;
    case "<=":
      return order <= 0 ? 1 : 0;
    case ">":
      return order > 0 ? 1 : 0;
    case ">=":
      return order >= 0 ? 1 : 0;
  }
}

/** A matcher for `text op literal`. `literal`: UTF-8. */
export function comparison(op: CompareOp, literal: Uint8Array): TextMatcher {
  const right: ByteRange = { bytes: literal, start: 0, end: literal.length };
  const left: ByteRange = { bytes: literal, start: 0, end: 0 };
  const equality = op === "=" || op === "!=";
  return {
    matches(bytes, start, end) {
      if (equality && end - start !== literal.length) return op === "!=";
      left.bytes = bytes;
      left.start = start;
      left.end = end;
      return truthOfOrder(op, compareRanges(left, right)) === 1;
    },
  };
}

/** Truth of a matcher for each text of `rows`. */
export function matchTexts(
  what: { readonly texts: TextValues; readonly matcher: TextMatcher },
  rows: Selection,
  out: Uint8Array,
): void {
  const { offsets, bytes, validity } = what.texts;
  const { matcher } = what;
  const { positions, count } = rows;
  // One call a text: a matcher is a loop over its bytes, beside which the call is small.
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    if (!isPresent(validity, row)) out[row] = UNKNOWN;
    else out[row] = matcher.matches(bytes, offsets[row]!, offsets[row + 1]!) ? 1 : 0;
  }
}

/** What every matching text holds: `bytes`, in lower case when letters of ASCII match in either case (`fold`). */
export interface Literal {
  readonly bytes: Uint8Array;
  readonly fold: boolean;
}

/**
 * As matchTexts, for a matcher whose texts all hold a literal: the bytes of all texts are searched at once, and the
 * matcher is asked only about texts that the literal stands in. May write to rows outside of `rows`, below `length`.
 */
export function matchTextsHolding(
  what: {
    readonly texts: TextValues;
    readonly length: number;
    readonly matcher: TextMatcher;
    readonly literal: Literal;
  },
  rows: Selection,
  out: Uint8Array,
): void {
  const { texts, length, matcher, literal } = what;
  const { offsets, bytes, validity } = texts;
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = isPresent(validity, row) ? 0 : UNKNOWN;
  }
  const base = offsets[0]!;
  const own = bytes.subarray(base, offsets[length]!);
  const searched = literal.fold ? lowerBytes(own) : own;
  const haystack = Buffer.from(searched.buffer, searched.byteOffset, searched.byteLength);
  let row = 0;
  for (let hit = haystack.indexOf(literal.bytes); hit >= 0; ) {
    const at = base + hit;
    while (offsets[row + 1]! <= at) row += 1;
    const end = offsets[row + 1]!;
    // A hit over the edge of two texts is none of either; the next one may begin right behind it.
    if (at + literal.bytes.length > end) {
      hit = haystack.indexOf(literal.bytes, hit + 1);
      continue;
    }
    out[row] = matcher.matches(bytes, offsets[row]!, end) ? 1 : 0;
    hit = haystack.indexOf(literal.bytes, end - base);
  }
}

/** The bytes with ASCII letters in lower case; offsets stay as they are. */
export function lowerBytes(bytes: Uint8Array): Uint8Array {
  const lower = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i]!;
    lower[i] = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
  }
  return lower;
}

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const LONGEST_NUMBER = 400;

/** The number that a text spells in JSON's form, else NaN; also NaN when it is beyond float64. */
export function numberOfText(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > LONGEST_NUMBER) return Number.NaN;
  let text = "";
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte > 0x7a) return Number.NaN;
    text += String.fromCharCode(byte);
  }
  if (!JSON_NUMBER.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value + 0 : Number.NaN;
}
