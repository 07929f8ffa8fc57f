// Aggregates by group id: count, sum, min and max update arrays by id; no object by row or group.
// Called by exec/measures once a block. What must stay true: NaN (null) is skipped; sums are compensated and do not depend
// on the number of threads: every part (some blocks in a row) sums from zero by itself, and its sums are added to the totals
// in order, compensated too (mergePart). A parallel run that hands over the sums of each part, and merges them in that
// order, gives the same bits; so do the twins in wasm/sums.as.ts.
// Compensation: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 1974. The
// error of an addition is taken by D. Knuth's TwoSum (TAOCP vol. 2, 4.2.2): equal to Neumaier's bit for bit, and no branch.

import type { Selection } from "./select.ts";

/** Rows and the group of each: `ids` is indexed by row of the block; absent, all rows are of group 0. */
export interface Grouped {
  readonly ids: Uint32Array | undefined;
  readonly rows: Selection;
}

/** Numbers of `Sums.parts` a group. */
const PARTS = 4;

/**
 * Running compensated sums by group. `parts`: of each group the sum of the part last met and its error, then the total
 * of the parts before and its error; side by side, for with many groups every access misses the cache (bench: group by
 * 100,000 sessions). `met`: number of that part + 1, or 0.
 */
export interface Sums {
  readonly parts: Float64Array;
  readonly met: Uint32Array;
}

/** Sums of `groups` groups; with `old` continued when it is given. */
export function growSums(groups: number, old?: Sums): Sums {
  if (old !== undefined && groups <= old.met.length) return old;
  const room = Math.max(groups, (old?.met.length ?? 0) * 2);
  const grown = { parts: new Float64Array(room * PARTS), met: new Uint32Array(room) };
  if (old !== undefined) {
    grown.parts.set(old.parts);
    grown.met.set(old.met);
  }
  return grown;
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

/** Where sums and counts of a block go. */
export interface SumTarget {
  readonly sums: Sums;
  /** Numbers that are there, by group: counted on the way, which saves a pass (bench: average by name). */
  readonly counts: Float64Array;
  /** Number of the part that the block belongs to; ascending from call to call. */
  readonly part: number;
}

/** Adds the numbers of a block to the sums and counts of their groups. */
export function sumByGroup(values: Float64Array, { ids, rows }: Grouped, into: SumTarget): void {
  if (ids === undefined) sumAll(values, rows, into);
  else if (rows.positions === undefined) sumDense(values, { ids, count: rows.count }, into);
  else sumSelected(values, { ids, positions: rows.positions, count: rows.count }, into);
}

function sumAll(values: Float64Array, { positions, count }: Selection, { sums, counts, part }: SumTarget): void {
  const { parts, met } = sums;
  const now = part + 1;
  if (met[0] !== now) {
    mergePart(parts, 0);
    met[0] = now;
  }
  counts[0]! +=
    positions === undefined ? addDense(values, count, parts) : addPicked(values, positions, { count, parts });
}

/** Adds the first `count` numbers to the sum and error at the start of `parts`; returns how many there were. */
function addDense(values: Float64Array, count: number, parts: Float64Array): number {
  let sum = parts[0]!;
  let error = parts[1]!;
  let present = 0;
  for (let i = 0; i < count; i += 1) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const next = sum + value;
    const rest = next - sum;
    error += sum - (next - rest) + (value - rest);
    sum = next;
    present += 1;
  }
  parts[0] = sum;
  parts[1] = error;
  return present;
}

function addPicked(
  values: Float64Array,
  positions: Uint32Array,
  { count, parts }: { readonly count: number; readonly parts: Float64Array },
): number {
  let sum = parts[0]!;
  let error = parts[1]!;
  let present = 0;
  for (let i = 0; i < count; i += 1) {
    const value = values[positions[i]!]!;
    if (Number.isNaN(value)) continue;
    const next = sum + value;
    const rest = next - sum;
    error += sum - (next - rest) + (value - rest);
    sum = next;
    present += 1;
  }
  parts[0] = sum;
  parts[1] = error;
  return present;
}

