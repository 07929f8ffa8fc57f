// Loads one file again and again in a process of its own, timed and then profiled. Started by stages.ts.
// Argument: a StagesJob as JSON. Sends one StagesReply. JSON.parse of each line is timed in the same process, for comparison.

import { readFileSync } from "node:fs";
import { open } from "../src/index.ts";
import { TRACEMILL_COLUMNS } from "./load-columns.ts";
import { eachLine } from "./load-lines.ts";
import { profiled } from "./profile.ts";
import type { StagesJob, StagesReply } from "./stages.ts";

const { path, runs } = JSON.parse(process.argv[2] ?? "{}") as StagesJob;

async function loaded(): Promise<{ readonly seconds: number; readonly traces: number; readonly spans: number }> {
  const started = performance.now();
  const store = await open([path], { columns: TRACEMILL_COLUMNS, threads: 1 });
  const seconds = (performance.now() - started) / 1000;
  const { traces, spans } = store.summary().tables;
  store.close();
  return { seconds, traces: traces.rows, spans: spans.rows };
}

function parsed(): number {
  const started = performance.now();
  eachLine(path, (bytes, start, end) => {
    JSON.parse(bytes.toString("utf8", start, end));
  });
  return (performance.now() - started) / 1000;
}

// The file goes into the page cache.
readFileSync(path);
const { traces, spans } = await loaded();
const seconds: number[] = [];
const parseSeconds: number[] = [];
parsed();
for (let run = 0; run < runs; run += 1) {
  seconds.push((await loaded()).seconds);
  parseSeconds.push(parsed());
}
await loaded();
const profile = await profiled(async () => {
  for (let run = 0; run < runs; run += 1) await loaded();
});
process.send?.({ traces, spans, seconds, parseSeconds, profile } satisfies StagesReply);
