// Datasets from plain rows, by the project's own table builders, for the tests of exec and optimize.
// A row is a record of column names, keyed ones as `tag.env`; null and absent are the same.

import type { PayloadReader } from "../../src/columns/payload.ts";
import { columnSpec, type KeyFamily, type TableName } from "../../src/columns/schema.ts";
import type { Dataset, Table } from "../../src/columns/table.ts";
import { TableBuilder } from "../../src/columns/table-builder.ts";

/** A value of a row. */
export type Cell = number | bigint | string | boolean | null;
/** One row by column name. */
export type Row = Readonly<Record<string, Cell>>;
/** Rows of the three tables; spans and assessments carry `trace_row`. */
export interface Rows {
  readonly traces: readonly Row[];
  readonly spans: readonly Row[];
  readonly assessments: readonly Row[];
}

const NO_PAYLOAD: PayloadReader = {
  records: { sources: new Int32Array(0), starts: new Float64Array(0), lengths: new Uint32Array(0) },
  recordBytes: () => undefined,
  textOf: () => new Uint8Array(0),
  close: () => {},
};

/** A dataset of these rows, with every declared column. */
export function datasetOf(rows: Partial<Rows>): Dataset {
  return {
    traces: tableFrom("traces", rows.traces ?? []),
    spans: tableFrom("spans", rows.spans ?? []),
    assessments: tableFrom("assessments", rows.assessments ?? []),
    payload: NO_PAYLOAD,
  };
}

/** One table of these rows. */
export function tableFrom(name: TableName, rows: readonly Row[]): Table {
  const builder = new TableBuilder(name, { wanted: "all", maxColumns: 1_000 });
  // Looked up once a column, for tests make rows by the hundred thousand.
  const setters = new Map<string, Setter>();
  rows.forEach((row, position) => {
    for (const column of Object.keys(row)) {
      const value = row[column] ?? null;
      if (value === null) continue;
      let set = setters.get(column);
      if (set === undefined) {
        set = setterOf(builder, column);
        setters.set(column, set);
      }
      set(position, value);
    }
    builder.rows += 1;
  });
  return builder.seal();
}

type Setter = (row: number, value: Exclude<Cell, null>) => void;

function setterOf(builder: TableBuilder, column: string): Setter {
  switch (columnSpec(builder.name, column)?.type) {
    case "float64": {
      const numbers = builder.float64(column);
      return (row, value) => numbers?.set(row, Number(value));
    }
    case "int32": {
      const numbers = builder.int32(column);
      return (row, value) => numbers?.set(row, Number(value));
    }
    case "int64": {
      const numbers = builder.int64(column);
      return (row, value) => numbers?.set(row, BigInt(value));
    }
    case "integer": {
      const numbers = builder.integer(column);
      return (row, value) =>
        typeof value === "bigint" ? numbers?.setExact(row, value) : numbers?.set(row, Number(value));
    }
    case "bool": {
      const flags = builder.bool(column);
      return (row, value) => flags?.set(row, value === true ? 1 : 0);
    }
    case "dictionary": {
      const texts = builder.dictionary(column);
      return (row, value) => texts?.setText(row, String(value));
    }
    case "utf8": {
      const texts = builder.utf8(column);
      return (row, value) => texts?.setText(row, String(value));
    }
    default:
      return keyedSetter(builder, column);
  }
}

function keyedSetter(builder: TableBuilder, column: string): Setter {
  const dot = column.indexOf(".");
  const keyed = builder.keyed(column.slice(0, dot) as KeyFamily);
  if (keyed === undefined) throw new Error(`no column ${column}`);
  const key = column.slice(dot + 1);
  return (row, value) => keyed.set(row, keyed.keyText(key), keyed.valueText(String(value)));
}
