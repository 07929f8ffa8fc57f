// Filters as users write them, parsed, bound and planned, against DuckDB: the same bound expression, written as SQL on its
// own, over the same rows, with grouping, buckets, percentiles, order and limit above.

import type { DuckDBConnection } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runPlan } from "../../src/exec/compile.ts";
import { optimize } from "../../src/optimize/index.ts";
import { explainPlan } from "../../src/plan/explain.ts";
import type { OracleResult } from "../oracle/plan-oracle.ts";
import { boundPredicate } from "../support/arbitrary-filters.ts";
import { arbitraryPage, arbitraryPlan, predicate } from "../support/arbitrary-plans.ts";
import { DIFFERENCES, duckDbResult, loadRows, openDuckDb } from "../support/duckdb-plans.ts";
import { samples, settings } from "../support/many-queries.ts";
import { plainResult } from "../support/results.ts";
import { runs } from "../support/runs.ts";
import type { Cell } from "../support/tables.ts";

const SAMPLES = samples([0, 1, 5, 12, 25, 40, 60]);

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await openDuckDb();
  for (const [i, { rows }] of SAMPLES.entries()) await loadRows(connection, `s${i}`, rows);
});
afterAll(() => connection.closeSync());

const plans = fc.oneof(
  { weight: 3, arbitrary: arbitraryPlan(boundPredicate) },
  { weight: 1, arbitrary: arbitraryPlan(predicate) },
  { weight: 1, arbitrary: arbitraryPage(boundPredicate) },
);

test("filters, groups, buckets, percentiles, order and limit are DuckDB's", async () => {
  let full = 0;
  let tops = 0;
  await fc.assert(
    fc.asyncProperty(plans, fc.nat(SAMPLES.length - 1), async (plan, at) => {
      const sample = SAMPLES[at];
      if (sample === undefined) throw new Error("no such sample");
      const wanted = await duckDbResult(plan, { connection, schema: `s${at}`, rows: sample.rows });
      const cheap = optimize(plan);
      const found = plainResult(await runPlan(cheap.plan, sample.dataset, { maxGroups: 10_000 }));
      if (cheap.fired.includes("top-n") && sizeOf(wanted) > 0) tops += 1;
      if (sizeOf(wanted) > 0) full += 1;
      if (!agree(found, wanted)) expect(found, explainPlan(plan)).toStrictEqual(wanted);
    }),
    settings(runs(250, 500)),
  );
  // Empty answers prove little.
  expect(full).toBeGreaterThan(runs(250, 500) * 0.3);
  expect(tops).toBeGreaterThan(runs(250, 500) * 0.05);
});

test("few differences are allowed for", () => {
  expect(DIFFERENCES.size).toBeLessThanOrEqual(15);
});

function sizeOf(result: OracleResult): number {
  return result.kind === "rows" ? result.positions.length : result.groups.length;
}

function agree(a: OracleResult, b: OracleResult): boolean {
  if (sizeOf(a) !== sizeOf(b)) return false;
  if (a.kind === "rows") return b.kind === "rows" && a.positions.every((position, i) => position === b.positions[i]);
  if (b.kind === "rows") return false;
  return a.groups.every((group, i) => {
    const other = b.groups[i] ?? {};
    const names = Object.keys(group);
    return names.length === Object.keys(other).length && names.every((name) => same(group[name], other[name]));
  });
}

function same(a: Cell | undefined, b: Cell | undefined): boolean {
  if (typeof a !== "number" || typeof b !== "number") return a === b;
  // D1
  return a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}
