// How fast does the generator write, and in how much memory? One thread, nothing kept, no disk. Called by run.ts as
// `generate`.

import { createHash } from "node:crypto";
import { generateExport } from "../src/synth/export.ts";
import { peakRssBytes } from "./peak-memory.ts";
import type { BenchResult } from "./record.ts";
import { summarize } from "./stats.ts";

/** What to run. */
export interface GenerateSettings {
  readonly sizeBytes: number;
  readonly seed: number;
  readonly runs: number;
  /** Prints one line of progress. */
  readonly say: (line: string) => void;
}

const MEGABYTE = 1e6;
const CHECKED_BYTES = 20e6;

/** Runs the bench. Throws when the same seed gives different bytes. */
export function runGenerate({ sizeBytes, seed, runs, say }: GenerateSettings): BenchResult {
  const checksum = hashOf(seed);
  if (hashOf(seed) !== checksum) throw new Error("the same seed gave different bytes");
  const rates: number[] = [];
  for (let run = 1; run <= runs; run++) {
    const started = performance.now();
    let bytes = 0;
    for (const chunk of generateExport({ seed, sizeBytes })) bytes += chunk.length;
    rates.push(bytes / MEGABYTE / ((performance.now() - started) / 1000));
    say(`${run}/${runs} ${rates[rates.length - 1]?.toFixed(0)} MB/s`);
  }
  const megabytesPerSecond = summarize(rates);
  return {
    bench: "generate",
    question: "How fast does the generator write, and in how much memory?",
    details: {
      settings: { sizeBytes, seed, runs },
      checksum,
      samples: rates,
      megabytesPerSecond,
      peakRssBytes: peakRssBytes(),
    },
  };
}

function hashOf(seed: number): string {
  const hash = createHash("sha256");
  for (const chunk of generateExport({ seed, sizeBytes: CHECKED_BYTES })) hash.update(chunk);
  return hash.digest("hex");
}
