// Walking and rewriting expressions and plans: the only place that knows the children of every node.
// Called by optimize/, exec/ and explain.ts. What must stay true: a rewrite that changes nothing gives back the very same
// object, so that "did the rule fire" is a comparison of references all the way up.

import { unreachable } from "../base/assert.ts";
import type { TableName } from "../columns/schema.ts";
import type { ColumnRef, Expr, KeyRef, PayloadRef, Predicate } from "./expr.ts";
import type { Aggregate, Plan, Scan, Shortcut } from "./logical.ts";

/** A reference to data. */
export type Reference = ColumnRef | KeyRef | PayloadRef;

/** Whether an expression is a predicate node (a `bool` column or literal is not). */
export function isPredicate(expr: Expr): expr is Predicate {
  switch (expr.kind) {
    case "column":
    case "key":
    case "payload":
    case "literal":
    case "call":
      return false;
    default:
      return true;
  }
}

/** Direct operands of an expression that are evaluated on the same rows; the predicate of `exists` is not one. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "column":
    case "key":
    case "payload":
    case "literal":
    case "truth":
    case "exists":
      return [];
    case "call":
      return expr.args;
    case "compare":
      return [expr.left, expr.right];
    case "match":
    case "in":
    case "is-null":
    case "not":
      return [expr.operand];
    case "and":
    case "or":
      return expr.operands;
    default:
      return unreachable(expr);
  }
}

/** Calls `visit` for an expression and everything below it, the predicates of `exists` included. */
export function walk(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  if (expr.kind === "exists") walk(expr.predicate, visit);
  else for (const operand of operandsOf(expr)) walk(operand, visit);
}

/** Every reference of an expression, in reading order, with repetitions, the predicates of `exists` included. */
export function referencesOf(expr: Expr): readonly Reference[] {
  const references: Reference[] = [];
  walk(expr, (node) => {
    if (node.kind === "column" || node.kind === "key" || node.kind === "payload") references.push(node);
  });
  return references;
}

/** The tables whose rows an expression looks at; an `exists` looks at traces. A constant: none. */
export function rowTables(expr: Expr): ReadonlySet<TableName> {
  const tables = new Set<TableName>();
  const look = (node: Expr): void => {
    if (node.kind === "column" || node.kind === "key" || node.kind === "payload") tables.add(node.table);
    else if (node.kind === "exists") tables.add("traces");
    else for (const operand of operandsOf(node)) look(operand);
  };
  look(expr);
  return tables;
}

/** Keys that were made: nodes never change, and the same ones are asked for again and again while a plan is bound. */
const KEYS = new WeakMap<Expr, string>();

/** A text that is equal for equal expressions and for no others. */
export function exprKey(expr: Expr): string {
  const known = KEYS.get(expr);
  if (known !== undefined) return known;
  const key = JSON.stringify(expr, (_, value: unknown) => {
    if (typeof value === "bigint") return { bigint: value.toString() };
    if (typeof value === "number" && (Object.is(value, -0) || !Number.isFinite(value))) {
      return { number: Object.is(value, -0) ? "-0" : String(value) };
    }
    return value;
  });
  KEYS.set(expr, key);
  return key;
}

function mapList<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let same = true;
  const mapped = list.map((item) => {
    const next = change(item);
    if (next !== item) same = false;
    return next;
  });
  return same ? list : mapped;
}

/** Rewrites an expression bottom-up: children first, then `change` on the node itself. */
export function rewriteExpr(expr: Expr, change: Rewrite): Expr {
  if (isPredicate(expr)) return rewritePredicate(expr, change);
  if (expr.kind !== "call") return change.expr?.(expr) ?? expr;
  const args = mapList(expr.args, (arg) => rewriteExpr(arg, change));
  const call = args === expr.args ? expr : { ...expr, args };
  return change.expr?.(call) ?? call;
}

/** What a rewrite does to a node whose children are done. Absent or undefined: leave it. */
export interface Rewrite {
  /** For columns, keys, payload, literals and calls. */
  readonly expr?: (expr: Expr) => Expr | undefined;
  /** For predicates, those of `exists` included. */
  readonly predicate?: (predicate: Predicate) => Predicate | undefined;
}

/** As rewriteExpr, for a predicate. */
export function rewritePredicate(predicate: Predicate, change: Rewrite): Predicate {
  const inner = rewriteOperands(predicate, change);
  return change.predicate?.(inner) ?? inner;
}

