// Fields and values of MLflow's language: how an identifier splits, which value fits which entity, what keys become.
// Called by strict-clauses.ts, strict.ts and order-by.ts. The messages are MLflow's; it prints sets in unstable order, we
// print them sorted.

import { pythonRepr, shownText } from "../base/python-text.ts";
import type { SourceSpan } from "../base/source-span.ts";
import type { ClauseValue, Entity, FieldName } from "./ast.ts";
import { curlyQuoteHint, withoutQuotes } from "./characters.ts";
import { type FilterLimits, filterFault } from "./fault.ts";
import { ENTITIES, FIELDS, fieldSpec, SPAN_ATTRIBUTES } from "./fields.ts";
import { fieldHint } from "./hints.ts";
import { pythonTexts } from "./python-list.ts";
import type { GroupNode } from "./strict-groups.ts";

/** Python's print of a set of texts, sorted: `{'!=', '='}`. */
export function pythonSet(texts: Iterable<string>): string {
  return `{${[...texts].sort().map(pythonRepr).join(", ")}}`;
}

const ATTRIBUTES = FIELDS.filter(({ entity, strict }) => entity === "attribute" && strict !== undefined);
const namesOf = (numbers: boolean): readonly string[] =>
  ATTRIBUTES.filter(({ type }) => numbers === (type === "time" || type === "number")).flatMap(({ key, aliases }) => [
    key,
    ...(aliases ?? []),
  ]);

/** Names of attributes that hold numbers, aliases included. */
export const NUMBER_KEYS: ReadonlySet<string> = new Set(namesOf(true));
const FILTER_KEYS: ReadonlySet<string> = new Set([...NUMBER_KEYS, ...namesOf(false)]);
const LIST_KEYS: ReadonlySet<string> = new Set(["name", "status", "request_id", "run_id", "client_request_id"]);

/** The field that stands at `span`. Throws E_FILTER_FIELD. `valid`: keys that attributes may have. */
export function readField(
  text: string,
  { start, end }: SourceSpan,
  valid: ReadonlySet<string> = FILTER_KEYS,
): FieldName {
  const span = { start, end };
  const written = text.slice(start, end);
  const dot = written.indexOf(".");
  const word = dot < 0 ? "attribute" : withoutQuotes(written.slice(0, dot), "`");
  const entity = word === "assessment" ? undefined : ENTITIES.get(word);
  const key = unquotedKey(written.slice(dot + 1));
  const hint = fieldHint(dot < 0 ? undefined : word, key, [...valid]);
  if (entity === undefined) {
    const known = [...ENTITIES.keys()].filter((name) => name !== "assessment");
    const message = `Invalid entity type '${shownText(word)}'. Valid values are ${pythonSet(known)}`;
    throw filterFault("E_FILTER_FIELD", message, { text, span, hint });
  }
  if (entity === "attribute" && !valid.has(key)) {
    const message = `Invalid attribute key '${shownText(key)}' specified. Valid keys are '${pythonSet(valid)}'`;
    throw filterFault("E_FILTER_FIELD", message, { text, span, hint });
  }
  return { entity, key, written, span };
}

function unquotedKey(raw: string): string {
  const single = withoutQuotes(raw, "'");
  return withoutQuotes(single === raw ? withoutQuotes(raw, '"') : single, "`");
}

/** Keys that MLflow rewrites under every entity but `span`, in any case, and what they become. */
const REWRITTEN: ReadonlyMap<string, { readonly entity?: Entity; readonly key: string }> = new Map<
  string,
  { readonly entity?: Entity; readonly key: string }
>([
  ["name", { entity: "tag", key: "mlflow.traceName" }],
  ["prompt", { entity: "tag", key: "mlflow.linkedPrompts" }],
  ["run_id", { entity: "metadata", key: "mlflow.sourceRun" }],
  ["text", { entity: "span", key: "content" }],
  ["timestamp", { key: "timestamp_ms" }],
  ["execution_time", { key: "execution_time_ms" }],
  ["end_time", { key: "end_time_ms" }],
]);

/** The field after MLflow's rewriting of keys. */
export function rewritten(field: FieldName): FieldName {
  if (field.entity === "span") return field;
  const change = REWRITTEN.get(field.key.toLowerCase());
  return change === undefined ? field : { ...field, ...change };
}

interface ValuePlace {
  readonly text: string;
  readonly field: FieldName;
  /** As written. */
  readonly comparator: string;
  readonly node: GroupNode;
}

const ENTITY_WORD = (entity: Entity): string => (entity === "metadata" ? "request_metadata" : entity);

