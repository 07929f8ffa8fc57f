// The pipeline, top to bottom: open files, turn a request into a plan, make it cheaper, run it, shape the answer.
// Called by index.ts, and through it by the command line and by programs. Each step is one call into one folder.
// What must stay true: a dataset never changes once loaded; when a request needs more columns, the sources are read
// again into a new dataset, which then takes the old one's place for later requests.

import { invariant } from "./base/assert.ts";
import { EngineError } from "./base/errors.ts";
import { type Limits, resolveLimits } from "./base/limits.ts";
import { formatCount } from "./base/units.ts";
import { availableThreads } from "./base/worker-pool.ts";
import { absentKeys } from "./columns/absent-keys.ts";
import { toArrow } from "./columns/arrow.ts";
import { ALL_COLUMNS, NO_COLUMNS, namesOf, type Projection, projectionOf, unionOf } from "./columns/projection.ts";
import { SCHEMA } from "./columns/schema.ts";
import { summarize } from "./columns/summary.ts";
import { type Dataset, type Table, tableOf } from "./columns/table.ts";
import { runPlan } from "./exec/compile.ts";
import { ComputePool } from "./exec/compute-pool.ts";
import { partialGroups } from "./exec/partials.ts";
import { planMetricsState } from "./frontends/metrics-state.ts";
import { type MetricsOptions, type MetricsPlan, type MetricsRequest, planMetrics } from "./frontends/mlflow-metrics.ts";
import {
  planGet,
  planSearch,
  type SearchPage,
  type SearchPlan,
  type SearchRequest,
} from "./frontends/mlflow-search.ts";
import { rowFilter, searchLanguage } from "./frontends/search-language.ts";
import type { LoadOptions } from "./ingest/load.ts";
import { MOST_DEFAULT_THREADS } from "./ingest/load-threads.ts";
import { Loader, type Reading, readingOf } from "./ingest/loader.ts";
import { emptyPayload } from "./ingest/payload-reader.ts";
import type { LoadReport } from "./ingest/report.ts";
import { expandSources, type SourceInput } from "./ingest/sources.ts";
import { backtrackingFault } from "./kernels/backtracking-regex.ts";
import { patternFault } from "./kernels/regex.ts";
import { optimize } from "./optimize/index.ts";
import { requiredColumns } from "./optimize/prune-columns.ts";
import { explainPlan, explainProfiles } from "./plan/explain.ts";
import type { Plan } from "./plan/logical.ts";
import type { OperatorProfile, Result } from "./plan/result.ts";
import { storeBehind } from "./state/state-sources.ts";
import type { OpenOptions, QueryOptions, Store, StoreOptions } from "./store.ts";
import { type ColumnsOptions, generateColumns } from "./synth/columns.ts";
import { needsAllColumns, RECORD_PROJECTION, readTraces } from "./trace/read-traces.ts";

function threadsOf({ threads }: StoreOptions): number {
  return threads ?? Math.min(MOST_DEFAULT_THREADS, availableThreads());
}

/**
 * Opens exports: files, directories, globs, `-` for `options.stdin`, or bytes in memory.
 * Format, framing and compression are found from the content. Throws the read codes of docs/errors.md.
 */
export async function open(sources: string | readonly SourceInput[], options: OpenOptions = {}): Promise<Store> {
  const inputs = typeof sources === "string" ? [sources] : sources;
  const expanded = await expandSources(inputs, {
    expansion: resolveLimits(options.limits).expansion,
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  });
  const loader = new Loader(readingOf(expanded.sources, loadOptions(options, expanded.notes)));
  const first = await loader.require(projectionOf(options.columns ?? "all"));
  return storeOver(loader, first.report, options);
}

