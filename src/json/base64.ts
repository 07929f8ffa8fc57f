// Base64 text of ids to hexadecimal: RFC 4648, the standard and the URL-safe alphabet, padded or not.
// Called by ingest, which tells base64 from hexadecimal ids by their length. What must stay true: one spelling for one
// id: bits that the last character has too many must be zero, or the text is no base64.

import { Buffer } from "node:buffer";

const PAD = 0x3d;
const BAD = 0xff;
const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** By byte: its six bits, or BAD. */
const SIX_BITS = new Uint8Array(256).fill(BAD);
for (const last of ["+/", "-_"]) {
  const alphabet = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${last}`;
  for (let value = 0; value < 64; value += 1) SIX_BITS[alphabet.charCodeAt(value)] = value;
}

/** The bytes that `[start, end)` encodes, as lower-case hexadecimal; undefined when it is no base64. Empty stays empty. */
export function base64ToHex(bytes: Uint8Array, start: number, end: number): string | undefined {
  const out = Buffer.alloc(2 * (end - start));
  const length = base64ToHexInto(bytes, start, end, out, 0);
  return length < 0 ? undefined : out.toString("latin1", 0, length);
}

/**
 * As base64ToHex, written as ASCII to `out` from byte `at` on; returns the byte behind it, or -1 when it is no base64
 * (what was written is void then). `out` needs room for 1.5 bytes a character; `out` must not be `bytes`.
 */
export function base64ToHexInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  let last = end;
  if ((end - start) % 4 === 0 && end > start && bytes[end - 1] === PAD) last -= bytes[end - 2] === PAD ? 2 : 1;
  if ((last - start) % 4 === 1) return -1;
  let bits = 0;
  let held = 0;
  for (let p = start; p < last; p += 1) {
    const six = SIX_BITS[bytes[p]!]!;
    if (six === BAD) return -1;
    bits = (bits << 6) | six;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[at] = HEX_DIGITS[bits >> (held + 4)]!;
    out[at + 1] = HEX_DIGITS[(bits >> held) & 0xf]!;
    bits &= (1 << held) - 1;
    at += 2;
  }
  return bits === 0 ? at : -1;
}
