// Aggregates in parts: what a plan must compute so that its answer over several sets of files can be put together later.
// Called by frontends/metrics-state.ts; exec/partials.ts merges and finishes. What must stay true: the answer over merged
// parts is that over all rows, sums to the last bit but one, approximate percentiles within their bounds.

import { invariant } from "../base/assert.ts";
import type { AggregateName } from "./functions.ts";
import type { Aggregate, Limit, Measure, Plan, Sort } from "./logical.ts";

/** Functions of partial measures; each is also the name of its column. */
export type PartialName = Extract<
  AggregateName,
  "count_rows" | "count" | "sum" | "sum_error" | "min" | "max" | "digest"
>;

/** The order of partial columns. */
export const PARTIAL_NAMES: readonly PartialName[] = [
  "count_rows",
  "count",
  "sum",
  "sum_error",
  "min",
  "max",
  "digest",
];

const NEEDS: { readonly [name in AggregateName]: readonly PartialName[] | undefined } = {
  count_rows: ["count_rows"],
  count: ["count"],
  count_distinct: undefined,
  sum: ["count", "sum", "sum_error"],
  avg: ["count", "sum", "sum_error"],
  min: ["min"],
  max: ["max"],
  percentile: ["count", "digest"],
  sum_error: undefined,
  digest: ["digest"],
  digest_wide: ["digest"],
};

/** Why a measure cannot be put together from parts; undefined when it can. */
export function partialRefusal({ fn, method }: Measure): "exact percentiles" | "distinct counts" | undefined {
  if (fn === "count_distinct") return "distinct counts";
  return fn === "percentile" && method !== "tdigest" ? "exact percentiles" : undefined;
}

/** The measures that a part computes for `measures`, which read one input and have no refusal. */
export function partialMeasures(measures: readonly Measure[]): readonly Measure[] {
  const input = measures.find((measure) => measure.input !== undefined)?.input;
  const wanted = new Set(measures.flatMap(({ fn }) => NEEDS[fn] ?? []));
  return PARTIAL_NAMES.filter((name) => wanted.has(name)).map((name) =>
    name === "count_rows" || input === undefined ? { name, fn: name } : { name, fn: name, input },
  );
}

/** What stands above the rows of a plan that ends in groups. */
export interface GroupSteps {
  readonly aggregate: Aggregate;
  readonly sort: Sort | undefined;
  readonly limit: Limit | undefined;
}

/** The steps of a plan of the form limit? (sort? (aggregate (...))). */
export function groupSteps(plan: Plan): GroupSteps {
  const limit = plan.kind === "limit" ? plan : undefined;
  const below = limit?.input ?? plan;
  const sort = below.kind === "sort" ? below : undefined;
  const aggregate = sort?.input ?? below;
  invariant(aggregate.kind === "aggregate", "a plan that ends in groups");
  return { aggregate, sort, limit };
}
