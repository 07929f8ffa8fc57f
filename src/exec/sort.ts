// Sort: groups by output columns, or rows of a table by expressions; nulls last, equal keys in the order they came in.
// Called by compile.ts; the ordering itself is kernels/sort.ts.

import { invariant, unreachable } from "../base/assert.ts";
import { BLOCK_ROWS, isPresent } from "../columns/column.ts";
import { sortOrder } from "../kernels/sort.ts";
import { int64Keys, numberKeys, type SortKeys, textKeys } from "../kernels/sort-keys.ts";
import type { Expr, ValueType } from "../plan/expr.ts";
import type { Sort } from "../plan/logical.ts";
import type { GroupedResult, ResultColumn, TextResult } from "../plan/result.ts";
import { type Batch, blockLength } from "./batch.ts";
import { bindTruth } from "./evaluate.ts";
import { bindInt64, bindIntegers, type Int64Source, takeIntegers } from "./integers.ts";
import { type Choice, lastNumbers, lastTexts } from "./last-assessments.ts";
import { bindNumber } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import { bindText, encodeText } from "./texts.ts";

/** Sorts groups by output columns; gives the first `first` of them. */
export function sortGroups(result: GroupedResult, { keys, first }: Sort): GroupedResult {
  const sortKeys = keys.map(({ by, descending }) => {
    invariant("output" in by, "groups are sorted by output columns");
    const column = result.columns.find(({ name }) => name === by.output);
    invariant(column !== undefined, `an output column ${by.output}`);
    if (column.kind === "text") return textColumnKeys(column, descending);
    invariant(column.kind !== "bytes", "digests have no order");
    if (column.kind === "integer") return int64Keys(column.values, column.missing, descending);
    return numberKeys(column.values, descending);
  });
  return reorder(result, sortOrder(result.rows, sortKeys, first));
}

/** The groups at `order`, which may be fewer than all. */
export function reorder({ columns }: GroupedResult, order: Uint32Array): GroupedResult {
  const reordered = columns.map((column): ResultColumn => {
    if (column.kind === "text") {
      const codes = new Int32Array(order.length);
      for (let i = 0; i < order.length; i += 1) codes[i] = column.codes[order[i]!]!;
      return { ...column, codes };
    }
    if (column.kind === "integer") return takeIntegers(column, order);
    if (column.kind === "bytes") return { ...column, values: Array.from(order, (at) => column.values[at]) };
    const values = new Float64Array(order.length);
    for (let i = 0; i < order.length; i += 1) values[i] = column.values[order[i]!]!;
    return { ...column, values };
  });
  return { kind: "grouped", rows: order.length, columns: reordered };
}

/** Keys of a text column of a result: of its bytes, or, where it has none, of each distinct code encoded once. */
function textColumnKeys({ codes, text, texts: own }: TextResult, descending: boolean): SortKeys {
  if (own !== undefined) return textKeys({ ...own, rows: codes }, descending);
  const numberOf = new Map<number, number>();
  const texts: Uint8Array[] = [];
  const rows = Int32Array.from(codes, (code) => {
    if (code < 0) return -1;
    const known = numberOf.get(code);
    if (known !== undefined) return known;
    numberOf.set(code, texts.length);
    texts.push(encodeText(text(code)));
    return texts.length - 1;
  });
  return textKeys({ ...packed(texts), rows }, descending);
}

function packed(texts: readonly Uint8Array[]): { readonly offsets: Int32Array; readonly bytes: Uint8Array } {
  const offsets = new Int32Array(texts.length + 1);
  for (let i = 0; i < texts.length; i += 1) offsets[i + 1] = offsets[i]! + (texts[i]?.length ?? 0);
  const bytes = new Uint8Array(offsets[texts.length]!);
  texts.forEach((text, i) => {
    bytes.set(text, offsets[i]);
  });
  return { offsets, bytes };
}

/** Sorts rows of a table; gives the first `first` of them. `positions`: any order, no row twice. */
export function sortRows(
  positions: Uint32Array,
  { keys, first }: Pick<Sort, "keys" | "first">,
  scope: Scope,
): Uint32Array {
  const sortKeys = keys.map(({ by, descending, ofLast }) => {
    invariant(!("output" in by), "rows are sorted by expressions");
    if (ofLast !== undefined) {
      invariant(by.kind === "column", "of assessments, a column is taken");
      return lastKeys(positions, { by, descending, ofLast }, scope);
    }
    return rowKeys(positions, { by, descending }, scope);
  });
  const order = sortOrder(positions.length, sortKeys, first);
  return order.map((at) => positions[at]!);
}

