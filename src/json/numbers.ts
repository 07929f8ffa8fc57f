// JSON number text to numbers: correctly rounded float64, exact integers. No string is built on the usual paths.
// Called by ingest for columns and by kernels for keyed text that is compared as a number. Every function takes a range
// `[start, end)`, wants exactly one JSON number in it (a token, or the inside of a string), and says so when it is none.
// What must stay true: an integer is exact or refused, never rounded.

import { isDigit, isExponentMark, skipNumber } from "./number-token.ts";
import { decodeText } from "./text.ts";

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** 10^0 to 10^22: the powers of ten that float64 holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** An integer of this many digits is below 2^53. */
const EXACT_DIGITS = 15;
/** An int64 is read in two halves that float64 holds exactly: value = high * HALF + low, low < HALF. */
const HALF_DIGITS = 9;
const HALF = 1e9;
/** Digits of the largest int64. */
const INT64_DIGITS = 19;
const TWO_16 = 2 ** 16;
const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
const SAFE = 2n ** 53n;
/** Exponents are clamped here: far above any document's number of digits, far below 2^53. */
const HUGE_EXPONENT = 1e12;
/** Eight bytes through which two 32-bit halves become one bigint, which is cheaper than bigint arithmetic. */
const INT64 = new DataView(new ArrayBuffer(8));

/**
 * The nearest float64 (ties to even) of a JSON number, NaN, Infinity or -Infinity; 1e400 is Infinity; NaN when the range
 * is none of these. Exact fast path: Clinger, "How to read floating point numbers accurately" (1990), section 3: digits
 * below 2^53 times or divided by an exact power of ten round once.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS && start < end;
  const first = isNegative ? start + 1 : start;
  let p = first;
  let digits = 0;
  for (; p < end && isDigit(bytes[p]!); p += 1) digits = digits * 10 + (bytes[p]! - ZERO);
  let count = p - first;
  let fraction = 0;
  if (p < end && bytes[p] === POINT) {
    const behindPoint = p + 1;
    p = behindPoint;
    for (; p < end && isDigit(bytes[p]!); p += 1) digits = digits * 10 + (bytes[p]! - ZERO);
    fraction = p - behindPoint;
    if (fraction === 0) return Number.NaN;
    count += fraction;
  }
  const hasLeadingZero = bytes[first] === ZERO && count - fraction > 1;
  if (p !== end || count === fraction || count > EXACT_DIGITS || hasLeadingZero)
    return parseAnyNumber(bytes, start, end);
  const value = digits / EXACT_POWERS[fraction]!;
  return isNegative ? -value : value;
}

/** The general case: exponents, many digits, non-finite words. */
function parseAnyNumber(bytes: Uint8Array, start: number, end: number): number {
  const text = decodeText(bytes, start, end);
  const isNonfinite = text === "NaN" || text === "Infinity" || text === "-Infinity";
  return isNonfinite || skipNumber(bytes, start, end) === end ? Number(text) : Number.NaN;
}

/** The exact value of an integer in any JSON form (`12`, `1.7e18`, `100.0`); undefined when it is no integer in int64. */
export function parseInt64(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const decimal = readDecimal(bytes, start, end);
  return decimal === undefined ? undefined : decimalToInt64(decimal, 0, "refuse");
}

/** The integer below or at a JSON number: a bigint beyond 2^53 in magnitude; undefined beyond int64. */
export function parseFloored(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
  const decimal = readDecimal(bytes, start, end);
  const exact = decimal === undefined ? undefined : decimalToInt64(decimal, 0, "floor");
  return exact === undefined ? undefined : numberWithin(exact);
}

/** An integer as a number, where its magnitude is at most 2^53. */
export function numberWithin(exact: bigint): number | bigint {
  return exact > SAFE || exact < -SAFE ? exact : Number(exact);
}

/** As parseInt64, as a number; undefined beyond 2^53 in magnitude too. `-0` is 0. */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number | undefined {
  const isNegative = bytes[start] === MINUS && start < end;
  const first = isNegative ? start + 1 : start;
  let value = 0;
  let p = first;
  for (; p < end && isDigit(bytes[p]!); p += 1) value = value * 10 + (bytes[p]! - ZERO);
  const count = p - first;
  if (p === end && count > 0 && count <= EXACT_DIGITS && (count === 1 || bytes[first] !== ZERO)) {
    return isNegative && value !== 0 ? -value : value;
  }
  const exact = parseInt64(bytes, start, end);
  if (exact === undefined || exact > SAFE || exact < -SAFE) return undefined;
  return Number(exact);
}

