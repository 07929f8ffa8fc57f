// Rule top-n: a sort under a limit is told how many of its rows are read, so that it need not order the others.
//
// before   limit 100 offset 200                      after   limit 100 offset 200
//            sort traces.timestamp_ms DESC                     top 300 by traces.timestamp_ms DESC
//              scan traces                                       scan traces
// not for  limit 100             the filter drops rows of the first hundred, and lets later ones in their place
//            filter traces.state = 'OK'
//              sort traces.timestamp_ms DESC

import type { Plan } from "../plan/logical.ts";
import { rewritePlan } from "../plan/visit.ts";
import type { Rule } from "./rule.ts";

/** Tells a sort below a limit how many rows are wanted. */
export const topN: Rule = {
  name: "top-n",
  doc: "orders no more rows than the limit above a sort lets through",
  apply: (plan) => rewritePlan(plan, bound),
};

function bound(node: Plan): Plan {
  if (node.kind !== "limit" || node.input.kind !== "sort") return node;
  const { input } = node;
  const first = node.offset + node.count;
  // What a limit lets through in all may be beyond exact numbers; then it is no limit.
  if (!Number.isSafeInteger(first) || first >= (input.first ?? Number.POSITIVE_INFINITY)) return node;
  return { ...node, input: { ...input, first } };
}
