// Order of rows by several keys: stable, nulls last in both directions, text by code point (= order of its UTF-8 bytes).
// Called by exec/sort. What must stay true: equal keys keep their order.
// Every key is an unsigned 64-bit number in two halves whose order is the key's: a number's bits turned so that they
// ascend, or the first eight bytes of a text. A range is sorted by one key by least-significant-digit radix; only runs of
// equal halves are looked at again, by the rest of the text and then by the next key.

/** One sort key over rows [0, rows). */
export interface SortKeys {
  /** Upper and lower halves of each row's key; ascending as unsigned numbers. */
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** 1 where the key is missing; absent = never. */
  readonly missing: Uint8Array | undefined;
  readonly descending: boolean;
  /** Ascending comparison of two rows whose halves are equal; absent = they are equal. */
  readonly tie?: (left: number, right: number) => number;
}

/** Keys of numbers; NaN is missing, -0 equals 0. */
export function numberKeys(values: Float64Array, descending: boolean): SortKeys {
  const rows = values.length;
  const high = new Uint32Array(rows);
  const low = new Uint32Array(rows);
  const missing = new Uint8Array(rows);
  const number = new Float64Array(1);
  const halves = new Uint32Array(number.buffer);
  const lowAt = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
  for (let row = 0; row < rows; row += 1) {
    const value = values[row]!;
    if (Number.isNaN(value)) {
      missing[row] = 1;
      continue;
    }
    number[0] = value + 0;
    // Negative numbers: all bits turned; others: the sign bit set.
    const sign = halves[1 - lowAt]! >> 31;
    high[row] = halves[1 - lowAt]! ^ (sign | 0x80000000);
    low[row] = halves[lowAt]! ^ sign;
  }
  return { high, low, missing, descending };
}

/** Keys of exact 64-bit integers; `missing` as in SortKeys. */
export function int64Keys(values: BigInt64Array, missing: Uint8Array | undefined, descending: boolean): SortKeys {
  const rows = values.length;
  const high = new Uint32Array(rows);
  const low = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const value = BigInt.asUintN(64, values[row]!);
    high[row] = Number(value >> 32n) ^ 0x80000000;
    low[row] = Number(value & 0xffffffffn);
  }
  return { high, low, missing, descending };
}

/** Texts by number: text t is `bytes[offsets[t], offsets[t + 1])`; `rows[row]` is the text of a row, negative = missing. */
export interface TextRows {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly rows: Int32Array;
}

const PREFIX_BYTES = 8;

/** Keys of texts: eight bytes, and the rest on a tie. */
export function textKeys({ offsets, bytes, rows }: TextRows, descending: boolean): SortKeys {
  const high = new Uint32Array(rows.length);
  const low = new Uint32Array(rows.length);
  const missing = new Uint8Array(rows.length);
  for (let row = 0; row < rows.length; row += 1) {
    const text = rows[row]!;
    if (text < 0) {
      missing[row] = 1;
      continue;
    }
    const start = offsets[text]!;
    const length = Math.min(PREFIX_BYTES, offsets[text + 1]! - start);
    for (let i = 0; i < length; i += 1) {
      const shift = 24 - 8 * (i & 3);
      if (i < 4) high[row]! |= bytes[start + i]! << shift;
      else low[row]! |= bytes[start + i]! << shift;
    }
  }
  const tie = (left: number, right: number): number => {
    const a = rows[left]!;
    const b = rows[right]!;
    if (a === b) return 0;
    const aEnd = offsets[a + 1]!;
    const bEnd = offsets[b + 1]!;
    let i = offsets[a]!;
    let j = offsets[b]!;
    while (i < aEnd && j < bEnd && bytes[i] === bytes[j]) {
      i += 1;
      j += 1;
    }
    if (i === aEnd || j === bEnd) return aEnd - i - (bEnd - j);
    return bytes[i]! - bytes[j]!;
  };
  return { high, low, missing, descending, tie };
}

/** The rows [0, rows) in order of the keys, the first key first. */
export function sortOrder(rows: number, keys: readonly SortKeys[]): Uint32Array {
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) order[row] = row;
  sortRange(order, { start: 0, end: rows, key: 0 }, { keys, scratch: new Uint32Array(rows) });
  return order;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly key: number;
}

interface Work {
  readonly keys: readonly SortKeys[];
  readonly scratch: Uint32Array;
}

function sortRange(order: Uint32Array, { start, end, key }: Range, work: Work): void {
  const column = work.keys[key];
  if (column === undefined || end - start < 2) return;
  const presentEnd = missingLast(order, { start, end }, { column, scratch: work.scratch });
  radixSort(order, { start, end: presentEnd }, { column, scratch: work.scratch });
  const { high, low } = column;
  for (let from = start; from < presentEnd; ) {
    const first = order[from]!;
    let to = from + 1;
    while (to < presentEnd && high[order[to]!] === high[first] && low[order[to]!] === low[first]) to += 1;
    if (to - from > 1) sortTies(order, { start: from, end: to, key }, work);
    from = to;
  }
  sortRange(order, { start: presentEnd, end, key: key + 1 }, work);
}

/** Rows with equal halves: by the rest of the text, then, where that is equal too, by the next key. */
function sortTies(order: Uint32Array, { start, end, key }: Range, work: Work): void {
  const column = work.keys[key];
  const tie = column?.tie;
  if (column === undefined || tie === undefined) {
    sortRange(order, { start, end, key: key + 1 }, work);
    return;
  }
  const sign = column.descending ? -1 : 1;
  // Array sort is stable, typed array sort with a comparator too (ES2019).
  order.subarray(start, end).sort((left, right) => sign * tie(left, right));
  for (let from = start; from < end; ) {
    let to = from + 1;
    while (to < end && tie(order[from]!, order[to]!) === 0) to += 1;
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
