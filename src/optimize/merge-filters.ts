// Rule merge-filters: filters sink below buckets and join, so that all conjuncts stand in one place, next to the scan.
//
// before   filter traces.state = 'OK'            after   bucket b = floor(traces.timestamp_ms to 60000 ms)
//            bucket b = floor(...)                         filter traces.user = 'u' AND traces.state = 'OK'
//              filter traces.user = 'u'                      scan traces
//                scan traces
// not for  a filter above sort, limit or aggregate: after a limit, it would let other rows in.

import type { Predicate } from "../plan/expr.ts";
import type { Plan } from "../plan/logical.ts";
import { rewritePlan } from "../plan/visit.ts";
import type { Rule } from "./rule.ts";

/** Moves filters to the scan and joins them. */
export const mergeFilters: Rule = {
  name: "merge-filters",
  doc: "moves filters below buckets and joins neighbours into one",
  apply: (plan) => rewritePlan(plan, sink),
};

function sink(node: Plan): Plan {
  if (node.kind !== "filter") return node;
  const { input, predicate } = node;
  if (input.kind === "bucket") return { ...input, input: sink({ kind: "filter", input: input.input, predicate }) };
  if (input.kind !== "filter") return node;
  const operands = [...conjunctsOf(input.predicate), ...conjunctsOf(predicate)];
  return { kind: "filter", input: input.input, predicate: { kind: "and", operands, type: "bool" } };
}

/** The operands of an AND, or the predicate alone. */
export function conjunctsOf(predicate: Predicate): readonly Predicate[] {
  return predicate.kind === "and" ? predicate.operands : [predicate];
}
