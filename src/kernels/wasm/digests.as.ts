// What digests do with each number: laid side by side with the slot it is of, put in order of slots, and summed by cell.
// Called by kernels/digest-slots.ts and fitted-cells.ts. What must stay true: the same bits as the loops in TypeScript of
// digest-parts.ts and fitted-cells.ts: sums take their numbers in order.

import { isPresent } from "./slots.as";

/** Bits of a key below the number of its bucket, and those of a table entry that say how far the rest is shifted. */
const REST_BITS: u32 = 22;
const SHIFT_BITS: u32 = 5;

/**
 * Appends the numbers that are there to `out`, -0 as 0, and their slots to `outSlots`, and counts them in `counts`, u32 a
 * slot. Returns how many. One more place is written to.
 */
export function packBySlot(
  values: usize,
  slots: usize,
  count: u32,
  out: usize,
  outSlots: usize,
  counts: usize,
): u32 {
  let kept: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    const slot = load<u32>(slots + (i << 2));
    const present = <u32>isPresent(value);
    store<f64>(out + (kept << 3), value + 0.0);
    store<u32>(outSlots + (kept << 2), slot);
    const at = counts + ((<usize>slot) << 2);
    store<u32>(at, load<u32>(at) + present);
    kept += present;
  }
  return <u32>kept;
}

/** The same of numbers of one slot, which is neither written nor counted. */
export function packNumbers(values: usize, count: u32, out: usize): u32 {
  let kept: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    store<f64>(out + (kept << 3), value + 0.0);
    kept += <usize>isPresent(value);
  }
  return <u32>kept;
}

/** Copies numbers to `out`, each to the next place of its slot in `next`, u32 a slot. */
export function scatterBySlot(values: usize, slots: usize, count: u32, next: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = next + ((<usize>load<u32>(slots + (i << 2))) << 2);
    const place = load<u32>(at);
    store<f64>(out + ((<usize>place) << 3), load<f64>(values + (i << 3)));
    store<u32>(at, place + 1);
  }
}

/** Writes the smallest and the largest high word of numbers, as int32 that ascend with them. At least one number. */
export function highBounds(values: usize, count: u32, out: usize): void {
  let least: i32 = i32.MAX_VALUE;
  let most: i32 = i32.MIN_VALUE;
  for (let i: usize = 0; i < <usize>count; i++) {
    const word = load<i32>(values + (i << 3), 4);
    const key = word ^ <i32>(<u32>(word >> 31) >> 1);
    least = min(least, key);
    most = max(most, key);
  }
  store<i32>(out, least);
  store<i32>(out, most, 4);
}

/**
 * Adds numbers to the records of their cells, f64 sum and f64 count each, and writes the cells, u16 a number. `least`,
 * `spare` and `table`: see FittedCells.
 */
export function sumCells(
  values: usize,
  count: u32,
  least: i32,
  spare: u32,
  table: usize,
  cells: usize,
  records: usize,
): void {
  const base = (<i64>least) << 32;
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    const bits = reinterpret<i64>(value);
    const ordered = bits ^ <i64>(<u64>(bits >> 63) >> 1);
    const key = <u32>((<u64>(ordered - base) << <u64>spare) >> 32);
    const entry = load<u32>(table + ((<usize>(key >> REST_BITS)) << 2));
    const cell = (entry >> SHIFT_BITS) + ((key & ((1 << REST_BITS) - 1)) >> (entry & ((1 << SHIFT_BITS) - 1)));
    store<u16>(cells + (i << 1), <u16>cell);
    const at = records + ((<usize>cell) << 4);
    v128.store(at, f64x2.add(v128.load(at), f64x2.replace_lane(f64x2.splat(1), 0, value)));
  }
}

/** Copies the numbers of some cells to `out`. `places`, u32 a cell: one more than where the next goes, 0 for other cells. */
export function pickCells(values: usize, cells: usize, count: u32, places: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = places + ((<usize>load<u16>(cells + (i << 1))) << 2);
    const place = load<u32>(at);
    if (place == 0) continue;
    store<f64>(out + ((<usize>(place - 1)) << 3), load<f64>(values + (i << 3)));
    store<u32>(at, place + 1);
  }
}
