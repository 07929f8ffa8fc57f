// THE list of fields of the filter language, of both modes: name, entity, type, comparators, and the column it stands for.
// Read by check.ts, order-by.ts, plan/bind.ts and the docs. Tables and columns are plain names here: the language knows
// no column, binding does. What must stay true: a field that MLflow has means in both modes what MLflow means by it.

import type { Comparator, Entity } from "./ast.ts";

/** Type of a field. `time`: ms since 1970, written as a number or, extended, as an ISO 8601 text; `json`: a JSON value. */
export type FieldType = "text" | "number" | "time" | "bool" | "json";

/** Where a field's value is found. */
export type FieldSource =
  | { readonly kind: "column"; readonly table: FieldTable; readonly name: string }
  | { readonly kind: "payload"; readonly table: FieldTable; readonly name: string }
  | { readonly kind: "family"; readonly table: FieldTable; readonly family: "tag" | "metadata" | "attributes" }
  /** A value that plan/bind.ts makes: the end of a trace, its prompts, an assessment's value, an issue. */
  | { readonly kind: "made"; readonly what: "end time" | "prompt" | "assessment" | "issue" | "is root" };

/** The tables that fields are found in. */
export type FieldTable = "traces" | "spans" | "assessments";

/** A field, or with `key: "*"` a family of fields with one user-given key each. */
export interface FieldSpec {
  readonly entity: Entity;
  readonly key: string;
  /** Other keys of the same field; those of `extendedAliases` in extended mode alone. */
  readonly aliases?: readonly string[];
  readonly extendedAliases?: readonly string[];
  readonly type: FieldType;
  readonly nullable: boolean;
  /** Comparators in strict mode; absent: not in MLflow's language. */
  readonly strict?: readonly Comparator[];
  readonly extended: readonly Comparator[];
  readonly source: FieldSource;
  readonly doc: string;
}

const EQUALITY = ["=", "!="] as const;
const ORDER = ["<", "<=", ">", ">="] as const;
const PATTERNS = ["LIKE", "ILIKE", "RLIKE"] as const;
const LISTS = ["IN", "NOT IN"] as const;
const NULLS = ["IS NULL", "IS NOT NULL"] as const;
const NOT_PATTERNS = ["NOT LIKE", "NOT ILIKE", "NOT RLIKE"] as const;
const RANGES = ["BETWEEN", "NOT BETWEEN"] as const;

const TEXT = [...EQUALITY, ...PATTERNS, ...NOT_PATTERNS, ...LISTS] as const;
const NUMBER = [...EQUALITY, ...ORDER, ...LISTS, ...RANGES] as const;
/** Texts that may spell numbers: tags, metadata, attributes, assessment values. */
const LOOSE = [...TEXT, ...ORDER, ...RANGES, ...NULLS] as const;

const STRICT_TEXT = [...EQUALITY, ...LISTS, ...PATTERNS] as const;
const STRICT_KEYED = [...EQUALITY, ...PATTERNS, ...NULLS] as const;
const STRICT_NUMBER = [...EQUALITY, ...ORDER] as const;

const nullable = (comparators: readonly Comparator[]): readonly Comparator[] => [...comparators, ...NULLS];

type Part = Omit<FieldSpec, "entity" | "key" | "source" | "nullable" | "extended"> & {
  /** Name of the column; the key's when absent. */
  readonly column?: string;
};

const DEFAULTS: { readonly [type in FieldType]: readonly Comparator[] } = {
  text: TEXT,
  number: NUMBER,
  time: NUMBER,
  bool: EQUALITY,
  json: LOOSE,
};

function column(entity: Entity, key: string, { column: name = key, ...part }: Part): FieldSpec {
  const table = entity === "span" ? "spans" : entity === "assessment" ? "assessments" : "traces";
  const source = { kind: "column", table, name } as const;
  return { ...part, entity, key, nullable: false, extended: DEFAULTS[part.type], source };
}

function nullableColumn(entity: Entity, key: string, part: Part): FieldSpec {
  const spec = column(entity, key, part);
  return { ...spec, nullable: true, extended: nullable(spec.extended) };
}

function preview(key: string, doc: string): FieldSpec {
  const source = { kind: "payload", table: "traces", name: key } as const;
  return { entity: "attribute", key, type: "text", nullable: true, extended: nullable(TEXT), source, doc };
}

