// A list of numbers in a typed array that grows: one entry a row, for what the loader remembers of each trace.
// Called by trace-rows.ts. What must stay true: a refused allocation is E_MEMORY; entries past `length` are not read.

import { EngineError } from "../base/errors.ts";

/** The typed arrays that can grow. */
interface NumberArray<A> {
  readonly length: number;
  readonly byteLength: number;
  [index: number]: number;
  set(source: A): void;
  subarray(start: number, end: number): A;
}

const FIRST_LENGTH = 64;

/** Grows twofold; half of that past 16 M entries. */
export class Growing<A extends NumberArray<A>> {
  length = 0;
  #array: A;
  readonly #make: (length: number) => A;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#array = make(FIRST_LENGTH);
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#array.byteLength;
  }

  /** Adds an entry. Throws E_MEMORY. */
  push(value: number): void {
    if (this.length === this.#array.length) this.#grow();
    this.#array[this.length] = value;
    this.length += 1;
  }

  /** Entry `index`, in [0, length). */
  at(index: number): number {
    return this.#array[index]!;
  }

  /** Replaces entry `index`, in [0, length). */
  set(index: number, value: number): void {
    this.#array[index] = value;
  }

  /** The entries, over the same memory. */
  view(): A {
    return this.#array.subarray(0, this.length);
  }

  #grow(): void {
    const length = this.length < 2 ** 24 ? this.length * 2 : Math.ceil(this.length * 1.5);
    try {
      const wider = this.#make(length);
      wider.set(this.#array);
      this.#array = wider;
    } catch (cause) {
      throw new EngineError("E_MEMORY", `The system gives no room for ${length} rows`, { cause });
    }
  }
}
