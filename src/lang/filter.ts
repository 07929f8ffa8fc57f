// The door of the filter language: text -> checked tree, in either mode.
// Called by the front ends. What must stay true: whatever the text, the answer is a tree or an EngineError with a filter
// code and, limits aside, a place in the text.

import type { Filter } from "./ast.ts";
import { checkFilter } from "./check.ts";
import { checkTextLimit, type FilterLimits } from "./fault.ts";
import { parseExtended } from "./parser.ts";
import { parseStrict } from "./strict.ts";

/** How to read a filter. */
export interface FilterOptions extends FilterLimits {
  /** MLflow's own language, refusals included. Default false: the extended one. */
  readonly strict?: boolean;
}

/**
 * Reads and checks a filter. An empty text is a filter that lets everything pass.
 * Throws E_FILTER_SYNTAX, E_FILTER_FIELD, E_FILTER_OP, E_FILTER_TYPE, E_FILTER_RANGE, E_FILTER_LIMIT.
 */
export function parseFilter(text: string, options: FilterOptions = {}): Filter {
  checkTextLimit(text, options);
  if (options.strict === true) return parseStrict(text, options);
  const filter = parseExtended(text, options);
  checkFilter(filter);
  return filter;
}
