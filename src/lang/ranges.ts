// Numbers beyond what is compared exactly: whole ones beyond int64 are refused in both modes, never rounded in silence.
// Called by strict.ts and check.ts.

import type { ClauseValue } from "./ast.ts";
import { filterFault } from "./fault.ts";

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** Throws E_FILTER_RANGE for a whole number beyond int64, inside lists and ranges too. */
export function checkIntegerRange(value: ClauseValue, text: string): void {
  if (value.kind === "list") for (const item of value.items) checkIntegerRange(item, text);
  if (value.kind === "range") {
    checkIntegerRange(value.low, text);
    checkIntegerRange(value.high, text);
  }
  if (value.kind !== "integer" || (value.value >= LEAST && value.value <= MOST)) return;
  const message = `A whole number must be from ${LEAST} to ${MOST}`;
  throw filterFault("E_FILTER_RANGE", message, { text, span: value.span });
}
