// What an optimiser rule is.
// Implemented by one file a rule, listed in index.ts. What must stay true: a rule is a pure function from a plan to a plan
// with the same result, and gives back the very same object when it has nothing to do.

import type { Plan } from "../plan/logical.ts";

/** One rule. */
export interface Rule {
  /** By which it is switched off. */
  readonly name: string;
  /** What it does, in one line, for the docs. */
  readonly doc: string;
  apply(plan: Plan): Plan;
}
