// The reference for trace search in strict mode: walks plain traces one by one, each clause in the plainest way, and gives
// the ids in MLflow's order. Used by the conformance tests. Shares the parser with the engine and nothing else: no column,
// planner or kernel; patterns are tried by backtracking.

import type { SearchRequest } from "../../src/frontends/mlflow-search.ts";
import type { Clause, Filter, FilterNode } from "../../src/lang/ast.ts";
import { parseFilter } from "../../src/lang/filter.ts";
import type { RawJson, Writable } from "../support/raw-json.ts";
import { type SearchAssessment, type SearchSpan, type SearchTrace, spanRecord } from "../support/search-fixture.ts";

/** Ids of the page of a valid strict request. */
export function oracleSearch(traces: readonly SearchTrace[], request: SearchRequest): readonly string[] {
  const filter = parseFilter(request.filterString ?? "", { strict: true });
  const found = traces.filter((trace) => matches(trace, clausesOf(filter), traces));
  const order = typeof request.orderBy === "string" ? [] : (request.orderBy ?? []);
  const sorted = [...found].sort((a, b) => compareTraces(a, b, order));
  const offset = request.pageToken ? JSON.parse(atob(request.pageToken)).offset : 0;
  return sorted.slice(offset, offset + Number(request.maxResults ?? 100)).map(({ id }) => id);
}

function clausesOf({ root }: Filter): readonly Clause[] {
  const flat = (node: FilterNode): readonly Clause[] =>
    node.kind === "clause" ? [node] : node.kind === "not" ? [] : node.operands.flatMap(flat);
  const clauses = root === undefined ? [] : flat(root);
  const isRun = ({ field, comparator }: Clause) => field.key === "mlflow.sourceRun" && comparator === "=";
  const last = clauses.findLast(isRun);
  return clauses.filter((clause) => !isRun(clause) || clause === last);
}

function matches(trace: SearchTrace, clauses: readonly Clause[], all: readonly SearchTrace[]): boolean {
  const onSpans = clauses.filter(({ field }) => field.entity === "span");
  const others = clauses.filter(({ field }) => field.entity !== "span");
  if (!others.every((clause) => traceHolds(trace, clause, all))) return false;
  const lower = spanBound(clauses);
  const spans = trace.timeMs < lower ? [] : trace.spans;
  return onSpans.length === 0 || spans.some((span) => onSpans.every((clause) => spanHolds(span, clause, trace)));
}

/** MLflow looks at no span that starts more than ten seconds before the greatest lower bound of the trace's start. */
function spanBound(clauses: readonly Clause[]): number {
  const bounds = clauses
    .filter(({ field, comparator }) => field.key === "timestamp_ms" && /^>=?$/.test(comparator))
    .flatMap(({ value }) => (value?.kind === "integer" || value?.kind === "float" ? [Number(value.value)] : []));
  return Math.max(...bounds, Number.NEGATIVE_INFINITY) - 10_000;
}

function traceHolds(trace: SearchTrace, clause: Clause, all: readonly SearchTrace[]): boolean {
  const { entity, key } = clause.field;
  switch (entity) {
    case "tag":
      if (key === "mlflow.linkedPrompts") return hasPrompt(trace, textOf(clause));
      return textHolds(trace.tags.get(key), clause);
    case "metadata":
      return textHolds(trace.metadata.get(key), clause);
    case "feedback":
    case "expectation":
      return assessed(trace, clause, all);
    case "issue":
      return trace.assessments.some(({ type, name }) => type === "issue" && name === textOf(clause));
    default:
      return attributeHolds(trace, clause);
  }
}

function hasPrompt(trace: SearchTrace, prompt: string): boolean {
  const linked: readonly { name: string; version: string }[] = JSON.parse(
    trace.tags.get("mlflow.linkedPrompts") ?? "[]",
  );
  return linked.some(({ name, version }) => `${name}/${version}` === prompt);
}

function attributeHolds(trace: SearchTrace, clause: Clause): boolean {
  switch (clause.field.key) {
    case "status":
      return textHolds(trace.state, clause);
    case "request_id":
      return textHolds(trace.id, clause);
    case "client_request_id":
      return textHolds(trace.clientRequestId ?? undefined, clause);
    case "timestamp_ms":
      return numberHolds(trace.timeMs, clause, false);
    case "execution_time_ms":
      return numberHolds(trace.durationMs, clause, false);
    case "end_time_ms":
      return numberHolds(trace.timeMs + (trace.durationMs ?? 0), clause, true);
    default:
      throw new Error(`no attribute of the oracle: ${clause.field.key}`);
  }
}

