// Text to bytes and back for column heaps: UTF-8, where a lone surrogate stands as its three-byte form.
// Called by dictionaries and builders. What must stay true: decode(encode(text)) = text for every JavaScript string,
// a leading U+FEFF included. WTF-8: S. Sapin, "The WTF-8 encoding", 2022.

const SURROGATE_LEAD = 0xed;
const SURROGATE_SECOND_FROM = 0xa0;

// A byte order mark in a value is text, not a mark of the encoding.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Most bytes that `text` takes. */
export function wtf8Room(text: string): number {
  return text.length * 3;
}

/** Writes `text` to `out` at `at` and gives the end position. `out` must have `wtf8Room(text)` bytes left. */
export function encodeWtf8(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i += 1) {
    let unit = text.charCodeAt(i);
    if (unit < 0x80) {
      out[at++] = unit;
      continue;
    }
    if (unit < 0x800) {
      out[at++] = 0xc0 | (unit >> 6);
      out[at++] = 0x80 | (unit & 63);
      continue;
    }
    const low = (unit & 0xfc00) === 0xd800 ? text.charCodeAt(i + 1) : 0;
    if ((low & 0xfc00) === 0xdc00) {
      unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
      i += 1;
      out[at++] = 0xf0 | (unit >> 18);
      out[at++] = 0x80 | ((unit >> 12) & 63);
    } else {
      out[at++] = 0xe0 | (unit >> 12);
    }
    out[at++] = 0x80 | ((unit >> 6) & 63);
    out[at++] = 0x80 | (unit & 63);
  }
  return at;
}

/** Position of the first lone surrogate in `bytes[start, end)` (valid WTF-8), or -1. */
export function findSurrogate(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 2 < end; at += 1) {
    if (bytes[at] === SURROGATE_LEAD && bytes[at + 1]! >= SURROGATE_SECOND_FROM) return at;
  }
  return -1;
}

/** The text of `bytes[start, end)`, which must be valid WTF-8. */
export function decodeWtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let from = start;
  for (let at = findSurrogate(bytes, from, end); at >= 0; at = findSurrogate(bytes, from, end)) {
    const unit = 0xd000 | ((bytes[at + 1]! & 63) << 6) | (bytes[at + 2]! & 63);
    text += decoder.decode(bytes.subarray(from, at)) + String.fromCharCode(unit);
    from = at + 3;
  }
  return text + decoder.decode(bytes.subarray(from, end));
}

/** A text as bytes in a buffer that the next `encode` overwrites: for callers that look a text up or append it. */
export class TextScratch {
  /** The bytes of the text last encoded, at [0, length). */
  bytes: Uint8Array = new Uint8Array(256);

  /** Encodes `text` to `bytes` and gives its length in bytes. */
  encode(text: string): number {
    const room = wtf8Room(text);
    if (room > this.bytes.length) this.bytes = new Uint8Array(room * 2);
    return encodeWtf8(text, this.bytes, 0);
  }
}
