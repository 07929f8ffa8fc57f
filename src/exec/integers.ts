// Exact 64-bit integers by row: columns of type int64, and expressions of numbers whose column holds int64.
// Called by numbers.ts and by whoever has an exact way for integers: predicates, sort keys, group keys, measures.
// What must stay true: a column of integers within 2^53 is float64, has no such source, and takes the ways of numbers.

import { invariant } from "../base/assert.ts";
import type { Int64Column } from "../columns/column.ts";
import type { Int64Values } from "../kernels/compare.ts";
import { takeInt64s } from "../kernels/int64.ts";
import type { ColumnRef, Expr } from "../plan/expr.ts";
import type { IntegerResult } from "../plan/result.ts";
import { exprKey } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import type { Scope } from "./scope.ts";

/** An exact 64-bit integer a row. */
export interface Int64Source {
  /** Values by row of the block; the arrays are not to be written, and may hold until the source is asked again. */
  values(batch: Batch): Int64Values;
}

/** Binds a column of type `int64`. Throws E_COLUMN_NOT_LOADED. */
export function bindInt64(expr: Expr, scope: Scope): Int64Source {
  invariant(expr.kind === "column", "an int64 operand is a column");
  const column = scope.column(expr);
  invariant(column.type === "int64", `${expr.table}.${expr.name} holds int64`);
  return columnIntegers(column, expr, scope);
}

/**
 * The exact integers of an expression of type `number`; undefined when its numbers are float64. A sum of two is: where an
 * operand passes 2^53 it is rounded. Throws E_COLUMN_NOT_LOADED.
 */
export function bindIntegers(expr: Expr, scope: Scope): Int64Source | undefined {
  return scope.once(`integers ${exprKey(expr)}`, () => {
    if (expr.kind === "column") {
      const column = scope.column(expr);
      return column.type === "int64" ? columnIntegers(column, expr, scope) : undefined;
    }
    const [first] = expr.kind === "call" && expr.fn === "or_zero" ? expr.args : [];
    const source = first === undefined ? undefined : bindIntegers(first, scope);
    // A missing value is 0n in the array already.
    return source && { values: (batch) => ({ values: source.values(batch).values, validity: undefined }) };
  });
}

function columnIntegers(column: Int64Column, ref: ColumnRef, scope: Scope): Int64Source {
  if (ref.table === scope.table.name) {
    const none = { values: new BigInt64Array(0), validity: undefined };
    return { values: ({ block }) => column.blocks[block] ?? none };
  }
  invariant(ref.table === "traces", `rows of ${scope.table.name} have one trace, not one row of ${ref.table}`);
  const index = scope.traceRows();
  const out = {
    values: new BigInt64Array(scope.batchRows),
    validity: new Uint8Array(Math.ceil(scope.batchRows / 8)),
  };
  return {
    values({ block, rows }) {
      const from = index.blocks[block];
      if (from !== undefined) takeInt64s({ blocks: column.blocks, index: from.values }, rows, out);
      return out;
    },
  };
}

/** The groups at `order`, which may be fewer than all. */
export function takeIntegers(column: IntegerResult, order: ArrayLike<number>): IntegerResult {
  const values = new BigInt64Array(order.length);
  const missing = new Uint8Array(order.length);
  for (let i = 0; i < order.length; i += 1) {
    values[i] = column.values[order[i]!]!;
    missing[i] = column.missing[order[i]!]!;
  }
  return { ...column, values, missing };
}
