// Bytes to numbers, times and ids: the usual spellings of json/numbers.ts, json/times.ts, ingest/clock.ts and
// ingest/ids.ts, exactly; anything else is declined by `isRead = false`, and the interpreter reads it.
// Called by the steps. What must stay true: a value that is read is the one that the interpreter reads, to the last bit.

/** Whether the function called last could read its text. */
export let isRead: bool = false;
/** Nanoseconds behind the whole milliseconds that readNs() gave. */
export let nsOfMs: i32 = 0;

const EXACT_DIGITS: u32 = 15;
const MS_PER_DAY: i64 = 86_400_000;

// @ts-ignore: decorator
@inline
function digitAt(at: usize): u32 {
  return <u32>load<u8>(at) - 0x30;
}

/** The power of ten, 0 to 22: exact in f64. */
function powerOf(exponent: u32): f64 {
  let power: f64 = 1;
  let base: f64 = 10;
  for (let left = exponent; left > 0; left >>= 1) {
    if (left & 1) power *= base;
    base *= base;
  }
  return power;
}

/**
 * The float64 of a JSON number of at most 15 digits, exponents up to 22 included: Clinger, "How to read floating point
 * numbers accurately" (1990), section 3.
 */
export function readFloat(start: usize, end: usize): f64 {
  isRead = false;
  const isNegative = load<u8>(start) == 0x2d;
  let at = isNegative ? start + 1 : start;
  const first = at;
  let digits: u64 = 0;
  for (; at < end && digitAt(at) < 10; at += 1) digits = digits * 10 + digitAt(at);
  let count = <u32>(at - first);
  if (count == 0 || (count > 1 && load<u8>(first) == 0x30)) return 0;
  let exponent: i32 = 0;
  if (at < end && load<u8>(at) == 0x2e) {
    const fraction = at + 1;
    for (at = fraction; at < end && digitAt(at) < 10; at += 1) digits = digits * 10 + digitAt(at);
    exponent = -(<i32>(at - fraction));
    if (exponent == 0) return 0;
    count -= exponent;
  }
  if (count > EXACT_DIGITS) return 0;
  if (at < end && (load<u8>(at) | 0x20) == 0x65) {
    at += 1;
    const sign = load<u8>(at);
    if (sign == 0x2b || sign == 0x2d) at += 1;
    const mark = at;
    let shift: i32 = 0;
    for (; at < end && digitAt(at) < 10; at += 1) shift = min(shift * 10 + <i32>digitAt(at), 10_000);
    if (at == mark) return 0;
    exponent += sign == 0x2d ? -shift : shift;
  }
  if (at != end || exponent < -22 || exponent > 22) return 0;
  isRead = true;
  const whole = <f64>digits;
  const value = exponent < 0 ? whole / powerOf(-exponent) : whole * powerOf(exponent);
  return isNegative ? -value : value;
}

/** A whole number of at most 15 digits, without a sign. */
export function readWhole(start: usize, end: usize): i64 {
  const count = <u32>(end - start);
  isRead = false;
  if (count == 0 || count > EXACT_DIGITS || (count > 1 && load<u8>(start) == 0x30)) return 0;
  let value: i64 = 0;
  for (let at = start; at < end; at += 1) {
    const digit = digitAt(at);
    if (digit > 9) return 0;
    value = value * 10 + digit;
  }
  isRead = true;
  return value;
}

/** Whole ms of `1.234s`, or of a number of ms without a sign; floored. */
export function readDuration(start: usize, end: usize): i64 {
  isRead = false;
  if (end <= start) return 0;
  if (load<u8>(end - 1) != 0x73) return readWhole(start, end);
  let point = start;
  while (point < end - 1 && load<u8>(point) != 0x2e) point += 1;
  const seconds = readWhole(start, point);
  if (seconds > 9_000_000_000) isRead = false;
  if (!isRead || point == end - 1) return seconds * 1000;
  isRead = false;
  if (point + 2 == end) return 0;
  let ms: i64 = 0;
  let weight: i64 = 100;
  for (let at = point + 1; at < end - 1; at += 1) {
    const digit = digitAt(at);
    if (digit > 9) return 0;
    ms += weight * digit;
    weight /= 10;
  }
  isRead = true;
  return seconds * 1000 + ms;
}

/** The milliseconds of a number of 18 or 19 digits of nanoseconds; nsOfMs has the rest. */
export function readNs(start: usize, end: usize): i64 {
  const length = end - start;
  isRead = false;
  if (length < 18 || length > 19 || load<u8>(start) == 0x30 || (length == 19 && load<u8>(start) > 0x38)) return 0;
  let ns: i64 = 0;
  for (let at = start; at < end; at += 1) {
    const digit = digitAt(at);
    if (digit > 9) return 0;
    ns = ns * 10 + digit;
  }
  isRead = true;
  nsOfMs = <i32>(ns % 1_000_000);
  return ns / 1_000_000;
}

/** Two digits, or 100 and more. */
// @ts-ignore: decorator
@inline
function two(at: usize): u32 {
  const high = digitAt(at);
  const low = digitAt(at + 1);
  return high > 9 || low > 9 ? 1000 : high * 10 + low;
}

/** Days from 1970-01-01: Hinnant, "chrono-compatible low-level date algorithms" (2013), days_from_civil. */
function daysOf(year: i64, month: i64, day: i64): i64 {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = marchYear / 400;
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468;
}

