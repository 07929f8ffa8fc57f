// Where does the time of a load go, stage by stage, and what do dense JSON and text beyond ASCII cost? Called by run.ts as
// `stages`. One thread, the columns of load.ts, warm; each input in a process of its own. Seconds are taken without the
// profiler, shares with it (a sample every 0.2 ms, counted for the function that runs, by its file).

import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../scripts/bundle.mjs";
import { type BenchFile, ensureExport } from "./data.ts";
import { CYRILLIC, ensureDerived, INFOS, JAPANESE } from "./derived-exports.ts";
import { TRACEMILL_COLUMNS } from "./load-columns.ts";
import { type Profile, STAGE_NAMES } from "./profile.ts";
import type { BenchResult } from "./record.ts";
import { summarize } from "./stats.ts";

/** What to run. */
export interface StagesSettings {
  /** Of the usual export; the others have less. */
  readonly sizeBytes: number;
  readonly seed: number;
  /** Timed loads of each file, and profiled ones. */
  readonly runs: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

/** What a process is started for. */
export interface StagesJob {
  readonly path: string;
  readonly runs: number;
}

/** What it says. */
export interface StagesReply {
  readonly traces: number;
  readonly spans: number;
  readonly seconds: readonly number[];
  /** Of JSON.parse of each line. */
  readonly parseSeconds: readonly number[];
  /** Of `runs` loads. */
  readonly profile: Profile;
}

const FOLDER = fileURLToPath(new URL("../node_modules/.tracemill-profiled/", import.meta.url));
const CHILD = "bench/stages-child";
const MEGABYTE = 1e6;
const NS_PER_S = 1e9;
const SHORT_TEXTS = { maxSpans: 9, textScale: 0.02 } as const;
const DENSE_SHARE = 0.4;

/** Runs the bench. */
export async function runStages({ sizeBytes, seed, runs, say }: StagesSettings): Promise<BenchResult> {
  await bundle(FOLDER, { more: { [CHILD]: `${CHILD}.ts` }, profiled: true });
  const usual = ensureExport({ seed, sizeBytes });
  const short = ensureExport({ seed, sizeBytes: sizeBytes * DENSE_SHARE, ...SHORT_TEXTS });
  const files: readonly (readonly [string, BenchFile])[] = [
    ["usual export", usual],
    ["short texts", short],
    ["infos of short texts", ensureDerived(short, INFOS)],
    ["long texts in Cyrillic", ensureDerived(usual, CYRILLIC)],
    ["long texts in Japanese", ensureDerived(usual, JAPANESE)],
  ];
  const inputs = [];
  for (const [name, file] of files) {
    const figures = figuresOf(file, await run({ path: file.path, runs }), runs);
    for (const line of linesOf(name, figures)) say(line);
    inputs.push({ name, file: { name: file.name, sizeBytes: file.sizeBytes }, ...figures });
  }
  return {
    bench: "stages",
    question: "Where does the time of a load go, and what do dense JSON and text beyond ASCII cost?",
    details: { settings: { seed, runs, threads: 1 }, columns: TRACEMILL_COLUMNS, inputs },
  };
}

function run(job: StagesJob): Promise<StagesReply> {
  return new Promise((resolve, reject) => {
    const child = fork(join(FOLDER, `${CHILD}.js`), [JSON.stringify(job)], { execArgv: [] });
    let reply: StagesReply | undefined;
    child.on("message", (message) => {
      reply = message as StagesReply;
    });
    child.on("exit", (code) => {
      if (reply === undefined) reject(new Error(`the loads ended with exit code ${code} and no result`));
      else resolve(reply);
    });
  });
}

function figuresOf(file: BenchFile, { traces, spans, seconds, parseSeconds, profile }: StagesReply, runs: number) {
  const { median } = summarize(seconds);
  const rate = (of: readonly number[]) => summarize(of.map((each) => file.sizeBytes / MEGABYTE / each));
  const profiledMs = Object.values(profile.stages).reduce((sum, ms) => sum + ms, 0);
  const stages = STAGE_NAMES.map((stage) => {
    const share = (profile.stages[stage] ?? 0) / profiledMs;
    return { stage, share, msPerGB: (share * median * 1000) / (file.sizeBytes / NS_PER_S) };
  });
  return {
    traces,
    spans,
    bytesPerTrace: file.sizeBytes / traces,
    samples: seconds,
    megabytesPerSecond: rate(seconds),
    jsonParseMegabytesPerSecond: rate(parseSeconds),
    nsPerSpan: spans === 0 ? undefined : (median * NS_PER_S) / spans,
    nsPerTrace: (median * NS_PER_S) / traces,
    stages,
    functions: profile.functions.map(({ name, ms }) => ({ name, msPerLoad: ms / runs })),
  };
}

function linesOf(name: string, figures: ReturnType<typeof figuresOf>): readonly string[] {
  const { megabytesPerSecond, jsonParseMegabytesPerSecond, nsPerSpan, nsPerTrace, bytesPerTrace } = figures;
  const span = nsPerSpan === undefined ? "" : `${nsPerSpan.toFixed(0)} ns a span, `;
  return [
    `${name}: ${megabytesPerSecond.median.toFixed(0)} MB/s (JSON.parse ${jsonParseMegabytesPerSecond.median.toFixed(0)}), ` +
      `${span}${nsPerTrace.toFixed(0)} ns a trace of ${bytesPerTrace.toFixed(0)} bytes`,
    `  ${figures.stages
      .filter(({ share }) => share >= 0.005)
      .map(({ stage, share, msPerGB }) => `${stage} ${(share * 100).toFixed(1)} % (${msPerGB.toFixed(0)} ms/GB)`)
      .join(", ")}`,
  ];
}
