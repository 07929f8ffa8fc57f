// The unit of work: one block of a table and the rows of it that are still wanted.
// Called by every operator. What must stay true: vectors are indexed by row of the block, and only the rows of the
// selection hold meaning; blocks are worked on in ascending order, which fixes the order of ids and of partial sums.

import { throwIfAborted } from "../base/errors.ts";
import { BLOCK_ROWS } from "../columns/column.ts";
import type { Selection } from "../kernels/select.ts";

/** Rows of one block. Passed from operator to operator, each of which may narrow `rows`. */
export interface Batch {
  /** Number of the block. */
  readonly block: number;
  /** Rows in the block. */
  readonly length: number;
  /** Rows still wanted. */
  rows: Selection;
}

/** Rows in block `block` of a table of `rows` rows. */
export function blockLength(rows: number, block: number): number {
  return Math.min(BLOCK_ROWS, rows - block * BLOCK_ROWS);
}

/** Number of blocks of a table of `rows` rows. */
export function blockCount(rows: number): number {
  return Math.ceil(rows / BLOCK_ROWS);
}

/** Blocks between two turns of the event loop: about a million rows, a few milliseconds. */
const BLOCKS_A_TURN = 16;

/** Lets timers and signals run now and then. Throws E_ABORTED. `step`: how many blocks are done. */
export async function breathe(step: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  if (step % BLOCKS_A_TURN !== BLOCKS_A_TURN - 1) return;
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  throwIfAborted(signal);
}
