// Plans as SQL, run by DuckDB on the same rows: a second opinion that shares with the engine nothing but types and the
// list of columns. Every node of a plan becomes a SELECT around that of its input, with the rows as (row_id, ord); `exists`
// becomes IN over a subselect; whatever SQL does otherwise is spelled out here.

import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { columnSpec, SCHEMA, type TableName } from "../../src/columns/schema.ts";
import type { Exists, Expr, Literal, Match, Predicate } from "../../src/plan/expr.ts";
import type { Aggregate, Bucket, Measure, Plan, SortKey } from "../../src/plan/logical.ts";
import type { OracleResult } from "../oracle/plan-oracle.ts";
import type { Cell, Row, Rows } from "./tables.ts";

/** Where DuckDB answers otherwise, and what is done about it. Everything else must be equal. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ["D1", "sums, averages and percentiles are rounded elsewhere: doubles may differ by 1e-12 of their value"],
  ["D2", "ILIKE folds all of Unicode, ours ASCII alone: both sides are folded by translate() before LIKE"],
  ["D3", "a cast to double takes blanks, infinity and more: the text's form is tested by a regular expression"],
  ["D4", "-0 and 0 are two keys: 0 is added to numbers that are grouped or counted"],
  ["D5", "there is no empty IN list: it is written as a CASE"],
  ["D6", "aggregates over doubles are not compensated: fsum and favg are"],
  ["D7", "DuckDB 1.5's join filter pushdown reaches below LIMIT and changes which rows it keeps: its optimiser is off"],
]);

/** An empty database in memory. */
export async function openDuckDb(): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
  // D7
  await connection.run("pragma disable_optimizer");
  return connection;
}

/** Makes a schema of that name that holds the rows. */
export async function loadRows(connection: DuckDBConnection, schema: string, rows: Rows): Promise<void> {
  await connection.run(`create schema ${schema}`);
  for (const table of ["traces", "spans", "assessments"] as const) {
    const columns = columnsOf(table, rows[table]);
    const types = columns.map((name) => `${quoted(name)} ${sqlType(table, name)}`);
    await connection.run(`create table ${schema}.${table} (row_id integer, ${types.join(", ")})`);
    // Whole numbers are never null: what a row leaves out is 0.
    const rest = new Map(columns.map((name) => [name, columnSpec(table, name)?.type === "int32" ? 0 : null]));
    const tuples = rows[table].map((row, id) => {
      const cells = columns.map((name) => sqlCell(row[name] ?? rest.get(name)));
      return `(${[id, ...cells].join(", ")})`;
    });
    if (tuples.length > 0) await connection.run(`insert into ${schema}.${table} values ${tuples.join(", ")}`);
  }
}

/** The declared columns, and the keyed ones that rows have. */
function columnsOf(table: TableName, rows: readonly Row[]): readonly string[] {
  const declared = SCHEMA[table].filter(({ type }) => type !== "place").map(({ name }) => name);
  return [...new Set([...declared, ...rows.flatMap((row) => Object.keys(row))])];
}

function sqlType(table: TableName, column: string): string {
  const type = columnSpec(table, column)?.type;
  if (type === "float64" || type === "int32" || type === "integer") return "double";
  return type === "int64" ? "bigint" : type === "bool" ? "boolean" : "varchar";
}

