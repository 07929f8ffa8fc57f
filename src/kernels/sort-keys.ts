// Sort keys: any column as unsigned 64-bit numbers in two halves whose order is the column's: a number's bits turned so that
// they ascend, or eight bytes of a text.
// Called by exec/sort.ts and exec/ranks.ts, which hand the keys to sort.ts. What must stay true: a smaller key comes first;
// rows with equal halves are equal, but for texts: there the bytes behind decide, which rekeyTexts brings into the halves.

/** One sort key over rows [0, rows). */
export interface SortKeys {
  /** Upper and lower halves of each row's key; ascending as unsigned numbers. */
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** 1 where the key is missing; absent = never. */
  readonly missing: Uint8Array | undefined;
  readonly descending: boolean;
  /** Texts, of which the halves hold eight bytes; absent = rows with equal halves are equal. */
  readonly texts?: TextRows & {
    /** Bytes before those of the halves, which all texts share. */
    readonly from: number;
  };
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

/** Bytes of a text that the halves hold; a text that ends before is filled up with zeros. */
export const KEY_BYTES = 8;

/** Keys of texts: eight bytes behind what all of them share. */
export function textKeys(texts: TextRows, descending: boolean): SortKeys {
  const { rows } = texts;
  const missing = new Uint8Array(rows.length);
  const present = new Uint32Array(rows.length);
  let count = 0;
  for (let row = 0; row < rows.length; row += 1) {
    missing[row] = Number(rows[row]! < 0);
    present[count] = row;
    count += 1 - missing[row]!;
  }
  const [high, low] = [new Uint32Array(rows.length), new Uint32Array(rows.length)];
  const all = { order: present, start: 0, end: count };
  const { from } = commonPrefix(texts, all, 0);
  writeBytes(texts, all, { high, low, from });
  return { high, low, missing, descending, texts: { ...texts, from } };
}

/** Rows that are sorted: `order[start, end)`. */
export interface RowRange {
  readonly order: Uint32Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Brings what comes next of texts into the halves of their rows. Up to byte `from` they are equal, if those that end before
 * are filled up with zeros. Gives how many bytes the halves and what is before them hold; or `equal` when all texts are, and
 * `unclear` when some end before byte `from`, where others have zeros.
 */
export function rekeyTexts({ high, low, texts }: SortKeys, rows: RowRange, from: number): number | "equal" | "unclear" {
  if (texts === undefined) return "equal";
  const common = commonPrefix(texts, rows, from);
  if (common.shortest === common.longest && common.from === common.shortest) return "equal";
  if (common.shortest < from) return "unclear";
  writeBytes(texts, rows, { high, low, from: common.from });
  return common.from + KEY_BYTES;
}

/** How many bytes from `from` on are the same in all texts, and the lengths of the shortest and the longest one. */
function commonPrefix(
  { offsets, bytes, rows }: TextRows,
  { order, start, end }: RowRange,
  from: number,
): { readonly from: number; readonly shortest: number; readonly longest: number } {
  let [common, shortest, longest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  const first = start < end ? offsets[rows[order[start]!]!]! : 0;
  for (let at = start; at < end; at += 1) {
    const text = rows[order[at]!]!;
    const begin = offsets[text]!;
    const length = offsets[text + 1]! - begin;
    shortest = Math.min(shortest, length);
    longest = Math.max(longest, length);
    const most = Math.min(common, length);
    let same = Math.min(from, most);
    while (same < most && bytes[begin + same] === bytes[first + same]) same += 1;
    common = same;
  }
  return { from: common === Number.POSITIVE_INFINITY ? 0 : common, shortest, longest };
}

/** Writes eight bytes of each text, from byte `from` on, to the halves of its row. */
function writeBytes(
  { offsets, bytes, rows }: TextRows,
  { order, start, end }: RowRange,
  { high, low, from }: { readonly high: Uint32Array; readonly low: Uint32Array; readonly from: number },
): void {
  for (let at = start; at < end; at += 1) {
    const row = order[at]!;
    const text = rows[row]!;
    const begin = offsets[text]! + from;
    const length = Math.min(KEY_BYTES, offsets[text + 1]! - begin);
    let [upper, lower] = [0, 0];
    for (let i = 0; i < length; i += 1) {
      const byte = bytes[begin + i]! << (24 - 8 * (i & 3));
      if (i < 4) upper |= byte;
      else lower |= byte;
    }
    high[row] = upper;
    low[row] = lower;
  }
}

/** Ascending comparison of the texts of two rows from byte `from` on. */
export function compareTexts(
  { offsets, bytes, rows }: TextRows,
  from: number,
): (left: number, right: number) => number {
  return (left, right) => {
    const a = rows[left]!;
    const b = rows[right]!;
    if (a === b) return 0;
    const aEnd = offsets[a + 1]!;
    const bEnd = offsets[b + 1]!;
    let i = offsets[a]! + from;
    let j = offsets[b]! + from;
    while (i < aEnd && j < bEnd && bytes[i] === bytes[j]) {
      i += 1;
      j += 1;
    }
    if (i >= aEnd || j >= bEnd) return aEnd - offsets[a]! - (bEnd - offsets[b]!);
    return bytes[i]! - bytes[j]!;
  };
}
