// Which blocks hold whole numbers alone, and what they add up to: a zone map of sums, made when an aggregate first asks.
// Called by slot-measures.ts. What must stay true: sums are given only where they are exact in any order, so that using
// them changes no bit of a result; blocks never change once a dataset is loaded.

import type { Float64Column } from "../columns/column.ts";
import { type BlockMemory, STRETCH_ROWS } from "../kernels/block-memory.ts";
import { allRows } from "../kernels/select.ts";

/** Sums of whole numbers below it are exact. */
const EXACT = 2 ** 53;

/** By the values of a block: their exact sum, NaN when one of them is not whole. */
const SUMS = new WeakMap<Float64Array, number>();

/** Sums of these blocks, by number; undefined unless all their numbers, in any order, add up exactly. */
export function wholeSums(
  column: Float64Column,
  wanted: readonly number[],
  memory: BlockMemory,
): ReadonlyMap<number, number> | undefined {
  let bound = 0;
  for (const number of wanted) {
    const { stats, length } = column.blocks[number] ?? { stats: { min: 0, max: Number.NaN, nulls: 0 }, length: 0 };
    if (stats.nulls < length) bound += length * Math.max(Math.abs(stats.min), Math.abs(stats.max));
  }
  if (!(bound < EXACT)) return undefined;
  const record = memory.arena.allocate(2 * Float64Array.BYTES_PER_ELEMENT);
  const sums = new Map<number, number>();
  for (const number of wanted) {
    const sum = sumOf(column.blocks[number]?.values ?? new Float64Array(0), memory, record);
    if (Number.isNaN(sum)) return undefined;
    sums.set(number, sum);
  }
  return sums;
}

function sumOf(values: Float64Array, memory: BlockMemory, record: number): number {
  const known = SUMS.get(values) ?? addUp(values, memory, record);
  SUMS.set(values, known);
  return known;
}

function addUp(values: Float64Array, memory: BlockMemory, record: number): number {
  const { arena } = memory;
  const rows = allRows(values.length);
  arena.float64(record, 2).fill(0);
  for (let from = 0; from < values.length; from += STRETCH_ROWS) {
    const to = Math.min(values.length, from + STRETCH_ROWS);
    const at = memory.numbers(values, rows, { from, to });
    if (arena.kernels.areWhole(at, to - from) === 0) return Number.NaN;
    arena.kernels.sumWhole(at, to - from, record);
  }
  return arena.float64(record, 2)[0]!;
}
