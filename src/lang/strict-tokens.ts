// Tokens of a filter as MLflow's SQL tokenizer (sqlparse 0.6) cuts them: what strict mode accepts and refuses follows
// from these cuts, oddities included.
// Called by strict-groups.ts. What must stay true: tokens cover the text without gaps, and the time is linear in it.
// Known difference: only ASCII digits make numbers.

import { BLANKS, quotedEnd, WORD } from "./characters.ts";
import { wordKind } from "./strict-words.ts";

/** What a token is to the grouping rules. */
export type TokenKind =
  | "blank"
  | "newline"
  | "comment"
  | "name"
  | "builtin"
  | "placeholder"
  | "keyword"
  | "statement"
  | "order"
  | "zone"
  | "single"
  | "double"
  | "dollar"
  | "integer"
  | "float"
  | "hex"
  | "comparison"
  | "operator"
  | "wildcard"
  | "punctuation"
  | "assignment"
  | "command"
  | "error";

/** A token: `[start, end)` of the text. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

/** Letters that may open a name that stands before a dot or a parenthesis; accents up to U+00FC, as the tokenizer has it. */
const LETTER = "[A-Z\\xc0-\\xdc\\u0130\\u0131]";
const OPENS_NUMBER = "(?![_A-Z\\xc0-\\xdc\\u0130\\u0131])";
const GAP = `${BLANKS}+`;

/** Keywords of several words, and those that a parenthesis or a dot after them does not turn into names. */
const FIXED_KEYWORDS = "(?:CASE|IN|VALUES|USING|FROM|AS)";
const LONG_KEYWORDS = [
  `(?:(?:(?:LEFT|RIGHT|FULL)${GAP})?(?:(?:INNER|OUTER|STRAIGHT)${GAP})?|(?:(?:CROSS|NATURAL)${GAP})?)JOIN`,
  `END(?:${GAP}(?:IF|LOOP|WHILE|FOR|CASE))?`,
  `IF${GAP}(?:NOT${GAP})?EXISTS`,
  `NOT${GAP}NULL`,
];
const LATER_KEYWORDS = [
  `UNION${GAP}ALL`,
  `GROUP${GAP}BY`,
  `ORDER${GAP}BY`,
  `PRIMARY${GAP}KEY`,
  `HANDLER${GAP}FOR`,
  `GO${BLANKS}[0-9]`,
  `LATERAL${GAP}VIEW${GAP}(?:EXPLODE|INLINE|PARSE_URL_TUPLE|POSEXPLODE|STACK)`,
];
const END_OF_WORD = `(?!${WORD})`;

/** The rules in the order in which they are tried; the first that matches makes the token. */
const RULES: readonly (readonly [TokenKind | "word", string])[] = [
  ["comment", "(?:--|# )[^\\n\\r]*(?:\\r\\n|\\r|\\n|$)"],
  ["newline", "\\r\\n|\\r|\\n"],
  ["blank", BLANKS],
  ["assignment", ":="],
  ["punctuation", "::"],
  ["wildcard", "\\*"],
  ["placeholder", `\\?|%(?:\\(${WORD}+\\))?s|(?<!${WORD})[$:?]${WORD}+`],
  ["command", `\\\\${WORD}+`],
  ["keyword", `${FIXED_KEYWORDS}${END_OF_WORD}`],
  ["name", `(?:@|##|#)${LETTER}${WORD}+`],
  ["name", `${LETTER}${WORD}*(?=${BLANKS}*\\.(?![0-9]))|(?<=\\.)${LETTER}${WORD}*|${LETTER}${WORD}*(?=\\()`],
  ["hex", "-?0x[0-9A-F]+"],
  ["float", "-?[0-9]+(?:\\.[0-9]+)?E-?[0-9]+"],
  ["float", `${OPENS_NUMBER}-?(?:[0-9]+\\.[0-9]*|\\.[0-9]+)${OPENS_NUMBER}`],
  ["integer", `${OPENS_NUMBER}-?[0-9]+${OPENS_NUMBER}`],
  ["name", `(?<![${WORD.slice(1, -1)}\\])])\\[[^\\]\\[]+\\]`],
  ["keyword", `(?:${LONG_KEYWORDS.join("|")})${END_OF_WORD}`],
  ["order", `(?:ASC|DESC)(?:${GAP}NULLS${GAP}(?:FIRST|LAST))?${END_OF_WORD}|NULLS${GAP}(?:FIRST|LAST)${END_OF_WORD}`],
  ["statement", `CREATE(?:${GAP}OR${GAP}REPLACE)?${END_OF_WORD}`],
  ["builtin", `DOUBLE${GAP}PRECISION${END_OF_WORD}`],
  ["keyword", `(?:${LATER_KEYWORDS.join("|")})${END_OF_WORD}`],
  ["zone", `(?:AT|WITH')${GAP}TIME${GAP}ZONE${GAP}'[^']+'`],
  ["comparison", `(?:NOT${GAP})?(?:LIKE|ILIKE|RLIKE|REGEXP(?:${GAP}BINARY)?)${END_OF_WORD}`],
  ["word", `${WORD}(?:[$#]|${WORD})*`],
  ["punctuation", "[;:()\\[\\],.]"],
  ["operator", "->>?|#>>?|@>|<@|\\?\\|?|\\?&|-|#-"],
  ["comparison", "[<>=~!]+"],
  ["operator", "[+/@#%^&|]+"],
];

