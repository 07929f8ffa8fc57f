// The first rows in an order, without sorting the others: a row that the first key puts behind enough others is dropped
// as it comes, and so is a whole block, or a granule of one, whose bounds say so.
// Called by compile.ts. What must stay true: the answer is the beginning of the whole sort's, ties included: what is left
// is sorted in full, and a row is dropped only if so many others come before it.

import { BLOCK_ROWS } from "../columns/column.ts";
import type { Selection } from "../kernels/select.ts";
import { Smallest } from "../kernels/smallest.ts";
import type { SortKey } from "../plan/logical.ts";
import type { Batch } from "./batch.ts";
import { GRANULE_ROWS } from "./granules.ts";
import type { Meter } from "./meter.ts";
import type { BatchSource, Sink } from "./pipeline.ts";
import { bindRanks, type RankSource } from "./ranks.ts";
import type { Scope } from "./scope.ts";
import { eachBatch, sortRows } from "./sort.ts";

/** What is wanted. */
export interface TopOptions {
  /** At least one. */
  readonly keys: readonly SortKey[];
  /** How many rows, from the start of the order. */
  readonly first: number;
  readonly scope: Scope;
  readonly meter: Meter;
}

/** Rows that are kept beside the wanted ones before those behind the bound are dropped again. */
const SLACK = 1_024;

/** Takes the batches of a scan in, in any order of blocks. */
export class TopRows implements Sink {
  readonly meter: Meter;
  readonly #options: TopOptions;
  readonly #source: RankSource;
  readonly #usesZoneMaps: boolean;
  readonly #smallest: Smallest;
  readonly #scratch: Float64Array;
  readonly #granule = new Uint32Array(GRANULE_ROWS);
  /** Candidates: positions in the table, and their ranks by the first key. */
  #positions: Uint32Array;
  #ranks: Float64Array;
  #count = 0;
  #skipped = 0;
  #offered = 0;
  #rowsOffered = 0;
  #rowsRanked = 0;

  /** Throws E_COLUMN_NOT_LOADED. */
  constructor(options: TopOptions) {
    const { keys, first, scope, meter } = options;
    const [key] = keys;
    this.meter = meter;
    this.#options = options;
    this.#source = key === undefined ? UNORDERED : bindRanks(key, scope);
    this.#usesZoneMaps = scope.shortcuts.has("zone-maps");
    this.#smallest = new Smallest(first);
    this.#scratch = new Float64Array(scope.batchRows);
    this.#positions = new Uint32Array(2 * first + SLACK);
    this.#ranks = new Float64Array(2 * first + SLACK);
  }

