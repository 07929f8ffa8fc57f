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
 * Writes the place of each value, slot * bins + bin, to `places` and counts it in `counts`, both u32; copies the values to
 * `kept`, -0 as 0. Missing numbers count in slot 0. `first`: order of the least value; a bin spans 2^shift orders.
 */
export function binValues(
  values: usize,
  slots: usize,
  count: u32,
  least: f64,
  lift: f64,
  first: u32,
  shift: u32,
  bins: u32,
  counts: usize,
  places: usize,
  kept: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3)) + 0.0;
    const place = load<u32>(slots + (i << 2)) * bins + ((orderOf(value, least, lift) - first) >> shift);
    const known = place & -<u32>isPresent(value);
    const at = counts + ((<usize>known) << 2);
    store<u32>(at, load<u32>(at) + 1);
    store<u32>(places + (i << 2), known);
    store<f64>(kept + (i << 3), value);
  }
}

/** The order of a number, for `first` and `shift`. */
export function liftedOrder(value: f64, least: f64, lift: f64): u32 {
  return orderOf(value, least, lift);
}

/**
 * Moves the values of wanted bins to `out`. `starts`, u32 a place: one more than where the next value goes, 0 where the bin
 * is not wanted; advanced on the way.
 */
export function collectBins(kept: usize, places: usize, count: u32, starts: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = starts + ((<usize>load<u32>(places + (i << 2))) << 2);
    const next = load<u32>(at);
    if (next == 0) continue;
    store<f64>(out + ((<usize>(next - 1)) << 3), load<f64>(kept + (i << 3)));
    store<u32>(at, next + 1);
  }
}