const SCANNER = new RegExp(RULES.map(([, source]) => `(${source})`).join("|"), "iuy");

/** Cuts `text` into tokens. */
export function strictTokens(text: string): Token[] {
  const tokens: Token[] = [];
  const long = new LongTokens(text);
  for (let at = 0; at < text.length; ) {
    const token = long.at(at) ?? tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** Characters that are a token of their own wherever they stand outside longer ones; they need no rule. */
const ALONE: ReadonlyMap<string, TokenKind> = new Map([
  [" ", "blank"],
  ["(", "punctuation"],
  [")", "punctuation"],
  [",", "punctuation"],
  [";", "punctuation"],
]);

function tokenAt(text: string, start: number): Token {
  const alone = ALONE.get(text[start] ?? "");
  if (alone !== undefined) return { kind: alone, start, end: start + 1 };
  SCANNER.lastIndex = start;
  const match = SCANNER.exec(text);
  if (match === null) {
    const end = start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
    return { kind: "error", start, end };
  }
  let rule = 0;
  while (match[rule + 1] === undefined) rule += 1;
  const kind = RULES[rule]?.[0] ?? "error";
  const end = start + match[0].length;
  return { kind: kind === "word" ? (wordKind(match[0]) ?? "name") : kind, start, end };
}

const QUOTED: ReadonlyMap<string, TokenKind> = new Map([
  ["'", "single"],
  ['"', "double"],
  ["`", "name"],
  ["\u00b4", "name"],
]);
const DOLLAR_QUOTE = /\$(?:[_A-Z\xc0-\xdc][\p{L}\p{N}_]*)?\$/iuy;
const BEFORE_NO_DOLLAR = /[\p{L}\p{N}_"$]/u;

/** Tokens that run to a closing mark: quoted texts, comments between slashes, texts between dollar signs. */
class LongTokens {
  readonly #text: string;
  readonly #lastCommentEnd: number;
  #dollars: DollarQuotes | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#lastCommentEnd = text.lastIndexOf("*/");
  }

  /** The long token that starts at `start`, or undefined. */
  at(start: number): Token | undefined {
    const character = this.#text[start] ?? "";
    const quoted = QUOTED.get(character);
    if (quoted !== undefined) {
      const end = quotedEnd(this.#text, start, quoted === "single" || quoted === "double");
      return end < 0 ? undefined : { kind: quoted, start, end };
    }
    if (character === "/" && this.#text[start + 1] === "*" && this.#lastCommentEnd >= start + 2) {
      const hint = this.#text[start + 2] === "+" ? 1 : 0;
      const close = this.#text.indexOf("*/", start + 2 + hint);
      return close < 0 ? undefined : { kind: "comment", start, end: close + 2 };
    }
    return character === "$" ? this.#dollarQuoted(start) : undefined;
  }

  #dollarQuoted(start: number): Token | undefined {
    DOLLAR_QUOTE.lastIndex = start;
    const tag = DOLLAR_QUOTE.exec(this.#text)?.[0];
    if (tag === undefined || BEFORE_NO_DOLLAR.test(this.#text.slice(Math.max(0, start - 1), start))) return undefined;
    this.#dollars ??= new DollarQuotes(this.#text);
    const close = this.#dollars.next(tag, start + tag.length);
    return close < 0 ? undefined : { kind: "dollar", start, end: close + tag.length };
  }
}

/** Where each dollar quote stands: one walk over the text, however many of them are never closed. */
class DollarQuotes {
  /** Places of a quote, ascending, and how many of them are behind the reader. */
  readonly #quotes = new Map<string, { readonly places: number[]; passed: number }>();

  constructor(text: string) {
    for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", at + 1)) {
      DOLLAR_QUOTE.lastIndex = at;
      const quote = DOLLAR_QUOTE.exec(text)?.[0];
      if (quote === undefined) continue;
      const known = this.#quotes.get(quote);
      if (known === undefined) this.#quotes.set(quote, { places: [at], passed: 0 });
      else known.places.push(at);
    }
  }

  /** The first place of `quote` from `from` on, or -1. `from` must not go down. */
  next(quote: string, from: number): number {
    const found = this.#quotes.get(quote);
    if (found === undefined) return -1;
    while ((found.places[found.passed] ?? from) < from) found.passed += 1;
    return found.places[found.passed] ?? -1;
  }
}
