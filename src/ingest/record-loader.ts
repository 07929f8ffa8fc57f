// Takes the records of one load, one after another: scan, detect, extract, commit; or a reject with its place.
// Called by load.ts through the sinks of its sources. What must stay true: each record is loaded or rejected, never both
// and never neither; a second record of a trace id does what the policy says.

import { EngineError } from "../base/errors.ts";
import type { TableName } from "../columns/schema.ts";
import type { TableBuilder } from "../columns/table-builder.ts";
import { Cursor } from "../json/cursor.ts";
import { type ScanOptions, tryScanDocument } from "../json/scan.ts";
import { releaseInstance, type SimdExports, SimdScanner, simdInstance } from "../json/simd.ts";
import { Tape } from "../json/tape.ts";
import { type Detected, Detector, type FormatChoice } from "./detect.ts";
import { type DuplicatePolicy, ExtractionState } from "./extraction-state.ts";
import { Growing } from "./growing.ts";
import { LineWalk, type WalkedRecords, type WalkedSink } from "./line-walk.ts";
import { KeptRecords } from "./payload-reader.ts";
import { RecordError } from "./record-error.ts";
import { duplicateError, rejectOf } from "./record-reject.ts";
import type { LineRun, LineTaker, RecordFault, RecordSlice } from "./record-sink.ts";
import type { FileTally, Reject } from "./report.ts";
import { ProgramRunner } from "./run-program.ts";
import { TraceRows } from "./trace-rows.ts";
import { WalkMemory } from "./walk-memory.ts";
import { Walker } from "./walker.ts";

/** How records are taken. */
export interface RecordOptions {
  readonly duplicates: DuplicatePolicy;
  /** True for a part of a load: a second record of a trace id is added, and whoever merges the parts settles it. */
  readonly defersDuplicates?: boolean;
  readonly payload: "place" | "keep" | "drop";
  readonly scan: ScanOptions;
  readonly format: FormatChoice;
  /** Whether any column of places is built. */
  readonly wantsPlaces: boolean;
  readonly reader: ReaderChoice;
  /** Bytes of the longest record. */
  readonly longest: number;
}

/**
 * `walker`: WebAssembly where it can; `interpreter`: TypeScript alone, the reference; `auto`: the interpreter for the first
 * records, then the walker. The result is the same.
 */
export type ReaderChoice = "auto" | "walker" | "interpreter";

/** Bytes of records from which the walker is worth its start, some milliseconds. */
export const WALKER_FROM_BYTES = 2 ** 20;

/** The file whose records come now. */
export interface CurrentFile {
  /** Index among the sources. */
  readonly index: number;
  readonly tally: FileTally;
  readonly placeable: boolean;
}

/** Bytes of a node on the tape: its kind, start, end and next. */
const TAPE_NODE_BYTES = 13;

/** What a record came to: loaded, not one JSON document, or rejected for what it says. */
export type Outcome =
  | { readonly kind: "loaded" }
  | { readonly kind: "fault"; readonly fault: RecordFault }
  | { readonly kind: "reject"; readonly reject: Reject };

/** A record whose rows are written; one object for all, since there are many and each would be garbage at once. */
class TakenRecord {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Offset of its first byte in the decoded stream. */
  offset = 0;
  readonly id: { bytes: Uint8Array; start: number; end: number } = { bytes: new Uint8Array(0), start: 0, end: 0 };
}

const LOADED: Outcome = { kind: "loaded" };
const NO_SPANS: readonly number[] = [];

