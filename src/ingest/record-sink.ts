// Records and their faults, as records.ts hands them to the loader.
// Written by records.ts; implemented by load.ts, which scans, extracts and commits each record inside `onRecord`.
// What must stay true: each record of a source is either accepted by `onRecord` or counted by one `onFault`.

import type { ErrorCode } from "../base/errors.ts";

/** How records stand in a source: one a line, elements of an array, documents one after another, elements of `{"traces": [...]}`. */
export type FramingName = "lines" | "array" | "documents" | "envelope";

/** One record. `bytes[start, end)` is its document, without white space around it. */
export interface RecordSlice {
  /** Valid during the call of `onRecord` only. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Offset of `bytes[start]` in the decoded stream (a byte order mark counts). */
  readonly offset: number;
  /** Line of `bytes[start]`, from 1; only LF ends a line. */
  readonly line: number;
  readonly framing: FramingName;
  /**
   * True for a whole line under "lines": whatever its verdict, the next record is the next line. So the verdict may come
   * later, and onRecord return undefined; a fault then reads as `lineFault` of line-records.ts says.
   */
  readonly standsAlone: boolean;
}

/** The scanner's verdict on a record that is not one valid JSON document. */
export interface RecordFault {
  readonly code: ErrorCode;
  /** Without file, line or offset. */
  readonly message: string;
  /** Index into `slice.bytes`. */
  readonly byte: number;
}

/** A rejected record with its place. Offsets are offsets in the decoded stream, lines count from 1. */
export interface LocatedFault {
  readonly code: ErrorCode;
  /** Without file, line or offset; with "N bytes unread" where the rest of the source is given up. */
  readonly message: string;
  readonly framing: FramingName;
  /** Line of the record's first byte. */
  readonly line: number;
  /** Offset of the record's first byte. */
  readonly start: number;
  /** Offset after the last byte that this reject covers: the record, and what was skipped to find the next one. */
  readonly end: number;
  /** Offset of the byte at fault; `start` when the record as a whole is at fault. */
  readonly byte: number;
  /** Line of the byte at fault. */
  readonly byteLine: number;
  /** Bytes from `start` to the end of the source, when the rest of it cannot be read. */
  readonly unreadBytes?: number;
  /** The first bytes of the record, at most 200; a copy. */
  readonly excerpt: Uint8Array;
}

/** Where in a source reading has come to. */
export interface LinePlace {
  /** Offset in the decoded stream. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
}

/** Whole lines at hand: each is one record or white space, and ends with a newline. */
export interface LineRun {
  /** Valid until the next run begins. */
  readonly bytes: Uint8Array;
  /** Behind the newline of the last one. */
  readonly end: number;
  /** Offset of `bytes[0]` in the decoded stream. */
  readonly base: number;
}

/** Takes many lines at a time: copied from a run, or read into its own room. */
export interface LineTaker {
  /** Begins a run. False: its lines are to be delivered singly. */
  begin(run: LineRun): boolean;
  /**
   * Room for `size` bytes to be read into, or for as many as it takes; undefined when it gives none. It begins with the
   * first `kept` bytes of the room given before. Valid until the next call of anything here.
   */
  room(size: number, kept: number): Uint8Array | undefined;
  /** Begins with the whole lines `[0, end)` of the room, which stand at `offset` of the stream. */
  fill(end: number, offset: number): void;
  /** Index behind the newline of the line at index `at` of the room. */
  behind(at: number): number;
  /**
   * Takes lines from index `at` on, where a line begins or white space before it. Returns the index of the first
   * line that it did not take, which is to be delivered singly, or the end of the lines.
   */
  take(at: number): number;
  /** Newlines between the two indexes of the last take(). */
  readonly newlines: number;
}

/** Takes the records of one source. */
export interface RecordSink {
  /** Takes lines that stand alone, where they are many; each line that it leaves goes to `onRecord`. */
  readonly lines?: LineTaker | undefined;
  /**
   * True when `onFault` always throws (`--on-error stop`): the bytes after a fault are then not read to find the next
   * record or to count what is unread; `end` is the one known at that moment, `unreadBytes` is left out.
   */
  readonly stopsAtFault?: boolean;
  /**
   * Called once a record, in order. Returns the scanner's fault when the record is not one valid JSON document, and has
   * then kept nothing of it: `onFault` follows with the same fault and its place. Rejects for another reason (unknown
   * format, bad time) are the sink's own business: it returns undefined and reading goes on after the record.
   */
  onRecord(slice: RecordSlice): RecordFault | undefined;
  /** Counts as one record read and rejected. May throw to stop. */
  onFault(fault: LocatedFault): void;
  /**
   * Called at a record, when every record from there on is a line, to the end of the source. True: the sink sees to them by
   * itself, and reading ends here.
   */
  onLines?(place: LinePlace): boolean;
  /** Between chunks: progress, abort (by throwing). `consumedBytes`: bytes of the raw source read so far. */
  onChunk?(consumedBytes: number): void;
}
