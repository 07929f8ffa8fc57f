// The load bench's rival: DuckDB's read_json making the same three tables. Called by load-child.ts.
// Two ways: `once` parses the file into nested values and flattens those; `byTable` is what one writes at first, a statement a
// table, each reading no more than its columns.
// `maximum_object_size` is the least power of two above the longest line: larger buffers are slower and take more
// memory.

import { DuckDBInstance } from "@duckdb/node-api";
import type { TableName } from "../src/index.ts";
import type { ColumnCheck, LoadEngine } from "./load-answers.ts";
import { type ComparedColumn, comparedColumns, FAMILIES, TABLES } from "./load-columns.ts";

/** How the tables are made; see the file's header. */
export type DuckdbWay = "once" | "byTable";

/** As many as tracemill is given at most. */
export const DUCKDB_THREADS = 2;

const TOKENS = `'{"input_tokens": "BIGINT", "output_tokens": "BIGINT", "total_tokens": "BIGINT", \
"cache_read_input_tokens": "BIGINT", "cache_creation_input_tokens": "BIGINT"}'`;
const COST = `'{"input_cost": "DOUBLE", "output_cost": "DOUBLE", "total_cost": "DOUBLE"}'`;

const ASSESSMENT_FIELDS = `assessments STRUCT(
      assessment_id VARCHAR, assessment_name VARCHAR, span_id VARCHAR,
      source STRUCT(source_type VARCHAR, source_id VARCHAR),
      create_time TIMESTAMPTZ, last_update_time TIMESTAMPTZ,
      feedback STRUCT("value" JSON, error STRUCT(error_code VARCHAR)), expectation STRUCT("value" JSON),
      rationale VARCHAR, overrides VARCHAR, "valid" BOOLEAN)[]`;
const TRACE_FIELDS = `client_request_id VARCHAR,
    trace_location STRUCT(mlflow_experiment STRUCT(experiment_id VARCHAR)),
    request_time TIMESTAMPTZ, state VARCHAR,
    trace_metadata MAP(VARCHAR, VARCHAR), tags MAP(VARCHAR, VARCHAR), execution_duration_ms BIGINT`;
const SPAN_FIELDS = `span_id VARCHAR, parent_span_id VARCHAR, name VARCHAR,
    start_time_unix_nano BIGINT, end_time_unix_nano BIGINT,
    status STRUCT(code VARCHAR, message VARCHAR),
    attributes STRUCT("mlflow.spanType" VARCHAR, "mlflow.llm.model" VARCHAR, "mlflow.llm.provider" VARCHAR,
      "mlflow.chat.tokenUsage" VARCHAR, "mlflow.llm.cost" VARCHAR)`;

/** The records as rows: `info` with its id and `fields`, and `spans` with theirs where there are some. */
function records(fields: readonly string[], spanFields?: string): string {
  const info = `info: 'STRUCT(${["trace_id VARCHAR", ...fields].join(", ")})'`;
  const data = spanFields === undefined ? "" : `, data: 'STRUCT(spans STRUCT(${spanFields})[])'`;
  return `SELECT info${spanFields === undefined ? "" : ", data.spans AS spans"}
FROM read_json($file, format = 'newline_delimited', maximum_object_size = $object_size, columns = {${info}${data}})`;
}

const traces = (raw: string): string => `
CREATE TABLE traces AS
SELECT info.trace_id, info.client_request_id,
  info.trace_location.mlflow_experiment.experiment_id AS experiment_id,
  epoch_ms(info.request_time) AS timestamp_ms, info.execution_duration_ms, info.state,
  info.tags['mlflow.traceName'] AS trace_name,
  info.trace_metadata['mlflow.trace.session'] AS session, info.trace_metadata['mlflow.trace.user'] AS user,
  info.trace_metadata['mlflow.sourceRun'] AS run_id, info.trace_metadata['mlflow.modelId'] AS model_id,
  usage.input_tokens, usage.output_tokens, usage.total_tokens,
  usage.cache_read_input_tokens, usage.cache_creation_input_tokens,
  cost.input_cost, cost.output_cost, cost.total_cost,
  len(spans) AS span_count,
  len(list_filter(spans, lambda span: span.status.code = 'STATUS_CODE_ERROR')) AS error_span_count,
  info.tags AS tag, info.trace_metadata AS metadata
FROM (
  SELECT info, spans,
    from_json(info.trace_metadata['mlflow.trace.tokenUsage'], ${TOKENS}) AS usage,
    from_json(info.trace_metadata['mlflow.trace.cost'], ${COST}) AS cost
  FROM ${raw})`;

const spans = (raw: string): string => `
CREATE TABLE spans AS
SELECT trace_id, span_id, parent_span_id, name, type, status, status_message, start_ns, end_ns,
  start_ns // 1000000 AS start_ms, end_ns - start_ns AS duration_ns, (end_ns - start_ns) // 1000000 AS duration_ms,
  model, provider,
  usage.input_tokens, usage.output_tokens, usage.total_tokens,
  usage.cache_read_input_tokens, usage.cache_creation_input_tokens,
  cost.input_cost, cost.output_cost, cost.total_cost
FROM (
  SELECT trace_id, lower(hex(from_base64(span.span_id))) AS span_id,
    lower(hex(from_base64(span.parent_span_id))) AS parent_span_id, span.name,
    from_json(span.attributes."mlflow.spanType", '"VARCHAR"') AS type,
    span.status.code[13:] AS status, nullif(span.status.message, '') AS status_message,
    span.start_time_unix_nano AS start_ns, span.end_time_unix_nano AS end_ns,
    from_json(span.attributes."mlflow.llm.model", '"VARCHAR"') AS model,
    from_json(span.attributes."mlflow.llm.provider", '"VARCHAR"') AS provider,
    from_json(span.attributes."mlflow.chat.tokenUsage", ${TOKENS}) AS usage,
    from_json(span.attributes."mlflow.llm.cost", ${COST}) AS cost
  FROM (SELECT info.trace_id AS trace_id, unnest(spans) AS span FROM ${raw}))`;

