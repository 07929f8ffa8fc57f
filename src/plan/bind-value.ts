// Comparisons of the filter language -> predicates on one expression: by text, by number, by JSON value.
// Called by bind.ts with the clause and the expression of its field. What must stay true: a missing operand is unknown in
// every comparison but the null tests; strict mode compares as MLflow on SQLite does.

import { invariant, unreachable } from "../base/assert.ts";
import { pythonJsonString } from "../base/python-text.ts";
import { parseIsoTime } from "../base/units.ts";
import type { Clause, Comparator, ScalarValue } from "../lang/ast.ts";
import type { FieldType } from "../lang/fields.ts";
import { all, any, call, compare, exactNumber, isThere, not, truth } from "./bind-field.ts";
import type { Compare, Expr, Predicate } from "./expr.ts";

/** A clause and how to read its values. */
export interface Comparison {
  readonly clause: Clause;
  /** Type of the field: `json` compares by JSON value, `text` of a tag or attribute also by number. */
  readonly type: FieldType;
  readonly strict: boolean;
  /** Engine of RLIKE; absent: the linear one. */
  readonly regex?: "js" | undefined;
}

/** The predicate of a clause on `left`, the value of its field. */
export function comparePredicate(left: Expr, comparison: Comparison): Predicate {
  const { comparator } = comparison.clause;
  if (comparator === "IS NULL") return { kind: "is-null", operand: left, type: "bool" };
  if (comparator === "IS NOT NULL") return isThere(left);
  const plain = withoutNot(comparator);
  if (plain !== comparator) return not(comparePlain(left, plain, comparison));
  if (comparator !== "!=" || comparison.type === "number" || comparison.type === "time") {
    return comparePlain(left, comparator, comparison);
  }
  return not(comparePlain(left, "=", comparison));
}

function withoutNot(comparator: Comparator): Comparator {
  return comparator.startsWith("NOT ") ? (comparator.slice(4) as Comparator) : comparator;
}

/** As comparePredicate, for a comparator without NOT and with a value. */
function comparePlain(left: Expr, comparator: Comparator, comparison: Comparison): Predicate {
  const { type, strict } = comparison;
  const { value } = comparison.clause;
  invariant(value !== undefined, `${comparator} has a value`);
  switch (comparator) {
    case "LIKE":
    case "ILIKE":
    case "RLIKE": {
      invariant(value.kind === "text", "patterns are texts");
      const mode = comparator === "LIKE" ? "like" : comparator === "ILIKE" ? "ilike" : "rlike";
      const match = {
        kind: "match",
        mode,
        operand: left,
        pattern: value.value,
        escape: !strict,
        type: "bool",
      } as const;
      return mode === "rlike" && comparison.regex === "js" ? { ...match, engine: "js" } : match;
    }
    case "IN":
      invariant(value.kind === "list", "IN has a list");
      return oneOf(left, value.items, comparison);
    case "BETWEEN": {
      invariant(value.kind === "range", "BETWEEN has two ends");
      const number = numbersOf(left);
      const [low, high] = [numberFor(left, value.low), numberFor(left, value.high)];
      return all([compare(number, ">=", low), compare(number, "<=", high)]);
    }
    case "=":
      invariant(value.kind !== "list" && value.kind !== "range", "= has one value");
      if (strict && value.kind === "text" && isNumeric(type)) return compareAffine(left, "=", value.value);
      return oneOf(left, [value], comparison);
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      invariant(value.kind !== "list" && value.kind !== "range", "an order has one value");
      if (strict && value.kind === "text" && isNumeric(type)) return compareAffine(left, comparator, value.value);
      return compare(numbersOf(left), comparator, numberFor(left, value));
    default:
      invariant(false, `${comparator} is not compared by value`);
  }
}

function isNumeric(type: FieldType): boolean {
  return type === "number" || type === "time";
}

/** A text as the number that it spells; a number as it is. */
function numbersOf(left: Expr): Expr {
  return left.type === "text" ? call("to_number", left) : left;
}

/** A value that is compared with `left`: exact with a number; with a text as float64, which its number is too. */
function numberFor(left: Expr, value: ScalarValue): number | bigint {
  return value.kind === "integer" && left.type === "number" ? exactNumber(value.value) : numberOf(value);
}

function numberOf(value: ScalarValue): number {
  switch (value.kind) {
    case "integer":
      return Number(value.value);
    case "float":
      return value.value;
    case "text": {
      const time = parseIsoTime(value.value);
      invariant(time !== undefined, "a checked time");
      return time;
    }
    case "bool":
      return Number(value.value);
    default:
      return unreachable(value);
  }
}

/** Equal to one of `items`: as a text, as a number, or, for JSON values, as either. */
function oneOf(left: Expr, items: readonly ScalarValue[], { type, strict }: Comparison): Predicate {
  if (isNumeric(type)) {
    const values = items.map((item) => numberFor(left, item));
    return listed(left, values);
  }
  const texts: string[] = [];
  const numbers: number[] = [];
  for (const item of items) {
    if (item.kind === "integer" || item.kind === "float") numbers.push(numberOf(item));
    else texts.push(...spellings(item, type));
    if (type === "json" && !strict && item.kind === "text" && JSON_NUMBER.test(item.value))
      numbers.push(Number(item.value));
  }
  const options: Predicate[] = [];
  if (texts.length > 0) options.push(listed(left, texts));
  if (numbers.length > 0) {
    const number = numbersOf(left);
    // Where a text spells no number this is false, not unknown: it is another value, and NOT of it is true.
    options.push(all([isThere(number), listed(number, numbers)]));
    if (texts.length === 0) options.push(unknownWhereMissing(left));
  }
  return any(options);
}

function unknownWhereMissing(operand: Expr): Predicate {
  const unknown: Predicate = { kind: "truth", value: null, type: "bool" };
  return all([{ kind: "is-null", operand, type: "bool" }, unknown]);
}

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** The texts that stand for a value: as it is, and for JSON values also as a JSON string. */
function spellings(item: ScalarValue, type: FieldType): readonly string[] {
  if (item.kind === "bool") return [String(item.value)];
  invariant(item.kind === "text", "numbers are compared as numbers");
  return type === "json" ? [item.value, pythonJsonString(item.value)] : [item.value];
}

function listed(operand: Expr, values: readonly (number | bigint | string)[]): Predicate {
  const [first] = values;
  if (values.length === 1 && first !== undefined) return compare(operand, "=", first);
  return { kind: "in", operand, values, type: "bool" };
}

const SQL_NUMBER = /^[ \t\n\v\f\r]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\v\f\r]*$/;

/**
 * A number against a quoted value, as SQLite compares them: a text that looks like a number is one when the other side is
 * a column ("Datatypes In SQLite", section 4.2: affinity), any other text is greater than every number.
 */
function compareAffine(left: Expr, op: Compare["op"], text: string): Predicate {
  if (left.kind === "column" && SQL_NUMBER.test(text)) return compare(left, op, affineNumber(text));
  return op === "<" || op === "<=" || op === "!=" ? isThere(left) : truth(false);
}

/** Digits within int64 are an integer to SQLite, any other number a float. */
function affineNumber(text: string): number | bigint {
  const digits = /^[+-]?0*[0-9]{1,19}$/.exec(text.trim())?.[0];
  if (digits === undefined) return Number(text);
  const exact = digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits.replace("+", ""));
  return BigInt.asIntN(64, exact) === exact ? exactNumber(exact) : Number(text);
}
