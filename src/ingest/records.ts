// Bytes -> records: finds where each record of a source begins and ends, whatever the framing.
// Called by load.ts, once for each source, with the sink that takes the records.
// What must stay true: every byte of a source that is not white space, a separator or an envelope is part of one
// accepted record or of one fault; slices, lines, offsets and faults do not depend on how the source is cut in chunks.

import { readArray, readEnvelope } from "./array-records.ts";
import type { Source } from "./byte-source.ts";
import { readDocument } from "./document-records.ts";
import { OPEN_BRACE, OPEN_BRACKET, readEnvelopeHead, skipWhite } from "./framing.ts";
import { readLines, readLooseLine } from "./line-records.ts";
import { type Finding, RecordReader } from "./record-reader.ts";
import type { RecordSink } from "./record-sink.ts";
import { sniffContainer, sniffEncoding } from "./sniff.ts";
import type { ReadingOptions } from "./value-ends.ts";

export type { FramingName, LinePlace, LocatedFault, RecordFault, RecordSink, RecordSlice } from "./record-sink.ts";

/** Reads a source to its end. Throws E_IO and E_SOURCE_CHANGED; every other fault of the input goes to `sink.onFault`. */
export async function readRecords(source: Source, sink: RecordSink, limits: ReadingOptions): Promise<void> {
  const reader = new RecordReader(source, sink, limits);
  try {
    await beginReading(reader, source);
    await readDocuments(reader);
    reader.reportFailure();
  } finally {
    reader.ends.close();
    await reader.window.close();
  }
}

/** How lines are read. */
export interface LineReading {
  readonly limits: ReadingOptions;
  /** Number of the first line; 1 when absent. */
  readonly firstLine?: number;
}

/**
 * Reads a source that is whole lines of one, cut where a line begins and behind a newline or at the end, as `readRecords`
 * reads them once a record is a line. Lines count from `firstLine`; returns how many newlines there were. Throws as
 * `readRecords`.
 */
export async function readLineRange(
  source: Source,
  sink: RecordSink,
  { limits, firstLine = 1 }: LineReading,
): Promise<number> {
  const reader = new RecordReader(source, sink, limits);
  reader.framing = "lines";
  reader.lines.line = firstLine;
  try {
    await readLines(reader);
    return reader.lines.line - firstLine;
  } finally {
    await reader.window.close();
  }
}

const SNIFFED_BYTES = 64;
const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/** Looks at the first bytes: a byte order mark is passed over; what is no UTF-8 text is refused by name. */
async function beginReading(reader: RecordReader, source: Source): Promise<void> {
  const { window, lines } = reader;
  await window.need(SNIFFED_BYTES);
  const head = window.bytes.subarray(window.position, Math.min(window.end, window.position + SNIFFED_BYTES));
  const finding = refusal(head, source);
  if (finding !== undefined) {
    await reader.abandon(finding, reader.mark(), "documents");
  } else if (BYTE_ORDER_MARK.equals(head.subarray(0, BYTE_ORDER_MARK.length))) {
    window.position += BYTE_ORDER_MARK.length;
    lines.lineStart = BYTE_ORDER_MARK.length;
  }
}

/** Why a source that begins with `head` is no text of records, if it is none. */
function refusal(head: Uint8Array, source: Source): Finding | undefined {
  const container = sniffContainer(head);
  if (container?.compression !== undefined) {
    const outer = source.info.compression === "none" ? "an unopened source" : source.info.compression;
    const message = `${container.name} within ${outer}: only one layer of compression is opened`;
    return { code: "E_FORMAT_UNKNOWN", message, offset: 0 };
  }
  if (container !== undefined) {
    return { code: "E_UNSUPPORTED", message: `${container.name} is not supported`, offset: 0 };
  }
  if (head.length > 0 && head.length < BYTE_ORDER_MARK.length && BYTE_ORDER_MARK.indexOf(head) === 0) {
    return { code: "E_TRUNCATED", message: "the input ends inside its byte order mark", offset: 0 };
  }
  const encoding = sniffEncoding(head);
  if (encoding === undefined) return undefined;
  return { code: "E_UTF8", message: `not UTF-8: looks like ${encoding}`, offset: 0 };
}

/** Reads documents until the source ends, is given up, or turns out to be one record a line. */
async function readDocuments(reader: RecordReader): Promise<void> {
  const { window, lines, limits } = reader;
  for (let textEnd = 0; !reader.done && (await skipWhite(window, lines)); textEnd = window.offset) {
    const first = window.bytes[window.position];
    if (reader.framing === "lines") {
      if (reader.sink.onLines?.({ offset: window.offset, line: lines.line })) return;
      await readLines(reader);
    } else if (first === OPEN_BRACKET) {
      await readArray(reader);
    } else if (first === OPEN_BRACE) {
      const mark = reader.mark();
      if (await readEnvelopeHead(window, lines, limits)) {
        await readEnvelope(reader, mark);
        continue;
      }
      window.position = window.keep;
      lines.line = mark.line;
      lines.lineStart = mark.lineStart;
      reader.indent ??= mark.lineStart >= textEnd ? mark.offset - mark.lineStart : 0;
      await readDocument(reader, mark);
    } else {
      await readLooseLine(reader);
    }
  }
}
