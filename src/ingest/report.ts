// The load report: what was read, loaded and rejected, file by file; why; and what was odd.
// Filled by load.ts, shown by the command line and `inspect`. What must stay true: read = loaded + rejected for every file;
// nothing is lost without a number here; everything in it is plain data, fit for JSON.

import { EngineError, type ErrorCode } from "../base/errors.ts";
import { formatCount } from "../base/units.ts";
import { COUNTERS, type CounterName, Counts } from "./counters.ts";
import { escapeControls } from "./record-error.ts";
import type { LocatedFault } from "./record-sink.ts";

/** A rejected record, as a line of the rejects file. Bytes are offsets in the decoded file, `byte_end` exclusive. */
export interface RejectedRecord {
  readonly file: string;
  /** Line of the record's first byte, from 1. */
  readonly line: number;
  readonly byte_start: number;
  readonly byte_end: number;
  readonly code: ErrorCode;
  /** With file, line and byte of the fault. */
  readonly message: string;
  /** The start of the record, control characters escaped; at most 200 characters. */
  readonly excerpt: string;
}

/** Why records were rejected. */
export interface RejectReason {
  readonly code: ErrorCode;
  readonly count: number;
  /** The message of the first one, with file, line and byte. */
  readonly first: string;
}

/** Counts by name; names without a count are left out. */
export type CounterValues = { readonly [name in CounterName]?: number };

/** One file. */
export interface FileReport {
  readonly file: string;
  /** Formats of its records, in order of first appearance. */
  readonly formats: readonly string[];
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
  /** Records whose trace id had been read before. */
  readonly duplicates: number;
  readonly reasons: readonly RejectReason[];
  readonly counters: CounterValues;
}

/** Everything that a load has to say beside its data. */
export interface LoadReport {
  readonly files: readonly FileReport[];
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly counters: CounterValues;
  /** One line each. */
  readonly warnings: readonly string[];
}

const MAX_EXCERPT = 200;
const decoder = new TextDecoder();

/** A record that is rejected, wherever the fault was found. */
export interface Reject extends Omit<LocatedFault, "framing"> {
  readonly hint?: string | undefined;
}

/** `FILE:LINE:BYTE: text`: the form of every read error. */
export function placedMessage(file: string, reject: Pick<Reject, "byteLine" | "byte" | "message">): string {
  return `${escapeControls(file)}:${reject.byteLine}:${reject.byte}: ${reject.message}`;
}

/** A reject as an error, for `--on-error stop`. */
export function rejectError(file: string, reject: Reject): EngineError {
  return new EngineError(reject.code, placedMessage(file, reject), {
    at: { file, line: reject.byteLine, byte: reject.byte },
    ...(reject.hint === undefined ? {} : { hint: reject.hint }),
  });
}

/** A reject as a line of the rejects file. */
export function rejectedRecord(file: string, reject: Reject): RejectedRecord {
  return {
    file,
    line: reject.line,
    byte_start: reject.start,
    byte_end: reject.end,
    code: reject.code,
    message: placedMessage(file, reject),
    excerpt: cutText(escapeControls(decoder.decode(reject.excerpt)), MAX_EXCERPT),
  };
}

/** At most `most` UTF-16 units, without half a surrogate pair. */
function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const isHalf = (text.charCodeAt(most - 1) & 0xfc00) === 0xd800;
  return text.slice(0, isHalf ? most - 1 : most);
}

/** Counts for one file. */
export class FileTally {
  readonly file: string;
  readonly counts = new Counts();
  loaded = 0;
  rejected = 0;
  duplicates = 0;
  /** One line each, about single places of the file. */
  readonly remarks: string[] = [];
  readonly #formats = new Set<string>();
  readonly #reasons = new Map<ErrorCode, { count: number; readonly first: string }>();

  constructor(file: string) {
    this.file = file;
  }

  /** Counts a loaded record. */
  load(format: string): void {
    this.loaded += 1;
    this.#formats.add(format);
  }

  /** Counts the records that a part of the load took of this file. */
  addLoaded(part: Pick<FileReport, "loaded" | "formats" | "counters">): void {
    this.loaded += part.loaded;
    for (const format of part.formats) this.#formats.add(format);
    for (const [name, by] of Object.entries(part.counters) as [CounterName, number][]) this.counts.add(name, by);
  }

  /** Counts a rejected record. */
  reject(reject: Reject): void {
    this.rejected += 1;
    const reason = this.#reasons.get(reject.code);
    const message = placedMessage(this.file, reject);
    if (reason === undefined) this.#reasons.set(reject.code, { count: 1, first: message });
    else reason.count += 1;
    if (reject.unreadBytes !== undefined) this.remarks.push(message);
  }

  /** The report of the file. */
  report(): FileReport {
    const { file, loaded, rejected, duplicates } = this;
    return {
      file,
      formats: [...this.#formats],
      read: loaded + rejected,
      loaded,
      rejected,
      duplicates,
      reasons: [...this.#reasons].map(([code, { count, first }]) => ({ code, count, first })),
      counters: this.counts.toObject(),
    };
  }

  /** What a user should know of the file. */
  warnings(): string[] {
    const name = escapeControls(this.file);
    const empty = this.loaded + this.rejected === 0 ? [`${name}: 0 records`] : [];
    const counters = Object.entries(this.counts.toObject()) as [CounterName, number][];
    const odd = counters
      .filter(([counter]) => COUNTERS[counter].warns)
      .map(([counter, count]) => `${name}: ${formatCount(count)} ${COUNTERS[counter].what}`);
    return [...empty, ...this.remarks, ...odd];
  }
}

/** The report of a load. `notes`: remarks about the sources; `about`: about the tables. */
export function makeReport(
  tallies: readonly FileTally[],
  lines: { readonly notes: readonly string[]; readonly about: readonly string[] },
): LoadReport {
  const files = tallies.map((tally) => tally.report());
  const total = (of: (file: FileReport) => number) => files.reduce((sum, file) => sum + of(file), 0);
  const counts = new Counts();
  for (const tally of tallies) tally.counts.copyTo(counts);
  return {
    files,
    read: total((file) => file.read),
    loaded: total((file) => file.loaded),
    rejected: total((file) => file.rejected),
    duplicates: total((file) => file.duplicates),
    counters: counts.toObject(),
    warnings: [...lines.notes, ...tallies.flatMap((tally) => tally.warnings()), ...lines.about],
  };
}
