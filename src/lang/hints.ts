// Hints of the filter language: the nearest known field, and what a field of another grammar is called here.
// Called by strict-values.ts and check.ts when a field is refused.

import { nearest } from "../base/nearest.ts";

/** Longer keys are no slips of the hand. */
const MAX_KEY = 60;
const MOST_MEANT = 3;

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

/**
 * A hint for a field that no field of its own entity is near to. `names`: all fields as they are written, `span.type`.
 * A field of that name elsewhere comes first, then fields of which the word is a part, then the nearest of all; a word
 * like none of them is most likely a key.
 */
export function elsewhereHint(written: string, key: string, names: readonly string[]): string | undefined {
  if (key === "" || key.length > MAX_KEY) return undefined;
  const word = key.toLowerCase();
  const lastPart = (name: string) => name.slice(name.indexOf(".") + 1);
  const same = names.filter((name) => lastPart(name) === word);
  const longer = names.filter((name) => lastPart(name).startsWith(`${word}_`) || lastPart(name).endsWith(`_${word}`));
  const found = same.length > 0 ? same : longer.length > 0 ? longer : [nearest(written, names) ?? ""];
  const meant = found.filter((name) => name !== "").slice(0, MOST_MEANT);
  if (meant.length > 0) return `Did you mean ${meant.join(" or ")}?`;
  return /^\w+$/.test(written) ? `A tag is written tag.${key}, a key of the metadata metadata.${key}.` : undefined;
}

/** A hint for an entity that is none. */
export function entityHint(entity: string, known: readonly string[]): string | undefined {
  const near = nearest(entity, known);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}
