// How do synthetic columns get into DuckDB? Block by block through its appender, then once into a file that is kept.
// Called by the processes that fork.ts starts. What must stay true: the values are those of the columns themselves; the
// time of the owning trace stands on every span and assessment, so that DuckDB needs no join for what tracemill finds by
// position.

import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDoubleVector,
  DuckDBInstance,
  DuckDBIntegerVector,
  type DuckDBResultReader,
  INTEGER,
} from "@duckdb/node-api";
import { benchDirectory } from "./data.ts";
import {
  BLOCK_ROWS,
  type ColumnSet,
  type SyntheticTable,
  type SyntheticTables,
  syntheticName,
  syntheticTables,
} from "./synthetic.ts";
import type { Answer, AnswerCell } from "./workload.ts";

type Column = NonNullable<ReturnType<SyntheticTable["columns"]["get"]>>;
type TableName = keyof SyntheticTables;

/** As many as tracemill is given at most. */
export const DUCKDB_THREADS = 2;

/** How texts are stored: as VARCHAR, DuckDB's usual way, or as ENUM where there are few distinct ones. */
export type TextType = "varchar" | "enum";

const CHUNK_ROWS = 2_048;
const ENUM_LIMIT = 1_000;
/** Columns of spans and assessments that come from their trace: the name there, and in `traces`. */
const OF_TRACE = [
  ["trace_timestamp_ms", "timestamp_ms"],
  ["experiment_id", "experiment_id"],
] as const;
const TABLES: readonly TableName[] = ["traces", "spans", "assessments"];
/** Columns of float64 that hold amounts; all others hold whole numbers. */
const FRACTIONS: ReadonlySet<string> = new Set(["total_cost", "numeric_value"]);

/** Where the file with DuckDB's tables of a set is kept, made or not. */
export function duckdbFile(columns: ColumnSet): string {
  return join(benchDirectory(), `${syntheticName(columns)}.duckdb`);
}

