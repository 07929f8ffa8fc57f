// Ids in their one spelling, 16 characters at once: the usual forms of ingest/ids.ts, exactly; anything else is declined.
// Called by the steps. What must stay true: an id that is read is the one that the interpreter reads. Up to 16 bytes
// behind an id are read.

/** Whether readSpanId() could read its text. */
export let isSpanId: bool = false;

/** In each byte, whether `bytes` is in [from, from + count). */
// @ts-ignore: decorator
@inline
function isIn(bytes: v128, from: u8, count: u8): v128 {
  return i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(<i8>from)), i8x16.splat(<i8>count));
}

// @ts-ignore: decorator
@inline
function is(bytes: v128, byte: u8): v128 {
  return i8x16.eq(bytes, i8x16.splat(<i8>byte));
}

/** The eight bytes that 16 hex digits of any case spell, or isSpanId is false. */
function hex(bytes: v128): u64 {
  const digits = isIn(bytes, 0x30, 10);
  const lower = v128.or(bytes, i8x16.splat(0x20));
  const letters = isIn(lower, 0x61, 6);
  isSpanId = i8x16.all_true(v128.or(digits, letters));
  const halves = v128.bitselect(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.sub(lower, i8x16.splat(0x57)), digits);
  const pairs = v128.or(i16x8.shl(halves, 4), i16x8.shr_u(halves, 8));
  return i64x2.extract_lane(i8x16.swizzle(pairs, i8x16(14, 12, 10, 8, 6, 4, 2, 0, -1, -1, -1, -1, -1, -1, -1, -1)), 0);
}

/** The eight bytes that 11 characters of base64 of either alphabet spell, or isSpanId is false. */
function base64(bytes: v128): u64 {
  const upper = isIn(bytes, 0x41, 26);
  const lower = isIn(bytes, 0x61, 26);
  const digits = isIn(bytes, 0x30, 10);
  const is62 = v128.or(is(bytes, 0x2b), is(bytes, 0x2d));
  const is63 = v128.or(is(bytes, 0x2f), is(bytes, 0x5f));
  const letters = v128.or(
    v128.and(i8x16.sub(bytes, i8x16.splat(0x41)), upper), v128.and(i8x16.sub(bytes, i8x16.splat(0x47)), lower),
  );
  const others = v128.or(
    v128.and(i8x16.add(bytes, i8x16.splat(4)), digits),
    v128.or(v128.and(i8x16.splat(62), is62), v128.and(i8x16.splat(63), is63)),
  );
  const known = v128.or(v128.or(v128.or(upper, lower), digits), v128.or(is62, is63));
  const six = v128.and(v128.or(letters, others), i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0));
  // Six bits each: pairs of 12, then fours of 24.
  const pairs = v128.and(v128.or(i16x8.shl(six, 6), i16x8.shr_u(six, 8)), i16x8.splat(0xfff));
  const fours = i32x4.dot_i16x8_s(pairs, i16x8(4096, 1, 4096, 1, 4096, 1, 4096, 1));
  const last = <u32>i32x4.extract_lane(fours, 2);
  // Eleven characters hold 66 bits; the last two must be zero.
  isSpanId = (i8x16.bitmask(known) & 0x7ff) == 0x7ff && (last & 0xff) == 0;
  return ((<u64>i32x4.extract_lane(fours, 0)) << 40) | ((<u64>i32x4.extract_lane(fours, 1)) << 16) | (last >> 8);
}

/** The 64 bits of a span id: 16 hex digits, 0x and up to 16, or base64 of 8 bytes. */
export function readSpanId(start: usize, end: usize): u64 {
  const length = end - start;
  isSpanId = false;
  if (length == 16) return hex(v128.load(start));
  if (length == 12 && load<u8>(end - 1) == 0x3d) return base64(v128.load(start));
  if (length < 3 || length > 18 || load<u8>(start) != 0x30 || (load<u8>(start, 1) | 0x20) != 0x78) return 0;
  const count = length - 2;
  // Zeros in front, in the place of what stands before the digits.
  const zeros = i8x16.splat(0x30);
  const places = i8x16.sub(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(16 - count)));
  const digits = i8x16.swizzle(v128.load(start + 2), places);
  return hex(v128.bitselect(zeros, digits, i8x16.lt_s(places, i8x16.splat(0))));
}

/** Writes 64 bits as 16 lower hex digits. */
export function writeHex(value: u64, out: usize): void {
  const bytes = i8x16.swizzle(i64x2.splat(value), i8x16(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0));
  const halves = v128.bitselect(
    v128.and(bytes, i8x16.splat(15)), i8x16.shr_u(bytes, 4), i16x8.splat(<i16>0xff00),
  );
  const digits = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
  v128.store(out, i8x16.swizzle(digits, halves));
}

/** Whether a trace id stands in its one spelling already: `tr-` and 32 lower hex digits, or the digits alone. */
export function isPlainTraceId(start: usize, end: usize): bool {
  const length = end - start;
  if (length == 35) {
    if (load<u16>(start) != 0x7274 || load<u8>(start, 2) != 0x2d) return false;
  } else if (length != 32) return false;
  const first = v128.load(end - 32);
  const last = v128.load(end - 16);
  return (
    i8x16.all_true(v128.or(isIn(first, 0x30, 10), isIn(first, 0x61, 6))) &&
    i8x16.all_true(v128.or(isIn(last, 0x30, 10), isIn(last, 0x61, 6)))
  );
}
