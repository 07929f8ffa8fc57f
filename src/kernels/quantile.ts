// Exact percentiles by group: values counting-sorted by group into one array, then selected in place.
// Called by exec/measures. What must stay true: bit-equal to sorting and reading; -0 counts as 0; input order is free.
// Type 7 of R. J. Hyndman, Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50, 1996.
// Selection: R. W. Floyd, R. L. Rivest, "Algorithm 489: SELECT", CACM 18, 1975, with a bound on its rounds, past which the
// rest is sorted, so that no input is quadratic.

import type { Selection } from "./select.ts";

/** Numbers of a block and their groups, entry by entry; absent `ids`: all of group 0. NaN is skipped. */
export interface ValueChunk {
  readonly values: Float64Array;
  readonly ids: Uint32Array | undefined;
}

/** Values of group g at `values[offsets[g], offsets[g + 1])`, in any order, without NaN or -0. */
export interface GroupedValues {
  readonly values: Float64Array;
  readonly offsets: Float64Array;
}

/**
 * Copies the numbers of the rows of a block, and their groups, to a chunk. `stable`: `values` is never written again and
 * may be kept as it is.
 */
export function collectChunk(
  values: Float64Array,
  { ids, rows, stable }: { readonly ids: Uint32Array | undefined; readonly rows: Selection; readonly stable: boolean },
): ValueChunk {
  const { positions, count } = rows;
  if (positions === undefined) {
    const kept = stable ? values.subarray(0, count) : values.slice(0, count);
    return { values: kept, ids: ids?.slice(0, count) };
  }
  const kept = new Float64Array(count);
  for (let i = 0; i < count; i += 1) kept[i] = values[positions[i]!]!;
  if (ids === undefined) return { values: kept, ids: undefined };
  const groups = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) groups[i] = ids[positions[i]!]!;
  return { values: kept, ids: groups };
}

/** Counting sort by group. `counts`: numbers that are there, by group. */
export function gatherByGroup(chunks: readonly ValueChunk[], counts: Float64Array): GroupedValues {
  const groups = counts.length;
  const offsets = new Float64Array(groups + 1);
  for (let group = 0; group < groups; group += 1) offsets[group + 1] = offsets[group]! + counts[group]!;
  const values = new Float64Array(offsets[groups]!);
  const next = offsets.slice(0, groups);
  for (const chunk of chunks) scatter(chunk, next, values);
  return { values, offsets };
}

function scatter({ values, ids }: ValueChunk, next: Float64Array, out: Float64Array): void {
  const rows = values.length;
  if (ids === undefined) {
    let at = next[0]!;
    for (let row = 0; row < rows; row += 1) {
      const value = values[row]!;
      if (!Number.isNaN(value)) out[at++] = value + 0;
    }
    next[0] = at;
    return;
  }
  for (let row = 0; row < rows; row += 1) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const group = ids[row]!;
    const at = next[group]!;
    out[at] = value + 0;
    next[group] = at + 1;
  }
}

/**
 * Percentiles of every group. `percentiles` in [0, 100], any order. Reorders `grouped.values` inside the groups.
 * Gives one array a percentile, by group; NaN for a group without values.
 */
export function percentilesByGroup(grouped: GroupedValues, percentiles: readonly number[]): Float64Array[] {
  const groups = grouped.offsets.length - 1;
  const results = percentiles.map(() => new Float64Array(groups));
  for (let group = 0; group < groups; group += 1) {
    const start = grouped.offsets[group]!;
    const end = grouped.offsets[group + 1]!;
    const found = percentilesOf(grouped.values, { start, end }, percentiles);
    for (let p = 0; p < results.length; p += 1) results[p]![group] = found[p]!;
  }
  return results;
}

