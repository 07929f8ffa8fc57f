// Guards for our own assumptions, for every layer.
// A failure here is a bug of tracemill (E_INTERNAL), never the user's fault: no input may reach it.

import { EngineError } from "./errors.ts";

/** Throws E_INTERNAL unless `condition` holds. For assumptions that user input cannot break. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new EngineError("E_INTERNAL", `invariant failed: ${what}`);
}

/** Ends a `switch` over a closed union: the compiler proves that no case is missing. */
export function unreachable(value: never): never {
  throw new EngineError("E_INTERNAL", `unreachable case: ${JSON.stringify(value)}`);
}
