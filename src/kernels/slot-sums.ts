// Counts, compensated sums, minimum and maximum by slot, in the memory of an arena.
// Called by exec/slot-measures.ts once a batch. What must stay true: sums have the bits of kernels/accumulate.ts for the
// same rows and parts: a part sums from zero by itself and is merged into the total when the next one begins.

import type { Arena } from "./arena.ts";
import type { RowSet } from "./row-bits.ts";
import type { SlottedRows } from "./slots.ts";

/** Numbers of a record: sum of the part under way, its error, count. */
const RECORD = 3;
/** Numbers of a total: sum, error. */
const TOTAL = 2;
/** Numbers of a whole record: sum, count. */
const WHOLE = 2;
/** Up to so many slots are counted in four lanes each, which stay in the first-level cache. */
const LANED_SLOTS = 1_024;
const LANES = 4;

/** Rows by slot. */
export class SlotRows {
  readonly #arena: Arena;
  readonly #size: number;
  readonly #lanes: number;
  readonly #counts: number;

  /** `size`: slots are below it. */
  constructor(arena: Arena, size: number) {
    this.#arena = arena;
    this.#size = size;
    this.#lanes = size <= LANED_SLOTS ? LANES : 1;
    this.#counts = arena.allocate(size * this.#lanes * 4);
  }

  add({ count, slot, slots }: SlottedRows): void {
    const { kernels } = this.#arena;
    if (slot !== undefined) this.#array()[slot * this.#lanes]! += count;
    else if (this.#lanes === 1) kernels.countSlots(slots, count, this.#counts);
    else kernels.countFewSlots(slots, count, this.#counts);
  }

  #array(): Uint32Array {
    return this.#arena.uint32(this.#counts, this.#size * this.#lanes);
  }

  /** A copy of what has been counted, for `merge` on another thread. */
  partial(): Uint32Array {
    return this.#array().slice();
  }

  merge(partial: Uint32Array): void {
    const counts = this.#array();
    for (let i = 0; i < counts.length; i += 1) counts[i]! += partial[i]!;
  }

  /** Rows of each of these slots. */
  of(groups: Uint32Array): Float64Array {
    const counts = this.#array();
    const lanes = this.#lanes;
    const out = new Float64Array(groups.length);
    for (let group = 0; group < groups.length; group += 1) {
      for (let lane = 0; lane < lanes; lane += 1) out[group]! += counts[groups[group]! * lanes + lane]!;
    }
    return out;
  }
}

/** Sums of some parts, for another thread. */
export interface PartialSums {
  /** Number of each part, and its sum and error by slot. */
  readonly parts: readonly { readonly part: number; readonly sums: Float64Array }[];
  /** Numbers by slot. */
  readonly counts: Float64Array;
}

/** Sums and counts of numbers by slot. */
export class SlotSums {
  readonly #arena: Arena;
  readonly #size: number;
  readonly #records: number;
  readonly #totals: number;
  /** Where other threads sum other parts: the parts that are done, to be merged in order at the end. */
  readonly #parts: { readonly part: number; readonly sums: Float64Array }[] | undefined;
  #part = 0;

  /** `isShared`: whether other threads sum other parts. */
  constructor(arena: Arena, size: number, isShared: boolean) {
    this.#arena = arena;
    this.#size = size;
    this.#parts = isShared ? [] : undefined;
    this.#records = arena.allocate(size * RECORD * 8);
    this.#totals = arena.allocate(size * TOTAL * 8);
  }

