// Writes what a bench measured to bench/runs/<date>-<machine>/<bench>.json. Called by run.ts.
// What must stay true: raw samples, the command and all versions are in the record; names of hosts, users and folders
// are not.

import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a bench hands over. */
export interface BenchResult {
  /** Name of the bench and of its record. */
  readonly bench: string;
  /** The one question it asks. */
  readonly question: string;
  /** Everything else: settings, samples, summaries, answers. Plain JSON without paths. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Files beside the record, by extension: a table, a plot. */
  readonly files?: Readonly<Record<string, string>>;
}

const RUNS = fileURLToPath(new URL("./runs/", import.meta.url));
const MANIFEST = new URL("../package.json", import.meta.url);

/** Writes the record and returns its path relative to the repository. A second run of a day replaces the first. */
export async function writeRecord(result: BenchResult, command: string): Promise<string> {
  const cpu = cpus()[0]?.model.trim() ?? "unknown cpu";
  const cores = availableParallelism();
  const date = new Date().toISOString().slice(0, 10);
  const slug = `${cpu} ${cores} cores`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const folder = `${date}-${slug}`;
  const record = {
    bench: result.bench,
    question: result.question,
    date,
    command,
    machine: {
      cpu,
      cores,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      // Others' work on a shared machine, over the last quarter of an hour.
      loadAverage: Math.round((loadavg()[2] ?? 0) * 10) / 10,
      platform: `${process.platform} ${process.arch}`,
    },
    versions: versions(),
    ...result.details,
  };
  await mkdir(join(RUNS, folder), { recursive: true });
  await writeFile(join(RUNS, folder, `${result.bench}.json`), `${JSON.stringify(record, null, 2)}\n`);
  for (const [extension, content] of Object.entries(result.files ?? {})) {
    await writeFile(join(RUNS, folder, `${result.bench}.${extension}`), content);
  }
  return `bench/runs/${folder}/${result.bench}.json`;
}

function versions(): Readonly<Record<string, string>> {
  const manifest = JSON.parse(readFileSync(MANIFEST, "utf8")) as {
    readonly version: string;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  return {
    node: process.version,
    tracemill: manifest.version,
    duckdb: manifest.devDependencies["@duckdb/node-api"] ?? "not installed",
  };
}
