// Which columns the load bench builds, and which of them it compares with those of DuckDB.
// Called by the engines. What must stay true: tracemill builds no column fewer than its rival.

import { ASSESSMENT_COLUMNS, type ColumnSpec, SPAN_COLUMNS, type TableName, TRACE_COLUMNS } from "../src/index.ts";

const DECLARED: { readonly [table in TableName]: readonly ColumnSpec[] } = {
  traces: TRACE_COLUMNS,
  spans: SPAN_COLUMNS,
  assessments: ASSESSMENT_COLUMNS,
};

/** What only tracemill makes: rows and depths instead of a trace id by row, and a session by assessment. */
const OWN = new Set(["trace_row", "depth", "assessments.session"]);

/** A column of JSON texts, where DuckDB reads a JSON null as no value. */
const JSON_VALUE = "assessments.value";

/** The families of keyed columns that both make. */
export const FAMILIES = ["tag", "metadata"] as const;

/** Every declared column but places of payload, which no rival makes; and tags and metadata by key. */
export const TRACEMILL_COLUMNS: readonly string[] = [
  ...Object.entries(DECLARED).flatMap(([table, specs]) =>
    specs.filter(({ type }) => type !== "place").map(({ name }) => `${table}.${name}`),
  ),
  ...FAMILIES.map((family) => `traces.${family}.*`),
];

/** A column that both make: compared by its sum, or by its distinct texts. */
export interface ComparedColumn {
  readonly name: string;
  readonly isText: boolean;
  /** A text of tracemill's that DuckDB has no value for. */
  readonly nullText?: string;
}

/** The declared columns that both make. */
export function comparedColumns(table: TableName): readonly ComparedColumn[] {
  return DECLARED[table]
    .filter(({ name, type }) => type !== "place" && !OWN.has(name) && !OWN.has(`${table}.${name}`))
    .map(({ name, type }) => ({
      name,
      isText: type === "dictionary" || type === "utf8",
      ...(`${table}.${name}` === JSON_VALUE ? { nullText: "null" } : {}),
    }));
}

/** The tables. */
export const TABLES: readonly TableName[] = ["traces", "spans", "assessments"];
