// Bytes to numbers and times: the usual spellings of json/numbers.ts, json/times.ts and ingest/clock.ts, exactly; anything
// else is declined by `isRead = false`, and the interpreter reads it. Eight digits are read at once (as in Lemire, "Number
// parsing at a gigabyte per second", 2021, section 4); up to 8 bytes behind a value are read.
// Called by the steps. What must stay true: a value that is read is the one that the interpreter reads, to the last bit.

import { digitsEnd } from "./bytes.as";
import { floatOf } from "./floats.as";

/** Whether the function called last could read its text. */
export let isRead: bool = false;
/** As isRead, for callers outside of this module. */
export function wasRead(): bool { return isRead; }
/** Nanoseconds behind the whole milliseconds that readNs() gave. */
export let nsOfMs: i32 = 0;

/** Digits that a u64 always holds. */
const MOST_DIGITS: u32 = 19;
const EXACT_DIGITS: u32 = 15;
const MS_PER_DAY: i64 = 86_400_000;
/** Larger than any eight digits. */
const NO_DIGITS: u32 = 0xffff_ffff;
const ZEROS: u64 = 0x3030_3030_3030_3030;

// @ts-ignore: decorator
@inline
function digitAt(at: usize): u32 {
  return <u32>load<u8>(at) - 0x30;
}

/** Whether all eight bytes are digits: their upper halves are 3, also when 6 was added to the lower ones. */
// @ts-ignore: decorator
@inline
function areDigits(bytes: u64): bool {
  const upper: u64 = 0xf0f0_f0f0_f0f0_f0f0;
  return ((bytes & upper) | (((bytes + 0x0606_0606_0606_0606) & upper) >> 4)) == 0x3333_3333_3333_3333;
}

/** The number that eight digits spell: pairs, then fours, then eight at once in one word. */
// @ts-ignore: decorator
@inline
function eight(bytes: u64): u32 {
  const ones = bytes - ZEROS;
  const pairs = ones * 10 + (ones >> 8);
  const mask: u64 = 0x0000_00ff_0000_00ff;
  return <u32>(((pairs & mask) * 0x000f_4240_0000_0064 + ((pairs >> 16) & mask) * 0x0000_2710_0000_0001) >> 32);
}

/** The number that `count` digits spell, 1 to 8, or NO_DIGITS. */
// @ts-ignore: decorator
@inline
function upToEight(at: usize, count: u32): u32 {
  const bits = <u64>count << 3;
  const bytes = (load<u64>(at) << (64 - bits)) | ((ZEROS >> 8) >> (bits - 8));
  return areDigits(bytes) ? eight(bytes) : NO_DIGITS;
}

/** 10^0 to 10^7. */
const TENS = memory.data<u32>([1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000], 4);

/** What takeDigits() has read. */
let taken: u64 = 0;

/** The first byte at or behind `at` that is no digit, or `end`; the digits are taken into `taken`. */
// @ts-ignore: decorator
@inline
function takeDigits(at: usize, end: usize): usize {
  const behind = min(digitsEnd(at), end);
  let value = taken;
  for (; at + 8 <= behind; at += 8) value = value * 100_000_000 + eight(load<u64>(at));
  if (at < behind) {
    const count = <u32>(behind - at);
    value = value * load<u32>(TENS + (<usize>count << 2)) + upToEight(at, count);
  }
  taken = value;
  return behind;
}

/** The float64 of a JSON number of at most 19 digits behind its first zeros; see floats.as.ts. */
export function readFloat(start: usize, end: usize): f64 {
  isRead = false;
  const isNegative = load<u8>(start) == 0x2d;
  const first = isNegative ? start + 1 : start;
  taken = 0;
  let at = takeDigits(first, end);
  let count = <u32>(at - first);
  if (count == 0 || (count > 1 && load<u8>(first) == 0x30)) return 0;
  let exponent: i32 = 0;
  if (at < end && load<u8>(at) == 0x2e) {
    const fraction = at + 1;
    at = takeDigits(fraction, end);
    exponent = -(<i32>(at - fraction));
    if (exponent == 0) return 0;
    count -= exponent;
    // Zeros in front are no digits of the number.
    if (count > MOST_DIGITS && load<u8>(first) == 0x30) {
      count -= 1;
      for (let zero = fraction; count > MOST_DIGITS && load<u8>(zero) == 0x30; zero += 1) count -= 1;
    }
  }
  if (count > MOST_DIGITS) return 0;
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
  if (at != end) return 0;
  const value = floatOf(taken, exponent);
  isRead = !isNaN(value);
  return isNegative ? -value : value;
}

/** A whole number of at most 15 digits, without a sign. */
export function readWhole(start: usize, end: usize): i64 {
  const count = <u32>(end - start);
  isRead = false;
  if (count - 1 >= EXACT_DIGITS || (count > 1 && load<u8>(start) == 0x30)) return 0;
  if (count <= 8) {
    const value = upToEight(start, count);
    isRead = value != NO_DIGITS;
    return value;
  }
  const upper = upToEight(start, count - 8);
  const lower = upToEight(end - 8, 8);
  isRead = upper != NO_DIGITS && lower != NO_DIGITS;
  return <i64>upper * 100_000_000 + lower;
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
  if (length - 18 > 1 || load<u8>(start) == 0x30 || (length == 19 && load<u8>(start) > 0x38)) return 0;
  const upper = upToEight(start, <u32>length - 16);
  const middle = upToEight(end - 16, 8);
  const lower = upToEight(end - 8, 8);
  if (upper == NO_DIGITS || middle == NO_DIGITS || lower == NO_DIGITS) return 0;
  isRead = true;
  nsOfMs = <i32>(lower % 1_000_000);
  return <i64>upper * 10_000_000_000 + <i64>middle * 100 + lower / 1_000_000;
}

/** Two digits, or 100 and more. */
// @ts-ignore: decorator
@inline
function two(at: usize): u32 {
  const high = digitAt(at);
  const low = digitAt(at + 1);
  return high > 9 || low > 9 ? 1000 : high * 10 + low;
}

/** Days from 1970-01-01: Hinnant, "chrono-compatible low-level date algorithms" (2013), days_from_civil, for years to 9999. */
function daysOf(year: u32, month: u32, day: u32): i32 {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = marchYear / 400;
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return <i32>(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear) - 719_468;
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
  return <i64>daysOf(century * 100 + year, month, day) * MS_PER_DAY + minutes * 60_000 + second * 1000 + ms;
}
