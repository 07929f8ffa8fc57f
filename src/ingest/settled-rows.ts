// The trace rows of a parallel load in the order of the input, as its batches are settled one after another.
// Called by parallel-load.ts. What must stay true: duplicates are found as one thread would find them: by the ids in order,
// whatever thread took the record.

import type { RowRun } from "../columns/row-runs.ts";
import { TextTable } from "../columns/text-table.ts";
import { Growing } from "./growing.ts";

const newInt32 = (length: number) => new Int32Array(length);
const newFloat64 = (length: number) => new Float64Array(length);

/** Where a trace's record stands. */
export interface RowPlace {
  /** Index of its source. */
  readonly file: number;
  readonly line: number;
}

/** See the file's header. Rows count from 0 over all parts. */
export class SettledRows {
  /** Trace rows of the parts, in order. */
  readonly runs: RowRun[] = [];
  /** By part: its trace rows that are settled. */
  readonly partRows: number[];
  readonly #ids = new TextTable("the trace ids");
  /** By id code: the row that has the id now. */
  readonly #rowOfId = new Growing(newInt32);
  readonly #replaced = new Growing(newInt32);
  readonly #files = new Growing(newInt32);
  readonly #lines = new Growing(newFloat64);
  #rows = 0;

  /** `parts`: how many there are. */
  constructor(parts: number) {
    this.partRows = Array.from({ length: parts }, () => 0);
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    const lists = [this.#rowOfId, this.#replaced, this.#files, this.#lines];
    return lists.reduce((sum, list) => sum + list.sizeBytes, this.#ids.sizeBytes);
  }

  /** Rows that a later one replaces. */
  get replaced(): Int32Array {
    return this.#replaced.view();
  }

  /** Adds the next row, whose id is `bytes[start, end)`; returns the row that had the id until now, or -1. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const known = this.#ids.size;
    const code = this.#ids.add(bytes, start, end);
    const earlier = code === known ? -1 : this.#rowOfId.at(code);
    if (earlier < 0) this.#rowOfId.push(this.#rows);
    else this.#rowOfId.set(code, this.#rows);
    this.#rows += 1;
    return earlier;
  }

  /** Leaves a row out of the result. */
  replace(row: number): void {
    this.#replaced.push(row);
  }

  /** Remembers where the row added last stands. Called for every row or for none. */
  place({ file, line }: RowPlace): void {
    this.#files.push(file);
    this.#lines.push(line);
  }

  /** Where a row stands. */
  placeOf(row: number): RowPlace {
    return { file: this.#files.at(row), line: this.#lines.at(row) };
  }

  /** The next `count` trace rows of `part` are settled. */
  settle(part: number, count: number): void {
    const start = this.partRows[part] ?? 0;
    this.partRows[part] = start + count;
    const last = this.runs.at(-1);
    if (count === 0) return;
    if (last?.part === part) this.runs[this.runs.length - 1] = { part, start: last.start, end: start + count };
    else this.runs.push({ part, start, end: start + count });
  }
}
