// Granules: the smallest and the largest number of every 1,024 rows of a block, a finer zone map, made when a query first
// asks for it and kept as long as the block.
// Called by time-runs.ts and ranks.ts. What must stay true: missing numbers are left out; blocks never change once a dataset
// is loaded.

/** Rows of a granule. */
export const GRANULE_ROWS = 1_024;

/** Bounds by granule of a block: Infinity and -Infinity where all numbers are missing. */
export interface Granules {
  readonly mins: Float64Array;
  readonly maxs: Float64Array;
}

/** By the values of a block. */
const KNOWN = new WeakMap<Float64Array, Granules>();

/** The granules of the values of a block, NaN where missing; the array must be a column's own. */
export function granulesOf(values: Float64Array): Granules {
  const known = KNOWN.get(values) ?? boundsOf(values);
  KNOWN.set(values, known);
  return known;
}

function boundsOf(values: Float64Array): Granules {
  const count = Math.ceil(values.length / GRANULE_ROWS);
  const mins = new Float64Array(count);
  const maxs = new Float64Array(count);
  for (let granule = 0; granule < count; granule += 1) {
    const end = Math.min(values.length, (granule + 1) * GRANULE_ROWS);
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let row = granule * GRANULE_ROWS; row < end; row += 1) {
      const value = values[row]!;
      // NaN is neither.
      if (value < min) min = value;
      if (value > max) max = value;
    }
    mins[granule] = min;
    maxs[granule] = max;
  }
  return { mins, maxs };
}
