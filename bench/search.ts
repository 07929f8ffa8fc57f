// How fast are filters in memory, beside DuckDB on the same tables and MLflow's SQLite store on a smaller size?
// Called by run.ts as `search`. Both engines are filled once from one file; each query is checked first (all ids, in
// order), then timed in turns. A page of 100 is asked for: DuckDB gives its ids, tracemill finds it (`find`), and finds
// and reads its traces from the file (`read`), which DuckDB does not do.

import { formatBytes, open, type Store } from "../src/index.ts";
import { ensureExport } from "./data.ts";
import { DUCKDB_THREADS } from "./load-duckdb.ts";
import { longestLine } from "./load-lines.ts";
import type { BenchResult } from "./record.ts";
import { differenceOf, findAll, timed } from "./search-answers.ts";
import { DUCKDB_SEARCH_LOAD, DuckdbTables } from "./search-duckdb.ts";
import { compareWithMlflow } from "./search-mlflow.ts";
import { firstSession, PAGE_SIZE, type SearchQuery, searchQueries, sqlOf } from "./search-queries.ts";
import { type Summary, summarize } from "./stats.ts";

/** What to run. */
export interface SearchSettings {
  readonly traces: number;
  readonly seed: number;
  /** Timed turns of each query. */
  readonly runs: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

interface Samples {
  readonly find: number[];
  readonly read: number[];
  readonly duckdb: number[];
}

interface QueryResult extends SearchQuery {
  readonly sql: string;
  /** Traces that match, of which the page has the first 100. */
  readonly found: number;
  /** Milliseconds. */
  readonly samples: Samples;
  readonly median: { readonly [engine in keyof Samples]: number };
  readonly summary: { readonly [engine in keyof Samples]: Summary };
  /** Medians: how many times as long DuckDB takes as `find`; below 1, tracemill is slower. */
  readonly ratio: number;
}

/** About 5 spans a trace and 6 KB: a million spans in 200,000 traces. */
/** tracemill searches on one. */
const TRACEMILL_THREADS = 1;
const SHAPE = { maxSpans: 9, textScale: 0.02 } as const;
const MLFLOW_TRACES = 1_000;

/** Runs the bench. Throws when the engines' answers differ. */
export async function runSearch({ traces, seed, runs, say }: SearchSettings): Promise<BenchResult> {
  const mlflowTraces = Math.min(traces, MLFLOW_TRACES);
  const file = ensureExport({ traces, seed, ...SHAPE });
  say(`${file.name}: ${formatBytes(file.sizeBytes)}`);
  const store = await open([file.path], { threads: TRACEMILL_THREADS });
  say("tracemill loaded");
  const duckdb = await DuckdbTables.load(file.path, longestLine(file.path));
  say("duckdb loaded");
  const rows = await checkRows(store, duckdb);
  say(`rows agree: ${JSON.stringify(rows)}`);
  const results: QueryResult[] = [];
  for (const query of searchQueries(firstSession(file.path))) {
    const result = await measure(query, { store, duckdb, runs });
    say(lineOf(result));
    results.push(result);
  }
  store.close();
  duckdb.close();
  const mlflow = await compareWithMlflow({ traces: mlflowTraces, seed, runs, shape: SHAPE, say });
  return {
    bench: "search",
    question: "How fast are filters in memory, beside DuckDB on the same tables and MLflow's SQLite store?",
    details: {
      file: { name: file.name, sizeBytes: file.sizeBytes },
      rows,
      settings: {
        traces,
        seed,
        runs,
        pageSize: PAGE_SIZE,
        threads: { tracemill: TRACEMILL_THREADS, duckdb: DUCKDB_THREADS },
      },
      slowerThanDuckdb: results.filter(({ ratio }) => ratio < 1).map(({ name }) => name),
      queries: results,
      duckdb: { load: DUCKDB_SEARCH_LOAD },
      mlflow: mlflow ?? "left out",
    },
  };
}

/** Rows of the tables, which must be the same. */
async function checkRows(store: Store, duckdb: DuckdbTables): Promise<Readonly<Record<string, number>>> {
  const { tables } = store.summary();
  const rows: Record<string, number> = {};
  for (const name of ["traces", "spans", "assessments"] as const) {
    const [own, other] = [tables[name].rows, await duckdb.count(name)];
    if (own !== other) throw new Error(`${name}: tracemill has ${own} rows, duckdb ${other}`);
    rows[name] = own;
  }
  return rows;
}

async function measure(
  query: SearchQuery,
  { store, duckdb, runs }: { readonly store: Store; readonly duckdb: DuckdbTables; readonly runs: number },
): Promise<QueryResult> {
  const all = await findAll(store, query);
  const difference = differenceOf(query.name, all, await duckdb.search(query));
  if (difference !== undefined) throw new Error(`tracemill and duckdb: ${difference}`);
  const request = { filterString: query.filter, orderBy: query.orderBy ?? null, maxResults: PAGE_SIZE };
  const turns = {
    find: () => store.streamTraces(request),
    read: () => store.searchTraces(request),
    duckdb: () => duckdb.search(query, PAGE_SIZE),
  };
  const samples: Samples = { find: [], read: [], duckdb: [] };
  for (let run = 0; run <= runs; run++) {
    for (const engine of ["find", "read", "duckdb"] as const) {
      const milliseconds = await timed(turns[engine]);
      // The first turn warms up.
      if (run > 0) samples[engine].push(milliseconds);
    }
  }
  const [find, read, rival] = [summarize(samples.find), summarize(samples.read), summarize(samples.duckdb)];
  return {
    ...query,
    sql: sqlOf(query, PAGE_SIZE),
    found: all.length,
    samples,
    median: { find: find.median, read: read.median, duckdb: rival.median },
    summary: { find, read, duckdb: rival },
    ratio: rival.median / find.median,
  };
}

function lineOf({ name, found, median, ratio }: QueryResult): string {
  const shown = (milliseconds: number): string => `${milliseconds.toFixed(2)} ms`;
  const own = `tracemill ${shown(median.find)} (traces read: ${shown(median.read)})`;
  const verdict = ratio < 1 ? "  slower" : "";
  return `${name.padEnd(17)} ${String(found).padStart(7)} found  ${own}, duckdb ${shown(median.duckdb)}  x${ratio.toFixed(2)}${verdict}`;
}
