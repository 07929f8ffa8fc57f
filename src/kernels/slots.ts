// Slots: the number of a row's group by arithmetic, mixed radix over the codes of its keys, without a table.
// Called by exec/slot-aggregate.ts where the product of the keys' sizes is small. What must stay true: equal keys give equal
// slots; slot 0 takes what does not count; groups are listed in order of first appearance, and E_TOO_MANY_GROUPS is thrown
// at the first one past the limit.

import { EngineError } from "../base/errors.ts";
import type { BlockMemory } from "./block-memory.ts";

/** The rows of a batch, one after the other: all of one slot, or each with its slot at an address of the arena. */
export interface SlottedRows {
  readonly count: number;
  /** Slot of all rows, where they share one. */
  readonly slot: number | undefined;
  /** Address of a u32 a row, where they do not. */
  readonly slots: number;
}

/** What a key says of rows. */
export type KeyDigits =
  /** Address of an int32 a row, -1 for null. */
  | { readonly kind: "codes"; readonly at: number }
  /** Address of a time a row, each in a bucket of `width` ms from number `first` on. */
  | { readonly kind: "times"; readonly at: number; readonly width: number; readonly first: number };

/** Slots that keys of these sizes take: one for each combination of codes and nulls, and slot 0. */
export function slotsOf(cardinalities: readonly number[]): number {
  return cardinalities.reduce((product, size) => product * (size + 1), 1) + 1;
}

/** Slots of the keys of an aggregate, and the groups that have been met. */
export class SlotTable {
  /** Slots are below it. */
  readonly size: number;
  readonly #memory: BlockMemory;
  readonly #cardinalities: readonly number[];
  /** What a code of each key is multiplied by: the last key varies fastest. */
  readonly #radices: readonly number[];
  readonly #maxGroups: number;
  /** Addresses of a byte a slot: 1 where the group is known or not to be; 1 where a row has been. */
  readonly #known: number;
  readonly #marks: number;
  readonly #list: number;
  readonly #listable: number;
  #groups = 0;

  /** `keepNulls`: whether null is a key of its own; otherwise rows with one do not count. */
  constructor(
    cardinalities: readonly number[],
    memory: BlockMemory,
    options: { readonly keepNulls: boolean; readonly maxGroups: number },
  ) {
    this.size = slotsOf(cardinalities);
    this.#memory = memory;
    this.#cardinalities = cardinalities;
    this.#radices = cardinalities.map((_, at) => slotsOf(cardinalities.slice(at + 1)) - 1);
    // Without keys there is one group, whatever the limit.
    this.#maxGroups = cardinalities.length === 0 ? 1 : options.maxGroups;
    const { arena } = memory;
    this.#known = arena.allocate(this.size);
    this.#marks = arena.allocate(this.size);
    const closed = this.#closeSlots(arena.bytes(this.#known, this.size), options.keepNulls);
    this.#listable = this.size - closed;
    this.#list = arena.allocate(this.#listable * 4);
    if (cardinalities.length === 0) this.note({ count: 0, slot: 1, slots: 0 });
  }

  /** Marks the slots that are never listed, and gives how many. */
  #closeSlots(known: Uint8Array, keepNulls: boolean): number {
    known[0] = 1;
    let closed = 1;
    if (keepNulls) return closed;
    for (let slot = 1; slot < this.size; slot += 1) {
      if (!this.#cardinalities.some((_, key) => this.#codeOf(slot, key) < 0)) continue;
      known[slot] = 1;
      closed += 1;
    }
    return closed;
  }

  /** Begins the slots of rows. `codes`: of each key the code of all rows, -1 for null, where they share one. */
  place(codes: readonly (number | undefined)[], count: number): SlottedRows {
    const { arena, slots } = this.#memory;
    let base = 1;
    codes.forEach((code, key) => {
      if (code !== undefined) base += (code + 1) * this.#radix(key);
    });
    if (!codes.includes(undefined)) return { count, slot: base, slots };
    arena.kernels.fillSlots(slots, count, base);
    return { count, slot: undefined, slots };
  }

