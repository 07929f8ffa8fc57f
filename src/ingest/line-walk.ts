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
/** Longest piece, which holds one long line. */
const MOST_PIECE_BYTES = 2 ** 24;
/** Bytes behind a piece that belong to nobody. */
const PADDING = 128;
/** Records of one call, as many as rows of traces can wait. */
const RECORDS = 512;
const RECORD_WORDS = 7;
const NEWLINE = 0x0a;
/** Lines in a row that were left, after which the rest of a run is delivered singly. */
const MOST_LEFT = 16;
/** Calls without a record after which the next line is left: rows to flush, texts to look at, UTF-8 to check. */
const MOST_STALLS = 3;

/** Records whose rows wait. Valid until the next call. */
export interface WalkedRecords {
  readonly count: number;
  readonly orphanSpans: number;
  readonly negativeDurations: number;
  /** Moves to record `index`: its rows are counted. */
  moveTo(index: number): void;
  /** What the indexes of a record mean. */
  readonly bytes: Uint8Array;
  /** Offset of `bytes[0]` in the decoded stream. */
  readonly base: number;
  /** Of the record at hand. */
  readonly start: number;
  readonly end: number;
  readonly idStart: number;
  readonly idEnd: number;
  readonly format: string;
}

/** Counts the records of a call, while they wait. */
export interface WalkedSink {
  onRecords(records: WalkedRecords): void;
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
  base = 0;
  /** Newlines between the two indexes of the last take(). */
  newlines = 0;
  /** Whether the line that was left last is of no shape that is known. */
  isNewShape = false;
  readonly #parts: LineWalkParts;
  /** Address of the piece, and its bytes. */
  #piece = 0;
  #room = 0;
  /** Lines of which pieces are copied; undefined for a piece that was read into the room. */
  #run: LineRun | undefined;
  /** Indexes between which the piece holds bytes. */
  #pieceStart = 0;
  #pieceEnd = 0;
  #isUtf8: boolean | undefined;
  #left = 0;

  /** Throws E_MEMORY. */
  constructor(parts: LineWalkParts) {
    const { memory, keys } = parts;
    this.#parts = parts;
    this.#makeRoom(PIECE_BYTES);
    const scope = new WalkScope(memory);
    for (const key of keys) scope.slot(key);
    scope.finish();
    memory.given(memory.exports.reserveLines(RECORDS, scope.address));
  }

  get bytes(): Uint8Array {
    return this.#parts.memory.bytes;
  }

  /** Begins with lines that are copied. */
  begin(run: LineRun): void {
    this.#run = run;
    this.#pieceEnd = 0;
    this.#left = 0;
  }

  /** Room to be read into at once. Throws E_MEMORY. See LineTaker. */
  room(size: number, kept: number): Uint8Array {
    if (size > this.#room && this.#room < MOST_PIECE_BYTES) {
      const before = this.#piece;
      this.#makeRoom(MOST_PIECE_BYTES);
      this.bytes.copyWithin(this.#piece, before, before + kept);
    }
    return this.bytes.subarray(this.#piece, this.#piece + Math.min(size, this.#room));
  }

  /** Begins with the lines `[0, end)` of the room, which stand at `offset` of the stream. */
  fill(end: number, offset: number): void {
    this.#run = undefined;
    this.#left = 0;
    this.#setPiece(0, end, offset);
  }

  /** Index behind the newline of the line at index `at` of the room. */
  behind(at: number): number {
    const newline = Buffer.prototype.indexOf.call(this.bytes, NEWLINE, this.#piece + at);
    return newline < 0 ? this.#pieceEnd : newline + 1 - this.#piece;
  }

  /** Takes lines from index `at` on, and tells `sink` of their records. See LineTaker. */
  take(at: number, counts: Counts, sink: WalkedSink): number {
    this.newlines = 0;
    if (this.#left > MOST_LEFT) return at;
    let stalls = 0;
    for (let from = at; ; ) {
      if (from >= this.#pieceEnd && !this.#nextPiece(from)) return from;
      const status = this.#walk(from, counts, sink);
      const isAtWork = this.count > 0;
      if (isAtWork) this.#left = 0;
      from = this.#indexOf(this.#parts.memory.exports.linesEnd());
      if (status === "full") this.#parts.walker.flush();
      if (status === "needsUtf8Check") this.#isUtf8 = isUtf8(this.#pieceBytes());
      // A record that the tables have no room for, or that asks again and again, is not for the walker.
      stalls = isAtWork || status === "done" ? 0 : stalls + 1;
      if (status === "left" || status === "newShape" || stalls > MOST_STALLS) {
        this.isNewShape = status === "newShape";
        this.#left += 1;
        return from;
      }
    }
  }

  /** Moves to record `index`: its rows are counted. */
  moveTo(index: number): void {
    const { exports, words } = this.#parts.memory;
    const record = (exports.linesRecords() >>> 2) + index * RECORD_WORDS;
    this.start = words[record]! >>> 0;
    this.end = this.start + words[record + 1]!;
    this.idStart = words[record + 2]! >>> 0;
    this.idEnd = this.idStart + words[record + 3]!;
    this.#parts.walker.countUpTo(words[record + 4]!, words[record + 5]!);
    this.format = this.#parts.walker.formatOf(words[record + 6]!);
  }

  #walk(from: number, counts: Counts, sink: WalkedSink): ReturnType<Walker["runLines"]> {
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
    if (this.count > 0) sink.onRecords(this);
    return status;
  }

  /** Copies the lines that begin at `from`. False: there are none, or the first one is too long. */
  #nextPiece(from: number): boolean {
    if (this.#run === undefined) return false;
    const { bytes, end, base } = this.#run;
    let to = Math.min(end, from + this.#room);
    if (to < end) to = Buffer.prototype.lastIndexOf.call(bytes, NEWLINE, to - 1) + 1;
    if (to <= from) return false;
    this.bytes.set(bytes.subarray(from, to), this.#piece);
    this.#setPiece(from, to, base);
    return true;
  }

  /** The piece holds the indexes [start, end) of what index 0 of stands at `offset` of the stream. */
  #setPiece(start: number, end: number, offset: number): void {
    const behind = this.#piece + end - start;
    this.bytes.fill(0, behind, behind + PADDING);
    this.#pieceStart = start;
    this.#pieceEnd = end;
    this.base = offset + start - this.#piece;
    this.#isUtf8 = undefined;
  }

  #pieceBytes(): Uint8Array {
    return this.bytes.subarray(this.#piece, this.#piece + this.#pieceEnd - this.#pieceStart);
  }

  #makeRoom(size: number): void {
    const { memory, scanner } = this.#parts;
    scanner.reserve(size);
    this.#piece = memory.allocate(size + PADDING);
    scanner.roomBytes += size;
    this.#room = size;
  }

  #indexOf(address: number): number {
    return (address >>> 0) - this.#piece + this.#pieceStart;
  }
}