function keyed(entity: "tag" | "metadata", doc: string): FieldSpec {
  const source = { kind: "family", table: "traces", family: entity } as const;
  return { entity, key: "*", type: "text", nullable: true, strict: STRICT_KEYED, extended: LOOSE, source, doc };
}

function assessed(entity: "feedback" | "expectation", doc: string): FieldSpec {
  const strict = [...EQUALITY, ...ORDER, ...PATTERNS, ...NULLS];
  const source = { kind: "made", what: "assessment" } as const;
  return { entity, key: "*", type: "json", nullable: true, strict, extended: LOOSE, source, doc };
}

const A = "attribute";

/** All fields, in the order of the docs. */
export const FIELDS: readonly FieldSpec[] = [
  column(A, "request_id", {
    column: "trace_id",
    extendedAliases: ["trace_id"],
    type: "text",
    strict: STRICT_TEXT,
    doc: "id of the trace",
  }),
  nullableColumn(A, "client_request_id", {
    type: "text",
    strict: STRICT_TEXT,
    doc: "the client's own id",
  }),
  column(A, "status", {
    column: "state",
    extendedAliases: ["state"],
    type: "text",
    strict: STRICT_TEXT,
    doc: "OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED",
  }),
  column(A, "timestamp_ms", {
    column: "timestamp_ms",
    aliases: ["timestamp"],
    extendedAliases: ["request_time"],
    type: "time",
    strict: STRICT_NUMBER,
    doc: "start, ms since 1970 UTC",
  }),
  nullableColumn(A, "execution_time_ms", {
    column: "execution_duration_ms",
    aliases: ["execution_time"],
    extendedAliases: ["execution_duration", "execution_duration_ms"],
    type: "number",
    strict: STRICT_NUMBER,
    doc: "duration in ms",
  }),
  {
    entity: A,
    key: "end_time_ms",
    aliases: ["end_time"],
    type: "time",
    nullable: false,
    strict: STRICT_NUMBER,
    extended: NUMBER,
    source: { kind: "made", what: "end time" },
    doc: "start and duration together; a trace without a duration ends when it starts",
  },
  nullableColumn(A, "name", {
    column: "trace_name",
    extendedAliases: ["trace_name"],
    type: "text",
    strict: STRICT_KEYED,
    doc: "name of the trace (tag mlflow.traceName)",
  }),
  nullableColumn(A, "run_id", {
    column: "run_id",
    type: "text",
    strict: STRICT_KEYED,
    doc: "MLflow run (metadata mlflow.sourceRun)",
  }),
  {
    entity: A,
    key: "prompt",
    type: "text",
    nullable: false,
    strict: ["="],
    extended: ["="],
    source: { kind: "made", what: "prompt" },
    doc: 'linked prompt version, as "name/version"',
  },
  {
    entity: A,
    key: "text",
    type: "text",
    nullable: false,
    strict: ["LIKE", "ILIKE"],
    extended: [...PATTERNS, ...NOT_PATTERNS],
    source: { kind: "payload", table: "spans", name: "content" },
    doc: "full text of one span",
  },
  nullableColumn(A, "experiment_id", { type: "text", doc: "experiment" }),
  nullableColumn(A, "session", { type: "text", doc: "session (metadata mlflow.trace.session)" }),
  nullableColumn(A, "user", { type: "text", doc: "user (metadata mlflow.trace.user)" }),
  nullableColumn(A, "input_tokens", { type: "number", doc: "input tokens of the trace" }),
  nullableColumn(A, "output_tokens", { type: "number", doc: "output tokens of the trace" }),
  nullableColumn(A, "total_tokens", { type: "number", doc: "all tokens of the trace" }),
  nullableColumn(A, "cache_read_input_tokens", { type: "number", doc: "input tokens read from a cache" }),
  nullableColumn(A, "cache_creation_input_tokens", { type: "number", doc: "input tokens written to a cache" }),
  nullableColumn(A, "total_cost", { type: "number", doc: "cost of the trace in USD" }),
  preview("request_preview", "start of the input"),
  preview("response_preview", "start of the output"),
  column(A, "span_count", { type: "number", doc: "number of spans" }),
  column(A, "error_span_count", { type: "number", doc: "number of spans with status ERROR" }),
  keyed("tag", "tag of that key"),
  keyed("metadata", "metadata of that key"),
  nullableColumn("span", "name", { type: "text", strict: STRICT_TEXT, doc: "name of a span" }),
  nullableColumn("span", "type", {
    column: "type",
    type: "text",
    strict: STRICT_TEXT,
    doc: "type of a span: LLM, TOOL, AGENT, ...",
  }),
  nullableColumn("span", "status", { type: "text", strict: STRICT_TEXT, doc: "OK, ERROR or UNSET" }),
  {
    entity: "span",
    key: "content",
    type: "text",
    nullable: false,
    strict: ["LIKE", "ILIKE"],
    extended: [...PATTERNS, ...NOT_PATTERNS],
    source: { kind: "payload", table: "spans", name: "content" },
    doc: "full text of a span",
  },
  {
    entity: "span",
    key: "attributes.*",
    type: "text",
    nullable: true,
    strict: STRICT_TEXT,
    extended: LOOSE,
    source: { kind: "family", table: "spans", family: "attributes" },
    doc: "attribute of that key",
  },
  nullableColumn("span", "duration_ms", { type: "number", doc: "duration of a span in whole ms" }),
  nullableColumn("span", "model", { type: "text", doc: "model name" }),
  nullableColumn("span", "provider", { type: "text", doc: "model provider" }),
  nullableColumn("span", "total_tokens", { type: "number", doc: "all tokens of a span" }),
  nullableColumn("span", "total_cost", { type: "number", doc: "cost of a span in USD" }),
  nullableColumn("span", "status_message", { type: "text", doc: "error text" }),
  column("span", "depth", { type: "number", doc: "steps from the root; 0 for roots and orphans" }),
  {
    entity: "span",
    key: "is_root",
    type: "bool",
    nullable: false,
    extended: EQUALITY,
    source: { kind: "made", what: "is root" },
    doc: "whether a span is a root; orphans are",
  },
  assessed("feedback", "value of the valid feedback of that name"),
  assessed("expectation", "value of the valid expectation of that name"),
  {
    entity: "issue",
    key: "id",
    type: "text",
    nullable: false,
    strict: ["="],
    extended: ["="],
    source: { kind: "made", what: "issue" },
    doc: "id of an issue that refers to the trace",
  },
  nullableColumn("assessment", "name", { type: "text", doc: "name of an assessment" }),
  nullableColumn("assessment", "source_type", { type: "text", doc: "HUMAN, LLM_JUDGE or CODE" }),
  nullableColumn("assessment", "rationale", { type: "text", doc: "reason of an assessment" }),
];

