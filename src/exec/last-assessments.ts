// Values that traces find among their assessments: for each trace the last row that satisfies a predicate.
// Called by sort.ts. What must stay true: rows of a trace are adjacent, so the last one met is the last one loaded.

import { invariant } from "../base/assert.ts";
import { BLOCK_ROWS, type Column } from "../columns/column.ts";
import { allRows } from "../kernels/select.ts";
import type { ColumnRef, Predicate } from "../plan/expr.ts";
import { blockCount, blockLength } from "./batch.ts";
import type { Bind } from "./lift.ts";
import { Scope } from "./scope.ts";
import type { TextDictionary } from "./text-source.ts";

/** What a trace takes of its assessments. */
export interface Choice {
  /** A column of assessments. */
  readonly by: ColumnRef;
  /** True for the assessments of which the last is taken. */
  readonly ofLast: Predicate;
}

/** By trace row: the number found, NaN where there is none. */
export function lastNumbers(choice: Choice, scope: Scope, bind: Bind): Float64Array {
  const inner = new Scope(scope.dataset, "assessments", { shortcuts: scope.shortcuts });
  const column = inner.column(choice.by);
  invariant(column.type === "float64", `${choice.by.name} holds numbers`);
  return Float64Array.from(lastRows(choice, { scope, inner, bind }), (row) => valueAt(column, row, Number.NaN));
}

/** By trace row: the code of the text found, -1 where there is none; and the texts. */
export function lastTexts(
  choice: Choice,
  scope: Scope,
  bind: Bind,
): { readonly codes: Int32Array; readonly dictionary: TextDictionary } {
  const inner = new Scope(scope.dataset, "assessments", { shortcuts: scope.shortcuts });
  const column = inner.column(choice.by);
  invariant(column.type === "dictionary", `${choice.by.name} holds texts`);
  const codes = Int32Array.from(lastRows(choice, { scope, inner, bind }), (row) => valueAt(column, row, -1));
  return { codes, dictionary: column.dictionary };
}

function valueAt(column: Extract<Column, { type: "float64" | "dictionary" }>, row: number, none: number): number {
  if (row < 0) return none;
  return column.blocks[Math.floor(row / BLOCK_ROWS)]?.values[row % BLOCK_ROWS] ?? none;
}

/** By trace row: the last assessment that satisfies the predicate, or -1. */
function lastRows(
  { ofLast }: Choice,
  { scope, inner, bind }: { readonly scope: Scope; readonly inner: Scope; readonly bind: Bind },
): Int32Array {
  const last = new Int32Array(scope.table.rows).fill(-1);
  const source = bind(ofLast, inner);
  const index = inner.traceRows();
  const truth = new Uint8Array(inner.batchRows);
  for (let block = 0; block < blockCount(inner.table.rows); block += 1) {
    const length = blockLength(inner.table.rows, block);
    source({ block, length, rows: allRows(length) }, truth);
    const traceRows = index.blocks[block]?.values ?? new Int32Array(0);
    for (let row = 0; row < length; row += 1) {
      if (truth[row] === 1) last[traceRows[row]!] = block * BLOCK_ROWS + row;
    }
  }
  return last;
}
