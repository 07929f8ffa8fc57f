// A half-open range in a text, and the caret drawing that error messages put under it.
// Called by the language, the front ends and the command line. Columns count code points from 1.

/** `[start, end)` in UTF-16 units of a text. */
export interface SourceSpan {
  readonly start: number;
  readonly end: number;
}

const MAX_WIDTH = 100;

/**
 * Two lines: the line of `text` that holds `span.start`, and carets under the span.
 * A long line is cut to a window around the span. Control characters are shown as blanks, so that columns stay aligned.
 */
export function drawCaret(text: string, span: SourceSpan): string {
  const lineStart = text.lastIndexOf("\n", Math.max(0, span.start - 1)) + 1;
  const nextBreak = text.indexOf("\n", lineStart);
  const lineEnd = nextBreak < 0 ? text.length : nextBreak;
  const start = Math.min(span.start, lineEnd);
  const from = Math.max(lineStart, start - MAX_WIDTH / 2);
  const to = Math.min(lineEnd, from + MAX_WIDTH);
  const shown = text
    .slice(from, to)
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, " ");
  const lead = [...text.slice(from, start)].length;
  const width = Math.max(1, [...text.slice(start, Math.min(span.end, to))].length);
  return `  ${shown}\n  ${" ".repeat(lead)}${"^".repeat(width)}`;
}

/** 1-based line and column (in code points) of a position in `text`. */
export function lineAndColumn(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}
