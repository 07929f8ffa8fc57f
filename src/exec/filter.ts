// Filter: keeps the rows for which a predicate is true, conjunct by conjunct, each looking only at what is left.
// Called by compile.ts. What must stay true: unknown is not true. Conjuncts run in the order given; the optimiser puts the
// cheap and selective ones first.

import type { Predicate } from "../plan/expr.ts";
import { exprKey } from "../plan/visit.ts";
import { joined, type Meter } from "./meter.ts";
import type { RowStep } from "./pipeline.ts";
import type { Scope } from "./scope.ts";
import { bindSelectors, type Selector, selectAll } from "./selectors.ts";

/** Binds a filter of these conjuncts. Throws E_COLUMN_NOT_LOADED, E_FILTER_REGEX. */
export function filterRows(conjuncts: readonly Predicate[], scope: Scope, meter: Meter): RowStep {
  const selectors = meter.measure(() => bindSelectors(conjuncts, scope));
  return {
    ...selectingStep(selectors, meter),
    testsApart() {
      const tests = selectors.filter(({ test }) => test !== undefined);
      if (tests.length === 0) return undefined;
      const others = selectors.filter(({ test }) => test === undefined);
      meter.note = joined(meter.note, `${tests.length} of ${selectors.length} conditions are tested by the aggregate`);
      return { step: selectingStep(others, meter), tests };
    },
    withoutNullTest(key) {
      const others = conjuncts.filter((conjunct) => nullTestOf(conjunct) !== key);
      if (others.length === conjuncts.length) return undefined;
      meter.note = "IS NOT NULL is tested by the aggregate";
      return filterRows(others, scope, meter);
    },
  };
}

function selectingStep(selectors: readonly Selector[], meter: Meter): RowStep {
  return {
    meter,
    skips: (block) => selectors.some((selector) => selector.verdict(block) === "none"),
    apply: (batch) => selectAll(selectors, batch),
  };
}

/** exprKey of the number that a predicate wants to be there. */
function nullTestOf(predicate: Predicate): string | undefined {
  if (predicate.kind !== "not" || predicate.operand.kind !== "is-null") return undefined;
  const { operand } = predicate.operand;
  return operand.type === "number" ? exprKey(operand) : undefined;
}

/** The operands of an AND; any other predicate by itself. */
export function conjunctsOf(predicate: Predicate): readonly Predicate[] {
  return predicate.kind === "and" ? predicate.operands : [predicate];
}