/** Loads records. */
export class RecordLoader {
  readonly rows: TraceRows;
  readonly kept = new KeptRecords();
  readonly #tables: { readonly [table in TableName]: TableBuilder };
  readonly #options: RecordOptions;
  readonly #state: ExtractionState;
  readonly #runner: ProgramRunner;
  readonly #detector: Detector;
  readonly #tape = new Tape();
  /** Over the record at hand: `#scanned` or `#reference`. */
  #cursor: Cursor;
  /** Over the bytes at hand and the interpreter's tape. */
  #reference: Cursor;
  #simd: SimdScanner | undefined;
  #walker: Walker | undefined;
  #lineWalk: LineWalk | undefined;
  /** Bytes of records until the walker starts. */
  #bytesToWalker: number;
  /** Over the bytes at hand and the tape of `#simd`. */
  #scanned: Cursor;
  /** Of the walker. */
  #instance: SimdExports | undefined;
  readonly #refusesRepeated: boolean;
  readonly #taken = new TakenRecord();
  /** Under `error`: by trace row, its file's index and its line, for the message. */
  readonly #lines = new Growing((length) => new Float64Array(length));
  readonly #files = new Growing((length) => new Int32Array(length));

  constructor(tables: { readonly [table in TableName]: TableBuilder }, options: RecordOptions) {
    this.#tables = tables;
    this.#options = options;
    this.#refusesRepeated = options.duplicates === "error" && options.defersDuplicates !== true;
    this.rows = new TraceRows(tables, () => this.#walker?.flush());
    this.#state = new ExtractionState(tables, { duplicates: options.duplicates, maxDepth: options.scan.maxDepth });
    this.#runner = new ProgramRunner(this.#state);
    this.#detector = new Detector(options.format);
    const { reader } = options;
    this.#bytesToWalker = reader === "walker" ? 0 : reader === "auto" ? WALKER_FROM_BYTES : Number.POSITIVE_INFINITY;
    this.#reference = new Cursor(new Uint8Array(0), this.#tape);
    this.#scanned = this.#reference;
    this.#cursor = this.#reference;
  }

  /** Bytes that the load holds. */
  get sizeBytes(): number {
    const { traces, spans, assessments } = this.#tables;
    const tables = traces.sizeBytes() + spans.sizeBytes() + assessments.sizeBytes();
    const walker = this.#walker?.sizeBytes ?? 0;
    return walker + tables + this.rows.sizeBytes + this.kept.sizeBytes + this.#tape.kinds.length * TAPE_NODE_BYTES;
  }

  /** Takes the rows that wait into the tables and their file's counts: before anyone else looks at either. Throws E_MEMORY. */
  flush(): void {
    this.#walker?.flush();
  }

  /** Takes back all trace rows from `rows` on. */
  truncate(rows: number): void {
    this.#walker?.flush();
    this.rows.truncate(rows);
    this.#walker?.forget();
  }

  /** Takes one record. Throws E_MEMORY, E_INTERNAL. */
  take(slice: RecordSlice, file: CurrentFile, fileNames: (index: number) => string): Outcome {
    const fault = this.#scan(slice);
    if (fault !== undefined) return { kind: "fault", fault };
    this.#beginFile(file);
    try {
      const detected = this.#detector.detect(this.#cursor);
      this.#learn(detected, slice.start);
      if (!this.#walk(slice, detected, file)) {
        this.#walker?.flush();
        this.#runner.run(this.#cursor, detected, slice.start);
        if (this.#refusesRepeated) this.#refuseRepeated(slice, fileNames);
      }
      this.#commit(slice, file);
      file.tally.load(detected.program.format);
      return LOADED;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#walker?.forget();
      return { kind: "reject", reject: rejectOf(slice, error) };
    }
  }

  /** Says that nothing more is taken; its rows are in the tables. Gives what it was made of, for shapes.ts. */
  close(): readonly unknown[] {
    this.flush();
    const parts = [this, this.#simd, this.#walker, this.#lineWalk];
    this.#release();
    this.#bytesToWalker = Number.POSITIVE_INFINITY;
    this.#simd = undefined;
    this.#walker = undefined;
    this.#lineWalk = undefined;
    return parts;
  }

  #release(): void {
    if (this.#instance !== undefined) releaseInstance(this.#instance);
    this.#instance = undefined;
  }

  #startWalker(): void {
    this.#bytesToWalker = Number.POSITIVE_INFINITY;
    this.#release();
    const instance = simdInstance({ reuses: true });
    if (instance === undefined) return;
    this.#instance = instance;
    const memory = new WalkMemory(instance);
    const scanner = new SimdScanner(instance);
    const walker = new Walker(memory, scanner, this.#state);
    this.#simd = scanner;
    this.#walker = walker;
    this.#lineWalk = undefined;
    if (this.#refusesRepeated) return;
    this.#lineWalk = new LineWalk({
      memory,
      scanner,
      walker,
      keys: this.#detector.keys,
      longest: this.#options.longest,
    });
  }

  /** Takes the lines of a file many at a time; see LineTaker. */
  linesOf(file: CurrentFile): LineTaker {
    return new LoaderLines(this, file);
  }

  /** What takes lines many at a time, when there is such. */
  get lineWalk(): LineWalk | undefined {
    return this.#lineWalk;
  }

  /** As `lineWalk`, which begins now if it is time to. Throws E_MEMORY. */
  readyLines(): LineWalk | undefined {
    this.#readyWalker();
    return this.#lineWalk;
  }

  /** Takes lines of a file; see LineWalk. Throws E_MEMORY, E_INTERNAL. */
  takeLines(at: number, file: CurrentFile, sink: WalkedSink): number {
    this.#beginFile(file);
    return this.#lineWalk?.take(at, file.tally.counts, sink) ?? at;
  }

  /** Starts the walker when it is time to, and a new one when the memory of the last is full. */
  #readyWalker(): void {
    if (this.#bytesToWalker <= 0) this.#startWalker();
    if (this.#walker?.isFull !== true) return;
    this.#walker.flush();
    this.#startWalker();
  }

  /** Tells the walker of a record that its root's keys tell, when it met one that it did not know. */
  #learn({ program }: Detected, first: number): void {
    const walk = this.#lineWalk;
    if (walk?.isNewShape !== true || this.#cursor !== this.#scanned) return;
    walk.isNewShape = false;
    if (this.#detector.isToldByKeys) this.#walker?.learnShape(program, first);
  }

  /** Whether the walker has written the record's rows; a repeated id under `error` is the interpreter's to refuse. */
  #walk(slice: RecordSlice, detected: Detected, file: CurrentFile): boolean {
    const walker = this.#walker;
    if (walker === undefined || this.#cursor !== this.#scanned) return false;
    walker.flushMany();
    if (!walker.run({ detected, first: slice.start }, file.tally.counts)) return false;
    if (!this.#refusesRepeated || this.rows.rowOf(this.#state.traceId) < 0) return true;
    walker.takeBack();
    return false;
  }

  /** Leaves the record on the tape of `#cursor`. */
  #scan(slice: RecordSlice): RecordFault | undefined {
    const { bytes, start, end } = slice;
    this.#readyWalker();
    this.#bytesToWalker -= end - start;
    const simd = this.#simd;
    if (simd?.scan(bytes, start, end, this.#options.scan)) {
      if (this.#scanned.bytes !== bytes || this.#scanned.tape !== simd.tape)
        this.#scanned = new Cursor(bytes, simd.tape);
      this.#cursor = this.#scanned;
      return undefined;
    }
    if (this.#reference.bytes !== bytes) this.#reference = new Cursor(bytes, this.#tape);
    this.#cursor = this.#reference;
    try {
      return tryScanDocument(bytes, slice, this.#options.scan, this.#tape);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new EngineError("E_MEMORY", `The system gives no memory to scan a record of ${end - start} bytes`, {
        cause,
      });
    }
  }

  #beginFile({ tally, placeable }: CurrentFile): void {
    const { payload } = this.#options;
    const places = payload === "keep" || (payload === "place" && placeable);
    if (this.#state.origin.file !== tally.file || this.#state.origin.places !== places) {
      this.#state.origin = { file: tally.file, places };
    }
  }

  /** Throws E_DUPLICATE when a record of the same id was loaded. */
  #refuseRepeated(slice: RecordSlice, fileNames: (index: number) => string): void {
    const { traceId } = this.#state;
    const earlier = this.rows.rowOf(traceId);
    if (earlier < 0) return;
    this.#runner.rollback();
    const first = { file: fileNames(this.#files.at(earlier)), line: this.#lines.at(earlier) };
    throw duplicateError(slice, traceId.bytes.subarray(0, traceId.length), first);
  }

  #commit(slice: RecordSlice, file: CurrentFile): void {
    const { counts, droppedSpans, traceId } = this.#state;
    const { bytes, start, end, offset } = slice;
    Object.assign(this.#taken, { bytes, start, end, offset });
    Object.assign(this.#taken.id, { bytes: traceId.bytes, start: 0, end: traceId.length });
    this.#add(file, droppedSpans);
    if (this.#refusesRepeated) {
      this.#files.push(file.index);
      this.#lines.push(slice.line);
    }
    counts.add("nonfinite", this.#cursor.tape.nonfinite);
    counts.copyTo(file.tally.counts);
  }

  /** Counts records of a file whose rows wait in the walker. */
  commitWalked(records: WalkedRecords, file: CurrentFile): void {
    const { bytes, base } = records;
    const taken = this.#taken;
    taken.bytes = bytes;
    taken.id.bytes = bytes;
    for (let i = 0; i < records.count; i += 1) {
      records.moveTo(i);
      taken.start = records.start;
      taken.end = records.end;
      taken.offset = base + records.start;
      taken.id.start = records.idStart;
      taken.id.end = records.idEnd;
      this.#add(file, NO_SPANS);
      file.tally.load(records.format);
    }
    file.tally.counts.add("orphanSpans", records.orphanSpans);
    file.tally.counts.add("negativeDurations", records.negativeDurations);
  }

  /** Makes the rows beyond the last trace those of the record at hand. */
  #add(file: CurrentFile, droppedSpans: readonly number[]): void {
    const record = this.#taken;
    const { duplicates, payload, wantsPlaces, defersDuplicates } = this.#options;
    const source = this.#state.origin.places ? file.index : -1;
    const keeps = payload === "keep" && wantsPlaces;
    const start = keeps ? this.kept.append(record.bytes, record.start, record.end) : record.offset;
    const lengthBytes = record.end - record.start;
    const earlier = this.rows.add({ id: record.id, source, start, lengthBytes }, droppedSpans);
    if (source < 0 && payload === "place" && wantsPlaces) file.tally.counts.add("nullPayload");
    if (earlier < 0 || defersDuplicates === true) return;
    file.tally.duplicates += 1;
    if (duplicates === "last") this.rows.replace(earlier);
  }
}

/** The lines of one file. A class, since the runtime forgets the code of functions that each load makes anew. */
class LoaderLines implements LineTaker, WalkedSink {
  readonly #loader: RecordLoader;
  readonly #file: CurrentFile;

  constructor(loader: RecordLoader, file: CurrentFile) {
    this.#loader = loader;
    this.#file = file;
  }

  get newlines(): number {
    return this.#loader.lineWalk?.newlines ?? 0;
  }

  begin(run: LineRun): boolean {
    const walk = this.#loader.readyLines();
    walk?.begin(run);
    return walk !== undefined;
  }

  room(size: number, kept: number): Uint8Array | undefined {
    // What is kept stands in the memory of the walker at hand.
    const walk = kept === 0 ? this.#loader.readyLines() : this.#loader.lineWalk;
    return walk?.room(size, kept);
  }

  fill(end: number, offset: number): void {
    this.#loader.lineWalk?.fill(end, offset);
  }

  behind(at: number): number {
    return this.#loader.lineWalk?.behind(at) ?? at;
  }

  take(at: number): number {
    return this.#loader.takeLines(at, this.#file, this);
  }

  onRecords(records: WalkedRecords): void {
    this.#loader.commitWalked(records, this.#file);
  }
}
