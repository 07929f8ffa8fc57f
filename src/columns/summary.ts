// What a dataset holds, for `inspect`: rows, time range, keys with their distinct counts, columns with their bytes.
// Called by engine.ts. Reads only statistics and dictionaries, never a value by row.

import type { Column } from "./column.ts";
import { columnBytes } from "./column-bytes.ts";
import { KEY_FAMILIES, SCHEMA, type TableName } from "./schema.ts";
import type { Dataset, Table } from "./table.ts";

/** One column of a table. */
export interface ColumnSummary {
  readonly name: string;
  readonly type: Column["type"];
  readonly nulls: number;
  /** Distinct values; dictionary columns only. */
  readonly distinct: number | undefined;
  readonly sizeBytes: number;
}

/** One key of a family of keyed columns. */
export interface KeySummary {
  readonly key: string;
  /** Rows that have the key. */
  readonly rows: number;
  readonly distinct: number;
}

/** One table. */
export interface TableSummary {
  readonly table: TableName;
  readonly rows: number;
  readonly sizeBytes: number;
  readonly columns: readonly ColumnSummary[];
  /** By family, in order of first appearance. */
  readonly keys: Readonly<Record<string, readonly KeySummary[]>>;
}

/** Everything `inspect` shows of the data itself. */
export interface DatasetSummary {
  /** First and last trace start, ms since 1970 UTC; undefined without traces or when times were not loaded. */
  readonly timeRangeMs: { readonly first: number; readonly last: number } | undefined;
  readonly tables: { readonly [table in TableName]: TableSummary };
}

/** Sums up a dataset. */
export function summarize(dataset: Dataset): DatasetSummary {
  const timestamps = dataset.traces.columns.get("timestamp_ms");
  return {
    timeRangeMs: timestamps === undefined ? undefined : rangeOf(timestamps),
    tables: {
      traces: summarizeTable(dataset.traces),
      spans: summarizeTable(dataset.spans),
      assessments: summarizeTable(dataset.assessments),
    },
  };
}

function rangeOf(column: Column): { first: number; last: number } | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const block of column.blocks) {
    first = Math.min(first, block.stats.min);
    last = Math.max(last, block.stats.max);
  }
  return first <= last ? { first, last } : undefined;
}

function summarizeTable(table: Table): TableSummary {
  const columns = SCHEMA[table.name].flatMap(({ name }) => {
    const column = table.columns.get(name);
    if (column === undefined) return [];
    const distinct = column.type === "dictionary" ? column.dictionary.size : undefined;
    return [{ name, type: column.type, nulls: column.nulls, distinct, sizeBytes: columnBytes(column) }];
  });
  const keys = KEY_FAMILIES[table.name].map((family) => {
    const keyed = table.keyed.get(family);
    const rows = (keyed?.keys ?? []).flatMap((key) => {
      const found = keyed?.summary(key);
      return found === undefined ? [] : [{ key, ...found }];
    });
    return [family, rows] as const;
  });
  return { table: table.name, rows: table.rows, sizeBytes: table.sizeBytes, columns, keys: Object.fromEntries(keys) };
}
