// Records on their way to a thread: their bytes, one after another in memory that moves there and back, and where each one
// stood. Not shared memory: copies to and from that are made byte by byte where the two sides are not aligned alike.
// Written by batching-sink.ts on the main thread, read by part-loader.ts in a worker.
// What must stay true: a batch holds records of one source, in order; its memory is not written again before its answer
// was taken.

import { EngineError } from "../base/errors.ts";
import type { FramingName, RecordSlice } from "./record-sink.ts";

/** A source, as far as a worker must know it. */
export interface BatchSource {
  /** Index among the sources. */
  readonly index: number;
  readonly name: string;
  readonly placeable: boolean;
}

/** A batch as it is sent. */
export interface RecordBatch {
  readonly source: BatchSource;
  readonly bytes: Uint8Array;
  /** Five numbers a record: end in `bytes` (it begins where the one before ends), offset, line, framing, standsAlone. */
  readonly records: Float64Array;
}

const FIELDS = 5;
const FRAMINGS: readonly FramingName[] = ["lines", "array", "documents", "envelope"];
const FIRST_RECORDS = 64;
/** Each record may be a reject, an object in the answer: of lines of a byte or two there would be half a million. */
const MOST_RECORDS = 16_384;

/** Buffers of one size that are used again and again: parsing takes the same memory for any size of input. */
export class BatchBuffers {
  readonly #batchBytes: number;
  readonly #kept: number;
  readonly #free: Uint8Array[] = [];
  #sizeBytes = 0;

  /** `kept`: how many buffers are kept for later. */
  constructor(batchBytes: number, kept: number) {
    this.#batchBytes = batchBytes;
    this.#kept = kept;
  }

  /** Bytes of the buffers in use and at hand. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** A buffer of at least `length` bytes. Throws E_MEMORY. */
  take(length: number): Uint8Array {
    const free = length <= this.#batchBytes ? this.#free.pop() : undefined;
    if (free !== undefined) return free;
    const size = Math.max(length, this.#batchBytes);
    try {
      const buffer = new Uint8Array(size);
      this.#sizeBytes += size;
      return buffer;
    } catch (cause) {
      throw new EngineError("E_MEMORY", `The system gives no ${size} bytes to hand records to a thread`, { cause });
    }
  }

  /** Gives a buffer back. */
  release(buffer: Uint8Array): void {
    if (buffer.length === this.#batchBytes && this.#free.length < this.#kept) this.#free.push(buffer);
    else this.#sizeBytes -= buffer.length;
  }
}

/** Fills one batch. */
export class BatchBuilder {
  readonly source: BatchSource;
  readonly bytes: Uint8Array;
  /** Records so far. */
  count = 0;
  #records = new Float64Array(FIRST_RECORDS * FIELDS);
  #used = 0;

  /** `bytes` is written from its start. */
  constructor(source: BatchSource, bytes: Uint8Array) {
    this.source = source;
    this.bytes = bytes;
  }

  /** Whether there is room for a record of `length` bytes. */
  hasRoom(length: number): boolean {
    return this.#used + length <= this.bytes.length && this.count < MOST_RECORDS;
  }

  /** Copies a record, for which there is room. */
  add({ bytes, start, end, offset, line, framing, standsAlone }: RecordSlice): void {
    this.bytes.set(bytes.subarray(start, end), this.#used);
    this.#used += end - start;
    const at = this.count * FIELDS;
    if (at === this.#records.length) {
      const wider = new Float64Array(at * 2);
      wider.set(this.#records);
      this.#records = wider;
    }
    this.#records[at] = this.#used;
    this.#records[at + 1] = offset;
    this.#records[at + 2] = line;
    this.#records[at + 3] = FRAMINGS.indexOf(framing);
    this.#records[at + 4] = standsAlone ? 1 : 0;
    this.count += 1;
  }

  /** The batch, over the same memory, and of its own a copy of where the records stood. */
  batch(): RecordBatch {
    return { source: this.source, bytes: this.bytes, records: this.#records.slice(0, this.count * FIELDS) };
  }
}

/** How many records a batch holds. */
export function recordCount(batch: RecordBatch): number {
  return batch.records.length / FIELDS;
}

/** Record `index` of a batch. */
export function recordAt({ bytes, records }: RecordBatch, index: number): RecordSlice {
  const at = index * FIELDS;
  return {
    bytes,
    start: index === 0 ? 0 : records[at - FIELDS]!,
    end: records[at]!,
    offset: records[at + 1]!,
    line: records[at + 2]!,
    framing: FRAMINGS[records[at + 3]!] ?? "documents",
    standsAlone: records[at + 4] === 1,
  };
}
