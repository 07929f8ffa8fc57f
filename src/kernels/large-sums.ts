// Sums whose running total would pass the largest double, though their average, or the sum itself, does not.
// Called by exec/measures. The same compensated sums run beside the plain ones over values scaled by a power of two,
// from the first block that holds a number near the top of the range; scaling by a power of two is exact there.
// What must stay true: the plain sums are not touched, so ordinary data pays one comparison a value and no more.

import { type Grouped, growSums, type Sums, sumByGroup, sumValue } from "./accumulate.ts";
import type { Selection } from "./select.ts";

/** Up to 2^40 values below it add up to a finite double. */
const LARGE = 2 ** 983;
/** Brings 2^40 of the largest doubles back into range. */
const SCALE = 2 ** -60;

/** Scaled twins of plain sums; idle until a large number is met. */
export class LargeSums {
  #sums: Sums | undefined;
  #scaled: Float64Array = new Float64Array(0);
  #counts: Float64Array = new Float64Array(0);

  /** Adds a block; called before the plain sums take it. `plain`: the sums of the blocks before. */
  add(
    values: Float64Array,
    grouped: Grouped,
    { plain, block }: { readonly plain: Sums; readonly block: number },
  ): void {
    if (this.#sums === undefined) {
      if (!holdsLarge(values, grouped.rows)) return;
      this.#sums = { parts: plain.parts.map((part) => part * SCALE), met: plain.met.slice() };
    }
    this.#sums = growSums(plain.met.length, this.#sums);
    if (this.#scaled.length < values.length) this.#scaled = new Float64Array(values.length);
    if (this.#counts.length < plain.met.length) this.#counts = new Float64Array(plain.met.length);
    for (let i = 0; i < values.length; i += 1) this.#scaled[i] = values[i]! * SCALE;
    sumByGroup(this.#scaled, grouped, { sums: this.#sums, counts: this.#counts, block });
  }

  /** The sum of a group divided by `divisor`, where the plain sum is not finite. */
  quotient(group: number, divisor: number): number {
    return this.#sums === undefined ? Number.POSITIVE_INFINITY : sumValue(this.#sums, group) / divisor / SCALE;
  }
}

function holdsLarge(values: Float64Array, { positions, count }: Selection): boolean {
  for (let i = 0; i < count; i += 1) {
    const value = values[positions === undefined ? i : positions[i]!]!;
    if (value > LARGE || value < -LARGE) return true;
  }
  return false;
}
