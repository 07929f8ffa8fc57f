// Reads the parts of a metrics request as MLflow's REST handler does: presence and JSON type of each field, with its
// texts. Called by metrics-validate.ts. What must stay true: nothing of the request is trusted before it passed here.

import { EngineError } from "../base/errors.ts";
import { pythonTypeName, shownText } from "../base/python-text.ts";

/** One aggregation of a request. */
export interface AggregationRequest {
  /** COUNT, SUM, AVG, PERCENTILE, MIN or MAX in any case, or 1 to 6 in that order. */
  readonly aggregation_type: string | number;
  /** In [0, 100]; PERCENTILE only. */
  readonly percentile_value?: number;
}

/** A request in the shape of MLflow's `POST /api/3.0/mlflow/traces/metrics`. int64 fields may be decimal texts. */
export interface MetricsRequest {
  /** Absent: all experiments. */
  readonly experiment_ids?: readonly string[];
  /** TRACES, SPANS or ASSESSMENTS in any case, or 1, 2, 3. */
  readonly view_type: string | number;
  readonly metric_name: string;
  readonly aggregations: readonly AggregationRequest[];
  readonly dimensions?: readonly string[];
  readonly filters?: readonly string[];
  /** Width of time buckets; absent or 0: no buckets. */
  readonly time_interval_seconds?: number | string;
  /** First ms, since 1970 UTC. */
  readonly start_time_ms?: number | string;
  /** Last ms, included. */
  readonly end_time_ms?: number | string;
  /** Default 1000. */
  readonly max_results?: number | string;
  /** Accepted and ignored, as MLflow's SQL store does. */
  readonly page_token?: string;
}

/** The fields of a request, present and of the right JSON type. Absent and null fields are undefined. */
export interface RequestFields {
  readonly experimentIds: readonly string[] | undefined;
  readonly viewType: string | number;
  readonly metricName: string;
  readonly aggregations: readonly unknown[];
  readonly dimensions: readonly string[];
  readonly filters: readonly string[];
  readonly timeIntervalSeconds: number | undefined;
  readonly startTimeMs: number | undefined;
  readonly endTimeMs: number | undefined;
  readonly maxResults: number | undefined;
}

const DOCS = "See the API docs for more information about request parameters.";
const INT64_LIMIT = 2 ** 63;

/** Reads a request, field by field in MLflow's order. Throws E_REQUEST. */
export function readRequest(request: unknown): RequestFields {
  if (request !== null && request !== undefined && (typeof request !== "object" || Array.isArray(request))) {
    throw new EngineError("E_REQUEST", `Invalid request: expected an object, got ${pythonTypeName(request)}`);
  }
  const field = fieldsOf(request ?? {});
  const fields: RequestFields = {
    experimentIds: optional(field("experiment_ids"), texts),
    viewType: enumValue(field("view_type")),
    metricName: required(field("metric_name"), text),
    aggregations: required(field("aggregations"), list),
    dimensions: optional(field("dimensions"), texts) ?? [],
    filters: optional(field("filters"), texts) ?? [],
    timeIntervalSeconds: optional(field("time_interval_seconds"), int64),
    startTimeMs: optional(field("start_time_ms"), int64),
    endTimeMs: optional(field("end_time_ms"), int64),
    maxResults: optional(field("max_results"), int64),
  };
  optional(field("page_token"), text);
  return fields;
}

/** A named value of a request. */
export interface Field {
  readonly name: string;
  readonly value: unknown;
}

/** Access to the own members of a JSON object by name. */
export function fieldsOf(object: object): (name: string) => Field {
  return (name) => ({ name, value: Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined });
}

/** The value of a field that must be there; "" counts as absent. Throws E_REQUEST. */
export function required<T>(field: Field, read: (field: Field) => T): T {
  if (field.value === undefined || field.value === null || field.value === "") {
    throw new EngineError("E_REQUEST", `Missing value for required parameter '${field.name}'. ${DOCS}`);
  }
  return read(field);
}

/** The value of a field that may be absent or null. Throws E_REQUEST when it is there and wrong. */
export function optional<T>(field: Field, read: (field: Field) => T): T | undefined {
  return field.value === undefined || field.value === null ? undefined : read(field);
}

/** An enum's name, or its number; a decimal text is a number. Throws E_REQUEST. */
export function enumValue(field: Field): string | number {
  return required(field, ({ value }) => {
    if (typeof value === "number") return value;
    if (typeof value !== "string") throw invalid(field);
    return /^\d{1,9}$/.test(value) ? Number(value) : value;
  });
}

/** A finite number, or the text of one. Throws E_REQUEST. */
export function double(field: Field): number {
  if (typeof field.value === "number") return field.value;
  if (typeof field.value === "string" && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(field.value)) {
    return Number(field.value);
  }
  throw invalid(field);
}

function text(field: Field): string {
  if (typeof field.value !== "string") throw invalid(field);
  return field.value;
}

function list(field: Field): readonly unknown[] {
  if (!Array.isArray(field.value)) throw invalid(field);
  return field.value;
}

function texts(field: Field): readonly string[] {
  return list(field).map((item) => {
    if (typeof item !== "string") throw invalid(field);
    return item;
  });
}

/** A whole number within int64: a number, or its text in any integral form (`60`, `1e3`, `60.0`). */
function int64(field: Field): number {
  const { value } = field;
  const decimal = typeof value === "string" && /^\s*[+-]?\d{1,30}(\.\d{0,30})?(e[+-]?\d{1,3})?\s*$/i.test(value);
  const read = typeof value === "number" || typeof value === "bigint" || decimal ? Number(value) : Number.NaN;
  if (!Number.isInteger(read) || Math.abs(read) > INT64_LIMIT) throw invalid(field);
  return read;
}

function invalid({ name, value }: Field): EngineError {
  return new EngineError(
    "E_REQUEST",
    `Invalid value ${jsonText(value)} for parameter '${name}' supplied: ` +
      ` Hint: Value was of type '${pythonTypeName(value)}'. ${DOCS}`,
  );
}

function jsonText(value: unknown): string {
  try {
    return shownText(JSON.stringify(value) ?? String(value));
  } catch {
    return String(value);
  }
}
