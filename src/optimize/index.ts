// The optimiser: an ordered list of rules, each applied once, from a plan to an equal plan that is cheaper to run.
// Called by engine.ts. What must stay true: any subset of the rules gives the same result.

import type { Plan } from "../plan/logical.ts";
import { foldConstants } from "./fold-constants.ts";
import { mergeFilters } from "./merge-filters.ts";
import { orderConjuncts } from "./order-conjuncts.ts";
import { pruneColumns } from "./prune-columns.ts";
import { pushIntoExists } from "./push-into-exists.ts";
import { pushTracePredicates } from "./push-trace-predicates.ts";
import type { Rule } from "./rule.ts";
import { simplifyPredicates } from "./simplify-predicates.ts";
import { topN } from "./top-n.ts";
import { useDictionaries } from "./use-dictionaries.ts";
import { useZoneMaps } from "./use-zone-maps.ts";

export type { Rule } from "./rule.ts";

/** The rules, in the order in which they are applied. */
export const RULES: readonly Rule[] = [
  // First: the constants that it makes are what simplify-predicates drops.
  foldConstants,
  // Before simplify-predicates, so that conjuncts of several filters are flattened and deduplicated together.
  mergeFilters,
  // Before push-trace-predicates: only a flat AND can be taken apart by conjunct.
  simplifyPredicates,
  // Before order-conjuncts, which then orders both halves by themselves.
  pushTracePredicates,
  // After simplify-predicates, for the same reason; before order-conjuncts, which puts payload last again.
  pushIntoExists,
  // After everything that adds or removes conjuncts.
  orderConjuncts,
  // After simplify-predicates: a filter that is always true no longer stands between limit and sort.
  topN,
  // After everything that moves conditions, and top-n, which zone maps serve too.
  useDictionaries,
  useZoneMaps,
  // Last: it counts what the others left.
  pruneColumns,
];

/** Applies the rules. `disabled`: names of rules to leave out, or all of them. `fired`: the rules that changed the plan. */
export function optimize(
  plan: Plan,
  options: { readonly disabled?: ReadonlySet<string> | "all" } = {},
): { readonly plan: Plan; readonly fired: readonly string[] } {
  const { disabled } = options;
  const fired: string[] = [];
  let current = plan;
  for (const rule of RULES) {
    if (disabled === "all" || disabled?.has(rule.name) === true) continue;
    const next = rule.apply(current);
    if (next !== current) fired.push(rule.name);
    current = next;
  }
  return { plan: current, fired };
}
