// Rule simplify-predicates: an equal predicate that is shorter to evaluate.
//
// before   filter (traces.state = 'OK' OR traces.state = 'ERROR') AND NOT (traces.user = 'u' OR FALSE) AND TRUE
// after    filter traces.state IN ('OK', 'ERROR') AND traces.user != 'u'
// Also: nested AND and OR are flattened, repeated operands dropped, NOT is pushed inward (De Morgan; comparisons turn).
// At the top of a filter, unknown counts as false. A filter that is TRUE vanishes.
// not for  x = 1 OR NOT x = 1: unknown where x is missing, so no tautology; and NOT (x LIKE 'a'), which has no reverse.

import type { Compare, Expr, InList, Junction, Predicate } from "../plan/expr.ts";
import { exprKey, rewriteExpressions, rewritePlan, rewritePredicate } from "../plan/visit.ts";
import type { Rule } from "./rule.ts";

/** Simplifies predicates by the laws of three-valued logic. */
export const simplifyPredicates: Rule = {
  name: "simplify-predicates",
  doc: "flattens, deduplicates and shortens predicates, and drops filters that are always true",
  apply: (plan) =>
    rewritePlan(rewriteExpressions(plan, { predicate: simplify }), (node) => {
      if (node.kind !== "filter") return node;
      const predicate = asFilter(node.predicate);
      if (predicate.kind === "truth" && predicate.value === true) return node.input;
      return predicate === node.predicate ? node : { ...node, predicate };
    }),
};

const REVERSED: { readonly [op in Compare["op"]]: Compare["op"] } = {
  "=": "!=",
  "!=": "=",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
};

function simplify(predicate: Predicate): Predicate | undefined {
  switch (predicate.kind) {
    case "not":
      return negate(predicate.operand);
    case "and":
    case "or":
      return simplifyJunction(predicate);
    case "in":
      return simplifyIn(predicate);
    default:
      return undefined;
  }
}

/** NOT of a predicate as one without NOT, where there is one. Operands are simple already. */
function negate(operand: Predicate): Predicate | undefined {
  switch (operand.kind) {
    case "not":
      return operand.operand;
    case "truth":
      return { ...operand, value: operand.value === null ? null : !operand.value };
    case "compare":
      return { ...operand, op: REVERSED[operand.op] };
    case "and":
    case "or": {
      const operands = operand.operands.map(
        (inner): Predicate => negate(inner) ?? { kind: "not", operand: inner, type: "bool" },
      );
      return simplifyJunction({ kind: operand.kind === "and" ? "or" : "and", operands, type: "bool" });
    }
    default:
      return undefined;
  }
}

function simplifyJunction(junction: Junction): Predicate {
  const { kind } = junction;
  const absorbing = kind === "or";
  const seen = new Set<string>();
  const kept: Predicate[] = [];
  for (const operand of junction.operands) {
    // Operands are flat themselves: one level is enough.
    for (const part of operand.kind === kind ? operand.operands : [operand]) {
      if (part.kind === "truth" && part.value === absorbing) return { kind: "truth", value: absorbing, type: "bool" };
      const key = exprKey(part);
      if ((part.kind === "truth" && part.value === !absorbing) || seen.has(key)) continue;
      seen.add(key);
      kept.push(part);
    }
  }
  const operands = kind === "or" ? joinEqualities(kept) : kept;
  const [only] = operands;
  if (only === undefined) return { kind: "truth", value: !absorbing, type: "bool" };
  if (operands.length === 1) return only;
  const same =
    operands.length === junction.operands.length && operands.every((part, i) => part === junction.operands[i]);
  return same ? junction : { kind, operands, type: "bool" };
}

/** The operand and values of `x = v` and `x IN (v, ...)`; undefined for anything else. */
function equality(predicate: Predicate): { operand: Expr; values: InList["values"] } | undefined {
  if (predicate.kind === "in") return predicate;
  if (predicate.kind !== "compare" || predicate.op !== "=" || predicate.right.kind !== "literal") return undefined;
  const { value, type } = predicate.right;
  const listable =
    (type === "text" && typeof value === "string") ||
    (type === "number" && (typeof value === "bigint" || (typeof value === "number" && !Number.isNaN(value))));
  return listable ? { operand: predicate.left, values: [value] } : undefined;
}

/** `x = a OR x = b` becomes `x IN (a, b)`, at the place of the first. */
function joinEqualities(operands: readonly Predicate[]): readonly Predicate[] {
  const lists = new Map<string, { at: number; operand: Expr; values: (number | bigint | string)[]; parts: number }>();
  const out: (Predicate | undefined)[] = [];
  for (const predicate of operands) {
    const found = equality(predicate);
    const key = found === undefined ? "" : exprKey(found.operand);
    const list = found === undefined ? undefined : lists.get(key);
    if (found === undefined || list === undefined) {
      if (found !== undefined)
        lists.set(key, { at: out.length, operand: found.operand, values: [...found.values], parts: 1 });
      out.push(predicate);
    } else {
      for (const value of found.values) list.values.push(value);
      list.parts += 1;
    }
  }
  for (const { at, operand, values, parts } of lists.values()) {
    if (parts > 1) out[at] = { kind: "in", operand, values: [...new Set(values)], type: "bool" };
  }
  return out.filter((predicate) => predicate !== undefined);
}

function simplifyIn(list: InList): Predicate | undefined {
  const values = [...new Set(list.values)];
  const [only] = values;
  const { type } = list.operand;
  if (values.length === 1 && only !== undefined && (type === "text" || type === "number")) {
    return {
      kind: "compare",
      op: "=",
      left: list.operand,
      right: { kind: "literal", value: only, type },
      type: "bool",
    };
  }
  return values.length === list.values.length ? undefined : { ...list, values };
}

/** The same for a filter, where unknown keeps no row: UNKNOWN is FALSE, down through AND and OR. */
function asFilter(predicate: Predicate): Predicate {
  if (predicate.kind === "truth") return predicate.value === null ? { ...predicate, value: false } : predicate;
  if (predicate.kind !== "and" && predicate.kind !== "or") return predicate;
  const operands = predicate.operands.map(asFilter);
  if (operands.every((operand, i) => operand === predicate.operands[i])) return predicate;
  return rewritePredicate({ ...predicate, operands }, { predicate: simplify });
}
