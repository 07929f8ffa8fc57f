// Builder of dictionary columns: a code a row and the distinct texts.
// Called by the loader, a value a call: set(row, bytes, start, end) with rows ascending, decoded UTF-8.
// What must stay true: as in number-builders.ts; the dictionary holds the texts of present rows only, in order of first
// appearance: truncating or overwriting the row that brought a text removes the text.

import { invariant } from "../base/assert.ts";
import { BlockedArray, type ElementKind, outOfOrder } from "./blocked-array.ts";
import { dictionaryBlock, finishBlocks, totals } from "./blocks.ts";
import { BLOCK_ROWS, type DictionaryColumn, NULL_CODE } from "./column.ts";
import type { DictionaryPart } from "./column-parts.ts";
import { sealDictionary } from "./dictionary.ts";
import { sharedInt32, withRoom } from "./memory.ts";
import { TextTable } from "./text-table.ts";
import { decodeWtf8, TextScratch } from "./wtf8.ts";

const CODES: ElementKind<Int32Array, number> = { make: sharedInt32, null: NULL_CODE, fills: true, extra: 0 };

/** An empty array of dictionary codes, NULL_CODE where nothing is set. */
export function codeArray(): BlockedArray<Int32Array, number> {
  return new BlockedArray(CODES);
}

/** Builds a column of texts with few distinct values. */
export class DictionaryBuilder {
  /** Rows up to and with the last one set. */
  end = 0;
  readonly #codes = codeArray();
  readonly #table: TextTable;
  /** The row that brought each text: ascending. */
  #firstRows: Int32Array = new Int32Array(0);
  /** The code set last, which the next row often repeats. */
  #last = NULL_CODE;
  readonly #scratch = new TextScratch();

  /** `what` names the column in an error message. */
  constructor(what = "a column") {
    this.#table = new TextTable(what);
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#codes.sizeBytes + this.#table.sizeBytes + this.#firstRows.byteLength;
  }

  /** Distinct texts so far. */
  get distinct(): number {
    return this.#table.size;
  }

  /** Sets `row`, at least the row set last, to the text `bytes[start, end)`. Throws E_MEMORY. */
  set(row: number, bytes: Uint8Array, start: number, end: number): void {
    if (row < this.end) this.#forget(row);
    const table = this.#table;
    const known = table.size;
    let code = this.#last;
    if (code < 0 || !table.is(code, bytes, start, end)) code = table.add(bytes, start, end);
    if (code === known) {
      this.#firstRows = withRoom(this.#firstRows, code + 1);
      this.#firstRows[code] = row;
    }
    this.#last = code;
    const codes = this.#codes;
    if ((row - codes.base) >>> 0 >= codes.capacity) codes.reserve(row);
    codes.current[row - codes.base] = code;
    this.end = row + 1;
  }

  /** As `set`, for a text. */
  setText(row: number, text: string): void {
    const length = this.#scratch.encode(text);
    this.set(row, this.#scratch.bytes, 0, length);
  }

  /** Sets `row`, past the row set last, to a text that another row brought: `code` in [0, distinct). Throws E_MEMORY. */
  setCode(row: number, code: number): void {
    if (row < this.end) outOfOrder(row, this.end);
    invariant(code >= 0 && code < this.#table.size, "a code of the dictionary");
    const codes = this.#codes;
    if ((row - codes.base) >>> 0 >= codes.capacity) codes.reserve(row);
    codes.current[row - codes.base] = code;
    this.end = row + 1;
  }

  /** The code of a text that `row` is the first to use, or that is there already; `setCodes` must follow for the row. */
  codeFor(row: number, bytes: Uint8Array, start: number, end: number): number {
    const known = this.#table.size;
    const code = this.#table.add(bytes, start, end);
    if (code === known) {
      this.#firstRows = withRoom(this.#firstRows, code + 1);
      this.#firstRows[code] = row;
    }
    return code;
  }

  /** Sets the rows [row, row + codes.length), `row` past every row that was set, to codes of `codeFor` or NULL_CODE. */
  setCodes(row: number, codes: Int32Array): void {
    if (row < this.end) outOfOrder(row, this.end);
    this.#codes.write(row, codes);
    this.end = row + codes.length;
  }

  /** The code of `row`, NULL_CODE when it has none. */
  code(row: number): number {
    return this.#codes.find(row)?.[row % BLOCK_ROWS] ?? NULL_CODE;
  }

  /** The text of `row`, undefined when it has none. */
  text(row: number): string | undefined {
    const code = this.code(row);
    if (code < 0) return undefined;
    const { bytes, offsets } = this.#table;
    return decodeWtf8(bytes, offsets[code]!, offsets[code + 1]!);
  }

  /** Forgets the rows from `rows` on, and the texts that they brought. */
  truncate(rows: number): void {
    if (rows >= this.end) return;
    this.#codes.truncate(rows, this.end);
    let size = this.#table.size;
    while (size > 0 && this.#firstRows[size - 1]! >= rows) size -= 1;
    this.#table.truncate(size);
    if (this.#last >= size) this.#last = NULL_CODE;
    this.end = rows;
  }

  /** The column of `rows` rows, at least `end`. */
  seal(rows: number): DictionaryColumn {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const blocks = finishBlocks(this.#codes.seal(rows), rows, dictionaryBlock);
    const dictionary = sealDictionary(this.#table);
    this.#table.release();
    return { type: "dictionary", blocks, dictionary, ...totals(blocks) };
  }

  /** As seal(), for a merge. */
  sealPart(rows: number): DictionaryPart {
    invariant(rows >= this.end, "a column is sealed with all its rows");
    const dictionary = this.#table.texts();
    this.#table.release();
    return { type: "dictionary", blocks: this.#codes.seal(rows), dictionary };
  }

  #forget(row: number): void {
    if (row + 1 < this.end) outOfOrder(row, this.end);
    this.truncate(row);
  }
}
