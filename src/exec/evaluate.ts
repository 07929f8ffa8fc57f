// Predicates over a block: binds an expression once, then writes truth values (0, 1, 2) block after block.
// Called by filter.ts, scan.ts and whoever needs a bool by row. What must stay true: the answer is that of the null rules
// in plan/expr.ts, whichever way it is computed: by dictionary value, by trace, or row by row.

import { invariant } from "../base/assert.ts";
import { BLOCK_ROWS, isPresent } from "../columns/column.ts";
import { mapCodes } from "../kernels/compare.ts";
import { andInto, notInto, orInto, UNKNOWN } from "../kernels/logic.ts";
import { takeTruth } from "../kernels/take.ts";
import type { ColumnRef, Expr, Junction, Predicate } from "../plan/expr.ts";
import { isPredicate, referencesOf, rowTables } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import { bindCompare, bindIn, bindIsNull, bindMatch, constantTruth } from "./leaf-predicates.ts";
import { liftToDictionary, type TruthSource } from "./lift.ts";
import type { Scope } from "./scope.ts";
import { existsByTrace, truthOfTraces } from "./trace-truth.ts";

export type { TruthSource } from "./lift.ts";

/** Binds an expression of type `bool`. Throws E_COLUMN_NOT_LOADED, E_FILTER_REGEX. */
export function bindTruth(expr: Expr, scope: Scope): TruthSource {
  return bindAt(expr, scope, 0);
}

/** `depth`: nesting of AND and OR above, each of which holds a scratch array of its own. */
function bindAt(expr: Expr, scope: Scope, depth: number): TruthSource {
  const lifted = liftToDictionary(expr, scope, bindTruth);
  if (lifted !== undefined) {
    const { source, table } = lifted;
    return (batch, out) => mapCodes({ codes: source.codes(batch), table }, batch.rows, out);
  }
  if (isPredicate(expr) && isOnlyOfTraces(expr, scope)) {
    const truth = truthOfTraces(expr, scope, bindTruth);
    const index = scope.traceRows();
    return ({ block, rows }, out) => {
      const from = index.blocks[block];
      if (from !== undefined) takeTruth({ truth, index: from.values }, rows, out);
    };
  }
  return bindNode(expr, scope, depth);
}

/** Row by row, by the kind of the node. */
function bindNode(expr: Expr, scope: Scope, depth: number): TruthSource {
  const place = { scope, depth, bind: (operand: Expr) => bindAt(operand, scope, depth + 1) };
  switch (expr.kind) {
    case "truth":
      return constantTruth(expr.value);
    case "literal":
      return constantTruth(expr.value === null ? null : expr.value === true);
    case "column":
      return boolColumn(expr, scope);
    case "compare":
      return bindCompare(expr, place);
    case "match":
      return bindMatch(expr, scope);
    case "in":
      return bindIn(expr, scope);
    case "is-null":
      return bindIsNull(expr, place);
    case "not": {
      const operand = bindAt(expr.operand, scope, depth);
      return (batch, out) => {
        operand(batch, out);
        notInto(out, batch.rows, out);
      };
    }
    case "and":
    case "or":
      return bindJunction(expr, scope, depth);
    case "exists": {
      const found = existsByTrace(expr, scope, bindTruth);
      return ({ block, length }, out) => out.set(found.subarray(block * BLOCK_ROWS, block * BLOCK_ROWS + length));
    }
    default:
      invariant(false, `${expr.kind} is no predicate`);
  }
}

/** A predicate on the owning trace of spans or assessments. Under a lift, its one reference is a dictionary instead. */
function isOnlyOfTraces(predicate: Predicate, scope: Scope): boolean {
  if (scope.table.name === "traces" || scope.lifted !== undefined) return false;
  const tables = rowTables(predicate);
  return tables.size === 1 && tables.has("traces");
}

function boolColumn(expr: ColumnRef, scope: Scope): TruthSource {
  const column = scope.column(expr);
  invariant(
    column.type === "bool" && expr.table === scope.table.name,
    `${expr.table}.${expr.name} is a bool of the table`,
  );
  return ({ block, rows }, out) => {
    const from = column.blocks[block];
    if (from === undefined) return;
    const { positions, count } = rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      out[row] = isPresent(from.validity, row) ? from.values[row]! : UNKNOWN;
    }
  };
}

function bindJunction({ kind, operands }: Junction, scope: Scope, depth: number): TruthSource {
  const [first, ...others] = operands.map((operand) => ({
    source: bindAt(operand, scope, depth + 1),
    isDear: referencesOf(operand).some((reference) => reference.kind === "payload"),
  }));
  if (first === undefined) return constantTruth(kind === "and");
  const combine = kind === "and" ? andInto : orInto;
  const settled = kind === "and" ? 0 : 1;
  return (batch, out) => {
    first.source(batch, out);
    const other = scope.truthAt(depth);
    for (const { source, isDear } of others) {
      const open = isDear ? unsettled(batch, out, settled) : batch;
      source(open, other);
      combine(out, other, open.rows);
    }
  };
}

/** The rows that are not decided yet: only for them is payload read. */
function unsettled(batch: Batch, truth: Uint8Array, settled: 0 | 1): Batch {
  const { positions, count } = batch.rows;
  const open = new Uint32Array(count);
  let kept = 0;
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    open[kept] = row;
    if (truth[row] !== settled) kept += 1;
  }
  return { ...batch, rows: { positions: open, count: kept } };
}
