// One load by one engine in a process of its own, so that memory and warmed-up code are not shared. Forked by load.ts.
// Arguments: engine, file, bytes of its longest line, tracemill's threads. Sends one LoadSample to the parent.

import type { LoadEngine, LoadSample } from "./load-answers.ts";

const KIB = 1024;
const [engineName = "", path = "", longestLine = "0", threads = "0"] = process.argv.slice(2);

/** Engines are imported when they run: a rival's library is no part of another's memory. */
async function engineOf(name: string): Promise<LoadEngine> {
  switch (name) {
    case "tracemill":
      return (await import("./load-tracemill.ts")).tracemillEngine(Number(threads) || undefined);
    case "duckdb":
      return (await import("./load-duckdb.ts")).duckdbEngine(Number(longestLine), "once");
    case "duckdb-by-table":
      return (await import("./load-duckdb.ts")).duckdbEngine(Number(longestLine), "byTable");
    case "json-parse":
      return (await import("./load-lines.ts")).jsonParseEngine;
    default:
      throw new Error(`unknown engine ${name}`);
  }
}

const engine = await engineOf(engineName);
const baselineRssBytes = process.memoryUsage.rss();
const { seconds, answers } = await engine(path);
const peakRssBytes = process.resourceUsage().maxRSS * KIB;
process.send?.({ seconds, answers, baselineRssBytes, peakRssBytes } satisfies LoadSample);
