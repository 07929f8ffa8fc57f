// Filter: keeps the rows for which a predicate is true, conjunct by conjunct, each looking only at what is left.
// Called by compile.ts. What must stay true: unknown is not true. Conjuncts run in the order given; the optimiser puts the
// cheap and selective ones first.

import { selectTrue } from "../kernels/select.ts";
import type { Predicate } from "../plan/expr.ts";
import { bindTruth } from "./evaluate.ts";
import type { Meter } from "./meter.ts";
import type { RowStep } from "./pipeline.ts";
import type { Scope } from "./scope.ts";
import { zoneVerdict } from "./zones.ts";

/** Binds a filter. Throws E_COLUMN_NOT_LOADED, E_FILTER_REGEX. */
export function filterRows(predicate: Predicate, scope: Scope, meter: Meter): RowStep {
  const conjuncts = predicate.kind === "and" ? predicate.operands : [predicate];
  const bound = meter.measure(() => conjuncts.map((conjunct) => ({ conjunct, truth: bindTruth(conjunct, scope) })));
  const truths = new Uint8Array(scope.batchRows);
  const positions = new Uint32Array(scope.batchRows);
  return {
    meter,
    skips: (block) => zoneVerdict(predicate, scope, block) === "none",
    apply(batch) {
      for (const { conjunct, truth } of bound) {
        if (batch.rows.count === 0) return;
        if (zoneVerdict(conjunct, scope, batch.block) === "all") continue;
        truth(batch, truths);
        batch.rows = selectTrue(truths, batch.rows, positions);
      }
    },
  };
}
