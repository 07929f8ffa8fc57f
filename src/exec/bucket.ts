// Bucket: drops rows without a time; the bucket itself is a group key, made in group-keys.ts.
// Called by compile.ts. What must stay true: a block known to have every time is passed on as it is.

import { selectPresent } from "../kernels/select.ts";
import type { Bucket } from "../plan/logical.ts";
import type { Meter } from "./meter.ts";
import { bindNumber } from "./numbers.ts";
import type { RowStep } from "./pipeline.ts";
import type { Scope } from "./scope.ts";

/** Binds a bucket step. Throws E_COLUMN_NOT_LOADED. */
export function bucketRows({ time }: Bucket, scope: Scope, meter: Meter): RowStep {
  const source = bindNumber(time, scope);
  const positions = new Uint32Array(scope.batchRows);
  return {
    meter,
    apply(batch) {
      if (source.stats?.(batch.block)?.nulls === 0) return;
      batch.rows = selectPresent(source.values(batch), batch.rows, positions);
    },
  };
}
