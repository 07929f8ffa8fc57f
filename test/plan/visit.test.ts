// Walking and rewriting: what changes nothing gives the same object; requiredColumns; expressions as keys.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requiredColumns } from "../../src/optimize/prune-columns.ts";
import type { ColumnRef, Expr, Predicate } from "../../src/plan/expr.ts";
import type { Plan } from "../../src/plan/logical.ts";
import { exprKey, referencesOf, rewriteExpressions, rewritePlan, rowTables, scanOf } from "../../src/plan/visit.ts";
import { arbitraryPlan, predicate } from "../support/arbitrary-plans.ts";
import { runs } from "../support/runs.ts";

const column = (table: ColumnRef["table"], name: string): ColumnRef => ({ kind: "column", table, name, type: "text" });
const isNull = (operand: Expr): Predicate => ({ kind: "is-null", operand, type: "bool" });

describe("rewriting", () => {
  test("nothing to do gives the very same plan", () => {
    fc.assert(
      fc.property(arbitraryPlan(), (plan) => {
        expect(rewritePlan(plan, (node) => node)).toBe(plan);
        expect(rewriteExpressions(plan, {})).toBe(plan);
        expect(rewriteExpressions(plan, { expr: (e) => e, predicate: (p) => p })).toBe(plan);
      }),
      { numRuns: runs(300) },
    );
  });

  test("reaches every reference, those inside EXISTS too", () => {
    const renamed = (expr: Expr): Expr => (expr.kind === "column" ? { ...expr, name: "x" } : expr);
    fc.assert(
      fc.property(predicate("traces"), (p) => {
        const plan: Plan = { kind: "filter", input: { kind: "scan", table: "traces", traces: p }, predicate: p };
        const changed = rewriteExpressions(plan, { expr: renamed });
        const found = changed.kind === "filter" ? [changed.predicate, scanOf(changed).traces ?? changed.predicate] : [];
        for (const reference of found.flatMap(referencesOf)) {
          if (reference.kind === "column") expect(reference.name).toBe("x");
        }
        expect(found.flatMap(referencesOf)).toHaveLength(2 * referencesOf(p).length);
      }),
      { numRuns: runs(300) },
    );
  });
});

test("equal expressions have equal keys, and no others", () => {
  const literal = (value: number | bigint | string | null): Expr => ({ kind: "literal", value, type: "text" });
  const values = [0, -0, 1, 1n, "1", null, Number.NaN, Number.POSITIVE_INFINITY, "null"];
  expect(new Set(values.map((value) => exprKey(literal(value)))).size).toBe(values.length);
  expect(exprKey(literal("a"))).toBe(exprKey(literal("a")));
});

describe("tables", () => {
  const exists: Predicate = {
    kind: "exists",
    table: "spans",
    predicate: isNull(column("spans", "name")),
    scope: "trace",
    type: "bool",
  };

  test("an EXISTS looks at traces, a constant at none", () => {
    expect([...rowTables(exists)]).toEqual(["traces"]);
    expect([...rowTables({ kind: "truth", value: true, type: "bool" })]).toEqual([]);
    expect([...rowTables({ kind: "and", operands: [exists, isNull(column("spans", "type"))], type: "bool" })]).toEqual([
      "traces",
      "spans",
    ]);
  });

  test("required columns: lookups need trace_row, sessions both sides", () => {
    const filter = (table: Plan & { kind: "scan" }, p: Predicate): Plan => ({
      kind: "filter",
      input: table,
      predicate: p,
    });
    expect(requiredColumns(filter({ kind: "scan", table: "spans" }, isNull(column("traces", "state"))))).toEqual({
      traces: new Set(["state"]),
      spans: new Set(["trace_row"]),
      assessments: new Set(),
    });
    expect(requiredColumns(filter({ kind: "scan", table: "traces" }, exists))).toEqual({
      traces: new Set(),
      spans: new Set(["trace_row", "name"]),
      assessments: new Set(),
    });
    const session: Predicate = {
      ...exists,
      kind: "exists",
      table: "assessments",
      predicate: isNull(column("assessments", "value")),
      scope: "session",
      type: "bool",
    };
    expect(requiredColumns(filter({ kind: "scan", table: "traces" }, session))).toEqual({
      traces: new Set(["session"]),
      spans: new Set(),
      assessments: new Set(["trace_row", "session", "value"]),
    });
    const tag: Expr = { kind: "key", table: "traces", family: "tag", key: "a.b", type: "text" };
    expect(requiredColumns({ kind: "scan", table: "traces", traces: isNull(tag) }).traces).toEqual(
      new Set(["tag.a.b"]),
    );
  });
});
