// Sort keys as float64 ranks: the smaller comes first, infinity is missing. They cost less than the keys of a whole sort,
// and are enough to tell rows that cannot be among the first.
// Called by top-rows.ts. What must stay true: of two rows with different ranks, the one with the smaller comes first;
// that rows of one rank have equal keys is true only where `isExact` says so.

import { invariant, unreachable } from "../base/assert.ts";
import { BLOCK_ROWS, isPresent } from "../columns/column.ts";
import { sortOrder } from "../kernels/sort.ts";
import { textKeys } from "../kernels/sort-keys.ts";
import type { Expr, ValueType } from "../plan/expr.ts";
import type { SortKey } from "../plan/logical.ts";
import type { Batch } from "./batch.ts";
import { bindTruth } from "./evaluate.ts";
import { granulesOf } from "./granules.ts";
import { bindInt64, bindIntegers } from "./integers.ts";
import { type Choice, lastNumbers, lastTexts } from "./last-assessments.ts";
import { bindNumber } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import type { ByteSource, TextDictionary } from "./text-source.ts";
import { bindText } from "./texts.ts";

/** The ranks of one sort key. */
export interface RankSource {
  /** Writes the rank of the i-th row of the batch to `out[i]`. */
  ranks(batch: Batch, out: Float64Array): void;
  /** Whether rows of this rank have equal keys. */
  isExact(rank: number): boolean;
  /** No row of the block has a smaller rank; undefined where that is not known without reading it. */
  least?(block: number): number | undefined;
  /** As `least` for each granule of the block. */
  leastOfGranules?(block: number): Float64Array | undefined;
}

const MISSING = Number.POSITIVE_INFINITY;

/** Binds a sort key of rows. Throws E_COLUMN_NOT_LOADED. */
export function bindRanks({ by, descending, ofLast }: SortKey, scope: Scope): RankSource {
  invariant(!("output" in by), "rows are sorted by expressions");
  const sign = descending ? -1 : 1;
  if (ofLast !== undefined) {
    invariant(by.kind === "column", "of assessments, a column is taken");
    return lastRanks({ by, ofLast }, sign, scope);
  }
  const type: ValueType = by.type;
  switch (type) {
    case "number":
      return numberRanks(by, sign, scope);
    case "bool": {
      const truth = new Uint8Array(scope.batchRows);
      const source = bindTruth(by, scope);
      const ranks = byRow((row) => (truth[row]! > 1 ? MISSING : sign * truth[row]!));
      return {
        ranks(batch, out) {
          source(batch, truth);
          ranks(batch, out);
        },
        isExact: () => true,
      };
    }
    case "int64":
      return int64Ranks(by, sign, scope);
    case "text":
      return textRanks(by, sign, scope);
    default:
      return unreachable(type);
  }
}

/** Ranks from what a row of the block says. */
function byRow(rankAt: (row: number) => number): RankSource["ranks"] {
  return ({ rows }, out) => {
    const { positions, count } = rows;
    for (let i = 0; i < count; i += 1) out[i] = rankAt(positions === undefined ? i : positions[i]!);
  };
}

/** An infinite number shares the rank of the largest finite one: infinity is for the missing. */
function rankOf(value: number, sign: 1 | -1): number {
  return Number.isNaN(value) ? MISSING : Math.min(sign * value, Number.MAX_VALUE);
}

const isExactNumber = (rank: number): boolean => rank !== Number.MAX_VALUE;
/** Of integers that may be beyond 2^53, where neighbours share a rank. */
const isExactInteger = (rank: number): boolean => rank === MISSING || Math.abs(rank) < 2 ** 53;

