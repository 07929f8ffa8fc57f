// The keyed columns of a family out of those that several threads built, each of a part of the rows.
// Called by merge-jobs.ts, on any thread. What must stay true: the result is that of one builder that was given all rows in order and
// then lost those that were replaced: keys in order of first appearance, overflow counted over all of them.

import { invariant } from "../base/assert.ts";
import { type CellChunk, CellLists } from "./cell-lists.ts";
import { plainTexts } from "./column-parts.ts";
import type { KeyedPart } from "./keyed-columns.ts";
import { scratchInt32 } from "./memory.ts";
import { type TableTexts, TextTable } from "./text-table.ts";

/** The rows of the parts in the result. */
export interface KeyedRows {
  /** By part: the place of each of its rows among all rows that were loaded, replaced ones included. */
  readonly seen: readonly Int32Array[];
  /** By part: the row of the result, or -1. */
  readonly kept: readonly Int32Array[];
}

/** A key that any part has. */
interface MergedKey {
  /** Its cell list in each part, or -1. */
  readonly lists: Int32Array;
  /** Its first row among all rows, and then among the kept ones. */
  first: number;
}

/** The merged keyed columns of the kept rows. Throws E_MEMORY. */
export function mergeKeyed(parts: readonly KeyedPart[], rows: KeyedRows): KeyedPart {
  const [first] = parts;
  invariant(first !== undefined, "a merge has parts");
  const { family } = first;
  const readers = parts.map((part) => CellLists.over(part.cells));
  const found = new TextTable(`the keys of ${family}`);
  const all = keysOf(parts, readers, { found, rows: rows.seen });
  const keys = rows.seen === rows.kept ? all : keptKeys(all, readers, rows.kept);
  const merged = new TextTable(`the keys of ${family}`);
  const cells = new CellLists();
  const values = valueCodes(parts, rows.seen === rows.kept);
  for (const [key, code] of keys) {
    const to = merged.add(found.bytes, found.offsets[code]!, found.offsets[code + 1]!);
    const cursors: CellCursor[] = [];
    readers.forEach((lists, part) => {
      const list = key.lists[part]!;
      if (list >= 0) cursors.push(new CellCursor(lists.chunks(list), rows.kept[part]!, values.parts[part]!));
    });
    appendInOrder(cursors, cells, to);
  }
  const order = Int32Array.from(keys, (_, key) => key);
  return { family, order, keys: plainTexts(merged), values: plainTexts(values.table), cells: cells.memory() };
}

type KeyCodes = (readonly [key: MergedKey, code: number])[];

/** All keys with their code in `found`, in order of first appearance; those that appear in one row in that row's order. */
function keysOf(
  parts: readonly KeyedPart[],
  readers: readonly CellLists[],
  { found, rows }: { readonly found: TextTable; readonly rows: readonly Int32Array[] },
): KeyCodes {
  const keys: MergedKey[] = [];
  const orders: number[] = [];
  parts.forEach((part, index) => {
    for (let i = 0; i < part.order.length; i += 1) {
      const list = part.order[i]!;
      const code = found.add(part.keys.bytes, part.keys.offsets[list]!, part.keys.offsets[list + 1]!);
      const key = keys[code] ?? { lists: scratchInt32(parts.length).fill(-1), first: Number.POSITIVE_INFINITY };
      keys[code] = key;
      key.lists[index] = list;
      const first = firstRow(readers[index]!, list, rows[index]!);
      // A row belongs to one part, whose own order then decides.
      if (first < key.first) {
        key.first = first;
        orders[code] = i;
      }
    }
  });
  const coded = keys.map((key, code) => [key, code] as const);
  return coded.sort((a, b) => a[0].first - b[0].first || orders[a[1]]! - orders[b[1]]!);
}

/** The keys that have a kept row, by the first of them; keys that share it in the order that they had. */
function keptKeys(all: KeyCodes, readers: readonly CellLists[], rows: readonly Int32Array[]): KeyCodes {
  for (const [key] of all) {
    key.first = Number.POSITIVE_INFINITY;
    readers.forEach((lists, part) => {
      if (key.lists[part]! >= 0) key.first = Math.min(key.first, firstRow(lists, key.lists[part]!, rows[part]!));
    });
  }
  return all.filter(([key]) => key.first < Number.POSITIVE_INFINITY).sort((a, b) => a[0].first - b[0].first);
}

