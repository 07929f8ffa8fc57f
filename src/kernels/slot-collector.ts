// The numbers of a part of a table by slot, for digests, in the memory of an arena: the fast way of PartCollector.
// Called by exec/slot-digests. What must stay true: the same parts as those of digest-parts.ts for the same rows.

import type { Arena } from "./arena.ts";
import { type DigestPart, partOfSorted, startsOf } from "./digest-parts.ts";
import type { SlottedRows } from "./slots.ts";

/** Takes in one part after the other. */
export class SlotCollector {
  readonly #arena: Arena;
  readonly #size: number;
  readonly #counts: number;
  readonly #next: number;
  /** Addresses of the numbers of a part, their slots, and the numbers in order of slots. */
  readonly #values: number;
  readonly #slots: number;
  readonly #sorted: number;
  #count = 0;
  /** The slot of all numbers so far, while there is but one: then no slot has been written. */
  #sole: number | undefined;

  /** `size`: slots are below it. `rows`: most of a part; all room is taken now, for batches do not outlive a growing arena. */
  constructor(arena: Arena, size: number, rows: number) {
    this.#arena = arena;
    this.#size = size;
    this.#counts = arena.allocate(size * 4);
    this.#next = arena.allocate(size * 4);
    // One more, to which missing numbers are written.
    this.#values = arena.allocate((rows + 1) * 8);
    this.#slots = arena.allocate((rows + 1) * 4);
    this.#sorted = arena.allocate(rows * 8);
  }

  /** Adds the numbers at an address; those that are missing are skipped. */
  add(values: number, { slot, slots, count }: SlottedRows): void {
    const { kernels } = this.#arena;
    const from = this.#count;
    const out = this.#values + from * 8;
    if (slot === undefined) {
      this.#writeSole();
      const outSlots = this.#slots + from * 4;
      this.#count += kernels.packBySlot(values, slots, count, out, outSlots, this.#counts);
      return;
    }
    const kept = kernels.packNumbers(values, count, out);
    if (from === 0) this.#sole = slot;
    if (this.#sole !== slot) {
      this.#writeSole();
      kernels.fillSlots(this.#slots + from * 4, kept, slot);
    }
    this.#arena.uint32(this.#counts, this.#size)[slot]! += kept;
    this.#count += kept;
  }

  /** From here on each number has its slot. */
  #writeSole(): void {
    if (this.#sole !== undefined) this.#arena.kernels.fillSlots(this.#slots, this.#count, this.#sole);
    this.#sole = undefined;
  }

  /** Ends a part: what it holds; undefined when that is nothing. Throws E_MEMORY. */
  close(part: number): DigestPart | undefined {
    if (this.#count === 0) return undefined;
    const arena = this.#arena;
    const [values, slots, sorted] = [this.#values, this.#slots, this.#sorted];
    const counts = arena.uint32(this.#counts, this.#size);
    if (this.#sole === undefined) {
      arena.uint32(this.#next, this.#size).set(startsOf(counts));
      arena.kernels.scatterBySlot(values, slots, this.#count, this.#next, sorted);
    }
    const inOrder = arena.float64(this.#sole === undefined ? sorted : values, this.#count);
    const closed = partOfSorted(part, inOrder, counts);
    counts.fill(0);
    this.#count = 0;
    this.#sole = undefined;
    return closed;
  }
}
