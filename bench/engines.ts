// The engines that answer questions about columns in memory, each with its tables filled.
// Called by engine-child.ts, one engine a process, and by the test that compares their answers.

import { type Dataset, openDataset } from "../src/engine.ts";
import { runPlan } from "../src/exec/compile.ts";
import { resolveLimits } from "../src/index.ts";
import { optimize } from "../src/optimize/index.ts";
import type { TextType } from "./duckdb-columns.ts";
import { BLOCK_ROWS, type ColumnSet, type SyntheticTable, syntheticTables } from "./synthetic.ts";
import type { Answer, Asked, Question } from "./workload.ts";

/** An engine with its tables. */
export interface Engine {
  /** Asks a question up to its result. */
  readonly run: (question: Question) => Promise<unknown>;
  readonly rows: (question: Question, result: never) => Answer;
}

/** The payload of columns that have none. */
export const NO_PAYLOAD: Dataset["payload"] = {
  records: { sources: new Int32Array(0), starts: new Float64Array(0), lengths: new Uint32Array(0) },
  recordBytes: () => undefined,
  textOf: () => new Uint8Array(0),
  close: () => undefined,
};

/** tracemill over the columns of a set. */
export async function tracemillEngine(columns: ColumnSet, { threads }: { readonly threads: number }): Promise<Engine> {
  const dataset = { ...syntheticTables(columns), payload: NO_PAYLOAD };
  const { traces } = dataset;
  const engine: Asked = {
    store: await openDataset(dataset, { threads }),
    async run(plan) {
      const result = await runPlan(optimize(plan).plan, dataset, { maxGroups: resolveLimits().groups });
      return { result, cell: (column, row) => numberAt(traces, column, row) };
    },
  };
  return { run: (question) => question.ask(engine), rows: (question, result) => question.rows(result) };
}

function numberAt(table: SyntheticTable, name: string, row: number): number {
  const column = table.columns.get(name);
  if (column?.type !== "float64") throw new Error(`${name} is no column of numbers`);
  return column.blocks[Math.floor(row / BLOCK_ROWS)]?.values[row % BLOCK_ROWS] ?? Number.NaN;
}

/** DuckDB over the tables of a file, in memory. Its library is no part of tracemill's memory: it is imported here. */
export async function duckdbEngine(path: string, texts: TextType): Promise<Engine> {
  const { loadDuckdb, rowsOf } = await import("./duckdb-columns.ts");
  const connection = await loadDuckdb(path, texts);
  return { run: (question) => connection.runAndReadAll(question.sql), rows: (_, result) => rowsOf(result) };
}
