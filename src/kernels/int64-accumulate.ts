// Sum, minimum and maximum of exact 64-bit integers by group id; no object by row or group.
// Called by exec/integer-measures.ts once a block. What must stay true: missing values are skipped; a sum is exact
// whatever it passes through, so that the order of rows and any number of threads give the same.

import { isPresent } from "../columns/column.ts";
import type { Grouped } from "./accumulate.ts";
import { type Int64Values, LOW_HALF } from "./compare.ts";
import { halvesOf } from "./int64.ts";

const TWO_32 = 2 ** 32;
/** Past it the middle part of a sum is cut down, long before float64 would round it. */
const MIDDLE_LIMIT = 2 ** 52;
/** Numbers a group: the sum is high * 2^64 + middle * 2^32 + low, low in [0, 2^32). */
const PARTS = 3;

/** Exact sums by group. */
export class Int64Sums {
  #parts: Float64Array = new Float64Array(PARTS);

  /** Makes room for `groups` groups. */
  grow(groups: number): void {
    if (groups * PARTS <= this.#parts.length) return;
    const larger = new Float64Array(Math.max(groups * PARTS, this.#parts.length * 2));
    larger.set(this.#parts);
    this.#parts = larger;
  }

  /** Adds the values of a block. `ids` are below the groups that there is room for. */
  add({ values, validity }: Int64Values, { ids, rows }: Grouped): void {
    const halves = halvesOf(values);
    const parts = this.#parts;
    const { positions, count } = rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      if (!isPresent(validity, row)) continue;
      const at = ids === undefined ? 0 : ids[row]! * PARTS;
      const low = parts[at]! + (halves[2 * row + LOW_HALF]! >>> 0);
      const carry = Number(low >= TWO_32);
      const middle = parts[at + 1]! + halves[2 * row + 1 - LOW_HALF]! + carry;
      parts[at] = low - carry * TWO_32;
      parts[at + 1] = middle;
      if (middle < MIDDLE_LIMIT && middle > -MIDDLE_LIMIT) continue;
      parts[at + 1] = middle % TWO_32;
      parts[at + 2]! += Math.trunc(middle / TWO_32);
    }
  }

  /** The sum of a group, of any size. */
  sum(group: number): bigint {
    const [low = 0, middle = 0, high = 0] = this.#parts.subarray(group * PARTS, (group + 1) * PARTS);
    return (BigInt(high) << 64n) + (BigInt(middle) << 32n) + BigInt(low);
  }
}

/** Lowers `mins` to the values of each group. Entries start at the largest int64. */
export function minInt64ByGroup({ values, validity }: Int64Values, { ids, rows }: Grouped, mins: BigInt64Array): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    if (!isPresent(validity, row)) continue;
    const group = ids === undefined ? 0 : ids[row]!;
    if (values[row]! < mins[group]!) mins[group] = values[row]!;
  }
}

/** Raises `maxs` to the values of each group. Entries start at the smallest int64. */
export function maxInt64ByGroup({ values, validity }: Int64Values, { ids, rows }: Grouped, maxs: BigInt64Array): void {
  const { positions, count } = rows;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    if (!isPresent(validity, row)) continue;
    const group = ids === undefined ? 0 : ids[row]!;
    if (values[row]! > maxs[group]!) maxs[group] = values[row]!;
  }
}
