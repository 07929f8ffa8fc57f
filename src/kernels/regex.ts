// RLIKE: unanchored search of a regular expression in RE2's syntax, in linear time (R. Cox, "Regular Expression Matching
// in the Wild", 2010), by the package re2js on UTF-8 bytes.
// Called by text.ts, and by whoever must refuse a pattern early. What must stay true: no pattern and no text makes it
// exponential; a pattern that RE2 has not (look-around, back-references) is E_FILTER_REGEX. The package takes longer to load
// than all else of a start, and so is loaded with the first pattern.

import { createRequire } from "node:module";
import type { RE2JS } from "re2js";
import { EngineError } from "../base/errors.ts";

/** A compiled regular expression. */
export interface RegexPattern {
  /** Whether some part of `bytes[start, end)`, UTF-8, matches. */
  matches(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Most instructions of a compiled pattern; RE2JS itself refuses repetition counts above 1,000. */
const MAX_PROGRAM = 100_000;
/** Longest pattern, in UTF-16 units. */
const MAX_PATTERN = 65_536;

/** Compiles a pattern. `(?i)`, `(?s)` and `(?m)` are understood. Throws E_FILTER_REGEX. */
export function compileRegex(pattern: string): RegexPattern {
  if (pattern.length > MAX_PATTERN) {
    throw new EngineError("E_FILTER_REGEX", `regular expression of ${pattern.length} characters is too large`);
  }
  const compiled = compile(pattern);
  if (compiled.programSize() > MAX_PROGRAM) {
    throw new EngineError("E_FILTER_REGEX", "regular expression is too large when its repetitions are written out");
  }
  return {
    matches: (bytes, start, end) => compiled.test(bytes.subarray(start, end)),
  };
}

/** What is wrong with a pattern; `refused`: Python's `re` may know it, this engine does not, or it is too large. */
export interface PatternFault {
  readonly kind: "invalid" | "refused";
  readonly message: string;
}

/** Syntax that needs backtracking: look-around, back-references, atomic groups, possessive repetition, conditionals. */
const BACKTRACKING = /`(?:\(\?(?:[=!>(]|<[=!]|P[=>])|\\[1-9]|[*+?}]\+)/;

/** What is wrong with a pattern, or undefined. */
export function patternFault(pattern: string): PatternFault | undefined {
  try {
    compileRegex(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const isLarge = /too large|invalid repeat count/.test(error.message);
    const isBacktracking = BACKTRACKING.test(error.message);
    if (!isLarge && !isBacktracking) return { kind: "invalid", message: error.message };
    const message = isBacktracking
      ? `${error.message}; look-around and back-references need --regex js`
      : error.message;
    return { kind: "refused", message };
  }
}

let loaded: typeof import("re2js") | undefined;

function compile(pattern: string): RE2JS {
  loaded ??= createRequire(import.meta.url)("re2js") as typeof import("re2js");
  try {
    return loaded.RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error);
    throw new EngineError("E_FILTER_REGEX", `invalid regular expression: ${reason}`, { cause: error });
  }
}