/** A quoted number is a number beside a column; a computed value is smaller than any text, as in SQLite. */
function numberHolds(value: number | null, { comparator, value: given }: Clause, computed: boolean): boolean {
  if (value === null) return false;
  if (given?.kind === "integer" || given?.kind === "float") return ordered(value - Number(given.value), comparator);
  const text = given?.kind === "text" ? given.value : "";
  const isNumber = !computed && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text);
  return ordered(isNumber ? value - Number(text) : -1, comparator);
}

function ordered(difference: number, comparator: string): boolean {
  switch (comparator) {
    case "=":
      return difference === 0;
    case "!=":
      return difference !== 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    default:
      return difference >= 0;
  }
}

function textOf({ value }: Clause): string {
  return value?.kind === "text" ? value.value : "";
}

function textHolds(text: string | undefined, clause: Clause): boolean {
  const { comparator, value } = clause;
  if (comparator === "IS NULL") return text === undefined;
  if (comparator === "IS NOT NULL") return text !== undefined;
  if (text === undefined) return false;
  const list = value?.kind === "list" ? value.items.map((item) => (item.kind === "text" ? item.value : "")) : [];
  switch (comparator) {
    case "=":
      return text === textOf(clause);
    case "!=":
      return text !== textOf(clause);
    case "IN":
      return list.includes(text);
    case "NOT IN":
      return !list.includes(text);
    case "LIKE":
      return like([...textOf(clause)], [...text]);
    case "ILIKE":
      return like([...lower(textOf(clause))], [...lower(text)]);
    case "RLIKE":
      return regex(textOf(clause), text);
    default:
      return false;
  }
}

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** SQLite's LIKE, by a table over all prefixes. */
function like(pattern: readonly string[], text: readonly string[]): boolean {
  let row = [true, ...text.map(() => false)];
  for (const mark of pattern) {
    const next = [mark === "%" && row[0] === true];
    for (const [at, character] of text.entries()) {
      const here = mark === "%" ? row[at + 1] || next[at] : (mark === "_" || mark === character) && row[at];
      next.push(here === true);
    }
    row = next;
  }
  return row.at(-1) === true;
}

function regex(pattern: string, text: string): boolean {
  try {
    const folded = pattern.startsWith("(?i)");
    return new RegExp(folded ? pattern.slice(4) : pattern, folded ? "iu" : "u").test(text);
  } catch {
    return false;
  }
}

function assessed(trace: SearchTrace, clause: Clause, all: readonly SearchTrace[]): boolean {
  const named = (assessment: SearchAssessment) =>
    assessment.type === clause.field.entity && assessment.name === clause.field.key && assessment.valid;
  if (clause.comparator === "IS NULL") return !covered(trace, named, all);
  if (clause.comparator === "IS NOT NULL") return covered(trace, named, all);
  return covered(trace, (assessment) => named(assessment) && valueHolds(assessment.value, clause), all);
}

/** An assessment of a session counts for every trace of the session of its own trace. */
function covered(
  trace: SearchTrace,
  test: (assessment: SearchAssessment) => boolean,
  all: readonly SearchTrace[],
): boolean {
  if (trace.assessments.some(test)) return true;
  const session = trace.metadata.get("mlflow.trace.session");
  if (session === undefined) return false;
  return all.some(
    (other) =>
      other.metadata.get("mlflow.trace.session") === session &&
      other.assessments.some((one) => test(one) && one.metadata.has("mlflow.trace.session")),
  );
}

function valueHolds(value: RawJson, clause: Clause): boolean {
  const { comparator, value: given } = clause;
  const stored = jsonText(value);
  if (comparator === "=" || comparator === "!=") {
    const equal = stored === textOf(clause) || stored === jsonText(textOf(clause));
    return equal === (comparator === "=");
  }
  if (given?.kind !== "integer" && given?.kind !== "float") return textHolds(stored, clause);
  const isNumber = typeof value === "object" && value !== null && "raw" in value;
  return isNumber && ordered(Number(value.raw) - Number(given.value), comparator);
}

