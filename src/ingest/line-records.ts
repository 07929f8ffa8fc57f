// One record a line. Called by records.ts once the first object has ended its line, and for lines that begin with neither
// `{` nor `[` anywhere (a scalar, or garbage such as a log line).
// What must stay true: an error costs its line alone; a line is handed on in place, without a copy, unless it straddles
// two chunks; a line over the record limit is passed over without being kept.

import type { SourceChunk } from "./byte-source.ts";
import { indexOfByte } from "./byte-window.ts";
import { NEWLINE, seekRecord } from "./framing.ts";
import { type Finding, type FoundRecord, isCut, type Mark, type RecordReader, trimEnd } from "./record-reader.ts";
import type { RecordFault } from "./record-sink.ts";

/** What a fault of a whole line means: nothing in the middle of a file is a truncation of it. */
export function lineFault(fault: RecordFault): RecordFault {
  if (fault.code !== "E_TRUNCATED") return fault;
  return { code: "E_JSON_SYNTAX", message: "the line ends inside a record", byte: fault.byte };
}

/** Reads lines to the end of the source. */
export async function readLines(reader: RecordReader): Promise<void> {
  const { window } = reader;
  for (;;) {
    if (reader.done) return;
    if (readLinesAtHand(reader)) await readPartialLine(reader);
    else if (!(await window.more())) return;
  }
}

/** Reads the lines that are complete in the window. True: `window.keep` is at a line whose end is not at hand, or too far. */
function readLinesAtHand(reader: RecordReader): boolean {
  const { window, lines, limits, sink } = reader;
  const { bytes, end } = window;
  let at = window.position;
  const wholeEnd = sink.lines === undefined ? 0 : window.lastIndexOf(NEWLINE) + 1;
  const taker =
    wholeEnd > at && sink.lines?.begin({ bytes, end: wholeEnd, base: window.base }) ? sink.lines : undefined;
  for (;;) {
    if (taker !== undefined && at < wholeEnd) {
      at = taker.take(at);
      lines.line += taker.newlines;
    }
    // White space is tested in line: this is the hot loop of JSON Lines, and a record is mostly one byte after a newline.
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > 32 || (byte !== 32 && byte !== NEWLINE && byte !== 13 && byte !== 9)) break;
      if (byte === NEWLINE) lines.line++;
    }
    window.position = at;
    window.keep = -1;
    if (at === end) return false;
    const newline = window.indexOf(NEWLINE, at);
    window.keep = at;
    if (newline < 0 || newline - at > limits.record) return true;
    takeLine(reader, newline, true);
    at = newline;
  }
}

/** Reads the line that begins at `window.keep`, and more of the source where needed. Leaves the position at its end. */
async function readPartialLine(reader: RecordReader): Promise<void> {
  const { window } = reader;
  const end = await findLineEnd(reader);
  if (end === undefined) {
    await passOverLine(reader, lineMark(reader));
    return;
  }
  takeLine(reader, end, end < window.end);
  window.position = end;
  window.keep = -1;
}

/** Index of the newline that ends the line at `window.keep`, or of the source's end; undefined when it is over the limit. */
async function findLineEnd(reader: RecordReader): Promise<number | undefined> {
  const { window, limits } = reader;
  let newline = window.indexOf(NEWLINE, window.keep);
  for (;;) {
    const end = newline < 0 ? window.end : newline;
    if (end - window.keep > limits.record) return undefined;
    if (newline >= 0) return newline;
    window.position = window.end;
    if (!(await window.more(toNewline))) return window.end;
    newline = window.bytes[window.end - 1] === NEWLINE ? window.end - 1 : -1;
  }
}

/** How many bytes of a chunk belong to the line before it. */
function toNewline({ bytes }: SourceChunk): number {
  const newline = indexOfByte(bytes, NEWLINE, 0);
  return newline < 0 ? bytes.length : newline + 1;
}

/** A line as a record. */
interface Line extends FoundRecord {
  /** By a newline. */
  readonly isTerminated: boolean;
}

/** Hands on the line from `window.keep` to `end`, white space at its end left out. */
function takeLine(reader: RecordReader, end: number, isTerminated: boolean): void {
  const line = lineRecord(reader, end, isTerminated);
  const fault = reader.deliver({ ...line, standsAlone: isTerminated });
  if (fault !== undefined) reader.reject(judge(reader, fault, line), line);
}

function lineRecord(reader: RecordReader, end: number, isTerminated: boolean): Line {
  const { window } = reader;
  return { mark: lineMark(reader), framing: "lines", end: trimEnd(window.bytes, window.keep, end), isTerminated };
}

/** What a fault of a line means: a line that is cut in the middle of a file is a syntax error, at its end a truncation. */
function judge(reader: RecordReader, fault: RecordFault, line: Line): Finding {
  if (line.isTerminated) return reader.finding(lineFault(fault));
  return isCut(fault) ? reader.cut(line.mark) : reader.finding(fault);
}

function lineMark(reader: RecordReader): Mark {
  const { window, lines } = reader;
  return { offset: window.base + window.keep, line: lines.line, lineStart: lines.lineStart };
}

/** Rejects the line at `window.keep` as too large and moves to its end. */
async function passOverLine(reader: RecordReader, mark: Mark): Promise<void> {
  const { window, sink, limits } = reader;
  const fault = reader.locate(reader.tooLarge(mark), { mark, framing: "lines", end: window.keep + limits.record });
  const from = window.keep;
  window.keep = -1;
  window.position = from;
  if (sink.stopsAtFault) {
    reader.done = true;
    sink.onFault({ ...fault, end: window.offset + limits.record });
    return;
  }
  for (;;) {
    const newline = window.indexOf(NEWLINE, window.position);
    window.position = newline < 0 ? window.end : newline;
    if (newline >= 0 || !(await window.more())) break;
  }
  sink.onFault({ ...fault, end: window.offset });
}

/**
 * Reads one line that begins with neither `{` nor `[`, under any framing but "lines". Where it is no JSON value, reading
 * goes on at the next line that begins a record.
 */
export async function readLooseLine(reader: RecordReader): Promise<void> {
  const { window, lines, sink } = reader;
  const mark = reader.mark();
  const end = await findLineEnd(reader);
  if (end === undefined) {
    await passOverLine(reader, mark);
    return;
  }
  const line = lineRecord(reader, end, end < window.end);
  const fault = reader.deliver(line);
  const finding = fault === undefined ? undefined : judge(reader, fault, line);
  if (finding === undefined || finding.atEnd || sink.stopsAtFault) {
    if (finding !== undefined) reader.reject(finding, line);
    window.position = end;
    window.keep = -1;
    return;
  }
  const located = reader.locate(finding, line);
  const bad = { ...mark, start: mark.offset, fault: finding.offset, indent: reader.indent ?? 0 };
  sink.onFault({ ...located, end: await seekRecord(window, lines, bad) });
}
