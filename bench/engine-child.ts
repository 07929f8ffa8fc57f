// One engine in a process of its own, so that memory and warmed-up code are not shared. Forked by engine-process.ts.
// Argument: an EngineJob as JSON. Answers each message of its parent with one message, in order; ends when the parent lets go.

import type { EngineJob, EngineMessage, EngineReplies } from "./engine-process.ts";
import { duckdbEngine, type Engine, tracemillEngine } from "./engines.ts";
import { peakRssBytes } from "./peak-memory.ts";
import type { Answer } from "./workload.ts";
import { WORKLOADS } from "./workloads.ts";

interface Filled {
  readonly engine: Engine;
  readonly fillSeconds: number;
  readonly filledRssBytes: number;
}

async function replyTo(message: EngineMessage): Promise<EngineReplies[EngineMessage["kind"]]> {
  if (message.kind === "file") {
    const { ensureDuckdbFile } = await import("./duckdb-columns.ts");
    await ensureDuckdbFile(WORKLOADS[job.workload].columns(job.size), job.duckdbFile);
    return true;
  }
  filled ??= await fill();
  const { engine, fillSeconds, filledRssBytes } = filled;
  switch (message.kind) {
    case "answers": {
      const answers: Answer[] = [];
      for (const question of questions) answers.push(engine.rows(question, (await engine.run(question)) as never));
      return answers;
    }
    case "time":
      return timed(engine, message.runs);
    case "memory":
      return { peakRssBytes: peakRssBytes(), filledRssBytes, fillSeconds };
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

async function fill(): Promise<Filled> {
  const started = performance.now();
  const engine = await makeEngine();
  const fillSeconds = (performance.now() - started) / 1000;
  return { engine, fillSeconds, filledRssBytes: process.memoryUsage.rss() };
}

async function makeEngine(): Promise<Engine> {
  if (job.engine !== "tracemill")
    return duckdbEngine(job.duckdbFile, job.engine === "duckdb-enum" ? "enum" : "varchar");
  return tracemillEngine(WORKLOADS[job.workload].columns(job.size), { threads: job.threads });
}

const job = JSON.parse(process.argv[2] ?? "{}") as EngineJob;
const { questions } = WORKLOADS[job.workload];
let filled: Filled | undefined;
process.on("message", async (message) => {
  process.send?.(await replyTo(message as EngineMessage));
});
