// The sealed keyed columns of a family: found by key, made dense when asked for.
// Made by KeyedBuilder, called by exec, arrow.ts and `inspect` through the KeyedColumns contract.
// What must stay true: values of all keys share one table of texts; a dense column has a dictionary of its own, in order
// of first appearance under that key, whether or not the key is past the columns limit.

import { dictionaryBlock, finishBlocks, totals } from "./blocks.ts";
import { CellLists, type CellMemory } from "./cell-lists.ts";
import type { DictionaryColumn } from "./column.ts";
import { columnBytes } from "./column-bytes.ts";
import { type DictionaryParts, subDictionary } from "./dictionary.ts";
import { codeArray } from "./dictionary-builder.ts";
import { scratchInt32, withRoom } from "./memory.ts";
import type { KeyFamily } from "./schema.ts";
import type { KeyedColumns } from "./table.ts";
import { type TableTexts, TextTable } from "./text-table.ts";
import { decodeWtf8 } from "./wtf8.ts";

/** A row and a code. */
const CELL_BYTES = 8;

/** What is known of a family as a whole. */
export interface KeyedShape {
  readonly family: KeyFamily;
  readonly maxColumns: number;
  readonly rows: number;
}

/** The texts behind cell lists. */
export interface KeyedTexts {
  /** Codes of the keys that have a row, in order of first appearance. */
  readonly order: ArrayLike<number>;
  /** The key of each cell list. */
  readonly keys: TextTable;
  /** The text of each code. */
  readonly values: DictionaryParts;
}

/** The keyed columns of one part of a load, or of all of it, as plain data. */
export interface KeyedPart {
  readonly family: KeyFamily;
  readonly order: ArrayLike<number>;
  readonly keys: TableTexts;
  readonly values: TableTexts;
  readonly cells: CellMemory;
}

/** Keyed columns over plain data that another thread gave. */
export function keyedFrom(shape: KeyedShape, { order, keys, values, cells }: KeyedPart): KeyedCells {
  return new KeyedCells(shape, CellLists.over(cells), { order, keys: TextTable.over(keys), values });
}

/** Keyed columns over cell lists. */
export class KeyedCells implements KeyedColumns {
  readonly family: KeyFamily;
  readonly keys: readonly string[];
  readonly overflow: number;
  readonly #shape: KeyedShape;
  readonly #cells: CellLists;
  readonly #texts: KeyedTexts;
  readonly #codes = new Map<string, number>();
  readonly #columns = new Map<string, DictionaryColumn>();
  #cellBytes: number | undefined;
  /** By value code, code within the key at hand + 1; all 0 between calls. */
  #local: Int32Array | undefined;

