// The logical plan: what to compute, in the order of the data's way. One plan for every front end and back end.
// Made by frontends/, rewritten by optimize/, shown by explain.ts, run by exec/. Plain readonly trees.

import type { TableName } from "../columns/schema.ts";
import type { Expr, Predicate } from "./expr.ts";
import type { AggregateName } from "./functions.ts";

/**
 * What may be decided without a look at each row. `dictionaries`: conditions on texts, once a distinct text; `zone-maps`:
 * whole blocks, by their least and greatest values and their nulls.
 */
export type Shortcut = "dictionaries" | "zone-maps";

/** All rows of a table, in load order. */
export interface Scan {
  readonly kind: "scan";
  readonly table: TableName;
  /** What the plan reads of the table, keyed columns as `tag.env`; filled by column pruning. */
  readonly columns?: readonly string[];
  /** Over traces: only rows whose owning trace satisfies it; evaluated once a trace. Filled by push-trace-predicates. */
  readonly traces?: Predicate;
  /** Filled by use-dictionaries and use-zone-maps; none: every row is looked at. */
  readonly shortcuts?: readonly Shortcut[];
}

/** Rows for which the predicate is true. */
export interface Filter {
  readonly kind: "filter";
  readonly input: Plan;
  readonly predicate: Predicate;
}

/** Adds a time bucket: floor(time / widthMs) * widthMs, aligned to 1970 UTC. Rows without a time are dropped. */
export interface Bucket {
  readonly kind: "bucket";
  readonly input: Plan;
  /** A number column in ms since 1970. */
  readonly time: Expr;
  readonly widthMs: number;
  readonly as: string;
}

/** A key to group by. A reference to the bucket is `{ bucket: true }`. */
export interface GroupKey {
  readonly name: string;
  readonly value: Expr | "bucket";
}

/** One aggregate of a group. */
export interface Measure {
  readonly name: string;
  readonly fn: AggregateName;
  /** Absent for count_rows. */
  readonly input?: Expr;
  /** In [0, 100]; percentile only. */
  readonly percentile?: number;
  /** percentile only; default exact. */
  readonly method?: "exact" | "tdigest";
}

/** One row a group. Without keys there is exactly one group, also over no rows. */
export interface Aggregate {
  readonly kind: "aggregate";
  readonly input: Plan;
  readonly keys: readonly GroupKey[];
  readonly measures: readonly Measure[];
  /** `drop`: rows with a null key vanish; `keep`: null is a key of its own. */
  readonly nullKeys: "drop" | "keep";
  /** `drop`: groups whose measures are all null vanish. */
  readonly emptyGroups: "drop" | "keep";
}

/** A key to sort by: an output column after `aggregate`, an expression before. Nulls come last either way. */
export interface SortKey {
  readonly by: Expr | { readonly output: string };
  readonly descending: boolean;
  /** Over traces: `by` is a column of assessments, taken of the trace's last one for which this is true; else null. */
  readonly ofLast?: Predicate;
}

/** Rows in order; equal keys keep their order. */
export interface Sort {
  readonly kind: "sort";
  readonly input: Plan;
  readonly keys: readonly SortKey[];
  /** Only so many rows from the start are wanted: the others are left out. Filled by top-n. */
  readonly first?: number;
}

/** Rows [offset, offset + count). */
export interface Limit {
  readonly kind: "limit";
  readonly input: Plan;
  readonly count: number;
  readonly offset: number;
}

/** A node of a plan. Without `aggregate` the result is row positions of the scanned table. */
export type Plan = Scan | Filter | Bucket | Aggregate | Sort | Limit;
