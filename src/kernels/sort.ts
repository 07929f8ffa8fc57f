// Order of rows by several keys: stable, nulls last in both directions, text by code point (= order of its UTF-8 bytes).
// Called by exec/sort.ts and exec/ranks.ts. What must stay true: equal keys keep their order; with a bound on the rows that
// are wanted, those are the first ones of the whole order.
// A range is sorted by one key by least-significant-digit radix; only runs of equal halves are looked at again, by what
// comes next of their texts and then by the next key. Rows that cannot be among the wanted ones are left out before.

import { compareTexts, KEY_BYTES, rekeyTexts, type SortKeys } from "./sort-keys.ts";

/** The rows [0, rows) in order of the keys, the first key first; no more than `first` of them. */
export function sortOrder(rows: number, keys: readonly SortKeys[], first = rows): Uint32Array {
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) order[row] = row;
  const wanted = Math.min(first, rows);
  sortRange(order, { start: 0, end: rows, key: 0 }, { keys, wanted, scratch: new Uint32Array(rows) });
  return order.subarray(0, wanted);
}

/** Rows that are equal by the keys before. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly key: number;
}

interface Work {
  readonly keys: readonly SortKeys[];
  /** Places below it are to be filled; what stands behind them does not matter. */
  readonly wanted: number;
  readonly scratch: Uint32Array;
}

function sortRange(order: Uint32Array, { start, end, key }: Range, work: Work): void {
  const column = work.keys[key];
  if (column === undefined || end - start < 2 || start >= work.wanted) return;
  const presentEnd = missingLast(order, { start, end }, { column, scratch: work.scratch });
  sortPresent(
    order,
    { start, end: presentEnd, key },
    { ...work, behind: (column.texts?.from ?? 0) + KEY_BYTES, level: 0 },
  );
  sortRange(order, { start: presentEnd, end, key: key + 1 }, work);
}

interface Halves extends Work {
  /** Of texts: bytes that are in the halves or before them. */
  readonly behind: number;
  /** How often the halves have been written anew. */
  readonly level: number;
}

/** Sorts rows whose key is there by its halves, and runs of equal ones by what is behind. */
function sortPresent(order: Uint32Array, { start, end, key }: Range, work: Halves): void {
  const column = work.keys[key];
  if (column === undefined || start >= work.wanted) return;
  const kept = start + keepFirst(order, { start, end }, { column, scratch: work.scratch, wanted: work.wanted - start });
  radixSort(order, { start, end: kept }, { column, scratch: work.scratch });
  const { high, low } = column;
  for (let from = start; from < Math.min(kept, work.wanted); ) {
    const first = order[from]!;
    let to = from + 1;
    while (to < kept && high[order[to]!] === high[first] && low[order[to]!] === low[first]) to += 1;
    if (to - from > 1) sortTies(order, { start: from, end: to, key }, work);
    from = to;
  }
}

/** Texts that share more than so many times eight bytes with others, but not all, are compared byte by byte. */
const MOST_LEVELS = 32;

/** Rows with equal halves: by the rest of the text, then, where that is equal too, by the next key. */
function sortTies(order: Uint32Array, { start, end, key }: Range, work: Halves): void {
  const column = work.keys[key];
  if (column?.texts === undefined) {
    sortRange(order, { start, end, key: key + 1 }, work);
    return;
  }
  if (end - start > SHORT && work.level < MOST_LEVELS) {
    const behind = rekeyTexts(column, { order, start, end }, work.behind);
    if (typeof behind === "number") sortPresent(order, { start, end, key }, { ...work, behind, level: work.level + 1 });
    else if (behind === "equal") sortRange(order, { start, end, key: key + 1 }, work);
    if (behind !== "unclear") return;
  }
  const sign = column.descending ? -1 : 1;
  const compare = compareTexts(column.texts, column.texts.from);
  // Array sort is stable, typed array sort with a comparator too (ES2019).
  order.subarray(start, end).sort((left, right) => sign * compare(left, right));
  for (let from = start; from < end; ) {
    let to = from + 1;
    while (to < end && compare(order[from]!, order[to]!) === 0) to += 1;
    sortRange(order, { start: from, end: to, key: key + 1 }, work);
    from = to;
  }
}

interface ByColumn {
  readonly column: SortKeys;
  readonly scratch: Uint32Array;
}

/** Moves rows whose key is missing behind the others, both in their order; gives where they begin. */
function missingLast(
  order: Uint32Array,
  { start, end }: { readonly start: number; readonly end: number },
  { column, scratch }: ByColumn,
): number {
  const { missing } = column;
  if (missing === undefined) return end;
  let kept = start;
  let moved = 0;
  for (let at = start; at < end; at += 1) {
    const row = order[at]!;
    if (missing[row] === 0) order[kept++] = row;
    else scratch[moved++] = row;
  }
  for (let at = 0; at < moved; at += 1) order[kept + at] = scratch[at]!;
  return kept;
}

