// The state of reading one source's records, and the steps that every framing shares: mark where a record begins,
// deliver it, say what is wrong with it, give up the rest. Made by records.ts; used by *-records.ts.
// What must stay true: a record is delivered or rejected, once; a fault of the source itself (cut or corrupt compressed
// data) becomes the fault of the record that it cuts, or one of its own at the end, never both and never nothing.

import { copyOf } from "../base/bytes.ts";
import { EngineError, type ErrorCode } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Fault } from "../json/fault.ts";
import { tryScanDocument } from "../json/scan.ts";
import { Tape } from "../json/tape.ts";
import type { Source, SourceChunk } from "./byte-source.ts";
import { ByteWindow } from "./byte-window.ts";
import { countNewlines, type Extent, isWhite, type LineCount } from "./framing.ts";
import type { FramingName, LocatedFault, RecordFault, RecordSink } from "./record-sink.ts";
import { type ReadingOptions, ValueEnds } from "./value-ends.ts";

const EXCERPT_BYTES = 200;
const MIB = 2 ** 20;

/** Faults of a source that are faults of the data: they end it, and are counted. */
const DATA_FAULTS: ReadonlySet<ErrorCode> = new Set([
  "E_TRUNCATED",
  "E_COMPRESSED_CORRUPT",
  "E_DECOMPRESS_LIMIT",
  "E_UNSUPPORTED",
]);

/** Where a record begins; its bytes are kept from `window.keep` on. */
export interface Mark {
  /** Offset in the decoded stream. */
  readonly offset: number;
  readonly line: number;
  /** Stream offset of that line's first byte. */
  readonly lineStart: number;
}

/** A record whose end was found: the bytes from `window.keep` to `end`, an index into the window's bytes. */
export interface FoundRecord {
  readonly mark: Mark;
  readonly framing: FramingName;
  readonly end: number;
  /** See RecordSlice; false when absent. */
  readonly standsAlone?: boolean;
}

/** What is wrong with a record. `offset`: stream offset of the byte at fault. */
export interface Finding {
  readonly code: ErrorCode;
  readonly message: string;
  readonly offset: number;
  /** True when nothing is wrong but that the source ends. */
  readonly atEnd?: boolean;
}

/** See the file's header. */
export class RecordReader {
  readonly window: ByteWindow;
  readonly sink: RecordSink;
  readonly limits: ReadingOptions;
  readonly ends: ValueEnds;
  /** Place of `window.position` in lines; not kept up to date before it under "lines". */
  readonly lines: LineCount = { line: 1, lineStart: 0 };
  /** Decided by the first object; until then each line or document is judged alone. */
  framing: "lines" | "documents" | undefined;
  /** Bytes before the first object on its line; undefined before it. */
  indent: number | undefined;
  /** True when the rest of the source was given up. */
  done = false;
  /** Of the last scan. */
  readonly tape = new Tape();

  private failure: EngineError | undefined;

  constructor(source: Source, sink: RecordSink, limits: ReadingOptions) {
    this.sink = sink;
    this.ends = new ValueEnds(limits);
    this.limits = limits;
    this.window = new ByteWindow(this.watch(source), limits.record);
  }

  /** The source's chunks; a fault of the data ends them and is kept for later. */
  private async *watch(source: Source): AsyncGenerator<SourceChunk, void, undefined> {
    try {
      for await (const chunk of source.chunks()) {
        this.sink.onChunk?.(source.consumedBytes);
        yield chunk;
      }
      this.sink.onChunk?.(source.consumedBytes);
    } catch (error) {
      if (!(error instanceof EngineError) || !DATA_FAULTS.has(error.code)) throw error;
      this.failure = error;
    }
  }

  /** Keeps the bytes from the position on: a record begins here. */
  mark(): Mark {
    this.window.keep = this.window.position;
    return { offset: this.window.offset, line: this.lines.line, lineStart: this.lines.lineStart };
  }

  /** Hands a record to the sink. */
  deliver({ mark, framing, end, standsAlone = false }: FoundRecord): RecordFault | undefined {
    const { bytes, keep } = this.window;
    return this.sink.onRecord({ bytes, start: keep, end, offset: mark.offset, line: mark.line, framing, standsAlone });
  }

  /** The finding for a fault that the scanner or the sink found in the window's bytes. */
  finding(fault: RecordFault | Fault): Finding {
    return { code: fault.code, message: fault.message, offset: this.window.base + fault.byte };
  }

  /** Scans what was found of a record: `[window.keep, end)`, which is known to be incomplete or bad. */
  scan(end: number): Fault | undefined {
    const { bytes, keep } = this.window;
    return this.scanBytes(bytes, keep, end);
  }

  /** The first fault of a document, NaN and Infinity apart. */
  scanBytes(bytes: Uint8Array, start: number, end: number): Fault | undefined {
    return tryScanDocument(bytes, { start, end }, { maxDepth: this.limits.depth, allowNan: true }, this.tape);
  }

