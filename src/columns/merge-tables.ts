// One table out of those that several threads built, each of a part of the rows.
// Called by ingest/merge-parts.ts. What must stay true: the result is that of a TableBuilder that was given the kept rows in
// order; a part's column is let go as soon as it is merged, so that memory holds one column twice at a time.

import { invariant } from "../base/assert.ts";
import type { Column } from "./column.ts";
import { narrowed } from "./integer-builder.ts";
import type { KeyedCells, KeyedPart } from "./keyed-columns.ts";
import { type ColumnPart, mergeColumn } from "./merge-columns.ts";
import { mergeKeyed } from "./merge-keyed.ts";
import { mergePlan, newRowsOf, type RowRun } from "./row-runs.ts";
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

/** Merges a table. The parts' columns are taken out of them. Throws E_MEMORY. */
export function mergeTables(parts: readonly TablePart[], rows: TableRows): Table {
  const [first] = parts;
  invariant(first !== undefined, "a merge has parts");
  const { name } = first;
  const plan = mergePlan(rows.kept);
  const columns = new Map<string, Column>();
  for (const column of [...first.columns.keys()]) {
    const remap = column === "trace_row" ? rows.traceRows : undefined;
    const options = { plan, what: `column ${name}.${column}`, ...(remap === undefined ? {} : { remap }) };
    const given = takeOut<ColumnPart>(
      parts.map((part) => part.columns),
      column,
    );
    const merged = mergeColumn(given, options);
    columns.set(column, columnSpec(name, column)?.type === "integer" ? narrowed(merged) : merged);
  }
  const keyed = new Map<KeyFamily, KeyedCells>();
  if (first.keyed.size > 0) {
    const partRows = parts.map((part) => part.rows);
    const kept = newRowsOf(rows.kept, partRows);
    const seen = rows.seen === rows.kept ? kept : newRowsOf(rows.seen, partRows);
    for (const family of [...first.keyed.keys()]) {
      const lists = takeOut<KeyedPart>(
        parts.map((part) => part.keyed),
        family,
      );
      const shape = { family, maxColumns: rows.maxColumns, rows: plan.rows };
      keyed.set(family, mergeKeyed(lists, shape, { seen, kept }));
    }
  }
  return makeTable({ name, rows: plan.rows, columns, keyed });
}

function takeOut<V>(maps: readonly Map<string, V>[], name: string): V[] {
  return maps.map((map) => {
    const value = map.get(name);
    invariant(value !== undefined, "all parts have the same columns");
    map.delete(name);
    return value;
  });
}
