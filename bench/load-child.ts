// One engine in a process of its own, so that memory and warmed-up code are not shared. Started by load-process.ts.
// Argument: a LoadJob as JSON. Answers each request of its parent with one message, in order; ends when the parent lets go.

import type { LoadEngine, LoadSample } from "./load-answers.ts";
import type { LoadJob, LoadRequest } from "./load-process.ts";
import { peakRssBytes } from "./peak-memory.ts";

/** Engines are imported when they run: a rival's library is no part of another's memory. */
async function engineOf({ engine, threads, longestLine }: LoadJob): Promise<LoadEngine> {
  switch (engine) {
    case "tracemill":
      return (await import("./load-tracemill.ts")).tracemillEngine(threads);
    case "duckdb":
      return (await import("./load-duckdb.ts")).duckdbEngine(longestLine, "once");
    case "duckdb-by-table":
      return (await import("./load-duckdb.ts")).duckdbEngine(longestLine, "byTable");
    case "json-parse":
      return (await import("./load-lines.ts")).jsonParseEngine;
  }
}

async function load(): Promise<LoadSample> {
  const { seconds, answers } = await engine.load(job.path);
  return { seconds, answers, baselineRssBytes, peakRssBytes: peakRssBytes() };
}

const job = JSON.parse(process.argv[2] ?? "{}") as LoadJob;
const engine = await engineOf(job);
const baselineRssBytes = process.memoryUsage.rss();
process.on("message", async (request) => {
  process.send?.({ reply: (request as LoadRequest) === "load" ? await load() : await engine.checks() });
});
