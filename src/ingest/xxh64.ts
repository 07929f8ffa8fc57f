// XXH64 with seed 0, for the content checksum of Zstandard frames. Called by zstd.ts.
// Yann Collet, "xxHash fast digest algorithm", specification v0.1.1, section "XXH64 algorithm"; its primes are named below.
// What must stay true: 64-bit words are pairs of 32-bit halves (signed, as bit patterns), since BigInt would cost more
// than the decoding itself.

const PRIME_1_HIGH = 0x9e3779b1 | 0;
const PRIME_1_LOW = 0x85ebca87 | 0;
const PRIME_2_HIGH = 0xc2b2ae3d | 0;
const PRIME_2_LOW = 0x27d4eb4f | 0;
const PRIME_3_HIGH = 0x165667b1 | 0;
const PRIME_3_LOW = 0x9e3779f9 | 0;
const PRIME_4_HIGH = 0x85ebca77 | 0;
const PRIME_4_LOW = 0xc2b2ae63 | 0;
const PRIME_5_HIGH = 0x27d4eb2f | 0;
const PRIME_5_LOW = 0x165667c5 | 0;
/** 0 + PRIME_1 + PRIME_2, PRIME_2, 0 and -PRIME_1, high half first. */
const FIRST_LANES = [0x60ea27ee, 0xadc0b5d6, PRIME_2_HIGH, PRIME_2_LOW, 0, 0, 0x61c8864e, 0x7a143579];
const ROTATIONS = [1, 7, 12, 18];
const STRIPE = 32;

/** The word that the steps below work on: two numbers that stay in registers, instead of an object a step. */
let high = 0;
let low = 0;

