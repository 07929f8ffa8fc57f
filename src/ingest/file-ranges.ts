// The lines of a plain file, or of one part of it, for a thread that reads them by itself.
// Called by part-loader.ts and sequential-load.ts. Reads block: such a thread has nothing else to do meanwhile, and what the
// system has at hand is there sooner than a promise.
// What must stay true: ranges that follow one another give every line once; a line belongs to the range in which it begins;
// a file that changed since it was first looked at, or changes until a range's last byte is read, is refused.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { FileIdentity, Source, SourceChunk } from "./byte-source.ts";
import { asEngineError, changedWhileRead } from "./sources.ts";

const NEWLINE = 10;
const READ_BYTES = 2 ** 20;
/** Read behind a range's end, where its last line mostly ends. */
const TAIL_BYTES = 64 * 1024;
/** A line that is longer than what is read at a time makes that so many times as much, and again, up to MOST_GROWTH in all. */
const GROWTH = 4;
const MOST_GROWTH = 16;

/** Lines of a file: those that begin at offsets [start, end). */
export interface LineRange {
  readonly start: number;
  readonly end: number;
  /** True when `start` is known to be where a line, or what is left to read of one, begins; else newlines tell. */
  readonly isLineStart: boolean;
}

/** How to read. */
export interface RangeReading {
  /** Bytes read at a time; more where a line is longer. */
  readonly readBytes?: number | undefined;
  /** Chunks after which other work of the process gets a turn; it gets none when absent. */
  readonly chunksPerTurn?: number;
}

/** Reads ranges of files, one at a time. */
export class RangeReader {
  readonly #chunksPerTurn: number;
  readonly #mostBytes: number;
  #buffer: Buffer;

  constructor({ readBytes = READ_BYTES, chunksPerTurn = Number.POSITIVE_INFINITY }: RangeReading = {}) {
    this.#buffer = Buffer.allocUnsafeSlow(readBytes);
    this.#mostBytes = readBytes * MOST_GROWTH;
    this.#chunksPerTurn = chunksPerTurn;
  }

  /** The lines of a range as a source; its offsets are those of the file. Its chunks throw E_IO, E_SOURCE_CHANGED. */
  source(file: FileIdentity, range: LineRange): Source {
    const sizeBytes = Number(file.sizeBytes);
    const source = {
      info: { name: file.path, kind: "file", compression: "none", sizeBytes, placeable: true, file } as const,
      /** Offset up to which the file was read. */
      consumedBytes: range.start,
      chunks: () => this.#chunks(file, range, source),
    };
    return source;
  }

  async *#chunks(
    file: FileIdentity,
    range: LineRange,
    progress: { consumedBytes: number },
  ): AsyncGenerator<SourceChunk, void, undefined> {
    let descriptor: number | undefined;
    let turn = 0;
    try {
      descriptor = openSync(file.path, constants.O_RDONLY);
      checkUnchanged(descriptor, file);
      for (const chunk of this.#lines(descriptor, range)) {
        progress.consumedBytes = chunk.offset + chunk.bytes.length;
        yield chunk;
        turn += 1;
        if (turn % this.#chunksPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      checkUnchanged(descriptor, file);
    } catch (error) {
      throw asEngineError(error, file.path);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  /**
   * From behind the first newline at or after `start - 1` to behind the first one at or after `end - 1`. Chunks end behind
   * a newline where they can: what is left of a line is read again, which costs less than putting its parts together.
   */
  *#lines(descriptor: number, { start, end, isLineStart }: LineRange): Generator<SourceChunk, void, undefined> {
    let isWithin = isLineStart;
    let at = isLineStart ? start : start - 1;
    let tail = TAIL_BYTES;
    for (;;) {
      // Within a line that began before the range, none of its own can begin any more.
      if (!isWithin && at >= end - 1) return;
      const wanted = Math.min(this.#buffer.length, Math.max(end - at, 0) + tail);
      const length = readSync(descriptor, this.#buffer, 0, wanted, at);
      if (length === 0) return;
      const bytes = this.#buffer.subarray(0, length);
      const from = isWithin ? 0 : bytes.indexOf(NEWLINE) + 1;
      isWithin ||= from > 0;
      if (at + from >= end && from > 0) return;
      if (!isWithin) {
        at += length;
        continue;
      }
      const last = at + length < end ? -1 : bytes.indexOf(NEWLINE, Math.max(from, end - 1 - at));
      const whole = last < 0 ? bytes.lastIndexOf(NEWLINE) : last;
      // The range's last line may end anywhere; of others a whole one is waited for.
      const isCut = whole < from;
      if (isCut && length === wanted && (wanted < this.#buffer.length || this.#makeRoom())) {
        at += from;
        tail *= GROWTH;
        continue;
      }
      const to = isCut ? length : whole + 1;
      yield { bytes: bytes.subarray(from, to), offset: at + from };
      if (last >= 0) return;
      at += to;
    }
  }

  /** Makes the buffer larger. False when it is large enough for any usual line. */
  #makeRoom(): boolean {
    const { length } = this.#buffer;
    if (length * GROWTH > this.#mostBytes) return false;
    this.#buffer = Buffer.allocUnsafeSlow(length * GROWTH);
    return true;
  }
}

function checkUnchanged(descriptor: number, { path, sizeBytes, modifiedNs }: FileIdentity): void {
  const now = fstatSync(descriptor, { bigint: true });
  if (now.size !== sizeBytes || now.mtimeNs !== modifiedNs) throw changedWhileRead(path);
}
