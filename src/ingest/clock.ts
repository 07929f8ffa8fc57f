// Times of traces and spans: ISO 8601 texts and bare numbers in whatever unit -> ms or exact ns.
// Called by the value readers and the span functions. What must stay true: ns are exact for every spelling of a number; ms
// are floored; a number is in the unit of its key unless its size says otherwise.
//
// Size says otherwise only where no other reading makes sense: 10 and 11 digits are seconds, 12 to 14 ms, 15 to 17 µs, 18
// and more ns (years 2001 to 5138 in every unit). Below 1e9 the key's unit holds: small numbers are test data, and 0 is
// 1970 in every unit.

import { MAX_TIME_MS } from "../base/units.ts";
import { decimalToInt64, readDecimal, wholeDigits } from "../json/numbers.ts";
import { parseTime } from "../json/times.ts";

/** The number or text to read, without quotes, and the unit that its key names: 10^unitDigits ns. */
export interface TimeText {
  readonly start: number;
  readonly end: number;
  /** 0 for ns, 6 for ms. */
  readonly unitDigits: 0 | 6;
}

/** Why a text or number is no time: none at all, or beyond int64. */
export type NoTime = "time" | "range";

const DIGIT_0 = 0x30;
const NS_PER_MS = 1_000_000n;
/** Digits of the nanoseconds behind a whole millisecond. */
const MS_DIGITS = 6;

function unitDigitsOf(digits: number, keyUnit: number): number {
  if (digits < 10) return keyUnit;
  if (digits < 12) return 9;
  if (digits < 15) return 6;
  return digits < 18 ? 3 : 0;
}

/** Nanoseconds since 1970, floored. */
export function readNs(bytes: Uint8Array, text: TimeText): bigint | NoTime {
  const { start, end } = text;
  const decimal = readDecimal(bytes, start, end);
  if (decimal !== undefined) {
    const shift = unitDigitsOf(wholeDigits(decimal), text.unitDigits);
    return decimalToInt64(decimal, shift, "floor") ?? "range";
  }
  const time = parseTime(bytes, start, end);
  if (time === undefined) return "time";
  const ns = BigInt(time.ms) * NS_PER_MS + BigInt(time.nsOfMs);
  return BigInt.asIntN(64, ns) === ns ? ns : "range";
}

/** Milliseconds since 1970, floored; beyond MAX_TIME_MS it is no time. */
export function readMs(bytes: Uint8Array, text: TimeText): number | NoTime {
  const { start, end } = text;
  const decimal = readDecimal(bytes, start, end);
  if (decimal === undefined) return parseTime(bytes, start, end)?.ms ?? "time";
  const unit = unitDigitsOf(wholeDigits(decimal), text.unitDigits);
  const scaled = decimalToInt64(decimal, Math.max(0, unit - MS_DIGITS), "floor");
  if (scaled === undefined) return "range";
  const ms = Number(unit < MS_DIGITS ? floorDivide(scaled, 10n ** BigInt(MS_DIGITS - unit)) : scaled);
  return Math.abs(ms) > MAX_TIME_MS ? "time" : ms;
}

/** Quotient rounded toward minus infinity; `by` positive. */
export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** An instant in two exact parts: `ms` whole milliseconds since 1970, floored, and `nsOfMs` in [0, 1e6). */
export interface NsParts {
  ms: number;
  nsOfMs: number;
}

/** The two parts of exact nanoseconds. */
export function splitNs(ns: bigint, out: NsParts): void {
  const ms = floorDivide(ns, NS_PER_MS);
  out.ms = Number(ms);
  out.nsOfMs = Number(ns - ms * NS_PER_MS);
}

/** The exact nanoseconds of two parts. */
export function joinNs(parts: NsParts): bigint {
  return BigInt(parts.ms) * NS_PER_MS + BigInt(parts.nsOfMs);
}

/**
 * Reads a plain number of 18 or 19 digits, ns in every reading: the usual form of span times, without a bigint.
 * False for anything else, also for 19 digits that begin with 9, which may pass int64.
 */
export function readPlainNs(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  out: NsParts,
): boolean {
  const { start, end } = range;
  const length = end - start;
  if (length < 18 || length > 19 || bytes[start] === DIGIT_0 || (length === 19 && bytes[start]! > 0x38)) return false;
  let ms = 0;
  let nsOfMs = 0;
  const split = end - MS_DIGITS;
  for (let at = start; at < end; at += 1) {
    const digit = bytes[at]! - DIGIT_0;
    if (digit < 0 || digit > 9) return false;
    if (at < split) ms = ms * 10 + digit;
    else nsOfMs = nsOfMs * 10 + digit;
  }
  out.ms = ms;
  out.nsOfMs = nsOfMs;
  return true;
}
