// Equal plans give equal answers, bit for bit: with every rule of the optimiser, without any, with each one alone and with
// each one left out. And a predicate means the same as a filter and as a column (M. Rigger and Z. Su, "Detecting
// Optimization Bugs in Database Engines via Non-Optimizing Reference Engine Construction", 2020).

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TableName } from "../../src/columns/schema.ts";
import { runPlan } from "../../src/exec/compile.ts";
import { optimize, RULES } from "../../src/optimize/index.ts";
import { explainPlan, printExpr } from "../../src/plan/explain.ts";
import type { Expr, Predicate } from "../../src/plan/expr.ts";
import type { Plan } from "../../src/plan/logical.ts";
import { arbitraryPage, arbitraryPlan, predicate, textExpr } from "../support/arbitrary-plans.ts";
import { filtered, groupsOf, samples, settings, TABLES } from "../support/many-queries.ts";
import { plainResult } from "../support/results.ts";
import { runs } from "../support/runs.ts";

const NAMES = RULES.map(({ name }) => name);
/** Rules for plans that read payload, of which these samples have none: the search cases run with each rule off. */
const OF_PAYLOAD: ReadonlySet<string> = new Set(["push-into-exists"]);
const SUBSETS: readonly ReadonlySet<string>[] = [
  new Set<string>(),
  ...NAMES.map((name) => new Set([name])),
  ...NAMES.map((name) => new Set(NAMES.filter((other) => other !== name))),
];

const plans = fc.oneof({ weight: 4, arbitrary: arbitraryPlan() }, { weight: 1, arbitrary: arbitraryPage() });
const SAMPLES = samples([0, 1, 5, 12, 25, 40, 60, 80]);

test("every subset of rules gives the answer of none", async () => {
  const fired = new Set<string>();
  await fc.assert(
    fc.asyncProperty(plans, fc.constantFrom(...SAMPLES), async (plan, { dataset }) => {
      const answer = async (way: Plan) => plainResult(await runPlan(way, dataset, { maxGroups: 10_000 }));
      const wanted = await answer(plan);
      for (const disabled of SUBSETS) {
        const cheap = optimize(plan, { disabled });
        for (const name of cheap.fired) fired.add(name);
        const found = cheap.plan === plan ? wanted : await answer(cheap.plan);
        if (!isDeepStrictEqual(found, wanted)) {
          expect(found, `${explainPlan(plan)}\n->\n${explainPlan(cheap.plan)}`).toStrictEqual(wanted);
        }
      }
    }),
    settings(runs(500, 1_000)),
  );
  expect([...fired].sort()).toEqual(NAMES.filter((name) => !OF_PAYLOAD.has(name)).sort());
});

interface Case {
  readonly table: TableName;
  readonly p: Predicate;
  readonly key: Expr;
}

const cases = fc.oneof(
  ...TABLES.map((table) => fc.record<Case>({ table: fc.constant(table), p: predicate(table), key: textExpr(table) })),
);

function counted(input: Plan, keys: readonly Expr[]): Plan {
  return {
    kind: "aggregate",
    input,
    keys: keys.map((value, i) => ({ name: `k${i}`, value })),
    measures: [{ name: "rows", fn: "count_rows" }],
    nullKeys: "keep",
    emptyGroups: "keep",
  };
}

test("a filter keeps in each group as many rows as its predicate has true as a column", async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.constantFrom(...SAMPLES), async ({ table, p, key }, { dataset }) => {
      const kept = await groupsOf(optimize(counted(filtered(table, p), [key])).plan, dataset);
      const projected = await groupsOf(counted({ kind: "scan", table }, [key, p]), dataset);
      const wanted = new Map(projected.filter(({ k1 }) => k1 === "true").map(({ k0, rows }) => [k0, rows]));
      const found = new Map(kept.map(({ k0, rows }) => [k0, rows]));
      if (!isDeepStrictEqual(found, wanted)) expect(found, printExpr(p)).toStrictEqual(wanted);
    }),
    settings(runs(500, 1_000)),
  );
});
