// Texts and numbers that mean instants and durations: ISO 8601, "1.234s", epochs in s, ms, µs or ns.
// Called by ingest; each function takes a range `[start, end)`: the inside of a string, or a number token.
// ISO 8601 as RFC 3339 profiles it, widened to what exporters write: a blank for the T, seconds or the whole time left
// out, offsets as +hh:mm, +hhmm or +hh, no offset (UTC). Not instants: 30 February, hour 24, second 60 (leap seconds have
// no place in epoch time, and no exporter's clock shows one), years outside 0001 to 9999.
// What must stay true: decimal arithmetic is exact; fractions are cut towards minus infinity, never rounded.

import { isDigit, skipDigits } from "./number-token.ts";
import { decimalToInt64, numberWithin, readDecimal, wholeDigits } from "./numbers.ts";

const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const BLANK = 0x20;
const UPPER_T = 0x54;
const LOWER_T = 0x74;
const UPPER_Z = 0x5a;
const LOWER_Z = 0x7a;
const LOWER_S = 0x73;

const MS_PER_DAY = 86_400_000;
const MS_PER_MINUTE = 60_000;
const DATE_LENGTH = 10;
const NANO_DIGITS = 9;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** An instant: whole milliseconds since 1970 UTC, floored, and the nanoseconds beyond them, 0 to 999,999. */
export interface Instant {
  readonly ms: number;
  readonly nsOfMs: number;
}

/** The instant of an ISO 8601 text; digits of a second behind the ninth are cut. Undefined when it is none. */
export function parseTime(bytes: Uint8Array, start: number, end: number): Instant | undefined {
  const days = readDate(bytes, start, end);
  if (Number.isNaN(days)) return undefined;
  const timeStart = start + DATE_LENGTH;
  if (timeStart === end) return { ms: days * MS_PER_DAY, nsOfMs: 0 };
  const mark = bytes[timeStart];
  if (mark !== UPPER_T && mark !== LOWER_T && mark !== BLANK) return undefined;
  const hour = readTwo(bytes, timeStart + 1, end);
  const minute = readTwo(bytes, timeStart + 4, end);
  if (!(hour <= 23 && minute <= 59) || bytes[timeStart + 3] !== COLON) return undefined;
  let at = timeStart + 6;
  let second = 0;
  let nanos = 0;
  if (at < end && bytes[at] === COLON) {
    second = readTwo(bytes, at + 1, end);
    if (!(second <= 59)) return undefined;
    at += 3;
    if (at < end && (bytes[at] === POINT || bytes[at] === COMMA)) {
      const fraction = at + 1;
      at = skipDigits(bytes, fraction, end);
      if (at === fraction) return undefined;
      nanos = readNanos(bytes, fraction, at);
    }
  }
  const offset = readOffset(bytes, at, end);
  if (Number.isNaN(offset)) return undefined;
  const minutes = hour * 60 + minute - offset;
  const ms = days * MS_PER_DAY + minutes * MS_PER_MINUTE + second * 1000 + Math.floor(nanos / 1e6);
  return { ms, nsOfMs: nanos % 1e6 };
}

/**
 * Whole milliseconds, floored, of a protobuf duration: a JSON number of seconds and an `s`; a bigint beyond 2^53 in
 * magnitude. Undefined for other text, and beyond int64.
 */
export function parseDurationMs(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
  if (end <= start || bytes[end - 1] !== LOWER_S) return undefined;
  const seconds = readDecimal(bytes, start, end - 1);
  const ms = seconds === undefined ? undefined : decimalToInt64(seconds, 3, "floor");
  return ms === undefined ? undefined : numberWithin(ms);
}

/**
 * Nanoseconds since 1970 of a JSON number (or of a string that holds one), by the unit that its magnitude tells:
 * from 1e17 ns, from 1e14 µs, from 1e11 ms, below s; floored. Undefined when it is no number or beyond int64.
 */
export function parseEpochNs(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const decimal = readDecimal(bytes, start, end);
  if (decimal === undefined) return undefined;
  const digits = wholeDigits(decimal);
  const shift = digits > 17 ? 0 : digits > 14 ? 3 : digits > 11 ? 6 : 9;
  return decimalToInt64(decimal, shift, "floor");
}

/** Days since 1970 of the YYYY-MM-DD at `start`; NaN when there is none or no such day. */
function readDate(bytes: Uint8Array, start: number, end: number): number {
  const year = readTwo(bytes, start, end) * 100 + readTwo(bytes, start + 2, end);
  const month = readTwo(bytes, start + 5, end);
  const day = readTwo(bytes, start + 8, end);
  if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return Number.NaN;
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > DAYS_IN_MONTH[month - 1]! + (month === 2 && isLeap ? 1 : 0)) return Number.NaN;
  return daysFromCivil(year, month, day);
}

/**
 * Days from 1970-01-01 in the proleptic Gregorian calendar: Hinnant, "chrono-compatible low-level date algorithms"
 * (2013), days_from_civil. Years are counted from March, so that the leap day is their last.
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Minutes east of UTC of the rest `[at, end)`: empty or Z is 0; NaN when it is no offset. */
function readOffset(bytes: Uint8Array, at: number, end: number): number {
  if (at === end) return 0;
  const sign = bytes[at];
  if (sign === UPPER_Z || sign === LOWER_Z) return at + 1 === end ? 0 : Number.NaN;
  if (sign !== PLUS && sign !== MINUS) return Number.NaN;
  const hour = readTwo(bytes, at + 1, end);
  let minute = 0;
  if (at + 3 !== end) {
    const minuteAt = bytes[at + 3] === COLON ? at + 4 : at + 3;
    if (minuteAt + 2 !== end) return Number.NaN;
    minute = readTwo(bytes, minuteAt, end);
  }
  if (!(hour <= 23 && minute <= 59)) return Number.NaN;
  return (sign === MINUS ? -1 : 1) * (hour * 60 + minute);
}

/** The number that two digits at `at` are; NaN when they are not both there. */
function readTwo(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end || !isDigit(bytes[at]!) || !isDigit(bytes[at + 1]!)) return Number.NaN;
  return (bytes[at]! - ZERO) * 10 + (bytes[at + 1]! - ZERO);
}

/** The first nine digits of `[start, end)` as nanoseconds of a second. */
function readNanos(bytes: Uint8Array, start: number, end: number): number {
  let nanos = 0;
  for (let i = 0; i < NANO_DIGITS; i += 1) nanos = nanos * 10 + (start + i < end ? bytes[start + i]! - ZERO : 0);
  return nanos;
}