/** The value of a clause. Throws E_FILTER_TYPE, E_FILTER_SYNTAX, E_FILTER_OP, E_FILTER_LIMIT. */
export function readValue(place: ValuePlace, limits: FilterLimits): ClauseValue {
  const { text, field, node } = place;
  const { entity } = field;
  const span = { start: node.start, end: node.end };
  const assessed = entity === "feedback" || entity === "expectation";
  if (assessed) checkAssessedValue(place);
  if (node.kind === "single" || node.kind === "identifier") return readText(text, span);
  if (node.kind === "parenthesis" && (entity === "attribute" || entity === "tag" || entity === "span")) {
    if (entity === "attribute" && !LIST_KEYS.has(field.key)) {
      const message = `Only attributes in ${pythonSet(LIST_KEYS)} supports comparison with a list of quoted string values.`;
      throw filterFault("E_FILTER_OP", message, { text, span });
    }
    return { kind: "list", items: pythonTexts(text, span, limits.inList), span };
  }
  if (node.kind === "integer" || node.kind === "float") {
    if (entity === "attribute" && !NUMBER_KEYS.has(field.key)) {
      const message = `Only the '${pythonSet(NUMBER_KEYS)}' attributes support comparison with numeric values.`;
      throw filterFault("E_FILTER_TYPE", message, { text, span, hint: "Put the value in quotes." });
    }
    if (entity === "attribute" || assessed) return readNumber(text, span, node.kind);
  }
  throw wrongValue(place);
}

function wrongValue({ text, field, node }: ValuePlace): Error {
  const shown = shownText(text.slice(node.start, node.end));
  const span = { start: node.start, end: node.end };
  const expected =
    field.entity === "attribute"
      ? "Expected a quoted string value or a list of quoted string values for attributes."
      : `Expected a quoted string value for ${ENTITY_WORD(field.entity)} (e.g. 'my-value').`;
  return filterFault("E_FILTER_TYPE", `${expected} Got value ${shown}`, { text, span });
}

function checkAssessedValue(place: ValuePlace): void {
  const { text, field, comparator, node } = place;
  const numeric = ["<", "<=", ">", ">="].includes(comparator);
  const isText = node.kind === "single" || node.kind === "identifier";
  const isNumber = node.kind === "integer" || node.kind === "float";
  if (numeric ? isNumber : isText) return;
  if (!numeric) throw wrongValue(place);
  const expected = `Expected a numeric value for ${field.entity} when using comparator '${comparator}'.`;
  const message = `${expected} Got value ${shownText(text.slice(node.start, node.end))}`;
  throw filterFault("E_FILTER_TYPE", message, { text, span: { start: node.start, end: node.end } });
}

function readText(text: string, span: SourceSpan): ClauseValue {
  const written = text.slice(span.start, span.end);
  const single = withoutQuotes(written, "'");
  const value = single === written ? withoutQuotes(written, '"') : single;
  if (value === written) {
    const found = "Parameter value is either not quoted or unidentified quote types used for string value";
    const message = `${found} ${shownText(written)}. Use either single or double quotes.`;
    throw filterFault("E_FILTER_SYNTAX", message, { text, span, hint: curlyQuoteHint(written) });
  }
  return { kind: "text", value, span };
}

function readNumber(text: string, span: SourceSpan, kind: "integer" | "float"): ClauseValue {
  const written = text.slice(span.start, span.end);
  if (kind === "float") return { kind, value: Number(written), span };
  // Far beyond int64 either way; building the exact integer of a mebibyte of digits would take minutes.
  const digits = written.length > 400 ? `${written.startsWith("-") ? "-" : ""}1${"0".repeat(100)}` : written;
  const magnitude = BigInt(digits.replace("-", ""));
  return { kind, value: digits.startsWith("-") ? -magnitude : magnitude, span };
}

/** What a clause on a span is checked for. */
export interface SpanCheck {
  readonly text: string;
  readonly field: FieldName;
  readonly comparator: string;
  readonly comparatorSpan: SourceSpan;
}

/** Throws what MLflow's span check throws: E_FILTER_FIELD, E_FILTER_OP. The comparator must be in upper case. */
export function checkSpanField({ text, field, comparator, comparatorSpan }: SpanCheck): void {
  const { key, span } = field;
  if (key === SPAN_ATTRIBUTES) {
    throw filterFault("E_FILTER_FIELD", "Span attribute name cannot be empty after 'attributes.'", { text, span });
  }
  const known = fieldSpec("span", key)?.strict;
  if (known === undefined) {
    const supported = "Supported attributes: name, status, type, attributes.<attribute_name>.";
    const message = `Invalid span attribute '${shownText(key)}'. ${supported}`;
    const hint = fieldHint("span", key, ["name", "status", "type", "content"]);
    throw filterFault("E_FILTER_FIELD", message, { text, span, hint });
  }
  if (known.some((one) => one === comparator)) return;
  const message = `span.${shownText(key)} comparator '${comparator}' not one of '${pythonSet(known)}'`;
  const lower = known.some((one) => one === comparator.toUpperCase());
  const hint = lower ? "MLflow takes comparators on spans in upper case alone." : undefined;
  throw filterFault("E_FILTER_OP", message, { text, span: comparatorSpan, hint });
}
