// Reads the tokens of a JSON document: white space, strings, numbers, literals. Validates bytes, not structure.
// Called by scan.ts alone, through the one instance that each Tape owns.
// What must stay true: every method takes the byte where a token begins and returns the byte behind it, or -1 with
// `fault` set; nothing is read at or past `end`; nothing is allocated unless there is a fault.

import { type Fault, type JsonFaultCode, showByte } from "./fault.ts";
import { skipNumber } from "./number-token.ts";
import { type SkipCharacter, skipUtf8, skipWtf8, utf16Name } from "./utf8.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const SPACE = 0x20;
const UPPER_N = 0x4e;

/** By byte: 1 for the four white-space characters of RFC 8259. */
const WHITE = marked("\t\n\r ");
/** By byte: 1 for the characters that may follow a backslash, `u` apart. */
const SIMPLE_ESCAPE = marked('"\\/bfnrt');
/** By byte: 1 for hexadecimal digits. */
const HEX = marked("0123456789abcdefABCDEF");

function marked(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** The token reader of a tape. `reset` gives it a document; the rest reads from that. */
export class Tokens {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Why the document is refused; undefined while it is not. */
  fault: Fault | undefined;
  /** Whether the string that was read last holds an escape. */
  escaped = false;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private readonly skipCharacter: SkipCharacter;

  /** `encoding`: "wtf-8" for unescaped text, in which lone surrogates stand as three bytes. */
  constructor(encoding: "utf-8" | "wtf-8") {
    this.skipCharacter = encoding === "utf-8" ? skipUtf8 : skipWtf8;
  }

  /** Reads `[start, end)` of `bytes` from now on. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.start = start;
    this.end = end;
    this.fault = undefined;
  }

  /** Notes a fault and returns -1. */
  fail(code: JsonFaultCode, byte: number, message: string): number {
    this.fault = { code, byte, message };
    return -1;
  }

  /** The first byte at or behind `at` that is no white space, or `end`. */
  space(at: number): number {
    const { bytes, end } = this;
    while (at < end && bytes[at]! <= SPACE && WHITE[bytes[at]!] === 1) at += 1;
    return at;
  }

  /**
   * The string whose opening quote is at `at`; sets `escaped`.
   * Eight bytes are tested at once, as two little-endian words: long texts are most of a trace, and a loop with a table
   * lookup a byte measured half as fast on real exports. Per byte of a word: `^ 0x02` makes a quote 0x20, so that one
   * subtraction finds quotes and control characters; the high bit of the byte itself finds non-ASCII. A borrow reaches
   * only bytes behind a true find, and the lowest mark is taken, so the place is exact.
   */
  string(at: number): number {
    const { bytes, view, end } = this;
    const wideEnd = end - 7;
    let escaped = false;
    at += 1;
    for (;;) {
      while (at < wideEnd) {
        const near = view.getInt32(at, true);
        const nearMarks = (((near ^ 0x02020202) - 0x21212121) | ((near ^ 0x5c5c5c5c) - 0x01010101) | near) & 0x80808080;
        if (nearMarks !== 0) {
          at += (31 - Math.clz32(nearMarks & -nearMarks)) >>> 3;
          break;
        }
        const far = view.getInt32(at + 4, true);
        const farMarks = (((far ^ 0x02020202) - 0x21212121) | ((far ^ 0x5c5c5c5c) - 0x01010101) | far) & 0x80808080;
        if (farMarks !== 0) {
          at += 4 + ((31 - Math.clz32(farMarks & -farMarks)) >>> 3);
          break;
        }
        at += 8;
      }
      if (at >= end) return this.cut("a string");
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.escaped = escaped;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        escaped = true;
        const next = at + 1 < end ? bytes[at + 1]! : 0;
        at = SIMPLE_ESCAPE[next] === 1 ? at + 2 : this.rareEscape(at);
        if (at < 0) return -1;
      } else if (byte >= 0x80) {
        // One character of an alphabet of its own is seldom alone.
        do {
          const behind = this.skipCharacter(bytes, at, end);
          if (behind < 0) return this.badUtf8(at, -1 - behind);
          at = behind;
        } while (at < end && bytes[at]! >= 0x80);
      } else if (byte < SPACE) {
        return this.fail("E_JSON_SYNTAX", at, `a control character (${showByte(byte)}) must be escaped in a string`);
      } else at += 1;
    }
  }

  /** The `\uXXXX` whose backslash is at `at`; anything else there is a fault. Lone surrogates are legal JSON. */
  private rareEscape(at: number): number {
    const { bytes, end } = this;
    if (at + 1 >= end) return this.cut("an escape");
    const mark = bytes[at + 1]!;
    if (mark !== LOWER_U) return this.refuse(at + 1, "an escape (one of \"\\/bfnrtu) after '\\'");
    for (let p = at + 2; p < at + 6; p += 1) {
      if (p >= end) return this.cut("an escape");
      if (HEX[bytes[p]!] !== 1) return this.refuse(p, "four hexadecimal digits after '\\u'");
    }
    return at + 6;
  }

  /** The number that begins at `at` with a digit or a minus sign. */
  number(at: number): number {
    const behind = skipNumber(this.bytes, at, this.end);
    if (behind >= 0) return behind;
    return -1 - behind === this.end ? this.cut("a number") : this.refuse(-1 - behind, "a digit");
  }

  /** The literal `word`, whose first letter is known to be at `at`. */
  word(at: number, word: string): number {
    const { bytes, end } = this;
    for (let i = 1; i < word.length; i += 1) {
      if (at + i >= end) return this.cut("a literal");
      if (bytes[at + i] !== word.charCodeAt(i)) return this.refuse(at + i, `the rest of '${word}'`);
    }
    return at + word.length;
  }

  /** NaN, Infinity or -Infinity, whose first letter is known to be at `letter` behind an optional minus sign at `at`. */
  nonfinite(at: number, letter: number, allowed: boolean): number {
    const word = this.bytes[letter] === UPPER_N ? "NaN" : "Infinity";
    if (allowed) return this.word(letter, word);
    if (!this.holds(letter, word)) return this.refuse(letter, letter > at ? "a digit" : "a value");
    const token = letter > at ? `-${word}` : word;
    return this.fail("E_JSON_NONFINITE", at, `${token} is no JSON number; --allow-nan reads it as null`);
  }

  private holds(at: number, word: string): boolean {
    for (let i = 0; i < word.length; i += 1) {
      if (at + i >= this.end || this.bytes[at + i] !== word.charCodeAt(i)) return false;
    }
    return true;
  }

  /** E_TRUNCATED: the range ends inside `what`. */
  cut(what: string): number {
    return this.fail("E_TRUNCATED", this.end, `the document ends inside ${what}`);
  }

  /** Refuses the byte at `at`, which is before `end`, where `expected` should stand. */
  refuse(at: number, expected: string): number {
    const { bytes, start, end } = this;
    const utf16 = at <= start + 1 ? utf16Name(bytes, start, end) : undefined;
    if (utf16 !== undefined) return this.fail("E_UTF8", at, `not UTF-8: looks like ${utf16}`);
    const byte = bytes[at]!;
    if (byte >= 0x80) {
      const behind = skipUtf8(bytes, at, end);
      if (behind < 0 && -1 - behind < end) return this.badUtf8(at, -1 - behind);
    }
    return this.fail("E_JSON_SYNTAX", at, `expected ${expected}, found ${showByte(byte)}`);
  }

  /** Refuses a sequence that begins at `at` and does not go on at `bad`, or is cut there. */
  private badUtf8(at: number, bad: number): number {
    const { bytes, end } = this;
    if (bad === end) return this.cut("a character");
    const found = showByte(bytes[bad]!);
    const message =
      bad === at ? `${found} begins no character` : `${found} cannot follow ${showByte(bytes[at]!)} there`;
    return this.fail("E_UTF8", bad, `not UTF-8: ${message}`);
  }
}