/** What every load of a store is done with. */
function loadOptions(options: OpenOptions, notes: readonly string[]): Omit<LoadOptions, "columns"> {
  const { onError, maxRejects, rejects, duplicates, allowNan, payload, format } = options;
  const { memoryLimitBytes, memoryInUse, signal, onProgress } = options;
  return {
    notes,
    onError: onError ?? "stop",
    duplicates: duplicates ?? "last",
    allowNan: allowNan ?? false,
    payload: payload ?? "place",
    format: format ?? "auto",
    threading: {
      threads: threadsOf(options),
      isDefault: options.threads === undefined,
      isLimitDefault: options.isLimitDefault ?? false,
    },
    limits: resolveLimits(options.limits),
    ...(maxRejects === undefined ? {} : { maxRejects }),
    ...(rejects === undefined ? {} : { rejects }),
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
    ...(memoryInUse === undefined ? {} : { memoryInUse }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

/**
 * A store over seeded synthetic traces, made as columns without a file between. Without `columns`, each request makes
 * the columns that it needs. Throws E_USAGE, E_MEMORY.
 */
export async function openSynthetic(
  synthetic: ColumnsOptions,
  options: StoreOptions & Pick<OpenOptions, "columns"> = {},
): Promise<Store> {
  const loader = new Loader(syntheticReading(synthetic));
  const first = await loader.require(projectionOf(options.columns ?? []));
  return storeOver(loader, first.report, options);
}

/** A store over columns that are there already, all of whose keyed columns are loaded. For benches, beside runPlan(). */
export async function openDataset(dataset: Dataset, options: StoreOptions = {}): Promise<Store> {
  const { rows } = dataset.traces;
  const loader = new Loader(async (_, missing) => {
    if (missing.length === 0) return { dataset, report: madeReport(rows) };
    throw new EngineError("E_COLUMN_NOT_LOADED", `${missing.join(", ")} not loaded`);
  });
  const wanted = (table: Table) => new Set([...table.columns.keys(), ...[...table.keyed.keys()].map((f) => `${f}.*`)]);
  const { traces, spans, assessments } = dataset;
  const held = { traces: wanted(traces), spans: wanted(spans), assessments: wanted(assessments) };
  return storeOver(loader, (await loader.require(held)).report, options);
}

function storeOver(loader: Loader, report: LoadReport, options: OpenOptions): Store {
  const limits = resolveLimits(options.limits);
  const pool = new ComputePool(threadsOf(options));
  const withDefaults = <T extends QueryOptions>(query: T): T => ({ strict: options.strict ?? false, ...query });
  const prepare = async (plan: Plan, query: QueryOptions, also: Projection = NO_COLUMNS) => {
    const cheap = optimize(plan, query.disabledRules === undefined ? {} : { disabled: query.disabledRules });
    const { dataset } = await loader.require(unionOf(requiredColumns(cheap.plan), also));
    const runOptions = {
      maxGroups: limits.groups,
      pool,
      ...(query.signal === undefined ? {} : { signal: query.signal }),
    };
    return { cheap, dataset, runOptions };
  };
  const run = async (plan: Plan, query: QueryOptions): Promise<Result> => {
    const { cheap, dataset, runOptions } = await prepare(plan, query);
    return runPlan(cheap.plan, dataset, runOptions);
  };
  /** Rows of traces and the dataset that they are rows of, with the columns that reading them takes. */
  const findTraces = async <T extends { readonly rows: Uint32Array }>(
    { plan, shape }: { readonly plan: Plan; readonly shape: (result: Result) => T },
    query: QueryOptions,
  ): Promise<{ readonly dataset: Dataset; readonly page: T }> => {
    const found = async (also: Projection) => {
      const { cheap, dataset, runOptions } = await prepare(plan, query, also);
      return { dataset, page: shape(await runPlan(cheap.plan, dataset, runOptions)) };
    };
    const first = await found(RECORD_PROJECTION);
    return needsAllColumns(first.dataset, first.page.rows) ? found(ALL_COLUMNS) : first;
  };
  const streamTraces: Store["streamTraces"] = async (request = {}, query = {}) => {
    const front = planSearchRequest(request, withDefaults(query), limits);
    const { dataset, page } = await findTraces<SearchPage>(front, query);
    const includeSpans = request.includeSpans ?? true;
    return {
      count: page.rows.length,
      nextPageToken: page.nextPageToken,
      warnings:
        page.rows.length > 0 ? front.warnings : [...front.warnings, ...absentKeys(dataset, columnsOf(front.plan))],
      traces: { [Symbol.iterator]: () => readTraces(dataset, page.rows, { includeSpans }) },
    };
  };
  /** Tells this store's states from those of others. */
  const identity = {};
  return {
    report,
    async metrics(request, query = {}) {
      const front = planRequest(request, withDefaults(query), limits);
      return front.shape(await run(front.plan, query));
    },
    async metricsState(request, query = {}) {
      const settled = withDefaults(query);
      const { plan, keys, request: kept } = planMetricsState(request, metricsOptions(settled, limits));
      const groups = await run(plan, query);
      invariant(groups.kind === "grouped", "a metrics plan ends in groups");
      return {
        request: kept,
        strict: settled.strict ?? false,
        groups: partialGroups(groups, keys),
        name: "this store",
        stores: [storeBehind(identity, kept)],
      };
    },
    streamTraces,
    async searchTraces(request, query) {
      const { traces, nextPageToken, warnings } = await streamTraces(request, query);
      return { traces: [...traces], nextPageToken, warnings };
    },
    async getTrace(traceId, query = {}) {
      const { dataset, page } = await findTraces(planGet(traceId), query);
      const [trace] = readTraces(dataset, page.rows, { includeSpans: true });
      if (trace !== undefined) return trace;
      throw new EngineError("E_NOT_FOUND", `Trace with ID ${traceId} not found in ${counted(report)}`);
    },
    async explain(request, query = {}) {
      const settled = withDefaults(query);
      const { plan } = isMetricsRequest(request)
        ? planRequest(request, settled, limits)
        : planSearchRequest(request, settled, limits);
      const { cheap, dataset, runOptions } = await prepare(plan, query);
      const parts = [
        `plan\n${explainPlan(plan)}`,
        `optimised (${cheap.fired.join(", ") || "no rule fired"})\n${explainPlan(cheap.plan)}`,
      ];
      if (query.analyze !== undefined) {
        const profiles: OperatorProfile[] = [];
        await runPlan(cheap.plan, dataset, { ...runOptions, analyze: { now: query.analyze.now, profiles } });
        parts.push(`analyze\n${explainProfiles(profiles)}`);
      }
      return `${parts.join("\n\n")}\n`;
    },
    async table(name) {
      if (!Object.hasOwn(SCHEMA, name)) {
        throw new EngineError("E_USAGE", `no table '${name}'; tables: ${Object.keys(SCHEMA).join(", ")}`);
      }
      const { dataset } = await loader.require(ALL_COLUMNS);
      return toArrow(tableOf(dataset, name), dataset);
    },
    summary: () => summarize(loader.current().dataset),
    close() {
      pool.close();
      loader.close();
    },
  };
}

function columnsOf(plan: Plan): Projection {
  return requiredColumns(optimize(plan).plan);
}

function counted({ loaded }: LoadReport): string {
  return loaded === 1 ? "the one trace read" : `the ${formatCount(loaded)} traces read`;
}

function isMetricsRequest(request: MetricsRequest | SearchRequest): request is MetricsRequest {
  return "metric_name" in request || "view_type" in request;
}

/** The columns that a metrics request reads, as `open`'s `columns`; so that a command loads no others. Throws as `metrics`. */
export function metricsColumns(
  request: MetricsRequest,
  options: QueryOptions & Pick<OpenOptions, "limits"> = {},
): readonly string[] {
  const { plan } = optimize(planRequest(request, options, resolveLimits(options.limits)).plan);
  return namesOf(requiredColumns(plan));
}

/** The columns that a search reads, those of reading its traces included. Throws as `searchTraces`. */
export function searchColumns(
  request: SearchRequest,
  options: QueryOptions & Pick<OpenOptions, "limits"> = {},
): readonly string[] {
  const { plan } = optimize(planSearchRequest(request, options, resolveLimits(options.limits)).plan);
  return namesOf(unionOf(requiredColumns(plan), RECORD_PROJECTION));
}

/** The columns that getting a trace reads. */
export function getColumns(): readonly string[] {
  return namesOf(RECORD_PROJECTION);
}

/** As metricsColumns, for `metricsState`. Throws as it does. */
export function metricsStateColumns(
  request: MetricsRequest,
  options: QueryOptions & Pick<OpenOptions, "limits"> = {},
): readonly string[] {
  const { plan } = planMetricsState(request, metricsOptions(options, resolveLimits(options.limits)));
  return namesOf(requiredColumns(optimize(plan).plan));
}

function planRequest(request: MetricsRequest, options: QueryOptions, limits: Limits): MetricsPlan {
  return planMetrics(request, metricsOptions(options, limits));
}

function metricsOptions(options: QueryOptions, limits: Limits): MetricsOptions {
  return {
    strict: options.strict ?? false,
    percentiles: options.percentiles ?? "exact",
    bindFilter: (text, table) => rowFilter(text, table, { limits, ...patternsOf(options) }),
  };
}

function planSearchRequest(request: SearchRequest, options: QueryOptions, limits: Limits): SearchPlan {
  const strict = options.strict ?? false;
  return planSearch(request, { strict, language: searchLanguage({ strict, limits, ...patternsOf(options) }) });
}

function patternsOf({ regex = "linear" }: QueryOptions) {
  return { regex, checkPattern: regex === "js" ? backtrackingFault : patternFault };
}

/** Makes synthetic columns, each time anew. */
function syntheticReading(synthetic: ColumnsOptions): Reading {
  return async (columns) => {
    const tables = generateColumns(synthetic, columns);
    const records = { sources: new Int32Array(0), starts: new Float64Array(0), lengths: new Uint32Array(0) };
    return { dataset: { ...tables, payload: emptyPayload(records) }, report: madeReport(tables.traces.rows) };
  };
}

/** The report of columns that were not read from a file. */
function madeReport(rows: number): LoadReport {
  return { files: [], read: rows, loaded: rows, rejected: 0, duplicates: 0, counters: {}, warnings: [] };
}

export type { Dataset };
