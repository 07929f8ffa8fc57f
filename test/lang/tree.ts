// Trees for the tests of the language: without places in the text, and random ones of everything the extended language has.

import fc from "fast-check";
import type { ClauseValue, Comparator, Entity, FilterNode, ScalarValue } from "../../src/lang/ast.ts";
import { anyText } from "../support/any-text.ts";

/** What a tree says, without places and spellings. */
export type Bare = unknown;

/** A tree without spans and written names; bigint as text. */
export function bare(node: FilterNode | undefined): Bare {
  if (node === undefined) return undefined;
  switch (node.kind) {
    case "clause":
      return { field: [node.field.entity, node.field.key], comparator: node.comparator, value: bareValue(node.value) };
    case "not":
      return { not: bare(node.operand) };
    default:
      return { [node.kind]: node.operands.map(bare) };
  }
}

/** A value without spans; bigint as text. */
export function bareValue(value: ClauseValue | undefined): Bare {
  if (value === undefined) return undefined;
  if (value.kind === "list") return value.items.map(bareValue);
  if (value.kind === "range") return { low: bareValue(value.low), high: bareValue(value.high) };
  return { [value.kind]: value.kind === "integer" ? String(value.value) : value.value };
}

const span = { start: 0, end: 0 };
const nasty = fc.oneof(
  fc.string({ maxLength: 8 }),
  anyText({ maxLength: 8 }),
  fc.constantFrom(
    "it's",
    '"',
    "''",
    "\\",
    "a\\'",
    "`",
    "``",
    "%_\\%",
    "\n",
    "and",
    "NULL",
    "1",
    "a.b",
    "a b",
    ".",
    "é",
  ),
);
const entities: readonly Entity[] = [
  "attribute",
  "tag",
  "metadata",
  "span",
  "feedback",
  "expectation",
  "issue",
  "assessment",
];

const field = fc
  .record({
    entity: fc.constantFrom(...entities),
    key: fc.oneof(fc.constantFrom("status", "a.b", "attributes.x", "attributes.a b", "and", "1a"), nasty),
  })
  .map((name) => ({ ...name, written: "", span }));

const text = nasty.map((value): ScalarValue => ({ kind: "text", value, span }));
const scalar: fc.Arbitrary<ScalarValue> = fc.oneof(
  text,
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map((value): ScalarValue => ({ kind: "integer", value, span })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value): ScalarValue => ({ kind: "float", value, span })),
  fc.boolean().map((value): ScalarValue => ({ kind: "bool", value, span })),
);

const scalarComparators: readonly Comparator[] = [
  "=",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "LIKE",
  "ILIKE",
  "RLIKE",
  "NOT LIKE",
];
const comparison = fc.oneof(
  fc.record({ comparator: fc.constantFrom(...scalarComparators), value: scalar }),
  fc.record({
    comparator: fc.constantFrom("IN" as const, "NOT IN" as const),
    value: fc
      .array(scalar, { minLength: 1, maxLength: 4 })
      .map((items): ClauseValue => ({ kind: "list", items, span })),
  }),
  fc.record({
    comparator: fc.constantFrom("BETWEEN" as const, "NOT BETWEEN" as const),
    value: fc.tuple(scalar, scalar).map(([low, high]): ClauseValue => ({ kind: "range", low, high, span })),
  }),
  fc.record({ comparator: fc.constantFrom("IS NULL" as const, "IS NOT NULL" as const) }),
);
const clause: fc.Arbitrary<FilterNode> = fc
  .tuple(field, comparison)
  .map(([name, rest]): FilterNode => ({ kind: "clause", field: name, comparatorSpan: span, span, ...rest }));

/** Random trees, three levels deep. */
export const filterTrees: fc.Arbitrary<FilterNode> = fc.letrec<{ node: FilterNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    clause,
    fc
      .record({
        kind: fc.constantFrom("and" as const, "or" as const),
        operands: fc.array(tie("node"), { minLength: 2, maxLength: 3 }),
      })
      .map((joined): FilterNode => ({ ...joined, span })),
    tie("node").map((operand): FilterNode => ({ kind: "not", operand, span })),
  ),
})).node;
