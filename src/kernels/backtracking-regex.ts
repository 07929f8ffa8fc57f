// RLIKE by JavaScript's own regular expressions, for those who ask for look-around and back-references (`--regex js`) and
// accept that a pattern may take exponential time on some texts.
// Called by exec, and by whoever must refuse a pattern early. What must stay true: never chosen by itself: the linear
// engine of regex.ts is the default; texts that are no matches cost one string each.

import { EngineError } from "../base/errors.ts";
import { decodeText } from "../json/scalars.ts";
import type { PatternFault, RegexPattern } from "./regex.ts";

/** Flags at the front of a pattern, as Python and RE2 write them. */
const LEADING_FLAGS = /^\(\?([ims]+)\)/;
/** Python's names of groups and of references to them. */
const PYTHON_GROUP = /\(\?P<(?![=!])/g;
const PYTHON_REFERENCE = /\(\?P=([A-Za-z_]\w*)\)/g;

/**
 * Compiles a pattern, by code points where it allows it. `(?i)`, `(?m)` and `(?s)` in front and Python's `(?P<name>…)`
 * and `(?P=name)` are understood. Throws E_FILTER_REGEX.
 */
export function compileBacktracking(pattern: string): RegexPattern {
  const compiled = compile(pattern);
  return { matches: (bytes, start, end) => compiled.test(decodeText(bytes, start, end)) };
}

/** What is wrong with a pattern, or undefined. */
export function backtrackingFault(pattern: string): PatternFault | undefined {
  try {
    compile(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { kind: "invalid", message: error.message };
  }
}

function compile(pattern: string): RegExp {
  const flags = LEADING_FLAGS.exec(pattern)?.[1] ?? "";
  const body = pattern.replace(LEADING_FLAGS, "").replace(PYTHON_GROUP, "(?<").replace(PYTHON_REFERENCE, "\\k<$1>");
  const distinct = [...new Set(flags)].join("");
  try {
    // Without `u`, an escape that has no meaning (`\-`, `\_`) stands for its character, as in Python.
    return regExp(body, `${distinct}u`) ?? new RegExp(body, distinct);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error);
    throw new EngineError("E_FILTER_REGEX", `invalid regular expression: ${reason}`, { cause: error });
  }
}

function regExp(body: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(body, flags);
  } catch {
    return undefined;
  }
}
