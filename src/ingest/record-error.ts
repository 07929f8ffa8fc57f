// Why a record of valid JSON is rejected: thrown while a program runs, turned into a reject by the loader.
// Thrown by the value readers, the named functions and format detection; caught in load-record.ts and nowhere else.
// What must stay true: `byte` indexes the scanned bytes; texts of the file are shown escaped and cut, so that no control
// code of the input reaches a terminal.

import type { ErrorCode } from "../base/errors.ts";

/** A record that cannot be loaded. The message is one line without file, line and byte. */
export class RecordError extends Error {
  readonly code: ErrorCode;
  /** Index into the scanned bytes of the value at fault. */
  readonly byte: number;
  /** The next step, when it is not the code's usual one. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, place: { readonly byte: number; readonly hint?: string }) {
    super(message);
    this.name = "RecordError";
    this.code = code;
    this.byte = place.byte;
    this.hint = place.hint;
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const SHOWN_BYTES = 60;

/** The text of `bytes[start, end)` for a message: control and direction characters escaped, cut after 60 bytes. */
export function showBytes(bytes: Uint8Array, start: number, end: number): string {
  const cut = Math.min(end, start + SHOWN_BYTES);
  return escapeControls(decoder.decode(bytes.slice(start, cut))) + (cut < end ? "…" : "");
}

/** `text` with control, direction and replacement characters as \uXXXX: safe on a terminal, in a log, on one line. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