function add(addHigh: number, addLow: number): void {
  const sum = (low >>> 0) + (addLow >>> 0);
  high = (high + addHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  low = sum | 0;
}

/** The word times a prime, modulo 2^64. */
function multiply(byHigh: number, byLow: number): void {
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const b0 = byLow & 0xffff;
  const b1 = byLow >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = (middle & 0xffff) + a0 * b1;
  const upper = a1 * b1 + Math.floor(middle / 65536) + Math.floor(carry / 65536);
  high = (upper + Math.imul(high, byLow) + Math.imul(low, byHigh)) | 0;
  low = Math.imul(low, byLow);
}

/** Rotates the word left; `bits` in [1, 31]. */
function rotate(bits: number): void {
  const rotated = (high << bits) | (low >>> (32 - bits));
  low = (low << bits) | (high >>> (32 - bits));
  high = rotated;
}

/** word ^= word >>> bits; `bits` in [1, 63]. */
function foldRight(bits: number): void {
  if (bits >= 32) {
    low ^= high >>> (bits - 32);
    return;
  }
  low ^= (low >>> bits) | (high << (32 - bits));
  high ^= high >>> bits;
}

/** round(word, input): word = rotl(word + input * PRIME_2, 31) * PRIME_1. */
function round(inputHigh: number, inputLow: number): void {
  const wordHigh = high;
  const wordLow = low;
  high = inputHigh;
  low = inputLow;
  multiply(PRIME_2_HIGH, PRIME_2_LOW);
  add(wordHigh, wordLow);
  rotate(31);
  multiply(PRIME_1_HIGH, PRIME_1_LOW);
}

function read32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** A running XXH64 of bytes. */
export class Xxh64 {
  /** High and low halves of the four accumulators. */
  private readonly lanes = Int32Array.from(FIRST_LANES);
  private readonly tail = new Uint8Array(STRIPE);
  private tailLength = 0;
  private total = 0;

  /** Takes the next bytes. */
  update(bytes: Uint8Array): void {
    this.total += bytes.length;
    let at = 0;
    if (this.tailLength > 0) {
      at = Math.min(STRIPE - this.tailLength, bytes.length);
      this.tail.set(bytes.subarray(0, at), this.tailLength);
      this.tailLength += at;
      if (this.tailLength < STRIPE) return;
      this.stripes(this.tail, 0);
    }
    at = this.stripes(bytes, at);
    this.tail.set(bytes.subarray(at));
    this.tailLength = bytes.length - at;
  }

  /** The lower 32 bits of the hash of all bytes so far, in [0, 2^32). */
  digestLow(): number {
    if (this.total >= STRIPE) this.mergeLanes();
    else {
      high = PRIME_5_HIGH;
      low = PRIME_5_LOW;
    }
    add(Math.floor(this.total / 2 ** 32), this.total | 0);
    this.takeTail();
    foldRight(33);
    multiply(PRIME_2_HIGH, PRIME_2_LOW);
    foldRight(29);
    multiply(PRIME_3_HIGH, PRIME_3_LOW);
    foldRight(32);
    return low >>> 0;
  }

  /** Takes whole stripes from `at` on; returns the index after them. */
  private stripes(bytes: Uint8Array, at: number): number {
    const { lanes } = this;
    for (; at + STRIPE <= bytes.length; at += STRIPE) {
      for (let lane = 0; lane < 4; lane++) {
        high = lanes[2 * lane]!;
        low = lanes[2 * lane + 1]!;
        round(read32(bytes, at + 8 * lane + 4), read32(bytes, at + 8 * lane));
        lanes[2 * lane] = high;
        lanes[2 * lane + 1] = low;
      }
    }
    return at;
  }

  private mergeLanes(): void {
    const { lanes } = this;
    let sumHigh = 0;
    let sumLow = 0;
    for (let lane = 0; lane < 4; lane++) {
      high = lanes[2 * lane]!;
      low = lanes[2 * lane + 1]!;
      rotate(ROTATIONS[lane]!);
      add(sumHigh, sumLow);
      sumHigh = high;
      sumLow = low;
    }
    for (let lane = 0; lane < 4; lane++) {
      const wordHigh = high;
      const wordLow = low;
      high = 0;
      low = 0;
      round(lanes[2 * lane]!, lanes[2 * lane + 1]!);
      high ^= wordHigh;
      low ^= wordLow;
      multiply(PRIME_1_HIGH, PRIME_1_LOW);
      add(PRIME_4_HIGH, PRIME_4_LOW);
    }
  }

  /** Takes the bytes after the last whole stripe into the word: eight at a time, four, and one by one. */
  private takeTail(): void {
    const { tail, tailLength } = this;
    let at = 0;
    for (; at + 8 <= tailLength; at += 8) {
      const wordHigh = high;
      const wordLow = low;
      high = 0;
      low = 0;
      round(read32(tail, at + 4), read32(tail, at));
      high ^= wordHigh;
      low ^= wordLow;
      rotate(27);
      multiply(PRIME_1_HIGH, PRIME_1_LOW);
      add(PRIME_4_HIGH, PRIME_4_LOW);
    }
    if (at + 4 <= tailLength) {
      this.mixIn(read32(tail, at));
      rotate(23);
      multiply(PRIME_2_HIGH, PRIME_2_LOW);
      add(PRIME_3_HIGH, PRIME_3_LOW);
      at += 4;
    }
    for (; at < tailLength; at++) {
      const wordHigh = high;
      const wordLow = low;
      high = 0;
      low = tail[at]!;
      multiply(PRIME_5_HIGH, PRIME_5_LOW);
      high ^= wordHigh;
      low ^= wordLow;
      rotate(11);
      multiply(PRIME_1_HIGH, PRIME_1_LOW);
    }
  }

  /** word ^= value * PRIME_1, for a 32-bit value. */
  private mixIn(value: number): void {
    const wordHigh = high;
    const wordLow = low;
    high = 0;
    low = value;
    multiply(PRIME_1_HIGH, PRIME_1_LOW);
    high ^= wordHigh;
    low ^= wordLow;
  }
}
