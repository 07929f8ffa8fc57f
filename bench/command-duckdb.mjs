// The command bench's rival: a fresh process with DuckDB in memory and two threads, asked one question of a file.
// Run by command.ts; plain JavaScript, so that no translation is timed. Arguments: file, most bytes of a line, `declared` or
// `inferred` types. Prints the rows as JSON.

import { DuckDBInstance } from "@duckdb/node-api";

const [path = "", objectSize = "", types = ""] = process.argv.slice(2);
const DECLARED = `, columns = {info: 'STRUCT(tags STRUCT("mlflow.traceName" VARCHAR), execution_duration_ms BIGINT)'}`;
const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const connection = await instance.connect();
const reader = await connection.runAndReadAll(`
SELECT info.tags."mlflow.traceName" AS name, quantile_cont(info.execution_duration_ms, 0.95) AS p95
FROM read_json('${path.replaceAll("'", "''")}', format = 'newline_delimited', maximum_object_size = ${Number(objectSize)}${types === "declared" ? DECLARED : ""})
WHERE info.execution_duration_ms IS NOT NULL AND name IS NOT NULL GROUP BY 1 ORDER BY 1`);
process.stdout.write(JSON.stringify(reader.getRowsJS()));