  /** The same batches, those first that may hold the first rows; the others are then likely to be skipped. */
  bestFirst(source: BatchSource): BatchSource {
    if (!this.#usesZoneMaps) return source;
    const least = new Map(
      source.blocks.map((block) => [block, this.#source.least?.(block) ?? Number.NEGATIVE_INFINITY]),
    );
    const ofBlock = (block: number): number => least.get(block) ?? 0;
    const order = (a: number, b: number): number =>
      ofBlock(a) < ofBlock(b) ? -1 : ofBlock(a) > ofBlock(b) ? 1 : a - b;
    return { meter: source.meter, open: (block) => source.open(block), blocks: [...source.blocks].sort(order) };
  }

  skips(block: number): boolean {
    const least = this.#usesZoneMaps ? this.#source.least?.(block) : undefined;
    const skips = least !== undefined && least > this.#smallest.bound;
    this.#offered += 1;
    this.#skipped += Number(skips);
    return skips;
  }

  consume(batch: Batch): void {
    this.#rowsOffered += batch.rows.count;
    const least = this.#usesZoneMaps ? this.#source.leastOfGranules?.(batch.block) : undefined;
    if (least === undefined) {
      this.#take(batch);
      return;
    }
    const { bound } = this.#smallest;
    const left = Uint32Array.from(least, (_, granule) => granule).filter((granule) => least[granule]! <= bound);
    // The most promising granules first: behind the bound that they leave, the others are mostly passed over.
    for (const granule of left.sort((a, b) => (least[a]! < least[b]! ? -1 : 1))) {
      if (least[granule]! > this.#smallest.bound) return;
      this.#take({ ...batch, rows: this.#rowsOf(granule, batch.rows) });
    }
  }

  /** The rows of a granule. */
  #rowsOf(granule: number, { positions, count }: Selection): Selection {
    const start = granule * GRANULE_ROWS;
    if (positions !== undefined) {
      const from = firstFrom(positions, count, start);
      const to = firstFrom(positions, count, start + GRANULE_ROWS);
      return { positions: positions.subarray(from, to), count: to - from };
    }
    const rows = Math.min(GRANULE_ROWS, count - start);
    for (let i = 0; i < rows; i += 1) this.#granule[i] = start + i;
    return { positions: this.#granule, count: rows };
  }

  #take(batch: Batch): void {
    const { block, rows } = batch;
    const { positions, count } = rows;
    this.#rowsRanked += count;
    const ranks = this.#scratch;
    const smallest = this.#smallest;
    const start = block * BLOCK_ROWS;
    this.#source.ranks(batch, ranks);
    let { bound } = smallest;
    for (let i = 0; i < count; i += 1) {
      const rank = ranks[i]!;
      if (rank > bound) continue;
      smallest.offer(rank);
      bound = smallest.bound;
      if (this.#count === this.#positions.length) this.#makeRoom();
      this.#positions[this.#count] = start + (positions === undefined ? i : positions[i]!);
      this.#ranks[this.#count] = rank;
      this.#count += 1;
    }
  }

  /** The first rows, in order. */
  finish(): Uint32Array {
    this.meter.note = this.#passedOver();
    this.#dropBehind();
    const { first, keys, scope } = this.#options;
    const { bound } = this.#smallest;
    const before = this.#where((rank) => rank < bound);
    const tied = this.#where((rank) => rank === bound);
    const [, ...rest] = keys;
    // Few ties are sorted along; many are not, for most of them are not among the first either.
    if (tied.length <= first + SLACK || rest.length === 0 || !this.#source.isExact(bound)) {
      return sortRows(
        this.#where((rank) => rank <= bound),
        { keys, first },
        scope,
      );
    }
    const top = new TopRows({ ...this.#options, keys: rest, first: first - before.length });
    eachBatch(tied, scope, (batch) => top.consume(batch));
    const behind = top.finish();
    const found = new Uint32Array(before.length + behind.length);
    found.set(sortRows(before, { keys }, scope));
    found.set(behind, before.length);
    return found;
  }

  #passedOver(): string {
    const blocks = `${this.#skipped} of ${this.#offered} blocks passed over: nothing of the first`;
    const rows = `${this.#rowsRanked} of ${this.#rowsOffered} rows ranked, by bounds of granules`;
    return [...(this.#skipped > 0 ? [blocks] : []), ...(this.#rowsRanked < this.#rowsOffered ? [rows] : [])].join("; ");
  }

  /** Positions of candidates, ascending: the order in which ties stand. */
  #where(wanted: (rank: number) => boolean): Uint32Array {
    const ranks = this.#ranks;
    return this.#positions
      .slice(0, this.#count)
      .filter((_, at) => wanted(ranks[at]!))
      .sort();
  }

  #makeRoom(): void {
    this.#dropBehind();
    // Ties stay: when they fill half of the room, there must be more of it.
    if (this.#count < this.#positions.length / 2) return;
    const [positions, ranks] = [this.#positions, this.#ranks];
    this.#positions = new Uint32Array(2 * positions.length);
    this.#positions.set(positions);
    this.#ranks = new Float64Array(2 * ranks.length);
    this.#ranks.set(ranks);
  }

  /** Forgets candidates behind the bound. */
  #dropBehind(): void {
    const { bound } = this.#smallest;
    let kept = 0;
    for (let at = 0; at < this.#count; at += 1) {
      if (this.#ranks[at]! > bound) continue;
      this.#positions[kept] = this.#positions[at]!;
      this.#ranks[kept] = this.#ranks[at]!;
      kept += 1;
    }
    this.#count = kept;
  }
}

/** The first of ascending positions that is not below `row`, or `count`. */
function firstFrom(positions: Uint32Array, count: number, row: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (positions[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Without keys, all rows are equal. */
const UNORDERED: RankSource = {
  ranks: ({ rows }, out) => {
    out.fill(0, 0, rows.count);
  },
  isExact: () => true,
};
