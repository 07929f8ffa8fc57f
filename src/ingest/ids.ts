// Ids in one spelling, so that every way to write an id joins with every other.
// Called by the value readers for span, parent and trace ids. What must stay true: two spellings of one id give the same
// bytes, two ids never do; an id of no known form is kept as it stands.
//
// Span ids become 16 lower hex digits: hex in any case, with or without 0x (then also shorter), base64 of 8 bytes with its
// padding, standard or URL-safe. Trace ids keep their `tr-` or `trace:/…/` and get lower hex digits; a bare 0x is dropped,
// base64 of 16 bytes becomes hex. A trace id of another form is any text.

import { base64ToHexInto } from "../json/base64.ts";

const ZERO = 0x30;
const LOWER_X = 0x78;
const UPPER_X = 0x58;
const EQUALS = 0x3d;
const HEX_DIGITS = new TextEncoder().encode("0123456789abcdef");
const HEX_VALUES = tableOf("0123456789abcdef");
const TR_PREFIX = new TextEncoder().encode("tr-");
const TRACE_PREFIX = new TextEncoder().encode("trace:/");
const SLASH = 0x2f;

function tableOf(digits: string): Int8Array {
  const values = new Int8Array(256).fill(-1);
  for (let i = 0; i < digits.length; i += 1) {
    values[digits.charCodeAt(i)] = i;
    values[digits.toUpperCase().charCodeAt(i)] = i;
  }
  return values;
}

/** A growing buffer with an id in it: `bytes[0, length)`. */
export class IdBuffer {
  bytes: Uint8Array = new Uint8Array(64);
  length = 0;

  /** Takes `source[start, end)` as it is. */
  copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > this.bytes.length) this.bytes = new Uint8Array(length * 2);
    for (let i = 0; i < length; i += 1) this.bytes[i] = source[start + i]!;
    this.length = length;
  }
}

/**
 * Writes the one spelling of the span id `bytes[start, end)` to `out`. True when it had a known form; false when it is
 * malformed, and `out` then holds it as it stands.
 */
export function writeSpanId(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  out: IdBuffer,
): boolean {
  const { start, end } = range;
  const length = end - start;
  if (length === 16 && copyHex(bytes, { start, end }, out)) return true;
  if (length === 12 && bytes[end - 1] === EQUALS && decodeBase64(bytes, range, out) === 16) return true;
  if (length > 2 && length <= 18 && hasHexMark(bytes, start) && copyHex(bytes, { start: start + 2, end }, out)) {
    padLeft(out, 16);
    return true;
  }
  out.copy(bytes, start, end);
  return false;
}

/** Writes the one spelling of the trace id `bytes[start, end)` to `out`. */
export function writeTraceId(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  out: IdBuffer,
): void {
  const { start, end } = range;
  const length = end - start;
  if (length === 32 && copyHex(bytes, { start, end }, out)) return;
  if (length === 34 && hasHexMark(bytes, start) && copyHex(bytes, { start: start + 2, end }, out)) return;
  if (length === 24 && bytes[end - 1] === EQUALS && decodeBase64(bytes, range, out) === 32) return;
  out.copy(bytes, start, end);
  const hexAt = length - 32;
  if (hexAt < 3 || !isHex(out.bytes, hexAt, 32)) return;
  const prefixed =
    (hexAt === 3 && startsWith(out.bytes, TR_PREFIX)) ||
    (out.bytes[hexAt - 1] === SLASH && startsWith(out.bytes, TRACE_PREFIX));
  if (!prefixed) return;
  for (let i = hexAt; i < length; i += 1) out.bytes[i] = HEX_DIGITS[HEX_VALUES[out.bytes[i]!]!]!;
}

/** Whether the id in `id` is nothing but zeros: OpenTelemetry's "no id". */
export function isZeroId(id: IdBuffer): boolean {
  for (let i = 0; i < id.length; i += 1) if (id.bytes[i] !== ZERO) return false;
  return true;
}

function hasHexMark(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === ZERO && (bytes[at + 1] === LOWER_X || bytes[at + 1] === UPPER_X);
}

function isHex(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = 0; i < count; i += 1) if (HEX_VALUES[bytes[at + i]!]! < 0) return false;
  return true;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i += 1) if (bytes[i] !== prefix[i]) return false;
  return true;
}

/** Copies hex digits in lower case; false when one is none. `out` has room for 64. */
function copyHex(bytes: Uint8Array, range: { readonly start: number; readonly end: number }, out: IdBuffer): boolean {
  const { start, end } = range;
  for (let at = start; at < end; at += 1) {
    const value = HEX_VALUES[bytes[at]!]!;
    if (value < 0) return false;
    out.bytes[at - start] = HEX_DIGITS[value]!;
  }
  out.length = end - start;
  return true;
}

/** Writes the hex digits of the bytes that base64 text holds; how many, -1 when it is no base64. */
function decodeBase64(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  out: IdBuffer,
): number {
  const length = base64ToHexInto(bytes, range.start, range.end, out.bytes, 0);
  out.length = Math.max(0, length);
  return length;
}

function padLeft(out: IdBuffer, width: number): void {
  const pad = width - out.length;
  if (pad <= 0) return;
  out.bytes.copyWithin(pad, 0, out.length);
  out.bytes.fill(ZERO, 0, pad);
  out.length = width;
}
