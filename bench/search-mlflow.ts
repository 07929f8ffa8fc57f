// How much slower is MLflow's own SQLite store at the queries of the search bench, on a size that it can bear?
// Called by search.ts. Python with MLflow is given by TRACEMILL_MLFLOW_PYTHON; without it the comparison is left out.
// What must stay true: tracemill answers on the traces as that store exports them, and both read a page of trace infos.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { open } from "../src/index.ts";
import { ensureExport } from "./data.ts";
import { differenceOf, findAll, timed } from "./search-answers.ts";
import { firstSession, PAGE_SIZE, type SearchQuery, searchQueries } from "./search-queries.ts";
import { type Summary, summarize } from "./stats.ts";

/** What to run. */
export interface MlflowSettings {
  readonly traces: number;
  readonly seed: number;
  readonly runs: number;
  /** Options of the generator. */
  readonly shape: { readonly maxSpans: number; readonly textScale: number };
  readonly say: (line: string) => void;
}

/** One query on both. */
export interface MlflowComparison {
  readonly name: string;
  readonly found: number;
  /** Milliseconds: the page found, and its traces' infos read, as MLflow's store reads them. */
  readonly find: Summary;
  readonly tracemill: Summary;
  readonly mlflow: Summary;
  /** Medians: how many times as long MLflow takes as tracemill with infos; below 1, tracemill is slower. */
  readonly ratio: number;
}

interface MlflowOutput {
  readonly mlflow: string;
  readonly traces: number;
  readonly answers: readonly { readonly name: string; readonly ids: readonly string[]; readonly samples: number[] }[];
}

const SCRIPT = fileURLToPath(new URL("./search-mlflow.py", import.meta.url));

/** Runs the comparison; undefined without MLflow. Throws when the answers differ. */
export async function compareWithMlflow(
  settings: MlflowSettings,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { traces, seed, shape, runs, say } = settings;
  const python = process.env["TRACEMILL_MLFLOW_PYTHON"];
  if (python === undefined) {
    say("mlflow: left out, TRACEMILL_MLFLOW_PYTHON is not set");
    return undefined;
  }
  const file = ensureExport({ traces, seed, ...shape });
  const queries = searchQueries(firstSession(file.path));
  const work = mkdtempSync(join(tmpdir(), "tracemill-bench-mlflow-"));
  try {
    const input = queries.map(({ name, filter, orderBy }) => ({ name, filter, orderBy, pageSize: PAGE_SIZE }));
    const output = await runPython(python, [SCRIPT, file.path, work, String(runs)], JSON.stringify(input));
    const rows = await compare(queries, output, { path: join(work, "exported.jsonl"), runs });
    for (const row of rows) say(lineOf(row));
    return { version: output.mlflow, traces: output.traces, file: file.name, queries: rows };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function compare(
  queries: readonly SearchQuery[],
  { answers }: MlflowOutput,
  { path, runs }: { readonly path: string; readonly runs: number },
): Promise<readonly MlflowComparison[]> {
  const store = await open([path]);
  const rows: MlflowComparison[] = [];
  for (const query of queries) {
    const answer = answers.find(({ name }) => name === query.name);
    if (answer === undefined) throw new Error(`${query.name}: MLflow did not answer`);
    const found = differenceOf(query.name, await findAll(store, query), answer.ids);
    if (found !== undefined) throw new Error(`tracemill and MLflow: ${found}`);
    const request = { filterString: query.filter, orderBy: query.orderBy ?? null, includeSpans: false };
    const read = async () => (await store.searchTraces(request)).traces.map(({ info }) => info["trace_id"]);
    const samples = { find: [] as number[], read: [] as number[] };
    await read();
    for (let run = 0; run < runs; run++) {
      samples.find.push(await timed(() => store.streamTraces(request)));
      samples.read.push(await timed(read));
    }
    const [find, tracemill, mlflow] = [summarize(samples.find), summarize(samples.read), summarize(answer.samples)];
    rows.push({
      name: query.name,
      found: answer.ids.length,
      find,
      tracemill,
      mlflow,
      ratio: mlflow.median / tracemill.median,
    });
  }
  store.close();
  return rows;
}

function runPython(python: string, args: readonly string[], input: string): Promise<MlflowOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")) as MlflowOutput);
      else reject(new Error(`MLflow's script ended with exit code ${code}`));
    });
    child.stdin.end(input);
  });
}

function lineOf({ name, found, find, tracemill, mlflow, ratio }: MlflowComparison): string {
  const own = `tracemill ${find.median.toFixed(2)} ms (infos read: ${tracemill.median.toFixed(2)} ms)`;
  const times = `${own}, mlflow ${mlflow.median.toFixed(1)} ms`;
  return `${name.padEnd(17)} ${String(found).padStart(7)} found  ${times}  x${ratio.toFixed(1)}`;
}
