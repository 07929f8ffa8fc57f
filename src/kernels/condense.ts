// Numbers in any order to centroids: counted and summed by cell of value where they are many, sorted where they are few.
// Called by tdigest.ts. What must stay true: cells that hold more than an eighth of what a centroid may are sorted value by
// value, so that the centroids are those of the sorted numbers but for an eighth of a unit at their edges, and ties stay
// exact (bench `digest`: a third of the time of sorting all). The order of the numbers changes means in rounding only.

import {
  type Centroids,
  COMPRESSION,
  compress,
  mergeCentroids,
  NO_CENTROIDS,
  nextQuantile,
  stepOf,
} from "./centroids.ts";
import { type CellMap, cellMap, cellOf, MAX_CELLS, NumberSorter, wordsOf } from "./value-cells.ts";

/** Numbers that are condensed at a time: they and their cells stay in the second-level cache. */
export const RUN = 65_536;
/** From here on sums by cell are faster than sorting. */
const CELLS_FROM = 8_192;
const EIGHTH = stepOf(1 / 8);

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Makes centroids of runs of numbers; keeps its scratch memory. */
export class Condenser {
  readonly #sorter = new NumberSorter();
  #cells: Uint16Array | undefined;
  /** The list under way; compress() copies what it keeps of it. */
  #means = new Float64Array(0);
  #weights = new Float64Array(0);
  #cellCount = MAX_CELLS;
  readonly #counts = new Uint32Array(MAX_CELLS);
  readonly #sums = new Float64Array(MAX_CELLS);
  /** Numbers of heavy cells, cell by cell. */
  #heavy = new Float64Array(0);
  /** Where the next number of a cell goes in `#heavy`, and how far that place then moves on: 0 for light cells. */
  readonly #places = new Uint32Array(MAX_CELLS);
  readonly #steps = new Uint8Array(MAX_CELLS);

  /** Sorts `values[start, end)`. */
  sort(values: Float64Array, start: number, end: number): void {
    this.#sorter.sort(values, start, end);
  }

  /** Centroids of `values[start, end)`, which hold no NaN and no -0; one each up to COMPRESSION. Reorders the range. */
  condense(values: Float64Array, start: number, end: number): Centroids {
    let list = NO_CENTROIDS;
    for (let from = start; from < end; from += RUN) {
      const to = Math.min(end, from + RUN);
      const run = this.#condenseRun(values, { start: from, end: to });
      list = from === start ? run : compress(mergeCentroids(list, run), to - start);
    }
    return list;
  }

  #condenseRun(values: Float64Array, { start, end }: Range): Centroids {
    const count = end - start;
    if (count >= CELLS_FROM) {
      // Between two and four values a cell, were they spread evenly.
      const bits = Math.min(Math.log2(MAX_CELLS), 30 - Math.clz32(count));
      this.#cellCount = 2 ** bits;
      const map = cellMap(values, start, end, bits);
      const list = map === undefined ? undefined : this.#cellCentroids(values, { start, end }, map);
      if (list !== undefined) return compress(list, count);
    }
    this.#sorter.sort(values, start, end);
    const means = values.slice(start, end);
    return count <= COMPRESSION ? { means, weights: undefined } : compress({ means, weights: undefined }, count);
  }

  /** A centroid a light cell, and the single values of heavy ones. Undefined where a sum overflows. */
  #cellCentroids(values: Float64Array, range: Range, map: CellMap): Centroids | undefined {
    this.#sumCells(values, range, map);
    const heavyCount = this.#findHeavy(range.end - range.start);
    this.#collectHeavy(values, range, heavyCount);
    const room = Math.min(this.#cellCount, range.end - range.start) + heavyCount;
    if (this.#means.length < room) {
      this.#means = new Float64Array(room);
      this.#weights = new Float64Array(room);
    }
    const [means, weights] = [this.#means, this.#weights];
    let size = 0;
    let from = 0;
    for (let cell = 0; cell < this.#cellCount; cell += 1) {
      const count = this.#counts[cell]!;
      if (count === 0) continue;
      if (this.#steps[cell] === 0) {
        means[size] = this.#sums[cell]! / count;
        weights[size] = count;
        size += 1;
        continue;
      }
      const to = from + count;
      this.#sorter.sort(this.#heavy, from, to);
      means.set(this.#heavy.subarray(from, to), size);
      weights.fill(1, size, size + count);
      size += count;
      from = to;
    }
    return isSteady(means, size) ? { means: means.subarray(0, size), weights: weights.subarray(0, size) } : undefined;
  }

  #sumCells(values: Float64Array, { start, end }: Range, { least, spare }: CellMap): void {
    const counts = this.#counts.fill(0, 0, this.#cellCount);
    const sums = this.#sums.fill(0, 0, this.#cellCount);
    this.#cells ??= new Uint16Array(RUN);
    const cells = this.#cells;
    const words = wordsOf(values, start, end);
    for (let i = start, at = 0; i < end; i += 1, at += 1) {
      const cell = cellOf(words[2 * at]!, words[2 * at + 1]!, least, spare);
      cells[at] = cell;
      counts[cell]! += 1;
      sums[cell]! += values[i]!;
    }
  }

  /** Gives heavy cells their places; returns how many numbers they hold. */
  #findHeavy(total: number): number {
    let rank = 0;
    let heavyCount = 0;
    for (let cell = 0; cell < this.#cellCount; cell += 1) {
      const count = this.#counts[cell]!;
      if (count === 0) continue;
      const isHeavy = count > 1 && rank + count > nextQuantile(rank / total, EIGHTH) * total;
      this.#steps[cell] = isHeavy ? 1 : 0;
      this.#places[cell] = heavyCount;
      if (isHeavy) heavyCount += count;
      rank += count;
    }
    for (let cell = 0; cell < this.#cellCount; cell += 1) if (this.#steps[cell] === 0) this.#places[cell] = heavyCount;
    return heavyCount;
  }

  /** Copies the numbers of heavy cells to their places. Every number is written, without a branch: others behind the last. */
  #collectHeavy(values: Float64Array, { start, end }: Range, heavyCount: number): void {
    if (this.#heavy.length <= heavyCount) this.#heavy = new Float64Array(RUN + 1);
    const [heavy, cells, steps, places] = [this.#heavy, this.#cells ?? new Uint16Array(0), this.#steps, this.#places];
    for (let i = start, at = 0; i < end; i += 1, at += 1) {
      const cell = cells[at]!;
      const place = places[cell]!;
      heavy[place] = values[i]!;
      places[cell] = place + steps[cell]!;
    }
  }
}

/** Whether means are finite and ascend, which sums that round or overflow can break. */
function isSteady(means: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i += 1) {
    if (!Number.isFinite(means[i]!) || (i > 0 && means[i]! < means[i - 1]!)) return false;
  }
  return true;
}
