// Count of distinct codes by group, without Map or Set.
// Called by exec/ for count_distinct. What must stay true: a negative code (null) counts nowhere, and equal values have
// equal codes. With one group a byte a code is enough; otherwise (group, code) pairs go through an open-addressing table.

import { PairTable } from "./hash.ts";
import type { Selection } from "./select.ts";

/** Counts distinct codes by group. */
export class DistinctCounter {
  /** Distinct codes of each group seen. Replaced when it grows. */
  counts = new Float64Array(16);
  #seen = new Uint8Array(0);
  readonly #pairs = new PairTable();

  /** Adds the rows of a block. `codes` and `ids` are indexed by row; absent `ids`: one group, number 0. */
  add(codes: Int32Array, ids: Uint32Array | undefined, rows: Selection): void {
    if (ids === undefined) this.#addToOne(codes, rows);
    else this.#addPairs(codes, ids, rows);
  }

  #addToOne(codes: Int32Array, rows: Selection): void {
    const { positions, count } = rows;
    let highest = -1;
    for (let i = 0; i < count; i += 1) highest = Math.max(highest, codes[positions === undefined ? i : positions[i]!]!);
    if (highest >= this.#seen.length) {
      const larger = new Uint8Array(Math.max(highest + 1, this.#seen.length * 2));
      larger.set(this.#seen);
      this.#seen = larger;
    }
    const seen = this.#seen;
    let fresh = 0;
    for (let i = 0; i < count; i += 1) {
      const code = codes[positions === undefined ? i : positions[i]!]!;
      if (code < 0) continue;
      fresh += 1 - seen[code]!;
      seen[code] = 1;
    }
    this.counts[0]! += fresh;
  }

  #addPairs(codes: Int32Array, ids: Uint32Array, rows: Selection): void {
    const { positions, count } = rows;
    const pairs = this.#pairs;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      const code = codes[row]!;
      if (code < 0) continue;
      const known = pairs.size;
      const group = ids[row]!;
      if (pairs.intern(group, code) < known) continue;
      if (group >= this.counts.length) this.#growCounts(group + 1);
      this.counts[group]! += 1;
    }
  }

  #growCounts(groups: number): void {
    const larger = new Float64Array(Math.max(groups, this.counts.length * 2));
    larger.set(this.counts);
    this.counts = larger;
  }
}
