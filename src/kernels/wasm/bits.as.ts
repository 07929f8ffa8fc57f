// Sets of rows as bits: which rows of a stretch pass every test, 64 a word, and sums over such a set.
// Called by kernels/row-bits.ts and slot-sums.ts. What must stay true: bit i of the words is row i; bits from `count` on are
// 0, and what stands in the other arrays past `count` does not matter, but must be there up to a multiple of 64.
// Compensation of sums: as in sums.as.ts, bit for bit.

/** Rows of a word. */
const WORD: usize = 64;

/** 16 bits from 16 lanes of four vectors, each lane all ones or 0. */
@inline
function bits16(a: v128, b: v128, c: v128, d: v128): u64 {
  return <u64>(
    i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))) & 0xffff
  );
}

/** All rows. */
export function fillBits(bits: usize, count: u32): void {
  let row: usize = 0;
  for (; row + WORD <= <usize>count; row += WORD, bits += 8) store<u64>(bits, ~(<u64>0));
  if (row < <usize>count) store<u64>(bits, (<u64>1 << (<u64>count & 63)) - 1);
}

/** Keeps the rows of another set. */
export function keepBits(bits: usize, count: u32, other: usize): void {
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8, other += 8) {
    store<u64>(bits, load<u64>(bits) & load<u64>(other));
  }
}

/** Keeps the rows whose byte has the low bit. */
export function keepFlags(bits: usize, count: u32, flags: usize): void {
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8, flags += 64) {
    let word: u64 = 0;
    for (let i: usize = 0; i < 4; i++) {
      word |= (<u64>(i8x16.bitmask(i8x16.shl(v128.load(flags + (i << 4)), 7)) & 0xffff)) << (<u64>i << 4);
    }
    store<u64>(bits, load<u64>(bits) & word);
  }
}

/** Keeps the rows whose code lies in [least, least + span]; never null where `least` is a code. */
export function keepBetween(bits: usize, count: u32, codes: usize, least: i32, span: u32): void {
  const base = i32x4.splat(least);
  const room = i32x4.splat(<i32>span);
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8) {
    let word: u64 = 0;
    for (let i: u64 = 0; i < 64; i += 16, codes += 64) {
      const a = i32x4.le_u(i32x4.sub(v128.load(codes), base), room);
      const b = i32x4.le_u(i32x4.sub(v128.load(codes, 16), base), room);
      const c = i32x4.le_u(i32x4.sub(v128.load(codes, 32), base), room);
      const d = i32x4.le_u(i32x4.sub(v128.load(codes, 48), base), room);
      word |= bits16(a, b, c, d) << i;
    }
    store<u64>(bits, load<u64>(bits) & word);
  }
}

/** Keeps the rows whose number lies in [least, most]; never a missing one. */
export function keepNumbers(bits: usize, count: u32, values: usize, least: f64, most: f64): void {
  const leasts = f64x2.splat(least);
  const mosts = f64x2.splat(most);
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8) {
    let word: u64 = 0;
    for (let i: u64 = 0; i < 64; i += 4, values += 32) {
      const low = v128.load(values);
      const high = v128.load(values, 16);
      const above = v128.and(f64x2.ge(low, leasts), f64x2.le(low, mosts));
      const below = v128.and(f64x2.ge(high, leasts), f64x2.le(high, mosts));
      word |= <u64>(i32x4.bitmask(v128.shuffle<i32>(above, below, 0, 2, 4, 6)) & 15) << i;
    }
    store<u64>(bits, load<u64>(bits) & word);
  }
}

/** Keeps the rows whose code has the answer 1 in `table`, which starts with the answer for null. */
export function keepAnswers(bits: usize, count: u32, codes: usize, table: usize): void {
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8) {
    const rows = min(WORD, <usize>count - row);
    let word: u64 = 0;
    for (let i: usize = 0; i < rows; i++, codes += 4) {
      word |= (<u64>(load<u8>(table + <usize>(load<i32>(codes) + 1)) & 1)) << <u64>i;
    }
    store<u64>(bits, load<u64>(bits) & word);
  }
}

/** Rows of a set. */
export function countBits(bits: usize, count: u32): u32 {
  let rows: u64 = 0;
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8) rows += popcnt<u64>(load<u64>(bits));
  return <u32>rows;
}

