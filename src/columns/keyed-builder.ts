// Builder of the keyed columns of one family (tags, metadata, attributes): sparse, any number of keys and rows.
// Called by the loader in three steps, none of which makes a string or an object:
//   const key = keyed.key(bytes, keyStart, keyEnd);          // -1: not wanted, go on with the next member
//   if (key >= 0) keyed.set(row, key, keyed.value(bytes, valueStart, valueEnd));
// Bytes are decoded UTF-8. Rows ascend over all keys; a key set twice in a row keeps the last value. Codes of keys and
// values are valid until the next truncate().
// What must stay true: nothing is kept of truncated rows; a key without a row is not a key of the family.

import { invariant } from "../base/assert.ts";
import { outOfOrder } from "./blocked-array.ts";
import { CellLists } from "./cell-lists.ts";
import { KeyedCells, type KeyedPart, type KeyedTexts } from "./keyed-columns.ts";
import { withRoom } from "./memory.ts";
import type { KeyFamily } from "./schema.ts";
import type { KeyedColumns } from "./table.ts";
import { TextTable } from "./text-table.ts";
import { CELL_WORDS, KEY, ROW, VALUE, type WaitingCells } from "./waiting-cells.ts";
import { TextScratch } from "./wtf8.ts";

const NO_ROW = 2 ** 31 - 1;

/** Distinct texts that remember the row that first used them, so that they vanish with it. */
class RowTexts {
  readonly table: TextTable;
  #firstRows: Int32Array = new Int32Array(0);

  constructor(what: string) {
    this.table = new TextTable(what);
  }

  get sizeBytes(): number {
    return this.table.sizeBytes + this.#firstRows.byteLength;
  }

  add(bytes: Uint8Array, start: number, end: number): number {
    const known = this.table.size;
    const code = this.table.add(bytes, start, end);
    if (code === known) {
      this.#firstRows = withRoom(this.#firstRows, code + 1);
      this.#firstRows[code] = NO_ROW;
    }
    return code;
  }

  /** As add(), for the texts of cells, whose code takes their place. */
  addCells(cells: WaitingCells): void {
    const known = this.table.size;
    this.table.addCells(cells);
    const { size } = this.table;
    this.#firstRows = withRoom(this.#firstRows, size).fill(NO_ROW, known, size);
  }

