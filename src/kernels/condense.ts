// Numbers in any order to centroids: counted and summed by cell of value where they are many, sorted where they are few.
// Called by tdigest.ts. What must stay true: cells that hold more than two thirds of what a centroid may are sorted value by
// value, so that the centroids are those of the sorted numbers but for such a share at their edges, and ties stay
// exact (bench `digest`: a quarter of the time of sorting all).

import { Arena } from "./arena.ts";
import {
  type Centroids,
  COMPRESSION,
  compress,
  mergeAll,
  NO_CENTROIDS,
  nextQuantile,
  type Step,
  stepOf,
} from "./centroids.ts";
import { FittedCells, RECORD, RUN } from "./fitted-cells.ts";
import { NumberSorter } from "./number-sorter.ts";

/** From here on sums by cell are faster than sorting. */
const CELLS_FROM = 2_048;
/** What a cell should hold at most, and the same where percentiles are asked for most, near the ends. */
const SPAN = stepOf(1 / 3);
const TAIL_SPAN = stepOf(1 / 6);
const TAIL = 0.02;
/** Cells of so many times as much are heavy: their numbers are sorted. */
const HEAVIER = 2;

function share(quantile: number): Step {
  return quantile < TAIL || quantile > 1 - TAIL ? TAIL_SPAN : SPAN;
}

/** Makes centroids of runs of numbers; keeps its scratch memory. */
export class Condenser {
  readonly #sorter = new NumberSorter();
  readonly #withWasm: boolean;
  #cells: FittedCells | undefined;
  /** The list under way; compress() copies what it keeps of it. */
  #means = new Float64Array(0);
  #weights = new Float64Array(0);

  /** `withWasm`: false for the loops in TypeScript, which give the same. */
  constructor({ withWasm }: { readonly withWasm: boolean }) {
    this.#withWasm = withWasm;
  }

  /** Centroids of `values[start, end)`, which hold no NaN and no -0; one each up to COMPRESSION. May reorder the range. */
  condense(values: Float64Array, start: number, end: number): Centroids {
    const runs: Centroids[] = [];
    for (let from = start; from < end; from += RUN) {
      runs.push(this.#condenseRun(values.subarray(from, Math.min(end, from + RUN))));
    }
    // All at once: the fewer times centroids are joined, the smaller their error.
    return runs.length === 1 ? (runs[0] ?? NO_CENTROIDS) : compress(mergeAll(runs), end - start);
  }

  #condenseRun(values: Float64Array): Centroids {
    const count = values.length;
    if (count >= CELLS_FROM) {
      const list = this.#cellCentroids(values);
      if (list !== undefined) return ownedBy(compress(list, count), this.#means);
    }
    this.#sorter.sort(values, 0, count);
    const means = values.slice();
    return count <= COMPRESSION ? { means, weights: undefined } : compress({ means, weights: undefined }, count);
  }

  /** A centroid a light cell, and the values of heavy ones. Undefined where a sum overflows. */
  #cellCentroids(values: Float64Array): Centroids | undefined {
    this.#cells ??= new FittedCells(this.#withWasm ? Arena.take() : undefined);
    const cells = this.#cells;
    cells.values.set(values);
    cells.fill(values.length, share);
    const heavyCount = this.#findHeavy(cells, values.length);
    const room = Math.min(cells.size, values.length) + heavyCount;
    if (this.#means.length < room) [this.#means, this.#weights] = [new Float64Array(room), new Float64Array(room)];
    const heavy = heavyCount === 0 ? NO_CENTROIDS.means : cells.pick();
    const [means, weights] = [this.#means, this.#weights];
    const { records, places, size: cellCount } = cells;
    let size = 0;
    let from = 0;
    for (let cell = 0; cell < cellCount; cell += 1) {
      const count = records[RECORD * cell + 1]!;
      if (count === 0) continue;
      if (places[cell] === 0) {
        means[size] = records[RECORD * cell]! / count;
        weights[size] = count;
        size += 1;
      } else {
        size = this.#listHeavy(heavy.subarray(from, from + count), size);
        from += count;
      }
    }
    return isSteady(means, size) ? { means: means.subarray(0, size), weights: weights.subarray(0, size) } : undefined;
  }

  /** Lists the numbers of a heavy cell from `size` on: as one where all are equal. Returns where the list then ends. */
  #listHeavy(heavy: Float64Array, size: number): number {
    const [means, weights] = [this.#means, this.#weights];
    const count = heavy.length;
    const first = heavy[0]!;
    let same = 1;
    while (same < count && heavy[same] === first) same += 1;
    if (same === count) {
      means[size] = first;
      weights[size] = -count;
      return size + 1;
    }
    this.#sorter.sort(heavy, 0, count);
    means.set(heavy, size);
    weights.fill(1, size, size + count);
    return size + count;
  }

  /** Gives heavy cells their places; returns how many numbers they hold. */
  #findHeavy({ records, places, size }: FittedCells, total: number): number {
    let rank = 0;
    let heavyCount = 0;
    let most = 0;
    let until = 0;
    for (let cell = 0; cell < size; cell += 1) {
      const count = records[RECORD * cell + 1]!;
      if (count === 0) continue;
      if (rank >= until) {
        const quantile = rank / total;
        most = HEAVIER * (nextQuantile(quantile, share(quantile)) - quantile) * total;
        until = rank + most;
      }
      // The least and the greatest number stay exact.
      const isEnd = rank === 0 || rank + count === total;
      const isHeavy = count > 1 && (isEnd || count > most);
      places[cell] = isHeavy ? heavyCount + 1 : 0;
      if (isHeavy) heavyCount += count;
      rank += count;
    }
    return heavyCount;
  }
}

/** The list as it is, or a copy when it stands in `scratch`. */
function ownedBy({ means, weights }: Centroids, scratch: Float64Array): Centroids {
  return means.buffer === scratch.buffer ? { means: means.slice(), weights: weights?.slice() } : { means, weights };
}

/** Whether means are finite and ascend, which sums that round or overflow can break. */
function isSteady(means: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i += 1) {
    if (!Number.isFinite(means[i]!) || (i > 0 && means[i]! < means[i - 1]!)) return false;
  }
  return true;
}
