// The memory of a WebAssembly instance, as numbers that the walker's files write plans to and read rows from.
// Made by walker.ts, one for each instance. What must stay true: views are taken anew whenever memory has grown; nobody
// keeps one over a call that may allocate.

import { EngineError } from "../base/errors.ts";
import type { SimdExports } from "../json/simd.ts";

/** Bytes behind every text, which comparisons of 16 bytes at once may read. */
const TEXT_PADDING = 16;
const NO_BUFFER = new ArrayBuffer(0);

/** See the file's header. */
export class WalkMemory {
  readonly exports: SimdExports;
  #buffer: ArrayBuffer = NO_BUFFER;
  #bytes: Uint8Array = new Uint8Array(NO_BUFFER);
  #words: Int32Array = new Int32Array(NO_BUFFER);

  constructor(exports: SimdExports) {
    this.exports = exports;
  }

  /** The memory. */
  get buffer(): ArrayBuffer {
    this.#refresh();
    return this.#buffer;
  }

  /** All bytes. */
  get bytes(): Uint8Array {
    this.#refresh();
    return this.#bytes;
  }

  /** Everything as int32: the word at address `a` is entry `a / 4`. */
  get words(): Int32Array {
    this.#refresh();
    return this.#words;
  }

  /** `size` zero bytes. Throws E_MEMORY. */
  allocate(size: number): number {
    return this.given(this.exports.allocate(size));
  }

  /** An address that the module gave. Throws E_MEMORY when it is 0. */
  given(address: number): number {
    if (address === 0 || this.exports.isExhausted() !== 0)
      throw new EngineError("E_MEMORY", "The system gives no memory to the fast reader");
    return address >>> 0;
  }

  /** Words in fresh memory. Throws E_MEMORY. */
  list(words: readonly number[]): number {
    const address = this.allocate(words.length * 4);
    this.words.set(words, address / 4);
    return address;
  }

  /** The word at `address`. */
  word(address: number): number {
    return this.words[address / 4]!;
  }

  /** Bytes in fresh memory. Throws E_MEMORY. */
  text(bytes: Uint8Array): number {
    const address = this.allocate(bytes.length + TEXT_PADDING);
    this.bytes.set(bytes, address);
    return address;
  }

  /** Memory that has grown leaves the old views empty; asking it for its buffer costs more than a look at their length. */
  #refresh(): void {
    if (this.#bytes.length > 0) return;
    const { buffer } = this.exports.memory;
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
  }
}