function spanHolds(span: SearchSpan, clause: Clause, trace: SearchTrace): boolean {
  const { key } = clause.field;
  if (key === "name") return textHolds(span.name, clause);
  if (key === "type") return textHolds(span.type, clause);
  if (key === "status") return textHolds(span.status, clause);
  if (key === "content") return textHolds(decoded(spanRecord(span, trace, trace.spans.indexOf(span))), clause);
  return spanAttributeHolds(span, clause, trace);
}

function spanAttributeHolds(span: SearchSpan, clause: Clause, trace: SearchTrace): boolean {
  const key = clause.field.key.slice("attributes.".length);
  const builtIn: ReadonlyMap<string, RawJson | undefined> = new Map([
    ["mlflow.spanType", span.type],
    ["mlflow.traceRequestId", trace.id],
    ["mlflow.spanInputs", span.inputs],
    ["mlflow.spanOutputs", span.outputs],
  ]);
  const value = span.attributes.get(key) ?? builtIn.get(key);
  if (value === undefined) return false;
  const text = typeof value === "string" ? value : jsonText(value);
  const pattern = textOf(clause);
  switch (clause.comparator) {
    case "LIKE":
      return pattern.startsWith("%") && like([...pattern, "%"], [...text]);
    case "ILIKE":
      return pattern.startsWith("%") && like([...lower(pattern), "%"], [...lower(text)]);
    case "RLIKE":
      return typeof value === "string" && regex(pattern, text);
    default:
      return textHolds(text, clause);
  }
}

/** JSON as Python writes it. */
function jsonText(value: RawJson | Writable): string {
  if (typeof value === "string") {
    return JSON.stringify(value).replace(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  }
  return written(value, jsonText);
}

/** The JSON of a span with the escapes of its strings decoded, those inside JSON texts too. */
function decoded(value: RawJson | Writable): string {
  if (typeof value !== "string") return written(value, decoded);
  return `"${isJson(value) ? value.replace(/"(?:[^"\\]|\\.)*"/g, (text) => `"${JSON.parse(text)}"`) : value}"`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function written(value: RawJson | Writable, write: (value: RawJson | Writable) => string): string {
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  if ("raw" in value && typeof value.raw === "string") return value.raw;
  const entries: [string, RawJson | Writable | undefined][] = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, member]) => `${write(key)}: ${write(member ?? null)}`).join(", ")}}`;
}

function compareTraces(a: SearchTrace, b: SearchTrace, order: readonly string[]): number {
  const keys = order.map((element) => {
    const [, name = "", direction = ""] = /^(.*?)(?:\s+(asc|desc))?$/i.exec(element) ?? [];
    return { name: name.replace(/[`"]/g, ""), descending: /desc/i.test(direction) };
  });
  for (const { name, descending } of [
    ...keys,
    { name: "timestamp", descending: true },
    { name: "request_id", descending: false },
  ]) {
    const [left, right] = [sortValue(a, name), sortValue(b, name)];
    if (left === right) continue;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return compareValues(left, right) < 0 === descending ? 1 : -1;
  }
  return 0;
}

function compareValues(left: string | number, right: string | number): number {
  if (typeof left === "number" || typeof right === "number") return Number(left) - Number(right);
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function sortValue(trace: SearchTrace, name: string): string | number | undefined {
  const bare = name.replace(/^(attributes?|trace)\./, "").replace(/_ms$/, "");
  const dot = name.indexOf(".");
  const key = name.slice(dot + 1);
  if (/^tags?\./.test(name)) return trace.tags.get(key);
  if (/^(request_)?metadata\./.test(name)) return trace.metadata.get(key);
  switch (bare) {
    case "timestamp":
      return trace.timeMs;
    case "execution_time":
      return trace.durationMs ?? undefined;
    case "status":
      return trace.state;
    case "request_id":
      return trace.id;
    case "experiment_id":
      return Number(trace.experimentId);
    case "name":
      return trace.tags.get("mlflow.traceName");
    case "run_id":
      return trace.metadata.get("mlflow.sourceRun");
    default:
      throw new Error(`the oracle does not sort by ${name}`);
  }
}
