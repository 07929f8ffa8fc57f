// Short texts, 16 bytes at once: their two ends, whether they are equal or hold escapes, copies, where digits end.
// Used by scopes, dictionaries, columns, texts, the tape and values. What must stay true: up to 31 bytes behind a text may be read, and up to
// 15 behind a copy are overwritten: whoever makes room for either leaves that many.

/** Bytes behind a copy that copyText() may overwrite. */
export const OVERSHOOT: u32 = 16;
/** Longest text that both ends together hold. */
export const BOTH_ENDS: u32 = 32;
/** From here on the system's own copy is faster. */
const LONG: u32 = 512;

/** A load at MASKS + 16 - n gives n bytes of ones, then zeros. */
const MASKS = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0,
], 16);

/** Ones in the bytes that a text of `length` bytes has of its first 16. */
// @ts-ignore: decorator
@inline
export function maskOf(length: u32): v128 {
  return v128.load(MASKS + 16 - min(length, 16));
}

/** Where the last 16 bytes of a text begin; of a shorter one, its first. */
// @ts-ignore: decorator
@inline
export function tailAt(length: u32): u32 {
  return max(length, 16) - 16;
}

/** Whether two texts of one length are equal. */
// @ts-ignore: decorator
@inline
export function same(a: usize, b: usize, length: u32): bool {
  const tail = <usize>tailAt(length);
  const ends = v128.or(v128.xor(v128.load(a), v128.load(b)), v128.xor(v128.load(a + tail), v128.load(b + tail)));
  if (v128.any_true(v128.and(ends, maskOf(length)))) return false;
  return length <= BOTH_ENDS || sameBetween(a, b, tail);
}

function sameBetween(a: usize, b: usize, tail: usize): bool {
  for (let at: usize = 16; at < tail; at += 16) {
    if (v128.any_true(v128.xor(v128.load(a + at), v128.load(b + at)))) return false;
  }
  return true;
}

/** Whether a backslash stands in a text. */
// @ts-ignore: decorator
@inline
export function hasEscape(at: usize, length: u32): bool {
  const slash = i8x16.splat(0x5c);
  const tail = <usize>tailAt(length);
  const ends = v128.or(i8x16.eq(v128.load(at), slash), i8x16.eq(v128.load(at + tail), slash));
  return v128.any_true(v128.and(ends, maskOf(length))) || (length > BOTH_ENDS && hasEscapeBetween(at, tail));
}

function hasEscapeBetween(at: usize, tail: usize): bool {
  for (let from: usize = 16; from < tail; from += 16) {
    if (v128.any_true(i8x16.eq(v128.load(at + from), i8x16.splat(0x5c)))) return true;
  }
  return false;
}

/** Copies a text, and some bytes behind it. */
// @ts-ignore: decorator
@inline
export function copyText(to: usize, from: usize, length: u32): void {
  if (length > LONG) {
    memory.copy(to, from, length);
    return;
  }
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}

/** The first byte at or behind `at` that is no digit; up to 15 bytes behind it are read. No loop over digits: how many there are is hard to guess. */
// @ts-ignore: decorator
@inline
export function digitsEnd(at: usize): usize {
  for (;;) {
    const digits = i8x16.bitmask(i8x16.le_u(i8x16.sub(v128.load(at), i8x16.splat(0x30)), i8x16.splat(9)));
    if (digits != 0xffff) return at + <usize>ctz(~digits);
    at += 16;
  }
  return at;
}
