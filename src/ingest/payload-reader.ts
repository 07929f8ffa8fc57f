// Reads the bytes of records back for payload: from the files that they were loaded from, or from memory.
// Made by load.ts (`--payload place`, `keep`, `drop`); used through the PayloadReader of columns/payload.ts.
// What must stay true: a file is read only in the state in which it was loaded; reads are positional, so that readers do
// not disturb one another; a record that was kept is one run of bytes.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { EngineError } from "../base/errors.ts";
import type { PayloadReader, RecordPlaces } from "../columns/payload.ts";
import type { FileIdentity, Source } from "./byte-source.ts";
import { PayloadDecoder } from "./payload-text.ts";

/** Bytes read at a time: records near the last one are then at hand. */
const CACHE_BYTES = 256 * 1024;
const FIRST_BLOCK_BYTES = 1024 * 1024;
const BLOCK_BYTES = 16 * 2 ** 20;

/** A reader that has no bytes: payload was dropped, or the sources have no places. */
export function emptyPayload(records: RecordPlaces): PayloadReader {
  return { records, recordBytes: () => undefined, textOf: decoding(), close: () => undefined };
}

/** A reader over the files of placeable sources. `records.sources` are indexes into `sources`. */
export function placedPayload(sources: readonly Source[], records: RecordPlaces): PayloadReader {
  const files = sources.map(({ info }) => (info.file === undefined ? undefined : new PlacedFile(info.file)));
  return {
    records,
    recordBytes(traceRow) {
      const file = files[records.sources[traceRow] ?? -1];
      return file?.read(records.starts[traceRow] ?? 0, records.lengths[traceRow] ?? 0);
    },
    textOf: decoding(),
    close() {
      for (const file of files) file?.close();
    },
  };
}

function decoding(): PayloadReader["textOf"] {
  const decoder = new PayloadDecoder();
  return (record, place, form) => decoder.decode(record, place, form);
}

/** One file, opened at the first read, with the bytes around the last one. */
class PlacedFile {
  private readonly file: FileIdentity;
  private descriptor: number | undefined;
  private cache: Buffer = Buffer.alloc(0);
  private cacheStart = 0;
  private cacheLength = 0;

  constructor(file: FileIdentity) {
    this.file = file;
  }

  /** The bytes `[start, start + length)`, valid until the next call. */
  read(start: number, length: number): Uint8Array {
    const at = start - this.cacheStart;
    if (at < 0 || at + length > this.cacheLength) {
      this.fill(start, length);
      return this.cache.subarray(0, length);
    }
    return this.cache.subarray(at, at + length);
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
    this.cacheLength = 0;
  }

  private fill(start: number, length: number): void {
    const { path } = this.file;
    this.cacheLength = 0;
    if (this.cache.length < length) this.cache = Buffer.allocUnsafeSlow(Math.max(length, CACHE_BYTES));
    try {
      const descriptor = this.openUnchanged();
      let filled = 0;
      while (filled < this.cache.length) {
        const count = readSync(descriptor, this.cache, filled, this.cache.length - filled, start + filled);
        if (count === 0) break;
        filled += count;
      }
      if (filled < length) throw changed(path);
      this.cacheStart = start;
      this.cacheLength = filled;
    } catch (error) {
      if (error instanceof EngineError || !(error instanceof Error)) throw error;
      throw new EngineError("E_IO", `${error.message.split(",")[0]}: ${path}`, { at: { file: path }, cause: error });
    }
  }

  /** The open file. Its size and time are compared at each fill: a change after the first read counts too. */
  private openUnchanged(): number {
    this.descriptor ??= openSync(this.file.path, constants.O_RDONLY);
    const now = fstatSync(this.descriptor, { bigint: true });
    if (now.size !== this.file.sizeBytes || now.mtimeNs !== this.file.modifiedNs) throw changed(this.file.path);
    return this.descriptor;
  }
}

function changed(path: string): EngineError {
  return new EngineError("E_SOURCE_CHANGED", `${path} changed after it was loaded`, { at: { file: path } });
}

/** Kept bytes that stand together: those of the places from `start` on. */
export interface KeptBlock {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** The bytes of records, kept in memory in blocks that do not move. */
export class KeptRecords {
  private readonly blocks: KeptBlock[] = [];
  private used = 0;
  private total = 0;

  /** Keeps a copy of `bytes[start, end)`; returns its place, for `RecordPlaces.starts`. */
  append(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    let block = this.blocks.at(-1);
    if (block === undefined || this.used + length > block.bytes.length) {
      const size = Math.max(length, block === undefined ? FIRST_BLOCK_BYTES : BLOCK_BYTES);
      block = { start: this.total, bytes: new Uint8Array(size) };
      this.blocks.push(block);
      this.used = 0;
    }
    block.bytes.set(bytes.subarray(start, end), this.used);
    const place = block.start + this.used;
    this.used += length;
    this.total = block.start + this.used;
    return place;
  }

  /** What was kept, as plain data. */
  part(): readonly KeptBlock[] {
    return this.blocks;
  }

  /** Takes over what another thread kept; returns what is to be added to its places. */
  adopt(blocks: readonly KeptBlock[]): number {
    const shift = this.total;
    for (const { start, bytes } of blocks) {
      this.blocks.push({ start: start + shift, bytes });
      this.total = start + shift + bytes.length;
    }
    // What is appended later begins a block of its own.
    this.used = this.blocks.at(-1)?.bytes.length ?? 0;
    return shift;
  }

  /** Bytes that the blocks hold. */
  get sizeBytes(): number {
    let size = 0;
    for (const block of this.blocks) size += block.bytes.length;
    return size;
  }

  /** A reader of what was kept. A source index below 0 means that the record has no place. */
  reader(records: RecordPlaces): PayloadReader {
    return {
      records,
      recordBytes: (traceRow) => {
        const length = records.lengths[traceRow] ?? 0;
        if ((records.sources[traceRow] ?? -1) < 0) return undefined;
        return this.read(records.starts[traceRow] ?? 0, length);
      },
      textOf: decoding(),
      close: () => undefined,
    };
  }

  private read(place: number, length: number): Uint8Array | undefined {
    let from = 0;
    let to = this.blocks.length;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if ((this.blocks[middle]?.start ?? 0) <= place) from = middle;
      else to = middle;
    }
    const block = this.blocks[from];
    return block?.bytes.subarray(place - block.start, place - block.start + length);
  }
}