function sumDense(
  values: Float64Array,
  { ids, count }: { readonly ids: Uint32Array; readonly count: number },
  { sums, counts, part }: SumTarget,
): void {
  const { parts, met } = sums;
  const now = part + 1;
  for (let row = 0; row < count; row += 1) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const group = ids[row]!;
    const at = group * PARTS;
    if (met[group] !== now) {
      mergePart(parts, at);
      met[group] = now;
    }
    const sum = parts[at]!;
    const next = sum + value;
    const rest = next - sum;
    parts[at + 1]! += sum - (next - rest) + (value - rest);
    parts[at] = next;
    counts[group]! += 1;
  }
}

function sumSelected(
  values: Float64Array,
  { ids, positions, count }: { readonly ids: Uint32Array; readonly positions: Uint32Array; readonly count: number },
  { sums, counts, part }: SumTarget,
): void {
  const { parts, met } = sums;
  const now = part + 1;
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const group = ids[row]!;
    const at = group * PARTS;
    if (met[group] !== now) {
      mergePart(parts, at);
      met[group] = now;
    }
    const sum = parts[at]!;
    const next = sum + value;
    const rest = next - sum;
    parts[at + 1]! += sum - (next - rest) + (value - rest);
    parts[at] = next;
    counts[group]! += 1;
  }
}

/** Adds the sum of a finished part, at `parts[at]`, to the total, and begins a new one. */
function mergePart(parts: Float64Array, at: number): void {
  const sum = parts[at]!;
  addToTotal(parts, at + 2, sum);
  // The error of a sum that overflowed is NaN.
  if (Number.isFinite(sum)) addToTotal(parts, at + 2, parts[at + 1]!);
  parts[at] = 0;
  parts[at + 1] = 0;
}

function addToTotal(parts: Float64Array, at: number, value: number): void {
  const sum = parts[at]!;
  const next = sum + value;
  const part = next - sum;
  parts[at + 1]! += sum - (next - part) + (value - part);
  parts[at] = next;
}

/** The sum of a group, after the last part. An infinite sum stays infinite, though its error term is NaN. */
export function sumValue(sums: Sums, group: number): number {
  const { sum, error } = sumAndError(sums, group);
  return Number.isFinite(sum) ? sum + error + 0 : sum;
}

/** The sum of a group and what its rounding left out, after the last part. The error of an infinite sum is NaN. */
export function sumAndError({ parts }: Sums, group: number): { readonly sum: number; readonly error: number } {
  const at = group * PARTS;
  mergePart(parts, at);
  return { sum: parts[at + 2]!, error: parts[at + 3]! };
}

/** What sumValue lacks by its rounding, after the last block: sum and error of parts merge to the sum of the whole. */
export function sumError({ parts }: Sums, group: number): number {
  const at = group * PARTS;
  mergePart(parts, at);
  const [sum, error] = [parts[at + 2]!, parts[at + 3]!];
  const whole = sum + error;
  const part = whole - sum;
  return Number.isFinite(whole) ? sum - (whole - part) + (error - part) : 0;
}

/** Numbers of a record of sumWholeByGroup: sum, count. */
export const WHOLE = 2;

/** Adds whole numbers, whose sums stay below 2^53, and how many they are, to the records of their groups: exact in any order. */
export function sumWholeByGroup(values: Float64Array, { ids, rows }: Grouped, records: Float64Array): void {
  const { positions, count } = rows;
  if (ids !== undefined && positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!;
      if (Number.isNaN(value)) continue;
      const at = ids[row]! * WHOLE;
      records[at]! += value;
      records[at + 1]! += 1;
    }
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const at = ids === undefined ? 0 : ids[row]! * WHOLE;
    records[at]! += value;
    records[at + 1]! += 1;
  }
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