/** Calls `visit` with a batch of each block that holds some of the positions, and the places in `positions` of its rows. */
export function eachBatch(
  positions: Uint32Array,
  scope: Scope,
  visit: (batch: Batch, places: Uint32Array) => void,
): void {
  const places = Uint32Array.from(positions, (_, place) => place);
  // Positions that come from a scan ascend already; to sort them again would cost more than the sort itself.
  if (!isAscending(positions)) places.sort((a, b) => positions[a]! - positions[b]!);
  for (let start = 0; start < places.length; ) {
    const block = Math.floor(positions[places[start]!]! / BLOCK_ROWS);
    let end = start;
    while (end < places.length && Math.floor(positions[places[end]!]! / BLOCK_ROWS) === block) end += 1;
    const here = places.subarray(start, end);
    const rows = { positions: here.map((place) => positions[place]! - block * BLOCK_ROWS), count: here.length };
    visit({ block, length: blockLength(scope.table.rows, block), rows }, here);
    start = end;
  }
}

function isAscending(positions: Uint32Array): boolean {
  for (let i = 1; i < positions.length; i += 1) if (positions[i - 1]! > positions[i]!) return false;
  return true;
}

function rowKeys(
  positions: Uint32Array,
  { by, descending }: { readonly by: Expr; readonly descending: boolean },
  scope: Scope,
): SortKeys {
  const type: ValueType = by.type;
  switch (type) {
    case "number": {
      const integers = bindIntegers(by, scope);
      if (integers !== undefined) return integerRowKeys(positions, { integers, descending }, scope);
      return numberKeys(gatherNumbers(positions, by, scope), descending);
    }
    case "bool":
      return numberKeys(gatherBools(positions, by, scope), descending);
    case "int64":
      return integerRowKeys(positions, { integers: bindInt64(by, scope), descending }, scope);
    case "text":
      return textRowKeys(positions, { by, descending }, scope);
    default:
      return unreachable(type);
  }
}

function integerRowKeys(
  positions: Uint32Array,
  { integers, descending }: { readonly integers: Int64Source; readonly descending: boolean },
  scope: Scope,
): SortKeys {
  const values = new BigInt64Array(positions.length);
  const missing = new Uint8Array(positions.length);
  eachBatch(positions, scope, (batch, places) => {
    const from = integers.values(batch);
    eachPlace(batch, places, (row, place) => {
      values[place] = from.values[row]!;
      missing[place] = Number(!isPresent(from.validity, row));
    });
  });
  return int64Keys(values, missing, descending);
}

function lastKeys(positions: Uint32Array, choice: Choice & { readonly descending: boolean }, scope: Scope): SortKeys {
  const { descending } = choice;
  if (choice.by.type === "number") {
    const numbers = lastNumbers(choice, scope, bindTruth);
    return numberKeys(
      Float64Array.from(positions, (row) => numbers[row]!),
      descending,
    );
  }
  const { codes, dictionary } = lastTexts(choice, scope, bindTruth);
  const { offsets, bytes } = dictionary;
  return textKeys({ offsets, bytes, rows: Int32Array.from(positions, (row) => codes[row]!) }, descending);
}

function eachPlace({ rows }: Batch, places: Uint32Array, visit: (row: number, place: number) => void): void {
  for (let i = 0; i < places.length; i += 1) visit(rows.positions?.[i] ?? i, places[i]!);
}

function gatherNumbers(positions: Uint32Array, by: Expr, scope: Scope): Float64Array {
  const source = bindNumber(by, scope);
  const values = new Float64Array(positions.length);
  eachBatch(positions, scope, (batch, places) => {
    const from = source.values(batch);
    eachPlace(batch, places, (row, place) => {
      values[place] = from[row]!;
    });
  });
  return values;
}

function gatherBools(positions: Uint32Array, by: Expr, scope: Scope): Float64Array {
  const source = bindTruth(by, scope);
  const truth = new Uint8Array(scope.batchRows);
  const values = new Float64Array(positions.length);
  eachBatch(positions, scope, (batch, places) => {
    source(batch, truth);
    eachPlace(batch, places, (row, place) => {
      values[place] = truth[row] === 2 ? Number.NaN : truth[row]!;
    });
  });
  return values;
}

function textRowKeys(
  positions: Uint32Array,
  { by, descending }: { readonly by: Expr; readonly descending: boolean },
  scope: Scope,
): SortKeys {
  const source = bindText(by, scope);
  const rows = new Int32Array(positions.length);
  if (source.kind === "codes") {
    eachBatch(positions, scope, (batch, places) => {
      const codes = source.codes(batch);
      eachPlace(batch, places, (row, place) => {
        rows[place] = codes[row]!;
      });
    });
    const { offsets, bytes } = source.dictionary;
    return textKeys({ offsets, bytes, rows }, descending);
  }
  const texts: Uint8Array[] = [];
  eachBatch(positions, scope, (batch, places) => {
    const { offsets, bytes, validity } = source.texts(batch);
    eachPlace(batch, places, (row, place) => {
      rows[place] = isPresent(validity, row) ? texts.length : -1;
      if (isPresent(validity, row)) texts.push(bytes.subarray(offsets[row], offsets[row + 1]));
    });
  });
  return textKeys({ ...packed(texts), rows }, descending);
}
