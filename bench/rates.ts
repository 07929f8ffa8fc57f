// How fast does an export become columns, by framing, compression, threads and size? Called by run.ts as `rates`: one trace
// a line, one array, indented documents, gzip, with one thread and two; and one trace a line at four times the size.
// Each load runs in a process of its own (load-child.ts), in turns; all must give the same answers about the same traces.

import { fork } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, renameSync, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGzip } from "node:zlib";
import { formatBytes } from "../src/index.ts";
import { type BenchFile, ensureExport } from "./data.ts";
import { differences, type LoadSample } from "./load-answers.ts";
import type { BenchResult } from "./record.ts";
import { summarize } from "./stats.ts";

/** What to run. */
export interface RatesSettings {
  readonly sizeBytes: number;
  readonly seed: number;
  /** Timed turns of each file and number of threads. */
  readonly runs: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

/** A file to load. `textBytes`: of its text, when it is compressed. */
interface RatedFile {
  readonly kind: string;
  readonly file: BenchFile;
  readonly textBytes: number;
}

const CHILD = fileURLToPath(new URL("./load-child.ts", import.meta.url));
const THREADS = [1, 2] as const;
const LARGE = 4;
const MEGABYTE = 1e6;
const GZIP_LEVEL = 6;

/** Runs the bench. Throws when loads of the same traces answer differently. */
export async function runRates({ sizeBytes, seed, runs, say }: RatesSettings): Promise<BenchResult> {
  const lines = ensureExport({ seed, sizeBytes });
  const { traces } = (await load(lines, 1)).answers;
  const same = (framing: "array" | "pretty") => ensureExport({ seed, traces, framing });
  const plain = (kind: string, file: BenchFile): RatedFile => ({ kind, file, textBytes: file.sizeBytes });
  const files: readonly RatedFile[] = [
    plain("lines", lines),
    plain("array", same("array")),
    plain("pretty", same("pretty")),
    { kind: "lines, gzip", file: await gzipped(lines), textBytes: lines.sizeBytes },
    plain(`lines, ${LARGE} times the size`, ensureExport({ seed, sizeBytes: LARGE * sizeBytes })),
  ];
  const rows = [];
  for (const rated of files) rows.push(...(await rate(rated, runs, say)));
  check(rows.filter(({ kind }) => !kind.includes("times")));
  return {
    bench: "rates",
    question: "How fast does an export become columns, by framing, compression, threads and size?",
    details: { settings: { sizeBytes, seed, runs }, rates: rows },
  };
}

async function rate({ kind, file, textBytes }: RatedFile, runs: number, say: (line: string) => void) {
  const samples = THREADS.map((): LoadSample[] => []);
  for (let turn = 0; turn < runs; turn += 1) {
    for (const [i, threads] of THREADS.entries()) samples[i]?.push(await load(file, threads));
  }
  return THREADS.map((threads, i) => {
    const own = samples[i] ?? [];
    const megabytesPerSecond = summarize(own.map(({ seconds }) => textBytes / MEGABYTE / seconds));
    const peakRssBytes = summarize(own.map((sample) => sample.peakRssBytes));
    const figures = `${megabytesPerSecond.median.toFixed(0)} MB/s, peak memory ${formatBytes(peakRssBytes.median)}`;
    say(`${kind}, ${threads} threads: ${figures}`);
    const { name, sizeBytes } = file;
    return { kind, threads, file: { name, sizeBytes }, textBytes, megabytesPerSecond, peakRssBytes, samples: own };
  });
}

function check(rows: readonly { readonly kind: string; readonly samples: readonly LoadSample[] }[]): void {
  const all = rows.flatMap(({ kind, samples }) => samples.map(({ answers }) => ({ kind, answers })));
  for (const { kind, answers } of all) {
    const found = differences(all[0]?.answers ?? answers, answers);
    if (found.length > 0) throw new Error(`${kind} answers differently: ${found.join("; ")}`);
  }
}

/** The file compressed, made if it is not there. */
async function gzipped({ path, name }: BenchFile): Promise<BenchFile> {
  const target = `${path}.gz`;
  if (!existsSync(target)) {
    const unfinished = `${target}.${process.pid}.part`;
    await pipeline(createReadStream(path), createGzip({ level: GZIP_LEVEL }), createWriteStream(unfinished));
    renameSync(unfinished, target);
  }
  return { path: target, name: `${name}.gz`, sizeBytes: statSync(target).size };
}

function load({ path }: BenchFile, threads: number): Promise<LoadSample> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, ["tracemill", path, "0", String(threads)]);
    let sample: LoadSample | undefined;
    child.on("message", (message) => {
      sample = message as LoadSample;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (sample === undefined) reject(new Error(`the load ended with exit code ${code} and no result`));
      else resolve(sample);
    });
  });
}
