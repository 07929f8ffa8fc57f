// Many queries against few datasets: what the large property tests run on, for building a dataset costs as much as
// running hundreds of queries. Datasets come from SEED, so that one number repeats a failure.

import fc from "fast-check";
import type { TableName } from "../../src/columns/schema.ts";
import type { Dataset } from "../../src/columns/table.ts";
import { runPlan } from "../../src/exec/compile.ts";
import type { Expr, Predicate } from "../../src/plan/expr.ts";
import type { Plan } from "../../src/plan/logical.ts";
import type { OracleResult } from "../oracle/plan-oracle.ts";
import { arbitraryRows } from "./arbitrary-plans.ts";
import { plainResult } from "./results.ts";
import { SEED } from "./runs.ts";
import { datasetOf, type Rows } from "./tables.ts";

/** The tables that queries run over. */
export const TABLES: readonly TableName[] = ["traces", "spans", "assessments"];

/** Rows, and the same as columns. */
export interface Sample {
  readonly rows: Rows;
  readonly dataset: Dataset;
}

/** How many traces each sample has: none, one, and enough for groups and ties. */
const SIZES: readonly number[] = [0, 1, 4, 12, 25, 40, 60, 80, 100, 120];

/** A sample of each size (in traces), the same for a SEED. */
export function samples(sizes: readonly number[] = SIZES): readonly Sample[] {
  return sizes.map((size, i) => {
    const [rows] = fc.sample(arbitraryRows(size, size), { seed: SEED + i, numRuns: 1 });
    if (rows === undefined) throw new Error("no rows drawn");
    return { rows, dataset: datasetOf(rows) };
  });
}

/** How fast-check runs a property over `samples()`. */
export function settings(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  return { numRuns, seed: SEED };
}

/** The rows of a table for which a predicate is true. */
export function filtered(table: TableName, predicate: Predicate): Plan {
  return { kind: "filter", input: { kind: "scan", table }, predicate };
}

/** The three parts of a predicate: where it is true, where it is false, where it is unknown. */
export function partsOf(predicate: Predicate): readonly [Predicate, Predicate, Predicate] {
  return [
    predicate,
    { kind: "not", operand: predicate, type: "bool" },
    { kind: "is-null", operand: predicate, type: "bool" },
  ];
}

/** The positions that a plan without an aggregate gives. */
export async function positionsOf(plan: Plan, dataset: Dataset): Promise<Uint32Array> {
  const result = await runPlan(plan, dataset, { maxGroups: 10_000 });
  if (result.kind !== "rows") throw new Error("groups instead of rows");
  return result.positions;
}

/** The groups that a plan with an aggregate gives. */
export async function groupsOf(
  plan: Plan,
  dataset: Dataset,
): Promise<Extract<OracleResult, { kind: "grouped" }>["groups"]> {
  const result = plainResult(await runPlan(plan, dataset, { maxGroups: 10_000 }));
  if (result.kind !== "grouped") throw new Error("rows instead of groups");
  return result.groups;
}

/** `count` expressions drawn from SEED. */
export function drawn(expressions: fc.Arbitrary<Expr>, count: number): readonly Expr[] {
  return fc.sample(expressions, { seed: SEED, numRuns: count });
}
