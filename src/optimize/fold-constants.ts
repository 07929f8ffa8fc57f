// Rule fold-constants: what no row can change is computed now.
//
// before   filter traces.total_tokens > add(100, 1) AND NULL = 'x' AND 1 < 2
// after    filter traces.total_tokens > 101 AND UNKNOWN AND TRUE
// not for  'a' < 'b' (text order is the kernels' business), x IN () (false where x is there, unknown where it is missing),
//          or a comparison of a column with itself: x = x is unknown where x is missing.

import type { Call, Compare, Expr, InList, Literal, Predicate } from "../plan/expr.ts";
import { rewriteExpressions } from "../plan/visit.ts";
import type { Rule } from "./rule.ts";

/** Folds calls and comparisons of literals. */
export const foldConstants: Rule = {
  name: "fold-constants",
  doc: "computes calls and comparisons of constants",
  apply: (plan) =>
    rewriteExpressions(plan, {
      expr: (expr) => (expr.kind === "call" ? foldCall(expr) : undefined),
      predicate: (predicate) => foldPredicate(predicate),
    }),
};

function numberLiteral(value: number | null): Literal {
  return { kind: "literal", value, type: "number" };
}

function foldCall({ fn, args }: Call): Expr | undefined {
  const values: (number | null)[] = [];
  for (const arg of args) {
    if (arg.kind !== "literal" || (arg.value !== null && typeof arg.value !== "number")) return undefined;
    values.push(arg.value);
  }
  const [first, second] = values;
  if (fn === "or_zero") return numberLiteral(first ?? 0);
  if (fn !== "add") return undefined;
  if (first === null || second === null) return numberLiteral(null);
  return first === undefined || second === undefined ? undefined : numberLiteral(first + second);
}

function truth(value: boolean | null): Predicate {
  return { kind: "truth", value, type: "bool" };
}

function foldPredicate(predicate: Predicate): Predicate | undefined {
  switch (predicate.kind) {
    case "compare":
      return foldCompare(predicate);
    case "match":
      return predicate.operand.kind === "literal" && predicate.operand.value === null ? truth(null) : undefined;
    case "in":
      return foldIn(predicate);
    case "is-null":
      return predicate.operand.kind === "literal" ? truth(predicate.operand.value === null) : undefined;
    default:
      return undefined;
  }
}

function foldIn({ operand, values }: InList): Predicate | undefined {
  if (operand.kind !== "literal") return undefined;
  const { value } = operand;
  if (value === null || Number.isNaN(value)) return truth(null);
  if (typeof value === "boolean") return undefined;
  return truth(values.includes(value));
}

function foldCompare({ op, left, right }: Compare): Predicate | undefined {
  const missing = (expr: Expr): boolean => expr.kind === "literal" && expr.value === null;
  if (missing(left) || missing(right)) return truth(null);
  if (left.kind !== "literal" || right.kind !== "literal") return undefined;
  const a = left.value;
  const b = right.value;
  if (typeof a === "string" || typeof b === "string") {
    return op === "=" ? truth(a === b) : op === "!=" ? truth(a !== b) : undefined;
  }
  if (a === null || b === null || Number.isNaN(a) || Number.isNaN(b)) return truth(null);
  switch (op) {
    case "=":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
    case "<":
      return truth(a < b);
    case "<=":
      return truth(a <= b);
    case ">":
      return truth(a > b);
    case ">=":
      return truth(a >= b);
  }
}
