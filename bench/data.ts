// The files that benches read: made once by the seeded generator, then kept between runs. Called by the benches.
// They live in TRACEMILL_BENCH_DIR, or in tracemill-bench in the system's folder for temporary files.
// What must stay true: a file's name tells its content. The name holds a hash of the first chunk, so that a change of
// the generator makes a new file instead of measuring an old one.

import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ExportOptions, generateExport } from "../src/synth/export.ts";

/** A generated export on disk. */
export interface BenchFile {
  readonly path: string;
  /** Name without folders: the only part that may be recorded. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Present when the file was made just now. */
  readonly generated?: { readonly seconds: number };
}

const HASH_DIGITS = 12;

/** Where benches keep their files. */
export function benchDirectory(): string {
  return process.env["TRACEMILL_BENCH_DIR"] ?? join(tmpdir(), "tracemill-bench");
}

/** The export of those options, made if it is not there. An interrupted run leaves no half file under the name. */
export function ensureExport(options: ExportOptions): BenchFile {
  const name = `mlflow-v3-${JSON.stringify(options).replace(/[^a-zA-Z0-9.]+/g, "-")}${hashOfStart(options)}.jsonl`;
  const path = join(benchDirectory(), name);
  if (existsSync(path)) return { path, name, sizeBytes: statSync(path).size };
  mkdirSync(benchDirectory(), { recursive: true });
  const unfinished = `${path}.${process.pid}.part`;
  const started = performance.now();
  const file = openSync(unfinished, "w");
  try {
    for (const chunk of generateExport(options)) writeSync(file, chunk);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  const seconds = (performance.now() - started) / 1000;
  return { path, name, sizeBytes: statSync(path).size, generated: { seconds } };
}

function hashOfStart(options: ExportOptions): string {
  const [first = new Uint8Array(0)] = generateExport(options);
  return createHash("sha256").update(first).digest("hex").slice(0, HASH_DIGITS);
}
