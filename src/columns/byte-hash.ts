// Hash, comparison and copy of byte ranges, for tables and heaps of text.
// Called by text-table.ts, stats.ts, the builders and the loader. What must stay true: equal bytes give equal hashes, whatever buffer they stand in.
// The mixing is that of MurmurHash3 x86_32 (Appleby, 2011), four bytes a step.

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** Spreads the bits of `hash` (MurmurHash3's finalizer). An int32, also negative. */
export function mixBits(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Hash of `bytes[start, end)`. An int32, also negative. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, C1);
    word = Math.imul((word << 15) | (word >>> 17), C2);
    hash ^= word;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let shift = 0; at < end; at += 1, shift += 8) tail |= bytes[at]! << shift;
  tail = Math.imul(tail, C1);
  hash ^= Math.imul((tail << 15) | (tail >>> 17), C2);
  return mixBits(hash);
}

/** From so many bytes on a call into the runtime costs less than the loop. */
const BULK_COMPARE_FROM = 128;

/** Whether `length` bytes of `left` at `leftAt` and of `right` at `rightAt` are equal; both ranges must be inside. */
export function sameBytes(
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
  length: number,
): boolean {
  if (length >= BULK_COMPARE_FROM) {
    return Buffer.prototype.compare.call(left, right, rightAt, rightAt + length, leftAt, leftAt + length) === 0;
  }
  for (let i = 0; i < length; i += 1) if (left[leftAt + i] !== right[rightAt + i]) return false;
  return true;
}

/** As sameBytes(), four bytes a step: for texts that are likely equal and not short. */
export function sameWords(left: DataView, leftAt: number, right: DataView, rightAt: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    if (left.getInt32(leftAt + i, true) !== right.getInt32(rightAt + i, true)) return false;
  }
  for (; i < length; i += 1) if (left.getUint8(leftAt + i) !== right.getUint8(rightAt + i)) return false;
  return true;
}

const BULK_COPY_FROM = 48;

/** Copies `source[start, end)` to `target` at `at`; a plain loop for short ranges, where making a view costs more. */
export function copyBytes(
  source: Uint8Array,
  range: { readonly start: number; readonly end: number },
  target: { readonly bytes: Uint8Array; readonly at: number },
): void {
  const { bytes, at } = target;
  const { start, end } = range;
  if (end - start >= BULK_COPY_FROM) {
    bytes.set(source.subarray(start, end), at);
    return;
  }
  for (let i = start, to = at; i < end; i += 1, to += 1) bytes[to] = source[i]!;
}
