// Aggregates by group id: count, sum, min and max update arrays by id; no object by row or group.
// Called by exec/measures once a block. What must stay true: NaN (null) is skipped; sums are compensated and do not depend
// on the number of threads: each block sums from zero by itself (sumByGroup), and the blocks are added to the total in
// block order (mergeSums). A parallel run that merges blocks in the same order gives the same bits.
// Compensation: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 1974. The
// error of an addition is taken by D. Knuth's TwoSum (TAOCP vol. 2, 4.2.2), equal to Neumaier's bit for bit and free of
// branches.

import type { Selection } from "./select.ts";

/** Rows and the group of each: `ids` is indexed by row of the block; absent, all rows are of group 0. */
export interface Grouped {
  readonly ids: Uint32Array | undefined;
  readonly rows: Selection;
}

/** Running compensated sums by group: the value is `sums[g] + errors[g]`. */
export interface Sums {
  readonly sums: Float64Array;
  readonly errors: Float64Array;
}

/** Adds the number of rows of each group to `counts`. */
export function countRows({ ids, rows }: Grouped, counts: Float64Array): void {
  const { positions, count } = rows;
  if (ids === undefined) counts[0]! += count;
  else if (positions === undefined) for (let row = 0; row < count; row += 1) counts[ids[row]!]! += 1;
  else for (let i = 0; i < count; i += 1) counts[ids[positions[i]!]!]! += 1;
}

/** Adds the number of rows of each group whose number is there to `counts`. */
export function countNumbers(values: Float64Array, { ids, rows }: Grouped, counts: Float64Array): void {
  const { positions, count } = rows;
  if (ids === undefined) {
    let present = 0;
    for (let i = 0; i < count; i += 1) {
      const value = values[positions === undefined ? i : positions[i]!]!;
      present += Number(!Number.isNaN(value));
    }
    counts[0]! += present;
  } else if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!;
      counts[ids[row]!]! += Number(!Number.isNaN(value));
    }
  } else {
    for (let i = 0; i < count; i += 1) {
      const row = positions[i]!;
      const value = values[row]!;
      counts[ids[row]!]! += Number(!Number.isNaN(value));
    }
  }
}

/** Adds the number of rows of each group whose code is there to `counts`. */
export function countCodes(codes: Int32Array, { ids, rows }: Grouped, counts: Float64Array): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    counts[ids === undefined ? 0 : ids[row]!]! += Number(codes[row]! >= 0);
  }
}

/** Adds the numbers of a block to the sums of their groups. */
export function sumByGroup(values: Float64Array, { ids, rows }: Grouped, into: Sums): void {
  if (ids === undefined) sumAll(values, rows, into);
  else if (rows.positions === undefined) sumDense(values, { ids, count: rows.count }, into);
  else sumSelected(values, { ids, positions: rows.positions, count: rows.count }, into);
}

function sumAll(values: Float64Array, rows: Selection, into: Sums): void {
  const { positions, count } = rows;
  let sum = into.sums[0]!;
  let error = into.errors[0]!;
  for (let i = 0; i < count; i += 1) {
    const value = values[positions === undefined ? i : positions[i]!]!;
    if (Number.isNaN(value)) continue;
    const next = sum + value;
    const part = next - sum;
    error += sum - (next - part) + (value - part);
    sum = next;
  }
  into.sums[0] = sum;
  into.errors[0] = error;
}

function sumDense(values: Float64Array, { ids, count }: { ids: Uint32Array; count: number }, into: Sums): void {
  const { sums, errors } = into;
  for (let row = 0; row < count; row += 1) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const group = ids[row]!;
    const sum = sums[group]!;
    const next = sum + value;
    const part = next - sum;
    errors[group]! += sum - (next - part) + (value - part);
    sums[group] = next;
  }
}

function sumSelected(
  values: Float64Array,
  { ids, positions, count }: { ids: Uint32Array; positions: Uint32Array; count: number },
  into: Sums,
): void {
  const { sums, errors } = into;
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const group = ids[row]!;
    const sum = sums[group]!;
    const next = sum + value;
    const part = next - sum;
    errors[group]! += sum - (next - part) + (value - part);
    sums[group] = next;
  }
}

/** Adds the sums of one block to the totals, compensated, for groups [0, groups), and sets the block's back to zero. */
export function mergeSums(block: Sums, groups: number, into: Sums): void {
  for (let group = 0; group < groups; group += 1) {
    const sum = block.sums[group]!;
    addTo(into, group, sum);
    // The error of a sum that overflowed is NaN.
    if (Number.isFinite(sum)) addTo(into, group, block.errors[group]!);
    block.sums[group] = 0;
    block.errors[group] = 0;
  }
}

/**
 * As mergeSums for many groups of which the block met few: only those of its rows. Gives the same bits, for a group that
 * the block did not meet would add zero.
 */
export function mergeSumsMet(block: Sums, { ids, rows }: Grouped, into: Sums): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const group = ids === undefined ? 0 : ids[positions === undefined ? i : positions[i]!]!;
    const sum = block.sums[group]!;
    const error = block.errors[group]!;
    if (sum === 0 && error === 0) continue;
    addTo(into, group, sum);
    if (Number.isFinite(sum)) addTo(into, group, error);
    block.sums[group] = 0;
    block.errors[group] = 0;
  }
}

function addTo(into: Sums, group: number, value: number): void {
  const sum = into.sums[group]!;
  const next = sum + value;
  const part = next - sum;
  into.errors[group]! += sum - (next - part) + (value - part);
  into.sums[group] = next;
}

/** The value of a compensated sum. An infinite sum stays infinite, though its error term is NaN. */
export function sumValue({ sums, errors }: Sums, group: number): number {
  const sum = sums[group]!;
  return Number.isFinite(sum) ? sum + errors[group]! + 0 : sum;
}

/** Lowers `mins` to the numbers of each group. Entries start at Infinity. */
export function minByGroup(values: Float64Array, { ids, rows }: Grouped, mins: Float64Array): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const group = ids === undefined ? 0 : ids[row]!;
    const value = values[row]!;
    if (value < mins[group]!) mins[group] = value;
  }
}

/** Raises `maxs` to the numbers of each group. Entries start at -Infinity. */
export function maxByGroup(values: Float64Array, { ids, rows }: Grouped, maxs: Float64Array): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const group = ids === undefined ? 0 : ids[row]!;
    const value = values[row]!;
    if (value > maxs[group]!) maxs[group] = value;
  }
}
