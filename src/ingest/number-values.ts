// Number nodes, and strings that hold numbers -> values of columns, or the reason why there is none.
// Called by field-steps.ts. What must stay true: NaN is "no value"; what cannot be read is counted under its name; an
// integer is exact, as a number up to 2^53 in magnitude and as a bigint beyond.

import type { Cursor } from "../json/cursor.ts";
import { isNumberText, parseDurationMs, parseFloored, parseInt64, parseInteger, parseNumber } from "../json/scalars.ts";
import { NodeKind } from "../json/tape.ts";
import type { Counts } from "./counters.ts";
import type { TextReader } from "./text-reader.ts";

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const MINUS = 0x2d;

/** Where a number is read from, and what counts its oddities. */
export interface NumberSource {
  readonly text: TextReader;
  readonly counts: Counts;
}

/** The number, or the text of a string, at `node` is in `source.text` afterwards; false for other kinds. */
function readNumberText(source: NumberSource, cursor: Cursor, node: number): boolean {
  const kind = cursor.tape.kinds[node];
  if (kind === NodeKind.true || kind === NodeKind.false) return false;
  return source.text.read(cursor, node) === "scalar";
}

/** A finite float64, also from a string that spells one. */
export function readFloat(source: NumberSource, cursor: Cursor, node: number): number {
  if (cursor.tape.kinds[node] === NodeKind.nonfinite) return Number.NaN;
  const { text, counts } = source;
  if (!readNumberText(source, cursor, node) || !isNumberText(text.bytes, text.start, text.end)) {
    counts.add("badNumbers");
    return Number.NaN;
  }
  const value = parseNumber(text.bytes, text.start, text.end);
  if (Number.isFinite(value)) return value;
  counts.add("nonfinite");
  return Number.NaN;
}

/** A token count as MLflow's server converts it: integers within int64, integral numbers, strings of decimal digits. */
export function readTokens(source: NumberSource, cursor: Cursor, node: number): number | bigint {
  const { text, counts } = source;
  const kind = cursor.tape.kinds[node];
  if (kind === NodeKind.nonfinite) return Number.NaN;
  if (!readNumberText(source, cursor, node) || (kind !== NodeKind.number && !isDigits(text))) {
    counts.add("badTokens");
    return Number.NaN;
  }
  const { bytes, start, end } = text;
  const value = parseInteger(bytes, start, end) ?? parseInt64(bytes, start, end);
  if (value === undefined) {
    counts.add("badTokens");
    return Number.NaN;
  }
  if (value < 0) counts.add("negativeTokens");
  return value;
}

/** Whole ms within int64: a number or digits are ms, a text that ends with `s` is seconds; floored. */
export function readDurationMs(source: NumberSource, cursor: Cursor, node: number): number | bigint {
  const { text, counts } = source;
  if (cursor.tape.kinds[node] === NodeKind.nonfinite) return Number.NaN;
  if (readNumberText(source, cursor, node)) {
    const { bytes, start, end } = text;
    const ms = parseDurationMs(bytes, start, end) ?? flooredNumber(bytes, start, end);
    if (ms !== undefined) {
      if (ms < 0) counts.add("negativeDurations");
      return ms === 0 ? 0 : ms;
    }
  }
  counts.add("badDurations");
  return Number.NaN;
}

function flooredNumber(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
  if (!isNumberText(bytes, start, end)) return undefined;
  const value = Math.floor(parseNumber(bytes, start, end));
  return Number.isSafeInteger(value) ? value : parseFloored(bytes, start, end);
}

function isDigits({ bytes, start, end }: TextReader): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start;
  if (first >= end) return false;
  for (let at = first; at < end; at += 1) if (bytes[at]! < DIGIT_0 || bytes[at]! > DIGIT_9) return false;
  return true;
}
