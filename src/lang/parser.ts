// The extended language: MLflow's clauses with OR, NOT, parentheses, BETWEEN, lists and null tests on every field.
// Called by filter.ts. Precedence climbing: OR binds weaker than AND, AND weaker than NOT, NOT weaker than a clause
// (V. R. Pratt, "Top Down Operator Precedence", 1973). What must stay true: syntax alone is judged here, fields and types
// in check.ts; nesting is counted, so that no text overflows the stack; print.ts prints every tree back.

import type { EngineError } from "../base/errors.ts";
import { shownText } from "../base/python-text.ts";
import type { SourceSpan } from "../base/source-span.ts";
import type { Clause, ClauseValue, Comparator, FieldName, Filter, FilterNode, ScalarValue } from "./ast.ts";
import { checkListLimit, type FilterLimits, filterFault, MAX_FILTER_DEPTH } from "./fault.ts";
import { readFieldName } from "./field-name.ts";
import { type Lexeme, TokenReader } from "./token-reader.ts";

/** Reads a filter. Throws E_FILTER_SYNTAX, E_FILTER_FIELD, E_FILTER_OP, E_FILTER_RANGE, E_FILTER_LIMIT. */
export function parseExtended(text: string, limits: FilterLimits): Filter {
  const parser = new Parser(text, limits);
  const root = parser.whole();
  return { text, mode: "extended", ...(root === undefined ? {} : { root }) };
}

const RESERVED: ReadonlySet<string> = new Set(["AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE", "ILIKE", "RLIKE"]);
const PATTERNS: ReadonlySet<string> = new Set(["LIKE", "ILIKE", "RLIKE"]);
const SYMBOLS: ReadonlyMap<string, Comparator> = new Map([
  ["=", "="],
  ["!=", "!="],
  ["<>", "!="],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
]);

class Parser {
  readonly #tokens: TokenReader;
  readonly #limits: FilterLimits;
  #depth = 0;

  constructor(text: string, limits: FilterLimits) {
    this.#tokens = new TokenReader(text);
    this.#limits = limits;
  }

