// Two oracles that need no reference. Ternary logic partitioning (reliability G3): every row is in exactly one of p, NOT p
// and p unknown. NoREC (G4): p as a filter keeps as many rows as p as a projected column has true.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { TableName } from "../../src/columns/schema.ts";
import { runPlan } from "../../src/exec/compile.ts";
import { optimize } from "../../src/optimize/index.ts";
import { printExpr } from "../../src/plan/explain.ts";
import type { Predicate } from "../../src/plan/expr.ts";
import type { Measure, Plan } from "../../src/plan/logical.ts";
import { arbitraryRows, numberExpr, predicate } from "../support/arbitrary-plans.ts";
import { plainResult } from "../support/results.ts";
import { runs } from "../support/runs.ts";
import { datasetOf } from "../support/tables.ts";

const cases = fc.constantFrom<TableName[]>("traces", "spans", "assessments").chain((table) =>
  fc.record({
    table: fc.constant(table),
    rows: arbitraryRows(25),
    predicates: fc.array(predicate(table), { minLength: 1, maxLength: 8 }),
    input: numberExpr(table),
  }),
);

test("p, NOT p and p unknown part the rows, and their aggregates add up", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ table, rows, predicates, input }) => {
      const dataset = datasetOf(rows);
      const scan: Plan = { kind: "scan", table };
      const measures: Measure[] = [
        { name: "rows", fn: "count_rows" },
        { name: "inputs", fn: "count", input },
        { name: "min", fn: "min", input },
        { name: "max", fn: "max", input },
      ];
      const totals = async (plan: Plan) => {
        const cheap = optimize({
          kind: "aggregate",
          input: plan,
          keys: [],
          measures,
          nullKeys: "keep",
          emptyGroups: "keep",
        });
        const result = plainResult(await runPlan(cheap.plan, dataset, { maxGroups: 10 }));
        return result.kind === "grouped" ? (result.groups[0] ?? {}) : {};
      };
      const all = await totals(scan);
      for (const p of predicates) {
        const parts: Predicate[] = [
          p,
          { kind: "not", operand: p, type: "bool" },
          { kind: "is-null", operand: p, type: "bool" },
        ];
        const found: Record<string, unknown>[] = [];
        for (const part of parts) found.push(await totals({ kind: "filter", input: scan, predicate: part }));
        const sum = (name: string) => found.reduce((total, part) => total + Number(part[name]), 0);
        const present = (name: string) => found.flatMap((part) => (part[name] === null ? [] : [Number(part[name])]));
        expect(sum("rows"), printExpr(p)).toBe(all["rows"]);
        expect(sum("inputs")).toBe(all["inputs"]);
        if (all["min"] !== null) expect(Math.min(...present("min"))).toBe(all["min"]);
        if (all["max"] !== null) expect(Math.max(...present("max"))).toBe(all["max"]);
      }
    }),
    { numRuns: runs(50, 100) },
  );
});

test("a filter keeps as many rows as its predicate has true as a column", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ table, rows, predicates }) => {
      const dataset = datasetOf(rows);
      for (const p of predicates) {
        const filtered = await runPlan(
          optimize({ kind: "filter", input: { kind: "scan", table }, predicate: p }).plan,
          dataset,
          { maxGroups: 10 },
        );
        const projected = plainResult(
          await runPlan(
            {
              kind: "aggregate",
              input: { kind: "scan", table },
              keys: [{ name: "p", value: p }],
              measures: [{ name: "rows", fn: "count_rows" }],
              nullKeys: "keep",
              emptyGroups: "keep",
            },
            dataset,
            { maxGroups: 10 },
          ),
        );
        const groups = projected.kind === "grouped" ? projected.groups : [];
        const wanted = groups.find((group) => group["p"] === "true")?.["rows"] ?? 0;
        expect(filtered.kind === "rows" ? filtered.positions.length : -1, printExpr(p)).toBe(wanted);
      }
    }),
    { numRuns: runs(50, 100) },
  );
});