const DIGIT_BITS = 8;
const DIGITS = 2 ** DIGIT_BITS;
/** Ranges up to this length are sorted by insertion. */
const SHORT = 24;

/** Rows are left out where they are so many times as many as the wanted ones. */
const WORTH = 4;

/**
 * Moves the rows that may be among the first `wanted` by their halves to the start of a range, in their order, and gives how
 * many they are: those whose halves are not behind those of the last wanted one.
 */
function keepFirst(
  order: Uint32Array,
  { start, end }: { readonly start: number; readonly end: number },
  { column, scratch, wanted }: ByColumn & { readonly wanted: number },
): number {
  if (end - start <= SHORT || end - start < wanted * WORTH) return end - start;
  const { high, low, descending } = column;
  const turn = descending ? 0xffffffff : 0;
  scratch.set(order.subarray(start, end));
  const bound = lastWanted({ high, low, turn }, { scratch, count: end - start }, wanted);
  let kept = start;
  for (let at = start; at < end; at += 1) {
    const row = order[at]!;
    const upper = (high[row]! ^ turn) >>> 0;
    order[kept] = row;
    kept += Number(upper < bound.high || (upper === bound.high && (low[row]! ^ turn) >>> 0 <= bound.low));
  }
  return kept - start;
}

/** The halves of the n-th row, digit by digit, each looking only at the rows that share the digits before. */
function lastWanted(
  { high, low, turn }: { readonly high: Uint32Array; readonly low: Uint32Array; readonly turn: number },
  rows: { readonly scratch: Uint32Array; readonly count: number },
  n: number,
): { readonly high: number; readonly low: number } {
  const { scratch } = rows;
  const counts = new Uint32Array(DIGITS);
  let { count } = rows;
  const halfOf = (half: Uint32Array): number => {
    let found = 0;
    for (let shift = 32 - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
      counts.fill(0);
      for (let at = 0; at < count; at += 1) counts[((half[scratch[at]!]! ^ turn) >>> shift) & (DIGITS - 1)]! += 1;
      let digit = 0;
      for (; counts[digit]! < n; digit += 1) n -= counts[digit]!;
      found = found * DIGITS + digit;
      if (counts[digit] === count) continue;
      let kept = 0;
      for (let at = 0; at < count; at += 1) {
        const row = scratch[at]!;
        scratch[kept] = row;
        kept += Number((((half[row]! ^ turn) >>> shift) & (DIGITS - 1)) === digit);
      }
      count = kept;
    }
    return found;
  };
  return { high: halfOf(high), low: halfOf(low) };
}

function radixSort(
  order: Uint32Array,
  range: { readonly start: number; readonly end: number },
  { column, scratch }: ByColumn,
): void {
  const turn = column.descending ? 0xffffffff : 0;
  if (range.end - range.start <= SHORT) {
    insertionSort(order, range, column);
    return;
  }
  const counts = new Uint32Array(DIGITS);
  for (const half of [column.low, column.high]) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS)
      radixPass(order, range, { half, shift, turn, counts, scratch });
  }
}

/** One stable pass by one digit; skipped when all rows have the same. */
function radixPass(
  order: Uint32Array,
  { start, end }: { readonly start: number; readonly end: number },
  pass: { half: Uint32Array; shift: number; turn: number; counts: Uint32Array; scratch: Uint32Array },
): void {
  const { half, shift, turn, counts, scratch } = pass;
  counts.fill(0);
  for (let at = start; at < end; at += 1) counts[((half[order[at]!]! ^ turn) >>> shift) & (DIGITS - 1)]! += 1;
  if (counts[((half[order[start]!]! ^ turn) >>> shift) & (DIGITS - 1)] === end - start) return;
  let sum = 0;
  for (let digit = 0; digit < DIGITS; digit += 1) {
    const count = counts[digit]!;
    counts[digit] = sum;
    sum += count;
  }
  for (let at = start; at < end; at += 1) {
    const row = order[at]!;
    const digit = ((half[row]! ^ turn) >>> shift) & (DIGITS - 1);
    scratch[counts[digit]!] = row;
    counts[digit]! += 1;
  }
  order.set(scratch.subarray(0, end - start), start);
}

function insertionSort(
  order: Uint32Array,
  { start, end }: { readonly start: number; readonly end: number },
  { high, low, descending }: SortKeys,
): void {
  for (let at = start + 1; at < end; at += 1) {
    const row = order[at]!;
    let to = at;
    while (to > start) {
      const before = order[to - 1]!;
      const greater = high[before]! > high[row]! || (high[before] === high[row] && low[before]! > low[row]!);
      const smaller = high[before]! < high[row]! || (high[before] === high[row] && low[before]! < low[row]!);
      if (!(descending ? smaller : greater)) break;
      order[to] = before;
      to -= 1;
    }
    order[to] = row;
  }
}