  /**
   * Why no end was found for the record at `mark`, whose search ended as `extent`: the scanner's first fault before that
   * place where there is one, since a fault earlier in the record is what misled the search.
   */
  explain(extent: Exclude<Extent, "complete">, mark: Mark): Finding {
    const { position } = this.window;
    if (extent === "large") return this.tooLarge(mark);
    const end = extent === "ended" ? position : position + 1;
    const fault = this.scan(end);
    if (fault !== undefined && !isCut(fault)) return this.finding(fault);
    if (extent === "ended") return this.cut(mark);
    const offset = this.window.base + position;
    if (extent === "deep") return { code: "E_DEPTH", message: tooDeepMessage(this.limits.depth), offset };
    return { code: "E_JSON_SYNTAX", message: "a line ends inside a string", offset };
  }

  /** The finding for `what` when the end of the source cuts it: the source's own fault where it has one. */
  cut(mark: Mark, what = "a record"): Finding {
    const failure = this.takeFailure();
    if (failure === undefined) {
      return { code: "E_TRUNCATED", message: `the input ends inside ${what}`, offset: mark.offset, atEnd: true };
    }
    return { code: failure.code, message: failure.message, offset: mark.offset, atEnd: true };
  }

  /** The finding for a record over the limit. */
  tooLarge(mark: Mark): Finding {
    const { record } = this.limits;
    const limit = record % MIB === 0 ? `${record / MIB} MiB` : `${record} bytes`;
    const message = `a record of more than ${limit} (the limit of ${LIMITS.record.flag})`;
    return { code: "E_RECORD_TOO_LARGE", message, offset: mark.offset };
  }

  /** Everything of a fault but its end. Called while the record's bytes are at hand. */
  locate(finding: Finding, { mark, framing, end }: FoundRecord): Omit<LocatedFault, "end"> {
    const { bytes, keep, base } = this.window;
    const before = bytes.subarray(keep, Math.max(keep, finding.offset - base));
    return {
      code: finding.code,
      message: finding.message,
      framing,
      line: mark.line,
      start: mark.offset,
      byte: finding.offset,
      byteLine: framing === "lines" ? mark.line : mark.line + countNewlines(before),
      excerpt: copyOf(bytes, keep, Math.min(end, keep + EXCERPT_BYTES)),
    };
  }

  /** Rejects a record and nothing else. */
  reject(finding: Finding, record: FoundRecord): void {
    this.sink.onFault({ ...this.locate(finding, record), end: this.window.base + record.end });
  }

  /** Rejects what begins at `mark`, and with it the rest of the source, which is counted and not read. */
  async abandon(finding: Finding, mark: Mark, framing: FramingName): Promise<void> {
    const { window } = this;
    window.position = window.keep;
    await window.need(EXCERPT_BYTES);
    const fault = this.locate(finding, { mark, framing, end: window.end });
    this.done = true;
    window.keep = -1;
    window.position = window.end;
    if (this.sink.stopsAtFault && !window.ended) {
      this.sink.onFault({ ...fault, end: window.offset });
      return;
    }
    while (await window.more()) window.position = window.end;
    const failure = this.takeFailure();
    const unreadBytes = window.offset - mark.offset;
    const message = `${finding.message}; ${unreadBytes} bytes unread${failure === undefined ? "" : `; ${failure.message}`}`;
    this.sink.onFault({ ...fault, message, end: window.offset, unreadBytes });
  }

  /** Reports the source's own fault, when no record was cut by it. */
  reportFailure(): void {
    const failure = this.takeFailure();
    if (failure === undefined) return;
    const { offset } = this.window;
    const place = { line: this.lines.line, start: offset, end: offset, byte: offset, byteLine: this.lines.line };
    const framing = this.framing ?? "documents";
    this.sink.onFault({ code: failure.code, message: failure.message, framing, ...place, excerpt: new Uint8Array(0) });
  }

  /**
   * True when the only faults of a complete record are bytes that are not UTF-8, or NaN and Infinity: its boundaries can
   * then be trusted, and its neighbours be read.
   */
  isSound(fault: RecordFault, end: number): boolean {
    if (fault.code !== "E_UTF8" && fault.code !== "E_JSON_NONFINITE") return false;
    const masked = copyOf(this.window.bytes, this.window.keep, end);
    for (let i = 0; i < masked.length; i++) if (masked[i]! >= 0x80) masked[i] = 0x61;
    return this.scanBytes(masked, 0, masked.length) === undefined;
  }

  private takeFailure(): EngineError | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }
}

function tooDeepMessage(limit: number): string {
  return `nested deeper than ${limit} (the limit of ${LIMITS.depth.flag})`;
}

/** True when a fault says no more than that the scanned bytes end inside the document. */
export function isCut(fault: RecordFault | Fault): boolean {
  return fault.code === "E_TRUNCATED";
}

/** Index after the last byte of `bytes[start, end)` that is not white space. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && isWhite(bytes[end - 1])) end--;
  return end;
}
