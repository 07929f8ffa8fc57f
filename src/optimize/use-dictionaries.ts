// Rule use-dictionaries: conditions on texts are answered once for each distinct text of a dictionary, and once for null; rows
// then look their codes up in the answers. Without it every row's text is compared by itself.
//
// before   filter traces.trace_name LIKE '%bot%'     after   filter traces.trace_name LIKE '%bot%'
//            scan traces                                       scan traces by dictionary
// not for  filter traces.state IS NULL AND traces.total_tokens > 5, and other plans that compare no text

import type { Expr } from "../plan/expr.ts";
import { choicesOf, expressionsOf, isPredicate, referencesOf, withShortcut } from "../plan/visit.ts";
import type { Rule } from "./rule.ts";

/** Lets a scan answer conditions by dictionary. */
export const useDictionaries: Rule = {
  name: "use-dictionaries",
  doc: "answers conditions on texts once a distinct text, not once a row",
  apply(plan) {
    const predicates = [...expressionsOf(plan).filter(isPredicate), ...choicesOf(plan)];
    return predicates.some(looksAtText) ? withShortcut(plan, "dictionaries") : plan;
  },
};

/** Payload has no dictionary: it is read from the file. */
function looksAtText(predicate: Expr): boolean {
  return referencesOf(predicate).some((reference) => reference.kind !== "payload" && reference.type === "text");
}