  whole(): FilterNode | undefined {
    const { text, peek } = this.#tokens;
    if (peek.kind === "end") {
      if (text === "") return undefined;
      throw this.#fault(
        peek,
        `Invalid filter '${shownText(text)}'. Could not be parsed.`,
        "Leave the filter out to get all.",
      );
    }
    const node = this.#joined("or");
    const after = this.#tokens.peek;
    if (after.kind === "end") return node;
    throw this.#leftover(after);
  }

  /** `a OR b OR c`, or `a AND b AND c` one level below; a single operand stands for itself. */
  #joined(kind: "or" | "and"): FilterNode {
    const operand = (): FilterNode => (kind === "or" ? this.#joined("and") : this.#negatable());
    const first = operand();
    const operands = [first];
    while (this.#tokens.isWord(kind === "or" ? "OR" : "AND")) {
      this.#tokens.take();
      operands.push(operand());
    }
    const last = operands.at(-1) ?? first;
    return operands.length === 1 ? first : { kind, operands, span: { start: first.span.start, end: last.span.end } };
  }

  #negatable(): FilterNode {
    const { peek } = this.#tokens;
    const not = this.#tokens.isWord("NOT");
    if (!not && peek.kind !== "open") return this.#clause();
    this.#depth += 1;
    if (this.#depth > MAX_FILTER_DEPTH) {
      const message = `Parentheses and NOTs are nested deeper than ${MAX_FILTER_DEPTH}`;
      throw filterFault("E_FILTER_LIMIT", message, { text: this.#tokens.text, span: peek });
    }
    this.#tokens.take();
    const node = not ? this.#negated(peek) : this.#parenthesis(peek);
    this.#depth -= 1;
    return node;
  }

  #negated(not: Lexeme): FilterNode {
    const operand = this.#negatable();
    return { kind: "not", operand, span: { start: not.start, end: operand.span.end } };
  }

  #parenthesis(open: Lexeme): FilterNode {
    if (this.#tokens.peek.kind === "close") throw this.#fault(this.#tokens.peek, "The parentheses hold no comparison");
    const node = this.#joined("or");
    const close = this.#tokens.peek;
    if (close.kind === "end") throw this.#fault(open, "The parenthesis is never closed");
    if (close.kind !== "close") throw this.#leftover(close);
    this.#tokens.take();
    return { ...node, span: { start: open.start, end: close.end } };
  }

  #clause(): Clause {
    const field = this.#field();
    const { comparator, comparatorSpan } = this.#comparator();
    if (comparator === "IS NULL" || comparator === "IS NOT NULL") {
      const span = { start: field.span.start, end: comparatorSpan.end };
      return { kind: "clause", field, comparator, comparatorSpan, span };
    }
    const value = this.#value(comparator);
    const span = { start: field.span.start, end: value.span.end };
    return { kind: "clause", field, comparator, comparatorSpan, value, span };
  }

  #field(): FieldName {
    const { peek } = this.#tokens;
    const word = peek.kind === "word" ? this.#tokens.upper(peek) : "";
    if (word === "AND" || word === "OR") {
      throw this.#fault(peek, `A comparison is missing before ${word}`, `Remove the ${word}, or add the comparison.`);
    }
    if (RESERVED.has(word)) throw this.#fault(peek, `A field is missing before ${word}`);
    if (peek.kind === "word" || peek.kind === "quoted") return readFieldName(this.#tokens);
    if (peek.kind === "end") throw this.#fault(peek, "A comparison is missing at the end");
    if (peek.kind === "number")
      throw this.#fault(peek, "A field is expected here", "The field stands left of the comparator.");
    throw this.#fault(peek, "A field is expected here");
  }

  #comparator(): { comparator: Comparator; comparatorSpan: SourceSpan } {
    const first = this.#tokens.take();
    if (first.kind === "comparator") return { comparator: this.#symbol(first), comparatorSpan: spanOf(first) };
    const word = first.kind === "word" ? this.#tokens.upper(first) : "";
    if (word === "IS") return this.#nullTest(first);
    const negated = word === "NOT";
    const main = negated ? this.#tokens.take() : first;
    const name = main.kind === "word" ? this.#tokens.upper(main) : "";
    if (name === "IN" || name === "BETWEEN" || PATTERNS.has(name)) {
      const comparator = (negated ? `NOT ${name}` : name) as Comparator;
      return { comparator, comparatorSpan: { start: first.start, end: main.end } };
    }
    const hint = first.kind === "open" ? "The language has no functions." : undefined;
    throw this.#fault(main, "A comparator is expected here: = != < <= > >= LIKE ILIKE RLIKE IN BETWEEN IS NULL", hint);
  }

  #symbol(token: Lexeme): Comparator {
    const written = this.#tokens.written(token);
    const known = SYMBOLS.get(written);
    if (known !== undefined) return known;
    const hint = written === "==" ? "Write =." : "Write != for unequal, RLIKE for a regular expression.";
    const message = `Invalid comparator '${shownText(written)}' not one of = != <> < <= > >=`;
    throw filterFault("E_FILTER_OP", message, { text: this.#tokens.text, span: spanOf(token), hint });
  }

  #nullTest(is: Lexeme): { comparator: Comparator; comparatorSpan: SourceSpan } {
    const negated = this.#tokens.isWord("NOT");
    if (negated) this.#tokens.take();
    const last = this.#tokens.peek;
    if (!this.#tokens.isWord("NULL"))
      throw this.#fault(last, "NULL is expected after IS", "To compare with a value write =.");
    this.#tokens.take();
    return { comparator: negated ? "IS NOT NULL" : "IS NULL", comparatorSpan: { start: is.start, end: last.end } };
  }

  #value(comparator: Comparator): ClauseValue {
    if (comparator === "IN" || comparator === "NOT IN") return this.#list();
    const low = this.#scalar();
    if (comparator !== "BETWEEN" && comparator !== "NOT BETWEEN") return low;
    if (!this.#tokens.isWord("AND"))
      throw this.#fault(this.#tokens.peek, "AND and the upper end are expected after BETWEEN");
    this.#tokens.take();
    const high = this.#scalar();
    return { kind: "range", low, high, span: { start: low.span.start, end: high.span.end } };
  }

  #list(): ClauseValue {
    const open = this.#tokens.peek;
    if (open.kind !== "open") throw this.#fault(open, "A list in parentheses is expected after IN");
    this.#tokens.take();
    const items: ScalarValue[] = [];
    while (this.#tokens.peek.kind !== "close") {
      items.push(this.#scalar());
      checkListLimit(items.length, this.#limits, { text: this.#tokens.text, span: open });
      if (this.#tokens.peek.kind !== "comma") break;
      this.#tokens.take();
    }
    const close = this.#tokens.peek;
    if (close.kind !== "close") throw this.#fault(close, "A comma or the end of the list is expected here");
    this.#tokens.take();
    const span = { start: open.start, end: close.end };
    if (items.length === 0) {
      const message =
        "While parsing a list in the query, expected a non-empty list of string values, but got empty list";
      throw filterFault("E_FILTER_SYNTAX", message, { text: this.#tokens.text, span });
    }
    return { kind: "list", items, span };
  }

  #scalar(): ScalarValue {
    const value = this.#tokens.scalar();
    if (value !== undefined) return value;
    const { peek, text } = this.#tokens;
    if (peek.kind === "end") throw this.#fault({ ...peek, end: peek.end + 1 }, "A value is missing at the end");
    const hint =
      peek.kind === "word"
        ? `Put the text in quotes: '${text.slice(peek.start, Math.min(peek.end, peek.start + 40))}'.`
        : peek.kind === "quoted"
          ? "Backticks are for names; put texts in single or double quotes."
          : undefined;
    throw this.#fault(peek, "A quoted text or a number is expected here", hint);
  }

  #leftover(token: Lexeme): EngineError {
    if (token.kind === "close") return this.#fault(token, "The parenthesis was never opened");
    const starts = token.kind === "word" || token.kind === "quoted" || token.kind === "open";
    return this.#fault(token, "AND or OR is expected here", starts ? "Join comparisons with AND or OR." : undefined);
  }

  #fault(token: Lexeme, message: string, hint?: string): EngineError {
    return filterFault("E_FILTER_SYNTAX", message, { text: this.#tokens.text, span: spanOf(token), hint });
  }
}

function spanOf({ start, end }: SourceSpan): SourceSpan {
  return { start, end: Math.max(end, start + 1) };
}
