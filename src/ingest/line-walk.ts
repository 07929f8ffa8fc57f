// Takes whole lines, a piece of them at a time, through the walker: one call for as many records as there are.
// Made by record-loader.ts for each walker. What must stay true: lines are taken in order, each whole or not at all; what
// the walker leaves is delivered singly, and its verdict is the ordinary one.

import { isUtf8 } from "node:buffer";
import type { SimdScanner } from "../json/simd.ts";
import type { Counts } from "./counters.ts";
import type { LineRun } from "./record-sink.ts";
import type { WalkMemory } from "./walk-memory.ts";
import { WalkScope } from "./walk-scope.ts";
import type { Walker } from "./walker.ts";

/** Bytes that are given to the module at once: what a file is read by, and a little more. */
const PIECE_BYTES = 2 ** 20 + 2 ** 16;
/** Bytes behind a piece that belong to nobody. */
const PADDING = 128;
/** Records of one call, as many as rows of traces can wait. */
const RECORDS = 512;
const RECORD_WORDS = 7;
const NEWLINE = 0x0a;
/** Lines in a row that were left, after which the rest of a run is delivered singly. */
const MOST_LEFT = 16;
const NO_BYTES = new Uint8Array(0);

/** Records whose rows wait. Valid until the next call. */
export interface WalkedRecords {
  readonly count: number;
  readonly orphanSpans: number;
  readonly negativeDurations: number;
  /** Moves to record `index`: its rows are counted. */
  moveTo(index: number): void;
  /** Of the record at hand: indexes into the bytes of the run. */
  readonly start: number;
  readonly end: number;
  readonly idStart: number;
  readonly idEnd: number;
  readonly format: string;
  /** The run. */
  readonly bytes: Uint8Array;
  readonly base: number;
}

/** What lines are taken with. */
export interface LineWalkParts {
  readonly memory: WalkMemory;
  readonly scanner: SimdScanner;
  readonly walker: Walker;
  /** Keys of a record's root by which formats are told. */
  readonly keys: readonly string[];
  /** Bytes of the longest record. */
  readonly longest: number;
}

/** See the file's header. */
export class LineWalk implements WalkedRecords {
  count = 0;
  orphanSpans = 0;
  negativeDurations = 0;
  start = 0;
  end = 0;
  idStart = 0;
  idEnd = 0;
  format = "";
  /** Newlines between the two indexes of the last take(). */
  newlines = 0;
  /** Whether the line that was left last is of no shape that is known. */
  isNewShape = false;
  readonly #parts: LineWalkParts;
  readonly #piece: number;
  #run: LineRun | undefined;
  /** The run's bytes that stand in the module. */
  #pieceStart = 0;
  #pieceEnd = 0;
  #isUtf8 = false;
  #left = 0;

  /** Throws E_MEMORY. */
  constructor(parts: LineWalkParts) {
    const { memory, scanner, keys } = parts;
    this.#parts = parts;
    scanner.reserve(PIECE_BYTES);
    this.#piece = memory.allocate(PIECE_BYTES + PADDING);
    const scope = new WalkScope(memory);
    for (const key of keys) scope.slot([key]);
    scope.finish();
    memory.given(memory.exports.reserveLines(RECORDS, scope.address));
  }

  get bytes(): Uint8Array {
    return this.#run?.bytes ?? NO_BYTES;
  }

  get base(): number {
    return this.#run?.base ?? 0;
  }

  /** Begins a run. */
  begin(run: LineRun): void {
    this.#run = run;
    this.#pieceEnd = 0;
    this.#left = 0;
  }

  /** Takes lines from index `at` of the run on; `onRecords` is called while the records of a call wait. See LineTaker. */
  take(at: number, counts: Counts, onRecords: (records: WalkedRecords) => void): number {
    this.newlines = 0;
    const run = this.#run;
    if (run === undefined || this.#left > MOST_LEFT) return at;
    let stalled = false;
    for (let from = at; ; ) {
      if (from >= this.#pieceEnd && !this.#nextPiece(run, from)) return from;
      const status = this.#walk(from, counts, onRecords);
      const isAtWork = this.count > 0;
      if (isAtWork) this.#left = 0;
      from = this.#offsetOf(this.#parts.memory.exports.linesEnd());
      if (status === "full") this.#parts.walker.flush();
      // A record that the tables have no room for, or that asks again and again, is not for the walker.
      const isStuck = stalled && !isAtWork;
      stalled = !isAtWork && status !== "done";
      if (status === "left" || status === "newShape" || isStuck) {
        this.isNewShape = status === "newShape";
        this.#left += 1;
        return from;
      }
      if (status === "done" && from >= run.end) return run.end;
    }
  }

  /** Moves to record `index`: its rows are counted. */
  moveTo(index: number): void {
    const { exports, words } = this.#parts.memory;
    const record = (exports.linesRecords() >>> 2) + index * RECORD_WORDS;
    this.start = this.#offsetOf(words[record]!);
    this.end = this.start + words[record + 1]!;
    this.idStart = this.#offsetOf(words[record + 2]!);
    this.idEnd = this.idStart + words[record + 3]!;
    this.#parts.walker.countUpTo(words[record + 4]!, words[record + 5]!);
    this.format = this.#parts.walker.formatOf(words[record + 6]!);
  }

  #walk(from: number, counts: Counts, onRecords: (records: WalkedRecords) => void): ReturnType<Walker["runLines"]> {
    const { memory, scanner, walker, longest } = this.#parts;
    const address = (index: number) => this.#piece + (index - this.#pieceStart);
    const lines = { start: address(from), end: address(this.#pieceEnd), longest, isUtf8: this.#isUtf8 };
    const status = walker.runLines(lines, counts);
    scanner.refresh();
    const { exports } = memory;
    this.newlines += exports.linesNewlines();
    this.count = exports.linesRecordCount();
    this.orphanSpans = exports.linesOrphans();
    this.negativeDurations = exports.linesNegativeDurations();
    if (this.count > 0) onRecords(this);
    return status;
  }

  /** Copies the lines that begin at `from`. False: the first one is too long. */
  #nextPiece({ bytes, end }: LineRun, from: number): boolean {
    let to = Math.min(end, from + PIECE_BYTES);
    if (to < end) to = Buffer.prototype.lastIndexOf.call(bytes, NEWLINE, to - 1) + 1;
    if (to <= from) return false;
    const piece = bytes.subarray(from, to);
    const memory = this.#parts.memory.bytes;
    memory.set(piece, this.#piece);
    memory.fill(0, this.#piece + piece.length, this.#piece + piece.length + PADDING);
    this.#pieceStart = from;
    this.#pieceEnd = to;
    this.#isUtf8 = isUtf8(piece);
    return true;
  }

  #offsetOf(address: number): number {
    return (address >>> 0) - this.#piece + this.#pieceStart;
  }
}