  /** Adds what a key says to slots that `place` began. */
  add(key: number, digit: KeyDigits, { slots, count }: SlottedRows): void {
    const { kernels } = this.#memory.arena;
    const radix = this.#radix(key);
    if (digit.kind === "codes") kernels.addCodes(slots, digit.at, count, radix);
    else kernels.addBuckets(slots, digit.at, count, radix, digit.width, digit.first);
  }

  /** The same rows as rows of one slot, where all keys have been added and they share one: times mostly come in runs. */
  settled(rows: SlottedRows): SlottedRows {
    const slot = this.#memory.arena.kernels.sharedSlot(rows.slots, rows.count);
    return slot < 0 ? rows : { ...rows, slot };
  }

  #radix(key: number): number {
    return this.#radices[key] ?? 1;
  }

  /** Whether all groups that can be are known, so that nothing is left to note. */
  get complete(): boolean {
    return this.#groups === this.#listable;
  }

  /** Whether the group of a slot is known, or not to be. */
  isKnown(slot: number): boolean {
    return this.#memory.arena.bytes(this.#known, this.size)[slot] === 1;
  }

  /** Notes the groups of rows. Throws E_TOO_MANY_GROUPS. */
  note({ count, slot, slots }: SlottedRows): void {
    const { arena } = this.#memory;
    const room = Math.min(this.#listable, this.#maxGroups);
    if (slot === undefined) {
      if (this.#isOld(slots, count)) return;
      this.#groups = arena.kernels.noteSlots(slots, count, this.#known, this.#list, this.#groups, room);
    } else {
      if (this.isKnown(slot)) return;
      if (this.#groups < room) arena.uint32(this.#list, this.#listable)[this.#groups] = slot;
      arena.bytes(this.#known, this.size)[slot] = 1;
      this.#groups += 1;
    }
    if (this.#groups > room) throw tooManyGroups(this.#maxGroups);
  }

  /** Whether it is sure that all groups of these rows are known: cheaper than looking for each row, while slots are few. */
  #isOld(slots: number, count: number): boolean {
    if (this.size * 4 > count) return false;
    const { kernels } = this.#memory.arena;
    kernels.markSlots(slots, count, this.#marks);
    return kernels.hasNews(this.#marks, this.#known, this.size) === 0;
  }

  /** The slots of the groups from number `from` on, in order of first appearance. */
  groups(from = 0): Uint32Array {
    return this.#memory.arena.uint32(this.#list, this.#groups).slice(from);
  }

  /** How many groups are known. */
  get known(): number {
    return this.#groups;
  }

  /** Replaces the groups by those of several lists, each in its order. Throws E_TOO_MANY_GROUPS. */
  adopt(lists: readonly Uint32Array[]): void {
    const { arena } = this.#memory;
    const seen = new Uint8Array(this.size);
    const list = arena.uint32(this.#list, this.#listable);
    let groups = 0;
    for (const slots of lists) {
      for (let i = 0; i < slots.length; i += 1) {
        const slot = slots[i]!;
        if (seen[slot] === 1) continue;
        if (groups === this.#maxGroups) throw tooManyGroups(this.#maxGroups);
        seen[slot] = 1;
        list[groups] = slot;
        groups += 1;
      }
    }
    this.#groups = groups;
  }

  /** The codes of a key by group, -1 for null. */
  keyCodes(key: number, groups: Uint32Array): Int32Array {
    const codes = new Int32Array(groups.length);
    for (let group = 0; group < groups.length; group += 1) codes[group] = this.#codeOf(groups[group]!, key);
    return codes;
  }

  #codeOf(slot: number, key: number): number {
    const digits = (this.#cardinalities[key] ?? 0) + 1;
    return (Math.floor((slot - 1) / this.#radix(key)) % digits) - 1;
  }
}

function tooManyGroups(limit: number): EngineError {
  return new EngineError("E_TOO_MANY_GROUPS", `more than ${limit} groups`);
}
