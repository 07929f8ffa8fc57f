// Finds the three parts of a metrics filter: identifier, comparator, value. Called by metrics-filter.ts alone.
// It follows the SQL tokenizer that MLflow uses where filters meet it: names after a dot, keys in backticks or quotes,
// quotes inside quotes, runs of comparison signs, its white space. Linear in the text, for every text.

import type { SourceSpan } from "../base/source-span.ts";

/** The parts of one comparison. */
export interface Comparison {
  readonly kind: "comparison";
  /** As written, quotes and backticks included. */
  readonly path: string;
  readonly pathSpan: SourceSpan;
  /** As written: `=`, `!=`, `like`. */
  readonly operator: string;
  readonly operatorSpan: SourceSpan;
  /** A quoted text, a bare or backticked name, or anything else that can stand there. */
  readonly value: "quoted" | "name" | "other";
  readonly valueSpan: SourceSpan;
  /** The quote of a quoted value. */
  readonly quote: string;
}

/** A comparison, or why there is none: a blank text, a second statement, or a clause that is none. */
export type Scanned =
  | Comparison
  | { readonly kind: "blank" }
  | { readonly kind: "several" | "broken"; readonly span: SourceSpan };

// Python's white space, which is not JavaScript's.
const SPACE = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;
// Words that the tokenizer takes for keywords even behind a dot.
const RESERVED = /(?:case|in|values|using|from|as)(?![\p{L}\p{N}_])/iuy;
const NAME = /[A-Za-zÀ-Üà-öø-ü][\p{L}\p{N}_]*/uy;
// A name that begins with something else: `_a`, `1a`, `漢`. Two digits, a hex number or an exponent make it a number.
const OTHER_NAME = /(?!\d\d|0x[\da-f]|\d(?:\.\d+)?e-?\d|\d(?![\p{L}_]))[\p{L}\p{N}_][\p{L}\p{N}_$#]*/iuy;
// `a[0]` and `a()` are names as well.
const INDEXED = /(?:\[[^\][\s'"`]*\]|\(\))+/uy;
const OPERATOR = /[<>=~!]+|(?:not[ \t\r\n]+)?(?:like|ilike|rlike|regexp)(?![\p{L}\p{N}_])/iuy;
const PLAIN_VALUE = /[^\s'"`;()=<>!~]+/uy;

/** Scans a filter that is not empty. */
export function scanComparison(text: string): Scanned {
  const end = trimmedEnd(text);
  const start = skipSpace(text, 0);
  if (start >= end) return { kind: "blank" };
  const pathEnd = scanPath(text, start);
  if (pathEnd === start) return broken(start, end);
  const operatorStart = skipSpace(text, pathEnd);
  const operatorEnd = matchAt(OPERATOR, text, operatorStart);
  if (operatorEnd === operatorStart) return broken(start, end);
  const valueStart = skipSpace(text, operatorEnd);
  const value = scanValue(text, valueStart, end);
  if (value === undefined) return broken(start, end);
  const rest = skipSpace(text, value.end);
  if (rest < end) return afterComparison(text, rest, end);
  return {
    kind: "comparison",
    path: text.slice(start, pathEnd),
    pathSpan: { start, end: pathEnd },
    operator: text.slice(operatorStart, operatorEnd),
    operatorSpan: { start: operatorStart, end: operatorEnd },
    value: value.kind,
    valueSpan: { start: valueStart, end: value.end },
    quote: value.kind === "quoted" ? text.charAt(valueStart) : "",
  };
}

function broken(start: number, end: number): Scanned {
  return { kind: "broken", span: { start, end } };
}

/** What follows a whole comparison: a second statement behind a semicolon, or a clause too many. */
function afterComparison(text: string, rest: number, end: number): Scanned {
  const several = text.charAt(rest) === ";" && skipSpace(text, rest + 1) < end;
  return { kind: several ? "several" : "broken", span: { start: rest, end } };
}

/** End of the dotted name at `start`; `start` when there is none. White space may stand around dots. */
function scanPath(text: string, start: number): number {
  let end = scanSegment(text, start, false);
  if (end === start) return start;
  for (;;) {
    const dot = skipSpace(text, end);
    if (text.charAt(dot) !== ".") return end;
    const segment = skipSpace(text, dot + 1);
    end = scanSegment(text, segment, true);
    // A name may end in a dot, or have two in a row: an empty entity or key, or a key that begins with a dot.
    if (end === segment && text.charAt(segment) !== ".") return dot + 1;
    // The tokenizer ends a name at a star, behind single quotes, and behind an index or a call.
    if (/[*']/.test(text.charAt(segment)) || /[\])]/.test(text.charAt(end - 1))) return end;
  }
}

function scanSegment(text: string, at: number, afterDot: boolean): number {
  const first = text.charAt(at);
  if (first === "`" || first === '"' || (first === "'" && afterDot)) return scanQuoted(text, at, text.length) ?? at;
  if (first === "*" && afterDot) return at + 1;
  if (matchAt(RESERVED, text, at) > at) return at;
  const named = matchAt(NAME, text, at);
  const end = named > at ? named : matchAt(OTHER_NAME, text, at);
  return end > at ? matchAt(INDEXED, text, end) : at;
}

function scanValue(
  text: string,
  at: number,
  end: number,
): { readonly kind: Comparison["value"]; readonly end: number } | undefined {
  const first = text.charAt(at);
  if (first === "'" || first === '"') {
    const quoted = scanQuoted(text, at, end);
    return quoted === undefined ? undefined : { kind: "quoted", end: quoted };
  }
  if (first === "(") return text.charAt(end - 1) === ")" ? { kind: "other", end } : undefined;
  const path = scanPath(text, at);
  if (path > at) return { kind: /^null$/i.test(text.slice(at, path)) ? "other" : "name", end: path };
  const plain = matchAt(PLAIN_VALUE, text, at);
  return plain > at ? { kind: "other", end: plain } : undefined;
}

/**
 * End of the quoted text at `at`, or undefined when it is not closed before `end`. A doubled quote and a quote behind a
 * backslash do not close, unless a quote behind a backslash is the last one there is. In backticks a backslash is itself.
 */
function scanQuoted(text: string, at: number, end: number): number | undefined {
  const quote = text.charAt(at);
  let position = at + 1;
  while (position < end) {
    const character = text.charAt(position);
    const next = position + 1 < end ? text.charAt(position + 1) : "";
    const escaping = character === "\\" && quote !== "`";
    if ((character === quote || escaping) && next === quote) {
      if (escaping && position + 2 >= end) return end;
      position += 2;
    } else if (character === quote) {
      return position + 1;
    } else {
      position += 1;
    }
  }
  return undefined;
}

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && SPACE.test(text.charAt(at))) at += 1;
  return at;
}

function trimmedEnd(text: string): number {
  let end = text.length;
  while (end > 0 && SPACE.test(text.charAt(end - 1))) end -= 1;
  return end;
}
