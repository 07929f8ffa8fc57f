// Bits by row: validity of a block and packed truth values. Arrow's layout: least significant bit first.
// Called where blocks are finished and by arrow.ts. What must stay true: bits past the last row are 0.

import { sharedBytes } from "./memory.ts";

/** Bytes of a bitmap of `rows` bits. */
export function bitmapBytes(rows: number): number {
  return (rows + 7) >> 3;
}

/** Packs the first `rows` entries of `flags`, each 0 or 1, into a shared bitmap. */
export function packBits(flags: Uint8Array, rows: number): Uint8Array {
  const bits = sharedBytes(bitmapBytes(rows));
  const whole = rows & ~7;
  for (let row = 0; row < whole; row += 8) {
    bits[row >> 3] =
      flags[row]! |
      (flags[row + 1]! << 1) |
      (flags[row + 2]! << 2) |
      (flags[row + 3]! << 3) |
      (flags[row + 4]! << 4) |
      (flags[row + 5]! << 5) |
      (flags[row + 6]! << 6) |
      (flags[row + 7]! << 7);
  }
  for (let row = whole; row < rows; row += 1) bits[row >> 3]! |= flags[row]! << (row & 7);
  return bits;
}

/** Number of 1 bits among the first `rows` bits. */
export function countBits(bits: Uint8Array, rows: number): number {
  let count = 0;
  const whole = rows >> 3;
  for (let at = 0; at < whole; at += 1) {
    let byte = bits[at]!;
    byte = byte - ((byte >> 1) & 0x55);
    byte = (byte & 0x33) + ((byte >> 2) & 0x33);
    count += (byte + (byte >> 4)) & 0x0f;
  }
  for (let row = whole << 3; row < rows; row += 1) count += (bits[row >> 3]! >> (row & 7)) & 1;
  return count;
}
