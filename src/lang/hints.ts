// Hints of the filter language: the nearest known field, and what a field of another grammar is called here.
// Called by strict-values.ts and check.ts when a field is refused.

import { nearest } from "../base/nearest.ts";

/**
 * One sentence for a refused field, or undefined. `entity`: the word before the first dot, if there is one; `known`: keys
 * that would have been accepted.
 */
export function fieldHint(entity: string | undefined, key: string, known: readonly string[]): string | undefined {
  if (entity === "trace" || entity === "attribute" || entity === "attributes") {
    const family = /^(tag|metadata)s?\.(.+)$/.exec(key);
    if (family !== null) {
      return `This looks like a filter of trace metrics; trace search names it ${family[1]}.${family[2]?.slice(0, 100)}.`;
    }
  }
  if (entity === "assessment" || entity === "assessments") {
    return "An assessment is named by its type: feedback.<name> or expectation.<name>.";
  }
  const near = nearest(key, known);
  if (near !== undefined && near !== key) {
    return `Did you mean ${entity === undefined || entity === "attribute" ? "" : `${entity}.`}${near}?`;
  }
  return undefined;
}

/** A hint for an entity that is none. */
export function entityHint(entity: string, known: readonly string[]): string | undefined {
  const near = nearest(entity, known);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}