const assessments = (raw: string): string => `
CREATE TABLE assessments AS
SELECT trace_id, a.assessment_id, a.assessment_name AS name,
  CASE WHEN a.expectation IS NULL THEN 'feedback' ELSE 'expectation' END AS type,
  coalesce(a.feedback."value", a.expectation."value") AS value,
  CASE coalesce(a.feedback."value", a.expectation."value")::VARCHAR
    WHEN 'true' THEN 1 WHEN '"yes"' THEN 1 WHEN 'false' THEN 0 WHEN '"no"' THEN 0
    ELSE TRY_CAST(coalesce(a.feedback."value", a.expectation."value") AS DOUBLE) END AS numeric_value,
  a.feedback.error.error_code AS error_code, a.source.source_type, a.source.source_id, a.rationale, a.span_id,
  epoch_ms(a.create_time) AS create_time_ms, epoch_ms(a.last_update_time) AS last_update_time_ms,
  coalesce(a."valid", true) AS valid, a.overrides
FROM (SELECT info.trace_id AS trace_id, unnest(info.assessments) AS a FROM ${raw})`;

/** The statements that make the tables, in order, by way. `$file` and `$object_size` are filled in. */
export const DUCKDB_LOAD: { readonly [way in DuckdbWay]: readonly string[] } = {
  once: [
    `CREATE TEMP TABLE raw AS ${records([TRACE_FIELDS, ASSESSMENT_FIELDS], SPAN_FIELDS)}`,
    traces("raw"),
    spans("raw"),
    assessments("raw"),
    "DROP TABLE raw",
  ],
  byTable: [
    traces(`(${records([TRACE_FIELDS], "status STRUCT(code VARCHAR)")})`),
    spans(`(${records([], SPAN_FIELDS)})`),
    assessments(`(${records([ASSESSMENT_FIELDS])})`),
  ],
};

/** The statement that answers. */
export const DUCKDB_ANSWERS = `
SELECT (SELECT count(*) FROM traces)::DOUBLE AS traces, (SELECT count(*) FROM spans)::DOUBLE AS spans,
  (SELECT count(*) FROM assessments)::DOUBLE AS assessments,
  (SELECT sum(total_tokens) FROM traces)::DOUBLE AS "totalTokens",
  (SELECT quantile_cont(execution_duration_ms, 0.95) FROM traces)::DOUBLE AS "p95Ms"`;

const TABLES_DROPPED = TABLES.map((table) => `DROP TABLE IF EXISTS ${table}`);

/** The statements that check the columns: rows of a name, values there, their sum, distinct texts. */
export const DUCKDB_CHECKS: readonly string[] = [
  ...TABLES.flatMap((table) => comparedColumns(table).map((column) => checkOf(table, column))),
  ...FAMILIES.map(
    (family) => `SELECT 'traces.${family}.' || e.key, count(e.value)::DOUBLE, NULL, count(DISTINCT e.value)::DOUBLE
FROM (SELECT unnest(map_entries(${family})) AS e FROM traces) GROUP BY e.key`,
  ),
];

function checkOf(table: TableName, { name, isText }: ComparedColumn): string {
  const figures = isText
    ? `NULL::DOUBLE, count(DISTINCT "${name}"::VARCHAR)::DOUBLE`
    : `coalesce(sum("${name}"${name === "valid" ? "::INTEGER" : ""}), 0)::DOUBLE, NULL::DOUBLE`;
  return `SELECT '${table}.${name}', count("${name}")::DOUBLE, ${figures} FROM ${table}`;
}

/** DuckDB in memory, for files whose longest line has `longestLine` bytes. */
export async function duckdbEngine(longestLine: number, way: DuckdbWay): Promise<LoadEngine> {
  const instance = await DuckDBInstance.create(":memory:", { threads: String(DUCKDB_THREADS) });
  const connection = await instance.connect();
  const objectSize = 2 ** Math.ceil(Math.log2(longestLine + 1));
  return {
    async load(path) {
      for (const statement of TABLES_DROPPED) await connection.run(statement);
      const file = `'${path.replaceAll("'", "''")}'`;
      const started = performance.now();
      for (const statement of DUCKDB_LOAD[way]) {
        await connection.run(statement.replace("$file", () => file).replace("$object_size", String(objectSize)));
      }
      const seconds = (performance.now() - started) / 1000;
      const [row] = (await connection.runAndReadAll(DUCKDB_ANSWERS)).getRowObjectsJS();
      const number = (name: string): number => Number(row?.[name]);
      const answers = {
        traces: number("traces"),
        spans: number("spans"),
        assessments: number("assessments"),
        totalTokens: number("totalTokens"),
        p95Ms: number("p95Ms"),
      };
      return { seconds, answers };
    },
    async checks() {
      const rows = await connection.runAndReadAll(DUCKDB_CHECKS.join("\nUNION ALL\n"));
      const checks = rows.getRowsJS().map(([name, present, sum, distinct]): [string, ColumnCheck] => [
        String(name),
        {
          present: Number(present),
          ...(sum === null ? {} : { sum: Number(sum) }),
          ...(distinct === null ? {} : { distinct: Number(distinct) }),
        },
      ]);
      return Object.fromEntries(checks.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
}
