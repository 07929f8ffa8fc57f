// One engine in a process of its own, so that memory and warmed-up code are not shared. Forked by engine-process.ts.
// Argument: an EngineJob as JSON. Answers each message of its parent with one message, in order; ends when the parent lets go.

import { openSynthetic } from "../src/index.ts";
import type { EngineJob, EngineMessage, EngineReplies } from "./engine-process.ts";
import { replayQuestions } from "./replay-requests.ts";
import { COLUMN_NAMES } from "./synthetic.ts";
import type { Answer, Question } from "./workload.ts";

/** An engine with its tables. */
interface Engine {
  /** Asks a question up to its result. */
  readonly run: (question: Question) => Promise<unknown>;
  readonly rows: (question: Question, result: never) => Answer;
}

const KIB = 1024;
const WORKLOADS: { readonly [name in EngineJob["workload"]]: readonly Question[] } = { replay: replayQuestions() };

async function tracemill(job: EngineJob): Promise<Engine> {
  const store = await openSynthetic(job.columns, { columns: COLUMN_NAMES, threads: job.threads });
  return { run: (question) => question.ask(store), rows: (question, result) => question.rows(result) };
}

/** A rival's library is no part of tracemill's memory: it is imported where it runs. */
async function duckdb(job: EngineJob): Promise<Engine> {
  const { loadDuckdb, rowsOf } = await import("./duckdb-columns.ts");
  const connection = await loadDuckdb(job.duckdbFile, job.engine === "duckdb-enum" ? "enum" : "varchar");
  return { run: (question) => connection.runAndReadAll(question.sql), rows: (_, result) => rowsOf(result) };
}

async function replyTo(message: EngineMessage): Promise<EngineReplies[EngineMessage["kind"]]> {
  const { engine, fillSeconds, filledRssBytes } = await filled;
  switch (message.kind) {
    case "answers": {
      const answers: Answer[] = [];
      for (const question of questions) answers.push(engine.rows(question, (await engine.run(question)) as never));
      return answers;
    }
    case "time":
      return timed(engine, message.runs);
    case "memory":
      return { peakRssBytes: process.resourceUsage().maxRSS * KIB, filledRssBytes, fillSeconds };
  }
}

/** All questions one after the other, again and again, as a page asks them. */
async function timed(engine: Engine, runs: number): Promise<EngineReplies["time"]> {
  const samples: number[][] = questions.map(() => []);
  for (let run = 0; run <= runs; run += 1) {
    for (const [at, question] of questions.entries()) {
      const started = performance.now();
      await engine.run(question);
      // The first run warms up.
      if (run > 0) samples[at]?.push(performance.now() - started);
    }
  }
  return samples;
}

async function fill(): Promise<{ engine: Engine; fillSeconds: number; filledRssBytes: number }> {
  const started = performance.now();
  const engine = job.engine === "tracemill" ? await tracemill(job) : await duckdb(job);
  const fillSeconds = (performance.now() - started) / 1000;
  return { engine, fillSeconds, filledRssBytes: process.memoryUsage.rss() };
}

const job = JSON.parse(process.argv[2] ?? "{}") as EngineJob;
const questions = WORKLOADS[job.workload];
const filled = fill();
process.on("message", async (message) => {
  process.send?.(await replyTo(message as EngineMessage));
});
