// A store as its users see it: how to open one, how to ask it, what it answers. Types only.
// Implemented by engine.ts, exported by index.ts. What must stay true: every method that computes gives a promise and takes
// an options object; nothing that a store hands out changes later.

import type { Table as ArrowTable } from "apache-arrow";
import type { Limits } from "./base/limits.ts";
import type { TableName } from "./columns/schema.ts";
import type { DatasetSummary } from "./columns/summary.ts";
import type { MetricsRequest, MetricsResponse } from "./frontends/mlflow-metrics.ts";
import type { SearchRequest } from "./frontends/mlflow-search.ts";
import type { LoadOptions } from "./ingest/load.ts";
import type { LoadReport, RejectedRecord } from "./ingest/report.ts";
import type { RegexEngine } from "./plan/expr.ts";
import type { MetricsState } from "./state/metrics-state.ts";
import type { Trace } from "./trace/trace.ts";

/** How to read the sources. */
export interface OpenOptions {
  /** `stop` at the first bad record (default), or `skip` it and report it. */
  readonly onError?: "stop" | "skip";
  /** Most rejected records under `skip`, as a number or a share of the records read; E_TOO_MANY_REJECTS past it. */
  readonly maxRejects?: number | { readonly percent: number };
  /** Called once a rejected record, in order. */
  readonly rejects?: (record: RejectedRecord) => void;
  /** What a second record of a trace id does: replaces the first (default `last`), stays beside it, or is E_DUPLICATE. */
  readonly duplicates?: "last" | "keep" | "error";
  /** Read NaN and Infinity tokens as null, and count them. */
  readonly allowNan?: boolean;
  /** Long texts by place in plain files (default), kept in memory, or dropped. */
  readonly payload?: "place" | "keep" | "drop";
  /** `all` (default), or names such as `traces.trace_id`, `spans.duration_ms`, `traces.tag.env`. Others load when asked for. */
  readonly columns?: "all" | readonly string[];
  /**
   * Most threads to load and compute with, from 1; small work takes one. When absent: the available ones, at most 8; to
   * load, of plain files of 512 MiB and more without a limit of memory. The answers are the same for any number.
   */
  readonly threads?: number;
  /** E_MEMORY before the columns pass this many bytes. */
  readonly memoryLimitBytes?: number;
  /** True: nobody asked for that limit, it is what the machine has. It does not keep a load from taking threads by default. */
  readonly isLimitDefault?: boolean;
  /** Bytes that the process holds, all in all: with it, the limit is on them, and not on the columns alone. */
  readonly memoryInUse?: () => number;
  readonly limits?: Partial<Limits>;
  readonly format?: "auto" | "mlflow";
  /** Default of the methods' `strict`: imitate the original system exactly, refusals included. */
  readonly strict?: boolean;
  /** What `-` among the sources reads. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Called a few times a second while loading. */
  readonly onProgress?: LoadOptions["onProgress"];
}

/** Options of a store whose columns do not come from files. */
export type StoreOptions = Pick<OpenOptions, "threads" | "strict" | "limits">;

/** How to compute. */
export interface QueryOptions {
  /** Imitate the original system exactly; the store's default when absent. */
  readonly strict?: boolean;
  /** `exact` (default): type 7; `tdigest`: approximate, labelled so. */
  readonly percentiles?: "exact" | "tdigest";
  /**
   * Engine of RLIKE. `linear` (default): RE2's syntax, no pattern takes more than linear time; `js`: JavaScript's own, with
   * look-around and back-references, and exponential time for some patterns: for patterns that are trusted.
   */
  readonly regex?: RegexEngine;
  readonly signal?: AbortSignal;
  /** Optimiser rules to leave out, by name, or all of them; the answer is the same. */
  readonly disabledRules?: ReadonlySet<string> | "all";
}

/** How to explain. */
export interface ExplainOptions extends QueryOptions {
  /** Also run the plan, and show rows and milliseconds of each operator, read from this clock (ms). */
  readonly analyze?: { readonly now: () => number };
}

/** A page of a search. */
export interface SearchResult {
  readonly traces: readonly Trace[];
  /** For `pageToken` of the next search; null when the page is not full. */
  readonly nextPageToken: string | null;
  /** What is to be known about the request: a pattern that matches nothing, a key that no trace has. */
  readonly warnings: readonly string[];
}

/** A page of a search whose traces are read when they are reached. */
export interface TraceStream extends Omit<SearchResult, "traces"> {
  readonly count: number;
  /** May be iterated more than once. Throws E_SOURCE_CHANGED, E_IO. */
  readonly traces: Iterable<Trace>;
}

/** Loaded traces, to be asked from several places at once. */
export interface Store {
  /** What was read, loaded and rejected, by file. */
  readonly report: LoadReport;
  /** Answers a trace-metrics request as MLflow's server does. Throws E_REQUEST and the E_FILTER codes. */
  metrics(request: MetricsRequest, options?: QueryOptions): Promise<MetricsResponse>;
  /**
   * All that the answer over these files and others is put together from; see mergeMetricsStates. Throws as `metrics`, and
   * E_REQUEST for exact percentiles and distinct counts.
   */
  metricsState(request: MetricsRequest, options?: QueryOptions): Promise<MetricsState>;
  /** Finds traces as MLflow's `search_traces` does. Throws E_REQUEST and the E_FILTER codes. */
  searchTraces(request?: SearchRequest, options?: QueryOptions): Promise<SearchResult>;
  /** The same page, for many traces: each is read when it is reached. */
  streamTraces(request?: SearchRequest, options?: QueryOptions): Promise<TraceStream>;
  /** The trace of an id. Throws E_NOT_FOUND. */
  getTrace(traceId: string, options?: QueryOptions): Promise<Trace>;
  /** The plan of a metrics request or a search as text, before and after the optimiser. */
  explain(request: MetricsRequest | SearchRequest, options?: ExplainOptions): Promise<string>;
  /** A table as Arrow, over the same buffers. Payload is left out. */
  table(name: TableName): Promise<ArrowTable>;
  /** Rows, time range, keys and columns. */
  summary(): DatasetSummary;
  /** Closes the files that payload is read from, and ends the store's threads. */
  close(): void;
}