/** `out[i] = codes[i] - least`, signed bytes; what does not fit becomes -128 or 127. */
export function narrowCodes(codes: usize, count: u32, least: i32, out: usize): void {
  const base = i32x4.splat(least);
  for (let row: usize = 0; row < <usize>count; row += 16, codes += 64, out += 16) {
    const a = i32x4.sub(v128.load(codes), base);
    const b = i32x4.sub(v128.load(codes, 16), base);
    const c = i32x4.sub(v128.load(codes, 32), base);
    const d = i32x4.sub(v128.load(codes, 48), base);
    v128.store(out, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  }
}

/** The rows of a set whose byte is `code`, as a set at `out`. Gives how many. */
export function bitsOfCode(bits: usize, count: u32, codes: usize, code: i32, out: usize): u32 {
  const wanted = i8x16.splat(<i8>code);
  let rows: u64 = 0;
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8, codes += 64, out += 8) {
    const a = <u64>(i8x16.bitmask(i8x16.eq(v128.load(codes), wanted)) & 0xffff);
    const b = <u64>(i8x16.bitmask(i8x16.eq(v128.load(codes, 16), wanted)) & 0xffff);
    const c = <u64>(i8x16.bitmask(i8x16.eq(v128.load(codes, 32), wanted)) & 0xffff);
    const d = <u64>(i8x16.bitmask(i8x16.eq(v128.load(codes, 48), wanted)) & 0xffff);
    const word = load<u64>(bits) & (a | (b << 16) | (c << 32) | (d << 48));
    store<u64>(out, word);
    rows += popcnt<u64>(word);
  }
  return <u32>rows;
}

/** The first row of a set; `count` where there is none. */
export function firstBit(bits: usize, count: u32): u32 {
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8) {
    const word = load<u64>(bits);
    if (word != 0) return <u32>row + <u32>ctz<u64>(word);
  }
  return count;
}

/**
 * Positions of a set's rows, u32, the first row being number `first`. Gives how many. Eight are written at a time, so that
 * `out` needs room for 64 more.
 */
export function rowsOfBits(bits: usize, count: u32, first: u32, out: usize): u32 {
  let to = out;
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8) {
    let word = load<u64>(bits);
    const rows = <usize>popcnt<u64>(word);
    const base = first + <u32>row;
    for (let i: usize = 0; i < rows; i += 8) {
      for (let k: usize = 0; k < 8; k++) {
        store<u32>(to + ((i + k) << 2), base + <u32>ctz<u64>(word));
        word &= word - 1;
      }
    }
    to += rows << 2;
  }
  return <u32>((to - out) >> 2);
}

/** Slot 0 for the rows that a set does not have. */
export function maskSlots(slots: usize, bits: usize, count: u32): void {
  const lanes = i32x4(1, 2, 4, 8);
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) {
    const four = i32x4.splat(<i32>(load<u8>(bits + (i >> 3)) >> <u8>(i & 4)));
    const kept = i32x4.eq(v128.and(four, lanes), lanes);
    v128.store(slots + (i << 2), v128.and(v128.load(slots + (i << 2)), kept));
  }
  for (; i < <usize>count; i++) {
    const kept = (<u32>load<u8>(bits + (i >> 3)) >> <u32>(i & 7)) & 1;
    store<u32>(slots + (i << 2), load<u32>(slots + (i << 2)) & -kept);
  }
}

/** As sumOne, for the rows of a set. */
export function sumBits(values: usize, bits: usize, count: u32, record: usize): void {
  let sum = load<f64>(record);
  let error = load<f64>(record, 8);
  let present: u32 = 0;
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8, values += WORD << 3) {
    let word = load<u64>(bits);
    while (word != 0) {
      const given = v128.load64_zero(values + (<usize>ctz<u64>(word) << 3));
      word &= word - 1;
      const there = f64x2.eq(given, given);
      const value = f64x2.extract_lane(v128.and(given, there), 0);
      const next = sum + value;
      const part = next - sum;
      error += sum - (next - part) + (value - part);
      sum = next;
      present -= <u32>i64x2.extract_lane(there, 0);
    }
  }
  store<f64>(record, sum);
  store<f64>(record, error, 8);
  store<f64>(record, load<f64>(record, 16) + <f64>present, 16);
}

/** As sumWhole, for the rows of a set. */
export function sumWholeBits(values: usize, bits: usize, count: u32, record: usize): void {
  let both = v128.load(record);
  const ones = f64x2.splat(1);
  for (let row: usize = 0; row < <usize>count; row += WORD, bits += 8, values += WORD << 3) {
    let word = load<u64>(bits);
    while (word != 0) {
      const value = v128.load64_splat(values + (<usize>ctz<u64>(word) << 3));
      word &= word - 1;
      both = f64x2.add(both, v128.and(v128.shuffle<i64>(value, ones, 0, 2), f64x2.eq(value, value)));
    }
  }
  v128.store(record, both);
}
