// The filter grammar of trace metrics: one comparison, `trace.tag.env = 'prod'`, as MLflow reads it, with its texts.
// Called by mlflow-metrics.ts for each filter of a request. The scan is a subset of what MLflow's SQL tokenizer takes;
// what must stay true: a filter that this grammar accepts selects the rows that MLflow selects.

import { EngineError, type ErrorCode } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { pythonList, pythonRepr, shownText } from "../base/python-text.ts";
import type { SourceSpan } from "../base/source-span.ts";
import type { Expr, Predicate } from "../plan/expr.ts";
import { traceKey, type ViewName, type ViewSpec } from "./metrics-catalog.ts";
import { searchFilterHint } from "./metrics-filter-hint.ts";
import { type Comparison, scanComparison } from "./metrics-filter-scan.ts";

/** What a comparison is about: `trace.tag.env` is entity `tag` of `trace` with key `env`. */
interface Identifier {
  readonly owner: Owner;
  readonly entity: string;
  /** Undefined also for an empty key (`trace.tag. = 'x'`), which no row has. */
  readonly key: string | undefined;
}

type Owner = "trace" | "span" | "assessment";

/** Entities of each owner, in MLflow's order, and whether they need a key. */
const ENTITIES: Readonly<Record<Owner, ReadonlyMap<string, boolean>>> = {
  trace: new Map([
    ["status", false],
    ["tag", true],
    ["metadata", true],
  ]),
  span: new Map([
    ["name", false],
    ["status", false],
    ["type", false],
  ]),
  assessment: new Map([
    ["name", false],
    ["type", false],
  ]),
};

/** The view whose own rows an owner's filter is about; filters on traces hold in every view. */
const VIEW_OF_OWNER: ReadonlyMap<Owner, ViewName> = new Map([
  ["span", "SPANS"],
  ["assessment", "ASSESSMENTS"],
]);

/**
 * The predicate of one filter over the rows of `view`. With `strict` a doubled quote inside the value stays doubled, as
 * in MLflow; otherwise it is one quote. Throws E_FILTER_SYNTAX, E_FILTER_FIELD, E_FILTER_OP, E_FILTER_TYPE, E_FILTER_LIMIT.
 */
export function metricsFilter(text: string, view: ViewSpec, strict: boolean): Predicate {
  if (text.length > LIMITS.filterText.default) {
    throw fail("E_FILTER_LIMIT", `The filter is longer than ${LIMITS.filterText.default} bytes`);
  }
  const comparison = readStatement(text);
  const identifier = readIdentifier(text, comparison);
  if (comparison.operator !== "=") {
    const message = `Invalid comparator: '${shownText(comparison.operator)}', only '=' operator is supported`;
    throw fail("E_FILTER_OP", message, { text, span: comparison.operatorSpan });
  }
  const value = readValue(text, comparison, identifier);
  const needed = VIEW_OF_OWNER.get(identifier.owner);
  if (needed !== undefined && needed !== view.name) {
    throw fail(
      "E_FILTER_FIELD",
      `Filtering by ${identifier.owner} is only supported for ${needed} view type, got ${view.name}`,
      { text, span: comparison.pathSpan },
    );
  }
  const literal = strict ? value : value.replaceAll(comparison.quote.repeat(2), comparison.quote);
  return comparePredicate(identifier, literal);
}

function readStatement(text: string): Comparison {
  if (text === "") throw fail("E_FILTER_SYNTAX", "Invalid filter: ''. Expected one filter clause.");
  const scanned = scanComparison(text);
  switch (scanned.kind) {
    case "comparison":
      return scanned;
    case "blank":
      throw fail("E_FILTER_SYNTAX", `Invalid filter '${shownText(text)}'. Could not be parsed.`);
    case "several":
      throw fail(
        "E_FILTER_SYNTAX",
        `Search filter contained multiple expression ${pythonRepr(text)}. Provide AND-ed expression list.`,
        { text, span: scanned.span },
      );
    case "broken": {
      const clause = shownText(text.slice(scanned.span.start, scanned.span.end));
      throw fail("E_FILTER_SYNTAX", `Invalid clause(s) in filter string: ${clause}`, { text, span: scanned.span });
    }
  }
}

