// Rule push-trace-predicates: conjuncts about the owning trace move from a filter on spans or assessments into the scan.
// They are then evaluated once a trace instead of once a row, and whole blocks whose traces do not qualify are skipped.
//
// before   filter traces.state = 'OK' AND spans.type = 'TOOL'     after   filter spans.type = 'TOOL'
//            scan spans                                                     scan spans of traces with traces.state = 'OK'
// not for  traces.state = 'OK' OR spans.type = 'TOOL' (one predicate about both), a filter on traces itself, and a
//          constant, which is about no trace.

import type { Predicate } from "../plan/expr.ts";
import type { Plan } from "../plan/logical.ts";
import { rewritePlan, rowTables } from "../plan/visit.ts";
import { conjunctsOf } from "./merge-filters.ts";
import type { Rule } from "./rule.ts";

/** Moves conditions on traces into the scan. */
export const pushTracePredicates: Rule = {
  name: "push-trace-predicates",
  doc: "evaluates conditions on the owning trace once a trace, and skips blocks by them",
  apply: (plan) => rewritePlan(plan, push),
};

function push(node: Plan): Plan {
  if (node.kind !== "filter" || node.input.kind !== "scan" || node.input.table === "traces") return node;
  const conjuncts = conjunctsOf(node.predicate);
  const onTraces = conjuncts.filter(isAboutTraces);
  if (onTraces.length === 0) return node;
  const scan = node.input;
  const traces = conjunction([...(scan.traces === undefined ? [] : conjunctsOf(scan.traces)), ...onTraces]);
  const others = conjuncts.filter((conjunct) => !isAboutTraces(conjunct));
  const input: Plan = { ...scan, traces };
  return others.length === 0 ? input : { ...node, input, predicate: conjunction(others) };
}

function isAboutTraces(predicate: Predicate): boolean {
  const tables = rowTables(predicate);
  return tables.size === 1 && tables.has("traces");
}

function conjunction(operands: readonly Predicate[]): Predicate {
  const [only] = operands;
  return operands.length === 1 && only !== undefined ? only : { kind: "and", operands, type: "bool" };
}
