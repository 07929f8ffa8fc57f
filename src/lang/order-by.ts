// order_by of trace search: `timestamp_ms DESC`, `tag.env`, in MLflow's form (strict) or ours.
// Called by the search front end, which adds MLflow's tie-breakers: start descending, then trace id ascending.
// What must stay true: strict takes what MLflow takes, with its messages, under E_REQUEST; extended trims and splits commas.

import { EngineError } from "../base/errors.ts";
import { pythonList, shownText } from "../base/python-text.ts";
import type { FieldName } from "./ast.ts";
import { knownField } from "./check.ts";
import { filterFault } from "./fault.ts";
import { readFieldName } from "./field-name.ts";
import { groupTokens } from "./strict-groups.ts";
import { strictTokens } from "./strict-tokens.ts";
import { readField, rewritten } from "./strict-values.ts";
import { TokenReader } from "./token-reader.ts";

/** One key to sort by. Missing values come last either way. */
export interface OrderKey {
  readonly field: FieldName;
  readonly descending: boolean;
  /** The element of order_by that it comes from; spans of `field` lie in it. */
  readonly text: string;
}

/** The keys of `elements`, in order. Throws E_REQUEST. */
export function parseOrderBy(elements: readonly string[], strict: boolean): readonly OrderKey[] {
  const keys = strict ? elements.map(strictKey) : elements.flatMap(extendedKeys);
  const seen = new Set<string>();
  for (const { field } of keys) {
    const name = `${field.entity}\0${field.key}`;
    if (seen.has(name)) {
      const list = elements.length > 20 ? [...elements.slice(0, 20), "…"] : elements;
      throw new EngineError("E_REQUEST", `\`order_by\` contains duplicate fields: ${pythonList(list)}`);
    }
    seen.add(name);
  }
  return keys;
}

const STRICT_KEYS: ReadonlySet<string> = new Set([
  "experiment_id",
  "timestamp",
  "timestamp_ms",
  "execution_time",
  "execution_time_ms",
  "end_time",
  "end_time_ms",
  "status",
  "request_id",
  "name",
  "run_id",
]);

function strictKey(text: string): OrderKey {
  const nodes = groupTokens(text, strictTokens(text));
  const [first, second] = nodes;
  const trimmed = first !== undefined && first.start === 0 && nodes.at(-1)?.end === text.length;
  const bare = first?.kind === "builtin" && text.slice(first.start, first.end) === "timestamp";
  const one = nodes.length === 1 && (first?.kind === "identifier" || bare);
  if (!trimmed || !(one || (bare && nodes.length === 2 && second?.kind === "order"))) throw unparsed(text);
  const words = shellWords(text.replaceAll("`", '"'));
  if (words === undefined || words.length > 2) throw unparsed(text);
  const [name = "", direction] = words;
  if (direction !== undefined && !/^(?:asc|desc)$/i.test(direction)) {
    throw new EngineError("E_REQUEST", `Invalid ordering key in order_by clause '${shownText(text)}'.`, {
      source: { text, span: { start: text.length - direction.length, end: text.length } },
      hint: "The direction is ASC or DESC.",
    });
  }
  const field = asRequest(() => strictField(direction === undefined ? text : name));
  return { field, descending: direction?.toLowerCase() === "desc", text };
}

function strictField(name: string): FieldName {
  const field = rewritten(readField(name, { start: 0, end: name.length }, STRICT_KEYS));
  if (field.entity === "attribute" || field.entity === "tag" || field.entity === "metadata") return field;
  throw filterFault("E_REQUEST", `Invalid identifier type '${field.entity}'`, {
    text: name,
    span: field.span,
    hint: "Extended mode (without --strict) also sorts by feedback and expectation values.",
  });
}

function unparsed(text: string): EngineError {
  return new EngineError("E_REQUEST", `Invalid order_by clause '${shownText(text)}'. Could not be parsed.`, {
    source: { text, span: { start: 0, end: Math.max(1, text.length) } },
    hint: /^\s|\s$|,/.test(text)
      ? "MLflow takes one field each, without blanks around it or commas."
      : "Write: field [ASC|DESC].",
  });
}

/** Words as a POSIX shell splits them: quotes group, a backslash takes the next character. Undefined: never closed. */
function shellWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (quote !== "") {
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"' && /["\\]/.test(text[at + 1] ?? "")) word += text[++at] ?? "";
      else word += character;
    } else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word ??= "";
      if (character === "'" || character === '"') quote = character;
      else if (character === "\\") {
        if (at + 1 >= text.length) return undefined;
        word += text[++at] ?? "";
      } else word += character;
    }
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}

/** Fields of the extended language that give no one value a trace. */
const NO_ORDER: ReadonlySet<string> = new Set(["prompt", "text", "request_preview", "response_preview"]);

function extendedKeys(text: string): readonly OrderKey[] {
  return asRequest(() => {
    const tokens = new TokenReader(text);
    const keys: OrderKey[] = [];
    for (;;) {
      const { peek } = tokens;
      if (peek.kind !== "word" && peek.kind !== "quoted") {
        throw filterFault("E_REQUEST", "A field is expected here", {
          text,
          span: { start: peek.start, end: peek.start + 1 },
        });
      }
      const field = sortable(readFieldName(tokens), text);
      const descending = tokens.isWord("DESC");
      if (descending || tokens.isWord("ASC")) tokens.take();
      keys.push({ field, descending, text });
      if (tokens.peek.kind === "end") return keys;
      if (tokens.peek.kind !== "comma") {
        const { start, end } = tokens.peek;
        const message = `Invalid ordering key in order_by clause '${shownText(text)}'.`;
        throw filterFault("E_REQUEST", message, { text, span: { start, end }, hint: "The direction is ASC or DESC." });
      }
      tokens.take();
    }
  });
}

function sortable(field: FieldName, text: string): FieldName {
  const spec = knownField(field, text);
  const family = spec.key === "*";
  const named = field.entity === "attribute" && !NO_ORDER.has(spec.key);
  if (family || named) return family ? field : { ...field, key: spec.key };
  throw filterFault("E_REQUEST", `Invalid identifier type '${field.entity}'`, {
    text,
    span: field.span,
    hint: "Traces are sorted by their own fields, tag.<key>, metadata.<key>, feedback.<name> or expectation.<name>.",
  });
}

/** Faults of fields and syntax are faults of the request here. */
function asRequest<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EngineError) || !error.code.startsWith("E_FILTER_")) throw error;
    const { source, hint } = error;
    throw new EngineError("E_REQUEST", error.message, {
      ...(source === undefined ? {} : { source }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