/** Milliseconds of `2026-01-31T12:34:56`, with a fraction or without, and with Z, an offset of hours and minutes, or none. */
export function readIso(start: usize, end: usize): i64 {
  isRead = false;
  if (end < start + 19) return 0;
  const century = two(start);
  const year = two(start + 2);
  const month = two(start + 5);
  const day = two(start + 8);
  const hour = two(start + 11);
  const minute = two(start + 14);
  const second = two(start + 17);
  const mark = load<u8>(start, 10);
  if (load<u8>(start, 4) != 0x2d || load<u8>(start, 7) != 0x2d || load<u8>(start, 13) != 0x3a || load<u8>(start, 16) != 0x3a) return 0;
  if (mark != 0x54 && mark != 0x20) return 0;
  // Days 29 to 31 of short months are left to the interpreter, like the years before 1970.
  if (century > 99 || year > 99 || century * 100 + year < 1970 || month - 1 > 11 || day - 1 > 30 || hour > 23 || minute > 59 || second > 59) return 0;
  if (day > 28 && month != 1 && month != 3 && month != 5 && month != 7 && month != 8 && month != 10 && month != 12) {
    if (day == 31 || month == 2) return 0;
  }
  let at = start + 19;
  let ms: i64 = 0;
  if (at < end && load<u8>(at) == 0x2e) {
    let weight: i64 = 100;
    const fraction = at + 1;
    for (at = fraction; at < end && digitAt(at) < 10; at += 1) {
      ms += weight * digitAt(at);
      weight /= 10;
    }
    if (at == fraction) return 0;
  }
  let offset: i64 = 0;
  if (at < end) {
    const sign = load<u8>(at);
    if (sign == 0x5a) {
      if (at + 1 != end) return 0;
    } else if ((sign == 0x2b || sign == 0x2d) && at + 6 == end && load<u8>(at, 3) == 0x3a) {
      const hours = two(at + 1);
      const minutes = two(at + 4);
      if (hours > 23 || minutes > 59) return 0;
      offset = hours * 60 + minutes;
      if (sign == 0x2d) offset = -offset;
    } else return 0;
  }
  isRead = true;
  const minutes = <i64>hour * 60 + minute - offset;
  return daysOf(century * 100 + year, month, day) * MS_PER_DAY + minutes * 60_000 + second * 1000 + ms;
}

/** By byte: the value of a hexadecimal digit, or 255. */
const HEX_DIGITS = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 255, 255, 255, 255, 255, 255, 10, 11, 12, 13, 14, 15, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  10, 11, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
]);

/** By byte: the six bits of a base64 character of either alphabet, or 255. */
const SIX_BITS = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 62, 255, 62,
  255, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 255, 255, 255, 255, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 255, 255, 255, 255, 63, 255, 26, 27, 28, 29, 30,
  31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
]);

// @ts-ignore: decorator
@inline
function hexDigit(byte: u32): u32 {
  return load<u8>(HEX_DIGITS + byte);
}

// @ts-ignore: decorator
@inline
function sixBits(byte: u32): u32 {
  return load<u8>(SIX_BITS + byte);
}

/** The 64 bits of a span id: 16 hex digits, 0x and up to 16, or base64 of 8 bytes. */
export function readSpanId(start: usize, end: usize): u64 {
  isRead = false;
  const length = end - start;
  let value: u64 = 0;
  if (length == 12 && load<u8>(end - 1) == 0x3d) {
    if (load<u8>(end - 2) == 0x3d) return 0;
    for (let at = start; at < end - 1; at += 1) {
      const six = sixBits(load<u8>(at));
      if (six > 63) return 0;
      if (at == end - 2) {
        // Eleven characters hold 66 bits; the last two must be zero.
        if ((six & 3) != 0) return 0;
        value = (value << 4) | (six >> 2);
      } else value = (value << 6) | six;
    }
    isRead = true;
    return value;
  }
  let at = start;
  if (length != 16) {
    if (length < 3 || length > 18 || load<u8>(start) != 0x30 || (load<u8>(start, 1) | 0x20) != 0x78) return 0;
    at = start + 2;
  }
  for (; at < end; at += 1) {
    const digit = hexDigit(load<u8>(at));
    if (digit > 15) return 0;
    value = (value << 4) | digit;
  }
  isRead = true;
  return value;
}

/** Writes 64 bits as 16 lower hex digits. */
export function writeHex(value: u64, out: usize): void {
  for (let shift: u64 = 60; ; shift -= 4) {
    const digit = <u32>(value >> shift) & 15;
    store<u8>(out, digit < 10 ? 0x30 + digit : 0x57 + digit);
    out += 1;
    if (shift == 0) return;
  }
}

/** Whether a trace id stands in its one spelling already: `tr-` and 32 lower hex digits, or the digits alone. */
export function isPlainTraceId(start: usize, end: usize): bool {
  const length = end - start;
  let at = start;
  if (length == 35) {
    if (load<u16>(at) != 0x7274 || load<u8>(at, 2) != 0x2d) return false;
    at += 3;
  } else if (length != 32) return false;
  for (; at < end; at += 1) {
    const byte = <u32>load<u8>(at);
    if (byte - 0x30 >= 10 && byte - 0x61 >= 6) return false;
  }
  return true;
}
