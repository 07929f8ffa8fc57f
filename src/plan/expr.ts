// Typed expressions over the rows of one table: what filters, keys and measures are made of.
// Made by the front ends and by bind.ts, rewritten by optimize/, run by exec. Plain readonly trees.
// Null rule: a comparison with a missing operand is unknown; AND, OR, NOT are three-valued; a filter keeps true rows only.
// A reference may name another table than the one it is evaluated on: from spans and assessments a `traces` column is
// the one of the owning trace; the other way needs `exists`.

import type { KeyFamily, TableName } from "../columns/schema.ts";
import type { FunctionName, ValueType } from "./functions.ts";

export type { ValueType } from "./functions.ts";

/** A declared column of a table. */
export interface ColumnRef {
  readonly kind: "column";
  readonly table: TableName;
  readonly name: string;
  readonly type: ValueType;
}

/** A keyed column: tag, metadata or attribute of that key. Always text; null where the row lacks the key. */
export interface KeyRef {
  readonly kind: "key";
  readonly table: TableName;
  readonly family: KeyFamily;
  readonly key: string;
  readonly type: "text";
}

/** Decoded text of a payload column (`place`), read by place. */
export interface PayloadRef {
  readonly kind: "payload";
  readonly table: TableName;
  readonly name: string;
  readonly type: "text";
}

/**
 * A constant; null is the missing value. Of type number it is a bigint only for a whole number that float64 cannot hold:
 * so equal numbers are equal values.
 */
export interface Literal {
  readonly kind: "literal";
  readonly value: number | bigint | string | boolean | null;
  readonly type: ValueType;
}

/** A function of functions.ts. */
export interface Call {
  readonly kind: "call";
  readonly fn: FunctionName;
  readonly args: readonly Expr[];
  readonly type: ValueType;
}

/** An expression that yields a value a row. */
export type Expr = ColumnRef | KeyRef | PayloadRef | Literal | Call | Predicate;

/** `=` and so on; operands of equal type. Text compares by code point. */
export interface Compare {
  readonly kind: "compare";
  readonly op: "=" | "!=" | "<" | "<=" | ">" | ">=";
  readonly left: Expr;
  readonly right: Expr;
  readonly type: "bool";
}

/** Engines of RLIKE: linear in the text (RE2), or JavaScript's own, which knows more and may take exponential time. */
export type RegexEngine = "linear" | "js";

/**
 * Pattern match on text. `escape`: whether a backslash escapes in LIKE and ILIKE. ILIKE folds ASCII only.
 * `engine`: of RLIKE; absent: linear.
 */
export interface Match {
  readonly kind: "match";
  readonly mode: "like" | "ilike" | "rlike";
  readonly engine?: "js";
  readonly operand: Expr;
  readonly pattern: string;
  readonly escape: boolean;
  readonly type: "bool";
}

/** `operand IN (values)`; a missing operand is unknown. */
export interface InList {
  readonly kind: "in";
  readonly operand: Expr;
  /** Numbers as in literals. */
  readonly values: readonly (number | bigint | string)[];
  readonly type: "bool";
}

/** True where the operand is missing, else false; never unknown. */
export interface IsNull {
  readonly kind: "is-null";
  readonly operand: Expr;
  readonly type: "bool";
}

/** Three-valued AND or OR of any number of predicates; none: true for AND, false for OR. */
export interface Junction {
  readonly kind: "and" | "or";
  readonly operands: readonly Predicate[];
  readonly type: "bool";
}

/** Three-valued NOT. */
export interface Not {
  readonly kind: "not";
  readonly operand: Predicate;
  readonly type: "bool";
}

/**
 * True for a trace with at least one row in `table` for which `predicate` is true; never unknown.
 * `scope` session: a matching assessment with a session also covers every trace of that session.
 */
export interface Exists {
  readonly kind: "exists";
  readonly table: "spans" | "assessments";
  readonly predicate: Predicate;
  readonly scope: "trace" | "session";
  readonly type: "bool";
}

/** A constant truth value; null is unknown. */
export interface Truth {
  readonly kind: "truth";
  readonly value: boolean | null;
  readonly type: "bool";
}

/** An expression that yields true, false or unknown a row. */
export type Predicate = Compare | Match | InList | IsNull | Junction | Not | Exists | Truth;
