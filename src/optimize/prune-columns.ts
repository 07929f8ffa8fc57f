// Rule prune-columns: a scan names the columns that the plan reads; and requiredColumns, which the loader builds.
//
// before   aggregate n = count_rows() by traces.state     after   aggregate ...
//            scan traces                                            scan traces [state]
// not for  columns of other tables: they are read through trace_row or by `exists`, and requiredColumns lists them.

import type { Projection } from "../columns/projection.ts";
import type { TableName } from "../columns/schema.ts";
import type { Expr } from "../plan/expr.ts";
import type { Plan } from "../plan/logical.ts";
import { choicesOf, expressionsOf, type Reference, rewritePlan, rowTables, scanOf, walk } from "../plan/visit.ts";
import type { Rule } from "./rule.ts";

/** Names the columns that the plan reads of the scanned table. */
export const pruneColumns: Rule = {
  name: "prune-columns",
  doc: "reads only the columns that the plan names",
  apply(plan) {
    const { table, columns: before } = scanOf(plan);
    const columns = [...columnSets(plan)[table]].sort();
    const same = before?.length === columns.length && before.every((name, i) => name === columns[i]);
    return same ? plan : rewritePlan(plan, (node) => (node.kind === "scan" ? { ...node, columns } : node));
  },
};

/** The columns that running a plan reads, of every table; keyed ones as `tag.env`. */
export function requiredColumns(plan: Plan): Projection {
  return columnSets(plan);
}

type ColumnSets = { readonly [table in TableName]: Set<string> };

function columnSets(plan: Plan): ColumnSets {
  const sets: ColumnSets = { traces: new Set(), spans: new Set(), assessments: new Set() };
  const { table } = scanOf(plan);
  for (const expr of expressionsOf(plan)) collect(expr, table, sets);
  for (const choice of choicesOf(plan)) {
    sets.assessments.add("trace_row");
    collect(choice, "assessments", sets);
  }
  return sets;
}

/** Notes what an expression reads when it is evaluated on rows of `table`. */
function collect(expr: Expr, table: TableName, sets: ColumnSets): void {
  if (table !== "traces" && rowTables(expr).has("traces")) sets[table].add("trace_row");
  walk(expr, (node) => {
    if (node.kind === "column" || node.kind === "key" || node.kind === "payload") sets[node.table].add(nameOf(node));
    // The record of a payload is found by its trace.
    if (node.kind === "payload" && node.table !== "traces") sets[node.table].add("trace_row");
    if (node.kind !== "exists") return;
    sets[node.table].add("trace_row");
    if (node.scope !== "session") return;
    sets.traces.add("session");
    sets[node.table].add("session");
  });
}

function nameOf(reference: Reference): string {
  return reference.kind === "key" ? `${reference.family}.${reference.key}` : reference.name;
}
