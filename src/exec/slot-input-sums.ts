// Sums and counts of one input by slot: plain where all numbers are whole and add up exactly, else compensated.
// Called by slot-measures.ts. What must stay true: the same bits as measures.ts, for any number of threads.

import type { BlockMemory } from "../kernels/block-memory.ts";
import type { RowSet } from "../kernels/row-bits.ts";
import { type PartialSums, SlotSums, SlotWholeSums } from "../kernels/slot-sums.ts";
import type { SlottedRows } from "../kernels/slots.ts";
import { partOf } from "./measures.ts";
import type { NumberSource } from "./numbers.ts";
import { wholeSums } from "./whole-sums.ts";

/** What sums are bound with. */
export interface SumsContext {
  readonly memory: BlockMemory;
  /** Slots are below it. */
  readonly size: number;
  /** Blocks that will be read. */
  readonly blocks: readonly number[];
  /** Whether other threads aggregate other parts. */
  readonly isShared: boolean;
}

/** What one thread has summed, by slot: one of the two. */
export interface SumsPartial {
  readonly sums?: PartialSums;
  readonly whole?: Float64Array;
}

/** What is known of a batch before its numbers are read. */
export interface BatchFacts {
  readonly block: number;
  /** Whether many numbers are missing. */
  readonly isSparse: boolean;
}

/** Numbers of a stretch at an address, those of a set being of one slot. */
interface NumbersOfSet {
  readonly values: number;
  readonly slot: number;
  readonly set: RowSet;
}

/** Sums and counts of one input by slot. */
export interface NumberSums {
  /** How they are summed, and why, for explain. */
  readonly how: string;
  /** Adds a whole block of one slot, where its sum is known. */
  take(block: number, slot: number): boolean;
  add(values: number, rows: SlottedRows, batch: BatchFacts): void;
  addSet(numbers: NumbersOfSet, block: number): void;
  partial(): SumsPartial;
  merge(partial: SumsPartial): void;
  of(groups: Uint32Array): { readonly sums: Float64Array; readonly counts: Float64Array };
}

/** Plain sums where all numbers are whole and add up exactly, else compensated ones. */
export function sumsOf({ column }: NumberSource, { memory, size, blocks, isShared }: SumsContext): NumberSums {
  const { arena, packedSlots } = memory;
  const known = column === undefined ? undefined : wholeSums(column, blocks, memory);
  if (known !== undefined) {
    const whole = new SlotWholeSums(arena, size);
    return {
      how: "plain sums of whole numbers",
      take(block, slot) {
        const sum = known.get(block);
        const found = column?.blocks[block];
        if (sum === undefined || found === undefined) return false;
        whole.addKnown(slot, sum, found.length - found.stats.nulls);
        return true;
      },
      add: (values, rows) => whole.add(values, rows),
      addSet: ({ values, slot, set }) => whole.addSet(values, set, slot),
      partial: () => ({ whole: whole.partial() }),
      merge: (partial) => partial.whole && whole.merge(partial.whole),
      of: (groups) => whole.of(groups),
    };
  }
  const sums = new SlotSums(arena, size, isShared);
  return {
    how: "compensated sums",
    take: () => false,
    add(values, rows, { block, isSparse }) {
      if (!isSparse || rows.slot !== undefined) return sums.add(values, rows, partOf(block));
      // The numbers that are there are moved together first.
      const count = arena.kernels.packPresent(values, rows.slots, rows.count, packedSlots);
      sums.add(values, { slot: undefined, slots: packedSlots, count }, partOf(block));
    },
    addSet({ values, slot, set }, block) {
      sums.begin(partOf(block));
      sums.addSet(values, set, slot);
    },
    partial: () => ({ sums: sums.partial() }),
    merge: (partial) => partial.sums && sums.merge(partial.sums),
    of: (groups) => sums.of(groups),
  };
}