  /** Neither the cells nor the texts are written any more. */
  constructor(shape: KeyedShape, cells: CellLists, texts: KeyedTexts) {
    this.family = shape.family;
    this.#shape = shape;
    this.#cells = cells;
    this.#texts = texts;
    const { bytes, offsets } = texts.keys;
    for (let i = 0; i < texts.order.length; i += 1) {
      const code = texts.order[i]!;
      this.#codes.set(decodeWtf8(bytes, offsets[code]!, offsets[code + 1]!), code);
    }
    this.keys = [...this.#codes.keys()];
    this.overflow = Math.max(0, this.keys.length - shape.maxColumns);
  }

  /** Bytes that cells, keys and values take, dense columns included; as for columns, spare room does not count. */
  get sizeBytes(): number {
    this.#cellBytes ??= this.#measure();
    let bytes = this.#cellBytes;
    for (const column of this.#columns.values()) bytes += columnBytes(column);
    return bytes;
  }

  /** Texts that no row has are not measured: a replaced row may have brought them. */
  #measure(): number {
    const { keys, values } = this.#texts;
    const used = new Uint8Array(values.size);
    let bytes = 0;
    for (const key of this.#codes.values()) {
      bytes += keys.offsets[key + 1]! - keys.offsets[key]! + this.#cells.count(key) * CELL_BYTES;
      for (const { ints, start, end } of this.#cells.chunks(key)) {
        for (let at = start + 1; at < end; at += 2) used[ints[at]!] = 1;
      }
    }
    for (let value = 0; value < used.length; value += 1) {
      if (used[value] === 1) bytes += values.offsets[value + 1]! - values.offsets[value]!;
    }
    return bytes;
  }

  summary(key: string): { readonly rows: number; readonly distinct: number } | undefined {
    const code = this.#codes.get(key);
    if (code === undefined) return undefined;
    return { rows: this.#cells.count(code), distinct: this.#distinct(code) };
  }

  column(key: string): DictionaryColumn | undefined {
    const known = this.#columns.get(key);
    const code = this.#codes.get(key);
    if (known !== undefined || code === undefined) return known;
    const column = this.#dense(code, `${this.family}.${key}`);
    this.#columns.set(key, column);
    return column;
  }

  /** The same columns with only some rows: old row r becomes newRows[r], ascending, or goes when that is negative. */
  take(newRows: Int32Array, rows: number): KeyedCells {
    const order = this.#keysByFirstRow(newRows);
    const cells = new CellLists();
    const keys = this.#texts.keys.pick(order);
    for (let key = 0; key < order.length; key += 1) {
      for (const { ints, start, end } of this.#cells.chunks(order[key]!)) {
        for (let at = start; at < end; at += 2) {
          const row = newRows[ints[at]!]!;
          if (row >= 0) cells.append(key, row, ints[at + 1]!);
        }
      }
    }
    const texts = { order: order.map((_, key) => key), keys, values: this.#texts.values };
    return new KeyedCells({ ...this.#shape, rows }, cells, texts);
  }

  /** Codes of the values of a key, in order of first appearance; leaves their code within the key + 1 in #local. */
  #mark(key: number): Int32Array {
    this.#local ??= scratchInt32(this.#texts.values.size);
    const local = this.#local;
    let distinct: Int32Array = new Int32Array(16);
    let size = 0;
    for (const { ints, start, end } of this.#cells.chunks(key)) {
      for (let at = start + 1; at < end; at += 2) {
        const value = ints[at]!;
        if (local[value] !== 0) continue;
        distinct = withRoom(distinct, size + 1);
        distinct[size] = value;
        size += 1;
        local[value] = size;
      }
    }
    return distinct.subarray(0, size);
  }

  #unmark(values: Int32Array): void {
    for (let i = 0; i < values.length; i += 1) this.#local![values[i]!] = 0;
  }

  #distinct(key: number): number {
    const values = this.#mark(key);
    this.#unmark(values);
    return values.length;
  }

  #dense(key: number, what: string): DictionaryColumn {
    const values = this.#mark(key);
    const local = this.#local!;
    const codes = codeArray();
    for (const { ints, start, end } of this.#cells.chunks(key)) {
      for (let at = start; at < end; at += 2) {
        const row = ints[at]!;
        if ((row - codes.base) >>> 0 >= codes.capacity) codes.reserve(row);
        codes.current[row - codes.base] = local[ints[at + 1]!]! - 1;
      }
    }
    this.#unmark(values);
    const { rows } = this.#shape;
    const blocks = finishBlocks(codes.seal(rows), rows, dictionaryBlock);
    const dictionary = subDictionary(this.#texts.values, values, what);
    return { type: "dictionary", blocks, dictionary, ...totals(blocks) };
  }

  /** Keys that have a kept row, by the first of them; keys that share it in the order that they had. */
  #keysByFirstRow(newRows: Int32Array): number[] {
    const firstRows: (readonly [key: number, row: number])[] = [];
    for (const key of this.#codes.values()) {
      const first = this.#firstKept(key, newRows);
      if (first >= 0) firstRows.push([key, first]);
    }
    return firstRows.sort((a, b) => a[1] - b[1]).map(([key]) => key);
  }

  #firstKept(key: number, newRows: Int32Array): number {
    for (const { ints, start, end } of this.#cells.chunks(key)) {
      for (let at = start; at < end; at += 2) if (newRows[ints[at]!]! >= 0) return newRows[ints[at]!]!;
    }
    return -1;
  }
}
