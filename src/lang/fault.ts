// Errors of the filter language: a code, a message, the place in the text, and a hint.
// Called by every file of lang/. What must stay true: each error carries the text and the place of the fault, for the caret.

import { EngineError, type ErrorCode } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { SourceSpan } from "../base/source-span.ts";
import { utf8Length } from "./characters.ts";

/** Codes of the filter language, and E_REQUEST for order_by. */
export type FilterCode = Extract<ErrorCode, `E_FILTER_${string}` | "E_REQUEST">;

/** What goes wrong where. */
export interface FaultPlace {
  readonly text: string;
  readonly span: SourceSpan;
  readonly hint?: string | undefined;
}

/** The error to throw. */
export function filterFault(code: FilterCode, message: string, place: FaultPlace): EngineError {
  const { text, span, hint } = place;
  return new EngineError(code, message, { source: { text, span }, ...(hint === undefined ? {} : { hint }) });
}

/** Most open parentheses and NOTs at one place of a filter. */
export const MAX_FILTER_DEPTH = 1_000;

/** What a filter may be at most; the defaults of base/limits.ts when absent. */
export interface FilterLimits {
  /** Bytes of the text. */
  readonly filterText?: number;
  /** Values of one list. */
  readonly inList?: number;
}

/** Throws E_FILTER_LIMIT for a text over the limit. */
export function checkTextLimit(text: string, limits: FilterLimits): void {
  const most = limits.filterText ?? LIMITS.filterText.default;
  if (text.length <= most && (text.length * 3 <= most || utf8Length(text) <= most)) return;
  const hint = `Give a shorter filter, or raise ${LIMITS.filterText.flag}.`;
  // The text itself is left out of the error: a caret in a mebibyte helps nobody.
  throw new EngineError("E_FILTER_LIMIT", `The filter is longer than ${most} bytes`, { hint });
}

/** Throws E_FILTER_LIMIT for a list over the limit. */
export function checkListLimit(count: number, limits: FilterLimits, place: FaultPlace): void {
  const most = limits.inList ?? LIMITS.inList.default;
  if (count > most) {
    throw filterFault("E_FILTER_LIMIT", `The list holds more than ${most} values`, {
      ...place,
      hint: `Use a shorter list, or raise ${LIMITS.inList.flag}.`,
    });
  }
}
