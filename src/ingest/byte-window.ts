// A window over a source's chunks: the bytes that are at hand, and the few before them that somebody still needs.
// Called by framing.ts and records.ts (records), decompress.ts and zstd.ts (headers and blocks).
// What must stay true: a chunk is used in place; bytes are copied only when what is kept straddles two chunks.
// Indexes into `bytes` are valid until `more` is called; `keep`, `position` and `end` are carried over.

import { EngineError } from "../base/errors.ts";
import type { SourceChunk } from "./byte-source.ts";

/** Carried bytes grow by doubling up to here, then at once to the most that a record can need: fresh memory costs nothing until it is written. */
const DOUBLING_LIMIT = 8 * 2 ** 20;
const ROOM_FOR_CHUNK = 8 * 2 ** 20;
const LARGEST_AT_ONCE = 2 ** 30;

/** See the file's header. `bytes[position, end)` are the bytes to read next. */
export class ByteWindow {
  bytes: Uint8Array = new Uint8Array(0);
  position = 0;
  /** After the last byte at hand. */
  end = 0;
  /** Index of the first byte that `more` must carry over; -1: those from `position` on. */
  keep = -1;
  /** Offset of `bytes[0]` in the stream. */
  base = 0;
  /** True when the source has no more chunks. */
  ended = false;

  private readonly chunks: AsyncIterator<SourceChunk>;
  private readonly keepLimit: number;
  private carry: Uint8Array = new Uint8Array(0);
  /** The part of the last chunk that was held back. */
  private rest: SourceChunk | undefined;

  /** `keepLimit`: the most bytes that are ever kept, as a hint for memory. */
  constructor(chunks: AsyncIterator<SourceChunk>, keepLimit: number) {
    this.chunks = chunks;
    this.keepLimit = keepLimit;
  }

  /** Offset of the next byte in the stream. */
  get offset(): number {
    return this.base + this.position;
  }

  /**
   * Gets more bytes after `end`; false when there are none. `wanted` says how many bytes of the next chunk are appended to
   * kept ones, at least one: those after them are then read in place.
   */
  async more(wanted?: (chunk: SourceChunk) => number): Promise<boolean> {
    if (this.ended) return false;
    const from = this.keep >= 0 ? this.keep : this.position;
    const kept = this.end - from;
    if (kept > 0) this.carryOver(from);
    const chunk = this.rest ?? (await this.nextChunk());
    this.rest = undefined;
    if (chunk === undefined) {
      this.ended = true;
      return false;
    }
    if (kept > 0) this.append(chunk, wanted?.(chunk) ?? chunk.bytes.length);
    else this.adopt(chunk);
    return true;
  }

  /** Makes at least `count` bytes stand at `position`, if the source has them; returns whether it has. */
  async need(count: number): Promise<boolean> {
    while (this.end - this.position < count) if (!(await this.more())) return false;
    return true;
  }

  /** Index of the next `byte` at or after index `from`, or -1 when it is not at hand. */
  indexOf(byte: number, from: number): number {
    const exact = this.bytes.length === this.end ? this.bytes : this.bytes.subarray(0, this.end);
    return indexOfByte(exact, byte, from);
  }

  /** Index of the last `byte` at hand, or -1. */
  lastIndexOf(byte: number): number {
    return Buffer.prototype.lastIndexOf.call(this.bytes, byte, this.end - 1);
  }

  /** Lets go of the source: files are closed. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  private async nextChunk(): Promise<SourceChunk | undefined> {
    for (;;) {
      const next = await this.chunks.next();
      if (next.done) return undefined;
      if (next.value.bytes.length > 0) return next.value;
    }
  }

  private adopt({ bytes, offset }: SourceChunk): void {
    // Files give Buffers, whose slice() is a view of what the next chunk overwrites: that of an Uint8Array is a copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.base = offset;
    this.position = 0;
    this.end = bytes.length;
    if (this.keep >= 0) this.keep = 0;
  }

  /** Moves `[from, end)` to the front of the carry buffer, before the chunk that holds it is overwritten. */
  private carryOver(from: number): void {
    const kept = this.end - from;
    if (this.bytes === this.carry) {
      if (from > 0) this.carry.copyWithin(0, from, this.end);
    } else {
      if (this.carry.length < kept) this.carry = this.allocate(kept);
      this.carry.set(this.bytes.subarray(from, this.end));
    }
    this.bytes = this.carry;
    this.base += from;
    this.position -= from;
    this.end = kept;
    if (this.keep >= 0) this.keep = 0;
  }

  /** Appends the first `length` bytes of a chunk. */
  private append({ bytes, offset }: SourceChunk, length: number): void {
    if (length < bytes.length) this.rest = { bytes: bytes.subarray(length), offset: offset + length };
    const needed = this.end + length;
    if (this.carry.length < needed) {
      const larger = this.allocate(needed);
      larger.set(this.carry.subarray(0, this.end));
      this.carry = larger;
      this.bytes = larger;
    }
    this.carry.set(length < bytes.length ? bytes.subarray(0, length) : bytes, this.end);
    this.end = needed;
  }

  private allocate(needed: number): Uint8Array {
    const most = this.keepLimit + ROOM_FOR_CHUNK;
    let size = 64 * 1024;
    while (size < needed) size *= 2;
    if (size > DOUBLING_LIMIT && needed <= most && most <= LARGEST_AT_ONCE) size = most;
    try {
      return new Uint8Array(size);
    } catch (cause) {
      throw new EngineError("E_MEMORY", `a record needs a buffer of ${size} bytes, which the system does not give`, {
        cause,
      });
    }
  }
}

/** Index of the next `byte` in `bytes` at or after index `from`, or -1. */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number): number {
  return Buffer.prototype.indexOf.call(bytes, byte, from);
}
