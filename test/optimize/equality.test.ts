// Any subset of the rules gives the same answer: all on, each off, only each on, all off.

import fc from "fast-check";
import { expect, test } from "vitest";
import { runPlan } from "../../src/exec/compile.ts";
import { optimize, RULES } from "../../src/optimize/index.ts";
import { explainPlan } from "../../src/plan/explain.ts";
import { arbitraryPlan, arbitraryRows } from "../support/arbitrary-plans.ts";
import { plainResult } from "../support/results.ts";
import { runs } from "../support/runs.ts";
import { datasetOf } from "../support/tables.ts";

const NAMES = RULES.map(({ name }) => name);
const SUBSETS: readonly (ReadonlySet<string> | "all")[] = [
  new Set<string>(),
  ...NAMES.map((name) => new Set([name])),
  ...NAMES.map((name) => new Set(NAMES.filter((other) => other !== name))),
];

test("every subset of rules gives the answer of none", async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryRows(20),
      fc.array(arbitraryPlan(), { minLength: 1, maxLength: 4 }),
      async (rows, plans) => {
        const dataset = datasetOf(rows);
        for (const plan of plans) {
          const expected = plainResult(await runPlan(plan, dataset, { maxGroups: 1_000 }));
          expect(optimize(plan, { disabled: "all" })).toEqual({ plan, fired: [] });
          for (const disabled of SUBSETS) {
            const cheap = optimize(plan, { disabled }).plan;
            const result = await runPlan(cheap, dataset, { maxGroups: 1_000 });
            expect(plainResult(result), `${explainPlan(plan)}\n->\n${explainPlan(cheap)}`).toStrictEqual(expected);
          }
        }
      },
    ),
    { numRuns: runs(20, 40) },
  );
});

test("rules have distinct names and a line of documentation", () => {
  expect(new Set(NAMES).size).toBe(NAMES.length);
  for (const { doc } of RULES) expect(doc).toMatch(/^[a-z].{10,100}$/);
});
