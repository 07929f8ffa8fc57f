// One table out of those that several threads built, each of a part of the rows.
// Called by ingest/merge-parts.ts. What must stay true: the result is that of a TableBuilder that was given the kept rows in
// order, whatever thread merges which column.

import { invariant } from "../base/assert.ts";
import type { ColumnPart } from "./column-parts.ts";
import { type KeyedCells, type KeyedPart, keyedFrom } from "./keyed-columns.ts";
import { columnOf, type MergeRunner } from "./merge-jobs.ts";
import { newRowsOf, packRuns, type RowRun } from "./row-runs.ts";
import { columnSpec, type KeyFamily } from "./schema.ts";
import { makeTable, type Table } from "./table.ts";
import type { TablePart } from "./table-builder.ts";

/** Which rows the merged table has. */
export interface TableRows {
  /** All rows that were loaded, in order. */
  readonly seen: readonly RowRun[];
  /** Those of them that stay; the same array when all do. */
  readonly kept: readonly RowRun[];
  /** For spans and assessments: by part, the merged row of each row of traces. */
  readonly traceRows?: readonly Int32Array[];
  /** Limit of keyed columns a family. */
  readonly maxColumns: number;
}

/** Merges a table, column by column with `run`. The parts' columns are taken out of them. Throws E_MEMORY. */
export async function mergeTables(parts: readonly TablePart[], rows: TableRows, run: MergeRunner): Promise<Table> {
  const [first] = parts;
  invariant(first !== undefined, "a merge has parts");
  const { name } = first;
  const runs = packRuns(rows.kept);
  const planned = rows.kept.reduce((sum, { start, end }) => sum + (end - start), 0);
  const partRows = parts.map((part) => part.rows);
  // Keyed columns take longest, and are begun first.
  const keyed = mergeFamilies(parts, { rows, planned }, run);
  const columns = [...first.columns.keys()].map(async (column) => {
    const remap = column === "trace_row" ? rows.traceRows : undefined;
    const options = { runs, partRows, what: `column ${name}.${column}`, ...(remap === undefined ? {} : { remap }) };
    const lists = parts.map((part) => part.columns);
    const given = takeOut<ColumnPart>(lists, column);
    const isInteger = columnSpec(name, column)?.type === "integer";
    const result = await run({ kind: "column", given, options, isInteger });
    invariant(result.kind === "column", "a job is answered in kind");
    return [column, columnOf(result.column)] as const;
  });
  const [families, merged] = await Promise.all([keyed, Promise.all(columns)]);
  return makeTable({ name, rows: planned, columns: new Map(merged), keyed: new Map(families) });
}

/** The keyed columns of a table, family by family. `planned`: rows of the result. */
function mergeFamilies(
  parts: readonly TablePart[],
  { rows, planned }: { readonly rows: TableRows; readonly planned: number },
  run: MergeRunner,
): Promise<(readonly [KeyFamily, KeyedCells])[]> {
  const families = [...parts[0]!.keyed.keys()];
  if (families.length === 0) return Promise.resolve([]);
  const partRows = parts.map((part) => part.rows);
  const kept = newRowsOf(rows.kept, partRows);
  const seen = rows.seen === rows.kept ? kept : newRowsOf(rows.seen, partRows);
  const merged = families.map(async (family) => {
    const lists = parts.map((part) => part.keyed);
    const result = await run({ kind: "keyed", given: takeOut<KeyedPart>(lists, family), rows: { seen, kept } });
    invariant(result.kind === "keyed", "a job is answered in kind");
    return [family, keyedFrom({ family, maxColumns: rows.maxColumns, rows: planned }, result.keyed)] as const;
  });
  return Promise.all(merged);
}

function takeOut<V>(maps: readonly Map<string, V>[], name: string): V[] {
  return maps.map((map) => {
    const value = map.get(name);
    invariant(value !== undefined, "all parts have the same columns");
    map.delete(name);
    return value;
  });
}
