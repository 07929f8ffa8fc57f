// Pivoted query synthesis (M. Rigger and Z. Su, "Testing Database Engines via Pivoted Query Synthesis", 2020): a row is
// picked, a random predicate is turned into one that is true for it, by a reference that evaluates that row alone, and
// the engine must give the row back. Optimised and not.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { TableName } from "../../src/columns/schema.ts";
import { optimize } from "../../src/optimize/index.ts";
import { printExpr } from "../../src/plan/explain.ts";
import type { Predicate } from "../../src/plan/expr.ts";
import { truthOf } from "../oracle/predicate-oracle.ts";
import { predicate } from "../support/arbitrary-plans.ts";
import { filtered, partsOf, positionsOf, samples, settings, TABLES } from "../support/many-queries.ts";
import { runs } from "../support/runs.ts";

interface Case {
  readonly table: TableName;
  readonly p: Predicate;
  readonly sample: number;
  readonly pick: number;
}

// Small: the reference looks at every row of `exists`, and nested ones multiply.
const SAMPLES = samples([1, 3, 6, 10, 15, 20]);

const cases = fc.oneof(
  ...TABLES.map((table) =>
    fc.record<Case>({
      table: fc.constant(table),
      p: predicate(table),
      sample: fc.nat(SAMPLES.length - 1),
      pick: fc.nat(1_000),
    }),
  ),
);

test("a predicate that is true for a row finds the row", async () => {
  const truths = { true: 0, false: 0, null: 0 };
  await fc.assert(
    fc.asyncProperty(cases, async ({ table, p, sample: at, pick }) => {
      const sample = SAMPLES[at];
      const rows = sample?.rows[table] ?? [];
      const position = pick % rows.length;
      const row = rows[position];
      if (sample === undefined || row === undefined) throw new Error("no such row");
      const truth = truthOf(p, { table, position, row }, sample.rows);
      truths[`${truth}`] += 1;
      const [yes, no, unknown] = partsOf(p);
      const plan = filtered(table, truth === null ? unknown : truth ? yes : no);
      for (const way of [plan, optimize(plan).plan]) {
        const found = await positionsOf(way, sample.dataset);
        if (!found.includes(position))
          throw new Error(`row ${position} is ${truth} for ${printExpr(p)}, and not found`);
      }
    }),
    settings(runs(500, 1_000)),
  );
  // All three truths must come up, or the generator proves little.
  expect(Math.min(...Object.values(truths))).toBeGreaterThan(runs(500, 1_000) * 0.05);
});
