// The list after IN in strict mode: MLflow reads it as a Python literal, so escapes work in it, adjacent texts join, a
// trailing comma is fine, and parentheses nest.
// Called by strict-values.ts. What must stay true: linear, at most 200 parentheses deep as in CPython, and whatever is
// not a list of texts is refused with MLflow's words. Known difference: `\N{name}` is refused.

import { LIMITS } from "../base/limits.ts";
import { pythonFloat, pythonRepr, shownText } from "../base/python-text.ts";
import type { SourceSpan } from "../base/source-span.ts";
import type { TextValue } from "./ast.ts";
import { checkListLimit, filterFault } from "./fault.ts";

const IN_QUERY = "While parsing a list in the query,";
const MAX_DEPTH = 200;

/** A Python value: a text, something else by its print, or a tuple. */
type Value = TextValue | { readonly kind: "other"; readonly shown: string } | Tuple;

interface Tuple {
  readonly kind: "tuple";
  readonly items: readonly Value[];
}

/** The texts of the list that stands at `span` of `text`. Throws E_FILTER_SYNTAX, E_FILTER_TYPE, E_FILTER_LIMIT. */
export function pythonTexts(
  text: string,
  span: SourceSpan,
  inList: number = LIMITS.inList.default,
): readonly TextValue[] {
  const value = new ListReader(text, span, inList).whole();
  const items = value.kind === "tuple" ? value.items : [value];
  if (items.length === 0) {
    throw filterFault("E_FILTER_SYNTAX", `${IN_QUERY} expected a non-empty list of string values, but got empty list`, {
      text,
      span,
    });
  }
  return items.map((item) => {
    if (item.kind === "text") return item;
    const expected = `${IN_QUERY} expected string value, punctuation, or whitespace, but got different type in list`;
    const shown = shownText(shownValue({ kind: "tuple", items: items.slice(0, 50) }));
    throw filterFault("E_FILTER_TYPE", `${expected}: ${shown}`, { text, span });
  });
}

