// The reference for predicates: evaluates any expression on one plain record, in the plainest way.
// Used by plan-oracle.ts and the property tests. Shares nothing with the engine but types: no kernel, planner or column.

import type { TableName } from "../../src/columns/schema.ts";
import type { Expr, Predicate } from "../../src/plan/expr.ts";
import type { Cell, Row, Rows } from "../support/tables.ts";

/** A row: where it stands, and its record. */
export interface At {
  readonly table: TableName;
  readonly position: number;
  readonly row: Row;
}

/** Texts by code point, numbers and bigints by value, false before true. */
export function compareCells(a: Cell, b: Cell): number {
  if (typeof a === "string" && typeof b === "string") {
    const left = [...a];
    const right = [...b];
    for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
      const order = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  }
  const [x, y] = [Number(a), Number(b)];
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The value of an expression on a row; null where missing. -0 is 0. */
export function cellOf(expr: Expr, at: At, rows: Rows): Cell {
  switch (expr.kind) {
    case "column":
    case "payload":
      return plain(ownerOf(expr.table, at, rows)[expr.name] ?? null);
    case "key":
      return ownerOf(expr.table, at, rows)[`${expr.family}.${expr.key}`] ?? null;
    case "literal":
      return plain(expr.value);
    case "call": {
      const values = expr.args.map((arg) => cellOf(arg, at, rows));
      if (expr.fn === "or_zero") return values[0] ?? 0;
      if (values.includes(null)) return null;
      if (expr.fn === "add") return plain(Number(values[0]) + Number(values[1]));
      if (expr.fn === "lower") return String(values[0]).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      return jsonNumber(String(values[0]));
    }
    default:
      return truthOf(expr, at, rows);
  }
}

function plain(value: Cell): Cell {
  if (typeof value !== "number") return value;
  return Number.isNaN(value) ? null : value + 0;
}

function jsonNumber(text: string): number | null {
  if (!/^-?\d/.test(text) || text.trim() !== text) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "number" && Number.isFinite(value) ? value + 0 : null;
  } catch {
    return null;
  }
}

function ownerOf(table: TableName, at: At, rows: Rows): Row {
  if (table === at.table) return at.row;
  return rows.traces[Number(at.row["trace_row"])] ?? {};
}

/** The truth of a predicate on a row; null is unknown. */
export function truthOf(predicate: Predicate, at: At, rows: Rows): boolean | null {
  switch (predicate.kind) {
    case "truth":
      return predicate.value;
    case "compare": {
      const a = cellOf(predicate.left, at, rows);
      const b = cellOf(predicate.right, at, rows);
      if (a === null || b === null) return null;
      const order = compareCells(a, b);
      const holds = {
        "=": order === 0,
        "!=": order !== 0,
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
      };
      return holds[predicate.op];
    }
    case "match": {
      const text = cellOf(predicate.operand, at, rows);
      if (text === null) return null;
      if (predicate.mode === "rlike") return new RegExp(predicate.pattern, "u").test(String(text));
      return likeOracle(String(text), predicate.pattern, {
        fold: predicate.mode === "ilike",
        escape: predicate.escape,
      });
    }
    case "in": {
      const value = cellOf(predicate.operand, at, rows);
      return value === null ? null : predicate.values.some((candidate) => compareCells(candidate, value) === 0);
    }
    case "is-null":
      return cellOf(predicate.operand, at, rows) === null;
    case "not": {
      const truth = truthOf(predicate.operand, at, rows);
      return truth === null ? null : !truth;
    }
    case "and":
    case "or": {
      const truths = predicate.operands.map((operand) => truthOf(operand, at, rows));
      const decisive = predicate.kind === "or";
      return truths.includes(decisive) ? decisive : truths.includes(null) ? null : !decisive;
    }
    case "exists":
      return existsOracle(predicate, at, rows);
  }
}

function existsOracle(exists: Extract<Predicate, { kind: "exists" }>, at: At, rows: Rows): boolean {
  const trace = at.table === "traces" ? at.position : Number(at.row["trace_row"]);
  const hits = rows[exists.table].filter(
    (row, position) => truthOf(exists.predicate, { table: exists.table, position, row }, rows) === true,
  );
  if (hits.some((row) => row["trace_row"] === trace)) return true;
  const session = rows.traces[trace]?.["session"] ?? null;
  if (exists.scope !== "session" || session === null) return false;
  return hits.some(
    (row) => (row["session"] ?? null) !== null && rows.traces[Number(row["trace_row"])]?.["session"] === session,
  );
}

/** LIKE by dynamic programming over code points. */
export function likeOracle(text: string, pattern: string, how: { fold: boolean; escape: boolean }): boolean {
  const fold = (s: string): string => (how.fold ? s.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : s);
  const characters = [...fold(text)];
  const tokens: (string | "any" | "one")[] = [];
  const given = [...pattern];
  for (let i = 0; i < given.length; i += 1) {
    const c = given[i] ?? "";
    if (how.escape && c === "\\") {
      i += 1;
      tokens.push(`=${fold(given[i] ?? "\\")}`);
    } else tokens.push(c === "%" ? "any" : c === "_" ? "one" : `=${fold(c)}`);
  }
  let reach = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    for (const from of reach) {
      if (token === "any") for (let to = from; to <= characters.length; to += 1) next.add(to);
      else if (from < characters.length && (token === "one" || token === `=${characters[from]}`)) next.add(from + 1);
    }
    reach = next;
  }
  return reach.has(characters.length);
}
