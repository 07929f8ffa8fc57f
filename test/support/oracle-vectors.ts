// The recorded answers of a real MLflow: traces, searches and metric requests, made by scripts/oracle.
// Used by the tests that replay them. See fixtures/oracle/version.json for the version that answered.

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { MetricsRequest } from "../../src/frontends/mlflow-metrics.ts";
import { fixturePath } from "./fixtures.ts";

/** A search, and what MLflow said: rows of the traces file in order, an error's text, or how its driver crashed. */
export interface SearchVector {
  readonly experiments: readonly string[];
  readonly filter: string | null;
  readonly order_by: readonly string[];
  readonly max_results: number;
  readonly page_token?: string;
  readonly rows?: readonly number[];
  readonly token?: string | null;
  readonly error?: string;
  readonly crash?: string;
}

/** A metrics request, and what MLflow said. */
export interface MetricsVector extends MetricsRequest {
  readonly points?: readonly {
    readonly dimensions: Readonly<Record<string, string>>;
    readonly values: Readonly<Record<string, number>>;
  }[];
  readonly error?: string;
  readonly crash?: string;
}

const TRACES = "oracle/traces.jsonl.gz";

/** Whether the vectors are there. */
export const hasVectors = existsSync(fixturePath(TRACES));

/** Path of the traces that the answers are about. */
export const vectorTraces = fixturePath(TRACES);

/** Ids of the traces, by line. */
export function vectorIds(): readonly string[] {
  return lines<{ info: { trace_id: string } }>(TRACES).map(({ info }) => info.trace_id);
}

/** All searches. */
export function searchVectors(): readonly SearchVector[] {
  return lines<SearchVector>("oracle/search.jsonl.gz");
}

/** All metric requests. */
export function metricsVectors(): readonly MetricsVector[] {
  return lines<MetricsVector>("oracle/metrics.jsonl.gz");
}

function lines<T>(name: string): readonly T[] {
  return gunzipSync(readFileSync(fixturePath(name)))
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
