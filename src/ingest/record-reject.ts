// The rejects of records that are at hand: what was wrong with them, and where they stand.
// Made by record-loader.ts, by part-loader.ts for lines, and by batch-queue.ts for what is found when parts are put together. What must stay true: a reject
// tells the place of the whole record and of the byte at fault; its excerpt is a copy.

import { copyOf } from "../base/bytes.ts";
import { decodeText } from "../json/text.ts";
import { escapeControls, RecordError } from "./record-error.ts";
import type { RecordFault, RecordSlice } from "./record-sink.ts";
import type { Reject } from "./report.ts";

const EXCERPT_BYTES = 200;
const NEWLINE = 0x0a;

/** Where the first record of a trace id stands. */
export interface FirstPlace {
  readonly file: string;
  readonly line: number;
}

/** The error of a second record of a trace id. */
export function duplicateError(slice: RecordSlice, id: Uint8Array, { file, line }: FirstPlace): RecordError {
  const text = escapeControls(decodeText(id, 0, id.length));
  const first = `${escapeControls(file)}:${line}`;
  return new RecordError("E_DUPLICATE", `trace id ${text} was read before, at ${first}`, { byte: slice.start });
}

/** The reject of a second record of a trace id, which is found when the parts of a load are put together. */
export function duplicateReject(slice: RecordSlice, id: Uint8Array, first: FirstPlace): Reject {
  return rejectOf(slice, duplicateError(slice, id, first));
}

/** A reject with its place in the stream: of what a record says, or of a line that is no document. */
export function rejectOf(slice: RecordSlice, error: RecordFault & { readonly hint?: string | undefined }): Reject {
  const { bytes, start, end, offset, line } = slice;
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    line,
    start: offset,
    end: offset + (end - start),
    byte: offset + (error.byte - start),
    byteLine: line + newlines(bytes, start, error.byte),
    excerpt: copyOf(bytes, start, Math.min(end, start + EXCERPT_BYTES)),
  };
}

function newlines(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, start); at >= 0 && at < end; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