/** The first row of a list that is not negative in `newRows`, or Infinity. */
function firstRow(lists: CellLists, list: number, newRows: Int32Array): number {
  for (const { ints, start, end } of lists.chunks(list)) {
    for (let at = start; at < end; at += 2) if (newRows[ints[at]!]! >= 0) return newRows[ints[at]!]!;
  }
  return Number.POSITIVE_INFINITY;
}

/** Behind the last row. */
const NO_ROW = 2 ** 31 - 1;

/** Walks the kept cells of one list of a part. */
class CellCursor {
  /** Row of the result of the cell at hand; NO_ROW behind the last. */
  row = -1;
  readonly #newRows: Int32Array;
  readonly #values: PartValues;
  readonly #chunks: ReturnType<CellLists["chunks"]>;
  #chunk: CellChunk = { ints: new Int32Array(0), start: 0, end: 0 };
  /** The cell at hand. */
  #at = 0;

  constructor(chunks: ReturnType<CellLists["chunks"]>, newRows: Int32Array, values: PartValues) {
    this.#newRows = newRows;
    this.#values = values;
    this.#chunks = chunks;
    this.#find();
  }

  /** Appends the cells of rows below `limit` to the list `to`. */
  appendBelow(limit: number, cells: CellLists, to: number): void {
    const newRows = this.#newRows;
    const { codes } = this.#values;
    while (this.row < limit) {
      // Gives the value a code, where it has none so far.
      this.#values.codeOf(this.#chunk.ints[this.#at + 1]!);
      this.#at = cells.appendFrom(to, this.#chunk, { from: this.#at, limit, newRows, newCodes: codes });
      this.#find();
    }
  }

  /** Moves on to the next kept cell, if the one at hand is none. */
  #find(): void {
    for (;;) {
      const { ints, end } = this.#chunk;
      for (; this.#at < end; this.#at += 2) {
        this.row = this.#newRows[ints[this.#at]!]!;
        if (this.row >= 0) return;
      }
      const { done, value } = this.#chunks.next();
      if (done) break;
      this.#chunk = value;
      this.#at = value.start;
    }
    this.row = NO_ROW;
  }
}

/** Appends the cells of all cursors by ascending row. Rows of a part stand together, so a cursor is followed while it is first. */
function appendInOrder(cursors: readonly CellCursor[], cells: CellLists, to: number): void {
  for (;;) {
    let first: CellCursor | undefined;
    let firstRow = NO_ROW;
    let limit = NO_ROW;
    for (const cursor of cursors) {
      if (cursor.row < firstRow) {
        limit = firstRow;
        firstRow = cursor.row;
        first = cursor;
      } else if (cursor.row < limit) {
        limit = cursor.row;
      }
    }
    if (first === undefined) return;
    first.appendBelow(limit, cells, to);
  }
}

/** The new codes of the values of one part. */
class PartValues {
  /** By code of the part: the new one, or -1 until it is asked for. */
  readonly codes: Int32Array;
  readonly #texts: TableTexts;
  readonly #table: TextTable;

  constructor(texts: TableTexts, table: TextTable, codes: Int32Array) {
    this.#texts = texts;
    this.#table = table;
    this.codes = codes;
  }

  codeOf(value: number): number {
    const code = this.codes[value]!;
    if (code >= 0) return code;
    const { bytes, offsets, hashes } = this.#texts;
    const added = this.#table.add(bytes, offsets[value]!, offsets[value + 1]!, hashes?.[value]);
    this.codes[value] = added;
    return added;
  }
}

/**
 * Codes of the values over all parts: those of the first part as they are, as no one sees which code a value has, then what
 * the others bring: all of it at once where `isWhole` says that every row stays, else what rows that stay ask for.
 */
function valueCodes(
  parts: readonly KeyedPart[],
  isWhole: boolean,
): { readonly table: TextTable; readonly parts: readonly PartValues[] } {
  const [first, ...others] = parts.map(({ values }) => values);
  invariant(first !== undefined, "a merge has parts");
  const more = others.reduce((sum, { size }) => sum + size, 0);
  const table = TextTable.over(first, more);
  table.reserve(
    more,
    others.reduce((sum, { size, offsets }) => sum + offsets[size]!, 0),
  );
  const own = new PartValues(first, table, ascending(first.size));
  const rest = others.map((texts) => {
    const codes = isWhole ? table.addAll(texts) : scratchInt32(texts.size).fill(-1);
    return new PartValues(texts, table, codes);
  });
  return { table, parts: [own, ...rest] };
}

/** 0, 1, 2, ... */
function ascending(length: number): Int32Array {
  const numbers = scratchInt32(length);
  for (let i = 0; i < length; i += 1) numbers[i] = i;
  return numbers;
}