function rewriteOperands(predicate: Predicate, change: Rewrite): Predicate {
  switch (predicate.kind) {
    case "truth":
      return predicate;
    case "compare": {
      const left = rewriteExpr(predicate.left, change);
      const right = rewriteExpr(predicate.right, change);
      return left === predicate.left && right === predicate.right ? predicate : { ...predicate, left, right };
    }
    case "match":
    case "in":
    case "is-null": {
      const operand = rewriteExpr(predicate.operand, change);
      return operand === predicate.operand ? predicate : { ...predicate, operand };
    }
    case "not": {
      const operand = rewritePredicate(predicate.operand, change);
      return operand === predicate.operand ? predicate : { ...predicate, operand };
    }
    case "and":
    case "or": {
      const operands = mapList(predicate.operands, (operand) => rewritePredicate(operand, change));
      return operands === predicate.operands ? predicate : { ...predicate, operands };
    }
    case "exists": {
      const below = rewritePredicate(predicate.predicate, change);
      return below === predicate.predicate ? predicate : { ...predicate, predicate: below };
    }
    default:
      return unreachable(predicate);
  }
}

/** The input of a plan node; undefined for a scan. */
export function inputOf(plan: Plan): Plan | undefined {
  return plan.kind === "scan" ? undefined : plan.input;
}

/** The scan at the bottom of a plan. */
export function scanOf(plan: Plan): Scan {
  return plan.kind === "scan" ? plan : scanOf(plan.input);
}

/** The plan with one more shortcut allowed to its scan. */
export function withShortcut(plan: Plan, shortcut: Shortcut): Plan {
  return rewritePlan(plan, (node) => {
    if (node.kind !== "scan" || node.shortcuts?.includes(shortcut) === true) return node;
    return { ...node, shortcuts: [...(node.shortcuts ?? []), shortcut] };
  });
}

/** Rewrites a plan bottom-up. `change` gives the node itself when it has nothing to do. */
export function rewritePlan(plan: Plan, change: (plan: Plan) => Plan): Plan {
  if (plan.kind === "scan") return change(plan);
  const input = rewritePlan(plan.input, change);
  return change(input === plan.input ? plan : { ...plan, input });
}

/** Rewrites every expression of a plan bottom-up. */
export function rewriteExpressions(plan: Plan, change: Rewrite): Plan {
  return rewritePlan(plan, (node) => {
    switch (node.kind) {
      case "scan": {
        if (node.traces === undefined) return node;
        const traces = rewritePredicate(node.traces, change);
        return traces === node.traces ? node : { ...node, traces };
      }
      case "filter": {
        const predicate = rewritePredicate(node.predicate, change);
        return predicate === node.predicate ? node : { ...node, predicate };
      }
      case "bucket": {
        const time = rewriteExpr(node.time, change);
        return time === node.time ? node : { ...node, time };
      }
      case "aggregate":
        return rewriteAggregate(node, change);
      case "sort": {
        const keys = mapList(node.keys, (key) => {
          if ("output" in key.by) return key;
          const by = rewriteExpr(key.by, change);
          const ofLast = key.ofLast === undefined ? undefined : rewritePredicate(key.ofLast, change);
          if (by === key.by && ofLast === key.ofLast) return key;
          return ofLast === undefined ? { ...key, by } : { ...key, by, ofLast };
        });
        return keys === node.keys ? node : { ...node, keys };
      }
      case "limit":
        return node;
      default:
        return unreachable(node);
    }
  });
}

function rewriteAggregate(node: Aggregate, change: Rewrite): Aggregate {
  const keys = mapList(node.keys, (key) => {
    if (key.value === "bucket") return key;
    const value = rewriteExpr(key.value, change);
    return value === key.value ? key : { ...key, value };
  });
  const measures = mapList(node.measures, (measure) => {
    if (measure.input === undefined) return measure;
    const input = rewriteExpr(measure.input, change);
    return input === measure.input ? measure : { ...measure, input };
  });
  return keys === node.keys && measures === node.measures ? node : { ...node, keys, measures };
}

/** Every predicate on assessments by which a plan's sort keys choose. */
export function choicesOf(plan: Plan): readonly Predicate[] {
  const below = plan.kind === "scan" ? [] : choicesOf(plan.input);
  if (plan.kind !== "sort") return below;
  return [...below, ...plan.keys.flatMap(({ ofLast }) => (ofLast === undefined ? [] : [ofLast]))];
}

/** Every expression of a plan, from the scan up; choices of sort keys apart. */
export function expressionsOf(plan: Plan): readonly Expr[] {
  const below = plan.kind === "scan" ? [] : expressionsOf(plan.input);
  switch (plan.kind) {
    case "scan":
      return plan.traces === undefined ? [] : [plan.traces];
    case "filter":
      return [...below, plan.predicate];
    case "bucket":
      return [...below, plan.time];
    case "aggregate":
      return [
        ...below,
        ...plan.keys.flatMap(({ value }) => (value === "bucket" ? [] : [value])),
        ...plan.measures.flatMap(({ input }) => (input === undefined ? [] : [input])),
      ];
    case "sort":
      return [...below, ...plan.keys.flatMap(({ by }) => ("output" in by ? [] : [by]))];
    case "limit":
      return below;
    default:
      return unreachable(plan);
  }
}
