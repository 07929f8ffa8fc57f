// Zone maps: what the minimum, maximum and nulls of a block say about a predicate without reading a row.
// Called by filter.ts and scan.ts. What must stay true: `none` only if no row of the block is true, `all` only if every
// row is; a doubt is `some`.

import { BLOCK_ROWS, type BlockStats, type Column, type DictionaryColumn } from "../columns/column.ts";
import type { Compare, Expr, Predicate } from "../plan/expr.ts";
import type { Scope } from "./scope.ts";

/** Which rows of a block a predicate is true for. */
export type Verdict = "none" | "some" | "all";

/** What is known of a predicate on a block of the scope's table; nothing, where the plan allows no zone maps. */
export function zoneVerdict(predicate: Predicate, scope: Scope, block: number): Verdict {
  if (!scope.shortcuts.has("zone-maps")) return "some";
  switch (predicate.kind) {
    case "truth":
      return predicate.value === true ? "all" : "none";
    case "and":
      return verdictOfAll(predicate.operands.map((operand) => zoneVerdict(operand, scope, block)));
    case "or":
      return turned(verdictOfAll(predicate.operands.map((operand) => turned(zoneVerdict(operand, scope, block)))));
    case "is-null":
      return nullVerdict(predicate.operand, scope, block);
    case "not":
      // NOT of anything that can be unknown is not the reverse.
      return predicate.operand.kind === "is-null"
        ? turned(nullVerdict(predicate.operand.operand, scope, block))
        : "some";
    case "compare":
      return compareVerdict(predicate, scope, block);
    default:
      return "some";
  }
}

/** Verdict of an AND. */
export function verdictOfAll(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("none")) return "none";
  return verdicts.includes("some") ? "some" : "all";
}

function turned(verdict: Verdict): Verdict {
  return verdict === "all" ? "none" : verdict === "none" ? "all" : "some";
}

/** The column of an operand of the scope's own table, where it has one. */
function ownColumn(expr: Expr, scope: Scope): Column | undefined {
  if (expr.kind === "column" && expr.table === scope.table.name) return scope.table.columns.get(expr.name);
  if (expr.kind === "key" && expr.table === scope.table.name) return scope.keyColumn(expr);
  return undefined;
}

function nullVerdict(operand: Expr, scope: Scope, block: number): Verdict {
  const found = ownColumn(operand, scope)?.blocks[block];
  if (found === undefined) return "some";
  return found.stats.nulls === 0 ? "none" : found.stats.nulls === found.length ? "all" : "some";
}

function compareVerdict({ op, left, right }: Compare, scope: Scope, block: number): Verdict {
  if (right.kind !== "literal" || right.value === null) return "some";
  const column = ownColumn(left, scope);
  const found = column?.blocks[block];
  if (column === undefined || found === undefined) return "some";
  const { stats } = found;
  if (column.type === "dictionary") {
    return typeof right.value === "string" ? codeVerdict(op, column, { stats, text: right.value }) : "some";
  }
  // The stats of int64 blocks are rounded outward: such a block may be skipped, never taken whole.
  const exact = column.type === "float64" || column.type === "int32";
  if (!exact && column.type !== "int64") return "some";
  if (typeof right.value !== "number" && typeof right.value !== "bigint") return "some";
  const verdict = rangeVerdict(op, stats, right.value);
  return verdict === "all" && (stats.nulls > 0 || !exact) ? "some" : verdict;
}

/** For the values that are there. A bigint is compared as it is: as a float64 it could fall on the wrong side of a bound. */
function rangeVerdict(op: Compare["op"], { min, max }: BlockStats, literal: number | bigint): Verdict {
  if (min > max) return "none";
  switch (op) {
    case "=":
      return literal < min || literal > max ? "none" : min === max && min === literal ? "all" : "some";
    case "!=":
      return min === max && min === literal ? "none" : literal < min || literal > max ? "all" : "some";
    case "<":
      return max < literal ? "all" : min >= literal ? "none" : "some";
    case "<=":
      return max <= literal ? "all" : min > literal ? "none" : "some";
    case ">":
      return min > literal ? "all" : max <= literal ? "none" : "some";
    case ">=":
      return min >= literal ? "all" : max < literal ? "none" : "some";
  }
}

/** Equality with a text: its code lies outside the block's codes, or is the only one. */
function codeVerdict(op: Compare["op"], column: DictionaryColumn, at: { stats: BlockStats; text: string }): Verdict {
  const { min, max, nulls } = at.stats;
  if (op !== "=") return "some";
  const code = column.dictionary.codeOf(at.text);
  if (code < 0 || code < min || code > max) return "none";
  return nulls === 0 && min === max ? "all" : "some";
}

/** Smallest interval that holds the numbers of an own column in the given blocks; undefined when it is not known. */
export function rangeOfBlocks(
  stats: (block: number) => BlockStats | undefined,
  blocks: readonly number[],
): { readonly min: number; readonly max: number } | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const block of blocks) {
    const found = stats(block);
    if (found === undefined) return undefined;
    min = Math.min(min, found.min);
    max = Math.max(max, found.max);
  }
  return { min, max };
}

/** Bounds of the values that rows take of their traces: `rows` are the stats of the rows' trace numbers. */
export function statsOfTraces(
  blocks: readonly { readonly stats: BlockStats }[],
  rows: BlockStats | undefined,
): BlockStats | undefined {
  if (rows === undefined || rows.min < 0) return undefined;
  let [min, max, nulls] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let block = Math.floor(rows.min / BLOCK_ROWS); block <= Math.floor(rows.max / BLOCK_ROWS); block += 1) {
    const stats = blocks[block]?.stats;
    if (stats === undefined) return undefined;
    min = Math.min(min, stats.min);
    max = Math.max(max, stats.max);
    nulls += stats.nulls;
  }
  return { min, max, nulls };
}
