// Strict mode: exactly MLflow's filter language (3.17), read by its parser's rules and then checked as its store does.
// Called by filter.ts. What must stay true: what MLflow's SQLite store answers is accepted, what it refuses is refused with
// its words (sets sorted) and one of our codes.

import { shownText } from "../base/python-text.ts";
import type { Clause, ClauseValue, Comparator, Filter } from "./ast.ts";
import { type FilterLimits, filterFault } from "./fault.ts";
import { FIELDS, fieldSpec, SPAN_ATTRIBUTES } from "./fields.ts";
import { checkIntegerRange } from "./ranges.ts";
import { type StrictClause, strictClauses } from "./strict-clauses.ts";
import { checkSpanField, NUMBER_KEYS, pythonSet } from "./strict-values.ts";

/**
 * Reads a filter in MLflow's language.
 * Throws E_FILTER_SYNTAX, E_FILTER_FIELD, E_FILTER_OP, E_FILTER_TYPE, E_FILTER_RANGE, E_FILTER_LIMIT.
 */
export function parseStrict(text: string, limits: FilterLimits): Filter {
  const clauses = strictClauses(text, limits).map((clause) => checkedClause(text, clause));
  for (const { value } of clauses) if (value !== undefined) checkIntegerRange(value, text);
  const [first] = clauses;
  if (first === undefined) return { text, mode: "strict" };
  const span = { start: first.span.start, end: clauses.at(-1)?.span.end ?? first.span.end };
  const root = clauses.length === 1 ? first : ({ kind: "and", operands: clauses, span } as const);
  return { text, mode: "strict", root };
}

function checkedClause(text: string, clause: StrictClause): Clause {
  const { field, comparator, comparatorSpan, value, span } = clause;
  const place = { text, span: comparatorSpan };
  switch (field.entity) {
    case "issue":
      checkIssue(text, clause);
      break;
    case "attribute":
      checkComparator(comparator, attributeComparators(field.key), {
        ...place,
        // MLflow prints the comparators of texts for numbers too.
        message: (known) => `Invalid comparator '${comparator}' not one of '${known}'`,
        shown: attributeComparators("status"),
      });
      break;
    case "tag":
    case "metadata":
      checkComparator(comparator, comparatorsOf(field.entity, "*"), {
        ...place,
        message: (known) =>
          field.key === "mlflow.linkedPrompts" && comparator !== "="
            ? promptComparator(comparator)
            : `Invalid comparator '${comparator}' not one of '${known}'`,
      });
      if (field.entity === "tag" && field.key === "mlflow.linkedPrompts") checkPrompt(text, clause);
      break;
    case "span":
      checkSpanField({ text, field, comparator, comparatorSpan });
      break;
    case "feedback":
    case "expectation":
      if (field.key === "") {
        throw filterFault("E_FILTER_FIELD", "Assessment field name cannot be empty", { text, span: field.span });
      }
      checkComparator(comparator, comparatorsOf(field.entity, "x"), {
        ...place,
        message: (known) => `assessment.${shownText(field.key)} comparator '${comparator}' not one of '${known}'`,
      });
      break;
    case "assessment":
      break;
  }
  if (value !== undefined) checkShape(text, comparator, value);
  const known = comparator as Comparator;
  const own = { ...field, key: withoutAttributeBackticks(field.entity === "span", field.key) };
  return {
    kind: "clause",
    field: own,
    comparator: known,
    comparatorSpan,
    ...(value === undefined ? {} : { value }),
    span,
  };
}

function comparatorsOf(entity: Clause["field"]["entity"], key: string): readonly string[] {
  return fieldSpec(entity, key)?.strict ?? [];
}

const TEXT_COMPARATORS: readonly string[] = FIELDS.find(({ key }) => key === "status")?.strict ?? [];
const NUMBER_COMPARATORS: readonly string[] = FIELDS.find(({ key }) => key === "timestamp_ms")?.strict ?? [];

function attributeComparators(key: string): readonly string[] {
  return NUMBER_KEYS.has(key) ? NUMBER_COMPARATORS : TEXT_COMPARATORS;
}

interface ComparatorPlace {
  readonly text: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly message: (known: string) => string;
  readonly shown?: readonly string[];
}

function checkComparator(comparator: string, known: readonly string[], place: ComparatorPlace): void {
  if (known.includes(comparator)) return;
  const hint = comparator === "==" ? "Write =." : comparator === "<>" ? "Write !=." : undefined;
  throw filterFault("E_FILTER_OP", place.message(pythonSet(place.shown ?? known)), { ...place, hint });
}

function checkIssue(text: string, { field, comparator, comparatorSpan }: StrictClause): void {
  if (field.key !== "id") {
    const message = `Invalid issue attribute '${shownText(field.key)}'. Supported attributes: id`;
    throw filterFault("E_FILTER_FIELD", message, { text, span: field.span });
  }
  const message = (known: string) => `issue.id comparator '${comparator}' not one of '${known}'`;
  checkComparator(comparator, ["="], { text, span: comparatorSpan, message });
}

function promptComparator(comparator: string): string {
  const only = "Only '=' is supported with format: prompt = \"name/version\"";
  return `Invalid comparator '${comparator}' for prompts filter. ${only}`;
}

function checkPrompt(text: string, { comparator, comparatorSpan, value }: StrictClause): void {
  if (comparator !== "=")
    throw filterFault("E_FILTER_OP", promptComparator(comparator), { text, span: comparatorSpan });
  if (value?.kind !== "text" || value.value.split("/").length === 2) return;
  const message = `Invalid prompts filter value '${shownText(value.value)}'. Expected format: prompt = "name/version"`;
  throw filterFault("E_FILTER_TYPE", message, { text, span: value.span });
}

/** MLflow's parser lets a list through beside every comparator; its database then refuses it. */
function checkShape(text: string, comparator: string, value: ClauseValue): void {
  const wantsList = comparator === "IN" || comparator === "NOT IN";
  if (wantsList === (value.kind === "list")) return;
  const shown = shownText(text.slice(value.span.start, value.span.end));
  throw filterFault("E_FILTER_TYPE", `Expected a quoted string value for '${comparator}'. Got value ${shown}`, {
    text,
    span: value.span,
    hint: "A list goes with IN and NOT IN alone.",
  });
}

function withoutAttributeBackticks(ofSpan: boolean, key: string): string {
  if (!ofSpan || !key.startsWith(SPAN_ATTRIBUTES)) return key;
  const rest = key.slice(SPAN_ATTRIBUTES.length);
  const bare = rest.length >= 2 && rest.startsWith("`") && rest.endsWith("`") ? rest.slice(1, -1) : rest;
  return SPAN_ATTRIBUTES + bare;
}
