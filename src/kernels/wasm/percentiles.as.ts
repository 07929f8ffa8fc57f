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
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    const place = load<u32>(slots + (i << 2)) * bins + ((orderOf(value, least, lift) - first) >> shift);
    const at = counts + ((<usize>(place & -<u32>isPresent(value))) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** The order of a number, for `first` and `shift`. */
export function liftedOrder(value: f64, least: f64, lift: f64): u32 {
  return orderOf(value, least, lift);
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
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    const place = load<u32>(slots + (i << 2)) * bins + ((orderOf(value, least, lift) - first) >> shift);
    const at = starts + ((<usize>(place & -<u32>isPresent(value))) << 2);
    const next = load<u32>(at);
    if (next == 0) continue;
    store<f64>(out + ((<usize>(next - 1)) << 3), value + 0.0);
    store<u32>(at, next + 1);
  }
}
