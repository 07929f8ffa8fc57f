// Compact JSON as json.dumps writes it -> the same JSON as json.dumps(indent=2) writes it. Called by export.ts.
// What must stay true: strings and numbers are copied byte for byte.

import type { ByteWriter } from "./byte-writer.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Appends one compact document, held by `source`, indented by two blanks a level, `depth` levels in. */
export function writePretty(out: ByteWriter, source: ByteWriter, depth: number): void {
  const { bytes, length } = source;
  let level = depth;
  let copied = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
    } else if (byte === COMMA) {
      out.copy(bytes, copied, at + 1);
      copied = at + 2;
      breakLine(out, level);
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      const isEmpty = bytes[at + 1] === CLOSE_BRACE || bytes[at + 1] === CLOSE_BRACKET;
      if (isEmpty) {
        at++;
        continue;
      }
      out.copy(bytes, copied, at + 1);
      copied = at + 1;
      breakLine(out, ++level);
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      out.copy(bytes, copied, at);
      copied = at;
      breakLine(out, --level);
    }
  }
  out.copy(bytes, copied, length);
}

/** Position of the closing quote of the string that opens at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** A new line with the indent of a level. */
function breakLine(out: ByteWriter, level: number): void {
  out.token(`\n${"  ".repeat(level)}`);
}
