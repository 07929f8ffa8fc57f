// The byte machines of framing: white space, the end of a bracketed value, the head of an envelope, the next record
// after a bad one. Called by records.ts on a ByteWindow, whose `position` they move.
// What must stay true: they find boundaries and validate nothing (the scanner does); they stop early at a raw newline
// inside a string, past the depth limit and past the record limit; their results do not depend on chunk borders.

import type { Limits } from "../base/limits.ts";
import type { ByteWindow } from "./byte-window.ts";

/** LF, the only byte that ends a line. */
export const NEWLINE = 10;
/** `{` */
export const OPEN_BRACE = 123;
/** `[` */
export const OPEN_BRACKET = 91;
/** `]` */
export const CLOSE_BRACKET = 93;
/** `,` */
export const COMMA = 44;
const CLOSE_BRACE = 125;
const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/** 1 for the four bytes of JSON white space. */
const WHITE = table([9, 10, 13, 32]);
/** 1 for what matters between strings. */
const STRUCTURAL = table([QUOTE, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, NEWLINE]);
/** 1 for what ends a number, a literal or garbage in an array. */
const AFTER_TOKEN = table([9, 10, 13, 32, COMMA, CLOSE_BRACKET, CLOSE_BRACE]);

function table(bytes: readonly number[]): Uint8Array {
  const entries = new Uint8Array(256);
  for (const byte of bytes) entries[byte] = 1;
  return entries;
}

/** True for space, tab, CR and LF. */
export function isWhite(byte: number | undefined): boolean {
  return byte !== undefined && WHITE[byte] === 1;
}

/** Where in the text the window's position is. */
export interface LineCount {
  /** Line of the position, from 1. */
  line: number;
  /** Stream offset of that line's first byte. */
  lineStart: number;
}

/** Moves to the next byte that is not white space, counting lines; false at the end of the source. */
export async function skipWhite(window: ByteWindow, lines: LineCount): Promise<boolean> {
  for (;;) {
    const { bytes, end } = window;
    let at = window.position;
    while (at < end && WHITE[bytes[at]!] === 1) {
      if (bytes[at] === NEWLINE) {
        lines.line++;
        lines.lineStart = window.base + at + 1;
      }
      at++;
    }
    window.position = at;
    if (at < end) return true;
    if (!(await window.more())) return false;
  }
}

/** How the search for a value's end ended: found; end of source; raw newline in a string; past the depth limit; past the record limit; `stop` said so. */
export type Extent = "complete" | "ended" | "newline" | "deep" | "large" | "stopped";

/** What `findEnd` must respect. */
export interface FindOptions {
  readonly limits: Pick<Limits, "record" | "depth">;
  /** Brackets already open at the position. */
  readonly depth: number;
  readonly lineBrace?: LineBrace;
}

/** What is done at a `{` that begins a line after a value's first. */
export interface LineBrace {
  /** The bytes, all white space, before the `{` on its line; others are of no interest. */
  readonly column: number;
  /** Given the index of the `{`; true ends the search there. */
  readonly ends: (index: number) => boolean;
}

/**
 * Finds the bracket that closes the value which begins at `window.keep`, from `window.position` on.
 * "complete": the position is after that bracket. Otherwise it is at the byte that ended the search (or at the end).
 * One long loop over resumable state, as it must continue across chunks. It is the reference for json/extents.ts, which
 * does most of the work of large sources.
 */