/** Type 7 percentiles of `values[start, end)`, which holds no NaN; NaN when empty. Reorders the range. */
export function percentilesOf(
  values: Float64Array,
  range: { readonly start: number; readonly end: number },
  percentiles: readonly number[],
): Float64Array {
  const { start, end } = range;
  const count = end - start;
  const found = new Float64Array(percentiles.length).fill(Number.NaN);
  if (count === 0) return found;
  const ranks: number[] = [];
  for (const percentile of percentiles) {
    const rank = (percentile / 100) * (count - 1);
    ranks.push(start + Math.floor(rank), start + Math.ceil(rank));
  }
  const wanted = Float64Array.from(ranks).sort();
  selectRanks(values, { left: start, right: end - 1 }, { wanted, from: 0, to: wanted.length });
  for (let p = 0; p < percentiles.length; p += 1) {
    const rank = (percentiles[p]! / 100) * (count - 1);
    const low = Math.floor(rank);
    found[p] = interpolate(values[start + low]!, values[start + Math.ceil(rank)]!, rank - low);
  }
  return found;
}

/** `low + fraction * (high - low)`, exact at the ends, and finite where the difference overflows. */
export function interpolate(low: number, high: number, fraction: number): number {
  if (fraction === 0 || low === high) return low;
  const difference = high - low;
  return Number.isFinite(difference) ? low + fraction * difference : low * (1 - fraction) + high * fraction;
}

/** Puts every wanted rank, `wanted[from, to)` ascending inside [left, right], in its place: the middle one first, then either side. */
export function selectRanks(
  values: Float64Array,
  range: { readonly left: number; readonly right: number },
  ranks: { readonly wanted: Float64Array; readonly from: number; readonly to: number },
): void {
  const { left, right } = range;
  const { wanted, from, to } = ranks;
  if (from >= to || left >= right) return;
  const middle = (from + to) >> 1;
  const rank = wanted[middle]!;
  select(values, { left, right }, rank);
  let below = middle;
  while (below > from && wanted[below - 1] === rank) below -= 1;
  let above = middle + 1;
  while (above < to && wanted[above] === rank) above += 1;
  selectRanks(values, { left, right: rank - 1 }, { wanted, from, to: below });
  selectRanks(values, { left: rank + 1, right }, { wanted, from: above, to });
}

/** Below this size, sampling costs more than it saves (Algorithm 489). */
const SAMPLE_ABOVE = 600;
/** Rounds of partitioning before the rest is sorted instead. */
const MAX_ROUNDS = 60;

/** Reorders `values[left, right]` so that `values[k]` is what sorting would put there, smaller ones before, larger after. */
function select(values: Float64Array, range: { readonly left: number; readonly right: number }, k: number): void {
  let { left, right } = range;
  let rounds = 0;
  while (right > left) {
    rounds += 1;
    if (rounds > MAX_ROUNDS) {
      values.subarray(left, right + 1).sort();
      return;
    }
    if (right - left > SAMPLE_ABOVE) {
      const n = right - left + 1;
      const i = k - left + 1;
      const z = Math.log(n);
      const s = 0.5 * Math.exp((2 * z) / 3);
      const sd = 0.5 * Math.sqrt((z * s * (n - s)) / n) * Math.sign(i - n / 2);
      const sampleLeft = Math.max(left, Math.floor(k - (i * s) / n + sd));
      const sampleRight = Math.min(right, Math.floor(k + ((n - i) * s) / n + sd));
      select(values, { left: sampleLeft, right: sampleRight }, k);
    }
    const pivot = values[k]!;
    let i = left;
    let j = right;
    values[k] = values[left]!;
    values[left] = pivot;
    if (values[right]! > pivot) {
      values[left] = values[right]!;
      values[right] = pivot;
    }
    while (i < j) {
      const swap = values[i]!;
      values[i] = values[j]!;
      values[j] = swap;
      i += 1;
      j -= 1;
      while (values[i]! < pivot) i += 1;
      while (values[j]! > pivot) j -= 1;
    }
    if (values[left] === pivot) {
      values[left] = values[j]!;
      values[j] = pivot;
    } else {
      j += 1;
      const swap = values[j]!;
      values[j] = values[right]!;
      values[right] = swap;
    }
    if (j <= k) left = j + 1;
    if (k <= j) right = j - 1;
  }
}
