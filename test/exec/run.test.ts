// What running a plan promises beside its rows: errors, limits, abortion, empty tables, nulls in every position.

import { describe, expect, test } from "vitest";
import { EngineError, type ErrorCode } from "../../src/base/errors.ts";
import { runPlan } from "../../src/exec/compile.ts";
import type { ColumnRef, Expr, Literal } from "../../src/plan/expr.ts";
import { AGGREGATES, type AggregateName, FUNCTIONS, type FunctionName } from "../../src/plan/functions.ts";
import type { Measure, Plan } from "../../src/plan/logical.ts";
import { runOracle } from "../oracle/plan-oracle.ts";
import { plainResult } from "../support/results.ts";
import { datasetOf, type Row } from "../support/tables.ts";

const column = (name: string, type: ColumnRef["type"] = "text"): ColumnRef => ({
  kind: "column",
  table: "traces",
  name,
  type,
});
const scan: Plan = { kind: "scan", table: "traces", shortcuts: ["dictionaries", "zone-maps"] };
const trace = (row: Row): Row => ({ trace_id: "t", timestamp_ms: 0, span_count: 0, ...row });

function aggregate(measures: readonly Measure[], keys: readonly Expr[] = [], input: Plan = scan): Plan {
  const named = keys.map((value, i) => ({ name: `k${i}`, value }));
  return { kind: "aggregate", input, keys: named, measures, nullKeys: "drop", emptyGroups: "drop" };
}