/** Where the digits of a JSON number stand and what they mean. */
export interface Decimal {
  readonly bytes: Uint8Array;
  readonly isNegative: boolean;
  /** The digits, with the point among them: `[digitsStart, digitsEnd)`. */
  readonly digitsStart: number;
  readonly digitsEnd: number;
  /** How many digits stand before the point once the exponent has moved it; may be negative or past the digits. */
  readonly pointAt: number;
}

/** The shape of the JSON number in `[start, end)`; undefined when it is none. */
export function readDecimal(bytes: Uint8Array, start: number, end: number): Decimal | undefined {
  if (skipNumber(bytes, start, end) !== end) return undefined;
  const isNegative = bytes[start] === MINUS;
  const digitsStart = isNegative ? start + 1 : start;
  let point = -1;
  let p = digitsStart;
  for (; p < end && !isExponentMark(bytes[p]!); p += 1) if (bytes[p] === POINT) point = p;
  const before = (point < 0 ? p : point) - digitsStart;
  return { bytes, isNegative, digitsStart, digitsEnd: p, pointAt: before + readExponent(bytes, p, end) };
}

/** n where 10^(n - 1) <= |number| < 10^n, so 0 or less for a fraction; 0 for zero itself. */
export function wholeDigits({ bytes, digitsStart, digitsEnd, pointAt }: Decimal): number {
  let count = pointAt;
  for (let p = digitsStart; p < digitsEnd; p += 1) {
    if (bytes[p] === POINT) continue;
    if (bytes[p] !== ZERO) return count;
    count -= 1;
  }
  return 0;
}

/**
 * The number times 10^shift, exactly; `shift` is 0 to 18. What is left behind the point then either refuses the number
 * or is dropped towards minus infinity. Undefined when it is refused or no int64.
 */
export function decimalToInt64(decimal: Decimal, shift: number, fraction: "refuse" | "floor"): bigint | undefined {
  const { bytes, isNegative, digitsEnd } = decimal;
  let high = 0;
  let low = 0;
  let isInexact = false;
  // A digit's weight is the power of ten that it stands for, after the shift.
  let weight = decimal.pointAt + shift - 1;
  for (let p = decimal.digitsStart; p < digitsEnd; p += 1) {
    const byte = bytes[p]!;
    if (byte === POINT) continue;
    const digit = byte - ZERO;
    if (digit !== 0) {
      if (weight >= INT64_DIGITS) return undefined;
      if (weight >= HALF_DIGITS) high += digit * EXACT_POWERS[weight - HALF_DIGITS]!;
      else if (weight >= 0) low += digit * EXACT_POWERS[weight]!;
      else if (fraction === "refuse") return undefined;
      else isInexact = true;
    }
    weight -= 1;
  }
  return toInt64(isNegative, high, isInexact && isNegative ? low + 1 : low);
}

/** +-(high * HALF + low) where high < 10^10 and low <= HALF; undefined beyond int64. */
function toInt64(isNegative: boolean, high: number, low: number): bigint | undefined {
  // The product is taken in two parts of 16 bits of `high`, so that every step stays below 2^53.
  const upper = Math.floor(high / TWO_16) * HALF;
  const lower = (high % TWO_16) * HALF + low + (upper % TWO_16) * TWO_16;
  const top = Math.floor(upper / TWO_16) + Math.floor(lower / TWO_32);
  const bottom = lower % TWO_32;
  if (top >= TWO_31 && !(isNegative && top === TWO_31 && bottom === 0)) return undefined;
  INT64.setUint32(0, bottom, true);
  INT64.setUint32(4, top, true);
  const magnitude = INT64.getBigInt64(0, true);
  // The magnitude 2^63 has already come out as the most negative int64.
  return isNegative && top < TWO_31 ? -magnitude : magnitude;
}

/** The exponent of a valid number whose mark (or end) is at `at`, clamped to +-HUGE_EXPONENT. */
function readExponent(bytes: Uint8Array, at: number, end: number): number {
  if (at === end) return 0;
  let p = at + 1;
  const isNegative = bytes[p] === MINUS;
  if (!isDigit(bytes[p]!)) p += 1;
  let exponent = 0;
  for (; p < end; p += 1) exponent = Math.min(exponent * 10 + (bytes[p]! - ZERO), HUGE_EXPONENT);
  return isNegative ? -exponent : exponent;
}
