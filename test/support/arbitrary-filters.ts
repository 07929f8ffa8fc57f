// Random filter texts of the extended language, over the fields and values of arbitrary-plans.ts, and what they are bound
// to. Every text is parsed, printed, parsed again and bound, so that the whole way from a user's words takes part.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { columnSpec, type TableName } from "../../src/columns/schema.ts";
import type { Comparator } from "../../src/lang/ast.ts";
import { FIELDS, type FieldSpec } from "../../src/lang/fields.ts";
import { parseFilter } from "../../src/lang/filter.ts";
import { printFilter } from "../../src/lang/print.ts";
import { bindFilter } from "../../src/plan/bind.ts";
import type { Predicate } from "../../src/plan/expr.ts";

const TEXTS = [
  "",
  "OK",
  "ERROR",
  "ok",
  "a",
  "ab",
  "ä",
  "😀",
  "10",
  "2.5",
  "s1",
  "s2",
  "it's",
  "LLM",
  "3",
  "3.0",
  "true",
];
const NUMBERS = ["0", "-0", "1", "2", "2.5", "-1", "100", "3", "3.0", "1e15", "-3e1", "0.1", "1767225600000", "15000"];
const TIMES = ["'2026-01-01'", "'2026-01-01T00:00:00Z'", "'1970-01-01T00:00:10.5+00:00'"];
const LIKES = ["%", "", "o%", "%K", "_", "a_", "%a%", "%a%b", "x\\%y", "😀_", "%_b", '"%"', "%1%"];
const RLIKES = ["a", "^o", "[0-9]+", "", ".", "b$", "(?i)OK", "^$"];
const KEYS: Readonly<Record<string, readonly string[]>> = {
  tag: ["env", "absent", "mlflow.traceName"],
  metadata: ["`a key`", "absent", "mlflow.trace.session"],
  span: ["attributes.k", "attributes.absent"],
  feedback: ["a", "OK", '"😀"', "absent"],
  expectation: ["a", "`OK`"],
};

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const text = fc.constantFrom(...TEXTS.map(quoted));
const number = fc.constantFrom(...NUMBERS);

/** Fields with a column: payload is not in tables made from rows. */
const SEARCHED: readonly FieldSpec[] = FIELDS.filter(({ source }) => {
  if (source.kind === "column") return columnSpec(source.table, source.name) !== undefined;
  if (source.kind === "payload") return false;
  return source.kind === "family" || source.what !== "is root" || columnSpec("spans", "depth") !== undefined;
});

function written({ entity, key, aliases = [] }: FieldSpec): fc.Arbitrary<string> {
  if (key.includes("*")) return fc.constantFrom(...(KEYS[entity] ?? [])).map((name) => `${entity}.${name}`);
  if (entity !== "attribute") return fc.constant(`${entity}.${key}`);
  return fc.constantFrom(key, `trace.${key}`, ...aliases);
}

/** A value that the field may be compared with. */
function scalar({ type, source }: FieldSpec, comparator: Comparator): fc.Arbitrary<string> {
  if (comparator.endsWith("RLIKE")) return fc.constantFrom(...RLIKES.map(quoted));
  if (comparator.endsWith("LIKE")) return fc.constantFrom(...LIKES.map(quoted));
  if (source.kind === "made" && source.what === "prompt") return fc.constantFrom("'a/1'", "'qa/x'");
  if (type === "number") return number;
  if (type === "time") return fc.oneof(number, fc.constantFrom(...TIMES));
  if (type === "bool") return fc.constantFrom("true", "false");
  const ordered = ["<", "<=", ">", ">=", "BETWEEN", "NOT BETWEEN"].includes(comparator);
  if (ordered) return number;
  if (type === "json") return fc.oneof(text, number, fc.constantFrom("true", "false"));
  return source.kind === "family" ? fc.oneof(text, number) : text;
}

function valueText(spec: FieldSpec, comparator: Comparator): fc.Arbitrary<string> {
  if (comparator.endsWith("NULL")) return fc.constant("");
  const one = scalar(spec, comparator);
  if (comparator.endsWith("IN")) {
    return fc.array(one, { minLength: 1, maxLength: 3 }).map((items) => ` (${items.join(", ")})`);
  }
  if (comparator.endsWith("BETWEEN")) return fc.tuple(one, one).map(([low, high]) => ` ${low} AND ${high}`);
  return one.map((value) => ` ${value}`);
}

const clause: fc.Arbitrary<string> = fc.oneof(
  ...SEARCHED.map((spec) =>
    fc
      .oneof(
        ...spec.extended.map((comparator) =>
          fc.tuple(fc.constantFrom(comparator, comparator.toLowerCase()), valueText(spec, comparator)),
        ),
      )
      .chain(([comparator, value]) => written(spec).map((field) => `${field} ${comparator}${value}`)),
  ),
);

function nested(depth: number): fc.Arbitrary<string> {
  if (depth === 0) return clause;
  const inner = nested(depth - 1);
  const joined = fc
    .tuple(fc.constantFrom(" AND ", " OR ", " and "), fc.array(inner, { minLength: 2, maxLength: 3 }))
    .map(([word, parts]) => parts.join(word));
  return fc.oneof(
    { weight: 3, arbitrary: clause },
    { weight: 3, arbitrary: joined },
    { weight: 1, arbitrary: inner.map((part) => `NOT (${part})`) },
    { weight: 1, arbitrary: inner.map((part) => `(${part})`) },
  );
}

/** A filter of the extended language. */
export const filterText: fc.Arbitrary<string> = nested(2);

/** What a filter text means for rows of `base`. Throws when its printed form means something else. */
export function boundFilter(text: string, base: TableName): Predicate {
  const bound = bindFilter(parseFilter(text), { base }).predicate;
  const printed = printFilter(parseFilter(text));
  const again = bindFilter(parseFilter(printed), { base }).predicate;
  if (bound === undefined) throw new Error(`no filter: ${text}`);
  if (!isDeepStrictEqual(bound, again)) throw new Error(`${text}\nis not what was printed: ${printed}`);
  return bound;
}

/** Predicates over rows of `base` that come from filter texts. */
export function boundPredicate(base: TableName): fc.Arbitrary<Predicate> {
  return filterText.map((filter) => boundFilter(filter, base));
}
