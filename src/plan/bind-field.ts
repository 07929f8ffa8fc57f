// Fields of the filter language -> expressions over columns, and the small words that predicates are built from.
// Called by bind.ts and bind-value.ts. What must stay true: a key that is also a declared column (the tag mlflow.traceName,
// the metadata mlflow.trace.session) is that column, so that loaders of other formats need to fill one place only.

import { invariant, unreachable } from "../base/assert.ts";
import { columnSpec, type TableName } from "../columns/schema.ts";
import type { FieldName } from "../lang/ast.ts";
import { type FieldSpec, fieldSpec, SPAN_ATTRIBUTES } from "../lang/fields.ts";
import type { ColumnRef, Compare, Expr, KeyRef, Literal, Predicate } from "./expr.ts";

/** The list entry of a checked field. */
export function specOf({ entity, key }: FieldName): FieldSpec {
  const spec = fieldSpec(entity, key);
  invariant(spec !== undefined, "a checked filter has known fields only");
  return spec;
}

/** The table whose rows a field is about; assessments read by name are about the trace. */
export function homeOf({ source }: FieldSpec): TableName {
  if (source.kind !== "made") return source.table;
  return source.what === "is root" ? "spans" : "traces";
}

/** Keys that are columns too. */
const KEY_COLUMNS: ReadonlyMap<string, string> = new Map([
  ["tag.mlflow.traceName", "trace_name"],
  ["metadata.mlflow.trace.session", "session"],
  ["metadata.mlflow.trace.user", "user"],
  ["metadata.mlflow.sourceRun", "run_id"],
  ["metadata.mlflow.modelId", "model_id"],
]);

/** Attributes that are kept by place, not by key. */
const PAYLOAD_ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ["mlflow.spanInputs", "inputs"],
  ["mlflow.spanOutputs", "outputs"],
]);

/** The value of a field, by row of its home table. Not for prompts, assessments and issues, which have no one value. */
export function fieldExpr(field: FieldName): Expr {
  const { source } = specOf(field);
  switch (source.kind) {
    case "column":
      return columnRef(source.table, source.name);
    case "payload":
      return { kind: "payload", table: source.table, name: source.name, type: "text" };
    case "family": {
      if (source.family === "attributes") return attributeExpr(field.key.slice(SPAN_ATTRIBUTES.length));
      const name = KEY_COLUMNS.get(`${source.family}.${field.key}`);
      return name === undefined ? keyRef("traces", source.family, field.key) : columnRef("traces", name);
    }
    case "made":
      if (source.what === "end time") return endTime();
      invariant(source.what === "is root", `${source.what} has no one value`);
      return columnRef("spans", "depth");
    default:
      return unreachable(source);
  }
}

function attributeExpr(key: string): Expr {
  const name = PAYLOAD_ATTRIBUTES.get(key);
  if (name !== undefined) return { kind: "payload", table: "spans", name, type: "text" };
  return keyRef("spans", "attributes", key);
}

function endTime(): Expr {
  const duration = call("or_zero", columnRef("traces", "execution_duration_ms"));
  return call("add", columnRef("traces", "timestamp_ms"), duration);
}

/** A reference to a declared column. */
export function columnRef(table: TableName, name: string): ColumnRef {
  return { kind: "column", table, name, type: columnType(table, name) };
}

function columnType(table: TableName, name: string): ColumnRef["type"] {
  const type = columnSpec(table, name)?.type;
  switch (type) {
    case "dictionary":
    case "utf8":
    case "place":
      return "text";
    case "int64":
    case "bool":
      return type;
    case "float64":
    case "int32":
    case "integer":
    // Not declared: reading it fails with E_COLUMN_NOT_LOADED, which says so.
    case undefined:
      return "number";
    default:
      return unreachable(type);
  }
}

/** A reference to a keyed column. */
export function keyRef(table: TableName, family: KeyRef["family"], key: string): KeyRef {
  return { kind: "key", table, family, key, type: "text" };
}

/** A call of a function that gives numbers. */
export function call(fn: "add" | "or_zero" | "to_number", ...args: readonly Expr[]): Expr {
  return { kind: "call", fn, args, type: "number" };
}

/** A constant; a bigint as exactNumber gives it. */
export function literal(value: number | bigint | string | boolean): Literal {
  const type = typeof value === "string" ? "text" : typeof value === "boolean" ? "bool" : "number";
  return { kind: "literal", value, type };
}

/** A whole number as literals have it: a bigint only where float64 is not exact. */
export function exactNumber(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isFinite(near) && BigInt(near) === value ? near : value;
}

/** `left op constant`. */
export function compare(left: Expr, op: Compare["op"], value: number | bigint | string | boolean): Predicate {
  return { kind: "compare", op, left, right: literal(value), type: "bool" };
}

/** AND; a single operand stands for itself. */
export function all(operands: readonly Predicate[]): Predicate {
  const [first] = operands;
  return operands.length === 1 && first !== undefined ? first : { kind: "and", operands, type: "bool" };
}

/** OR; a single operand stands for itself. */
export function any(operands: readonly Predicate[]): Predicate {
  const [first] = operands;
  return operands.length === 1 && first !== undefined ? first : { kind: "or", operands, type: "bool" };
}

/** NOT. */
export function not(operand: Predicate): Predicate {
  return { kind: "not", operand, type: "bool" };
}

/** True where the operand is there. */
export function isThere(operand: Expr): Predicate {
  return not({ kind: "is-null", operand, type: "bool" });
}

/** The same for every row. */
export function truth(value: boolean): Predicate {
  return { kind: "truth", value, type: "bool" };
}
