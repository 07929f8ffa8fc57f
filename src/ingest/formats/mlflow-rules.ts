// Rules that MLflow's formats share: the info of a trace, its assessments, its spans.
// Used by mlflow-trace.ts, mlflow-info.ts and mlflow-artifact.ts. Aliases stand in order of precedence, newest form first;
// fixtures/mlflow-generations has each form. Everything here is data.

import type { EnumKind, FieldRule, JsonRule, MapRule, Path, RepeatRule, Rule } from "../program.ts";

const USAGE_COLUMNS = [
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
] as const;
const COST_COLUMNS = ["input_cost", "output_cost", "total_cost"] as const;

const STATE: EnumKind = {
  strip: ["TraceStatus.", "TraceState.", "TRACE_STATUS_", "TRACE_STATE_"],
  rename: { UNSPECIFIED: "STATE_UNSPECIFIED" },
  absent: "STATE_UNSPECIFIED",
};

const STATUS: EnumKind = {
  strip: ["STATUS_CODE_", "SpanStatusCode.", "StatusCode."],
  rename: { "0": "UNSET", "1": "OK", "2": "ERROR", UNSPECIFIED: "UNSET" },
  absent: "UNSET",
};

const SOURCE_TYPE: EnumKind = { strip: [], rename: { AI_JUDGE: "LLM_JUDGE" }, absent: null };

function text(column: string, ...from: readonly Path[]): FieldRule {
  return { kind: "field", from, column, value: "text" };
}

function place(column: string, ...from: readonly Path[]): FieldRule {
  return { kind: "field", from, column, value: "place" };
}

function json(from: Path, rules: readonly Rule[]): JsonRule {
  return { kind: "json", from: [from], rules };
}

const COST_RULES: readonly FieldRule[] = COST_COLUMNS.map((column) => ({
  kind: "field",
  from: [[column]],
  column,
  value: "number",
}));

/** The fields of an info object at `at`; its lists and maps apart. */
export function infoFields(at: Path): readonly Rule[] {
  const key = (...keys: readonly string[]): Path => [...at, ...keys];
  return [
    { kind: "field", from: [key("trace_id"), key("request_id")], column: "trace_id", value: "traceId", vital: true },
    text("client_request_id", key("client_request_id")),
    text("experiment_id", key("trace_location", "mlflow_experiment", "experiment_id"), key("experiment_id")),
    {
      kind: "field",
      from: [key("request_time"), key("timestamp_ms")],
      column: "timestamp_ms",
      value: "timeMs",
      vital: true,
    },
    {
      kind: "field",
      from: [key("execution_duration_ms"), key("execution_duration"), key("execution_time_ms")],
      column: "execution_duration_ms",
      value: "durationMs",
    },
    { kind: "field", from: [key("state"), key("status")], column: "state", value: STATE },
  ];
}

/** Tags of an info object at `at`. */
export function tagsRule(at: Path): MapRule {
  return {
    kind: "map",
    from: [[...at, "tags"]],
    family: "tag",
    values: "plain",
    unkeyed: [],
    rules: [text("trace_name", ["mlflow.traceName"])],
  };
}

/** Metadata of an info object at `at`. Stands after the spans: usage that is absent here is derived from them. */
export function metadataRule(at: Path): MapRule {
  return {
    kind: "map",
    from: [
      [...at, "trace_metadata"],
      [...at, "request_metadata"],
    ],
    family: "metadata",
    values: "plain",
    unkeyed: [],
    rules: [
      text("session", ["mlflow.trace.session"]),
      text("user", ["mlflow.trace.user"]),
      text("run_id", ["mlflow.sourceRun"]),
      text("model_id", ["mlflow.modelId"]),
      json(
        ["mlflow.trace.tokenUsage"],
        USAGE_COLUMNS.map((column) => ({ kind: "field", from: [[column]], column, value: "tokens" })),
      ),
      json(["mlflow.trace.cost"], COST_RULES),
      TRACE_USAGE,
    ],
  };
}

/** Token columns from the spans, where the trace has none of its own. */
export const TRACE_USAGE: Rule = {
  kind: "call",
  fn: "traceUsage",
  inputs: [[["mlflow.trace.tokenUsage"]], [["mlflow.trace.infoFinalized"]]],
  writes: USAGE_COLUMNS,
  needs: USAGE_COLUMNS,
};

