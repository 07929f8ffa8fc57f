// Reads fixtures/conformance/mlflow-search.jsonl: each row is a fixture, a filter with order and page, and MLflow's answer
// or refusal. Used by the tests that run the cases through the engine, the oracle and the command line.
// Rows with linked runs are left out: an export does not say them.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isRawNumber, parseRawJson, type RawJson } from "../support/raw-json.ts";
import { readSearchTrace, type SearchTrace } from "../support/search-fixture.ts";

/** One conformance case. */
export interface SearchCase {
  readonly id: string;
  readonly filter: string | null;
  readonly orderBy: readonly string[] | undefined;
  readonly maxResults: number | undefined;
  readonly pageToken: string | undefined;
  readonly traces: readonly SearchTrace[];
  /** Ids in order; undefined when a refusal is expected. */
  readonly ids: readonly string[] | undefined;
  /** Offset in the next token, null for none; undefined when the case does not say. */
  readonly nextOffset: number | null | undefined;
  readonly error: RegExp | undefined;
}

const FILE = fileURLToPath(new URL("../../fixtures/conformance/mlflow-search.jsonl", import.meta.url));

/** All cases that an export can say. */
export function searchCases(): readonly SearchCase[] {
  return readFileSync(FILE, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.includes('"linked_runs"'))
    .map((line) => readCase(parseRawJson(line)));
}

function readCase(row: RawJson): SearchCase {
  if (!(row instanceof Map)) throw new Error("an object was expected");
  const filter = row.get("filter");
  const order = row.get("order_by");
  const intended = row.get("intended_ids");
  const expected = intended ?? row.get("expect_ids");
  const error = row.get("expect_error");
  const next = row.get("expect_next_offset");
  const token = row.get("page_token");
  return {
    id: String(row.get("id")),
    filter: typeof filter === "string" ? filter : null,
    orderBy: Array.isArray(order) ? order.map(String) : undefined,
    maxResults: numberOf(row.get("max_results")),
    pageToken: typeof token === "string" ? token : undefined,
    traces: itemsOf(row.get("fixture")).map((trace) => readSearchTrace(trace as ReadonlyMap<string, RawJson>)),
    ids: expected === undefined ? undefined : itemsOf(expected).map(String),
    nextOffset: next === null ? null : numberOf(next),
    error: typeof error === "string" && intended === undefined ? new RegExp(error) : undefined,
  };
}

function itemsOf(value: RawJson | undefined): readonly RawJson[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: RawJson | undefined): number | undefined {
  return isRawNumber(value) ? Number(value.raw) : undefined;
}
