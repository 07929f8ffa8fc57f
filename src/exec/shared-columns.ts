// Columns for other threads: what a plan reads, in a form that can be sent. Arrays over shared memory are not copied.
// Called by compute-pool.ts on the main thread and aggregate.worker.ts on the others. What must stay true: what comes out of
// datasetFrom holds the same values, block by block; a plan that reads anything that cannot be sent has no columns.

import { invariant } from "../base/assert.ts";
import type { Column } from "../columns/column.ts";
import { type DictionaryParts, makeDictionary } from "../columns/dictionary.ts";
import type { PayloadReader } from "../columns/payload.ts";
import type { TableName } from "../columns/schema.ts";
import { type Dataset, type Table, tableOf } from "../columns/table.ts";
import type { Plan } from "../plan/logical.ts";
import { choicesOf, expressionsOf, referencesOf, scanOf, walk } from "../plan/visit.ts";

/** A column and where it belongs. */
export interface SentColumn {
  readonly table: TableName;
  readonly name: string;
  /** Without its dictionary, whose methods cannot be sent. */
  readonly column: Omit<Column, "dictionary">;
  readonly dictionary: DictionaryParts | undefined;
}

/** Rows of each table. */
export type TableRows = { readonly [table in TableName]: number };

const OWNER_ROW = "trace_row";

/** The columns that a plan reads, as `table.name`; undefined when it reads what cannot be sent. */
export function columnsRead(plan: Plan, dataset: Dataset): ReadonlySet<string> | undefined {
  const { table } = scanOf(plan);
  // It is there where anything of the owning trace is asked for.
  const hasOwners = tableOf(dataset, table).columns.has(OWNER_ROW);
  const names = new Set<string>(hasOwners ? [`${table}.${OWNER_ROW}`] : []);
  let isSendable = choicesOf(plan).length === 0;
  for (const expr of expressionsOf(plan)) {
    walk(expr, (node) => {
      if (node.kind === "exists") isSendable = false;
    });
    for (const reference of referencesOf(expr)) {
      if (reference.kind !== "column" || !isShared(tableOf(dataset, reference.table).columns.get(reference.name))) {
        isSendable = false;
      } else names.add(`${reference.table}.${reference.name}`);
    }
  }
  return isSendable ? names : undefined;
}

/** Whether sending a column copies nothing. */
function isShared(column: Column | undefined): boolean {
  if (column === undefined || column.type === "utf8" || column.type === "place") return false;
  return column.blocks.every(({ values }) => values.buffer instanceof SharedArrayBuffer);
}

/** A column of a dataset, by `table.name`. */
export function sentColumn(dataset: Dataset, path: string): SentColumn {
  const dot = path.indexOf(".");
  const table = path.slice(0, dot) as TableName;
  const name = path.slice(dot + 1);
  const column = tableOf(dataset, table).columns.get(name);
  invariant(column !== undefined, `${path} is loaded`);
  if (column.type !== "dictionary") return { table, name, column, dictionary: undefined };
  const { dictionary, ...rest } = column;
  const { size, offsets, bytes } = dictionary;
  return { table, name, column: rest, dictionary: { size, offsets, bytes } };
}

const NO_PAYLOAD: PayloadReader = {
  records: { sources: new Int32Array(0), starts: new Float64Array(0), lengths: new Uint32Array(0) },
  recordBytes: () => undefined,
  textOf: () => new Uint8Array(0),
  close: () => undefined,
};

/** A dataset of tables with these columns. */
export function datasetFrom(rows: TableRows, sent: Iterable<SentColumn>): Dataset {
  const columns = { traces: new Map(), spans: new Map(), assessments: new Map() } as const satisfies {
    readonly [name in TableName]: Map<string, Column>;
  };
  for (const { table, name, column, dictionary } of sent) {
    const whole = dictionary === undefined ? column : { ...column, dictionary: makeDictionary(dictionary) };
    columns[table].set(name, whole as Column);
  }
  const tableFrom = (name: TableName): Table => ({
    name,
    rows: rows[name],
    columns: columns[name],
    keyed: new Map(),
    sizeBytes: 0,
  });
  return {
    traces: tableFrom("traces"),
    spans: tableFrom("spans"),
    assessments: tableFrom("assessments"),
    payload: NO_PAYLOAD,
  };
}
