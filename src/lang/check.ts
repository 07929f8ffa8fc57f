// The extended language's fields, comparators and types: what parser.ts read, judged against the list of fields.
// Called by filter.ts. What must stay true: every clause that passes has a field of fields.ts, a comparator of that field,
// and values that binding can compare with it; the first fault from the left is the one reported.

import { unreachable } from "../base/assert.ts";
import { shownText } from "../base/python-text.ts";
import { parseIsoTime } from "../base/units.ts";
import type { Clause, ClauseValue, Comparator, FieldName, Filter, FilterNode, ScalarValue } from "./ast.ts";
import { filterFault } from "./fault.ts";
import { FIELDS, type FieldSpec, fieldSpec } from "./fields.ts";
import { elsewhereHint, fieldHint } from "./hints.ts";
import { checkIntegerRange } from "./ranges.ts";

/** Throws E_FILTER_FIELD, E_FILTER_OP, E_FILTER_TYPE, E_FILTER_RANGE for the first clause that is none. */
export function checkFilter({ text, root }: Filter): void {
  if (root !== undefined) checkNode(root, text);
}

function checkNode(node: FilterNode, text: string): void {
  switch (node.kind) {
    case "clause":
      checkClause(node, text);
      return;
    case "not":
      checkNode(node.operand, text);
      return;
    case "and":
    case "or":
      for (const operand of node.operands) checkNode(operand, text);
      return;
    default:
      unreachable(node);
  }
}

function checkClause({ field, comparator, comparatorSpan, value }: Clause, text: string): void {
  const spec = knownField(field, text);
  if (!spec.extended.includes(comparator)) {
    const message = `Invalid comparator '${comparator}' not one of ${spec.extended.join(", ")}`;
    throw filterFault("E_FILTER_OP", `${message} for ${shownText(field.written)}`, { text, span: comparatorSpan });
  }
  if (value === undefined) return;
  for (const scalar of scalarsOf(value)) checkScalar({ spec, comparator, field, text }, scalar);
  checkIntegerRange(value, text);
}

/** Fields as they are written, families left out. */
const WRITTEN = FIELDS.filter(({ key }) => !key.includes("*")).map(({ entity, key }) =>
  entity === "attribute" ? key : `${entity}.${key}`,
);

/** The list entry of a field. Throws E_FILTER_FIELD with the nearest known name. */
export function knownField(field: FieldName, text: string): FieldSpec {
  const { entity, key, span } = field;
  const spec = key === "" ? undefined : fieldSpec(entity, key);
  if (spec !== undefined) return spec;
  const known = FIELDS.filter((one) => one.entity === entity && !one.key.includes("*")).flatMap((one) => [
    one.key,
    ...(one.aliases ?? []),
    ...(one.extendedAliases ?? []),
  ]);
  const word = field.written.includes(".") ? entity : undefined;
  const hint = fieldHint(word, key, known) ?? elsewhereHint(field.written, key, WRITTEN);
  throw filterFault("E_FILTER_FIELD", unknownField(field, known), { text, span, hint });
}

function unknownField({ entity, key }: FieldName, known: readonly string[]): string {
  const shown = shownText(key);
  switch (entity) {
    case "attribute":
      return `Invalid attribute key '${shown}' specified. Valid keys are ${known.join(", ")}`;
    case "span":
      if (key === "attributes.") return "Span attribute name cannot be empty after 'attributes.'";
      return `Invalid span attribute '${shown}'. Supported attributes: ${known.join(", ")}, attributes.<attribute_name>.`;
    case "issue":
      return `Invalid issue attribute '${shown}'. Supported attributes: id`;
    case "assessment":
      return `Invalid assessment attribute '${shown}'. Supported attributes: ${known.join(", ")}`;
    case "feedback":
    case "expectation":
      return "Assessment field name cannot be empty";
    case "tag":
    case "metadata":
      return `The key of a ${entity} cannot be empty`;
    default:
      return unreachable(entity);
  }
}

function scalarsOf(value: ClauseValue): readonly ScalarValue[] {
  if (value.kind === "list") return value.items;
  return value.kind === "range" ? [value.low, value.high] : [value];
}

interface TypePlace {
  readonly spec: FieldSpec;
  readonly comparator: Comparator;
  readonly field: FieldName;
  readonly text: string;
}

const ORDERED: ReadonlySet<Comparator> = new Set(["<", "<=", ">", ">=", "BETWEEN", "NOT BETWEEN"]);

function checkScalar(place: TypePlace, value: ScalarValue): void {
  const { field, comparator, text } = place;
  const expected = missedType(place, value);
  if (expected === undefined) {
    checkPromptText(place, value);
    return;
  }
  const { span } = value;
  const shown = shownText(text.slice(span.start, span.end));
  const message = `Expected ${expected} for ${shownText(field.written)} with ${comparator}. Got value ${shown}`;
  const hint = value.kind === "text" ? "Leave a number without quotes." : "Put a text in quotes.";
  throw filterFault("E_FILTER_TYPE", message, { text, span, hint });
}

/** What the value should have been; undefined when it fits. */
function missedType({ spec, comparator }: TypePlace, value: ScalarValue): string | undefined {
  const isText = value.kind === "text";
  const isNumber = value.kind === "integer" || value.kind === "float";
  if (comparator.endsWith("LIKE")) return isText ? undefined : "a quoted pattern";
  switch (spec.type) {
    case "number":
      return isNumber ? undefined : "a number";
    case "time":
      if (isNumber || (isText && parseIsoTime(value.value) !== undefined)) return undefined;
      return "a number of milliseconds or a quoted ISO 8601 time";
    case "bool":
      return value.kind === "bool" ? undefined : "true or false";
    case "json":
      return isNumber || !ORDERED.has(comparator) ? undefined : "a numeric value";
    case "text":
      if (spec.source.kind !== "family") return isText ? undefined : "a quoted string value";
      if (ORDERED.has(comparator)) return isNumber ? undefined : "a numeric value";
      return isText || isNumber ? undefined : "a quoted string value or a number";
    default:
      return unreachable(spec.type);
  }
}

function checkPromptText({ spec, text }: TypePlace, value: ScalarValue): void {
  const prompt = spec.source.kind === "made" && spec.source.what === "prompt";
  if (!prompt || value.kind !== "text" || value.value.split("/").length === 2) return;
  const message = `Invalid prompts filter value '${shownText(value.value)}'. Expected format: prompt = "name/version"`;
  throw filterFault("E_FILTER_TYPE", message, { text, span: value.span });
}
