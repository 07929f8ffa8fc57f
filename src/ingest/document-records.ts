// Objects at top level: the first one decides the framing; pretty-printed and concatenated ones follow one another.
// Called by records.ts at a `{` that opens no envelope.
// What must stay true: after an error reading goes on at the next line that begins with `{` at the first record's indent,
// in one reject with what was passed over; a record that lacks a bracket does not swallow the good ones behind it.

import { endsItsLine, type LineBrace, mayBeEnvelope, OPEN_BRACE, seekRecord, skipAtHand } from "./framing.ts";
import { type Finding, type FoundRecord, isCut, type Mark, type RecordReader } from "./record-reader.ts";
import type { RecordFault } from "./record-sink.ts";

/** Reads the object at `window.keep` (the position), and those behind it that are at hand. */
export async function readDocument(reader: RecordReader, mark: Mark): Promise<void> {
  const { window, lines } = reader;
  const extent = await reader.ends.find(window, lines, endsBadRecord(reader));
  if (extent !== "complete") {
    const finding = reader.explain(extent, mark);
    await (finding.atEnd ? rejectLast(reader, finding, mark) : resync(reader, finding, mark));
    return;
  }
  reader.framing ??= lines.line === mark.line && (await endsItsLine(window)) ? "lines" : "documents";
  let found: FoundRecord | undefined = { mark, framing: reader.framing, end: window.position };
  while (found !== undefined) {
    const fault = reader.deliver(found);
    if (fault !== undefined) await rejectDocument(reader, fault, found);
    else window.keep = -1;
    found = reader.framing === "documents" && !reader.done ? documentAtHand(reader) : undefined;
  }
}

/** Moves behind the next object, when it is at hand and no envelope; otherwise over white space alone. */
function documentAtHand(reader: RecordReader): FoundRecord | undefined {
  const { window, lines, ends, indent } = reader;
  if (!skipAtHand(window, lines) || window.bytes[window.position] !== OPEN_BRACE) return undefined;
  if (mayBeEnvelope(window, window.position)) return undefined;
  const mark = reader.mark();
  const end = ends.atHand(window, lines, indent);
  if (end < 0) return undefined;
  window.position = end;
  return { mark, framing: "documents", end };
}

/** Rejects a document, and where its end cannot be trusted moves to the next one. */
async function rejectDocument(reader: RecordReader, fault: RecordFault, found: FoundRecord): Promise<void> {
  const finding = reader.finding(fault);
  if (found.framing !== "lines" && !reader.isSound(fault, found.end)) {
    await resync(reader, finding, found.mark);
    return;
  }
  reader.reject(finding, found);
  reader.window.keep = -1;
}

/**
 * A test for lines that begin with `{` at the first record's indent, inside a record: mostly the record before lacks a
 * bracket, and the scanner says so. A record may hold such lines rightly; the scans of it are spaced so that together they
 * cost no more than two of the whole.
 */
function endsBadRecord(reader: RecordReader): LineBrace {
  const { window, indent = 0 } = reader;
  let scanned = 0;
  const ends = (index: number): boolean => {
    const length = index - window.keep;
    if (length < 2 * scanned) return false;
    scanned = length;
    const fault = reader.scan(index + 1);
    return fault !== undefined && !isCut(fault);
  };
  return { column: indent, ends };
}

/** Rejects a record that the source's end cuts. */
function rejectLast(reader: RecordReader, finding: Finding, mark: Mark): void {
  reader.reject(finding, { mark, framing: reader.framing ?? "documents", end: reader.window.end });
  reader.window.position = reader.window.end;
  reader.window.keep = -1;
}

/** Rejects a bad record and moves to the next one. */
async function resync(reader: RecordReader, finding: Finding, mark: Mark): Promise<void> {
  const { window, lines, sink } = reader;
  const record = { mark, framing: reader.framing ?? "documents", end: window.position };
  if (sink.stopsAtFault) {
    reader.done = true;
    reader.reject(finding, record);
    return;
  }
  const located = reader.locate(finding, record);
  // A record over the limit has no byte at fault: the search goes on where the limit was passed.
  const fault = finding.code === "E_RECORD_TOO_LARGE" ? window.offset : finding.offset;
  const bad = { start: mark.offset, line: mark.line, lineStart: mark.lineStart, fault, indent: reader.indent ?? 0 };
  sink.onFault({ ...located, end: await seekRecord(window, lines, bad) });
}
