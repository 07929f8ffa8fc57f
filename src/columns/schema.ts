// THE list of columns: what every table of a store holds, whatever format the data came from.
// Read by the loader (what to build), the planner (names and types), Arrow (fields), docs and `inspect`.
// A new column is one entry here, and one rule in the programs of the formats that carry it.

/** The tables of a store. */
export type TableName = "traces" | "spans" | "assessments";

/**
 * How a column is stored.
 * - `float64`: numbers; a null slot holds NaN (NaN itself is never a value)
 * - `int32`: whole numbers that are never null
 * - `int64`: exact nanoseconds
 * - `integer`: whole numbers; a float64 column while all are within 2^53, an int64 column when one passes it
 * - `bool`: 0 or 1 in a Uint8Array
 * - `dictionary`: codes into distinct texts, for texts of few distinct values; a null slot holds code -1
 * - `utf8`: offsets and bytes, for texts that are mostly distinct
 * - `place`: where the bytes of a payload stand in its record: start and end, relative to the record's first byte
 */
export type ColumnType = "float64" | "int32" | "int64" | "integer" | "bool" | "dictionary" | "utf8" | "place";

/** What is declared of a column. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  readonly unit?: "ms" | "ns" | "USD" | "tokens" | "rows";
  readonly nullable: boolean;
  readonly doc: string;
  /** Where MLflow's export has it. */
  readonly source: string;
}

const text = (name: string, doc: string, source: string): ColumnSpec => ({
  name,
  type: "dictionary",
  nullable: true,
  doc,
  source,
});
const tokens = (name: string, source: string): ColumnSpec => ({
  name,
  type: "integer",
  unit: "tokens",
  nullable: true,
  doc: `${name.replaceAll("_", " ")}, as reported`,
  source,
});
const usd = (name: string, source: string): ColumnSpec => ({
  name,
  type: "float64",
  unit: "USD",
  nullable: true,
  doc: `${name.replaceAll("_", " ")}, as reported`,
  source,
});

const USAGE =
  "trace_metadata mlflow.trace.tokenUsage, else summed from the spans, a span's own usage hiding its descendants'";
const COST = "trace_metadata mlflow.trace.cost";
const SPAN_USAGE = "attribute mlflow.chat.tokenUsage";
const SPAN_COST = "attribute mlflow.llm.cost";

/** One row a trace. */
export const TRACE_COLUMNS = [
  {
    name: "trace_id",
    type: "utf8",
    nullable: false,
    doc: "id, in one spelling",
    source: "info.trace_id, info.request_id",
  },
  {
    name: "client_request_id",
    type: "utf8",
    nullable: true,
    doc: "the client's own id",
    source: "info.client_request_id",
  },
  text(
    "experiment_id",
    "experiment, as text: ids pass 2^53",
    "info.trace_location.mlflow_experiment.experiment_id, info.experiment_id",
  ),
  {
    name: "timestamp_ms",
    type: "float64",
    unit: "ms",
    nullable: false,
    doc: "start, whole ms since 1970 UTC, floored",
    source: "info.request_time, info.timestamp_ms",
  },
  {
    name: "execution_duration_ms",
    type: "integer",
    unit: "ms",
    nullable: true,
    doc: "duration, whole ms; null while in progress",
    source: "info.execution_duration_ms, info.execution_duration, info.execution_time_ms",
  },
  text("state", "OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED", "info.state, info.status"),
  text("trace_name", "name of the trace", "tag mlflow.traceName"),
  text("session", "session id", "trace_metadata mlflow.trace.session"),
  text("user", "user id", "trace_metadata mlflow.trace.user"),
  text("run_id", "MLflow run", "trace_metadata mlflow.sourceRun"),
  text("model_id", "MLflow logged model", "trace_metadata mlflow.modelId"),
  tokens("input_tokens", USAGE),
  tokens("output_tokens", USAGE),
  tokens("total_tokens", USAGE),
  tokens("cache_read_input_tokens", USAGE),
  tokens("cache_creation_input_tokens", USAGE),
  usd("input_cost", COST),
  usd("output_cost", COST),
  usd("total_cost", COST),
  { name: "span_count", type: "int32", unit: "rows", nullable: false, doc: "number of spans", source: "counted" },
  {
    name: "error_span_count",
    type: "int32",
    unit: "rows",
    nullable: false,
    doc: "number of spans with status ERROR",
    source: "counted",
  },
  {
    name: "request_preview",
    type: "place",
    nullable: true,
    doc: "start of the root input",
    source: "info.request_preview, info.request",
  },
  {
    name: "response_preview",
    type: "place",
    nullable: true,
    doc: "start of the root output",
    source: "info.response_preview, info.response",
  },
  { name: "info", type: "place", nullable: true, doc: "the whole info object", source: "info" },
  { name: "data", type: "place", nullable: true, doc: "the whole data object", source: "data" },
] as const satisfies readonly ColumnSpec[];

