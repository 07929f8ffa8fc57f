// `tracemill metrics`: the command line of MLflow's metrics skill, on files. Called by main.ts.
// What must stay true: values that name things (metric, view, aggregation, dimension, limits) go to the front end
// unchecked, whose message is printed; the request is planned before a file is opened, and only its columns are loaded.

import {
  EngineError,
  type MetricsRequest,
  type MetricsResponse,
  metricsColumns,
  metricsOfState,
  metricsStateColumns,
  type QueryOptions,
  type Store,
  writeMetricsState,
} from "../index.ts";
import { explanation } from "./explanation.ts";
import {
  type CommandSpec,
  type FlagValues,
  GENERAL_FLAGS,
  OUTPUT_FLAGS,
  outputFlag,
  READ_FLAGS,
  REGEX_FLAG,
} from "./flags.ts";
import { type CliIo, say } from "./io.ts";
import { inputPaths } from "./load-report.ts";
import { metricsNotes } from "./metrics-notes.ts";
import { METRICS_OUTPUTS, renderMetrics } from "./metrics-output.ts";
import { outputFormat, outputPath, writeOutput } from "./output.ts";
import { withStore } from "./session.ts";
import { readSettings, readSources } from "./settings.ts";
import { EMIT_STATE_FLAG, sourcesOf, statePath } from "./state-file.ts";
import { colourEnabled, tableWidth } from "./terminal.ts";
import { parseInterval, parseTime } from "./times.ts";
import { StepTimer } from "./timing.ts";
import { choice, commaList, textOrFile } from "./values.ts";

const QUERY = "Query";

/** The command's flags and help. */
export const METRICS: CommandSpec = {
  name: "metrics",
  summary: "aggregate traces, spans or assessments",
  doc: "Aggregate traces, spans or assessments, as MLflow's trace-metrics API does.",
  sources: true,
  flags: [
    {
      name: "metric",
      short: "m",
      value: "NAME",
      required: true,
      doc: "such as trace_count, latency, total_tokens, span_count, total_cost, assessment_value",
      group: QUERY,
    },
    {
      name: "aggregations",
      short: "a",
      value: "LIST",
      required: true,
      doc: "COUNT, SUM, AVG, MIN, MAX, P50, P95, P99.9 ...",
      group: QUERY,
    },
    { name: "view-type", short: "v", value: "VIEW", doc: "TRACES (default), SPANS, ASSESSMENTS", group: QUERY },
    {
      name: "dimensions",
      short: "d",
      value: "LIST",
      doc: "group by these, such as trace_name, span_name",
      group: QUERY,
    },
    {
      name: "filter",
      short: "f",
      value: "TEXT|@FILE",
      doc: "keep rows for which it holds; may be repeated, all must hold",
      group: QUERY,
    },
    {
      name: "time-interval",
      short: "t",
      value: "TIME",
      doc: "bucket width: seconds, or 15m, 1h, 1d, 1w; 0 for none",
      group: QUERY,
    },
    { name: "start-time", value: "TIME", doc: "first instant: -24h, -7d, now, ISO 8601, epoch ms", group: QUERY },
    { name: "end-time", value: "TIME", doc: "last instant, in the same forms", group: QUERY },
    {
      name: "experiment-ids",
      short: "x",
      value: "IDS",
      doc: "only these experiments (default: all in the files)",
      group: QUERY,
    },
    {
      name: "percentiles",
      value: "METHOD",
      doc: "exact (default), or tdigest: approximate, in little memory",
      group: QUERY,
    },
    { name: "max-results", value: "N", doc: "most points (default 1000)", group: QUERY },
    EMIT_STATE_FLAG,
    REGEX_FLAG,
    {
      name: "explain",
      value: "analyze",
      bare: "plan",
      doc: "print the plan; --explain=analyze also runs it",
      group: QUERY,
    },
    outputFlag(METRICS_OUTPUTS),
    ...OUTPUT_FLAGS,
    ...READ_FLAGS,
    ...GENERAL_FLAGS,
  ],
  examples: [
    [
      "tracemill metrics traces.jsonl -m latency -a AVG,P95 -d trace_name",
      "average and 95th percentile of latency by trace",
    ],
    [
      "tracemill metrics exports/ -m total_tokens -a SUM -t 1h --start-time -24h --end-time now",
      "tokens by hour over the last day",
    ],
    [
      "tracemill metrics '*.jsonl.gz' -v SPANS -m span_count -a COUNT -d span_type -f \"trace.status = 'ERROR'\"",
      "spans of failed traces by type",
    ],
    [
      "tracemill metrics monday.jsonl -m latency -a P95,COUNT --percentiles tdigest --emit-state monday.state",
      "also keep what merge-state puts together later",
    ],
    [
      "tracemill metrics - -m trace_count -a COUNT -d trace_status -o json < traces.jsonl",
      "from standard input, as MLflow's response body",
    ],
  ],
};