async function codeOf(run: Promise<unknown>): Promise<ErrorCode | "none"> {
  try {
    await run;
    return "none";
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}

describe("errors", () => {
  test("E_TOO_MANY_GROUPS past the limit, not at it", async () => {
    const dataset = datasetOf({ traces: ["a", "b", "c"].map((state) => trace({ state })) });
    const plan = aggregate([{ name: "n", fn: "count_rows" }], [column("state")]);
    expect(await codeOf(runPlan(plan, dataset, { maxGroups: 3 }))).toBe("none");
    expect(await codeOf(runPlan(plan, dataset, { maxGroups: 2 }))).toBe("E_TOO_MANY_GROUPS");
  });

  test("E_COLUMN_NOT_LOADED names the column", async () => {
    const full = datasetOf({ traces: [trace({})] });
    const dataset = { ...full, traces: { ...full.traces, columns: new Map() } };
    const run = runPlan(aggregate([{ name: "n", fn: "count", input: column("state") }]), dataset, { maxGroups: 2 });
    await expect(run).rejects.toThrow(/traces\.state/);
    expect(await codeOf(run)).toBe("E_COLUMN_NOT_LOADED");
  });

  test("E_FILTER_REGEX also over no rows", async () => {
    const predicate = {
      kind: "match",
      mode: "rlike",
      operand: column("state"),
      pattern: "(",
      escape: false,
      type: "bool",
    } as const;
    const run = runPlan({ kind: "filter", input: scan, predicate }, datasetOf({}), { maxGroups: 2 });
    expect(await codeOf(run)).toBe("E_FILTER_REGEX");
  });

  test("E_ABORTED when the signal has fired", async () => {
    const dataset = datasetOf({ traces: [trace({})] });
    const run = runPlan(scan, dataset, { maxGroups: 2, signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ code: "E_ABORTED", name: "AbortError" });
  });
});

describe("no rows", () => {
  const measures = (Object.keys(AGGREGATES) as AggregateName[]).map((fn): Measure => {
    if (fn === "count_rows") return { name: fn, fn };
    const input = fn === "count_distinct" ? column("session") : column("execution_duration_ms", "number");
    return fn === "percentile" ? { name: fn, fn, input, percentile: 50 } : { name: fn, fn, input };
  });
  const empty = Object.fromEntries(Object.entries(AGGREGATES).map(([name, entry]) => [name, entry.empty]));

  test("one group without keys, with the empty value of every aggregate", async () => {
    const result = await runPlan(aggregate(measures), datasetOf({}), { maxGroups: 1 });
    expect(plainResult(result)).toEqual({ kind: "grouped", groups: [empty] });
  });

  test("inputs that are all missing count as no rows", async () => {
    const dataset = datasetOf({ traces: [trace({}), trace({})] });
    const result = await runPlan(aggregate(measures), dataset, { maxGroups: 1 });
    expect(plainResult(result)).toEqual({ kind: "grouped", groups: [{ ...empty, count_rows: 2 }] });
  });

  test("no group with a key, and none whose measures are all missing", async () => {
    const keyed = await runPlan(aggregate(measures, [column("state")]), datasetOf({}), { maxGroups: 1 });
    expect(plainResult(keyed)).toEqual({ kind: "grouped", groups: [] });
    const sum: Measure = { name: "s", fn: "sum", input: column("execution_duration_ms", "number") };
    const dropped = await runPlan(aggregate([sum]), datasetOf({}), { maxGroups: 1 });
    expect(plainResult(dropped)).toEqual({ kind: "grouped", groups: [] });
  });

  test("no positions", async () => {
    expect(plainResult(await runPlan(scan, datasetOf({}), { maxGroups: 1 }))).toEqual({ kind: "rows", positions: [] });
  });
});

describe("nulls in every position of every function", () => {
  const sample: Record<string, Literal> = {
    number: { kind: "literal", value: 2, type: "number" },
    text: { kind: "literal", value: "2", type: "text" },
  };
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  const cases = names.flatMap((fn) => FUNCTIONS[fn].args.map((_, position): [FunctionName, number] => [fn, position]));

  test.each(cases)("%s, argument %i", async (fn, position) => {
    const { args, result, nulls } = FUNCTIONS[fn];
    const given = args.map((type): Expr => sample[type] ?? { kind: "literal", value: null, type });
    const missing = given.map(
      (arg, i): Expr => (i === position ? { kind: "literal", value: null, type: arg.type } : arg),
    );
    const dataset = datasetOf({ traces: [trace({})] });
    const present = async (values: readonly Expr[]) => {
      const input: Expr = { kind: "call", fn, args: values, type: result };
      const run = await runPlan(aggregate([{ name: "n", fn: "count", input }]), dataset, { maxGroups: 1 });
      return run.kind === "grouped" && run.columns[0]?.kind === "number" ? run.columns[0].values[0] : undefined;
    };
    expect(await present(given)).toBe(1);
    expect(await present(missing)).toBe(nulls === "strict" ? 0 : 1);
  });
});

describe("EXISTS", () => {
  const traces = ["s1", "s1", "s2", null, null].map((session) => trace({ session }));
  const passed = (scope: "trace" | "session"): Plan => ({
    kind: "filter",
    input: scan,
    predicate: {
      kind: "exists",
      table: "assessments",
      scope,
      predicate: {
        kind: "compare",
        op: "=",
        left: { kind: "column", table: "assessments", name: "value", type: "text" },
        right: { kind: "literal", value: "yes", type: "text" },
        type: "bool",
      },
      type: "bool",
    },
  });
  const found = async (assessments: readonly Row[], scope: "trace" | "session") => {
    const result = await runPlan(passed(scope), datasetOf({ traces, assessments }), { maxGroups: 1 });
    return result.kind === "rows" ? [...result.positions] : [];
  };
  const yes = (trace_row: number, session: string | null): Row => ({ trace_row, value: "yes", valid: true, session });

  test("finds the traces of matching rows", async () => {
    expect(await found([yes(1, null), { trace_row: 2, value: "no", valid: true }], "trace")).toEqual([1]);
    expect(await found([], "trace")).toEqual([]);
  });

  test("an assessment that carries a session covers the session of its trace", async () => {
    expect(await found([yes(1, "s1")], "session")).toEqual([0, 1]);
    expect(await found([yes(1, "other")], "session")).toEqual([0, 1]);
    expect(await found([yes(3, "s1")], "session")).toEqual([3]);
    expect(await found([yes(1, "s1")], "trace")).toEqual([1]);
  });

  test("one without a session covers its trace alone", async () => {
    expect(await found([yes(1, null)], "session")).toEqual([1]);
  });
});

describe("exact nanoseconds", () => {
  test("a literal next to a bound of the block is not rounded over it", async () => {
    const edge = 2n ** 60n;
    const spans = [edge - 1n, edge, edge + 1n].map((start_ns) => ({ trace_row: 0, start_ns, start_ms: 0 }));
    const dataset = datasetOf({ traces: [trace({})], spans });
    for (const op of ["<", "<=", ">", ">=", "=", "!="] as const) {
      for (let value = edge - 3n; value <= edge + 3n; value += 1n) {
        const left: Expr = { kind: "column", table: "spans", name: "start_ns", type: "int64" };
        const right: Expr = { kind: "literal", value, type: "int64" };
        const plan: Plan = {
          kind: "filter",
          input: { kind: "scan", table: "spans", shortcuts: ["dictionaries", "zone-maps"] },
          predicate: { kind: "compare", op, left, right, type: "bool" },
        };
        const rows = { traces: [trace({})], spans, assessments: [] };
        expect(plainResult(await runPlan(plan, dataset, { maxGroups: 1 })), `${op} ${value}`).toEqual(
          runOracle(plan, rows),
        );
      }
    }
  });
});

describe("keys", () => {
  test("-0 and 0 are one group, and null is one of its own when kept", async () => {
    const dataset = datasetOf({ traces: [0, -0, null, 5].map((total_tokens) => trace({ total_tokens })) });
    const plan = aggregate([{ name: "n", fn: "count_rows" }], [column("total_tokens", "number")]);
    const found = await runPlan({ ...plan, nullKeys: "keep" } as Plan, dataset, { maxGroups: 9 });
    expect(plainResult(found)).toStrictEqual({
      kind: "grouped",
      groups: [
        { k0: 0, n: 2 },
        { k0: null, n: 1 },
        { k0: 5, n: 1 },
      ],
    });
  });

  test("texts of mostly distinct values group by their bytes", async () => {
    const ids = ["x", "y", "x", "\ud800", "\ud800", "😀"];
    const dataset = datasetOf({ traces: ids.map((trace_id) => trace({ trace_id })) });
    const found = await runPlan(aggregate([{ name: "n", fn: "count_rows" }], [column("trace_id")]), dataset, {
      maxGroups: 9,
    });
    const groups = [
      { k0: "x", n: 2 },
      { k0: "y", n: 1 },
      { k0: "\ud800", n: 2 },
      { k0: "😀", n: 1 },
    ];
    expect(plainResult(found)).toEqual({ kind: "grouped", groups });
  });

  test("buckets that span more than codes can number", async () => {
    const dataset = datasetOf({ traces: [-9e15, 0, 9e15, 9e15].map((timestamp_ms) => trace({ timestamp_ms })) });
    const input: Plan = { kind: "bucket", input: scan, time: column("timestamp_ms", "number"), widthMs: 7, as: "b" };
    const plan: Plan = {
      kind: "aggregate",
      input,
      keys: [{ name: "b", value: "bucket" }],
      measures: [{ name: "n", fn: "count_rows" }],
      nullKeys: "drop",
      emptyGroups: "drop",
    };
    const found = plainResult(await runPlan(plan, dataset, { maxGroups: 9 }));
    expect(found.kind === "grouped" ? found.groups.map(({ n }) => n) : []).toEqual([1, 1, 2]);
  });
});
