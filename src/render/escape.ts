// Makes text from files safe to show on a terminal: control characters are written as visible escapes.
// Called for every table cell, error line, file name and warning that is printed; JSON has its own escapes.
// What must stay true: the result holds no character below U+0020 (escapeText keeps line feeds), no U+007F to U+009F,
// no bidirectional control, no line or paragraph separator and no lone surrogate; clean text comes back as it is.

// The line and paragraph separators and the lone surrogates are no escape codes, but break a line or the output's UTF-8.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const UNSAFE_PROBE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/;

const SHORT: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** `\n`, `\r`, `\t`, else `\u` and four hexadecimal digits. `unit`: one UTF-16 unit. */
export function visibleEscape(unit: string): string {
  return SHORT.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** `text` as one line that is safe on a terminal: line feeds too are written as `\n`. */
export function escapeLine(text: string): string {
  return UNSAFE_PROBE.test(text) ? text.replace(UNSAFE, visibleEscape) : text;
}

/** `text` safe on a terminal, with its line feeds kept. */
export function escapeText(text: string): string {
  return UNSAFE_PROBE.test(text) ? text.replace(UNSAFE, (unit) => (unit === "\n" ? "\n" : visibleEscape(unit))) : text;
}