export async function findEnd(window: ByteWindow, lines: LineCount, options: FindOptions): Promise<Extent> {
  const { limits, lineBrace } = options;
  const firstLine = lines.line;
  let depth = options.depth;
  let inString = false;
  let escaped = false;
  for (;;) {
    const { bytes, base } = window;
    const stop = Math.min(window.end, window.keep + limits.record);
    let at = window.position;
    while (at < stop) {
      if (inString) {
        if (escaped) {
          escaped = false;
          if (bytes[at] !== NEWLINE) at++;
          continue;
        }
        // Compared, not looked up: text is most of an export, and this is a sixth faster.
        for (; at < stop; at++) {
          const next = bytes[at]!;
          if (next === QUOTE || next === BACKSLASH || next === NEWLINE) break;
        }
        if (at === stop) break;
        const byte = bytes[at]!;
        if (byte === NEWLINE) {
          window.position = at;
          return "newline";
        }
        if (byte === QUOTE) inString = false;
        else escaped = true;
        at++;
        continue;
      }
      while (at < stop && STRUCTURAL[bytes[at]!] === 0) at++;
      if (at === stop) break;
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        inString = true;
      } else if (byte === NEWLINE) {
        lines.line++;
        lines.lineStart = base + at + 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--depth === 0) {
          window.position = at + 1;
          return "complete";
        }
      } else {
        if (byte === OPEN_BRACE && lineBrace !== undefined && lines.line > firstLine) {
          const lineStart = lines.lineStart - base;
          if (at - lineStart === lineBrace.column && isBlank(bytes, lineStart, at) && lineBrace.ends(at)) {
            window.position = at;
            return "stopped";
          }
        }
        if (++depth > limits.depth) {
          window.position = at;
          return "deep";
        }
      }
      at++;
    }
    window.position = at;
    if (at < window.end) return "large";
    if (!(await window.more())) return "ended";
  }
}

/** True when `bytes[start, end)` holds nothing but white space within one line. */
function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (WHITE[bytes[at]!] === 0 || bytes[at] === NEWLINE) return false;
  return true;
}

/** Moves over the white space, and one `separator` where it is given, that stand at the position. False when that is all that is at hand, or the separator is not there. */
export function skipAtHand(window: ByteWindow, lines: LineCount, separator = -1): boolean {
  const { bytes, end, base } = window;
  let wanted = separator;
  let at = window.position;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === NEWLINE) {
      lines.line++;
      lines.lineStart = base + at + 1;
    } else if (byte === wanted) wanted = -1;
    else if (WHITE[byte] === 0) break;
  }
  window.position = at;
  return at < end && wanted < 0;
}

/** Finds the end of a string, number, literal or run of garbage that begins at `window.keep` (the position), inside an array. */
export async function findScalarEnd(window: ByteWindow, limits: Pick<Limits, "record">): Promise<Extent> {
  const quoted = window.bytes[window.position] === QUOTE;
  let escaped = false;
  if (quoted) window.position++;
  for (;;) {
    const { bytes } = window;
    const stop = Math.min(window.end, window.keep + limits.record);
    let at = window.position;
    for (; at < stop; at++) {
      const byte = bytes[at]!;
      if (!quoted) {
        if (AFTER_TOKEN[byte] === 0) continue;
        window.position = at;
        return "complete";
      }
      if (byte === NEWLINE || (byte === QUOTE && !escaped)) {
        window.position = byte === QUOTE ? at + 1 : at;
        return byte === QUOTE ? "complete" : "newline";
      }
      escaped = byte === BACKSLASH && !escaped;
    }
    window.position = at;
    if (at < window.end) return "large";
    if (!(await window.more())) return "ended";
  }
}

const TRACES = Buffer.from('"traces"');
const NEXT_PAGE_TOKEN = Buffer.from('"next_page_token"');

/**
 * Reads the head of `{"traces": [` or `{"next_page_token": ..., "traces": [`, whose `{` is at `window.keep` (the position).
 * True: the position is after the `[`. False: no such envelope, and the position is anywhere.
 */
export async function readEnvelopeHead(window: ByteWindow, lines: LineCount, limits: Pick<Limits, "record">) {
  window.position++;
  if (!(await skipWhite(window, lines))) return false;
  if (await takes(window, NEXT_PAGE_TOKEN)) {
    if (!(await takesByte(window, lines, COLON)) || !(await skipWhite(window, lines))) return false;
    if ((await findScalarEnd(window, limits)) !== "complete") return false;
    if (!(await takesByte(window, lines, COMMA)) || !(await skipWhite(window, lines))) return false;
  }
  if (!(await takes(window, TRACES))) return false;
  return (await takesByte(window, lines, COLON)) && (await takesByte(window, lines, OPEN_BRACKET));
}

