// Copies of byte ranges, for every layer. Chunks of files are Buffers, whose own `slice` shares memory with them, unlike
// that of Uint8Array: a copy that must outlive its chunk is made here.

/** A copy of `bytes[start, end)` in memory of its own, whatever kind of Uint8Array `bytes` is. */
export function copyOf(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.subarray(start, end));
}
