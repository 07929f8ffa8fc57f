// Do the engines of the search bench find the same traces, and how long does one question take?
// Called by search.ts and search-mlflow.ts. What must stay true: no engine is timed whose answers differ.

import type { Store } from "../src/index.ts";
import type { SearchQuery } from "./search-queries.ts";

/** Ids of all traces that tracemill finds, in order. */
export async function findAll(store: Store, { filter, orderBy }: SearchQuery): Promise<readonly string[]> {
  const request = { filterString: filter, orderBy: orderBy ?? null, includeSpans: false };
  const { traces } = await store.streamTraces({ ...request, maxResults: Number.MAX_SAFE_INTEGER });
  return Array.from(traces, ({ traceId }) => traceId);
}

/** Where two lists of ids part; undefined when they are equal. */
export function differenceOf(name: string, a: readonly string[], b: readonly string[]): string | undefined {
  const at = a.findIndex((id, index) => id !== b[index]);
  if (at < 0 && a.length === b.length) return undefined;
  const place = at < 0 ? a.length : at;
  return `${name}: ${a.length} and ${b.length} traces, first different at ${place}: ${a[place]} and ${b[place]}`;
}

/** Milliseconds of one call. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
