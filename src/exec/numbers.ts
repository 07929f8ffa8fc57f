// Numbers by row: columns, columns of the owning trace, functions. Of a column that holds int64 the nearest float64.
// Called by evaluate.ts, group-keys.ts, measures.ts, bucket.ts and sort.ts. What must stay true: NaN is null; an array
// marked stable belongs to a column and is never written, any other holds until the source is asked again.

import { invariant, unreachable } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { BlockStats, Float64Column, Int32Column, Int64Column } from "../columns/column.ts";
import { int64ToNumbers } from "../kernels/int64.ts";
import { mapToNumbers, takeNumbers } from "../kernels/take.ts";
import { numberOfText } from "../kernels/text.ts";
import type { Call, ColumnRef, Expr } from "../plan/expr.ts";
import { exprKey } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import { bindIntegers, type Int64Source } from "./integers.ts";
import type { Scope } from "./scope.ts";
import type { TextSource } from "./text-source.ts";
import { bindText } from "./texts.ts";
import { statsOfTraces } from "./zones.ts";

/** A number a row. */
export interface NumberSource {
  /** Values by row of the block; NaN where null. */
  values(batch: Batch): Float64Array;
  /** Whether the arrays are a column's own memory. */
  readonly stable: boolean;
  /** Bounds of the numbers of a block, and at least as many nulls as it has; where they are known. */
  stats?(block: number): BlockStats | undefined;
  /** The table's own column that the numbers are, as they stand. */
  readonly column?: Float64Column;
}

/** Binds an expression of type `number`. Throws E_COLUMN_NOT_LOADED. */
export function bindNumber(expr: Expr, scope: Scope): NumberSource {
  return scope.once(`number ${exprKey(expr)}`, () => {
    switch (expr.kind) {
      case "column":
        return columnNumbers(expr, scope);
      case "literal":
        return constantNumbers(expr.value === null ? Number.NaN : Number(expr.value), scope);
      case "call":
        return callNumbers(expr, scope);
      default:
        invariant(false, `${expr.kind} is no number`);
    }
  });
}

function constantNumbers(value: number, scope: Scope): NumberSource {
  const values = new Float64Array(scope.batchRows).fill(value);
  return { values: () => values, stable: true };
}

function columnNumbers(ref: ColumnRef, scope: Scope): NumberSource {
  const column = scope.column(ref);
  const integers = column.type === "int64" ? bindIntegers(ref, scope) : undefined;
  if (column.type === "int64" && integers !== undefined) return nearestNumbers(column, { ref, integers }, scope);
  invariant(column.type === "float64" || column.type === "int32", `${ref.table}.${ref.name} holds numbers`);
  return ref.table === scope.table.name ? ownNumbers(column, scope) : traceNumbers(column, ref, scope);
}

function ownNumbers(column: Float64Column | Int32Column, scope: Scope): NumberSource {
  const stats = (block: number) => column.blocks[block]?.stats;
  if (column.type === "float64") {
    const values = ({ block }: Batch): Float64Array => column.blocks[block]?.values ?? new Float64Array(0);
    return { values, stable: true, stats, column };
  }
  const out = new Float64Array(scope.batchRows);
  const values = ({ block }: Batch): Float64Array => {
    const from = column.blocks[block];
    // `set` converts int32 to float64.
    if (from !== undefined) out.set(from.values);
    return out;
  };
  return { values, stable: false, stats };
}

function nearestNumbers(
  column: Int64Column,
  { ref, integers }: { readonly ref: ColumnRef; readonly integers: Int64Source },
  scope: Scope,
): NumberSource {
  const out = new Float64Array(scope.batchRows);
  const values = (batch: Batch): Float64Array => {
    int64ToNumbers(integers.values(batch), batch.rows, out);
    return out;
  };
  if (ref.table !== scope.table.name) return { values, stable: false };
  return { values, stable: false, stats: (block) => column.blocks[block]?.stats };
}

function traceNumbers(column: Float64Column | Int32Column, ref: ColumnRef, scope: Scope): NumberSource {
  invariant(ref.table === "traces", `rows of ${scope.table.name} have one trace, not one row of ${ref.table}`);
  const index = scope.traceRows();
  const blocks = column.blocks.map((block) => block.values);
  const out = new Float64Array(scope.batchRows);
  const values = ({ block, rows }: Batch): Float64Array => {
    const from = index.blocks[block];
    if (from !== undefined) takeNumbers({ blocks, index: from.values }, rows, out);
    return out;
  };
  const stats = (block: number) => statsOfTraces(column.blocks, index.blocks[block]?.stats);
  return { values, stable: false, stats };
}

function callNumbers(call: Call, scope: Scope): NumberSource {
  const [first, second] = call.args;
  switch (call.fn) {
    case "add":
      invariant(first !== undefined && second !== undefined, "add has two arguments");
      return sumOfTwo(bindNumber(first, scope), bindNumber(second, scope), scope);
    case "or_zero":
      invariant(first !== undefined, "or_zero has an argument");
      return orZero(bindNumber(first, scope), scope);
    case "to_number":
      invariant(first !== undefined, "to_number has an argument");
      return numbersOfTexts(bindText(first, scope), scope);
    case "lower":
      throw new EngineError("E_INTERNAL", "lower gives a text");
    default:
      return unreachable(call.fn);
  }
}

function sumOfTwo(left: NumberSource, right: NumberSource, scope: Scope): NumberSource {
  const out = new Float64Array(scope.batchRows);
  const values = (batch: Batch): Float64Array => {
    const a = left.values(batch);
    const b = right.values(batch);
    const { positions, count } = batch.rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      out[row] = a[row]! + b[row]!;
    }
    return out;
  };
  return { values, stable: false };
}

function orZero(source: NumberSource, scope: Scope): NumberSource {
  const out = new Float64Array(scope.batchRows);
  const values = (batch: Batch): Float64Array => {
    const from = source.values(batch);
    const { positions, count } = batch.rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      out[row] = Number.isNaN(from[row]!) ? 0 : from[row]!;
    }
    return out;
  };
  return { values, stable: false };
}

function numbersOfTexts(source: TextSource, scope: Scope): NumberSource {
  const out = new Float64Array(scope.batchRows);
  if (source.kind === "codes") {
    const { size, offsets, bytes } = source.dictionary;
    const table = new Float64Array(size + 1).fill(Number.NaN);
    for (let code = 0; code < size; code += 1) {
      table[code + 1] = numberOfText(bytes, offsets[code]!, offsets[code + 1]!);
    }
    const values = (batch: Batch): Float64Array => {
      mapToNumbers({ codes: source.codes(batch), table }, batch.rows, out);
      return out;
    };
    return { values, stable: false };
  }
  const values = (batch: Batch): Float64Array => {
    const { offsets, bytes } = source.texts(batch);
    const { positions, count } = batch.rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      // A missing text is empty, and an empty text is no number.
      out[row] = numberOfText(bytes, offsets[row]!, offsets[row + 1]!);
    }
    return out;
  };
  return { values, stable: false };
}
