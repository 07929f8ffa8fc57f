// What a metrics answer does not say by itself, for standard error: that it may be cut, or why it may be empty.
// Called by metrics.ts after the answer. MLflow says neither; standard output stays as it would have it.

import {
  DEFAULT_MAX_RESULTS,
  formatCount,
  formatTime,
  type MetricsRequest,
  type MetricsResponse,
  type Store,
} from "../index.ts";

/** A line when digests hold values too far apart, or an empty text. */
export function approximationNote(answer: MetricsResponse): string {
  const warned = answer.data_points.filter(({ approx }) => approx?.warning !== undefined);
  const warning = warned[0]?.approx?.warning;
  return warning === undefined
    ? ""
    : `warning: ${formatCount(warned.length)} points: ${warning}; use --percentiles exact\n`;
}

/** Lines about an answer, or an empty text. */
export function metricsNotes(store: Store, request: MetricsRequest, answer: MetricsResponse): string {
  return approximationNote(answer) + coverageNote(store, request, answer);
}

/** A line when an answer has as many points as were asked for, or an empty text. */
export function cutNote(
  { data_points: { length: points } }: MetricsResponse,
  maxResults: number | string | undefined,
): string {
  if (points === 0 || points !== Number(maxResults ?? DEFAULT_MAX_RESULTS)) return "";
  return `note: ${formatCount(points)} points, the most that --max-results allows; there may be more\n`;
}

function coverageNote(store: Store, request: MetricsRequest, answer: MetricsResponse): string {
  const points = answer.data_points.length;
  const cut = cutNote(answer, request.max_results);
  if (cut !== "") return cut;
  if (points > 0 || store.report.loaded === 0) return "";
  const range = store.summary().timeRangeMs;
  const times =
    range === undefined ? "" : ` (traces start from ${formatTime(range.first)} to ${formatTime(range.last)})`;
  return `note: no row is left: see whether filters, time bounds${times} and experiments keep any, and whether rows have the metric and the dimensions\n`;
}
