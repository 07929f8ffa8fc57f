// Reads lines of a plain file straight into the walker's memory, and has it take them; the few that it leaves are read again
// in the ordinary way.
// Called by part-loader.ts and sequential-load.ts. What must stay true: records, faults and their places are those of
// readLineRange over the same range (records.ts), whatever the sizes of reads.

import type { FileIdentity } from "./byte-source.ts";
import { type LineRange, RangeReader, UnchangedFile } from "./file-ranges.ts";
import type { LineTaker, RecordSink } from "./record-sink.ts";
import { type LineReading, readLineRange } from "./records.ts";
import { asEngineError } from "./sources.ts";

const NEWLINE = 0x0a;
const READ_BYTES = 2 ** 20;
/** Read behind a range's end, where its last line mostly ends. */
const TAIL_BYTES = 2 ** 16;
/** Where what was read holds no whole line, so many times as much is read. */
const GROWTH = 2;
/** Lines in a row that were left, after which the rest of what was read is read in the ordinary way. */
const MOST_LEFT = 4;

/** How lines of files are read. */
export interface FileLinesReading extends LineReading {
  readonly sink: RecordSink;
  /** Called before each read; may throw to stop. `offset`: up to where the file is read. */
  readonly onRead?: (offset: number) => Promise<void> | void;
}

/** Reads lines of files, one range at a time. */
export class FileLines {
  readonly #readBytes: number;
  readonly #ranges: RangeReader;

  /** `readBytes`: bytes read at a time, more where a line is longer. */
  constructor(readBytes = READ_BYTES) {
    this.#readBytes = readBytes;
    this.#ranges = new RangeReader(readBytes);
  }

  /** Reads the lines of a range; returns how many newlines there were. Throws E_IO, E_SOURCE_CHANGED, and as readLineRange. */
  async read(file: FileIdentity, range: LineRange, reading: FileLinesReading): Promise<number> {
    let open: UnchangedFile | undefined;
    try {
      open = new UnchangedFile(file);
      const lines = new RangeLines({ file: open, ranges: this.#ranges, readBytes: this.#readBytes }, reading);
      await lines.read(range);
      open.check();
      return lines.newlines;
    } catch (error) {
      throw asEngineError(error, file.path);
    } finally {
      open?.close();
    }
  }
}

/** What is read, and by what. */
interface RangeParts {
  readonly file: UnchangedFile;
  readonly ranges: RangeReader;
  readonly readBytes: number;
}

class RangeLines {
  newlines = 0;
  readonly #parts: RangeParts;
  readonly #reading: FileLinesReading;
  /** The sink, but for lines many at a time. */
  readonly #single: RecordSink;
  /** Lines in a row that were left. */
  #left = 0;

  constructor(parts: RangeParts, reading: FileLinesReading) {
    const { sink } = reading;
    this.#parts = parts;
    this.#reading = reading;
    this.#single = {
      stopsAtFault: sink.stopsAtFault ?? false,
      onRecord: (slice) => sink.onRecord(slice),
      onFault: (fault) => sink.onFault(fault),
    };
  }

  async read({ start, end, isLineStart }: LineRange): Promise<void> {
    let at = isLineStart ? start : this.#firstLine(start, end);
    while (at < end) {
      await this.#reading.onRead?.(at);
      at = await this.#readSome(at, end);
    }
  }

  /** Reads lines from offset `at` on, where one begins; gives the offset of the next one, or one at or behind `end`. */
  async #readSome(at: number, end: number): Promise<number> {
    const { readBytes, file } = this.#parts;
    const { lines } = this.#reading.sink;
    let length = 0;
    for (let times = 1; ; times *= GROWTH) {
      const size = Math.min(readBytes * times, end - at + TAIL_BYTES * times);
      const room = lines?.room(size, length);
      if (lines === undefined || room === undefined || room.length <= length) {
        // The walker is not there yet, or will never be; or the line is longer than it takes.
        const to = times === 1 ? Math.min(end, at + readBytes) : at + 1;
        await this.#ordinary(at, to);
        return this.#firstLine(to, end);
      }
      length += file.read(room.subarray(length), at + length);
      const whole = wholeLines(room.subarray(0, length), end - at);
      if (whole > 0) {
        await this.#take(lines, at, whole);
        return at + whole;
      }
      if (length < room.length) {
        await this.#ordinary(at, end);
        return end;
      }
    }
  }

  /** Has the lines `[0, length)` of the room taken, which stand at `offset` of the file. */
  async #take(lines: LineTaker, offset: number, length: number): Promise<void> {
    lines.fill(length, offset);
    for (let at = 0; ; ) {
      const from = at;
      at = lines.take(from);
      this.newlines += lines.newlines;
      if (at >= length) return;
      this.#left = at === from ? this.#left + 1 : 1;
      const isMany = this.#left > MOST_LEFT;
      const next = isMany ? length : lines.behind(at);
      await this.#ordinary(offset + at, isMany ? offset + length : offset + at + 1);
      at = next;
      if (at >= length) return;
    }
  }

  /** Reads the lines that begin at offsets [start, end), the first one at `start`, in the ordinary way. */
  async #ordinary(start: number, end: number): Promise<void> {
    const { file, ranges } = this.#parts;
    const { limits, firstLine = 1 } = this.#reading;
    const source = ranges.source(file.identity, { start, end });
    this.newlines += await readLineRange(source, this.#single, { limits, firstLine: firstLine + this.newlines });
  }

  /** Offset of the first line that begins at or behind `start`; `end` when none begins before that. */
  #firstLine(start: number, end: number): number {
    const { file, readBytes } = this.#parts;
    const buffer = Buffer.allocUnsafe(Math.min(readBytes, TAIL_BYTES));
    for (let at = start - 1; at < end - 1; at += buffer.length) {
      const length = file.read(buffer, at);
      const newline = buffer.subarray(0, length).indexOf(NEWLINE);
      if (newline >= 0) return Math.min(end, at + newline + 1);
      if (length === 0) return end;
    }
    return end;
  }
}

/**
 * Length of the whole lines that `bytes` begins with, of those that begin before index `end`; 0 when not even one ends in
 * it.
 */
function wholeLines(bytes: Uint8Array, end: number): number {
  const { indexOf, lastIndexOf } = Buffer.prototype;
  const newline = bytes.length < end ? -1 : indexOf.call(bytes, NEWLINE, end - 1);
  return (newline >= 0 ? newline : lastIndexOf.call(bytes, NEWLINE)) + 1;
}
