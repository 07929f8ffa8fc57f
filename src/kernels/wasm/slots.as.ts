// Slots: the number of a row's group, made by arithmetic from bucket numbers and dictionary codes, and counts by slot.
// Called by kernels/slots.ts. What must stay true: slot 0 takes the rows that do not count; arrays are dense: entry i is
// of the i-th row looked at, whatever rows those are.

/** Whether a number is there. Comparing it with itself would be a branch, for which NaN is unordered. */
@inline
export function isPresent(value: f64): bool {
  return Math.abs(value) <= Infinity;
}

/** `slots[i] = first`. */
export function fillSlots(slots: usize, count: u32, first: i32): void {
  const value = i32x4.splat(first);
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) v128.store(slots + (i << 2), value);
  for (; i < <usize>count; i++) store<i32>(slots + (i << 2), first);
}

/** `slots[i] += (codes[i] + 1) * radix`. */
export function addCodes(slots: usize, codes: usize, count: u32, radix: i32): void {
  const factor = i32x4.splat(radix);
  const one = i32x4.splat(1);
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) {
    const step = i32x4.mul(i32x4.add(v128.load(codes + (i << 2)), one), factor);
    v128.store(slots + (i << 2), i32x4.add(v128.load(slots + (i << 2)), step));
  }
  for (; i < <usize>count; i++) {
    store<i32>(slots + (i << 2), load<i32>(slots + (i << 2)) + (load<i32>(codes + (i << 2)) + 1) * radix);
  }
}

/** `slots[i] += (floor(times[i] / width) - first + 1) * radix`. Every time is there and lies in a bucket from `first` on. */
export function addBuckets(slots: usize, times: usize, count: u32, radix: i32, width: f64, first: f64): void {
  const widths = f64x2.splat(width);
  const firsts = f64x2.splat(first - 1);
  const factor = i32x4.splat(radix);
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) {
    const low = f64x2.sub(f64x2.floor(f64x2.div(v128.load(times + (i << 3)), widths)), firsts);
    const high = f64x2.sub(f64x2.floor(f64x2.div(v128.load(times + (i << 3), 16), widths)), firsts);
    const numbers = v128.shuffle<i64>(
      i32x4.trunc_sat_f64x2_s_zero(low),
      i32x4.trunc_sat_f64x2_s_zero(high),
      0,
      2,
    );
    v128.store(slots + (i << 2), i32x4.add(v128.load(slots + (i << 2)), i32x4.mul(numbers, factor)));
  }
  for (; i < <usize>count; i++) {
    const number = <i32>(Math.floor(load<f64>(times + (i << 3)) / width) - (first - 1));
    store<i32>(slots + (i << 2), load<i32>(slots + (i << 2)) + number * radix);
  }
}

/** The slot of all rows where they share one, else -1. At least one row. */
export function sharedSlot(slots: usize, count: u32): i32 {
  const first = load<i32>(slots);
  const firsts = i32x4.splat(first);
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) {
    if (!i32x4.all_true(i32x4.eq(v128.load(slots + (i << 2)), firsts))) return -1;
  }
  for (; i < <usize>count; i++) if (load<i32>(slots + (i << 2)) != first) return -1;
  return first;
}

/** Slot 0 where the number is missing. */
export function maskNulls(values: usize, slots: usize, count: u32): void {
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) {
    const low = v128.load(values + (i << 3));
    const high = v128.load(values + (i << 3), 16);
    const present = v128.shuffle<i32>(f64x2.eq(low, low), f64x2.eq(high, high), 0, 2, 4, 6);
    v128.store(slots + (i << 2), v128.and(v128.load(slots + (i << 2)), present));
  }
  for (; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    if (!isPresent(value)) store<i32>(slots + (i << 2), 0);
  }
}

/**
 * Moves the numbers that are there, and their slots, together: numbers in place, slots to `out`. Gives how many.
 * For inputs that are mostly missing: the kernels behind it then do nothing for the others.
 */
export function packPresent(values: usize, slots: usize, count: u32, out: usize): u32 {
  let to: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    store<f64>(values + (to << 3), value);
    store<u32>(out + (to << 2), load<u32>(slots + (i << 2)));
    to += <usize>isPresent(value);
  }
  return <u32>to;
}

