// Decimal digits and an exponent -> the nearest float64, ties to even.
// Called by values.as.ts. Digits below 2^53 and exponents to 22 in magnitude: Clinger, "How to read floating point numbers
// accurately" (1990), section 3. The others: Lemire, "Number parsing at a gigabyte per second" (2021), section 5, after
// Eisel: the digits times the 128 highest bits of the power of ten, of which the upper 64 bits are enough but for one
// number in a few hundred.
// What must stay true: a value that is given is the nearest one; what the method cannot decide is NaN.

import { MOST_EXPONENT, POWERS } from "./powers.as";

const EXACT_INTEGER: u64 = 1 << 53;
const EXACT_EXPONENT: i32 = 22;
/** Bits of a product's upper half below the 54 that are kept. */
const BELOW: u64 = 0x1ff;
const MANTISSA_BITS: u64 = 52;
const BIAS: i64 = 1023;

/** 10^0 to 10^22. */
const EXACT_POWERS = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
  1e22,
], 8);

/** Upper and lower half of the product made last. */
let high: u64 = 0;
let low: u64 = 0;

// @ts-ignore: decorator
@inline
function multiply(a: u64, b: u64): void {
  const aLow = a & 0xffff_ffff;
  const bLow = b & 0xffff_ffff;
  const lowest = aLow * bLow;
  const left = (a >> 32) * bLow + (lowest >> 32);
  const right = aLow * (b >> 32) + (left & 0xffff_ffff);
  high = (a >> 32) * (b >> 32) + (left >> 32) + (right >> 32);
  low = (right << 32) | (lowest & 0xffff_ffff);
}

/** digits * 10^exponent, or NaN. */
export function floatOf(digits: u64, exponent: i32): f64 {
  if (digits <= EXACT_INTEGER && exponent >= -EXACT_EXPONENT && exponent <= EXACT_EXPONENT) {
    const power = load<f64>(EXACT_POWERS + (<usize>abs(exponent) << 3));
    return exponent < 0 ? <f64>digits / power : <f64>digits * power;
  }
  if (digits == 0) return 0;
  if (exponent < -MOST_EXPONENT || exponent > MOST_EXPONENT) return NaN;
  return nearest(digits, exponent);
}

function nearest(digits: u64, exponent: i32): f64 {
  const power = POWERS + (<usize>(exponent + MOST_EXPONENT) << 4);
  const shift = clz(digits);
  const scaled = digits << shift;
  multiply(scaled, load<u64>(power));
  // The power's lower half adds less than `scaled` to the lower half of the product: that matters where it may carry
  // through all bits that are not kept.
  if ((high & BELOW) == BELOW && low + scaled < low) {
    const upper = high;
    const lower = low;
    multiply(scaled, load<u64>(power, 8));
    const sum = lower + high;
    const carried = upper + <u64>(sum < lower);
    // What was cut off of the power adds less than `scaled` once more.
    if ((carried & BELOW) == BELOW && sum == u64.MAX_VALUE && low + scaled < low) return NaN;
    high = carried;
    low = sum;
  }
  // The product has 127 or 128 bits: 54 are kept, one more than a float64 has.
  const top = high >> 63;
  const kept = high >> (top + 9);
  // Just between two float64, as far as can be seen: which is nearer hangs on what was cut off.
  if (low == 0 && (high & BELOW) == 0 && (kept & 3) == 1) return NaN;
  const rounded = (kept + (kept & 1)) >> 1;
  // floor(exponent * log2(10)), which this product gives for all exponents of the table.
  const magnitude = (<i64>exponent * 217_706) >> 16;
  let biased = <u64>(magnitude + 64 + BIAS - <i64>shift) - (1 - top);
  // Rounding up to 2^53 leaves all bits of the mantissa zero.
  biased += rounded >> (MANTISSA_BITS + 1);
  return reinterpret<f64>((biased << MANTISSA_BITS) | (rounded & ((<u64>1 << MANTISSA_BITS) - 1)));
}