/** Runs the command. Resolves to the exit status. */
export async function runMetrics(positions: readonly string[], flags: FlagValues, io: CliIo): Promise<number> {
  const timer = new StepTimer(io);
  const sources = readSources(positions, flags);
  const task = metricsTask(flags, io);
  const settings = readSettings(flags, io);
  const output = outputPath(flags, sources);
  const state = statePath(flags, sources, output);
  if (state !== undefined && task.explain !== undefined) {
    throw new EngineError("E_USAGE", "--explain shows a plan and writes no state: leave --emit-state out");
  }
  const columns = (state === undefined ? metricsColumns : metricsStateColumns)(task.request, task.query);
  timer.mark("plan");
  return withStore({ io, flags, sources, settings, columns, output }, async (store) => {
    timer.mark("load");
    const pieces =
      task.explain === undefined
        ? await answered(store, task)
        : await explanation(store, { ...task, explain: task.explain }, io);
    timer.mark("run");
    await writeOutput(io, output, pieces);
    timer.mark("write");
    if (flags.has("timing")) await timer.print();
  });

  async function answered(store: Store, { request, query }: MetricsTask): Promise<Iterable<string>> {
    const answer = state === undefined ? await store.metrics(request, query) : await emitted(store, request, query);
    if (!flags.has("quiet")) await say(io, metricsNotes(store, request, answer));
    return renderMetrics(answer, {
      format: task.format,
      request,
      strict: flags.has("strict"),
      approximate: query.percentiles === "tdigest",
      csvSafe: flags.has("csv-safe"),
      width: tableWidth(io, output),
      colour: colourEnabled(io, output),
    });
  }

  /** The answer by way of the state, which is written first: one run gives both. */
  async function emitted(store: Store, request: MetricsRequest, query: QueryOptions): Promise<MetricsResponse> {
    const sources = sourcesOf(inputPaths(store.report), request);
    const kept = { ...(await store.metricsState(request, query)), ...(sources.length === 0 ? {} : { sources }) };
    await writeOutput(io, state, writeMetricsState(kept));
    const { max_results: maxResults } = request;
    return metricsOfState(kept, maxResults === undefined ? {} : { maxResults });
  }
}

interface MetricsTask {
  readonly request: MetricsRequest;
  readonly query: QueryOptions;
  readonly format: (typeof METRICS_OUTPUTS)[number];
  readonly explain: "plan" | "analyze" | undefined;
}

function metricsTask(flags: FlagValues, io: CliIo): MetricsTask {
  return {
    format: outputFormat(flags, METRICS_OUTPUTS),
    explain: flags.has("explain") ? choice<"plan" | "analyze">(flags, "explain", ["plan", "analyze"]) : undefined,
    request: metricsRequest(flags, io.now()),
    query: {
      strict: flags.has("strict"),
      percentiles: choice(flags, "percentiles", ["exact", "tdigest"]),
      regex: choice(flags, "regex", ["linear", "js"]),
      signal: io.signal,
    },
  };
}

/** The request that the flags say; a part that was not given is left out. Throws E_USAGE for a time that is none. */
export function metricsRequest(flags: FlagValues, nowMs: number): MetricsRequest {
  const experimentIds = commaList(flags, "experiment-ids");
  const dimensions = commaList(flags, "dimensions");
  const interval = flags.text("time-interval");
  const start = flags.text("start-time");
  const end = flags.text("end-time");
  const maxResults = flags.text("max-results");
  const filters = flags.all("filter").map(textOrFile);
  return {
    view_type: flags.text("view-type") ?? "TRACES",
    metric_name: flags.text("metric") ?? "",
    aggregations: (commaList(flags, "aggregations") ?? []).map(parseAggregation),
    ...(experimentIds === undefined ? {} : { experiment_ids: experimentIds }),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(filters.length === 0 ? {} : { filters }),
    ...(interval === undefined ? {} : { time_interval_seconds: parseInterval(interval) }),
    ...(start === undefined ? {} : { start_time_ms: parseTime(start, nowMs) }),
    ...(end === undefined ? {} : { end_time_ms: parseTime(end, nowMs) }),
    ...(maxResults === undefined ? {} : { max_results: maxResults }),
  };
}

/** `p95` is the 95th percentile; any other word goes on in capitals. */
export function parseAggregation(word: string): MetricsRequest["aggregations"][number] {
  const name = word.toUpperCase();
  const percentile = /^P([+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?)$/.exec(name);
  if (percentile === null) return { aggregation_type: name };
  return { aggregation_type: "PERCENTILE", percentile_value: Number(percentile[1]) };
}
