// How fast does an export become columns, by framing, compression, threads and size? Called by run.ts as `rates`: one trace
// a line, one array, indented documents, gzip, with one thread and two; and one trace a line at four times the size.
// The same columns as in load.ts, in warm processes and in fresh ones; all must give the same answers about the same traces.

import { createReadStream, createWriteStream, existsSync, renameSync, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { formatBytes } from "../src/index.ts";
import { type BenchFile, ensureExport } from "./data.ts";
import { buildLoadProgram, loadOnce } from "./load-process.ts";
import { type LoadSubject, measureLoads } from "./measure-loads.ts";
import type { BenchResult } from "./record.ts";

/** What to run. */
export interface RatesSettings {
  readonly sizeBytes: number;
  readonly seed: number;
  /** Timed loads of each file and number of threads, warm and first. */
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

const THREADS = [1, 2] as const;
const LARGE = 4;
const GZIP_LEVEL = 6;

/** Runs the bench. Throws when loads of the same traces answer differently. */
export async function runRates({ sizeBytes, seed, runs, say }: RatesSettings): Promise<BenchResult> {
  const lines = ensureExport({ seed, sizeBytes });
  await buildLoadProgram();
  const { answers } = await loadOnce({ engine: "tracemill", path: lines.path, longestLine: 0, threads: 1 });
  const same = (framing: "array" | "pretty") => ensureExport({ seed, traces: answers.traces, framing });
  const plain = (kind: string, file: BenchFile): RatedFile => ({ kind, file, textBytes: file.sizeBytes });
  const files: readonly RatedFile[] = [
    plain("lines", lines),
    plain("array", same("array")),
    plain("pretty", same("pretty")),
    { kind: "lines, gzip", file: await gzipped(lines), textBytes: lines.sizeBytes },
  ];
  const large = plain(`lines, ${LARGE} times the size`, ensureExport({ seed, sizeBytes: LARGE * sizeBytes }));
  const rates = [...(await rate(files, runs, say)), ...(await rate([large], runs, say))];
  return {
    bench: "rates",
    question: "How fast does an export become columns, by framing, compression, threads and size?",
    details: { settings: { sizeBytes, seed, runs }, rates },
  };
}

/** Files of the same traces. */
async function rate(files: readonly RatedFile[], runs: number, say: (line: string) => void) {
  const rated = files.flatMap(({ kind, file, textBytes }) =>
    THREADS.map((threads) => ({
      kind,
      threads,
      file: { name: file.name, sizeBytes: file.sizeBytes },
      textBytes,
      path: file.path,
    })),
  );
  const subjects = rated.map(
    ({ kind, threads, textBytes, path }): LoadSubject => ({
      name: `${kind}, ${threads} threads`,
      job: { engine: "tracemill", path, longestLine: 0, threads },
      textBytes,
    }),
  );
  const { loads } = await measureLoads(subjects, { runs, warm: true, say });
  return loads.map(({ name, first, warm, baselineRssBytes }, at) => {
    const rates = [warm, first].map((figures) => figures?.megabytesPerSecond.median.toFixed(0));
    say(`${name}: warm ${rates[0]} MB/s, first ${rates[1]}; peak memory ${formatBytes(first.peakRssBytes.median)}`);
    const { path: _, ...own } = rated[at] as (typeof rated)[number];
    return { ...own, first, warm, baselineRssBytes };
  });
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