/** False when the `{` at index `at` is surely not the head of an envelope. */
export function mayBeEnvelope({ bytes, end }: ByteWindow, at: number): boolean {
  for (at++; at < end && WHITE[bytes[at]!] === 1; ) at++;
  if (at + NEXT_PAGE_TOKEN.length > end) return true;
  return TRACES.equals(bytes.subarray(at, at + TRACES.length)) || bytes[at + 1] === NEXT_PAGE_TOKEN[1];
}

/** Moves past `text` when it stands at the position. */
async function takes(window: ByteWindow, text: Uint8Array): Promise<boolean> {
  for (let i = 0; i < text.length; i++) {
    if (!(await window.need(i + 1)) || window.bytes[window.position + i] !== text[i]) return false;
  }
  window.position += text.length;
  return true;
}

/** Moves past white space and then `byte`, when it stands there. */
async function takesByte(window: ByteWindow, lines: LineCount, byte: number): Promise<boolean> {
  if (!(await skipWhite(window, lines)) || window.bytes[window.position] !== byte) return false;
  window.position++;
  return true;
}

/** True when nothing but white space stands between the position and the end of its line; the position does not move. */
export async function endsItsLine(window: ByteWindow): Promise<boolean> {
  for (let ahead = 0; await window.need(ahead + 1); ahead++) {
    const byte = window.bytes[window.position + ahead];
    if (byte === NEWLINE) return true;
    if (!isWhite(byte)) return false;
  }
  return true;
}

/** A bad record from which `seekRecord` must find the next one. Offsets are stream offsets. */
export interface BadRecord {
  readonly start: number;
  readonly line: number;
  readonly lineStart: number;
  /** The byte at fault; `start` or later. */
  readonly fault: number;
  /** Bytes before the `{` on the lines where records begin. */
  readonly indent: number;
}

/**
 * Moves to the next line that begins with `{` at the given indent, at or after the byte at fault. The record's bytes from
 * `window.keep` to the fault must be at hand. Returns the offset after the last byte, white space left out, that was
 * passed over; the position is then at the `{`, or at the end of the source.
 */
export async function seekRecord(window: ByteWindow, lines: LineCount, bad: BadRecord): Promise<number> {
  const first = window.keep;
  const faultIndex = bad.fault - window.base;
  const line = window.bytes.subarray(first, faultIndex).lastIndexOf(NEWLINE) + 1;
  lines.line = bad.line + countNewlines(window.bytes.subarray(first, first + line));
  lines.lineStart = line === 0 ? bad.lineStart : window.base + first + line;
  window.position = line === 0 ? faultIndex : first + line;
  window.keep = -1;
  let covered = endOfText(window, first, window.position, bad.start + 1);
  let atLineStart = line > 0;
  while (window.position < window.end || (await window.more())) {
    if (atLineStart && (await window.need(bad.indent + 1))) {
      const brace = window.position + bad.indent;
      const isRecord = window.bytes[brace] === OPEN_BRACE && isBlank(window.bytes, window.position, brace);
      if (isRecord && window.base + brace >= bad.fault) {
        window.position = brace;
        return covered;
      }
    }
    const newline = window.indexOf(NEWLINE, window.position);
    const next = newline < 0 ? window.end : newline + 1;
    covered = endOfText(window, window.position, next, covered);
    window.position = next;
    atLineStart = newline >= 0;
    if (newline >= 0) {
      lines.line++;
      lines.lineStart = window.base + next;
    }
  }
  return covered;
}

/** Stream offset after the last byte of `[start, end)` that is not white space, or `none`. Indexes of the window. */
function endOfText(window: ByteWindow, start: number, end: number, none: number): number {
  while (end > start && isWhite(window.bytes[end - 1])) end--;
  return end > start ? window.base + end : none;
}

/** How many newlines `bytes` holds. */
export function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
