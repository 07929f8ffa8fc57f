// Exact percentiles by group in two looks at the values: first how many fall into each bin of each slot, then the values
// of the few bins that hold a wanted rank. Called by kernels/bins.ts, which selects among those.
// What must stay true: bins ascend with the values, so that the ranks of a slot run through its bins in order. A bin is a
// range of the high word of `(value - least) + lift`, which is positive: close to logarithmic, and linear below `lift`. Both
// operations keep the order, for rounding does.

import { isPresent } from "./slots.as";

/** High word of the lifted value: ascends with it. */
function orderOf(value: f64, least: f64, lift: f64): u32 {
  return <u32>(reinterpret<u64>(value - least + lift) >> 32);
}

/** The places of four values, 0 where one is missing. */
@inline
function placesOf(values: usize, slots: usize, least: v128, lift: v128, first: v128, shift: i32, bins: v128): v128 {
  const low = v128.load(values);
  const high = v128.load(values, 16);
  const liftedLow = f64x2.add(f64x2.sub(low, least), lift);
  const liftedHigh = f64x2.add(f64x2.sub(high, least), lift);
  const orders = v128.shuffle<i32>(liftedLow, liftedHigh, 1, 3, 5, 7);
  const own = i32x4.shr_u(i32x4.sub(orders, first), shift);
  const present = v128.shuffle<i32>(f64x2.eq(low, low), f64x2.eq(high, high), 0, 2, 4, 6);
  return v128.and(i32x4.add(i32x4.mul(v128.load(slots), bins), own), present);
}

@inline
function addOne(counts: usize, place: i32): void {
  const at = counts + ((<usize>place) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** The place of one value, 0 where it is missing. */
@inline
function placeOf(value: f64, slot: u32, least: f64, lift: f64, first: u32, shift: u32, bins: u32): u32 {
  const place = slot * bins + ((orderOf(value, least, lift) - first) >> shift);
  return place & -<u32>isPresent(value);
}

/**
 * Counts values by place, slot * bins + bin, in `counts`, u32. Missing numbers count in place 0, which is of slot 0.
 * `first`: order of the least value; a bin spans 2^shift orders. -0 counts as 0.
 */
export function countBins(
  values: usize,
  slots: usize,
  count: u32,
  least: f64,
  lift: f64,
  first: u32,
  shift: u32,
  bins: u32,
  counts: usize,
): void {
  const leasts = f64x2.splat(least);
  const lifts = f64x2.splat(lift);
  const firsts = i32x4.splat(<i32>first);
  const factor = i32x4.splat(<i32>bins);
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) {
    const places = placesOf(values + (i << 3), slots + (i << 2), leasts, lifts, firsts, <i32>shift, factor);
    addOne(counts, i32x4.extract_lane(places, 0));
    addOne(counts, i32x4.extract_lane(places, 1));
    addOne(counts, i32x4.extract_lane(places, 2));
    addOne(counts, i32x4.extract_lane(places, 3));
  }
  for (; i < <usize>count; i++) {
    const slot = load<u32>(slots + (i << 2));
    addOne(counts, <i32>placeOf(load<f64>(values + (i << 3)), slot, least, lift, first, shift, bins));
  }
}

/** The order of a number, for `first` and `shift`. */
export function liftedOrder(value: f64, least: f64, lift: f64): u32 {
  return orderOf(value, least, lift);
}

@inline
function collect(value: usize, start: usize, out: usize): void {
  const next = load<u32>(start);
  if (next == 0) return;
  store<f64>(out + ((<usize>(next - 1)) << 3), load<f64>(value) + 0.0);
  store<u32>(start, next + 1);
}

/**
 * Copies the values of wanted bins to `out`, -0 as 0; the other arguments as for countBins. `starts`, u32 a place: one more
 * than where the next value goes, 0 where the bin is not wanted; advanced on the way.
 */
export function collectBins(
  values: usize,
  slots: usize,
  count: u32,
  least: f64,
  lift: f64,
  first: u32,
  shift: u32,
  bins: u32,
  starts: usize,
  out: usize,
): void {
  const leasts = f64x2.splat(least);
  const lifts = f64x2.splat(lift);
  const firsts = i32x4.splat(<i32>first);
  const factor = i32x4.splat(<i32>bins);
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) {
    const places = placesOf(values + (i << 3), slots + (i << 2), leasts, lifts, firsts, <i32>shift, factor);
    const a = starts + ((<usize>i32x4.extract_lane(places, 0)) << 2);
    const b = starts + ((<usize>i32x4.extract_lane(places, 1)) << 2);
    const c = starts + ((<usize>i32x4.extract_lane(places, 2)) << 2);
    const d = starts + ((<usize>i32x4.extract_lane(places, 3)) << 2);
    // Few bins are wanted: one branch for four values.
    if ((load<u32>(a) | load<u32>(b) | load<u32>(c) | load<u32>(d)) == 0) continue;
    collect(values + (i << 3), a, out);
    collect(values + (i << 3) + 8, b, out);
    collect(values + (i << 3) + 16, c, out);
    collect(values + (i << 3) + 24, d, out);
  }
  for (; i < <usize>count; i++) {
    const at = values + (i << 3);
    const place = placeOf(load<f64>(at), load<u32>(slots + (i << 2)), least, lift, first, shift, bins);
    collect(at, starts + ((<usize>place) << 2), out);
  }
}
