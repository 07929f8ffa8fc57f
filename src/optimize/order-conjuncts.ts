// Rule order-conjuncts: in AND and OR, what is cheap and decides much comes first. A filter looks with each conjunct only
// at the rows that the ones before it left.
//
// before   filter traces.trace_id RLIKE 'ab+c' AND traces.execution_duration_ms > 5 AND traces.state = 'OK'
// after    filter traces.state = 'OK' AND traces.execution_duration_ms > 5 AND traces.trace_id RLIKE 'ab+c'
// not for  conjuncts of equal cost, which keep their order: plans must not depend on a sort's whims.

import type { Expr, Predicate } from "../plan/expr.ts";
import { operandsOf, rewriteExpressions } from "../plan/visit.ts";
import type { Rule } from "./rule.ts";

/** Orders the operands of AND and OR by cost. */
export const orderConjuncts: Rule = {
  name: "order-conjuncts",
  doc: "puts cheap and selective predicates first",
  apply: (plan) => rewriteExpressions(plan, { predicate: order }),
};

function order(predicate: Predicate): Predicate | undefined {
  if (predicate.kind !== "and" && predicate.kind !== "or") return undefined;
  const costs = new Map(predicate.operands.map((operand) => [operand, cost(operand)]));
  const operands = [...predicate.operands].sort((a, b) => (costs.get(a) ?? 0) - (costs.get(b) ?? 0));
  return operands.every((operand, i) => operand === predicate.operands[i]) ? undefined : { ...predicate, operands };
}

/** Columns of mostly distinct texts, where each row has bytes of its own to look at. */
const TEXT_BY_ROW = new Set([
  "trace_id",
  "client_request_id",
  "span_id",
  "parent_span_id",
  "assessment_id",
  "overrides",
]);

/** Rough cost of a row that is not decided, divided by how much a predicate of its kind decides. */
function cost(expr: Expr): number {
  switch (expr.kind) {
    case "truth":
    case "literal":
      return 0;
    case "column":
      return expr.type === "text" && TEXT_BY_ROW.has(expr.name) ? 20 : expr.type === "int64" ? 3 : 1;
    case "key":
      return 1;
    case "payload":
      return 10_000;
    case "exists":
      return 2;
    case "compare":
      // Equality leaves few rows, a range more, an inequality nearly all.
      return below(expr) * (expr.op === "=" ? 1 : expr.op === "!=" ? 3 : 2);
    case "match":
      return below(expr) * (expr.mode === "rlike" ? 8 : 4);
    case "in":
      return below(expr) * 1.5;
    case "is-null":
      return below(expr) * 2.5;
    default:
      return below(expr) + 1;
  }
}

function below(expr: Expr): number {
  return operandsOf(expr).reduce((sum, operand) => sum + cost(operand), 0);
}
