// Tokens with one to look ahead, and the values that single tokens stand for: what filters and order_by share.
// Called by parser.ts, field-name.ts and order-by.ts. What must stay true: a quoted value loses its quotes, and two quotes
// inside it are one.

import type { ScalarValue } from "./ast.ts";
import { filterFault } from "./fault.ts";
import { type Lexeme, Lexer } from "./lexer.ts";

export type { Lexeme } from "./lexer.ts";

/** Reads the tokens of a text. */
export class TokenReader {
  readonly text: string;
  readonly #lexer: Lexer;
  #peek: Lexeme;

  constructor(text: string) {
    this.text = text;
    this.#lexer = new Lexer(text);
    this.#peek = this.#lexer.next();
  }

  /** The token to be taken next. */
  get peek(): Lexeme {
    return this.#peek;
  }

  /** Takes the token. Throws E_FILTER_SYNTAX when what follows is no token. */
  take(): Lexeme {
    const taken = this.#peek;
    if (taken.kind !== "end") this.#peek = this.#lexer.next();
    return taken;
  }

  /** The text of a token as written. */
  written(token: Lexeme): string {
    return this.text.slice(token.start, token.end);
  }

  /** The text of a word in upper case; empty for words too long to be a keyword. */
  upper(token: Lexeme): string {
    return token.end - token.start > 8 ? "" : this.written(token).toUpperCase();
  }

  /** Whether the next token is that keyword, in any case. */
  isWord(word: string): boolean {
    return this.#peek.kind === "word" && this.upper(this.#peek) === word;
  }

  /** Takes a value: a text in ' or ", a number, true or false; undefined, and nothing taken, when the token is none. */
  scalar(): ScalarValue | undefined {
    const { kind, start, end } = this.#peek;
    const span = { start, end };
    const quote = this.text[start] ?? "";
    if (kind === "quoted" && quote !== "`") {
      this.take();
      return { kind: "text", value: this.text.slice(start + 1, end - 1).replaceAll(quote + quote, quote), span };
    }
    if (kind === "number") {
      this.take();
      return this.#number(span);
    }
    if (!this.isWord("TRUE") && !this.isWord("FALSE")) return undefined;
    const value = this.isWord("TRUE");
    this.take();
    return { kind: "bool", value, span };
  }

  #number(span: { readonly start: number; readonly end: number }): ScalarValue {
    const written = this.text.slice(span.start, span.end);
    const value = Number(written);
    if (!Number.isFinite(value)) {
      throw filterFault("E_FILTER_RANGE", "The number is beyond what a 64-bit number holds", { text: this.text, span });
    }
    if (!/^-?[0-9]+$/.test(written)) return { kind: "float", value, span };
    return { kind: "integer", value: BigInt(written), span };
  }
}
