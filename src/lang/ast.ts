// The tree of a filter, the same for both modes: clauses joined by AND, OR and NOT, each with its place in the text.
// Made by parser.ts (extended) and strict.ts, checked by check.ts, printed by print.ts, bound to columns by plan/bind.ts.
// What must stay true: nodes are plain and readonly, know no column, and their spans lie within the filter's text.

import type { SourceSpan } from "../base/source-span.ts";

/** What a field belongs to. `attribute`: the trace itself, written bare or after `trace.`. */
export type Entity = "attribute" | "tag" | "metadata" | "span" | "feedback" | "expectation" | "issue" | "assessment";

/** How a field is compared with a value. */
export type Comparator =
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "LIKE"
  | "ILIKE"
  | "RLIKE"
  | "NOT LIKE"
  | "NOT ILIKE"
  | "NOT RLIKE"
  | "IN"
  | "NOT IN"
  | "BETWEEN"
  | "NOT BETWEEN"
  | "IS NULL"
  | "IS NOT NULL";

/** A field as it was written and as it was understood. */
export interface FieldName {
  readonly entity: Entity;
  /** Without quotes; `attributes.<key>` for attributes of spans. */
  readonly key: string;
  /** The text as the user wrote it. */
  readonly written: string;
  readonly span: SourceSpan;
}

/** A quoted text, its quotes removed. */
export interface TextValue {
  readonly kind: "text";
  readonly value: string;
  readonly span: SourceSpan;
}

/** A whole number, exact whatever its size. */
export interface IntegerValue {
  readonly kind: "integer";
  readonly value: bigint;
  readonly span: SourceSpan;
}

/** A number with a point or an exponent; infinite when the literal passes float64 (strict mode alone). */
export interface FloatValue {
  readonly kind: "float";
  readonly value: number;
  readonly span: SourceSpan;
}

/** `true` or `false` (extended mode alone). */
export interface BoolValue {
  readonly kind: "bool";
  readonly value: boolean;
  readonly span: SourceSpan;
}

/** One value. */
export type ScalarValue = TextValue | IntegerValue | FloatValue | BoolValue;

/** The values of IN: at least one. */
export interface ListValue {
  readonly kind: "list";
  readonly items: readonly ScalarValue[];
  readonly span: SourceSpan;
}

/** The ends of BETWEEN, both included. */
export interface RangeValue {
  readonly kind: "range";
  readonly low: ScalarValue;
  readonly high: ScalarValue;
  readonly span: SourceSpan;
}

/** What stands at the right of a comparator. */
export type ClauseValue = ScalarValue | ListValue | RangeValue;

/** One comparison. `value` is absent for IS NULL and IS NOT NULL. */
export interface Clause {
  readonly kind: "clause";
  readonly field: FieldName;
  readonly comparator: Comparator;
  readonly comparatorSpan: SourceSpan;
  readonly value?: ClauseValue;
  readonly span: SourceSpan;
}

/** AND or OR of at least two operands. */
export interface Joined {
  readonly kind: "and" | "or";
  readonly operands: readonly FilterNode[];
  readonly span: SourceSpan;
}

/** NOT (extended mode alone). */
export interface Negated {
  readonly kind: "not";
  readonly operand: FilterNode;
  readonly span: SourceSpan;
}

/** A node of a filter. */
export type FilterNode = Clause | Joined | Negated;

/** Which language a filter is read in: MLflow's own, refusals included, or ours. */
export type FilterMode = "strict" | "extended";

/** A filter. Without `root` every row passes. */
export interface Filter {
  readonly text: string;
  readonly mode: FilterMode;
  readonly root?: FilterNode;
}
