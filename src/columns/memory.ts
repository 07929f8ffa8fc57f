// The one place where columns take memory: shared memory for what other threads read, ordinary memory for scratch.
// Called by the builders of this folder. What must stay true: a refused allocation is E_MEMORY, never a RangeError,
// and fresh memory is zero.

import { EngineError } from "../base/errors.ts";

/** Most bytes that one text heap may hold: offsets are int32 (Arrow's Utf8). */
export const MAX_HEAP_BYTES = 2 ** 31 - 1;

/** A shared buffer of `byteLength` zero bytes. Throws E_MEMORY. */
export function sharedBuffer(byteLength: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(byteLength);
  } catch (cause) {
    throw new EngineError("E_MEMORY", `The system gives no ${byteLength} bytes for a column`, { cause });
  }
}

/** `length` zeros in shared memory. Throws E_MEMORY. */
export function sharedInt32(length: number): Int32Array {
  return new Int32Array(sharedBuffer(length * 4));
}

/** `length` zero bytes in shared memory. Throws E_MEMORY. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(sharedBuffer(length));
}

/** `length` zeros in this thread's memory, for hash tables and other scratch. Throws E_MEMORY. */
export function scratchInt32(length: number): Int32Array {
  try {
    return new Int32Array(length);
  } catch (cause) {
    throw new EngineError("E_MEMORY", `The system gives no ${length * 4} bytes for an index`, { cause });
  }
}

/** `array` when it has room for `length` entries, else a copy with twice the room. Scratch memory. Throws E_MEMORY. */
export function withRoom(array: Int32Array, length: number): Int32Array {
  if (length <= array.length) return array;
  const grown = scratchInt32(Math.max(length, array.length * 2, 16));
  grown.set(array);
  return grown;
}

/** As `withRoom`, in shared memory. */
export function sharedWithRoom(array: Int32Array, length: number): Int32Array {
  if (length <= array.length) return array;
  const grown = sharedInt32(Math.max(length, array.length * 2, 16));
  grown.set(array);
  return grown;
}

const GENTLE_GROWTH_FROM = 64 * 2 ** 20;

/**
 * A shared heap with room for `length` bytes that begins with the bytes of `heap`; `heap` itself when it has the room.
 * Grows twofold, past 64 MiB by half. Throws E_MEMORY, also when `length` passes MAX_HEAP_BYTES; `what` names the heap.
 */
export function heapWithRoom(heap: Uint8Array, length: number, what: string): Uint8Array {
  if (length <= heap.length) return heap;
  if (length > MAX_HEAP_BYTES) {
    throw new EngineError("E_MEMORY", `${what} holds more than 2 GiB of text, which int32 offsets cannot address`, {
      hint: "Load fewer columns, or split the input.",
    });
  }
  const factor = heap.length < GENTLE_GROWTH_FROM ? 2 : 1.5;
  const room = Math.min(MAX_HEAP_BYTES, Math.max(length, Math.ceil(heap.length * factor), 256));
  const grown = sharedBytes(room);
  grown.set(heap);
  return grown;
}