/** One row a span. `trace_row` is the position of its trace in `traces`; rows of a trace are adjacent and ascending. */
export const SPAN_COLUMNS = [
  {
    name: "trace_row",
    type: "int32",
    unit: "rows",
    nullable: false,
    doc: "row of the owning trace",
    source: "counted",
  },
  {
    name: "span_id",
    type: "utf8",
    nullable: false,
    doc: "id in lower hex; a malformed one as it stands",
    source: "span_id, context.span_id",
  },
  {
    name: "parent_span_id",
    type: "utf8",
    nullable: true,
    doc: "parent's id; null at a root",
    source: "parent_span_id, parent_id",
  },
  {
    name: "depth",
    type: "int32",
    unit: "rows",
    nullable: false,
    doc: "steps from the root; 0 for roots and for spans whose parent is not there",
    source: "counted",
  },
  text("name", "name of the span", "name"),
  text("type", "LLM, TOOL, AGENT, ... or any text", "attribute mlflow.spanType"),
  text("status", "OK, ERROR or UNSET", "status.code, status_code"),
  text("status_message", "error text", "status.message, status_message"),
  {
    name: "start_ns",
    type: "int64",
    unit: "ns",
    nullable: false,
    doc: "start, exact, since 1970 UTC",
    source: "start_time_unix_nano, start_time",
  },
  {
    name: "end_ns",
    type: "int64",
    unit: "ns",
    nullable: true,
    doc: "end, exact; null while open",
    source: "end_time_unix_nano, end_time",
  },
  { name: "start_ms", type: "float64", unit: "ms", nullable: false, doc: "start_ns floored to ms", source: "derived" },
  {
    name: "duration_ns",
    type: "integer",
    unit: "ns",
    nullable: true,
    doc: "end - start, exact",
    source: "derived",
  },
  {
    name: "duration_ms",
    type: "float64",
    unit: "ms",
    nullable: true,
    doc: "duration_ns floored to ms",
    source: "derived",
  },
  text("model", "model name", "attribute mlflow.llm.model"),
  text("provider", "model provider", "attribute mlflow.llm.provider"),
  tokens("input_tokens", SPAN_USAGE),
  tokens("output_tokens", SPAN_USAGE),
  tokens("total_tokens", SPAN_USAGE),
  tokens("cache_read_input_tokens", SPAN_USAGE),
  tokens("cache_creation_input_tokens", SPAN_USAGE),
  usd("input_cost", SPAN_COST),
  usd("output_cost", SPAN_COST),
  usd("total_cost", SPAN_COST),
  { name: "inputs", type: "place", nullable: true, doc: "input of the span", source: "attribute mlflow.spanInputs" },
  { name: "outputs", type: "place", nullable: true, doc: "output of the span", source: "attribute mlflow.spanOutputs" },
  { name: "attributes", type: "place", nullable: true, doc: "all attributes", source: "attributes" },
  { name: "events", type: "place", nullable: true, doc: "all events", source: "events" },
  { name: "content", type: "place", nullable: true, doc: "the whole span", source: "the span" },
] as const satisfies readonly ColumnSpec[];

/** One row an assessment. `trace_row` as in spans. */
export const ASSESSMENT_COLUMNS = [
  {
    name: "trace_row",
    type: "int32",
    unit: "rows",
    nullable: false,
    doc: "row of the owning trace",
    source: "counted",
  },
  { name: "assessment_id", type: "utf8", nullable: true, doc: "id", source: "assessment_id" },
  text("name", "name of the assessment", "assessment_name"),
  text("type", "feedback, expectation or issue", "which of feedback, expectation, issue is there"),
  text(
    "value",
    "value as JSON text; a JSON null is the text null",
    "feedback.value, expectation.value, expectation.serialized_value.value",
  ),
  {
    name: "numeric_value",
    type: "float64",
    nullable: true,
    doc: "true and yes 1, false and no 0, a number itself, else null",
    source: "derived from value",
  },
  text("error_code", "error of the judge", "feedback.error.error_code"),
  text("source_type", "HUMAN, LLM_JUDGE, CODE", "source.source_type"),
  text("source_id", "who assessed", "source.source_id"),
  text("rationale", "reason in words", "rationale"),
  { name: "span_id", type: "utf8", nullable: true, doc: "assessed span, in lower hex", source: "span_id" },
  {
    name: "create_time_ms",
    type: "float64",
    unit: "ms",
    nullable: true,
    doc: "creation, ms since 1970 UTC",
    source: "create_time",
  },
  {
    name: "last_update_time_ms",
    type: "float64",
    unit: "ms",
    nullable: true,
    doc: "last update, ms since 1970 UTC",
    source: "last_update_time",
  },
  { name: "valid", type: "bool", nullable: false, doc: "false when overridden; absent means true", source: "valid" },
  {
    name: "overrides",
    type: "utf8",
    nullable: true,
    doc: "id of the assessment that this one replaces",
    source: "overrides",
  },
  text("session", "session that the assessment speaks for", "metadata mlflow.trace.session"),
] as const satisfies readonly ColumnSpec[];

/** The declared columns of each table. */
export const SCHEMA: { readonly [table in TableName]: readonly ColumnSpec[] } = {
  traces: TRACE_COLUMNS,
  spans: SPAN_COLUMNS,
  assessments: ASSESSMENT_COLUMNS,
};

/**
 * Families of keyed columns: one dictionary column a key, named `<family>.<key>` (`tag.env`, `attributes.model`).
 * They are found in the data, not declared.
 */
export const KEY_FAMILIES = {
  traces: ["tag", "metadata"],
  spans: ["attributes"],
  assessments: ["metadata"],
} as const satisfies { readonly [table in TableName]: readonly string[] };

/** A family of keyed columns. */
export type KeyFamily = "tag" | "metadata" | "attributes";

/** The declared column of that name, or undefined. */
export function columnSpec(table: TableName, name: string): ColumnSpec | undefined {
  return SCHEMA[table].find((column) => column.name === name);
}
