// Random plans over random rows: the engine gives what the row-by-row oracle gives, bit for bit.

import fc from "fast-check";
import { expect, test } from "vitest";
import { runPlan } from "../../src/exec/compile.ts";
import { explainPlan } from "../../src/plan/explain.ts";
import { runOracle } from "../oracle/plan-oracle.ts";
import { arbitraryPlan, arbitraryRows } from "../support/arbitrary-plans.ts";
import { plainResult } from "../support/results.ts";
import { runs } from "../support/runs.ts";
import { datasetOf } from "../support/tables.ts";

test("plans give the oracle's answer", async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryRows(40),
      fc.array(arbitraryPlan(), { minLength: 1, maxLength: 6 }),
      async (rows, plans) => {
        const dataset = datasetOf(rows);
        for (const plan of plans) {
          const result = await runPlan(plan, dataset, { maxGroups: 1_000 });
          expect(plainResult(result), explainPlan(plan)).toStrictEqual(runOracle(plan, rows));
        }
      },
    ),
    { numRuns: runs(100, 200) },
  );
});
