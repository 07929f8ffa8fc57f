// Compensated sums by slot: the twins of kernels/accumulate.ts, bit for bit.
// Called by kernels/slots.ts. What must stay true: values are added in the order of rows; a record is the sum of the part
// under way, its error, and the count of numbers, f64 each. A missing number goes to slot 0.
// Compensation: Neumaier 1974, with the error of an addition by Knuth's TwoSum; see kernels/accumulate.ts.

import { isPresent } from "./slots.as";

/** Bytes of a record. */
const RECORD: usize = 24;

/** Adds numbers to the records of their slots. */
export function sumBySlot(values: usize, slots: usize, count: u32, records: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(values + (i << 3));
    const slot = load<u32>(slots + (i << 2)) & -<u32>isPresent(value);
    const at = records + <usize>slot * RECORD;
    const sum = load<f64>(at);
    const next = sum + value;
    const part = next - sum;
    store<f64>(at, load<f64>(at, 8) + (sum - (next - part) + (value - part)), 8);
    store<f64>(at, next);
    store<f64>(at, load<f64>(at, 16) + 1, 16);
  }
}

/** Bytes of a whole record, and how many lanes a slot has of them. */
const WHOLE_RECORD: usize = 16;

/**
 * Adds whole numbers whose sums stay below 2^53: exact in any order, so without errors, and in `lanes` records a slot (4 or
 * 1) of a sum and a count, so that a slot met twice in a row does not wait for itself. Missing numbers change nothing.
 */
export function sumWholeBySlot(values: usize, slots: usize, count: u32, records: usize, lanes: u32): void {
  const shift: usize = lanes == 4 ? 6 : 4;
  const lane: usize = lanes - 1;
  const ones = f64x2.splat(1);
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = v128.load64_splat(values + (i << 3));
    const pair = v128.and(v128.shuffle<i64>(value, ones, 0, 2), f64x2.eq(value, value));
    const at = records + ((<usize>load<u32>(slots + (i << 2))) << shift) + (i & lane) * WHOLE_RECORD;
    v128.store(at, f64x2.add(v128.load(at), pair));
  }
}

/** As sumWholeBySlot for rows of one slot, whose first record is at `record`. */
export function sumWhole(values: usize, count: u32, record: usize): void {
  let sums = f64x2.splat(0);
  let counts = i64x2.splat(0);
  let i: usize = 0;
  for (; i + 2 <= <usize>count; i += 2) {
    const given = v128.load(values + (i << 3));
    const there = f64x2.eq(given, given);
    sums = f64x2.add(sums, v128.and(given, there));
    counts = i64x2.sub(counts, there);
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  let present = i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1);
  if (i < <usize>count) {
    const value = load<f64>(values + (i << 3));
    if (isPresent(value)) {
      sum += value;
      present += 1;
    }
  }
  store<f64>(record, load<f64>(record) + sum);
  store<f64>(record, load<f64>(record, 8) + <f64>present, 8);
}

/** Whether all numbers that are there are whole. */
export function areWhole(values: usize, count: u32): bool {
  let broken = i64x2.splat(0);
  let i: usize = 0;
  for (; i + 2 <= <usize>count; i += 2) {
    const given = v128.load(values + (i << 3));
    // NaN differs from everything, so it is asked whether a number is below or above its floor.
    broken = v128.or(broken, f64x2.gt(given, f64x2.floor(given)));
  }
  if (v128.any_true(broken)) return false;
  return i == <usize>count || !(load<f64>(values + (i << 3)) > Math.floor(load<f64>(values + (i << 3))));
}

/** Adds numbers to one record; missing ones are left out. */
export function sumOne(values: usize, count: u32, record: usize): void {
  let sum = load<f64>(record);
  let error = load<f64>(record, 8);
  let present: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    // A mask, for a choice between two floats would be a branch.
    const given = v128.load64_zero(values + (i << 3));
    const there = f64x2.eq(given, given);
    const value = f64x2.extract_lane(v128.and(given, there), 0);
    const next = sum + value;
    const part = next - sum;
    error += sum - (next - part) + (value - part);
    sum = next;
    present -= <u32>i64x2.extract_lane(there, 0);
  }
  store<f64>(record, sum);
  store<f64>(record, error, 8);
  store<f64>(record, load<f64>(record, 16) + <f64>present, 16);
}

function addTo(total: usize, value: f64): void {
  const sum = load<f64>(total);
  const next = sum + value;
  const part = next - sum;
  store<f64>(total, load<f64>(total, 8) + (sum - (next - part) + (value - part)), 8);
  store<f64>(total, next);
}

/** Adds the part of every slot to its total, a sum and an error, and begins a new part. Counts stay. */
export function mergeSums(records: usize, totals: usize, slots: u32): void {
  for (let slot: usize = 0; slot < <usize>slots; slot++) {
    const from = records + slot * RECORD;
    const total = totals + (slot << 4);
    const sum = load<f64>(from);
    const error = load<f64>(from, 8);
    addTo(total, sum);
    // The error of a sum that overflowed is NaN.
    if (sum - sum == 0) addTo(total, error);
    store<f64>(from, 0);
    store<f64>(from, 0, 8);
  }
}
