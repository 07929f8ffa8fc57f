// Selection vectors: which rows of a block an operator still looks at.
// Called by every operator of exec/. What must stay true: positions ascend, and an absent list means every row, so that
// the common case of no filter costs nothing. Writing positions is branch-free: each row writes, only hits advance.

/** Rows of a block. `positions`: ascending, the first `count` entries hold; absent = rows [0, count). */
export interface Selection {
  readonly positions: Uint32Array | undefined;
  readonly count: number;
}

/** Every row of a block of `count` rows. */
export function allRows(count: number): Selection {
  return { positions: undefined, count };
}

/** No row. */
export const NO_ROWS: Selection = { positions: new Uint32Array(0), count: 0 };

/**
 * The rows of `rows` whose truth is 1. `truth` is indexed by row of the block.
 * Writes to `out` (room for `rows.count`), which may be the very array of `rows`. Gives `rows` itself when all are true.
 */
export function selectTrue(truth: Uint8Array, rows: Selection, out: Uint32Array): Selection {
  const { positions, count } = rows;
  let kept = 0;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      out[kept] = row;
      kept += truth[row]! & 1;
    }
  } else {
    for (let i = 0; i < count; i += 1) {
      const row = positions[i]!;
      out[kept] = row;
      kept += truth[row]! & 1;
    }
  }
  return kept === count ? rows : { positions: out, count: kept };
}

/** As selectTrue, for the rows whose code has the answer 1 in `table`, which starts with the answer for null. */
export function selectMapped(
  { codes, table }: { readonly codes: Int32Array; readonly table: Uint8Array },
  rows: Selection,
  out: Uint32Array,
): Selection {
  const { positions, count } = rows;
  let kept = 0;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      out[kept] = row;
      kept += table[codes[row]! + 1]! & 1;
    }
  } else {
    for (let i = 0; i < count; i += 1) {
      const row = positions[i]!;
      out[kept] = row;
      kept += table[codes[row]! + 1]! & 1;
    }
  }
  return kept === count ? rows : { positions: out, count: kept };
}

/** A closed interval of numbers. */
export interface Interval {
  readonly least: number;
  readonly most: number;
}

/** As selectTrue, for the rows whose number lies in an interval; never a missing one. */
export function selectBetween(
  { values, least, most }: Interval & { readonly values: Float64Array },
  rows: Selection,
  out: Uint32Array,
): Selection {
  const { positions, count } = rows;
  let kept = 0;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!;
      out[kept] = row;
      kept += Number(value >= least) & Number(value <= most);
    }
  } else {
    for (let i = 0; i < count; i += 1) {
      const row = positions[i]!;
      const value = values[row]!;
      out[kept] = row;
      kept += Number(value >= least) & Number(value <= most);
    }
  }
  return kept === count ? rows : { positions: out, count: kept };
}

/** As selectTrue, for the rows whose `bytes[index[row] - first]` is 1. */
export function selectTaken(
  { bytes, index, first }: { readonly bytes: Uint8Array; readonly index: Int32Array; readonly first: number },
  rows: Selection,
  out: Uint32Array,
): Selection {
  const { positions, count } = rows;
  let kept = 0;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[kept] = row;
    kept += bytes[index[row]! - first]! & 1;
  }
  return kept === count ? rows : { positions: out, count: kept };
}

/** As selectTrue, for the rows whose number is there (not NaN). */
export function selectPresent(values: Float64Array, rows: Selection, out: Uint32Array): Selection {
  const { positions, count } = rows;
  let kept = 0;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!;
      out[kept] = row;
      kept += Number(!Number.isNaN(value));
    }
  } else {
    for (let i = 0; i < count; i += 1) {
      const row = positions[i]!;
      const value = values[row]!;
      out[kept] = row;
      kept += Number(!Number.isNaN(value));
    }
  }
  return kept === count ? rows : { positions: out, count: kept };
}

/** As selectTrue, for the rows whose code is there (not negative). */
export function selectCodes(codes: Int32Array, rows: Selection, out: Uint32Array): Selection {
  const { positions, count } = rows;
  let kept = 0;
  if (positions === undefined) {
    for (let row = 0; row < count; row += 1) {
      out[kept] = row;
      kept += Number(codes[row]! >= 0);
    }
  } else {
    for (let i = 0; i < count; i += 1) {
      const row = positions[i]!;
      out[kept] = row;
      kept += Number(codes[row]! >= 0);
    }
  }
  return kept === count ? rows : { positions: out, count: kept };
}
