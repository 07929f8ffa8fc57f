// Text that attacks a terminal, a table or a file: control codes, bidi controls, quotes, HTML, lone surrogates.
import fc from "fast-check";
import { anyText } from "./any-text.ts";

const NASTY = [
  "\u001b[31m",
  "\u001b]0;owned\u0007",
  "\u009b2J",
  "\u0000",
  "\r",
  "\n",
  "\t",
  "\u007f",
  "\u0085",
  "\u202e",
  "\u2066",
  "\u200f",
  "\u061c",
  "\u2028",
  "\ufeff",
  "\ud800",
  "\udc00",
  "=cmd|' /C calc'!A0",
  "+1",
  "-1",
  "@x",
  '"',
  ",",
  "|",
  "`",
  "*",
  "_",
  "[x](javascript:1)",
  "<script>",
  "&amp;",
  "\\",
  "…",
  "漢字",
  "👩‍👩‍👧",
  "e\u0301",
  "",
  " ",
  "__proto__",
];

/** Hostile pieces and random text of any kind, joined. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), anyText({ maxLength: 6 }), fc.string({ maxLength: 12 })), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

/** What may never reach a terminal within one line. */
export const UNSAFE_IN_LINE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** The same with line feeds allowed. */
export const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