  use(code: number, row: number): void {
    if (this.#firstRows[code]! > row) this.#firstRows[code] = row;
  }

  /** As use(), for the codes in word `word` of cells. */
  useCells({ words, start, end }: WaitingCells, word: number): void {
    const firstRows = this.#firstRows;
    for (let cell = start; cell < end; cell += CELL_WORDS) {
      if (words[cell + VALUE]! < 0) continue;
      const row = words[cell + ROW]!;
      const code = words[cell + word]!;
      if (firstRows[code]! > row) firstRows[code] = row;
    }
  }

  truncate(rows: number): void {
    let size = this.table.size;
    while (size > 0 && this.#firstRows[size - 1]! >= rows) size -= 1;
    this.table.truncate(size);
  }
}

/** Builds the keyed columns of a family. */
export class KeyedBuilder {
  /** Rows up to and with the last one set. */
  end = 0;
  readonly family: KeyFamily;
  readonly #maxColumns: number;
  /** The keys to keep; undefined: all. */
  readonly #wanted: TextTable | undefined;
  readonly #keys: RowTexts;
  readonly #values: RowTexts;
  readonly #cells = new CellLists();
  /** Code + 1 of the value that each key had last, which rows often repeat: a hint, compared before it is used. */
  #lastValues: Int32Array = new Int32Array(0);
  #currentKey = -1;
  readonly #scratch = new TextScratch();

  /** Keys past `maxColumns` are kept like the others and counted as overflow. `wanted`: bare keys, without the family. */
  constructor(family: KeyFamily, maxColumns: number, wanted: ReadonlySet<string> | "all" = "all") {
    this.family = family;
    this.#maxColumns = maxColumns;
    this.#keys = new RowTexts(`the keys of ${family}`);
    this.#values = new RowTexts(`the values of ${family}`);
    if (wanted === "all") return;
    this.#wanted = new TextTable("wanted keys");
    for (const key of wanted) this.#wanted.add(this.#scratch.bytes, 0, this.#scratch.encode(key));
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    return this.#keys.sizeBytes + this.#values.sizeBytes + this.#cells.sizeBytes + this.#lastValues.byteLength;
  }

  /** The code of the key `bytes[start, end)`, or -1 when it is not wanted. Throws E_MEMORY. */
  key(bytes: Uint8Array, start: number, end: number): number {
    const wanted = this.#wanted === undefined || this.#wanted.find(bytes, start, end) >= 0;
    this.#currentKey = wanted ? this.#keys.add(bytes, start, end) : -1;
    return this.#currentKey;
  }

  /** As `key`, for a text. */
  keyText(text: string): number {
    const length = this.#scratch.encode(text);
    return this.key(this.#scratch.bytes, 0, length);
  }

  /** The code of the value `bytes[start, end)`; fastest when `key` was called just before. Throws E_MEMORY. */
  value(bytes: Uint8Array, start: number, end: number): number {
    const last = (this.#lastValues[this.#currentKey] ?? 0) - 1;
    const { table } = this.#values;
    if (last >= 0 && last < table.size && table.is(last, bytes, start, end)) return last;
    return this.#values.add(bytes, start, end);
  }

  /** As `value`, for a text. */
  valueText(text: string): number {
    const length = this.#scratch.encode(text);
    return this.value(this.#scratch.bytes, 0, length);
  }

  /** Sets the value of `key` (a code of `key()`, not -1) in `row`, at least the row set last. Throws E_MEMORY. */
  set(row: number, key: number, value: number): void {
    if (row + 1 < this.end) outOfOrder(row, this.end);
    this.#keys.use(key, row);
    this.#values.use(value, row);
    this.#cells.append(key, row, value);
    if (key >= this.#lastValues.length) this.#lastValues = withRoom(this.#lastValues, key + 1);
    this.#lastValues[key] = value + 1;
    this.end = row + 1;
  }

  /** As `set`, for cells of rows from the row set last on; those without a value are passed over. Throws E_MEMORY. */
  setCells(cells: WaitingCells): void {
    const { words, start, end } = cells;
    if (start < end && words[start + ROW]! + 1 < this.end) outOfOrder(words[start + ROW]!, this.end);
    this.#values.addCells(cells);
    this.#keys.useCells(cells, KEY);
    this.#values.useCells(cells, VALUE);
    this.end = Math.max(this.end, this.#cells.appendCells(cells, this.#keys.table.size));
  }

  /** Forgets the rows from `rows` on, and the keys and values that they brought. */
  truncate(rows: number): void {
    if (rows >= this.end) return;
    this.#cells.truncate(rows, this.#keys.table.size);
    this.#keys.truncate(rows);
    this.#values.truncate(rows);
    this.#currentKey = -1;
    this.end = rows;
  }

  /** The keyed columns of `rows` rows, at least `end`. */
  seal(rows: number): KeyedColumns {
    return this.sealCells(rows);
  }

  /** As `seal`, with what `takeRows` needs. */
  sealCells(rows: number): KeyedCells {
    invariant(rows >= this.end, "keyed columns are sealed with all their rows");
    const shape = { family: this.family, maxColumns: this.#maxColumns, rows };
    return new KeyedCells(shape, this.#cells, this.#texts());
  }

  /** As `seal`, as plain data that another thread can read; see merge-keyed.ts. */
  sealPart(rows: number): KeyedPart {
    invariant(rows >= this.end, "keyed columns are sealed with all their rows");
    const { order } = this.#cells;
    const [keys, values] = [this.#keys.table.texts(), this.#values.table.texts()];
    const cells = this.#cells.memory();
    for (const { table } of [this.#keys, this.#values]) table.release();
    this.#cells.release();
    return { family: this.family, order, keys, values, cells };
  }

  #texts(): KeyedTexts {
    return { order: this.#cells.order, keys: this.#keys.table, values: this.#values.table };
  }
}