function sqlCell(value: Cell | undefined): string {
  if (value === null || value === undefined) return "null";
  return typeof value === "string" ? sqlText(value) : String(value);
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A row in SQL: its table, its alias, and the alias of its trace. */
interface Place {
  readonly sql: SqlWriter;
  readonly table: TableName;
  readonly row: string;
  readonly trace: string;
}

/** Writes one statement. */
class SqlWriter {
  readonly schema: string;
  readonly #keys: ReadonlySet<string>;
  #aliases = 0;

  /** `keys`: the keyed columns that the tables have, as `traces.tag.env`. */
  constructor(schema: string, keys: ReadonlySet<string>) {
    this.schema = schema;
    this.#keys = keys;
  }

  hasKey(name: string): boolean {
    return this.#keys.has(name);
  }

  /** FROM of a table joined with its traces, and the place of its rows. */
  from(table: TableName): { readonly text: string; readonly place: Place } {
    this.#aliases += 1;
    const [row, trace] = [`r${this.#aliases}`, `t${this.#aliases}`];
    const text = `${this.schema}.${table} ${row}`;
    if (table === "traces") return { text, place: { sql: this, table, row, trace: row } };
    const joined = `${text} join ${this.schema}.traces ${trace} on ${trace}.row_id = ${row}.trace_row`;
    return { text: joined, place: { sql: this, table, row, trace } };
  }
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function exprSql(expr: Expr, place: Place): string {
  switch (expr.kind) {
    case "column": {
      const value = `${expr.table === place.table ? place.row : place.trace}.${quoted(expr.name)}`;
      return expr.type === "int64" ? `${value}::hugeint` : value;
    }
    case "key": {
      const name = `${expr.family}.${expr.key}`;
      if (!place.sql.hasKey(`${expr.table}.${name}`)) return "null::varchar";
      return `${expr.table === place.table ? place.row : place.trace}.${quoted(name)}`;
    }
    case "payload":
      throw new Error("payload is not in the tables");
    case "literal":
      return literalSql(expr);
    case "call": {
      const [first = "", second = ""] = expr.args.map((arg) => exprSql(arg, place));
      if (expr.fn === "add") return `(${first} + ${second})`;
      if (expr.fn === "or_zero") return `coalesce(${first}, 0)`;
      if (expr.fn === "lower") return `translate(${first}, '${UPPER}', '${UPPER.toLowerCase()}')`;
      return numberOfText(first);
    }
    default:
      return `(${predicateSql(expr, place)})`;
  }
}

function literalSql({ value, type }: Literal): string {
  const sqlTypes = { number: "double", int64: "hugeint", text: "varchar", bool: "boolean" };
  if (value === null) return `null::${sqlTypes[type]}`;
  return typeof value === "string" ? sqlText(value) : `'${value}'::${sqlTypes[type]}`;
}

/** A text in JSON's form as a number (D3). */
function numberOfText(text: string): string {
  const cast = `try_cast(${text} as double)`;
  const form = "-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?";
  return `(case when regexp_full_match(${text}, '${form}') and isfinite(${cast}) then ${cast} end)`;
}

function predicateSql(predicate: Predicate, place: Place): string {
  switch (predicate.kind) {
    case "truth":
      return `${predicate.value}::boolean`;
    case "compare":
      return `${exprSql(predicate.left, place)} ${predicate.op} ${exprSql(predicate.right, place)}`;
    case "match":
      return matchSql(predicate, place);
    case "in": {
      const operand = exprSql(predicate.operand, place);
      // D5
      if (predicate.values.length === 0) return `case when ${operand} is not null then false end`;
      const values = predicate.values.map((value) =>
        typeof value === "string" ? sqlText(value) : `'${value}'::double`,
      );
      return `${operand} in (${values.join(", ")})`;
    }
    case "is-null":
      return `${exprSql(predicate.operand, place)} is null`;
    case "not":
      return `not (${predicateSql(predicate.operand, place)})`;
    case "and":
    case "or": {
      const operands = predicate.operands.map((operand) => `(${predicateSql(operand, place)})`);
      return operands.length === 0 ? String(predicate.kind === "and") : operands.join(` ${predicate.kind} `);
    }
    case "exists":
      return existsSql(predicate, place);
  }
}

function matchSql({ mode, operand, pattern, escape: escaped }: Match, place: Place): string {
  const text = exprSql(operand, place);
  if (mode === "rlike") return `regexp_matches(${text}, ${sqlText(pattern)})`;
  // D2
  const folded = mode === "ilike" ? `translate(${text}, '${UPPER}', '${UPPER.toLowerCase()}')` : text;
  const like = `${folded} like ${sqlText(mode === "ilike" ? asciiLower(pattern) : pattern)}`;
  return escaped ? `${like} escape '\\'` : like;
}

function existsSql({ table, predicate, scope }: Exists, { sql, trace }: Place): string {
  const { text, place } = sql.from(table);
  const found = `select ${place.row}.trace_row from ${text} where ${predicateSql(predicate, place)}`;
  const own = `${trace}.row_id in (${found})`;
  if (scope === "trace") return own;
  const spread = sql.from(table);
  const sessions = `select ${spread.place.trace}.session from ${spread.text} where ${spread.place.row}.session is not null
    and ${spread.place.trace}.session is not null and (${predicateSql(predicate, spread.place)})`;
  return `${own} or coalesce(${trace}.session in (${sessions}), false)`;
}

/** A plan as one SELECT: of row_id in order, or of the plan's own output columns. */
function planSql(plan: Plan, sql: SqlWriter): string {
  if (isGrouped(plan)) return groupedSql(plan, sql);
  return `select row_id from (${rowsSql(plan, sql)}) order by ord`;
}

function isGrouped(plan: Plan): boolean {
  return plan.kind === "aggregate" || (plan.kind !== "scan" && isGrouped(plan.input));
}

function tableOf(plan: Plan): TableName {
  return plan.kind === "scan" ? plan.table : tableOf(plan.input);
}

/** The rows of a plan without an aggregate, as (row_id, ord). */
function rowsSql(plan: Plan, sql: SqlWriter): string {
  const { text, place } = sql.from(tableOf(plan));
  const { row } = place;
  if (plan.kind === "scan") return `select ${row}.row_id, ${row}.row_id as ord from ${text}`;
  const input = `${text} join (${rowsSql(plan.input, sql)}) i on i.row_id = ${row}.row_id`;
  switch (plan.kind) {
    case "filter":
      return `select i.row_id, i.ord from ${input} where ${predicateSql(plan.predicate, place)}`;
    case "bucket":
      return `select i.row_id, i.ord from ${input} where ${exprSql(plan.time, place)} is not null`;
    case "sort":
      return `select i.row_id, row_number() over (order by ${orderSql(plan.keys, place)}, i.ord) as ord from ${input}`;
    case "limit":
      return `select i.row_id, i.ord from ${input} order by i.ord limit ${plan.count} offset ${plan.offset}`;
    case "aggregate":
      throw new Error("an aggregate gives no rows");
  }
}

function orderSql(keys: readonly SortKey[], place: Place | undefined): string {
  const keySql = ({ by }: SortKey): string => {
    if ("output" in by) return quoted(by.output);
    if (place === undefined) throw new Error("groups are sorted by output");
    return exprSql(by, place);
  };
  return keys.map((key) => `${keySql(key)} ${key.descending ? "desc" : "asc"} nulls last`).join(", ");
}

function groupedSql(plan: Plan, sql: SqlWriter): string {
  switch (plan.kind) {
    case "aggregate":
      return aggregateSql(plan, sql);
    case "sort":
      return `select * from (${groupedSql(plan.input, sql)}) order by ${orderSql(plan.keys, undefined)}`;
    case "limit":
      return `select * from (${groupedSql(plan.input, sql)}) limit ${plan.count} offset ${plan.offset}`;
    default:
      throw new Error(`${plan.kind} above an aggregate`);
  }
}

function aggregateSql(node: Aggregate, sql: SqlWriter): string {
  const { text, place } = sql.from(tableOf(node.input));
  const bucket = bucketOf(node.input);
  const keys = node.keys.map(({ value }) => {
    if (value !== "bucket") return valueSql(value, place);
    if (bucket === undefined) throw new Error("no bucket");
    return `(floor(${exprSql(bucket.time, place)} / ${bucket.widthMs}) * ${bucket.widthMs} + 0)`;
  });
  const columns = [
    ...node.keys.map(({ name }, i) => `${keys[i]} as ${quoted(name)}`),
    ...node.measures.map((measure) => `${measureSql(measure, place)} as ${quoted(measure.name)}`),
    // At least one, and an aggregate: without keys there is one group.
    "count(*) as group_rows",
  ];
  const present = node.nullKeys === "drop" && keys.length > 0 ? keys.map((key) => `${key} is not null`) : ["true"];
  const measured = node.measures.map((measure) => `${measureSql(measure, place)} is not null`);
  const having = node.emptyGroups === "drop" && measured.length > 0 ? `having ${measured.join(" or ")}` : "";
  return `select ${columns.join(", ")} from ${text} join (${rowsSql(node.input, sql)}) i on i.row_id = ${place.row}.row_id
    where ${present.join(" and ")} ${keys.length === 0 ? "" : `group by ${keys.join(", ")}`} ${having}`;
}

function bucketOf(plan: Plan): Bucket | undefined {
  return plan.kind === "bucket" ? plan : plan.kind === "scan" ? undefined : bucketOf(plan.input);
}

/** A value to group by or to count: -0 is 0 (D4), and truths are texts. */
function valueSql(expr: Expr, place: Place): string {
  const value = exprSql(expr, place);
  if (expr.type === "number") return `(${value} + 0)`;
  return expr.type === "bool" ? `${value}::varchar` : value;
}

function measureSql({ fn, input, percentile }: Measure, place: Place): string {
  if (fn === "count_rows" || input === undefined) return "count(*)";
  const value = valueSql(input, place);
  switch (fn) {
    case "count":
      return `count(${value})`;
    case "count_distinct":
      return `count(distinct ${value})`;
    // D6
    case "sum":
      return `fsum(${value})`;
    case "avg":
      return `favg(${value})`;
    case "percentile":
      return `quantile_cont(${value}, ${(percentile ?? 0) / 100})`;
    default:
      return `${fn}(${value})`;
  }
}

/** What DuckDB gives for a plan over the rows that `loadRows` put into the schema. */
export async function duckDbResult(
  plan: Plan,
  { connection, schema, rows }: { connection: DuckDBConnection; schema: string; rows: Rows },
): Promise<OracleResult> {
  const keys = (["traces", "spans", "assessments"] as const).flatMap((table) =>
    columnsOf(table, rows[table]).map((name) => `${table}.${name}`),
  );
  const found = await connection.runAndReadAll(planSql(plan, new SqlWriter(schema, new Set(keys))));
  const records = found.getRowObjectsJS();
  if (!isGrouped(plan)) return { kind: "rows", positions: records.map((record) => Number(record["row_id"])) };
  const groups = records.map((record) =>
    Object.fromEntries(
      Object.entries(record).flatMap(([name, value]) =>
        name === "group_rows" ? [] : [[name, cellOf(value)] as const],
      ),
    ),
  );
  return { kind: "grouped", groups };
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : Number(value);
}
