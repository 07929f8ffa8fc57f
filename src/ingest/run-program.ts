// Runs the programs of a load over records: one record in, rows in the tables, or nothing and the reason.
// Called by load.ts with scanned records. What must stay true: a record that is rejected leaves nothing behind, in no
// column, dictionary or count; a program is compiled once a load, when its first record comes.

import type { TableName } from "../columns/schema.ts";
import type { TableBuilder } from "../columns/table-builder.ts";
import type { Cursor } from "../json/cursor.ts";
import { type CompiledProgram, compileProgram } from "./compile-program.ts";
import type { Detected } from "./detect.ts";
import type { ExtractionState } from "./extraction-state.ts";
import { MLFLOW_FUNCTIONS } from "./formats/mlflow-functions.ts";
import type { Program } from "./program.ts";

const TABLES: readonly TableName[] = ["traces", "spans", "assessments"];

/** Runs programs over the tables of one load. */
export class ProgramRunner {
  readonly #state: ExtractionState;
  readonly #compiled = new Map<Program, CompiledProgram>();
  readonly #marks = new Map<TableBuilder, number>();

  constructor(state: ExtractionState) {
    this.#state = state;
  }

  /**
   * Sets the rows of one record: the trace at row `traces.rows`, which the caller counts when it keeps the record; spans
   * and assessments are counted. Throws RecordError, after `rollback`.
   */
  run(cursor: Cursor, { program, node }: Detected, base: number): void {
    const state = this.#state;
    state.begin(base);
    for (const name of TABLES) this.#marks.set(state.tables[name], state.tables[name].rows);
    const { scope, steps } = this.#compile(program);
    try {
      scope.fill(cursor, node);
      const row = state.tables.traces.rows;
      for (let i = 0; i < steps.length; i += 1) steps[i]!(cursor, row);
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Takes the record back that was run last. */
  rollback(): void {
    for (const [table, rows] of this.#marks) table.truncate(rows);
  }

  #compile(program: Program): CompiledProgram {
    const known = this.#compiled.get(program);
    if (known !== undefined) return known;
    const compiled = compileProgram(program, MLFLOW_FUNCTIONS, this.#state);
    this.#compiled.set(program, compiled);
    return compiled;
  }
}
