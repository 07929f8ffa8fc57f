// Polars on the analytic questions, where a Python with Polars is given by TRACEMILL_POLARS_PYTHON; else it is left out.
// Called by analytic.ts. What must stay true: its columns are those of DuckDB's file, written once as Parquet; its answers
// agree with DuckDB's before its times are shown.

import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DUCKDB_THREADS, duckdbFile, writeParquet } from "./duckdb-columns.ts";
import { type Answer, answerDifference } from "./workload.ts";
import { type Size, WORKLOADS } from "./workloads.ts";

/** What Polars gave. */
export interface PolarsResult {
  readonly version: string;
  readonly threads: number;
  /** Milliseconds by question and run. */
  readonly samples: readonly (readonly number[])[];
}

interface PolarsOutput {
  readonly polars: string;
  readonly threads: number;
  readonly answers: readonly Answer[];
  readonly samples: readonly (readonly number[])[];
}

const SCRIPT = fileURLToPath(new URL("./analytic-polars.py", import.meta.url));

/** Asks Polars; undefined without it. `agreed`: the answers to be met. Throws when they differ. */
export async function askPolars(
  size: Size,
  runs: number,
  agreed: readonly Answer[],
): Promise<PolarsResult | undefined> {
  const python = process.env["TRACEMILL_POLARS_PYTHON"];
  if (python === undefined) return undefined;
  const { questions, columns } = WORKLOADS.analytic;
  const file = duckdbFile(columns(size));
  const parquet = `${file}.${process.pid}.parquet`;
  try {
    await writeParquet(file, "traces", parquet);
    const output = await runPython(python, [SCRIPT, parquet, String(runs)]);
    const differences = questions.flatMap((question, at) => {
      const difference = answerDifference(question, output.answers[at] ?? [], agreed[at] ?? []);
      return difference === undefined ? [] : [difference];
    });
    if (differences.length > 0) throw new Error(`Polars and DuckDB answer differently:\n${differences.join("\n")}`);
    return { version: output.polars, threads: output.threads, samples: output.samples };
  } finally {
    rmSync(parquet, { force: true });
  }
}

function runPython(python: string, args: readonly string[]): Promise<PolarsOutput> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, POLARS_MAX_THREADS: String(DUCKDB_THREADS) };
    const child = spawn(python, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")) as PolarsOutput);
      else reject(new Error(`the Polars script ended with exit code ${code}`));
    });
  });
}
