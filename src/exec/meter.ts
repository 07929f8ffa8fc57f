// What each operator did, for `explain` with analyze: rows in and out, time, and a note on the algorithm.
// Called by pipeline.ts and compile.ts. What must stay true: without a clock nothing is timed, and results are the same.

import type { OperatorProfile } from "../plan/result.ts";

/** Two notes as one. */
export function joined(note: string, more: string): string {
  return note === "" ? more : `${note}; ${more}`;
}

/** Counts and times one operator. */
export class Meter {
  note: string;
  readonly #operator: string;
  readonly #now: (() => number) | undefined;
  #rowsIn = 0;
  #rowsOut = 0;
  #milliseconds = 0;

  /** `now`: a clock in ms; absent = do not time. */
  constructor(operator: string, note: string, now: (() => number) | undefined) {
    this.#operator = operator;
    this.note = note;
    this.#now = now;
  }

  /** Runs `work` and adds its time. */
  measure<T>(work: () => T): T {
    if (this.#now === undefined) return work();
    const start = this.#now();
    const result = work();
    this.#milliseconds += this.#now() - start;
    return result;
  }

  /** Adds rows. */
  count(rowsIn: number, rowsOut: number): void {
    this.#rowsIn += rowsIn;
    this.#rowsOut += rowsOut;
  }

  /** What has been counted so far. */
  profile(): OperatorProfile {
    return {
      operator: this.#operator,
      rowsIn: this.#rowsIn,
      rowsOut: this.#rowsOut,
      milliseconds: this.#milliseconds,
      note: this.note,
    };
  }
}
