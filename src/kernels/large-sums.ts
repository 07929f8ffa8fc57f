// Sums whose running total would pass the largest double, though their average, or the sum itself, does not.
// Called by exec/measures. The same compensated sums run beside the plain ones over values scaled by a power of two,
// from the first block that holds a number near the top of the range; scaling by a power of two is exact there.
// What must stay true: the plain sums are not touched, so ordinary data pays one comparison a value and no more.
// Division of a sum and its error, and the exact product in it: T. Dekker, "A Floating-Point Technique for Extending the
// Available Precision", Numerische Mathematik 18, 1971, sections 4 and 5.

import { type Grouped, growSums, type Sums, sumAndError, sumByGroup } from "./accumulate.ts";
import type { Selection } from "./select.ts";

/** Up to 2^40 values below it add up to a finite double. */
const LARGE = 2 ** 983;
/** Brings 2^40 of the largest doubles back into range. */
const SCALE = 2 ** -60;

/** Brings scaled sums to where the halves of a product neither overflow nor vanish. */
const MIDDLE = 2 ** -400;
const SPLITTER = 2 ** 27 + 1;

/** Scaled twins of plain sums; idle until a large number is met. */
export class LargeSums {
  #sums: Sums | undefined;
  #scaled: Float64Array = new Float64Array(0);
  #counts: Float64Array = new Float64Array(0);

  /** Adds a block; called before the plain sums take it. `plain`: the sums of the blocks before. */
  add(values: Float64Array, grouped: Grouped, { plain, part }: { readonly plain: Sums; readonly part: number }): void {
    if (this.#sums === undefined) {
      if (!holdsLarge(values, grouped.rows)) return;
      this.#sums = { parts: plain.parts.map((part) => part * SCALE), met: plain.met.slice() };
    }
    this.#sums = growSums(plain.met.length, this.#sums);
    if (this.#scaled.length < values.length) this.#scaled = new Float64Array(values.length);
    if (this.#counts.length < plain.met.length) this.#counts = new Float64Array(plain.met.length);
    for (let i = 0; i < values.length; i += 1) this.#scaled[i] = values[i]! * SCALE;
    sumByGroup(this.#scaled, grouped, { sums: this.#sums, counts: this.#counts, part });
  }

  /** The sum of a group divided by `divisor` (up to 2^53), where the plain sum is not finite. */
  quotient(group: number, divisor: number): number {
    if (this.#sums === undefined) return Number.POSITIVE_INFINITY;
    const { sum, error } = sumAndError(this.#sums, group);
    if (!Number.isFinite(sum)) return sum;
    // Rounded once: the error must not be added before the division, which would round a second time.
    const high = sum * MIDDLE;
    const quotient = high / divisor;
    const product = quotient * divisor;
    const rest = high - product - productError(quotient, divisor) + error * MIDDLE;
    return (quotient + rest / divisor) / MIDDLE / SCALE + 0;
  }
}

/** What rounding took from `a * b`, for numbers of which no half overflows. */
function productError(a: number, b: number): number {
  const aHigh = a * SPLITTER - (a * SPLITTER - a);
  const bHigh = b * SPLITTER - (b * SPLITTER - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (a * b - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function holdsLarge(values: Float64Array, { positions, count }: Selection): boolean {
  for (let i = 0; i < count; i += 1) {
    const value = values[positions === undefined ? i : positions[i]!]!;
    if (value > LARGE || value < -LARGE) return true;
  }
  return false;
}
