// A growing buffer that JSON is written to: bytes of records as they stand, and the little text around them.
// Called by from-record.ts, from-columns.ts and layout.ts. What must stay true: what was written is one run of bytes,
// valid until the sink is cleared.

import { encodeWtf8, wtf8Room } from "../columns/wtf8.ts";

const FIRST_CAPACITY = 16 * 1024;

/** Collects bytes. */
export class ByteSink {
  bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  length = 0;

  /** Forgets what was written. */
  clear(): void {
    this.length = 0;
  }

  /** What was written; valid until the next write or clear. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Appends text as UTF-8. */
  text(text: string): void {
    this.#reserve(wtf8Room(text));
    this.length = encodeWtf8(text, this.bytes, this.length);
  }

  /** Appends `bytes[start, end)`. */
  raw(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Appends a text as a JSON string; a lone surrogate becomes an escape. */
  quoted(text: string): void {
    this.text(JSON.stringify(text));
  }

  #reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    wider.set(this.view());
    this.bytes = wider;
  }
}
