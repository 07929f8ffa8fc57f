// Objects at top level: the first one decides the framing; pretty-printed and concatenated ones follow one another.
// Called by records.ts at a `{` that opens no envelope.
// What must stay true: after an error reading goes on at the next line that begins with `{` at the first record's indent,
// in one reject with what was passed over; a record that lacks a bracket does not swallow the good ones behind it.

import { endsItsLine, findEnd, seekRecord } from "./framing.ts";
import { type Finding, isCut, type Mark, type RecordReader } from "./record-reader.ts";

/** Reads the object at `window.keep` (the position). */
export async function readDocument(reader: RecordReader, mark: Mark): Promise<void> {
  const { window, lines, limits } = reader;
  const atLineBrace = endsBadRecord(reader);
  const extent = await findEnd(window, lines, { limits, depth: 0, atLineBrace });
  if (extent !== "complete") {
    const finding = reader.explain(extent, mark);
    await (finding.atEnd ? rejectLast(reader, finding, mark) : resync(reader, finding, mark));
    return;
  }
  reader.framing ??= lines.line === mark.line && (await endsItsLine(window)) ? "lines" : "documents";
  const record = { mark, framing: reader.framing, end: window.position };
  const fault = reader.deliver(record);
  if (fault === undefined) {
    window.keep = -1;
  } else if (record.framing === "lines" || reader.isSound(fault, record.end)) {
    reader.reject(reader.finding(fault), record);
    window.keep = -1;
  } else {
    await resync(reader, reader.finding(fault), mark);
  }
}

/**
 * A test for lines that begin with `{` at the first record's indent, inside a record: mostly the record before lacks a
 * bracket, and the scanner says so. A record may hold such lines rightly; the scans of it are spaced so that together they
 * cost no more than two of the whole.
 */
function endsBadRecord(reader: RecordReader): (column: number, index: number) => boolean {
  const { window } = reader;
  let scanned = 0;
  return (column, index) => {
    const length = index - window.keep;
    if (column !== reader.indent || length < 2 * scanned) return false;
    scanned = length;
    const fault = reader.scan(index + 1);
    return fault !== undefined && !isCut(fault);
  };
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