/** Makes the file with DuckDB's tables of a set, unless it is there. An interrupted run leaves no half file. */
export async function ensureDuckdbFile(columns: ColumnSet, path: string): Promise<void> {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.part`;
  await writeTables(unfinished, syntheticTables(columns));
  renameSync(unfinished, path);
}

async function writeTables(path: string, tables: SyntheticTables): Promise<void> {
  const connection = await connect(":memory:");
  await connection.run(`ATTACH ${quoted(path)} AS kept`);
  for (const name of TABLES) {
    if (tables[name].columns.size > 0) await writeTable(connection, tables[name], tables.traces);
  }
  await connection.run("DETACH kept");
  connection.closeSync();
}

/** Writes a table of a kept file as Parquet, for other rivals. */
export async function writeParquet(path: string, table: TableName, to: string): Promise<void> {
  const connection = await connect(":memory:");
  await connection.run(`ATTACH ${quoted(path)} AS kept (READ_ONLY)`);
  await connection.run(`COPY kept.${table} TO ${quoted(to)} (FORMAT parquet)`);
  connection.closeSync();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** DuckDB over a file or `:memory:`. */
async function connect(path: string): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(path, { threads: String(DUCKDB_THREADS) });
  return instance.connect();
}

/** DuckDB with the tables of a file in memory. */
export async function loadDuckdb(path: string, texts: TextType): Promise<DuckDBConnection> {
  const connection = await connect(":memory:");
  await connection.run(`ATTACH ${quoted(path)} AS kept (READ_ONLY)`);
  for (const table of TABLES) {
    if (!(await isKept(connection, table))) continue;
    const enums = texts === "enum" ? await enumColumns(connection, table) : [];
    for (const column of enums) {
      await connection.run(
        `CREATE TYPE ${table}_${column} AS ENUM (SELECT DISTINCT "${column}" FROM kept.${table} WHERE "${column}" IS NOT NULL ORDER BY 1)`,
      );
    }
    const casts = enums.map((column) => `"${column}"::${table}_${column} AS "${column}"`);
    const replaced = casts.length === 0 ? "" : `REPLACE (${casts.join(", ")})`;
    await connection.run(`CREATE TABLE ${table} AS SELECT * ${replaced} FROM kept.${table}`);
  }
  await connection.run("DETACH kept");
  return connection;
}

async function isKept(connection: DuckDBConnection, table: TableName): Promise<boolean> {
  const found = await connection.runAndReadAll(
    `SELECT 1 FROM duckdb_tables() WHERE database_name = 'kept' AND table_name = '${table}'`,
  );
  return found.currentRowCount > 0;
}

/** The rows of a result: counts and times as numbers. */
export function rowsOf(result: DuckDBResultReader): Answer {
  return result
    .getRowsJS()
    .map((row) => row.map((cell) => (typeof cell === "bigint" ? Number(cell) : (cell as AnswerCell))));
}

/** Text columns of a kept table with few distinct values. */
async function enumColumns(connection: DuckDBConnection, table: TableName): Promise<readonly string[]> {
  const described = await connection.runAndReadAll(`DESCRIBE kept.${table}`);
  const texts = described.getRowObjectsJS().filter((row) => row["column_type"] === "VARCHAR");
  const few: string[] = [];
  for (const { column_name: name } of texts) {
    const counted = await connection.runAndReadAll(`SELECT approx_count_distinct("${name}") FROM kept.${table}`);
    if (Number(counted.getRows()[0]?.[0]) < ENUM_LIMIT) few.push(String(name));
  }
  return few;
}

interface Source {
  readonly name: string;
  readonly column: Column;
  /** The column's values from a block's row on, as the appender takes them. */
  readonly values: (block: number) => Float64Array | Int32Array;
}

/** Appends raw values and codes to a table in memory, then writes them with texts and nulls to the kept one. */
async function writeTable(connection: DuckDBConnection, table: SyntheticTable, traces: SyntheticTable): Promise<void> {
  const sources = sourcesOf(table, traces);
  const fields = sources.map(
    ({ name, values }) => `"${name}" ${values(0) instanceof Int32Array ? "INTEGER" : "DOUBLE"}`,
  );
  await connection.run(`CREATE TABLE raw (${fields.join(", ")})`);
  await appendBlocks(connection, sources);
  const joins: string[] = [];
  const selected: string[] = [];
  for (const { name, column } of sources) {
    if (column.type === "dictionary") {
      await writeDictionary(connection, name, column.dictionary);
      joins.push(`LEFT JOIN texts_${name} ON raw."${name}" = texts_${name}.code`);
      selected.push(
        name === "experiment_id" ? `texts_${name}.text::INTEGER AS ${name}` : `texts_${name}.text AS "${name}"`,
      );
    } else if (column.type === "float64") {
      const present = `CASE WHEN isnan("${name}") THEN NULL ELSE "${name}" END`;
      selected.push(FRACTIONS.has(name) ? `${present} AS ${name}` : `(${present})::BIGINT AS ${name}`);
    } else {
      selected.push(column.type === "bool" ? `"${name}"::BOOLEAN AS "${name}"` : `"${name}"`);
    }
  }
  await connection.run(`CREATE TABLE kept.${table.name} AS SELECT ${selected.join(", ")} FROM raw ${joins.join(" ")}`);
  await connection.run("DROP TABLE raw");
  for (const { name, column } of sources) {
    if (column.type === "dictionary") await connection.run(`DROP TABLE texts_${name}`);
  }
}

/** The columns of a table, and those of the owning trace where there is one. */
function sourcesOf(table: SyntheticTable, traces: SyntheticTable): readonly Source[] {
  const sources = [...table.columns].map(([name, column]) => ({ name, column, values: valuesOf(column) }));
  const owners = table.columns.get("trace_row");
  if (owners === undefined) return sources;
  const ofTrace = OF_TRACE.flatMap(([name, from]) => {
    const column = traces.columns.get(from);
    if (column === undefined) return [];
    return [{ name, column, values: (block: number) => gather(valuesOf(owners)(block), column) }];
  });
  return [...sources, ...ofTrace];
}

/** The values of a column in some rows. */
function gather(rows: ArrayLike<number>, column: Column): Float64Array | Int32Array {
  const values = valuesOf(column);
  const blocks = column.blocks.map((_, block) => values(block));
  const out = blocks[0] instanceof Int32Array ? new Int32Array(rows.length) : new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as number;
    out[i] = blocks[Math.floor(row / BLOCK_ROWS)]?.[row % BLOCK_ROWS] ?? Number.NaN;
  }
  return out;
}

function valuesOf(column: Column): Source["values"] {
  switch (column.type) {
    case "float64":
    case "int32":
    case "dictionary":
      return (block) => column.blocks[block]?.values ?? new Int32Array(0);
    case "bool":
      return (block) => Int32Array.from(column.blocks[block]?.values ?? []);
    default:
      throw new Error(`no way for ${column.type} into DuckDB`);
  }
}

async function appendBlocks(connection: DuckDBConnection, sources: readonly Source[]): Promise<void> {
  const types = sources.map(({ values }) => (values(0) instanceof Int32Array ? INTEGER : DOUBLE));
  const appender = await connection.createAppender("raw");
  const blocks = sources[0]?.column.blocks.length ?? 0;
  for (let block = 0; block < blocks; block += 1) {
    const arrays = sources.map(({ values }) => values(block));
    const rows = arrays[0]?.length ?? 0;
    for (let start = 0; start < rows; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - start);
      const chunk = DuckDBDataChunk.create(types, count);
      arrays.forEach((array, at) => {
        const vector = chunk.getColumnVector(at);
        const values = array.subarray(start, start + count);
        if (!(vector instanceof DuckDBDoubleVector || vector instanceof DuckDBIntegerVector)) return;
        for (let i = 0; i < count; i += 1) vector.setItem(i, values[i]!);
        vector.flush();
      });
      appender.appendDataChunk(chunk);
    }
  }
  appender.closeSync();
}

type Dictionary = Extract<Column, { readonly type: "dictionary" }>["dictionary"];

async function writeDictionary(connection: DuckDBConnection, name: string, dictionary: Dictionary): Promise<void> {
  await connection.run(`CREATE TABLE texts_${name} (code INTEGER, text VARCHAR)`);
  const appender = await connection.createAppender(`texts_${name}`);
  for (let code = 0; code < dictionary.size; code += 1) {
    appender.appendInteger(code);
    appender.appendVarchar(dictionary.text(code));
    appender.endRow();
  }
  appender.closeSync();
}
