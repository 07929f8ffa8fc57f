// What an expression is evaluated on: a table of a dataset, its columns by name, and scratch arrays to write to.
// Called by the binding functions of exec/. What must stay true: scratch is shared by everything that is bound in one
// scope, so that a filter of a hundred thousand clauses does not hold a hundred thousand arrays.

import { invariant } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { Column, DictionaryColumn, Int32Column } from "../columns/column.ts";
import { BLOCK_ROWS } from "../columns/column.ts";
import type { TableName } from "../columns/schema.ts";
import { type Dataset, type Table, tableOf } from "../columns/table.ts";
import type { BlockMemory } from "../kernels/block-memory.ts";
import type { ColumnRef, KeyRef } from "../plan/expr.ts";
import type { Shortcut } from "../plan/logical.ts";
import type { TextSource } from "./text-source.ts";

/** A table under evaluation. */
export class Scope {
  readonly dataset: Dataset;
  readonly table: Table;
  /** Most rows of a batch. */
  readonly batchRows: number;
  /** A text reference (by exprKey) that stands for the values of a dictionary: see lift.ts. */
  readonly lifted: { readonly key: string; readonly source: TextSource } | undefined;
  /** Room in WebAssembly's memory for rows of a batch; undefined where the table is too small to be worth it. */
  readonly memory: BlockMemory | undefined;
  /** What the plan allows to be decided without a look at each row. */
  readonly shortcuts: ReadonlySet<Shortcut>;
  readonly #memo = new Map<string, unknown>();
  readonly #truths: Uint8Array[] = [];

  constructor(
    dataset: Dataset,
    table: TableName,
    options: {
      readonly lifted?: { readonly key: string; readonly source: TextSource; readonly rows: number };
      readonly memory?: BlockMemory;
      readonly shortcuts?: ReadonlySet<Shortcut>;
    } = {},
  ) {
    const { lifted, memory, shortcuts } = options;
    this.dataset = dataset;
    this.table = tableOf(dataset, table);
    this.lifted = lifted;
    this.shortcuts = shortcuts ?? new Set();
    this.batchRows = lifted === undefined ? Math.min(BLOCK_ROWS, Math.max(1, this.table.rows)) : lifted.rows;
    this.memory = memory !== undefined && memory.rows >= this.batchRows ? memory : undefined;
  }

  /** `make()` at the first call with this key, the same thing afterwards. */
  once<T>(key: string, make: () => T): T {
    if (!this.#memo.has(key)) this.#memo.set(key, make());
    return this.#memo.get(key) as T;
  }

  /** A truth array of `batchRows` for nesting level `depth`; free for whoever works at that level. */
  truthAt(depth: number): Uint8Array {
    while (this.#truths.length <= depth) this.#truths.push(new Uint8Array(this.batchRows));
    const found = this.#truths[depth];
    invariant(found !== undefined, "a truth array for every depth");
    return found;
  }

  /** The column of a reference, whichever its table. Throws E_COLUMN_NOT_LOADED. */
  column(ref: ColumnRef): Column {
    return columnOf(tableOf(this.dataset, ref.table), ref.name);
  }

  /** The column of a key; undefined when no row has it. */
  keyColumn(ref: KeyRef): DictionaryColumn | undefined {
    return tableOf(this.dataset, ref.table).keyed.get(ref.family)?.column(ref.key);
  }

  /** Rows of the owning traces; for scopes of spans and assessments. Throws E_COLUMN_NOT_LOADED. */
  traceRows(): Int32Column {
    invariant(this.table.name !== "traces", "traces own themselves");
    const column = columnOf(this.table, "trace_row");
    invariant(column.type === "int32", "trace_row is int32");
    return column;
  }
}

/** The loaded column of that name. Throws E_COLUMN_NOT_LOADED. */
export function columnOf(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column === undefined) throw new EngineError("E_COLUMN_NOT_LOADED", `${table.name}.${name} was not loaded`);
  return column;
}
