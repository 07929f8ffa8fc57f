// `tracemill search`: the command line of `mlflow traces search`, on files. Called by main.ts.
// What must stay true: the values of filter, order, limit and token go to the front end unchecked, whose message is
// printed; the search is planned before a file is opened; traces are written as they are read, never all at once.

import {
  escapeLine,
  formatCount,
  type QueryOptions,
  type SearchRequest,
  type Store,
  searchColumns,
  type Trace,
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
import { outputFormat, outputPath, writeOutput } from "./output.ts";
import { renderSearch, SEARCH_OUTPUTS } from "./search-output.ts";
import { withStore } from "./session.ts";
import { readSettings, readSources } from "./settings.ts";
import { colourEnabled, tableWidth } from "./terminal.ts";
import { StepTimer } from "./timing.ts";
import { choice, commaList, textOrFile } from "./values.ts";

const QUERY = "Query";

/** Flags about the fields that are printed; also of `get`. */
export const FIELD_FLAGS = [
  {
    name: "extract-fields",
    value: "LIST",
    doc: "only these fields: dots between names, * for all, `…` around a name with dots",
    group: QUERY,
  },
  { name: "verbose", doc: "list all fields when one is not found", group: QUERY },
] as const;

/** The command's flags and help. */
export const SEARCH: CommandSpec = {
  name: "search",
  summary: "find traces",
  doc: "Find traces, as `mlflow traces search` does.",
  sources: true,
  flags: [
    {
      name: "filter-string",
      value: "TEXT|@FILE",
      doc: "keep traces for which it holds, such as \"status = 'ERROR' AND tag.env = 'prod'\"",
      group: QUERY,
    },
    {
      name: "order-by",
      value: "LIST",
      doc: 'such as "execution_time DESC, name" (default: newest first)',
      group: QUERY,
    },
    { name: "max-results", value: "N", doc: "most traces (default 100)", group: QUERY },
    { name: "page-token", value: "TOKEN", doc: "the next page of a search", group: QUERY },
    {
      name: "experiment-id",
      short: "x",
      value: "IDS",
      doc: "only these experiments (default: all in the files)",
      group: QUERY,
    },
    { name: "run-id", value: "ID", doc: "only traces of this MLflow run", group: QUERY },
    { name: "model-id", value: "ID", doc: "only traces of this MLflow model", group: QUERY },
    { name: "include-spans", doc: "with spans (default)", group: QUERY },
    { name: "no-include-spans", doc: "without spans", group: QUERY },
    ...FIELD_FLAGS,
    REGEX_FLAG,
    {
      name: "explain",
      value: "analyze",
      bare: "plan",
      doc: "print the plan; --explain=analyze also runs it",
      group: QUERY,
    },
    outputFlag(SEARCH_OUTPUTS),
    ...OUTPUT_FLAGS,
    ...READ_FLAGS,
    ...GENERAL_FLAGS,
  ],
  examples: [
    ["tracemill search traces.jsonl --filter-string \"status = 'ERROR'\"", "failed traces, newest first"],
    [
      "tracemill search exports/ --filter-string \"span.type = 'TOOL' AND span.status = 'ERROR'\" --order-by \"execution_time DESC\"",
      "traces with a failed tool call, slowest first",
    ],
    [
      "tracemill search traces.jsonl --extract-fields 'info.trace_id,info.tags.`mlflow.traceName`' -o csv",
      "two fields of every trace",
    ],
    [
      "tracemill search traces.jsonl --filter-string \"trace.text ILIKE '%refund%'\" --max-results 10000 -o jsonl",
      "whole traces that mention a word, one a line",
    ],
  ],
};

/** Runs the command. Resolves to the exit status. */
export async function runSearch(positions: readonly string[], flags: FlagValues, io: CliIo): Promise<number> {
  const timer = new StepTimer(io);
  const sources = readSources(positions, flags);
  const format = outputFormat(flags, SEARCH_OUTPUTS);
  const explain = flags.has("explain") ? choice<"plan" | "analyze">(flags, "explain", ["plan", "analyze"]) : undefined;
  const settings = readSettings(flags, io);
  const request = searchRequest(flags);
  const query: QueryOptions = {
    strict: flags.has("strict"),
    regex: choice(flags, "regex", ["linear", "js"]),
    signal: io.signal,
  };
  const output = outputPath(flags, sources);
  const columns = columnsFor(sources, searchColumns(request, { ...query, limits: settings.limits ?? {} }));
  let rebuilt = 0;
  timer.mark("plan");
  return withStore({ io, flags, sources, settings, columns, output }, async (store) => {
    timer.mark("load");
    const pieces =
      explain === undefined ? await page(store) : await explanation(store, { request, query, explain }, io);
    timer.mark("run");
    await writeOutput(io, output, pieces);
    if (!flags.has("quiet")) await warn(io, rebuiltWarning(rebuilt));
    timer.mark("write");
    if (flags.has("timing")) await timer.print();
  });

  async function page(store: Store): Promise<Iterable<string | Uint8Array>> {
    const stream = await store.streamTraces(request, query);
    if (!flags.has("quiet")) await warn(io, stream.warnings);
    const traces = counted(stream.traces, (count) => {
      rebuilt = count;
    });
    return renderSearch(
      { ...stream, traces },
      {
        format,
        strict: flags.has("strict"),
        fields: commaList(flags, "extract-fields"),
        verbose: flags.has("verbose"),
        csvSafe: flags.has("csv-safe"),
        width: tableWidth(io, output),
        colour: colourEnabled(io, output),
      },
    );
  }
}

/** The same traces; tells how many of them were rebuilt from columns, each time that they have been read to the end. */
function counted(traces: Iterable<Trace>, tell: (rebuilt: number) => void): Iterable<Trace> {
  return {
    *[Symbol.iterator]() {
      let count = 0;
      for (const trace of traces) {
        if (!trace.isWhole) count += 1;
        yield trace;
      }
      tell(count);
    },
  };
}

/** What to say of traces whose payload could not be read again. */
export function rebuiltWarning(count: number): readonly string[] {
  if (count === 0) return [];
  const which = count === 1 ? "1 trace was" : `${formatCount(count)} traces were`;
  return [
    `${which} rebuilt from columns: previews, inputs, outputs and events are missing (--payload keep keeps them)`,
  ];
}

/** Standard input is read once: when traces have to be rebuilt from their columns, all of them must be there. */
export function columnsFor(sources: readonly string[], columns: readonly string[]): "all" | readonly string[] {
  return sources.includes("-") ? "all" : columns;
}

/** Prints warnings on standard error. */
export async function warn(io: CliIo, warnings: readonly string[]): Promise<void> {
  for (const warning of warnings) await say(io, `warning: ${escapeLine(warning)}\n`);
}

/** The request that the flags say; a part that was not given is left out. */
export function searchRequest(flags: FlagValues): SearchRequest {
  const experimentIds = commaList(flags, "experiment-id");
  const filter = flags.text("filter-string");
  const parts = {
    filterString: filter === undefined ? undefined : textOrFile(filter),
    orderBy: flags.text("order-by"),
    maxResults: flags.text("max-results"),
    pageToken: flags.text("page-token"),
    runId: flags.text("run-id"),
    modelId: flags.text("model-id"),
    experimentIds,
  };
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  return { ...given, includeSpans: flags.text("include-spans") !== "no" };
}