/** Checks that the trace has an id and a start. The last rule of every program. */
export const TRACE_IDENTITY: Rule = {
  kind: "call",
  fn: "traceIdentity",
  inputs: [],
  writes: ["trace_id", "timestamp_ms"],
  vital: true,
};

/** Assessments of an info object at `at`. */
export function assessmentsRule(at: Path): RepeatRule {
  return { kind: "repeat", from: [[...at, "assessments"]], table: "assessments", rules: ASSESSMENT_RULES };
}

const ASSESSMENT_RULES: readonly Rule[] = [
  text("assessment_id", ["assessment_id"]),
  text("name", ["assessment_name"], ["name"]),
  {
    kind: "call",
    fn: "assessmentValue",
    inputs: [[["feedback"]], [["expectation"]], [["issue"]]],
    writes: ["type", "value", "numeric_value"],
  },
  text("error_code", ["feedback", "error", "error_code"], ["error", "error_code"]),
  { kind: "field", from: [["source", "source_type"]], column: "source_type", value: SOURCE_TYPE },
  text("source_id", ["source", "source_id"]),
  text("rationale", ["rationale"]),
  { kind: "field", from: [["span_id"]], column: "span_id", value: "spanId" },
  { kind: "field", from: [["create_time"], ["create_time_ms"]], column: "create_time_ms", value: "timeMs" },
  {
    kind: "field",
    from: [["last_update_time"], ["last_update_time_ms"]],
    column: "last_update_time_ms",
    value: "timeMs",
  },
  { kind: "field", from: [["valid"]], column: "valid", value: "bool", absent: 1 },
  text("overrides", ["overrides"]),
  {
    kind: "map",
    from: [["metadata"]],
    family: "metadata",
    values: "plain",
    unkeyed: [],
    rules: [text("session", ["mlflow.trace.session"])],
  },
];

/** Spans in the list at one of `from`, and what is counted after the last. */
export function spansRules(...from: readonly Path[]): readonly Rule[] {
  return [
    { kind: "repeat", from, table: "spans", rules: SPAN_RULES },
    {
      kind: "call",
      fn: "finishSpans",
      inputs: [],
      writes: ["span_count", "error_span_count"],
      writesElsewhere: ["spans.depth"],
      needs: ["is_error"],
      needsFor: "error_span_count",
      vital: true,
    },
  ];
}

const SPAN_ATTRIBUTES: MapRule = {
  kind: "map",
  from: [["attributes"]],
  family: "attributes",
  values: "json",
  unkeyed: ["mlflow.spanInputs", "mlflow.spanOutputs"],
  rules: [
    text("type", ["mlflow.spanType"]),
    text("model", ["mlflow.llm.model"]),
    text("provider", ["mlflow.llm.provider"]),
    json(
      ["mlflow.chat.tokenUsage"],
      USAGE_COLUMNS.map((column) => ({
        kind: "field",
        from: [[column]],
        column,
        value: "tokens",
        keep: { name: column },
      })),
    ),
    json(["mlflow.llm.cost"], COST_RULES),
    place("inputs", ["mlflow.spanInputs"]),
    place("outputs", ["mlflow.spanOutputs"]),
  ],
};

const SPAN_RULES: readonly Rule[] = [
  {
    kind: "call",
    fn: "spanIdentity",
    inputs: [[["span_id"], ["context", "span_id"]], [["parent_span_id"], ["parent_id"]], [[]]],
    writes: ["span_id", "parent_span_id"],
    vital: true,
  },
  {
    kind: "call",
    fn: "spanTimes",
    inputs: [[["start_time_unix_nano"], ["start_time"]], [["end_time_unix_nano"], ["end_time"]], [[]]],
    writes: ["start_ns", "end_ns", "start_ms", "duration_ns", "duration_ms"],
    vital: true,
  },
  text("name", ["name"]),
  {
    kind: "field",
    from: [["status", "code"], ["status_code"], ["status"]],
    column: "status",
    value: STATUS,
    keep: { name: "is_error", when: "ERROR" },
  },
  {
    kind: "field",
    from: [["status", "message"], ["status_message"]],
    column: "status_message",
    value: "text",
    emptyIsNull: true,
  },
  SPAN_ATTRIBUTES,
  place("attributes", ["attributes"]),
  place("events", ["events"]),
  place("content", []),
];
