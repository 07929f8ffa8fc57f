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
    const from = cells.length;
    const { cellAt, isNullAt } = slotsOf(block, texts);
    for (let row = 0; row < block.length; row += 1) {
      const present = isPresent(block.validity, row);
      const cell = cellAt(row);
      if (!present && !isNullAt(row)) check(false, `null slot holds the null value (row ${from + row})`);
      cells.push(present ? cell : undefined);
    }
    checkStats(block, cells.slice(from), texts);
    nulls += block.stats.nulls;
  });
  check(cells.length === column.length, "column length");
  check(nulls === column.nulls && nulls === cells.filter((cell) => cell === undefined).length, "nulls");
  return cells;
}

type Block = Column["blocks"][number];

/** What the slots of a block hold, and which hold what a null has to; told apart here and not row by row, for millions are read. */
interface Slots {
  readonly cellAt: (row: number) => Cell;
  readonly isNullAt: (row: number) => boolean;
}

function slotsOf(block: Block, texts: readonly string[]): Slots {
  if ("offsets" in block) return textSlots(block);
  if ("starts" in block) {
    const { starts, ends } = block;
    return {
      cellAt: (row) => [starts[row] ?? -1, ends[row] ?? -1],
      isNullAt: (row) => starts[row] === 0 && ends[row] === 0,
    };
  }
  const { values, length } = block;
  check(values.length === length, "values");
  const isCodes = values instanceof Int32Array && texts.length > 0;
  const isFloat = values instanceof Float64Array;
  return {
    cellAt: isCodes ? (row) => texts[values[row] ?? -1] : (row) => values[row],
    isNullAt: (row) => {
      const value = values[row];
      if (isFloat) return Number.isNaN(value);
      return value === -1 || (!isCodes && (value === 0 || value === 0n));
    },
  };
}

function textSlots({ offsets, bytes, length }: Extract<Block, { offsets: unknown }>): Slots {
  check(offsets[0] === 0, "offsets begin at 0");
  for (let row = 0; row < length; row += 1) {
    const [start, end] = [offsets[row] ?? -1, offsets[row + 1] ?? -1];
    check(start <= end && end <= bytes.length, "offsets ascend");
  }
  return {
    cellAt: (row) => plainDecode(bytes.slice(offsets[row], offsets[row + 1])),
    isNullAt: (row) => offsets[row] === offsets[row + 1],
  };
}

function checkStats(block: Block, cells: readonly Cell[], texts: readonly string[]): void {
  const { min, max, nulls } = block.stats;
  const present = cells.filter((cell) => cell !== undefined);
  check(nulls === cells.length - present.length, "stats.nulls");
  check((nulls === 0) === (block.validity === undefined), "validity is there when there are nulls");
  if ("offsets" in block || "starts" in block) return;
  const codes = new Map(texts.map((text, code) => [text, code]));
  const numbers = present.map((cell) => (typeof cell === "string" ? codes.get(cell) : cell));
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let exact: readonly [bigint, bigint] | undefined;
  for (const number of numbers) {
    if (typeof number === "bigint") {
      exact ??= [BigInt(min), BigInt(max)];
      check(exact[0] <= number && number <= exact[1], "int64 stats enclose");
      continue;
    }
    if (typeof number === "number" && number < least) least = number;
    if (typeof number === "number" && number > most) most = number;
  }
  if (!(block.values instanceof BigInt64Array))
    check(least === min && most === max, `stats ${min}..${max}, not ${least}..${most}`);
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`broken promise: ${what}`);
}
