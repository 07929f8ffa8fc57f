// The lines of a plain file, or of one part of it, for a thread that reads them by itself.
// Called by file-lines.ts, for lines that are read in the ordinary way. Reads block: such a thread has nothing else to do
// meanwhile, and what the system has at hand is there sooner than a promise.
// What must stay true: a line belongs to the range in which it begins, so that ranges that follow one another give every line
// once; a file that changed since it was first looked at, or changes until a range's last byte is read, is refused.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { FileIdentity, Source, SourceChunk } from "./byte-source.ts";
import { asEngineError, changedWhileRead } from "./sources.ts";

const NEWLINE = 10;
const READ_BYTES = 2 ** 20;
/** Read behind a range's end, where its last line mostly ends. */
const TAIL_BYTES = 64 * 1024;

/** Lines of a file: those that begin at offsets [start, end). */
export interface LineRange {
  readonly start: number;
  readonly end: number;
  /** True when `start` is known to be where a line, or what is left to read of one, begins; else newlines tell. */
  readonly isLineStart: boolean;
}

/** A range at whose start a line is known to begin. */
export type LineStartRange = Pick<LineRange, "start" | "end">;

/** Reads ranges of files, one at a time. */
export class RangeReader {
  readonly #buffer: Buffer;

  /** `readBytes`: bytes read at a time. */
  constructor(readBytes = READ_BYTES) {
    this.#buffer = Buffer.allocUnsafeSlow(readBytes);
  }

  /** The lines of a range as a source; its offsets are those of the file. Its chunks throw E_IO, E_SOURCE_CHANGED. */
  source(file: FileIdentity, range: LineStartRange): Source {
    const sizeBytes = Number(file.sizeBytes);
    const chunks = () => this.#chunks(file, range);
    return {
      info: { name: file.path, kind: "file", compression: "none", sizeBytes, placeable: true, file },
      consumedBytes: 0,
      chunks,
    };
  }

  async *#chunks(file: FileIdentity, range: LineStartRange): AsyncGenerator<SourceChunk, void, undefined> {
    let open: UnchangedFile | undefined;
    try {
      open = new UnchangedFile(file);
      yield* this.#lines(open, range);
      open.check();
    } catch (error) {
      throw asEngineError(error, file.path);
    } finally {
      open?.close();
    }
  }

  /** From `start` to behind the first newline at or after `end - 1`. */
  *#lines(file: UnchangedFile, { start, end }: LineStartRange): Generator<SourceChunk, void, undefined> {
    for (let at = start, tail = TAIL_BYTES; ; tail *= 2) {
      const wanted = Math.min(this.#buffer.length, Math.max(end - at, 0) + tail);
      const length = file.read(this.#buffer.subarray(0, wanted), at);
      if (length === 0) return;
      const bytes = this.#buffer.subarray(0, length);
      const last = at + length < end ? -1 : bytes.indexOf(NEWLINE, Math.max(0, end - 1 - at));
      yield { bytes: last < 0 ? bytes : bytes.subarray(0, last + 1), offset: at };
      if (last >= 0) return;
      at += length;
    }
  }
}

/** An open file, which must stay what it was when it was looked at first. */
export class UnchangedFile {
  readonly identity: FileIdentity;
  readonly #descriptor: number;

  /** Opens it; the caller closes it. Throws what the system says, E_SOURCE_CHANGED. */
  constructor(identity: FileIdentity) {
    this.identity = identity;
    this.#descriptor = openSync(identity.path, constants.O_RDONLY);
    try {
      this.check();
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
  }

  /** Reads bytes from offset `at` on into all of `target`; gives how many there were. Throws what the system says. */
  read(target: Uint8Array, at: number): number {
    return readSync(this.#descriptor, target, 0, target.length, at);
  }

  /** Throws E_SOURCE_CHANGED when it is no longer what it was. */
  check(): void {
    const { path, sizeBytes, modifiedNs } = this.identity;
    const now = fstatSync(this.#descriptor, { bigint: true });
    if (now.size !== sizeBytes || now.mtimeNs !== modifiedNs) throw changedWhileRead(path);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
