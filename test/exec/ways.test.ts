// An aggregate's way is chosen from statistics; whichever it is, the answer is the same, bit for bit and in the same order:
// by slots in WebAssembly, or by group ids. Also the errors, and what explain says of the choice.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { BLOCK_ROWS } from "../../src/columns/column.ts";
import type { Dataset } from "../../src/columns/table.ts";
import { type RunOptions, runPlan } from "../../src/exec/compile.ts";
import { optimize } from "../../src/optimize/index.ts";
import { explainPlan } from "../../src/plan/explain.ts";
import type { ColumnRef, Expr, Predicate } from "../../src/plan/expr.ts";
import type { Aggregate, Measure, Plan } from "../../src/plan/logical.ts";
import type { OperatorProfile } from "../../src/plan/result.ts";
import { arbitraryPlan } from "../support/arbitrary-plans.ts";
import { samples, settings } from "../support/many-queries.ts";
import { plainResult } from "../support/results.ts";
import { runs } from "../support/runs.ts";
import { datasetOf, type Row } from "../support/tables.ts";

const SLOTS = { memoryRows: 0 };
const GROUP_IDS = { memoryRows: Number.POSITIVE_INFINITY };
const SAMPLES = samples([0, 1, 3, 12, 40, 120]);

async function outcome(plan: Plan, dataset: Dataset, options: Partial<RunOptions>): Promise<unknown> {
  try {
    return plainResult(await runPlan(plan, dataset, { maxGroups: 10_000, ...options }));
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}

test("slots and group ids give the same answer, or the same error", async () => {
  const limits = fc.constantFrom(0, 1, 3, 10_000);
  await fc.assert(
    fc.asyncProperty(arbitraryPlan(), fc.constantFrom(...SAMPLES), limits, async (plan, { dataset }, maxGroups) => {
      for (const way of [plan, optimize(plan).plan]) {
        const wanted = await outcome(way, dataset, { ...GROUP_IDS, maxGroups });
        const found = await outcome(way, dataset, { ...SLOTS, maxGroups });
        if (!isDeepStrictEqual(found, wanted)) expect(found, explainPlan(way)).toStrictEqual(wanted);
      }
    }),
    settings(runs(250, 500)),
  );
});

const number = (name: string): ColumnRef => ({ kind: "column", table: "traces", name, type: "number" });
const text = (name: string): ColumnRef => ({ kind: "column", table: "traces", name, type: "text" });
const duration = number("execution_duration_ms");
const present = { kind: "not", operand: { kind: "is-null", operand: duration, type: "bool" }, type: "bool" } as const;

function aggregate(by: readonly Expr[], measures: readonly Measure[], input: Plan): Aggregate {
  const keys = by.map((value, i) => ({ name: `k${i}`, value }));
  return { kind: "aggregate", input, keys, measures, nullKeys: "drop", emptyGroups: "drop" };
}

const SCAN: Plan = { kind: "scan", table: "traces", shortcuts: ["dictionaries", "zone-maps"] };
const OF_DURATION: readonly Measure[] = [
  ...(["count", "sum", "avg", "min", "max"] as const).map((fn): Measure => ({ name: fn, fn, input: duration })),
  ...[0, 37.5, 99, 100].map(
    (percentile): Measure => ({ name: `p${percentile}`, fn: "percentile", input: duration, percentile }),
  ),
];

const DIGESTED: readonly Measure[] = [
  { name: "p", fn: "percentile", input: duration, percentile: 99, method: "tdigest" },
  { name: "count", fn: "count", input: duration },
  { name: "wide", fn: "digest_wide", input: duration },
  { name: "bytes", fn: "digest", input: duration },
];

describe("over many blocks", () => {
  // Past one part of sums, with a block of one state, one of nulls alone, and sums that rounding shows in.
  const rows = 17 * BLOCK_ROWS + 99;
  const dataset = datasetOf({
    traces: Array.from({ length: rows }, (_, i): Row => {
      const block = Math.floor(i / BLOCK_ROWS);
      const random = (Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24;
      return {
        state: block === 3 ? "OK" : block === 4 || random < 0.1 ? null : `s${Math.floor(random * 7)}`,
        execution_duration_ms: block === 5 || random > 0.8 ? null : random * 10 ** ((i % 21) - 7),
      };
    }),
  });

  test.each([
    ["one group", [], OF_DURATION, SCAN],
    ["by state", [text("state")], OF_DURATION, SCAN],
    ["sums alone by state", [text("state")], OF_DURATION.slice(0, 3), SCAN],
    ["of rows that have a number", [text("state")], OF_DURATION, { kind: "filter", input: SCAN, predicate: present }],
    ["beside rows", [text("state")], [{ name: "rows", fn: "count_rows" }, ...OF_DURATION], SCAN],
    ["digests", [], DIGESTED, SCAN],
    ["digests by state, and sums", [text("state")], [...DIGESTED, ...OF_DURATION.slice(0, 5)], SCAN],
  ] as const)("the same bits: %s", async (_, by, measures, input) => {
    const plan = aggregate(by, measures, input);
    expect(await outcome(plan, dataset, SLOTS)).toStrictEqual(await outcome(plan, dataset, GROUP_IDS));
  });
});

describe("by hour, where granules tell the hour of most rows", () => {
  // Nearly in order, so that hours meet within granules; the second block is in no order at all.
  const dataset = datasetOf({
    traces: Array.from({ length: BLOCK_ROWS + 9_000 }, (_, i): Row => {
      const random = (Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24;
      return {
        timestamp_ms: i < BLOCK_ROWS ? i * 300 + Math.floor(random * 40_000) : Math.floor(random * 9e7),
        state: random < 0.1 ? null : `s${i % 5}`,
        execution_duration_ms: random > 0.8 ? null : Math.floor(random * 1_000) / 8,
      };
    }),
  });
  const bucket = (input: Plan): Plan => ({
    kind: "bucket",
    input,
    time: number("timestamp_ms"),
    widthMs: 3_600_000,
    as: "hour",
  });
  const isState: Predicate = {
    kind: "compare",
    op: "=",
    left: text("state"),
    right: { kind: "literal", value: "s1", type: "text" },
    type: "bool",
  };

  test.each([
    ["of all rows", [], SCAN],
    ["by state", [text("state")], SCAN],
    ["of some rows", [text("state")], { kind: "filter", input: SCAN, predicate: isState }],
    ["of rows that have a number", [], { kind: "filter", input: SCAN, predicate: present }],
  ] as const)("the same bits: %s", async (_, by, input) => {
    const plan = aggregate(by, [{ name: "rows", fn: "count_rows" }, ...OF_DURATION], bucket(input));
    const keys = [{ name: "hour", value: "bucket" }, ...plan.keys] as const;
    const wanted = await outcome({ ...plan, keys }, dataset, GROUP_IDS);
    expect(await outcome({ ...plan, keys }, dataset, SLOTS)).toStrictEqual(wanted);
  });
});

test("whole numbers by group id: plain sums where zone maps show that they are exact", async () => {
  const state = (i: number): string | null => (i % 7 === 0 ? null : `s${i % 3}`);
  const texts: Measure = { name: "texts", fn: "count", input: text("trace_name") };
  const sums = (["count", "sum", "avg", "sum_error"] as const).map(
    (fn): Measure => ({ name: fn, fn, input: duration }),
  );
  const p50: Measure = { name: "p50", fn: "percentile", input: duration, percentile: 50 };
  const plan = aggregate([text("state")], [texts, ...sums, p50], SCAN);
  // Within 2^53, past it, and not whole.
  for (const step of [1, 2 ** 45, 0.5]) {
    const traces = Array.from({ length: 500 }, (_, i): Row => {
      const value = i % 5 === 0 ? null : ((i * 7_919) % 1_000) * step - 3;
      return { state: state(i), trace_name: "a", execution_duration_ms: value };
    });
    const dataset = datasetOf({ traces });
    const found = await outcome(plan, dataset, SLOTS);
    expect(found).toStrictEqual(await outcome(plan, dataset, GROUP_IDS));
    expect(found).toMatchObject({ groups: [{ texts: 143 }, { texts: 142 }, { texts: 143 }] });
  }
});

test("extremes of traces are those that rows have, not those that zone maps have", async () => {
  const traces = [3, 9, 1].map((value) => ({ execution_duration_ms: value }));
  const spans = [0, 0].map((row) => ({ trace_row: row, name: "a" }));
  const measures = (["min", "max"] as const).map((fn): Measure => ({ name: fn, fn, input: duration }));
  const plan = aggregate([], measures, { kind: "scan", table: "spans", shortcuts: ["dictionaries", "zone-maps"] });
  expect(await outcome(plan, datasetOf({ traces, spans }), SLOTS)).toEqual({
    kind: "grouped",
    groups: [{ min: 3, max: 3 }],
  });
});

test("a block of one text and of nulls has two groups", async () => {
  const dataset = datasetOf({ traces: ["a", null, "a"].map((state) => ({ state })) });
  const rows: Measure = { name: "rows", fn: "count_rows" };
  const plan: Plan = { ...aggregate([text("state")], [rows], SCAN), nullKeys: "keep" };
  for (const way of [SLOTS, GROUP_IDS]) {
    expect(await outcome(plan, dataset, way)).toMatchObject({ groups: [{ rows: 2 }, { rows: 1 }] });
  }
});

describe("comparisons with a number", () => {
  const values = [0, -0, 1, -1, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53, 0.1, null];
  const dataset = datasetOf({ traces: values.map((value) => ({ execution_duration_ms: value })) });
  const holds = {
    "=": (a: number, b: number) => a === b,
    "!=": (a: number, b: number) => a !== b,
    "<": (a: number, b: number) => a < b,
    "<=": (a: number, b: number) => a <= b,
    ">": (a: number, b: number) => a > b,
    ">=": (a: number, b: number) => a >= b,
  };

  test.each(Object.keys(holds) as (keyof typeof holds)[])("%s", async (op) => {
    for (const literal of values) {
      if (literal === null) continue;
      const right: Expr = { kind: "literal", value: literal, type: "number" };
      const predicate = { kind: "compare", op, left: duration, right, type: "bool" } as const;
      const plan: Plan = { kind: "filter", input: SCAN, predicate };
      const positions = values.flatMap((value, row) => (value !== null && holds[op](value, literal) ? [row] : []));
      for (const way of [SLOTS, GROUP_IDS]) {
        expect(await outcome(plan, dataset, way), `${op} ${literal}`).toEqual({ kind: "rows", positions });
      }
    }
  });
});

describe("the choice is shown", () => {
  const traces = ["a", "b", "a"].map((state, i) => ({ state, trace_id: `t${i}`, execution_duration_ms: i + 0.5 }));
  const dataset = datasetOf({ traces });
  const noteOf = async (node: Aggregate): Promise<string | undefined> => {
    const profiles: OperatorProfile[] = [];
    await runPlan(node, dataset, { maxGroups: 9, ...SLOTS, analyze: { now: () => 0, profiles } });
    return profiles.map(({ operator, note }) => `${operator}: ${note}`).join("\n");
  };

  test("slots, and a null test that the aggregate does on the way", async () => {
    const filter: Plan = { kind: "filter", input: SCAN, predicate: present };
    expect(await noteOf(aggregate([text("state")], OF_DURATION, filter))).toBe(
      "scan traces: \nfilter: IS NOT NULL is tested by the aggregate\naggregate: 3 slots, of at most 262144; exact percentiles by selection; compensated sums",
    );
  });

  test("why there are no slots", async () => {
    const digest: Measure = { name: "p", fn: "percentile", input: duration, percentile: 50, method: "tdigest" };
    const exact: Measure = { name: "q", fn: "percentile", input: duration, percentile: 50 };
    expect(await noteOf(aggregate([], [digest, exact], SCAN))).toMatch(/; no slots: percentiles of two kinds$/);
    const twice: Expr = { kind: "call", fn: "add", args: [duration, duration], type: "number" };
    const sum: Measure = { name: "sum", fn: "sum", input: twice };
    expect(await noteOf(aggregate([text("state")], [sum], SCAN))).toMatch(/; no slots: an input of unknown range$/);
    const count: Measure = { name: "count", fn: "count", input: text("state") };
    expect(await noteOf(aggregate([], [count], SCAN))).toMatch(/; no slots: counts of texts$/);
  });
});
