// Rule use-zone-maps: what is known of a block as a whole, its least and greatest value and its nulls, decides for all of its
// rows where it can: the block is skipped, taken without a look, or added to a group at once. So do the bounds of its granules.
//
// before   filter traces.timestamp_ms >= 9           after   filter traces.timestamp_ms >= 9
//            scan traces                                       scan traces by zone map
// not for  limit 5                                   nothing is asked of a row
//            scan traces

import type { Plan } from "../plan/logical.ts";
import { withShortcut } from "../plan/visit.ts";
import type { Rule } from "./rule.ts";

/** Lets a scan decide by zone maps. */
export const useZoneMaps: Rule = {
  name: "use-zone-maps",
  doc: "skips or takes whole blocks by their least and greatest values",
  apply: (plan) => (asksOfRows(plan) ? withShortcut(plan, "zone-maps") : plan),
};

function asksOfRows(node: Plan): boolean {
  if (node.kind === "scan") return node.traces !== undefined;
  if (node.kind === "filter" || node.kind === "aggregate") return true;
  return (node.kind === "sort" && node.first !== undefined) || asksOfRows(node.input);
}
