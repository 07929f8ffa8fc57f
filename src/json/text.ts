// Text of JSON strings: escapes to UTF-8, UTF-8 to JavaScript strings. Works on ranges of validated bytes.
// A lone surrogate (legal in JSON as an escape) becomes the three bytes that its code point would have: WTF-8
// (Sapin, "The WTF-8 encoding", section 4). decodeText reads them back, so no text is changed on the way.

import { Buffer } from "node:buffer";

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

/** By the byte behind a backslash: what it stands for; 0 elsewhere. */
const ESCAPED = new Uint8Array(256);
for (const [mark, meaning] of ['""', "\\\\", "//", "b\b", "f\f", "n\n", "r\r", "t\t"] as const) {
  ESCAPED[mark!.charCodeAt(0)] = meaning!.charCodeAt(0);
}

/** By byte: the value of a hexadecimal digit; 0 elsewhere. */
const HEX_VALUE = new Uint8Array(256);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  HEX_VALUE[digit.charCodeAt(0)] = value;
  HEX_VALUE[digit.toUpperCase().charCodeAt(0)] = value;
}

/**
 * Writes the text of `[start, end)`, the inside of a valid JSON string, as UTF-8 (lone surrogates: WTF-8) to `out` from
 * byte `at` on, and returns the byte behind it. `out` needs room for end - start bytes: text never grows. `out` may be
 * `bytes` itself when `at` <= `start`.
 */
export function unescapeInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  let from = start;
  while (from < end) {
    const byte = bytes[from]!;
    if (byte !== BACKSLASH) {
      out[at] = byte;
      at += 1;
      from += 1;
    } else if (bytes[from + 1] !== LOWER_U) {
      out[at] = ESCAPED[bytes[from + 1]!]!;
      at += 1;
      from += 2;
    } else {
      let unit = hexUnit(bytes, from + 2);
      from += 6;
      if (isHighSurrogate(unit) && from + 6 <= end && bytes[from] === BACKSLASH && bytes[from + 1] === LOWER_U) {
        const low = hexUnit(bytes, from + 2);
        if (isLowSurrogate(low)) {
          unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
          from += 6;
        }
      }
      at = encodeInto(unit, out, at);
    }
  }
  return at;
}

/** The text of UTF-8 or WTF-8 bytes `[start, end)`; surrogates in WTF-8 form become lone surrogates of the string. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return "";
  let p = start;
  while (p < end && bytes[p]! < 0x80) p += 1;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  return p === end ? view.toString("latin1") : decodeWtf8(view);
}

function decodeWtf8(bytes: Buffer): string {
  let text = "";
  let from = 0;
  for (let p = bytes.indexOf(0xed); p >= 0 && p + 2 < bytes.length; p = bytes.indexOf(0xed, p + 1)) {
    // ED A0..BF begins a surrogate; elsewhere in UTF-8 an ED is followed by 80..9F.
    if (bytes[p + 1]! < 0xa0) continue;
    text += bytes.toString("utf8", from, p);
    text += String.fromCharCode(0xd000 | ((bytes[p + 1]! & 0x3f) << 6) | (bytes[p + 2]! & 0x3f));
    from = p + 3;
  }
  return text + bytes.toString("utf8", from);
}

function hexUnit(bytes: Uint8Array, at: number): number {
  return (
    (HEX_VALUE[bytes[at]!]! << 12) |
    (HEX_VALUE[bytes[at + 1]!]! << 8) |
    (HEX_VALUE[bytes[at + 2]!]! << 4) |
    HEX_VALUE[bytes[at + 3]!]!
  );
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Writes one code point, surrogates included, and returns the byte behind it. */
function encodeInto(codePoint: number, out: Uint8Array, at: number): number {
  if (codePoint < 0x80) {
    out[at] = codePoint;
    return at + 1;
  }
  if (codePoint < 0x800) {
    out[at] = 0xc0 | (codePoint >> 6);
    out[at + 1] = 0x80 | (codePoint & 0x3f);
    return at + 2;
  }
  if (codePoint < 0x10000) {
    out[at] = 0xe0 | (codePoint >> 12);
    out[at + 1] = 0x80 | ((codePoint >> 6) & 0x3f);
    out[at + 2] = 0x80 | (codePoint & 0x3f);
    return at + 3;
  }
  out[at] = 0xf0 | (codePoint >> 18);
  out[at + 1] = 0x80 | ((codePoint >> 12) & 0x3f);
  out[at + 2] = 0x80 | ((codePoint >> 6) & 0x3f);
  out[at + 3] = 0x80 | (codePoint & 0x3f);
  return at + 4;
}