function shownValue(value: Value): string {
  if (value.kind === "text") return pythonRepr(value.value);
  if (value.kind === "other") return value.shown;
  const items = value.items.map(shownValue);
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

const GAP = /(?:[ \t\f\r\n]|\\\r?\n|#[^\r\n]*)+/y;
const STRING = /([rRuU]?|[bB][rR]?|[rR][bB])('''|"""|'|")/y;
const NUMBER = /-?(?:0[xX][0-9a-fA-F]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const WORD = /(?:True|False|None)(?![\p{L}\p{N}_])/uy;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;

class ListReader {
  readonly #text: string;
  readonly #span: SourceSpan;
  readonly #most: number;
  #at: number;
  #count = 0;

  constructor(text: string, span: SourceSpan, most: number) {
    this.#text = text;
    this.#span = span;
    this.#most = most;
    this.#at = span.start;
  }

  whole(): Value {
    const value = this.#value(0);
    this.#skip(GAP);
    if (this.#at < this.#span.end) this.#illFormed();
    return value;
  }

  #value(depth: number): Value {
    this.#skip(GAP);
    if (this.#peek() === "(") return this.#parenthesis(depth + 1);
    if (this.#peek() === "[") {
      const { items } = this.#items(depth + 1, "]");
      return { kind: "other", shown: `[${items.map(shownValue).join(", ")}]` };
    }
    const start = this.#at;
    const text = this.#strings();
    if (text !== undefined) return text;
    const number = this.#skip(NUMBER);
    if (number !== undefined) return { kind: "other", shown: shownNumber(number) };
    const word = this.#skip(WORD);
    if (word !== undefined) return { kind: "other", shown: word };
    if (this.#peek() === "{" || this.#skip(NAME) !== undefined) {
      throw filterFault(
        "E_FILTER_SYNTAX",
        "malformed node or string: the list holds something other than quoted texts",
        {
          text: this.#text,
          span: { start, end: Math.max(start + 1, this.#at) },
          hint: "Put every value of the list in quotes.",
        },
      );
    }
    return this.#illFormed();
  }

  /** `( )`, `(value)` and the tuples `(value,)`, `(value, value)`. */
  #parenthesis(depth: number): Value {
    const { items, comma } = this.#items(depth, ")");
    const [first] = items;
    return first !== undefined && !comma ? first : { kind: "tuple", items };
  }

  #items(depth: number, close: string): { items: readonly Value[]; comma: boolean } {
    if (depth > MAX_DEPTH) this.#illFormed();
    this.#at += 1;
    const items: Value[] = [];
    let comma = false;
    for (;;) {
      this.#skip(GAP);
      if (this.#peek() === close) break;
      items.push(this.#value(depth));
      this.#count += 1;
      checkListLimit(this.#count, { inList: this.#most }, { text: this.#text, span: this.#span });
      this.#skip(GAP);
      if (this.#peek() !== ",") break;
      comma = true;
      this.#at += 1;
    }
    if (this.#peek() !== close) this.#illFormed();
    this.#at += 1;
    return { items, comma };
  }

  /** One text, or several that stand side by side and join. */
  #strings(): Value | undefined {
    const start = this.#at;
    const parts: string[] = [];
    let end = start;
    let bytes = false;
    for (let found = this.#string(); found !== undefined; found = this.#string()) {
      if (parts.length > 0 && found.bytes !== bytes) this.#illFormed();
      bytes = found.bytes;
      parts.push(found.value);
      end = this.#at;
      this.#skip(GAP);
    }
    if (parts.length === 0) return undefined;
    if (bytes) return { kind: "other", shown: `b${pythonRepr(parts.join(""))}` };
    return { kind: "text", value: parts.join(""), span: { start, end } };
  }

  #string(): { value: string; bytes: boolean } | undefined {
    STRING.lastIndex = this.#at;
    const match = STRING.exec(this.#text);
    if (match === null || this.#at >= this.#span.end) return undefined;
    const [whole, prefix = "", quote = ""] = match;
    const start = this.#at + whole.length;
    const end = this.#closing(start, quote);
    this.#at = end + quote.length;
    const inside = this.#text.slice(start, end);
    const raw = /r/i.test(prefix);
    return { value: raw || !inside.includes("\\") ? inside : this.#unescaped(inside), bytes: /b/i.test(prefix) };
  }

  #closing(start: number, quote: string): number {
    const text = this.#text;
    for (let at = start; at < this.#span.end; at += 1) {
      if (text[at] === "\\") at += 1;
      else if (text.startsWith(quote, at)) return at;
      else if (quote.length === 1 && (text[at] === "\n" || text[at] === "\r")) break;
    }
    return this.#illFormed();
  }

  #unescaped(inside: string): string {
    return inside.replace(ESCAPE, (whole: string, after: string) => {
      const simple = SIMPLE.get(after);
      if (simple !== undefined) return simple;
      if (/^[0-7]/.test(after)) return String.fromCharCode(Number.parseInt(after, 8));
      if (!/^[xuUN]/.test(after)) return whole;
      const code = /^[xuU]([0-9a-fA-F]+)$/.exec(after)?.[1];
      const digits = after.startsWith("x") ? 2 : after.startsWith("u") ? 4 : 8;
      const point = code?.length === digits ? Number.parseInt(code, 16) : Number.POSITIVE_INFINITY;
      return point <= 0x10ffff ? String.fromCodePoint(point) : this.#illFormed();
    });
  }

  #peek(): string | undefined {
    return this.#at < this.#span.end ? this.#text[this.#at] : undefined;
  }

  #skip(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = this.#at < this.#span.end ? pattern.exec(this.#text)?.[0] : undefined;
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #illFormed(): never {
    const message = `${IN_QUERY} expected a non-empty list of string values, but got ill-formed list.`;
    throw filterFault("E_FILTER_SYNTAX", message, { text: this.#text, span: this.#span });
  }
}

const ESCAPE = /\\(x[0-9a-fA-F]{0,2}|u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8}|[0-7]{1,3}|\r\n|.)/gs;
const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["\n", ""],
  ["\r\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

function shownNumber(written: string): string {
  const plain = written.replaceAll("_", "");
  return /^-?\d+$/.test(plain) || /x/i.test(plain) ? plain : pythonFloat(Number(plain));
}