/** Entities as they may be written, with what they mean; `assessment` in extended mode alone. */
export const ENTITIES: ReadonlyMap<string, Entity> = new Map<string, Entity>([
  ["attribute", "attribute"],
  ["attributes", "attribute"],
  ["trace", "attribute"],
  ["tag", "tag"],
  ["tags", "tag"],
  ["metadata", "metadata"],
  ["request_metadata", "metadata"],
  ["span", "span"],
  ["feedback", "feedback"],
  ["expectation", "expectation"],
  ["issue", "issue"],
  ["assessment", "assessment"],
]);

/** How the key of an attribute of spans begins. */
export const SPAN_ATTRIBUTES = "attributes.";

const BY_NAME: ReadonlyMap<string, FieldSpec> = new Map(
  FIELDS.flatMap((spec) =>
    [spec.key, ...(spec.aliases ?? []), ...(spec.extendedAliases ?? [])].map(
      (key) => [`${spec.entity}.${key}`, spec] as const,
    ),
  ),
);

/** The field of that entity and key, keyed families included; undefined when there is none, or the key is empty. */
export function fieldSpec(entity: Entity, key: string): FieldSpec | undefined {
  if (entity === "tag" || entity === "metadata") return BY_NAME.get(`${entity}.*`);
  if (entity === "feedback" || entity === "expectation") return key === "" ? undefined : BY_NAME.get(`${entity}.*`);
  if (entity === "span" && key.startsWith(SPAN_ATTRIBUTES)) {
    return key.length > SPAN_ATTRIBUTES.length ? BY_NAME.get("span.attributes.*") : undefined;
  }
  return key.includes("*") ? undefined : BY_NAME.get(`${entity}.${key}`);
}