function readIdentifier(text: string, comparison: Comparison): Identifier {
  const { path } = comparison;
  const place = { text, span: comparison.pathSpan };
  const [first = "", entity, ...rest] = path.split(".");
  if (entity === undefined) {
    const forms = "Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.";
    throw fail("E_FILTER_FIELD", `Invalid identifier ${pythonRepr(path)}. ${forms}`, place);
  }
  const owner = strip(first, "`");
  if (owner !== "trace" && owner !== "span" && owner !== "assessment") {
    const owners = pythonList(Object.keys(ENTITIES));
    throw fail("E_FILTER_FIELD", `Invalid view type '${shownText(owner)}'. Valid values are ${owners}`, place);
  }
  const needsKey = ENTITIES[owner].get(entity);
  if (needsKey === undefined) {
    const entities = pythonList([...ENTITIES[owner].keys()]);
    const message = `Invalid entity '${shownText(entity)}' specified for view type '${owner}'. Valid entities are ${entities}`;
    throw fail("E_FILTER_FIELD", message, place);
  }
  const rawKey = rest.length === 0 ? undefined : rest.join(".");
  if (needsKey && rawKey === undefined) {
    const example = `'${owner}.${entity}.<key> = <value>'`;
    throw fail("E_FILTER_FIELD", `Filtering by ${entity} requires a key, e.g. ${example}`, place);
  }
  if (!needsKey && rawKey !== undefined) {
    const instead = `'${owner}.${entity}'`;
    throw fail("E_FILTER_FIELD", `Filtering by ${entity} does not require a key, use ${instead} instead`, place);
  }
  return { owner, entity, key: rawKey ? strip(stripQuotes(rawKey), "`") : undefined };
}

function readValue(text: string, comparison: Comparison, { entity }: Identifier): string {
  const raw = text.slice(comparison.valueSpan.start, comparison.valueSpan.end);
  const place = { text, span: comparison.valueSpan };
  switch (comparison.value) {
    case "quoted":
      return raw.slice(1, -1);
    case "name": {
      const found = `Parameter value is either not quoted or unidentified quote types used for string value`;
      throw fail("E_FILTER_SYNTAX", `${found} ${shownText(raw)}. Use either single or double quotes.`, place);
    }
    case "other": {
      const expected = `Expected a quoted string value for ${entity} value (e.g. 'my-value').`;
      throw fail("E_FILTER_TYPE", `${expected} Got value ${shownText(raw)}`, place);
    }
  }
}

function comparePredicate({ owner, entity, key }: Identifier, value: string): Predicate {
  const left = comparedValue(owner, entity, key);
  if (left === undefined) return { kind: "truth", value: false, type: "bool" };
  return { kind: "compare", op: "=", left, right: { kind: "literal", value, type: "text" }, type: "bool" };
}

function comparedValue(owner: Owner, entity: string, key: string | undefined): Expr | undefined {
  if (owner === "trace") {
    if (entity === "status") return { kind: "column", table: "traces", name: "state", type: "text" };
    return key === undefined ? undefined : traceKey(entity === "tag" ? "tag" : "metadata", key);
  }
  // The entities of spans and assessments are named as their columns are.
  return { kind: "column", table: owner === "span" ? "spans" : "assessments", name: entity, type: "text" };
}

function strip(text: string, quote: string): string {
  return text.length >= 2 && text.startsWith(quote) && text.endsWith(quote) ? text.slice(1, -1) : text;
}

function stripQuotes(key: string): string {
  const single = strip(key, "'");
  return single === key ? strip(key, '"') : single;
}

function fail(code: ErrorCode, message: string, source?: { readonly text: string; readonly span: SourceSpan }) {
  const hint = source === undefined ? undefined : searchFilterHint(source.text);
  return new EngineError(code, message, {
    ...(source === undefined ? {} : { source }),
    ...(hint === undefined ? {} : { hint }),
  });
}
