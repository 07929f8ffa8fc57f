// The text of `--explain`, for the commands that have a plan. Called by metrics.ts and search.ts.
// What must stay true: nothing of a user's text reaches the terminal unescaped.

import { escapeText, type MetricsRequest, type QueryOptions, type SearchRequest, type Store } from "../index.ts";
import type { CliIo } from "./io.ts";

/** What to explain: the plan alone, or also what running it did. */
export interface ExplainTask {
  readonly request: MetricsRequest | SearchRequest;
  readonly query: QueryOptions;
  readonly explain: "plan" | "analyze";
}

/** Pieces of the output. */
export async function explanation(store: Store, task: ExplainTask, io: CliIo): Promise<string[]> {
  const { request, query, explain } = task;
  const analyze = explain === "analyze" ? { analyze: { now: io.now } } : {};
  return [escapeText(await store.explain(request, { ...query, ...analyze }))];
}
