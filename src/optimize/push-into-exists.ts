// Rule push-into-exists: conditions on traces also go into an `exists` that reads payload, so that only the records of
// traces that pass them are read and decoded. They stay where they were, too: the `exists` alone does not say them.
//
// before   filter traces.state = 'ERROR' AND exists spans (spans.content LIKE '%refund%')
// after    filter traces.state = 'ERROR' AND exists spans (traces.state = 'ERROR' AND spans.content LIKE '%refund%')
// not for  an `exists` over columns alone (looking at every row of them costs less than looking twice), one of session
//          scope (a trace that fails may speak for its session), one under NOT or OR.

import type { Exists, Predicate } from "../plan/expr.ts";
import type { Plan } from "../plan/logical.ts";
import { referencesOf, rewritePlan, rowTables, scanOf, walk } from "../plan/visit.ts";
import { conjunctsOf } from "./merge-filters.ts";
import type { Rule } from "./rule.ts";

/** Reads payload of no trace that the filter drops anyway. */
export const pushIntoExists: Rule = {
  name: "push-into-exists",
  doc: "reads payload only of traces that pass the other conditions",
  apply: (plan) => rewritePlan(plan, push),
};

function push(node: Plan): Plan {
  if (node.kind !== "filter" || scanOf(node).table !== "traces") return node;
  const conjuncts = conjunctsOf(node.predicate);
  const cheap = conjuncts.filter(isCheap);
  if (cheap.length === 0 || !conjuncts.some(isDearExists)) return node;
  const operands = conjuncts.map((conjunct) =>
    isDearExists(conjunct)
      ? { ...conjunct, predicate: conjunction([...cheap, ...conjunctsOf(conjunct.predicate)]) }
      : conjunct,
  );
  return { ...node, predicate: conjunction(operands) };
}

/** A condition on columns of traces. */
function isCheap(predicate: Predicate): boolean {
  let hasExists = false;
  walk(predicate, (node) => {
    hasExists ||= node.kind === "exists";
  });
  const tables = rowTables(predicate);
  return !hasExists && tables.size === 1 && tables.has("traces") && !readsPayload(predicate);
}

function isDearExists(predicate: Predicate): predicate is Exists {
  return predicate.kind === "exists" && predicate.scope === "trace" && readsPayload(predicate.predicate);
}

function readsPayload(predicate: Predicate): boolean {
  return referencesOf(predicate).some((reference) => reference.kind === "payload");
}

function conjunction(operands: readonly Predicate[]): Predicate {
  return { kind: "and", operands, type: "bool" };
}
