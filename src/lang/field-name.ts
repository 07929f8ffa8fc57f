// Fields in the extended language: `status`, `tag.env`, `tag.`my key``, `span.attributes."a b"`, `trace.name`.
// Called by parser.ts and order-by.ts; fieldText prints a field back. What must stay true: a key that is not a run of words
// and dots stands in quotes, which lose one pair and whose doubled quotes are one.

import { shownText } from "../base/python-text.ts";
import type { Entity, FieldName } from "./ast.ts";
import { filterFault } from "./fault.ts";
import { ENTITIES, SPAN_ATTRIBUTES } from "./fields.ts";
import { entityHint } from "./hints.ts";
import type { Lexeme, TokenReader } from "./token-reader.ts";

/** Takes a field; the next token must be a word or quoted. Throws E_FILTER_SYNTAX, E_FILTER_FIELD. */
export function readFieldName(tokens: TokenReader): FieldName {
  const first = tokens.take();
  const parts = [partText(tokens, first)];
  let last = first;
  while (tokens.peek.kind === "dot" && tokens.peek.start === last.end) {
    const dot = tokens.take();
    const next = tokens.peek;
    const adjacent = next.start === dot.end;
    if (adjacent && (next.kind === "word" || next.kind === "quoted")) {
      last = tokens.take();
      parts.push(partText(tokens, last));
      if (last.kind === "quoted") break;
    } else {
      last = dot;
      parts.push("");
      break;
    }
  }
  const span = { start: first.start, end: last.end };
  if (tokens.peek.kind === "dot") {
    throw filterFault("E_FILTER_SYNTAX", "A quoted key ends the name of a field", {
      text: tokens.text,
      span: { start: tokens.peek.start, end: tokens.peek.end },
      hint: "Put the whole key in one pair of backticks.",
    });
  }
  const written = tokens.text.slice(span.start, span.end);
  const [word = "", ...rest] = parts;
  if (rest.length === 0) return { entity: "attribute", key: word, written, span };
  const entity = ENTITIES.get(word);
  if (entity === undefined) {
    const known = [...ENTITIES.keys()];
    const message = `Invalid entity type '${shownText(word)}'. Valid values are ${known.join(", ")}`;
    throw filterFault("E_FILTER_FIELD", message, { text: tokens.text, span, hint: entityHint(word, known) });
  }
  return { entity, key: rest.join("."), written, span };
}

function partText(tokens: TokenReader, token: Lexeme): string {
  const written = tokens.written(token);
  if (token.kind !== "quoted") return written;
  const quote = written[0] ?? "";
  return written.slice(1, -1).replaceAll(quote + quote, quote);
}

const PLAIN = /^[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*$/u;
const BARE = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const KEYWORDS: ReadonlySet<string> = new Set(["AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE", "ILIKE", "RLIKE"]);

/** A field as the extended language writes it. */
export function fieldText({ entity, key }: { readonly entity: Entity; readonly key: string }): string {
  if (entity === "attribute") return BARE.test(key) && !KEYWORDS.has(key.toUpperCase()) ? key : `trace.${keyText(key)}`;
  if (entity === "span" && key.startsWith(SPAN_ATTRIBUTES)) {
    return `span.${SPAN_ATTRIBUTES}${keyText(key.slice(SPAN_ATTRIBUTES.length))}`;
  }
  return `${entity}.${keyText(key)}`;
}

function keyText(key: string): string {
  return PLAIN.test(key) ? key : `\`${key.replaceAll("`", "``")}\``;
}