  /** Adds the numbers at an address, of part `part`; parts ascend. */
  add(values: number, { count, slot, slots }: SlottedRows, part: number): void {
    const { kernels } = this.#arena;
    this.begin(part);
    if (slot === undefined) kernels.sumBySlot(values, slots, count, this.#records);
    else kernels.sumOne(values, count, this.#records + slot * RECORD * 8);
  }

  /** Adds the numbers of a set, of those of a stretch at an address; of the part that has begun. */
  addSet(values: number, { bits, rows, size }: RowSet, slot: number): void {
    const { kernels } = this.#arena;
    const record = this.#records + slot * RECORD * 8;
    if (size === rows) kernels.sumOne(values, rows, record);
    else kernels.sumBits(values, bits, rows, record);
  }

  /** Begins part `part`, if it is not under way. */
  begin(part: number): void {
    if (part === this.#part) return;
    this.#endPart();
    this.#part = part;
  }

  #endPart(): void {
    if (this.#parts === undefined) {
      this.#arena.kernels.mergeSums(this.#records, this.#totals, this.#size);
      return;
    }
    const records = this.#array();
    const sums = new Float64Array(this.#size * TOTAL);
    for (let slot = 0; slot < this.#size; slot += 1) {
      sums[slot * TOTAL] = records[slot * RECORD]!;
      sums[slot * TOTAL + 1] = records[slot * RECORD + 1]!;
      records[slot * RECORD] = 0;
      records[slot * RECORD + 1] = 0;
    }
    this.#parts.push({ part: this.#part, sums });
  }

  #array(): Float64Array {
    return this.#arena.float64(this.#records, this.#size * RECORD);
  }

  /** What has been summed, after the last part. */
  partial(): PartialSums {
    this.#endPart();
    const records = this.#array();
    const counts = new Float64Array(this.#size);
    for (let slot = 0; slot < this.#size; slot += 1) counts[slot] = records[slot * RECORD + 2]!;
    return { parts: this.#parts ?? [], counts };
  }

  /** Takes over what another thread has summed. */
  merge({ parts, counts }: PartialSums): void {
    this.#parts?.push(...parts);
    const records = this.#array();
    for (let slot = 0; slot < this.#size; slot += 1) records[slot * RECORD + 2]! += counts[slot]!;
  }

  /** Sums and counts of these slots, after the last part. */
  of(groups: Uint32Array): { readonly sums: Float64Array; readonly counts: Float64Array } {
    this.#endPart();
    this.#mergeParts();
    const totals = this.#arena.float64(this.#totals, this.#size * TOTAL);
    const records = this.#array();
    const sums = new Float64Array(groups.length);
    const counts = new Float64Array(groups.length);
    for (let group = 0; group < groups.length; group += 1) {
      const slot = groups[group]!;
      const sum = totals[slot * TOTAL]!;
      // The error of a sum that overflowed is NaN.
      sums[group] = Number.isFinite(sum) ? sum + totals[slot * TOTAL + 1]! + 0 : sum;
      counts[group] = records[slot * RECORD + 2]!;
    }
    return { sums, counts };
  }

  #mergeParts(): void {
    const parts = this.#parts?.splice(0).sort((a, b) => a.part - b.part) ?? [];
    for (const { sums } of parts) {
      const records = this.#array();
      for (let slot = 0; slot < this.#size; slot += 1) {
        records[slot * RECORD] = sums[slot * TOTAL]!;
        records[slot * RECORD + 1] = sums[slot * TOTAL + 1]!;
      }
      this.#arena.kernels.mergeSums(this.#records, this.#totals, this.#size);
    }
  }
}

/** Sums and counts of whole numbers by slot, while all sums stay below 2^53: exact, whatever the order. */
export class SlotWholeSums {
  readonly #arena: Arena;
  readonly #size: number;
  readonly #lanes: number;
  readonly #records: number;

  constructor(arena: Arena, size: number) {
    this.#arena = arena;
    this.#size = size;
    this.#lanes = size <= LANED_SLOTS ? LANES : 1;
    this.#records = arena.allocate(size * this.#lanes * WHOLE * 8);
  }

  /** Adds the numbers at an address. */
  add(values: number, { count, slot, slots }: SlottedRows): void {
    const { kernels } = this.#arena;
    if (slot === undefined) kernels.sumWholeBySlot(values, slots, count, this.#records, this.#lanes);
    else kernels.sumWhole(values, count, this.#records + slot * this.#lanes * WHOLE * 8);
  }

  /** Adds the numbers of a set, of those of a stretch at an address. */
  addSet(values: number, { bits, rows }: RowSet, slot: number): void {
    this.#arena.kernels.sumWholeBits(values, bits, rows, this.#records + slot * this.#lanes * WHOLE * 8);
  }

  /** Adds a sum and a count that are known. */
  addKnown(slot: number, sum: number, count: number): void {
    const records = this.#array();
    records[slot * this.#lanes * WHOLE]! += sum;
    records[slot * this.#lanes * WHOLE + 1]! += count;
  }

  #array(): Float64Array {
    return this.#arena.float64(this.#records, this.#size * this.#lanes * WHOLE);
  }

  /** A copy of what has been summed, for `merge` on another thread. */
  partial(): Float64Array {
    return this.#array().slice();
  }

  merge(partial: Float64Array): void {
    const records = this.#array();
    for (let i = 0; i < records.length; i += 1) records[i]! += partial[i]!;
  }

  /** Sums and counts of these slots. */
  of(groups: Uint32Array): { readonly sums: Float64Array; readonly counts: Float64Array } {
    const records = this.#array();
    const sums = new Float64Array(groups.length);
    const counts = new Float64Array(groups.length);
    for (let group = 0; group < groups.length; group += 1) {
      for (let lane = 0; lane < this.#lanes; lane += 1) {
        const at = (groups[group]! * this.#lanes + lane) * WHOLE;
        sums[group]! += records[at]!;
        counts[group]! += records[at + 1]!;
      }
    }
    return { sums, counts };
  }
}

/** Smallest or largest numbers by slot. */
export class SlotExtremes {
  readonly #arena: Arena;
  readonly #size: number;
  readonly #side: "min" | "max";
  readonly #values: number;

  constructor(arena: Arena, size: number, side: "min" | "max") {
    this.#arena = arena;
    this.#size = size;
    this.#side = side;
    this.#values = arena.allocate(size * 8);
    this.#array().fill(side === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
  }

  /** Adds the numbers at an address. */
  add(values: number, slots: number, count: number): void {
    const { kernels } = this.#arena;
    if (this.#side === "min") kernels.minBySlot(values, slots, count, this.#values);
    else kernels.maxBySlot(values, slots, count, this.#values);
  }

  /** Adds one number; infinite ones change nothing. */
  addOne(value: number, slot: number): void {
    const values = this.#array();
    values[slot] = this.#side === "min" ? Math.min(values[slot]!, value) : Math.max(values[slot]!, value);
  }

  #array(): Float64Array {
    return this.#arena.float64(this.#values, this.#size);
  }

  /** A copy of what has been found, for `merge` on another thread. */
  partial(): Float64Array {
    return this.#array().slice();
  }

  merge(partial: Float64Array): void {
    for (let slot = 0; slot < partial.length; slot += 1) this.addOne(partial[slot]!, slot);
  }

  /** The numbers of these slots, NaN where there is none. */
  of(groups: Uint32Array): Float64Array {
    const values = this.#array();
    const out = new Float64Array(groups.length);
    for (let group = 0; group < groups.length; group += 1) {
      const value = values[groups[group]!]!;
      out[group] = Number.isFinite(value) ? value + 0 : Number.NaN;
    }
    return out;
  }
}

/** Distinct codes by slot. */
export class SlotDistinct {
  readonly #arena: Arena;
  readonly #size: number;
  readonly #codes: number;
  readonly #seen: number;

  /** `codes`: codes are below it. */
  constructor(arena: Arena, size: number, codes: number) {
    this.#arena = arena;
    this.#size = size;
    this.#codes = codes;
    this.#seen = arena.allocate(distinctBytes(size, codes));
  }

  /** Adds the codes at an address. */
  add(codes: number, slots: number, count: number): void {
    this.#arena.kernels.markCodes(codes, slots, count, this.#seen, this.#codes);
  }

  /** A copy of what has been seen, for `merge` on another thread. */
  partial(): Uint8Array {
    return this.#array().slice();
  }

  merge(partial: Uint8Array): void {
    const seen = this.#array();
    for (let i = 0; i < seen.length; i += 1) seen[i]! |= partial[i]!;
  }

  #array(): Uint8Array {
    return this.#arena.bytes(this.#seen, distinctBytes(this.#size, this.#codes));
  }

  /** Distinct codes of these slots. */
  of(groups: Uint32Array): Float64Array {
    const counts = new Float64Array(groups.length);
    for (let group = 0; group < groups.length; group += 1) {
      const ofCodes = this.#seen + groups[group]! * (this.#codes + 1) + 1;
      counts[group] = this.#arena.kernels.countMarks(ofCodes, this.#codes);
    }
    return counts;
  }
}

/** Bytes that counting distinct codes takes. */
export function distinctBytes(size: number, codes: number): number {
  return size * (codes + 1);
}