function numberRanks(by: Expr, sign: 1 | -1, scope: Scope): RankSource {
  const source = bindNumber(by, scope);
  return {
    ranks(batch, out) {
      const values = source.values(batch);
      const { positions, count } = batch.rows;
      for (let i = 0; i < count; i += 1) out[i] = rankOf(values[positions === undefined ? i : positions[i]!]!, sign);
    },
    isExact: bindIntegers(by, scope) === undefined ? isExactNumber : isExactInteger,
    least(block) {
      const stats = source.stats?.(block);
      if (stats === undefined) return undefined;
      return stats.min > stats.max ? MISSING : rankOf(sign > 0 ? stats.min : stats.max, sign);
    },
    leastOfGranules(block) {
      const values = source.column?.blocks[block]?.values;
      if (values === undefined) return undefined;
      const { mins, maxs } = granulesOf(values);
      return mins.map((min, granule) => {
        const max = maxs[granule]!;
        return min > max ? MISSING : rankOf(sign > 0 ? min : max, sign);
      });
    },
  };
}

/** Rounded to float64, which keeps their order but for neighbours. */
function int64Ranks(by: Expr, sign: 1 | -1, scope: Scope): RankSource {
  const source = bindInt64(by, scope);
  return {
    ranks(batch, out) {
      const { values, validity } = source.values(batch);
      byRow((row) => (isPresent(validity, row) ? sign * Number(values[row]!) : MISSING))(batch, out);
    },
    isExact: (rank) => rank === MISSING,
  };
}

function lastRanks(choice: Choice, sign: 1 | -1, scope: Scope): RankSource {
  const at = ({ block }: Batch): number => block * BLOCK_ROWS;
  if (choice.by.type === "number") {
    const numbers = lastNumbers(choice, scope, bindTruth);
    return {
      ranks: (batch, out) => byRow((row) => rankOf(numbers[at(batch) + row]!, sign))(batch, out),
      isExact: isExactNumber,
    };
  }
  const { codes, dictionary } = lastTexts(choice, scope, bindTruth);
  const places = placesOf(dictionary);
  return {
    ranks: (batch, out) => byRow((row) => placeOf(places, codes[at(batch) + row]!, sign))(batch, out),
    isExact: () => true,
  };
}

/** Dictionaries of more values are not sorted for their order: their texts are looked at by their first bytes. */
const MOST_SORTED = BLOCK_ROWS;

function textRanks(by: Expr, sign: 1 | -1, scope: Scope): RankSource {
  const source = bindText(by, scope);
  if (source.kind === "bytes") return byteRanks(source, sign);
  const { dictionary } = source;
  if (dictionary.size > MOST_SORTED) {
    const { offsets, bytes } = dictionary;
    const ranks = (batch: Batch, out: Float64Array): void => {
      const codes = source.codes(batch);
      byRow((row) => (codes[row]! < 0 ? MISSING : sign * firstBytes({ offsets, bytes }, codes[row]!)))(batch, out);
    };
    return { ranks, isExact: (rank) => rank === MISSING };
  }
  const places = placesOf(dictionary);
  return {
    ranks(batch, out) {
      const codes = source.codes(batch);
      byRow((row) => placeOf(places, codes[row]!, sign))(batch, out);
    },
    isExact: () => true,
  };
}

/** Where each text of a dictionary stands in their order. */
function placesOf({ size, offsets, bytes }: TextDictionary): Uint32Array {
  const rows = Int32Array.from({ length: size }, (_, code) => code);
  const places = new Uint32Array(size);
  sortOrder(size, [textKeys({ offsets, bytes, rows }, false)]).forEach((code, place) => {
    places[code] = place;
  });
  return places;
}

function placeOf(places: Uint32Array, code: number, sign: 1 | -1): number {
  return code < 0 ? MISSING : sign * places[code]!;
}

function byteRanks(source: ByteSource, sign: 1 | -1): RankSource {
  return {
    ranks(batch, out) {
      const texts = source.texts(batch);
      byRow((row) => (isPresent(texts.validity, row) ? sign * firstBytes(texts, row) : MISSING))(batch, out);
    },
    isExact: (rank) => rank === MISSING,
  };
}

/** As many bytes as a float64 holds as one exact number. */
const FIRST_BYTES = 6;

function firstBytes({ offsets, bytes }: { offsets: Int32Array; bytes: Uint8Array }, text: number): number {
  const start = offsets[text]!;
  const length = offsets[text + 1]! - start;
  let number = 0;
  for (let i = 0; i < FIRST_BYTES; i += 1) number = number * 256 + (i < length ? bytes[start + i]! : 0);
  return number;
}
