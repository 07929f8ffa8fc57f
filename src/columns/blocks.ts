// Finishes blocks: raw arrays in, blocks with validity and stats out, and columns of them.
// Called by the builders at seal, by take-rows.ts and by whoever has whole arrays (synthetic data, tests).
// What must stay true: a block without a value shares the memory of one null block of its type.

import { bitmapBytes, packBits } from "./bitmap.ts";
import { type BlockScan, scanCodes, scanFlags, scanFloat64, scanInt32, scanInt64 } from "./block-scan.ts";
import {
  BLOCK_ROWS,
  type BoolBlock,
  type Column,
  type DictionaryBlock,
  type Float64Block,
  type Int32Block,
  type Int64Block,
  NULL_CODE,
  type PlaceBlock,
  type Utf8Block,
} from "./column.ts";
import { sharedBuffer, sharedBytes, sharedInt32 } from "./memory.ts";
import { emptyStats, int32Stats } from "./stats.ts";

/** A flag of `BoolBuilder` for a row without a value. */
export const NULL_FLAG = 2;

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

// Validity, offsets and values have buffers of their own: arrow-js merges overlapping buffers that it writes one after
// the other (joinUint8Arrays), so that no block may use the same memory for two of its buffers.
const noBits = once(() => sharedBytes(BLOCK_ROWS / 8));
const noOffsets = once(() => sharedInt32(BLOCK_ROWS + 1));
const zeros = once(() => sharedBuffer(BLOCK_ROWS * 8));
const noNumbers = once(() => new Float64Array(sharedBuffer(BLOCK_ROWS * 8)).fill(Number.NaN));
const noCodes = once(() => sharedInt32(BLOCK_ROWS).fill(NULL_CODE));

/** Whether `array` is memory that all null blocks share, so that no column accounts for it. */
export function isNullMemory(array: ArrayBufferView): boolean {
  const shared = [noBits().buffer, noOffsets().buffer, zeros(), noNumbers().buffer, noCodes().buffer];
  return shared.includes(array.buffer);
}

function noneValid(length: number): Uint8Array {
  return noBits().subarray(0, bitmapBytes(length));
}

/** The scan of `length` nulls. */
function nothing(length: number): BlockScan {
  return { stats: emptyStats(length), validity: undefined };
}

/** A block of numbers, NaN where null; `undefined`: `length` nulls. */
export function float64Block(values: Float64Array | undefined, length: number): Float64Block {
  const scan = values === undefined ? nothing(length) : scanFloat64(values);
  if (values === undefined || scan.stats.nulls === length) {
    return { ...scan, length, values: noNumbers().subarray(0, length), validity: noneValid(length) };
  }
  return { ...scan, length, values };
}

/** A block of whole numbers; `undefined`: `length` zeros, in memory of its own. Never null. */
export function int32Block(values: Int32Array | undefined, length: number): Int32Block {
  const present = values ?? sharedInt32(length);
  return { length, values: present, validity: undefined, stats: scanInt32(present) };
}

/** A block of int64 values. `present`: 1 where there is a value; absent slots of `values` hold 0n. */
export function int64Block(
  values: BigInt64Array | undefined,
  present: Uint8Array | undefined,
  length: number,
): Int64Block {
  const scan = values === undefined || present === undefined ? nothing(length) : scanInt64(values, present);
  if (values === undefined || scan.stats.nulls === length) {
    return { ...scan, length, values: new BigInt64Array(zeros(), 0, length), validity: noneValid(length) };
  }
  return { ...scan, length, values };
}

/** A block of truth values from flags 0, 1 and NULL_FLAG, which this call sets to 0 in place. */
export function boolBlock(flags: Uint8Array | undefined, length: number): BoolBlock {
  let nulls = length;
  if (flags !== undefined) {
    nulls = 0;
    for (let i = 0; i < length; i += 1) if (flags[i] === NULL_FLAG) nulls += 1;
  }
  if (flags === undefined || nulls === length) {
    return {
      length,
      values: new Uint8Array(zeros(), 0, length),
      validity: noneValid(length),
      stats: emptyStats(length),
    };
  }
  if (nulls === 0) return { length, values: flags, validity: undefined, stats: int32Stats(flags) };
  const present = flags.map((flag) => (flag === NULL_FLAG ? 0 : 1));
  let min = 1;
  let max = 0;
  for (let i = 0; i < length; i += 1) {
    if (present[i] === 0) {
      flags[i] = 0;
      continue;
    }
    min = Math.min(min, flags[i]!);
    max = Math.max(max, flags[i]!);
  }
  return { length, values: flags, validity: packBits(present, length), stats: { min, max, nulls } };
}

/** A block of dictionary codes, NULL_CODE where null; `undefined`: `length` nulls. */
export function dictionaryBlock(codes: Int32Array | undefined, length: number): DictionaryBlock {
  const scan = codes === undefined ? nothing(length) : scanCodes(codes);
  if (codes === undefined || scan.stats.nulls === length) {
    return { ...scan, length, values: noCodes().subarray(0, length), validity: noneValid(length) };
  }
  return { ...scan, length, values: codes };
}

/** The arrays of a block of texts. `present`: 1 where there is a text. */
export interface TextArrays {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly present: Uint8Array;
}

/** A block of texts; `undefined`: `length` nulls. Stats carry nulls only: text has no minimum here. */
export function utf8Block(arrays: TextArrays | undefined, length: number): Utf8Block {
  const scan = arrays === undefined ? nothing(length) : scanFlags(arrays.present, length);
  if (arrays === undefined || scan.stats.nulls === length) {
    const offsets = noOffsets().subarray(0, length + 1);
    return { ...scan, length, offsets, bytes: noBits().subarray(0, 0), validity: noneValid(length) };
  }
  return { ...scan, length, offsets: arrays.offsets, bytes: arrays.bytes };
}

/** A block of places; a place that ends at 0 is null. */
export function placeBlock(starts: Uint32Array | undefined, ends: Uint32Array | undefined, length: number): PlaceBlock {
  if (starts === undefined || ends === undefined) {
    const none = new Uint32Array(zeros(), 0, length);
    return { length, starts: none, ends: none, validity: noneValid(length), stats: emptyStats(length) };
  }
  const present = new Uint8Array(length);
  let nulls = 0;
  for (let i = 0; i < length; i += 1) {
    present[i] = ends[i] === 0 ? 0 : 1;
    nulls += 1 - present[i]!;
  }
  if (nulls === length) return placeBlock(undefined, undefined, length);
  return {
    length,
    starts,
    ends,
    validity: nulls === 0 ? undefined : packBits(present, length),
    stats: emptyStats(nulls),
  };
}

/** Rows and nulls of blocks in all. */
export function totals(blocks: Column["blocks"]): { length: number; nulls: number } {
  let length = 0;
  let nulls = 0;
  for (const block of blocks) {
    length += block.length;
    nulls += block.stats.nulls;
  }
  return { length, nulls };
}

/** Makes a block of each sealed array of a column of `rows` rows. */
export function finishBlocks<A, B>(
  arrays: readonly (A | undefined)[],
  rows: number,
  finish: (array: A | undefined, length: number, block: number) => B,
): B[] {
  return arrays.map((array, block) => finish(array, Math.min(BLOCK_ROWS, rows - block * BLOCK_ROWS), block));
}
