// Count of distinct codes by group, without Map, Set or hashing.
// Called by exec/measures for count_distinct. What must stay true: a negative code (null) counts nowhere, and equal values
// have equal codes. With one group a byte a code marks what was seen. With many, rows are counting-sorted by group, and one
// array by code says in which group the code was seen last (bench: distinct sessions by hour).

import type { Selection } from "./select.ts";

interface Chunk {
  readonly codes: Int32Array;
  readonly ids: Uint32Array;
}

/** Collects codes by group and counts the distinct ones. */
export class DistinctCounter {
  #seen = new Uint8Array(0);
  #only = 0;
  readonly #chunks: Chunk[] = [];

  /** Adds the rows of a block. `codes` and `ids` are indexed by row; absent `ids`: one group, number 0. */
  add(codes: Int32Array, ids: Uint32Array | undefined, rows: Selection): void {
    if (ids === undefined) this.#addToOne(codes, rows);
    else this.#chunks.push(collect(codes, ids, rows));
  }

  #addToOne(codes: Int32Array, { positions, count }: Selection): void {
    let highest = -1;
    for (let i = 0; i < count; i += 1) highest = Math.max(highest, codes[positions === undefined ? i : positions[i]!]!);
    if (highest >= this.#seen.length) {
      const larger = new Uint8Array(Math.max(highest + 1, this.#seen.length * 2));
      larger.set(this.#seen);
      this.#seen = larger;
    }
    const seen = this.#seen;
    for (let i = 0; i < count; i += 1) {
      const code = codes[positions === undefined ? i : positions[i]!]!;
      if (code < 0) continue;
      this.#only += 1 - seen[code]!;
      seen[code] = 1;
    }
  }

  /** Distinct codes by group. */
  finish(groups: number): Float64Array {
    const counts = new Float64Array(groups);
    if (this.#chunks.length === 0) {
      if (groups > 0) counts[0] = this.#only;
      return counts;
    }
    const { codes, offsets, highest } = gather(this.#chunks, groups);
    const lastGroup = new Uint32Array(highest + 1);
    for (let group = 0; group < groups; group += 1) {
      const end = offsets[group + 1]!;
      let distinct = 0;
      for (let at = offsets[group]!; at < end; at += 1) {
        const code = codes[at]!;
        distinct += Number(lastGroup[code] !== group + 1);
        lastGroup[code] = group + 1;
      }
      counts[group] = distinct;
    }
    return counts;
  }
}

/** The rows of a block whose code is there. */
function collect(codes: Int32Array, ids: Uint32Array, { positions, count }: Selection): Chunk {
  const chunk = { codes: new Int32Array(count), ids: new Uint32Array(count) };
  let kept = 0;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    chunk.codes[kept] = codes[row]!;
    chunk.ids[kept] = ids[row]!;
    kept += Number(codes[row]! >= 0);
  }
  return { codes: chunk.codes.subarray(0, kept), ids: chunk.ids.subarray(0, kept) };
}

/** Counting sort by group: codes of group g at [offsets[g], offsets[g + 1]). */
function gather(
  chunks: readonly Chunk[],
  groups: number,
): { codes: Int32Array; offsets: Float64Array; highest: number } {
  const offsets = new Float64Array(groups + 1);
  let highest = -1;
  for (const { codes, ids } of chunks) {
    for (let i = 0; i < ids.length; i += 1) {
      offsets[ids[i]! + 1]! += 1;
      highest = Math.max(highest, codes[i]!);
    }
  }
  for (let group = 0; group < groups; group += 1) offsets[group + 1]! += offsets[group]!;
  const sorted = new Int32Array(offsets[groups]!);
  const next = offsets.slice(0, groups);
  for (const { codes, ids } of chunks) {
    for (let i = 0; i < ids.length; i += 1) {
      const group = ids[i]!;
      const at = next[group]!;
      sorted[at] = codes[i]!;
      next[group] = at + 1;
    }
  }
  return { codes: sorted, offsets, highest };
}
