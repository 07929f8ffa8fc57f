// Plans and profiles as text: exact, and free of what a terminal would obey.

import { expect, test } from "vitest";
import { explainPlan, explainProfiles, printExpr } from "../../src/plan/explain.ts";
import type { ColumnRef, Expr, Predicate } from "../../src/plan/expr.ts";
import type { Plan } from "../../src/plan/logical.ts";

const column = (name: string, type: ColumnRef["type"] = "text"): ColumnRef => ({
  kind: "column",
  table: "traces",
  name,
  type,
});
const text = (value: string): Expr => ({ kind: "literal", value, type: "text" });
const compare = (left: Expr, right: Expr): Predicate => ({ kind: "compare", op: "=", left, right, type: "bool" });

test("a whole plan", () => {
  const filtered: Plan = {
    kind: "filter",
    input: { kind: "scan", table: "traces", columns: ["state", "timestamp_ms"] },
    predicate: compare(column("state"), text("OK")),
  };
  const plan: Plan = {
    kind: "limit",
    count: 10,
    offset: 5,
    input: {
      kind: "sort",
      keys: [{ by: { output: "time_bucket" }, descending: true }],
      input: {
        kind: "aggregate",
        keys: [
          { name: "time_bucket", value: "bucket" },
          { name: "trace_name", value: column("trace_name") },
        ],
        measures: [
          { name: "COUNT", fn: "count_rows" },
          {
            name: "P95.0",
            fn: "percentile",
            input: column("execution_duration_ms", "number"),
            percentile: 95,
            method: "tdigest",
          },
        ],
        nullKeys: "keep",
        emptyGroups: "keep",
        input: {
          kind: "bucket",
          input: filtered,
          time: column("timestamp_ms", "number"),
          widthMs: 60_000,
          as: "time_bucket",
        },
      },
    },
  };
  expect(explainPlan(plan)).toBe(
    [
      "limit 10 offset 5",
      "  sort time_bucket DESC",
      "    aggregate COUNT = count_rows(), P95.0 = approximate percentile(traces.execution_duration_ms, 95) by time_bucket = bucket, trace_name = traces.trace_name, null keys kept, empty groups kept",
      "      bucket time_bucket = floor(traces.timestamp_ms to 60000 ms)",
      "        filter traces.state = 'OK'",
      "          scan traces [state, timestamp_ms]",
    ].join("\n"),
  );
});

test("predicates in the form of the filter language", () => {
  const state = column("state");
  const like: Predicate = { kind: "match", mode: "like", operand: state, pattern: "a\\%", escape: true, type: "bool" };
  const isNull: Predicate = { kind: "is-null", operand: state, type: "bool" };
  const cases: readonly [Expr, string][] = [
    [
      { kind: "and", operands: [like, { kind: "or", operands: [isNull, isNull], type: "bool" }], type: "bool" },
      "traces.state LIKE 'a\\%' ESCAPE '\\' AND (traces.state IS NULL OR traces.state IS NULL)",
    ],
    [{ kind: "not", operand: isNull, type: "bool" }, "traces.state IS NOT NULL"],
    [{ kind: "not", operand: { kind: "and", operands: [], type: "bool" }, type: "bool" }, "NOT (TRUE)"],
    [
      { kind: "in", operand: state, values: Array.from({ length: 15 }, (_, i) => i), type: "bool" },
      "traces.state IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, and 3 more)",
    ],
    [
      { kind: "exists", table: "spans", predicate: isNull, scope: "session", type: "bool" },
      "EXISTS spans in the session (traces.state IS NULL)",
    ],
    [{ kind: "truth", value: null, type: "bool" }, "UNKNOWN"],
    [{ kind: "key", table: "traces", family: "tag", key: "a b", type: "text" }, "traces.tag.`a b`"],
    [{ kind: "literal", value: null, type: "text" }, "NULL"],
    [
      {
        kind: "call",
        fn: "add",
        args: [column("x", "number"), { kind: "literal", value: 1n, type: "int64" }],
        type: "number",
      },
      "add(traces.x, 1)",
    ],
    [compare(isNull, isNull), "traces.state IS NULL = traces.state IS NULL"],
  ];
  for (const [expr, printed] of cases) expect(printExpr(expr)).toBe(printed);
});

test("hostile text is escaped and cut", () => {
  expect(printExpr(text("it's \u001b[31m\u202e\n"))).toBe("'it''s \\u{1b}[31m\\u{202e}\\u{a}'");
  expect(printExpr(text("x".repeat(1_000))).length).toBeLessThan(130);
});

test("profiles are aligned", () => {
  const profile = { operator: "scan traces", rowsIn: 1_000, rowsOut: 1_000, milliseconds: 1.234, note: "" };
  const last = { operator: "aggregate", rowsIn: 1_000, rowsOut: 9, milliseconds: 12.5, note: "direct addressing" };
  expect(explainProfiles([profile, last])).toBe(
    [
      "operator     rows in  rows out     ms  note",
      "scan traces     1000      1000   1.23",
      "aggregate       1000         9  12.50  direct addressing",
    ].join("\n"),
  );
});
