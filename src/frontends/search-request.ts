// The parts of a search request, checked as MLflow's client and store do.
// Called by mlflow-search.ts. What must stay true: nothing of the request is trusted before it passed here; the checks
// come in MLflow's order, so that of two faults MLflow's is named.

import { EngineError } from "../base/errors.ts";
import { shownText } from "../base/python-text.ts";

/** A request in the shape of MLflow's `search_traces`. */
export interface SearchRequest {
  /** Absent: all experiments. */
  readonly experimentIds?: readonly string[];
  /** A filter of the language of MLflow's trace search. Absent, null or empty: every trace. */
  readonly filterString?: string | null;
  /** Elements `field [ASC|DESC]`; a text is a comma list of them. */
  readonly orderBy?: readonly string[] | string | null;
  /** 1 to 50,000 in strict mode, from 1 on else; default 100. */
  readonly maxResults?: number | string | null;
  /** `nextPageToken` of the page before. */
  readonly pageToken?: string | null;
  /** Only traces of this MLflow run. */
  readonly runId?: string | null;
  /** Only traces of this MLflow logged model. */
  readonly modelId?: string | null;
  /** Default true. */
  readonly includeSpans?: boolean;
}

/** The parts of a request. */
export interface SearchParts {
  readonly experimentIds: readonly string[] | undefined;
  /** Empty: every trace. */
  readonly filterString: string;
  readonly orderBy: readonly string[];
  readonly maxResults: number;
  readonly pageToken: string | undefined;
  readonly runId: string | undefined;
  readonly modelId: string | undefined;
}

const DEFAULT_RESULTS = 100;
const MOST_RESULTS = 50_000;
const SOURCE_RUN = "mlflow.sourceRun";

/** Reads a request. Throws E_REQUEST. */
export function readSearch(request: SearchRequest, strict: boolean): SearchParts {
  const filterString = request.filterString ?? "";
  const modelId = request.modelId ?? undefined;
  const runId = request.runId === "" ? undefined : (request.runId ?? undefined);
  if (typeof filterString !== "string") throw new EngineError("E_REQUEST", "filter_string must be a text");
  if (strict && modelId !== undefined && filterString !== "") {
    throw refused("Cannot specify both `model_id` or `filter_string` in the search_traces call.");
  }
  if (strict && runId !== undefined && filterString.includes(SOURCE_RUN)) {
    throw refused(
      "You cannot filter by run_id when it is already part of the filter string." +
        `Please remove the ${SOURCE_RUN} filter from the filter string and try again.`,
    );
  }
  return {
    experimentIds: request.experimentIds,
    filterString,
    orderBy: orderElements(request.orderBy ?? [], strict),
    maxResults: maxResultsOf(request.maxResults ?? DEFAULT_RESULTS, strict),
    pageToken: request.pageToken ?? undefined,
    runId,
    modelId,
  };
}

/** MLflow's command line splits at every comma and leaves blanks where they are; the extended language has lists itself. */
function orderElements(orderBy: readonly string[] | string, strict: boolean): readonly string[] {
  if (typeof orderBy !== "string") return orderBy;
  if (orderBy === "") return [];
  return strict ? orderBy.split(",") : [orderBy];
}

function maxResultsOf(given: number | string, strict: boolean): number {
  const isNumber = typeof given === "number" || (typeof given === "string" && /^\s*[+-]?\d{1,16}\s*$/.test(given));
  const value = isNumber ? Number(given) : Number.NaN;
  const shown = shownText(typeof given === "string" ? given.trim() : String(given));
  const begin = `Invalid value ${shown} for parameter 'max_results' supplied. It must be`;
  if (!Number.isSafeInteger(value) || value < 1) throw refused(`${begin} a positive integer`);
  if (strict && value > MOST_RESULTS) throw refused(`${begin} at most ${MOST_RESULTS}`);
  return value;
}

function refused(message: string): EngineError {
  return new EngineError("E_REQUEST", message);
}
