// A filter in MLflow's language -> its clauses, as MLflow's parser (3.17) reads them: missing and doubled ANDs, the bare
// word `timestamp`, the rewriting of keys. What it refuses is refused here with its words.
// Called by strict.ts, which then applies the checks of MLflow's store. Fields, values and messages: strict-values.ts.

import { pythonRepr, shownText } from "../base/python-text.ts";
import type { SourceSpan } from "../base/source-span.ts";
import type { ClauseValue, FieldName } from "./ast.ts";
import { curlyQuoteHint } from "./characters.ts";
import { type FilterLimits, filterFault } from "./fault.ts";
import { type GroupNode, groupTokens } from "./strict-groups.ts";
import { strictTokens, type Token } from "./strict-tokens.ts";
import { checkSpanField, readField, readValue, rewritten } from "./strict-values.ts";

/** A clause before the store's checks: the comparator is the user's text, in upper case. */
export interface StrictClause {
  readonly field: FieldName;
  readonly comparator: string;
  readonly comparatorSpan: SourceSpan;
  readonly value?: ClauseValue;
  readonly span: SourceSpan;
}

/** The clauses of `text`. Throws E_FILTER_SYNTAX, E_FILTER_FIELD, E_FILTER_OP, E_FILTER_TYPE, E_FILTER_LIMIT. */
export function strictClauses(text: string, limits: FilterLimits): readonly StrictClause[] {
  if (text === "") return [];
  const tokens = strictTokens(text);
  checkStatements(text, tokens);
  const nodes = joinNodes(text, groupTokens(text, tokens));
  checkLeftovers(text, nodes);
  return nodes.filter(({ kind }) => kind === "compared").map((node) => readClause(text, node, limits));
}

function checkStatements(text: string, tokens: readonly Token[]): void {
  const whole = { start: 0, end: text.length };
  const isBlank = ({ kind }: Token): boolean => kind === "blank" || kind === "newline";
  if (tokens.every(isBlank)) {
    throw filterFault("E_FILTER_SYNTAX", `Invalid filter '${shownText(text)}'. Could not be parsed.`, {
      text,
      span: whole,
    });
  }
  let depth = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const { kind, start, end } = tokens[at]!;
    if (kind !== "punctuation") continue;
    if (text[start] === "(") depth += 1;
    if (text[start] === ")") depth -= 1;
    if (text[start] !== ";" || depth > 0) continue;
    const next = tokens.findIndex((token, place) => place > at && token.kind !== "blank" && token.kind !== "comment");
    if (next < 0 || tokens.slice(next).every(isBlank)) return;
    throw filterFault(
      "E_FILTER_SYNTAX",
      `Search filter contained multiple expression ${pythonRepr(text)}. Provide AND-ed expression list.`,
      { text, span: { start, end } },
    );
  }
}

const NUMBER_COMPARATORS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">="]);

/**
 * Joins what the parser leaves apart: the bare `timestamp`, IN, NOT IN, IS NULL and IS NOT NULL. Where a name is followed
 * by none of these, MLflow steps over four nodes at once, so a test that begins among them stays unjoined.
 */
function joinNodes(text: string, nodes: readonly GroupNode[]): readonly GroupNode[] {
  const joined: GroupNode[] = [];
  const isWord = (node: GroupNode | undefined, word: string): boolean =>
    node?.kind === "keyword" && text.slice(node.start, node.end).toUpperCase() === word;
  const compared = (parts: readonly GroupNode[]): GroupNode => ({
    kind: "compared",
    start: parts[0]?.start ?? 0,
    end: parts.at(-1)?.end ?? 0,
    parts,
  });
  for (let at = 0; at < nodes.length; ) {
    const [first, second, third, fourth] = nodes.slice(at, at + 4);
    if (first === undefined || second === undefined || third === undefined) {
      joined.push(...nodes.slice(at));
      break;
    }
    if (isBareTimestamp(text, first)) {
      const operator = second.kind === "comparison" && NUMBER_COMPARATORS.has(text.slice(second.start, second.end));
      if (operator && third.kind === "integer") joined.push(compared([first, second, third]));
      else joined.push(first, second, third, first);
      at += 3;
    } else if (first.kind !== "identifier") {
      joined.push(first);
      at += 1;
    } else if (isWord(second, "IN") && third.kind === "parenthesis") {
      joined.push(compared([first, second, third]));
      at += 3;
    } else if (isWord(second, "IS") && (isWord(third, "NULL") || isWord(third, "NOT NULL"))) {
      joined.push(compared([first, { kind: "keyword", start: second.start, end: third.end }]));
      at += 3;
    } else if (fourth !== undefined && isWord(second, "NOT") && isWord(third, "IN") && fourth.kind === "parenthesis") {
      joined.push(compared([first, { kind: "keyword", start: second.start, end: third.end }, fourth]));
      at += 4;
    } else {
      joined.push(...nodes.slice(at, at + 4));
      at += 4;
    }
  }
  return joined;
}

