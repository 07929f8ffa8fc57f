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
  rows.forEach((row, position) => {
    for (const [column, value] of Object.entries(row)) {
      if (value !== null) setCell(builder, { row: position, column }, value);
    }
    builder.rows += 1;
  });
  return builder.seal();
}

function setCell(builder: TableBuilder, at: { row: number; column: string }, value: Exclude<Cell, null>): void {
  const { row, column } = at;
  const type = columnSpec(builder.name, column)?.type;
  if (type === "float64") builder.float64(column)?.set(row, Number(value));
  else if (type === "int32") builder.int32(column)?.set(row, Number(value));
  else if (type === "int64") builder.int64(column)?.set(row, BigInt(value));
  else if (type === "integer" && typeof value === "bigint") builder.integer(column)?.setExact(row, value);
  else if (type === "integer") builder.integer(column)?.set(row, Number(value));
  else if (type === "bool") builder.bool(column)?.set(row, value === true ? 1 : 0);
  else if (type === "dictionary") builder.dictionary(column)?.setText(row, String(value));
  else if (type === "utf8") builder.utf8(column)?.setText(row, String(value));
  else setKeyed(builder, at, String(value));
}

function setKeyed(builder: TableBuilder, { row, column }: { row: number; column: string }, text: string): void {
  const dot = column.indexOf(".");
  const keyed = builder.keyed(column.slice(0, dot) as KeyFamily);
  if (keyed === undefined) throw new Error(`no column ${column}`);
  keyed.set(row, keyed.keyText(column.slice(dot + 1)), keyed.valueText(text));
}
