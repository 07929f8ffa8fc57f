// MLflow's trace search: a request becomes a plan, and the plan's rows become a page with the token of the next.
// Called by engine.ts. The plan is scan, filter, sort, limit over traces. What must stay true: the newest trace comes
// first and ids break ties, unless the request orders by them; missing values come last in both directions.

import { invariant } from "../base/assert.ts";
import type { BoundFilter } from "../plan/bind.ts";
import type { ColumnRef, Expr, Predicate } from "../plan/expr.ts";
import type { Plan, SortKey } from "../plan/logical.ts";
import type { Result } from "../plan/result.ts";
import { rewritePredicate } from "../plan/visit.ts";
import { offsetOf, pageToken, queryHash } from "./page-token.ts";
import type { SearchLanguage } from "./search-language.ts";
import { readSearch, type SearchParts, type SearchRequest } from "./search-request.ts";

export type { SearchRequest } from "./search-request.ts";

/** How a search is read. */
export interface SearchOptions {
  /** Accept what MLflow accepts and nothing more. */
  readonly strict: boolean;
  readonly language: SearchLanguage;
}

/** One page of a search. */
export interface SearchPage {
  /** Rows of traces, in order. */
  readonly rows: Uint32Array;
  /** Null when the page is not full. A full last page has one too, whose page is empty, as in MLflow. */
  readonly nextPageToken: string | null;
}

/** A planned search. */
export interface SearchPlan {
  readonly plan: Plan;
  /** Turns the plan's result into a page. */
  readonly shape: (result: Result) => SearchPage;
  /** What is to be known about the request: a pattern that matches nothing. */
  readonly warnings: readonly string[];
}

/** Plans a search. Throws E_REQUEST and E_FILTER_*, with MLflow's texts. */
export function planSearch(request: SearchRequest, { strict, language }: SearchOptions): SearchPlan {
  const parts = readSearch(request, strict);
  const keys = sortKeys(parts, language);
  const { predicate, warnings } = boundFilter(parts, strict, language);
  const scope = scopePredicates(parts, strict);
  const predicates = [...(predicate === undefined ? [] : [withinScope(predicate, scope.experiments)]), ...scope.all];
  const query = strict ? undefined : queryHash([predicates, keys]);
  const offset = offsetOf(parts.pageToken, query);
  const filtered: Plan = withFilter({ kind: "scan", table: "traces" }, predicates);
  const sorted: Plan = { kind: "sort", input: filtered, keys };
  const plan: Plan = { kind: "limit", input: sorted, count: parts.maxResults, offset };
  return {
    plan,
    warnings,
    shape(result) {
      invariant(result.kind === "rows", "a search gives rows");
      const rows = result.positions;
      const isFull = rows.length === parts.maxResults;
      return { rows, nextPageToken: isFull ? pageToken(offset + rows.length, query) : null };
    },
  };
}

/** Plans the search of one trace by its id: of several (`duplicates: keep`) the last that was read. */
export function planGet(traceId: string): {
  readonly plan: Plan;
  readonly shape: (result: Result) => Pick<SearchPage, "rows">;
} {
  return {
    plan: withFilter({ kind: "scan", table: "traces" }, [equals("trace_id", traceId)]),
    shape(result) {
      invariant(result.kind === "rows", "a search gives rows");
      return { rows: result.positions.slice(-1) };
    },
  };
}

function withFilter(input: Plan, operands: readonly Predicate[]): Plan {
  const [only, ...more] = operands;
  if (only === undefined) return input;
  return { kind: "filter", input, predicate: more.length === 0 ? only : { kind: "and", operands, type: "bool" } };
}

function traceColumn(name: string, type: "text" | "number"): ColumnRef {
  return { kind: "column", table: "traces", name, type };
}

const START = "attribute.timestamp_ms";
const TRACE_ID = "attribute.request_id";

function sortKeys({ orderBy }: SearchParts, language: SearchLanguage): readonly SortKey[] {
  const keys = language.order(orderBy);
  const fields = new Set(keys.map(({ field }) => field));
  const given = keys.flatMap(({ by, descending }) => by.map((key) => ({ ...key, descending })));
  const newest = { by: traceColumn("timestamp_ms", "number"), descending: true };
  const ids = { by: traceColumn("trace_id", "text"), descending: false };
  return [...given, ...(fields.has(START) ? [] : [newest]), ...(fields.has(TRACE_ID) ? [] : [ids])];
}

/** In strict mode run and model become filter text, as in MLflow's client: of several runs the last clause decides. */
function boundFilter(parts: SearchParts, strict: boolean, language: SearchLanguage): BoundFilter {
  const { filterString, runId, modelId } = parts;
  let text = filterString;
  if (strict && modelId !== undefined) text = `request_metadata.\`mlflow.modelId\` = '${modelId}'`;
  if (strict && runId !== undefined) {
    const clause = `attribute.run_id = '${runId}'`;
    text = text === "" ? clause : `${text} AND ${clause}`;
  }
  return text === "" ? { warnings: [] } : language.filter(text);
}

interface RequestScope {
  /** The traces of the experiments that are searched; undefined when all are. */
  readonly experiments: Predicate | undefined;
  /** Every restriction that is not the filter's. */
  readonly all: readonly Predicate[];
}

function scopePredicates({ experimentIds, runId, modelId }: SearchParts, strict: boolean): RequestScope {
  const isLimited = experimentIds !== undefined && (strict || experimentIds.length > 0);
  const operand = traceColumn("experiment_id", "text");
  const experiments: Predicate | undefined = isLimited
    ? { kind: "in", operand, values: experimentIds, type: "bool" }
    : undefined;
  const all: Predicate[] = experiments === undefined ? [] : [experiments];
  if (!strict && runId !== undefined) all.push(equals("run_id", runId));
  if (!strict && modelId !== undefined) all.push(equals("model_id", modelId));
  return { experiments, all };
}

/** An assessment speaks for its session when its own trace is among those that are searched. */
function withinScope(predicate: Predicate, experiments: Predicate | undefined): Predicate {
  if (experiments === undefined) return predicate;
  return rewritePredicate(predicate, {
    predicate: (node) =>
      node.kind === "exists" && node.scope === "session"
        ? { ...node, predicate: { kind: "and", operands: [experiments, node.predicate], type: "bool" } }
        : undefined,
  });
}

function equals(name: string, value: string): Predicate {
  const right: Expr = { kind: "literal", value, type: "text" };
  return { kind: "compare", op: "=", left: traceColumn(name, "text"), right, type: "bool" };
}
