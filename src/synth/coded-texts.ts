// Writes texts of few distinct values into a dictionary column without hashing their bytes at every row.
// Called by the *-columns.ts of this folder. What must stay true: the column is the one that setText() would give.

import { NULL_CODE } from "../columns/column.ts";
import type { DictionaryBuilder } from "../columns/dictionary-builder.ts";

const FIRST_NUMBERS = 1_024;

/** A dictionary column whose texts come from lists in the code, so that a `Map` finds them by identity. */
export class CodedTexts {
  readonly #builder: DictionaryBuilder | undefined;
  readonly #codes = new Map<string, number>();

  /** `builder`: undefined when the column is not wanted. */
  constructor(builder: DictionaryBuilder | undefined) {
    this.#builder = builder;
  }

  /** Sets `row`, past the row set last. */
  set(row: number, text: string): void {
    const builder = this.#builder;
    if (builder === undefined) return;
    const code = this.#codes.get(text);
    if (code !== undefined) {
      builder.setCode(row, code);
    } else {
      builder.setText(row, text);
      this.#codes.set(text, builder.code(row));
    }
  }
}

/** A dictionary column whose texts are told by a number: sessions, users. */
export class NumberedTexts {
  readonly #builder: DictionaryBuilder | undefined;
  readonly #text: (number: number) => string;
  /** By number. */
  #codes = new Int32Array(FIRST_NUMBERS).fill(NULL_CODE);

  /** `text`: called once a number. `builder`: undefined when the column is not wanted. */
  constructor(builder: DictionaryBuilder | undefined, text: (number: number) => string) {
    this.#builder = builder;
    this.#text = text;
  }

  /** Sets `row`, past the row set last, to the text of `number`, at least 0. */
  set(row: number, number: number): void {
    const builder = this.#builder;
    if (builder === undefined) return;
    if (number >= this.#codes.length) this.#grow(number + 1);
    const code = this.#codes[number]!;
    if (code !== NULL_CODE) {
      builder.setCode(row, code);
    } else {
      builder.setText(row, this.#text(number));
      this.#codes[number] = builder.code(row);
    }
  }

  #grow(length: number): void {
    const grown = new Int32Array(Math.max(length, this.#codes.length * 2)).fill(NULL_CODE);
    grown.set(this.#codes);
    this.#codes = grown;
  }
}
