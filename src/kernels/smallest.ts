// The n-th smallest of numbers that come one after the other: what a row must not exceed to be among the first n.
// Called by exec/top-rows.ts. What must stay true: `bound` never grows, and at least n numbers that were offered are not
// above it once n were offered.
// A bounded heap with the largest on top: J. W. J. Williams, "Algorithm 232: Heapsort", CACM 7, 1964.

/** Keeps the `size` smallest numbers offered. NaN must not be offered. */
export class Smallest {
  /** Entry i is not below entries 2i + 1 and 2i + 2. */
  readonly #heap: Float64Array;
  #count = 0;

  /** `size`: a whole number from 0. */
  constructor(size: number) {
    this.#heap = new Float64Array(size);
  }

  /** The largest of those kept; infinite while there are fewer than `size`, minus infinite when none is wanted. */
  get bound(): number {
    if (this.#heap.length === 0) return Number.NEGATIVE_INFINITY;
    return this.#count < this.#heap.length ? Number.POSITIVE_INFINITY : this.#heap[0]!;
  }

  /** Takes a number in when it is one of the smallest so far. */
  offer(value: number): void {
    const heap = this.#heap;
    if (this.#count < heap.length) {
      let at = this.#count;
      this.#count += 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (heap[parent]! >= value) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = value;
      return;
    }
    if (!(value < this.bound)) return;
    const size = heap.length;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap[child + 1]! > heap[child]!) child += 1;
      if (heap[child]! <= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
}
