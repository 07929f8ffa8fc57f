// Sums and counts of numbers by group id: compensated ones, or plain ones where all numbers are whole and add up exactly.
// Called by measures.ts. What must stay true: the same bits either way. Plain sums take one line of cache a group where
// compensated ones take three, which is what counts when there are more groups than the cache holds.

import {
  type Grouped,
  growSums,
  type Sums,
  sumByGroup,
  sumError,
  sumValue,
  sumWholeByGroup,
  WHOLE,
} from "../kernels/accumulate.ts";
import { LargeSums } from "../kernels/large-sums.ts";
import type { NumberSource } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import { wholeSums } from "./whole-sums.ts";

/** Sums under way. Groups are below the number last given to `grow`. */
export interface GroupSums {
  grow(groups: number): void;
  /** Adds a batch of part `part`; parts ascend. */
  add(values: Float64Array, grouped: Grouped, part: number): void;
  /** Numbers that were there. */
  count(group: number): number;
  /** The sum of a group that has numbers, divided. Ends its last part. */
  quotient(group: number, divisor: number): number;
  /** What the sum lacks by its rounding. Ends its last part. */
  error(group: number): number;
}

/** Begins sums of a number over these blocks. */
export function groupSums({ column }: NumberSource, scope: Scope, blocks: readonly number[]): GroupSums {
  const { memory } = scope;
  const areWhole = column !== undefined && memory !== undefined && wholeSums(column, blocks, memory) !== undefined;
  return areWhole ? new WholeSums() : new CompensatedSums();
}

class WholeSums implements GroupSums {
  #records = new Float64Array(WHOLE);

  grow(groups: number): void {
    if (groups * WHOLE <= this.#records.length) return;
    const larger = new Float64Array(Math.max(groups * WHOLE, this.#records.length * 2));
    larger.set(this.#records);
    this.#records = larger;
  }

  add(values: Float64Array, grouped: Grouped): void {
    sumWholeByGroup(values, grouped, this.#records);
  }

  count(group: number): number {
    return this.#records[group * WHOLE + 1]!;
  }

  quotient(group: number, divisor: number): number {
    return this.#records[group * WHOLE]! / divisor;
  }

  error(): number {
    return 0;
  }
}

class CompensatedSums implements GroupSums {
  #sums: Sums = growSums(1);
  #counts = new Float64Array(1);
  readonly #large = new LargeSums();

  grow(groups: number): void {
    this.#sums = growSums(groups, this.#sums);
    if (groups <= this.#counts.length) return;
    const larger = new Float64Array(Math.max(groups, this.#counts.length * 2));
    larger.set(this.#counts);
    this.#counts = larger;
  }

  add(values: Float64Array, grouped: Grouped, part: number): void {
    this.#large.add(values, grouped, { plain: this.#sums, part });
    sumByGroup(values, grouped, { sums: this.#sums, counts: this.#counts, part });
  }

  count(group: number): number {
    return this.#counts[group]!;
  }

  quotient(group: number, divisor: number): number {
    const sum = sumValue(this.#sums, group);
    return Number.isFinite(sum) ? sum / divisor : this.#large.quotient(group, divisor);
  }

  error(group: number): number {
    return sumError(this.#sums, group);
  }
}
