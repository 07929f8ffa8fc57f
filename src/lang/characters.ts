// Characters and quoted texts as MLflow's SQL tokenizer sees them; both modes read them alike.
// Called by lexer.ts, strict-tokens.ts and their readers. What must stay true: reading a quoted text is linear, unclosed ones included.

/** A run of the characters that Python's `\s` matches: more blanks than JavaScript's, but no byte order mark. */
export const BLANKS = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

/** The characters that Python's `\w` matches: letters and numbers of every script, and the underscore. */
export const WORD = "[\\p{L}\\p{N}_]";

/**
 * Where the quoted text that opens at `start` ends (exclusive), or -1 when it never does. A doubled quote stays inside,
 * and with `backslash` so does a quote after a backslash; yet when no other quote closes the text, the last one of
 * those that stayed inside does.
 */
export function quotedEnd(text: string, start: number, backslash: boolean): number {
  const quote = text[start];
  let spare = -1;
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === quote) {
      if (text[at + 1] !== quote) return at + 1;
      spare = at + 1;
      at += 1;
    } else if (backslash && character === "\\" && text[at + 1] === quote) {
      at += 1;
      spare = at + 1;
    }
  }
  return spare;
}

/** Quotes that word processors and phones put in the place of plain ones. */
const CURLY = /[\u2018-\u201f\u00ab\u00bb\u2039\u203a\u2032\u2033]/u;

/** A hint when the text holds curly quotes. */
export function curlyQuoteHint(text: string): string | undefined {
  return CURLY.test(text) ? "The filter holds a curly quote; put texts in plain quotes: 'text'." : undefined;
}

/** `text` without one pair of `quote` around it. */
export function withoutQuotes(text: string, quote: string): string {
  return text.length >= 2 && text.startsWith(quote) && text.endsWith(quote) ? text.slice(1, -1) : text;
}

/** Bytes of `text` in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes, so two bytes a surrogate; any other unit from 0x800 on is three.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
