// Reads columns back in the plainest way, and checks on the way what column.ts promises of every block.
// Called by the tests of this folder. A null is undefined.

import { BLOCK_ROWS, type Column, type Dictionary, isPresent } from "../../src/columns/column.ts";

/** A value of any column; a place is [start, end]. */
export type Cell = number | bigint | string | readonly [number, number] | undefined;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8 to text, with lone surrogates put back; written apart from src/columns/wtf8.ts. */
export function plainDecode(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  let text = "";
  let from = 0;
  for (let i = 0; i + 2 < bytes.length; i += 1) {
    if (bytes[i] === 0xed && (bytes[i + 1] ?? 0) >= 0xa0) {
      const unit = (((bytes[i + 1] ?? 0) & 63) << 6) | ((bytes[i + 2] ?? 0) & 63) | 0xd000;
      text += decoder.decode(bytes.slice(from, i)) + String.fromCharCode(unit);
      from = i + 3;
      i += 2;
    }
  }
  return text + decoder.decode(bytes.slice(from));
}

/** All texts of a dictionary. Throws unless its offsets ascend from 0 to its bytes and its texts are distinct. */
export function dictionaryTexts(dictionary: Dictionary): string[] {
  const { offsets, bytes, size } = dictionary;
  const texts: string[] = [];
  check(offsets.length === size + 1 && offsets[0] === 0 && offsets[size] === bytes.length, "dictionary offsets");
  for (let code = 0; code < size; code += 1) texts.push(plainDecode(bytes.slice(offsets[code], offsets[code + 1])));
  check(new Set(texts).size === size, "distinct texts");
  return texts;
}

/** Every value of a column. Throws when a block breaks a promise of column.ts. */
export function readColumn(column: Column): Cell[] {
  const cells: Cell[] = [];
  const texts = column.type === "dictionary" ? dictionaryTexts(column.dictionary) : [];
  let nulls = 0;
  column.blocks.forEach((block, index) => {
    const last = index === column.blocks.length - 1;
    check(last ? block.length > 0 && block.length <= BLOCK_ROWS : block.length === BLOCK_ROWS, "block length");
    const missing = readBlock(block, texts, cells);
    check(block.stats.nulls === missing, "stats.nulls");
    check((missing === 0) === (block.validity === undefined), "validity is there when there are nulls");
    nulls += missing;
  });
  check(cells.length === column.length, "column length");
  check(nulls === column.nulls, "nulls");
  return cells;
}

type Block = Column["blocks"][number];

/** Adds the block's values to the cells, and gives how many are null. One loop for each form, for millions of rows are read. */
function readBlock(block: Block, texts: readonly string[], cells: Cell[]): number {
  if ("offsets" in block) return readTexts(block, cells);
  if ("starts" in block) return readPlaces(block, cells);
  const { values, length } = block;
  check(values.length === length, "values");
  if (values instanceof BigInt64Array) return readBigints({ ...block, values }, cells);
  if (values instanceof Int32Array && texts.length > 0) return readCodes({ ...block, values }, texts, cells);
  return readNumbers({ ...block, values }, cells);
}

/** Blocks with values of the kind `V`. */
type ValuesOf<V> = Pick<Extract<Block, { values: unknown }>, "length" | "validity" | "stats"> & { readonly values: V };

function readNumbers(block: ValuesOf<ArrayLike<number>>, cells: Cell[]): number {
  const { values, length, validity } = block;
  const isFloat = values instanceof Float64Array;
  const range = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
  let nulls = 0;
  for (let row = 0; row < length; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (isPresent(validity, row)) {
      cells.push(value);
      if (value < range.least) range.least = value;
      if (value > range.most) range.most = value;
      continue;
    }
    nulls += 1;
    cells.push(undefined);
    if (isFloat ? !Number.isNaN(value) : value !== 0 && value !== -1) failNull(row);
  }
  checkRange(block, range);
  return nulls;
}

function readCodes(block: ValuesOf<Int32Array>, texts: readonly string[], cells: Cell[]): number {
  const { values, length, validity } = block;
  const range = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
  let nulls = 0;
  for (let row = 0; row < length; row += 1) {
    const code = values[row] ?? -1;
    if (isPresent(validity, row)) {
      const text = texts[code];
      check(text !== undefined, "codes are of the dictionary");
      cells.push(text);
      if (code < range.least) range.least = code;
      if (code > range.most) range.most = code;
      continue;
    }
    nulls += 1;
    cells.push(undefined);
    if (code !== -1) failNull(row);
  }
  checkRange(block, range);
  return nulls;
}

function readBigints({ values, length, validity, stats }: ValuesOf<BigInt64Array>, cells: Cell[]): number {
  let [least, most]: (bigint | undefined)[] = [];
  let nulls = 0;
  for (let row = 0; row < length; row += 1) {
    const value = values[row] ?? -1n;
    if (isPresent(validity, row)) {
      cells.push(value);
      if (least === undefined || value < least) least = value;
      if (most === undefined || value > most) most = value;
      continue;
    }
    nulls += 1;
    cells.push(undefined);
    if (value !== 0n) failNull(row);
  }
  const isEnclosed = least === undefined || most === undefined || (stats.min <= least && most <= stats.max);
  check(isEnclosed, "int64 stats enclose");
  return nulls;
}

function readPlaces({ starts, ends, length, validity }: Extract<Block, { starts: unknown }>, cells: Cell[]): number {
  let nulls = 0;
  for (let row = 0; row < length; row += 1) {
    const start = starts[row] ?? -1;
    const end = ends[row] ?? -1;
    if (isPresent(validity, row)) cells.push([start, end]);
    else {
      nulls += 1;
      cells.push(undefined);
      if (start !== 0 || end !== 0) failNull(row);
    }
  }
  return nulls;
}

function readTexts({ offsets, bytes, length, validity }: Extract<Block, { offsets: unknown }>, cells: Cell[]): number {
  check(offsets[0] === 0, "offsets begin at 0");
  let nulls = 0;
  for (let row = 0; row < length; row += 1) {
    const start = offsets[row] ?? -1;
    const end = offsets[row + 1] ?? -1;
    check(start <= end && end <= bytes.length, "offsets ascend");
    if (isPresent(validity, row)) cells.push(plainDecode(bytes.subarray(start, end)));
    else {
      nulls += 1;
      cells.push(undefined);
      if (start !== end) failNull(row);
    }
  }
  return nulls;
}

function checkRange({ stats }: Pick<Block, "stats">, { least, most }: { least: number; most: number }): void {
  check(least === stats.min && most === stats.max, `stats ${stats.min}..${stats.max}, not ${least}..${most}`);
}

function failNull(row: number): never {
  throw new Error(`broken promise: null slot holds the null value (row ${row} of its block)`);
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`broken promise: ${what}`);
}
