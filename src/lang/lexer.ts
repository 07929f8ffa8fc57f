// Text -> tokens of the extended language: words, quoted texts, numbers, comparators, brackets.
// Called by token-reader.ts. What must stay true: every character is in a token or a blank, a doubled quote stays inside a
// quoted text and a backslash means nothing there (unlike strict mode, as in SQL), and the time is linear in the text.

import type { SourceSpan } from "../base/source-span.ts";
import { BLANKS, curlyQuoteHint, quotedEnd, WORD } from "./characters.ts";
import { filterFault } from "./fault.ts";

/** Kinds of tokens. `quoted`: '…', "…" or `…`; `comparator`: any run of <>=!~. */
export type LexKind = "word" | "quoted" | "number" | "comparator" | "dot" | "comma" | "open" | "close" | "end";

/** A token: `[start, end)` of the text. */
export interface Lexeme extends SourceSpan {
  readonly kind: LexKind;
}

const GAP = new RegExp(`${BLANKS}+`, "uy");
const WORD_RUN = new RegExp(`${WORD}+`, "uy");
const COMPARATOR = /[<>=!~]+/y;
const NUMBER = /-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const SINGLE: ReadonlyMap<string, LexKind> = new Map<string, LexKind>([
  [".", "dot"],
  [",", "comma"],
  ["(", "open"],
  [")", "close"],
]);

/** Reads one token after the other. */
export class Lexer {
  readonly text: string;
  #at = 0;
  #last: Lexeme = { kind: "end", start: 0, end: -1 };

  constructor(text: string) {
    this.text = text;
  }

  /** The next token; `end` at the end. Throws E_FILTER_SYNTAX. */
  next(): Lexeme {
    this.#last = this.#read();
    return this.#last;
  }

  #read(): Lexeme {
    const { text } = this;
    this.#at += lengthAt(GAP, text, this.#at);
    const start = this.#at;
    const character = text[start];
    if (character === undefined) return { kind: "end", start, end: start };
    if (character === "'" || character === '"' || character === "`") return this.#quoted(character);
    const number = this.#inName(start, character) ? 0 : lengthAt(NUMBER, text, start);
    if (number > 0) return this.#number(start, number);
    const word = lengthAt(WORD_RUN, text, start);
    if (word > 0) return this.#take("word", word);
    const comparator = lengthAt(COMPARATOR, text, start);
    if (comparator > 0) return this.#take("comparator", comparator);
    const single = SINGLE.get(character);
    if (single !== undefined) return this.#take(single, 1);
    return this.#unexpected(start);
  }

  /** `tag.1` and `tag.x.5` hold no numbers: right after a dot stands a key, right after a name a dot. */
  #inName(start: number, character: string): boolean {
    const { kind, end } = this.#last;
    if (end !== start) return false;
    return kind === "dot" || (character === "." && (kind === "word" || kind === "quoted"));
  }

  #take(kind: LexKind, length: number): Lexeme {
    const start = this.#at;
    this.#at += length;
    return { kind, start, end: this.#at };
  }

  #quoted(quote: string): Lexeme {
    const start = this.#at;
    const end = quotedEnd(this.text, start, false);
    if (end < 0) {
      throw filterFault("E_FILTER_SYNTAX", `The quote ${quote} is never closed`, {
        text: this.text,
        span: { start, end: start + 1 },
        hint: quote === "`" ? undefined : `A quote inside a text is doubled: ${quote}it${quote}${quote}s${quote}.`,
      });
    }
    return this.#take("quoted", end - start);
  }

  #number(start: number, length: number): Lexeme {
    const stuck = lengthAt(WORD_RUN, this.text, start + length);
    if (stuck > 0 || this.text[start + length] === ".") {
      // `1a` may be the beginning of a name, but fields never begin with a digit.
      const span = { start, end: start + length + Math.max(1, stuck) };
      const written = this.text.slice(start, Math.min(span.end, start + 40));
      const hint = /^-?0x/i.test(written) ? "Write the number in decimal digits." : "Put texts in quotes.";
      throw filterFault("E_FILTER_SYNTAX", `${written} is no number`, { text: this.text, span, hint });
    }
    return this.#take("number", length);
  }

  #unexpected(start: number): never {
    const { text } = this;
    const point = String.fromCodePoint(text.codePointAt(start) ?? 0);
    const shown = /[\p{C}\p{Z}]/u.test(point)
      ? `character U+${(point.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
      : `'${point}'`;
    throw filterFault("E_FILTER_SYNTAX", `Unexpected ${shown}`, {
      text,
      span: { start, end: start + point.length },
      hint: HINTS.get(point) ?? curlyQuoteHint(point),
    });
  }
}

const HINTS: ReadonlyMap<string, string> = new Map([
  [";", "A filter is one expression; join comparisons with AND or OR."],
  ["&", "Write AND."],
  ["|", "Write OR."],
  ["-", "Put keys with a hyphen in backticks: tag.`my-key`."],
  ["/", "Put keys with a slash in backticks: tag.`a/b`."],
  [":", "Put keys with a colon in backticks: tag.`a:b`."],
  ["@", "Put keys with such a character in backticks: tag.`a@b`."],
  ["#", "A filter has no comments."],
]);

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}
