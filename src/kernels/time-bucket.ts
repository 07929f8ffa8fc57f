// Time buckets: the number of the bucket of fixed width that holds an instant, counted from 1970 UTC.
// Called by exec/ for the bucket key. What must stay true: buckets are half-open [n * width, (n + 1) * width), also before
// 1970. One correctly rounded division is enough: for whole |t| < 2^53 the quotient never rounds up to the next integer,
// since the gap 1 / width to it is at least half a unit in its last place.

import type { Selection } from "./select.ts";

/** Number of the bucket of width `widthMs` (above 0) that holds `timeMs`; NaN for NaN. */
export function bucketNumber(timeMs: number, widthMs: number): number {
  return Math.floor(timeMs / widthMs);
}

/**
 * Bucket numbers less `first`, as codes: 0 for the bucket numbered `first`. Every time must lie in a bucket from `first`
 * on, within 2^31 buckets; NaN gives -1.
 */
export function bucketCodes(
  what: { readonly times: Float64Array; readonly widthMs: number; readonly first: number },
  rows: Selection,
  out: Int32Array,
): void {
  const { times, widthMs, first } = what;
  const { positions, count } = rows;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      const time = times[row]!;
      out[row] = Number.isNaN(time) ? -1 : Math.floor(time / widthMs) - first;
    }
    return;
  }
  for (let i = 0; i < count; i += 1) {
    const row = positions[i]!;
    const time = times[row]!;
    out[row] = Number.isNaN(time) ? -1 : Math.floor(time / widthMs) - first;
  }
}

/** Start of each bucket in ms, NaN for NaN: for grouping by hashing when the numbers span too much for codes. */
export function bucketStarts(
  what: { readonly times: Float64Array; readonly widthMs: number },
  rows: Selection,
  out: Float64Array,
): void {
  const { times, widthMs } = what;
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = Math.floor(times[row]! / widthMs) * widthMs;
  }
}
