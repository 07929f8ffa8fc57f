// Which rows of which part make up a merged table: runs of adjacent rows, in the order of the result.
// Made by ingest's merge from what the threads loaded; read by merge-columns.ts and merge-keyed.ts.
// What must stay true: rows of one part ascend over the runs; a row stands in one run at most.

import { BLOCK_ROWS } from "./column.ts";
import { scratchInt32, sharedInt32 } from "./memory.ts";

const BLOCK_SHIFT = 16;
const ROW_MASK = BLOCK_ROWS - 1;

/** The rows [start, end) of a part. */
export interface RowRun {
  readonly part: number;
  readonly start: number;
  readonly end: number;
}

/** Runs as numbers in shared memory, three a run: part, start, end. Sending them costs nothing. */
export type PackedRuns = Int32Array;

const RUN_WORDS = 3;

/** Throws E_MEMORY. */
export function packRuns(runs: readonly RowRun[]): PackedRuns {
  const packed = sharedInt32(runs.length * RUN_WORDS);
  let to = 0;
  for (const { part, start, end } of runs) {
    packed[to] = part;
    packed[to + 1] = start;
    packed[to + 2] = end;
    to += RUN_WORDS;
  }
  return packed;
}

/** Rows of one block of a part that stand together in one block of the result. */
export interface Piece {
  readonly part: number;
  /** Block of the part. */
  readonly block: number;
  /** First row, within that block. */
  readonly start: number;
  readonly length: number;
  /** Where it goes in the block of the result. */
  readonly at: number;
}

/** How a table is put together. All its columns share it, as they share block boundaries. */
export interface MergePlan {
  readonly rows: number;
  /** By block of the result: what it is made of, in order. */
  readonly blocks: readonly (readonly Piece[])[];
}

/** Cuts runs at the block boundaries of their parts and of the result. */
export function mergePlan(runs: PackedRuns): MergePlan {
  const blocks: Piece[][] = [];
  let rows = 0;
  for (let run = 0; run < runs.length; run += RUN_WORDS) {
    const part = runs[run]!;
    const end = runs[run + 2]!;
    for (let row = runs[run + 1]!; row < end; ) {
      const at = rows & ROW_MASK;
      const length = Math.min(end - row, BLOCK_ROWS - (row & ROW_MASK), BLOCK_ROWS - at);
      if (at === 0) blocks.push([]);
      blocks.at(-1)?.push({ part, block: row >>> BLOCK_SHIFT, start: row & ROW_MASK, length, at });
      row += length;
      rows += length;
    }
  }
  return { rows, blocks };
}

/** By part: the row of the result that each of its rows becomes, or -1. `partRows`: rows of each part. Throws E_MEMORY. */
export function newRowsOf(runs: readonly RowRun[], partRows: readonly number[]): Int32Array[] {
  const newRows = partRows.map((rows) => scratchInt32(rows).fill(-1));
  let to = 0;
  for (const { part, start, end } of runs) {
    const rows = newRows[part];
    if (rows === undefined) continue;
    for (let row = start; row < end; row += 1, to += 1) rows[row] = to;
  }
  return newRows;
}
