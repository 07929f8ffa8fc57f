// What is known of a block: least and greatest value, how many are present, and a bit for each that is, in one pass.
// Called by columns/block-scan.ts, which puts the block's arrays into the regions named here. What must stay true: the
// results are those of columns/stats.ts and bitmap.ts to the bit, the sign of a zero included; 64 bytes behind the rows of a
// region may be overwritten.

/** Rows of the largest block. */
const ROWS: usize = 65536;
const PADDING: usize = 64;

// @ts-ignore: decorator
@inline
function base(): usize {
  return (__heap_base + 63) & ~63;
}

/** Where the values are put, of 8 bytes at most. */
export function valuesAt(): usize {
  return base();
}

/** Where flags are put: bytes of 0 or 1. */
export function flagsAt(): usize {
  return base() + ROWS * 8 + PADDING;
}

/** Where bits are left. */
export function bitsAt(): usize {
  return base() + ROWS * 9 + 2 * PADDING;
}

/** Where the least and the greatest value are left, 8 bytes each. */
export function outAt(): usize {
  return bitsAt() + ROWS / 8 + PADDING;
}

/** The first zero of some numbers, one of which is zero: of zeros of both signs, the first is the least and the greatest. */
function firstZero(): f64 {
  let at = valuesAt();
  while (load<f64>(at) != 0) at += 8;
  return load<f64>(at);
}

/** Numbers, NaN where null: float64 at outAt(), bits, and the count of those present. */
export function scanFloat64(count: usize): u32 {
  const values = valuesAt();
  const bits = bitsAt();
  for (let row = count; row < ((count + 7) & ~7); row += 1) store<f64>(values + (row << 3), NaN);
  let least = f64x2.splat(Infinity);
  let most = f64x2.splat(-Infinity);
  let present: u32 = 0;
  for (let row: usize = 0; row < count; row += 8) {
    const at = values + (row << 3);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    // pmin(x, y) is x unless y < x: NaN never is.
    least = f64x2.pmin(f64x2.pmin(f64x2.pmin(f64x2.pmin(least, a), b), c), d);
    most = f64x2.pmax(f64x2.pmax(f64x2.pmax(f64x2.pmax(most, a), b), c), d);
    const byte =
      i64x2.bitmask(f64x2.eq(a, a)) |
      (i64x2.bitmask(f64x2.eq(b, b)) << 2) |
      (i64x2.bitmask(f64x2.eq(c, c)) << 4) |
      (i64x2.bitmask(f64x2.eq(d, d)) << 6);
    store<u8>(bits + (row >> 3), byte);
    present += popcnt(byte);
  }
  const low = min<f64>(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
  const high = max<f64>(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
  store<f64>(outAt(), low == 0 ? firstZero() : low);
  store<f64>(outAt(), high == 0 ? firstZero() : high, 8);
  return present;
}

/** Codes, negative where null: u32 and i32 at outAt() and behind, bits, and the count of those present. */
export function scanCodes(count: usize): u32 {
  const values = valuesAt();
  const bits = bitsAt();
  for (let row = count; row < ((count + 7) & ~7); row += 1) store<i32>(values + (row << 2), -1);
  let least = i32x4.splat(-1);
  let most = i32x4.splat(-1);
  let present: u32 = 0;
  for (let row: usize = 0; row < count; row += 8) {
    const a = v128.load(values + (row << 2));
    const b = v128.load(values + (row << 2), 16);
    least = i32x4.min_u(i32x4.min_u(least, a), b);
    most = i32x4.max_s(i32x4.max_s(most, a), b);
    const byte = ~(i32x4.bitmask(a) | (i32x4.bitmask(b) << 4)) & 0xff;
    store<u8>(bits + (row >> 3), byte);
    present += popcnt(byte);
  }
  least = i32x4.min_u(least, i32x4.shuffle(least, least, 2, 3, 0, 1));
  store<i32>(outAt(), i32x4.extract_lane(i32x4.min_u(least, i32x4.shuffle(least, least, 1, 0, 3, 2)), 0));
  storeMost(most);
  return present;
}

/** Whole numbers, at least one: i32 at outAt() and behind. */
export function scanInt32(count: usize): void {
  const values = valuesAt();
  for (let row = count; row < ((count + 3) & ~3); row += 1) store<i32>(values + (row << 2), load<i32>(values));
  let least = v128.load32_splat(values);
  let most = least;
  for (let row: usize = 0; row < count; row += 4) {
    const a = v128.load(values + (row << 2));
    least = i32x4.min_s(least, a);
    most = i32x4.max_s(most, a);
  }
  least = i32x4.min_s(least, i32x4.shuffle(least, least, 2, 3, 0, 1));
  store<i32>(outAt(), i32x4.extract_lane(i32x4.min_s(least, i32x4.shuffle(least, least, 1, 0, 3, 2)), 0));
  storeMost(most);
}

/** Int64 values, and flags of those present: i64 at outAt() and behind, bits, and the count of those present. */
export function scanInt64(count: usize): u32 {
  const values = valuesAt();
  const flags = flagsAt();
  let low = i64.MAX_VALUE;
  let high = i64.MIN_VALUE;
  for (let row: usize = 0; row < count; row += 1) {
    const value = load<i64>(values + (row << 3));
    const isPresent = load<u8>(flags + row) != 0;
    low = select<i64>(value, low, isPresent && value < low);
    high = select<i64>(value, high, isPresent && value > high);
  }
  store<i64>(outAt(), low);
  store<i64>(outAt(), high, 8);
  return scanFlags(count);
}

/** Flags: bits, and the count of those set. */
export function scanFlags(count: usize): u32 {
  const flags = flagsAt();
  const bits = bitsAt();
  memory.fill(flags + count, 0, 16);
  let present: u32 = 0;
  for (let row: usize = 0; row < count; row += 16) {
    const word = i8x16.bitmask(i8x16.shl(v128.load(flags + row), 7));
    store<u16>(bits + (row >> 3), word);
    present += popcnt(word);
  }
  return present;
}

/** Leaves the greatest of four lanes behind the least. */
function storeMost(lanes: v128): void {
  const most = i32x4.max_s(lanes, i32x4.shuffle(lanes, lanes, 2, 3, 0, 1));
  store<i32>(outAt(), i32x4.extract_lane(i32x4.max_s(most, i32x4.shuffle(most, most, 1, 0, 3, 2)), 0), 8);
}
