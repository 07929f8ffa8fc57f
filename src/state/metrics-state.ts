// The state of a metrics request: all that its answer over these rows and others is put together from.
// Made by engine.ts; programs and the command line merge and ask it through index.ts. What must stay true: states of requests
// that are not alike do not merge; a merged state answers as one run over all rows would.

import { EngineError } from "../base/errors.ts";
import { type Limits, resolveLimits } from "../base/limits.ts";
import { finishPartials, mergePartials, type PartialGroups } from "../exec/partials.ts";
import { requestDifference, type StateRequest } from "../frontends/metrics-state.ts";
import { type MetricsOptions, type MetricsResponse, planMetrics } from "../frontends/mlflow-metrics.ts";
import { rowFilter } from "../frontends/search-language.ts";
import { groupSteps } from "../plan/partial.ts";
import { checkOverlap, type StateSource, type StateStore } from "./state-sources.ts";

/** A state: plain data, kept in memory or in a file (writeMetricsState). */
export interface MetricsState {
  readonly request: StateRequest;
  /** Whether the request was read as MLflow does. */
  readonly strict: boolean;
  readonly groups: PartialGroups;
  /** Where the state comes from, for messages. */
  readonly name: string;
  /** The files behind it; absent where they are not known. */
  readonly sources?: readonly StateSource[];
  /** The stores of this program behind it. */
  readonly stores?: readonly StateStore[];
}

/** Options of what is done with states. */
export interface StateOptions {
  readonly limits?: Partial<Limits>;
}

/** Options of merging. */
export interface MergeOptions extends StateOptions {
  /** Counts rows of the same file as often as states have them. */
  readonly allowOverlap?: boolean;
}

/**
 * The state of all rows behind `states`, in their order. Throws E_REQUEST when their requests differ, E_STATE_OVERLAP when
 * they are known to have rows of the same file or store, E_OVERFLOW, E_TOO_MANY_GROUPS.
 */
export function mergeMetricsStates(states: readonly MetricsState[], options: MergeOptions = {}): MetricsState {
  const [first, ...others] = states;
  if (first === undefined) throw new EngineError("E_REQUEST", "no state to merge");
  for (const other of others) {
    const difference = differenceOf(first, other);
    if (difference === undefined) continue;
    throw new EngineError(
      "E_REQUEST",
      `states of different requests: ${difference.part} is ${difference.left} in ${first.name} and ${difference.right} in ${other.name}`,
      { hint: "Merge states that were made with the same flags; times may differ." },
    );
  }
  if (options.allowOverlap !== true) checkOverlap(states);
  const sources = states.flatMap((state) => state.sources ?? []);
  return {
    ...first,
    request: withBounds(first.request, states),
    stores: states.flatMap((state) => state.stores ?? []),
    ...(sources.length === 0 ? {} : { sources }),
    groups: mergePartials(
      states.map(({ groups }) => groups),
      resolveLimits(options.limits).groups,
    ),
  };
}

function differenceOf(left: MetricsState, right: MetricsState): ReturnType<typeof requestDifference> {
  if (left.strict === right.strict) return requestDifference(left.request, right.request);
  return { part: "strict", left: String(left.strict), right: String(right.strict) };
}

/** From the first start to the last end, where all have one. */
function withBounds(request: StateRequest, states: readonly MetricsState[]): StateRequest {
  const { start_time_ms: _start, end_time_ms: _end, ...rest } = request;
  const starts = states.flatMap((state) => state.request.start_time_ms ?? []).map(Number);
  const ends = states.flatMap((state) => state.request.end_time_ms ?? []).map(Number);
  return {
    ...rest,
    ...(starts.length === states.length ? { start_time_ms: starts.reduce((a, b) => Math.min(a, b)) } : {}),
    ...(ends.length === states.length ? { end_time_ms: ends.reduce((a, b) => Math.max(a, b)) } : {}),
  };
}

/** The answer of a state, as `metrics` over all its rows gives it. `maxResults`: most points, 1,000 when absent. */
export function metricsOfState(
  state: MetricsState,
  options: StateOptions & { readonly maxResults?: number | string } = {},
): MetricsResponse {
  const { maxResults, limits } = options;
  const request = { ...state.request, ...(maxResults === undefined ? {} : { max_results: maxResults }) };
  const { plan, shape } = planMetrics(request, planningOptions(state.strict, resolveLimits(limits)));
  return shape(finishPartials(state.groups, groupSteps(plan)));
}

/** A state's rows are behind it: its patterns were checked then, and its percentiles can only be digests. */
export function planningOptions(strict: boolean, limits: Limits): MetricsOptions {
  return {
    strict,
    percentiles: "tdigest",
    bindFilter: (text, table) => rowFilter(text, table, { limits, regex: "js", checkPattern: () => undefined }),
  };
}
