// How the waiting rows of a column come out of WebAssembly memory into its builder: a class for each layout of columns.as.ts.
// Made by walk-columns.ts, one for each column. What must stay true: views are taken in each call, because memory may have
// grown; what is called often is a method, since the runtime forgets the code of functions made anew by each load.

import type { DictionaryBuilder } from "../columns/dictionary-builder.ts";
import type { Counts } from "./counters.ts";
import type { WalkMemory } from "./walk-memory.ts";
import type { RowReader, WalkTexts } from "./walk-texts.ts";

/** Takes the first `rows` waiting rows of a column as those from `row` on. `counts`: of the file that they came from. */
export interface ColumnTaker {
  take(row: number, rows: number, counts: Counts): void;
}

/** Where a column of the walker stands; see wasm/columns.as.ts. */
export class WaitingColumn {
  readonly memory: WalkMemory;
  readonly #address: number;

  constructor(memory: WalkMemory, address: number) {
    this.memory = memory;
    this.#address = address;
  }

  /** Address of the values. */
  get values(): number {
    return this.memory.word(this.#address);
  }

  /** Address of the second array. */
  get second(): number {
    return this.memory.word(this.#address + 4);
  }

  /** The bytes of all texts. */
  get heap(): Uint8Array {
    const { memory } = this;
    return new Uint8Array(memory.buffer, memory.word(this.#address + 36), memory.word(this.#address + 16));
  }
}

type ArrayOf<A> = new (buffer: ArrayBuffer, at: number, length: number) => A;

/** Numbers or flags: one array. */
export class ArrayTaker<A> implements ColumnTaker {
  readonly #waiting: WaitingColumn;
  readonly #view: ArrayOf<A>;
  readonly #column: { setRows(row: number, values: A): void };

  constructor(waiting: WaitingColumn, view: ArrayOf<A>, column: { setRows(row: number, values: A): void }) {
    this.#waiting = waiting;
    this.#view = view;
    this.#column = column;
  }

  take(row: number, rows: number): void {
    const { memory, values } = this.#waiting;
    this.#column.setRows(row, new this.#view(memory.buffer, values, rows));
  }
}

/** Takes rows of two arrays. */
interface PairColumn<A, B> {
  setRows(row: number, values: A, second: B): void;
}

/** Values and presence, or starts and ends. */
export class PairTaker<A, B> implements ColumnTaker {
  readonly #waiting: WaitingColumn;
  readonly #views: readonly [ArrayOf<A>, ArrayOf<B>];
  readonly #column: PairColumn<A, B>;

  constructor(waiting: WaitingColumn, views: readonly [ArrayOf<A>, ArrayOf<B>], column: PairColumn<A, B>) {
    this.#waiting = waiting;
    this.#views = views;
    this.#column = column;
  }

  take(row: number, rows: number): void {
    const { memory, values, second } = this.#waiting;
    const [First, Second] = this.#views;
    this.#column.setRows(row, new First(memory.buffer, values, rows), new Second(memory.buffer, second, rows));
  }
}

interface TextColumn {
  setRows(
    row: number,
    rows: { readonly ends: Uint32Array; readonly present: Uint8Array; readonly bytes: Uint8Array },
  ): void;
}

/** Texts: ends, presence and bytes. */
export class TextTaker implements ColumnTaker {
  readonly #waiting: WaitingColumn;
  readonly #column: TextColumn;

  constructor(waiting: WaitingColumn, column: TextColumn) {
    this.#waiting = waiting;
    this.#column = column;
  }

  take(row: number, rows: number): void {
    const { memory, values, second, heap } = this.#waiting;
    const ends = new Uint32Array(memory.buffer, values, rows);
    this.#column.setRows(row, { ends, present: new Uint8Array(memory.buffer, second, rows), bytes: heap });
  }
}

/** Numbers of texts, which become codes. */
export class CodeTaker implements ColumnTaker {
  readonly #waiting: WaitingColumn;
  readonly #texts: WalkTexts;
  readonly #column: DictionaryBuilder | undefined;
  readonly #rows: RowReader | undefined;

  /** `column`: undefined where it is only there for others; `rows`: who sees every row. */
  constructor(
    waiting: WaitingColumn,
    texts: WalkTexts,
    { column, rows }: { readonly column: DictionaryBuilder | undefined; readonly rows: RowReader | undefined },
  ) {
    this.#waiting = waiting;
    this.#texts = texts;
    this.#column = column;
    this.#rows = rows;
  }

  take(row: number, rows: number, counts: Counts): void {
    const texts = this.#texts;
    const codes = new Int32Array(this.#waiting.memory.buffer, this.#waiting.values, rows);
    const reader = this.#rows;
    for (let i = 0; reader !== undefined && i < rows; i += 1) {
      if (codes[i]! >= 0) reader.readRow(row + i, codes[i]!, texts);
    }
    counts.add("wrongTypes", texts.translate(codes, row));
    this.#column?.setCodes(row, codes);
  }
}