function isBareTimestamp(text: string, node: GroupNode): boolean {
  return node.kind === "builtin" && text.slice(node.start, node.end) === "timestamp";
}

const MAX_LISTED = 20;

function checkLeftovers(text: string, nodes: readonly GroupNode[]): void {
  const shown = (node: GroupNode): string => text.slice(node.start, node.end);
  const left = nodes.filter((node) => {
    if (node.kind === "compared") return false;
    return !(node.kind === "keyword" && shown(node).toUpperCase() === "AND");
  });
  const [first] = left;
  if (first === undefined) return;
  const list = left.slice(0, MAX_LISTED).map((node) => `'${shownText(shown(node))}'`);
  if (left.length > MAX_LISTED) list.push(`… (${left.length - MAX_LISTED} more)`);
  throw filterFault("E_FILTER_SYNTAX", `Invalid clause(s) in filter string: ${list.join(", ")}`, {
    text,
    span: faultSpan(text, left),
    hint: leftoverHint(text, left),
  });
}

/** Where the caret goes: an unclosed quote, else where a value is missing, else what is first left over. */
function faultSpan(text: string, left: readonly GroupNode[]): SourceSpan {
  const [first] = left;
  const last = left.at(-1);
  const error = left.find(({ kind }) => kind === "error");
  const start = error?.start ?? first?.start ?? 0;
  if (error !== undefined) return { start, end: error.end };
  if (last?.kind === "comparison" && last.end === text.trimEnd().length && left.length === 2) {
    return { start: last.end, end: last.end + 1 };
  }
  const hex = left.find(({ kind }) => kind === "hex");
  return hex ?? { start, end: first?.end ?? start };
}

function leftoverHint(text: string, left: readonly GroupNode[]): string | undefined {
  const extended = left.some(({ start, end }) =>
    /^(?:OR|NOT|BETWEEN|\()/i.test(text.slice(start, Math.min(end, start + 8))),
  );
  if (extended) return "MLflow has AND alone; extended mode (without --strict) has OR, NOT, BETWEEN and parentheses.";
  return curlyQuoteHint(text);
}

function readClause(text: string, node: GroupNode, limits: FilterLimits): StrictClause {
  const parts = node.parts ?? [];
  const [left, middle, right] = parts;
  const shown = (part: GroupNode): string => text.slice(part.start, part.end);
  if (left === undefined || middle === undefined || parts.length > 3) {
    const message = `Invalid comparison clause. Expected 3 tokens found ${parts.length}`;
    throw filterFault("E_FILTER_SYNTAX", message, { text, span: node });
  }
  if (left.kind !== "identifier" && !isBareTimestamp(text, left)) {
    const message = `Invalid comparison clause. Expected 'Identifier' found '${shownText(shown(left))}'`;
    throw filterFault("E_FILTER_SYNTAX", message, { text, span: { start: left.start, end: left.end } });
  }
  const field = readField(text, left);
  const comparatorSpan = { start: middle.start, end: middle.end };
  const span = { start: node.start, end: node.end };
  if (right === undefined) {
    const comparator = /NOT/i.test(shown(middle)) ? "IS NOT NULL" : "IS NULL";
    return { field: rewritten(field), comparator, comparatorSpan, span };
  }
  const joined = middle.kind === "keyword" && /^NOT/i.test(shown(middle));
  const comparator = joined ? "NOT IN" : shown(middle);
  const value = readValue({ text, field, comparator, node: right }, limits);
  if (field.entity === "span") checkSpanField({ text, field, comparator, comparatorSpan });
  return { field: rewritten(field), comparator: comparator.toUpperCase(), comparatorSpan, value, span };
}
