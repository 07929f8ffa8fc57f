// Runs one workload on each engine, one after the other, and sets the results side by side.
// Called by replay.ts and analytic.ts. What must stay true: the rivals answer first; tracemill is timed only when its
// answers agree with theirs.

import { duckdbFile } from "./duckdb-columns.ts";
import { type ColumnEngine, type EngineJob, EngineProcess, type EngineReplies } from "./engine-process.ts";
import { type Summary, summarize } from "./stats.ts";
import { type Answer, answerDifference } from "./workload.ts";
import { type Size, WORKLOADS, type WorkloadName } from "./workloads.ts";

/** What to run. */
export interface EngineSettings {
  readonly workload: WorkloadName;
  readonly size: Size;
  readonly runs: number;
  /** Of tracemill. */
  readonly threads: number;
  readonly say: (line: string) => void;
}

/** A question's times, milliseconds. */
export interface QuestionResult {
  readonly name: string;
  readonly sql: string;
  readonly rows: number;
  readonly engines: { readonly [engine in ColumnEngine]: Summary & { readonly samples: readonly number[] } };
  /** Medians: how many times as long a rival takes as tracemill; below 1, tracemill is slower. */
  readonly ratio: { readonly [rival in Rival]: number };
}

/** What was measured of all questions. */
export interface Measured {
  readonly questions: readonly QuestionResult[];
  /** Questions at which tracemill is slower than a rival by more than noise (10 %). */
  readonly slower: { readonly [rival in Rival]: readonly string[] };
  /** Of all questions of one run together, milliseconds. */
  readonly total: {
    readonly engines: { readonly [engine in ColumnEngine]: Summary };
    readonly ratio: QuestionResult["ratio"];
  };
  /** By question; all engines agree on them. */
  readonly answers: readonly Answer[];
  readonly memory: readonly ({ readonly engine: ColumnEngine } & EngineReplies["memory"])[];
}

type Rival = Exclude<ColumnEngine, "tracemill">;

interface EngineRun {
  readonly engine: ColumnEngine;
  readonly answers: readonly Answer[];
  readonly samples: EngineReplies["time"];
  readonly memory: EngineReplies["memory"];
}

const NOISE = 0.1;
/** Rivals first: tracemill's answers are checked against theirs before it is timed. */
const ORDER: readonly ColumnEngine[] = ["duckdb", "duckdb-enum", "tracemill"];

/** Runs the workload. Throws when answers differ. */
export async function measureEngines(settings: EngineSettings): Promise<Measured> {
  const { workload, size, threads, say } = settings;
  const { questions, columns } = WORKLOADS[workload];
  const job = { workload, size, threads, duckdbFile: duckdbFile(columns(size)) };
  // In a process of its own: the columns that the file is made of are no engine's memory.
  const filler = new EngineProcess({ ...job, engine: "duckdb" });
  await filler.ask({ kind: "file" });
  await filler.end();
  const runs: EngineRun[] = [];
  for (const engine of ORDER) {
    runs.push(await runEngine({ ...job, engine }, settings.runs, runs[0]?.answers));
    say(`${engine} done`);
  }
  const [duckdb, duckdbEnum, own] = runs as [EngineRun, EngineRun, EngineRun];
  const engines = { tracemill: own, duckdb, "duckdb-enum": duckdbEnum };
  const results = questions.map((question, at) => {
    const result = sideBySide(engines, (run) => run.samples[at] ?? []);
    return { name: question.name, sql: question.sql, rows: own.answers[at]?.length ?? 0, ...result };
  });
  const total = sideBySide(engines, (run) => totals(run.samples));
  for (const { name, engines, ratio } of [...results, { name: "all", ...total }]) say(lineOf(name, engines, ratio));
  const slowerThan = (rival: Rival): readonly string[] =>
    results.filter(({ ratio }) => ratio[rival] < 1 - NOISE).map(({ name }) => name);
  return {
    questions: results,
    slower: { duckdb: slowerThan("duckdb"), "duckdb-enum": slowerThan("duckdb-enum") },
    total,
    answers: own.answers,
    memory: runs.map(({ engine, memory }) => ({ engine, ...memory })),
  };
}

/** `agreed`: the answers to be met; undefined for the first engine. */
async function runEngine(job: EngineJob, runs: number, agreed: readonly Answer[] | undefined): Promise<EngineRun> {
  const { engine, workload } = job;
  const { questions } = WORKLOADS[workload];
  const child = new EngineProcess(job);
  const answers = await child.ask({ kind: "answers" });
  const differences = questions.flatMap((question, at) => {
    const difference = answerDifference(question, answers[at] ?? [], agreed?.[at] ?? answers[at] ?? []);
    return difference === undefined ? [] : [difference];
  });
  if (differences.length > 0)
    throw new Error(`${engine} answers otherwise than ${ORDER[0]}:\n${differences.join("\n")}`);
  const samples = await child.ask({ kind: "time", runs });
  const memory = await child.ask({ kind: "memory" });
  await child.end();
  return { engine, answers, samples, memory };
}

function sideBySide(
  engines: { readonly [engine in ColumnEngine]: EngineRun },
  samplesOf: (run: EngineRun) => readonly number[],
): Pick<QuestionResult, "engines" | "ratio"> {
  const of = (engine: ColumnEngine) => {
    const samples = samplesOf(engines[engine]);
    return { ...summarize(samples), samples };
  };
  const summaries = { tracemill: of("tracemill"), duckdb: of("duckdb"), "duckdb-enum": of("duckdb-enum") };
  const ratio = (rival: Rival): number => summaries[rival].median / summaries.tracemill.median;
  return { engines: summaries, ratio: { duckdb: ratio("duckdb"), "duckdb-enum": ratio("duckdb-enum") } };
}

/** Milliseconds of each run over all questions. */
function totals(samples: EngineReplies["time"]): readonly number[] {
  return (samples[0] ?? []).map((_, run) => samples.reduce((sum, times) => sum + (times[run] ?? 0), 0));
}

function lineOf(
  name: string,
  engines: QuestionResult["engines"] | Measured["total"]["engines"],
  ratio: QuestionResult["ratio"],
): string {
  const shown = (engine: ColumnEngine): string => engines[engine].median.toFixed(1).padStart(9);
  const times = `tracemill ${shown("tracemill")} ms, duckdb ${shown("duckdb")} (x${ratio.duckdb.toFixed(2)})`;
  return `${name.padEnd(30)} ${times}, with enums ${shown("duckdb-enum")} (x${ratio["duckdb-enum"].toFixed(2)})`;
}