/** `marks[slot] = 1`, bytes. */
export function markSlots(slots: usize, count: u32, marks: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u8>(marks + <usize>load<u32>(slots + (i << 2)), 1);
}

/** Whether a slot is marked and not known, of `size` slots; both bytes of 0 or 1. */
export function hasNews(marks: usize, known: usize, size: u32): bool {
  let slot: usize = 0;
  for (; slot + 16 <= <usize>size; slot += 16) {
    if (v128.any_true(v128.andnot(v128.load(marks + slot), v128.load(known + slot)))) return true;
  }
  for (; slot < <usize>size; slot++) if (load<u8>(marks + slot) > load<u8>(known + slot)) return true;
  return false;
}

/** `counts[slot] += 1`, u32. */
export function countSlots(slots: usize, count: u32, counts: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = counts + ((<usize>load<u32>(slots + (i << 2))) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** As countSlots with four lanes a slot, to be added up: a slot met twice in a row does not wait for itself. */
export function countFewSlots(slots: usize, count: u32, counts: usize): void {
  let i: usize = 0;
  for (; i + 4 <= <usize>count; i += 4) {
    let at = counts + ((<usize>load<u32>(slots + (i << 2))) << 4);
    store<u32>(at, load<u32>(at) + 1);
    at = counts + ((<usize>load<u32>(slots + (i << 2), 4)) << 4);
    store<u32>(at, load<u32>(at, 4) + 1, 4);
    at = counts + ((<usize>load<u32>(slots + (i << 2), 8)) << 4);
    store<u32>(at, load<u32>(at, 8) + 1, 8);
    at = counts + ((<usize>load<u32>(slots + (i << 2), 12)) << 4);
    store<u32>(at, load<u32>(at, 12) + 1, 12);
  }
  for (; i < <usize>count; i++) {
    const at = counts + ((<usize>load<u32>(slots + (i << 2))) << 4);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/**
 * Appends each slot to `list` at its first row, u32. `known`: a byte a slot, 1 once listed or not to be. `listed` are listed
 * already; stops past `room`. Gives how many are listed now.
 */
export function noteSlots(slots: usize, count: u32, known: usize, list: usize, listed: u32, room: u32): u32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const slot = load<u32>(slots + (i << 2));
    if (load<u8>(known + slot) != 0) continue;
    if (listed == room) return room + 1;
    store<u8>(known + slot, 1);
    store<u32>(list + ((<usize>listed) << 2), slot);
    listed += 1;
  }
  return listed;
}

/** Lowers `least[slot]` to its numbers; a missing number changes nothing. */
export function minBySlot(values: usize, slots: usize, count: u32, least: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    const at = least + ((<usize>load<u32>(slots + (i << 2))) << 3);
    if (value < load<f64>(at)) store<f64>(at, value);
  }
}

/** Raises `most[slot]` to its numbers; a missing number changes nothing. */
export function maxBySlot(values: usize, slots: usize, count: u32, most: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    const at = most + ((<usize>load<u32>(slots + (i << 2))) << 3);
    if (value > load<f64>(at)) store<f64>(at, value);
  }
}

/** Marks the code of each row in `seen`: `size + 1` bytes a slot, the first for null. */
export function markCodes(codes: usize, slots: usize, count: u32, seen: usize, size: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = seen + <usize>load<u32>(slots + (i << 2)) * <usize>(size + 1);
    store<u8>(row + <usize>(load<i32>(codes + (i << 2)) + 1), 1);
  }
}

/** Number of bytes that are 1 in `count` bytes of 0 or 1. */
export function countMarks(bytes: usize, count: u32): u32 {
  let marks: u32 = 0;
  let i: usize = 0;
  for (; i + 16 <= <usize>count; i += 16) {
    marks += <u32>popcnt<i32>(i8x16.bitmask(i8x16.neg(v128.load(bytes + i))));
  }
  for (; i < <usize>count; i++) marks += load<u8>(bytes + i);
  return marks;
}
