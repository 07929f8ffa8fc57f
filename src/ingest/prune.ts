// What of a program a load needs: rules that lead to a wanted column or that every load must check.
// Called by compile-program.ts and walk-program.ts, so that the interpreter and the walker leave out the same.
// What must stay true: pruning never changes a column that is built, nor which records are accepted.

import type { TableName } from "../columns/schema.ts";
import type { TableBuilder } from "../columns/table-builder.ts";
import type { KeptName, Rule } from "./program.ts";

type Tables = { readonly [table in TableName]: TableBuilder };

/** What decides whether a rule survives. */
export interface Pruning {
  readonly tables: Tables;
  /** Numbers of spans that functions of the record ask for. */
  readonly kept: ReadonlySet<KeptName>;
}

/** Numbers of spans that functions of the record read, for the columns that are wanted. */
export function keptBy(rules: readonly Rule[], tables: Tables): ReadonlySet<KeptName> {
  const kept = new Set<KeptName>();
  for (const rule of rules) {
    if (rule.kind === "call") {
      const columns = rule.needsFor === undefined ? rule.writes : [rule.needsFor];
      const wanted = columns.some((column) => tables.traces.wants(column));
      if (wanted) for (const name of rule.needs ?? []) kept.add(name);
    } else if (rule.kind === "map") {
      for (const name of keptBy(rule.rules, tables)) kept.add(name);
    }
  }
  return kept;
}

/** The first keys of all paths of some rules. */
export function namedKeys(rules: readonly Rule[]): ReadonlySet<string> {
  const paths = rules.flatMap((rule) => {
    if (rule.kind === "rest") return [];
    return rule.kind === "call" ? rule.inputs.flat() : rule.from;
  });
  return new Set(paths.flatMap((path) => path.slice(0, 1)));
}

/** Whether anything that is wanted, or vital, comes of a rule. */
export function survives(rule: Rule, table: TableName, pruning: Pruning): boolean {
  const builder = pruning.tables[table];
  switch (rule.kind) {
    case "field":
      return (
        rule.vital === true ||
        builder.wants(rule.column) ||
        (rule.keep !== undefined && pruning.kept.has(rule.keep.name))
      );
    case "rest":
      return builder.keyed(rule.family) !== undefined;
    case "map":
      return builder.keyed(rule.family) !== undefined || rule.rules.some((inner) => survives(inner, table, pruning));
    case "json":
      return rule.rules.some((inner) => survives(inner, table, pruning));
    case "repeat":
      // The rows are counted even when no column of theirs is wanted.
      return true;
    case "call":
      return rule.vital === true || rule.writes.some((column) => builder.wants(column));
  }
}
