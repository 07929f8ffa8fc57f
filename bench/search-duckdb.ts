// How does DuckDB answer the search bench? The same tables in its memory, filled once from the same file.
// Called by search.ts. Made as for the load bench (load-duckdb.ts), and in DuckDB's favour: the asked tag is a column of its
// own, and the full text of spans is a table in memory, where tracemill reads it from the file.

import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { DUCKDB_LOAD, DUCKDB_THREADS } from "./load-duckdb.ts";
import { type SearchQuery, sqlOf } from "./search-queries.ts";

const CONTENT = `
CREATE TABLE span_content AS
SELECT trace_id, unnest(spans)::VARCHAR AS content
FROM (SELECT info.trace_id AS trace_id, data.spans AS spans
  FROM read_json($file, format = 'newline_delimited', maximum_object_size = $object_size, columns = {
    info: 'STRUCT(trace_id VARCHAR)', data: 'STRUCT(spans JSON[])'}))`;

const TAGGED = [
  "CREATE TABLE tagged AS SELECT *, tag['customer_tier'] AS customer_tier FROM traces",
  "DROP TABLE traces",
  "ALTER TABLE tagged RENAME TO traces",
];

/** The statements that fill the tables, in order. `$file` and `$object_size` are filled in. */
export const DUCKDB_SEARCH_LOAD: readonly string[] = [...DUCKDB_LOAD.once, ...TAGGED, CONTENT];

/** DuckDB with the tables of one file. */
export class DuckdbTables {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Fills the tables from an export of JSON Lines whose longest line has `longestLine` bytes. */
  static async load(path: string, longestLine: number): Promise<DuckdbTables> {
    const instance = await DuckDBInstance.create(":memory:", { threads: String(DUCKDB_THREADS) });
    const connection = await instance.connect();
    const objectSize = String(2 ** Math.ceil(Math.log2(longestLine + 1)));
    const file = `'${path.replaceAll("'", "''")}'`;
    for (const statement of DUCKDB_SEARCH_LOAD) {
      await connection.run(statement.replace("$file", () => file).replace("$object_size", objectSize));
    }
    return new DuckdbTables(connection);
  }

  /** Ids of the traces that are found, in order; at most `limit`. */
  async search(query: SearchQuery, limit?: number): Promise<readonly string[]> {
    const reader = await this.#connection.runAndReadAll(sqlOf(query, limit));
    const [ids = []] = reader.getColumns();
    return ids.map(String);
  }

  /** Rows of a table. */
  async count(table: "traces" | "spans" | "assessments" | "span_content"): Promise<number> {
    const reader = await this.#connection.runAndReadAll(`SELECT count(*) FROM ${table}`);
    return Number(reader.getRows()[0]?.[0]);
  }

  /** Frees the tables. */
  close(): void {
    this.#connection.closeSync();
  }
}
