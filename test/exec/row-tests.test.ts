// Conditions on codes and flags, and null tests, that an aggregate by slots makes on the way, a bit a row: over several blocks
// the answer is that of group ids, which the filter narrows first, bit for bit and in the same order. Also what explain says.

import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { BLOCK_ROWS } from "../../src/columns/column.ts";
import { TableBuilder } from "../../src/columns/table-builder.ts";
import { type RunOptions, runPlan } from "../../src/exec/compile.ts";
import type { ColumnRef, Expr, Predicate } from "../../src/plan/expr.ts";
import type { Aggregate, Measure, Plan, Scan } from "../../src/plan/logical.ts";
import type { OperatorProfile } from "../../src/plan/result.ts";
import { plainResult } from "../support/results.ts";
import { datasetOf, type Row } from "../support/tables.ts";

const SLOTS = { memoryRows: 0 };
const GROUP_IDS = { memoryRows: Number.POSITIVE_INFINITY };
const ROWS = 3 * BLOCK_ROWS + 99;
const TRACES = 1_000;
const HOUR_MS = 3_600_000;

const ref = (table: ColumnRef["table"], name: string, type: ColumnRef["type"]): ColumnRef => ({
  kind: "column",
  table,
  name,
  type,
});
const own = (name: string, type: ColumnRef["type"] = "text"): ColumnRef => ref("assessments", name, type);
const [name, type, score] = [own("name"), own("type"), own("numeric_value", "number")];
const time = ref("traces", "timestamp_ms", "number");

// Block 1 has one name, no numbers and no invalid row; names of block 2 are new, and some are null.
const dataset = datasetOf({
  traces: Array.from({ length: TRACES }, (_, i) => ({ timestamp_ms: i * 40_000, state: i % 3 === 0 ? "OK" : "ERROR" })),
  assessments: Array.from({ length: ROWS }, (_, i): Row => {
    const block = Math.floor(i / BLOCK_ROWS);
    const random = (Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24;
    const digit = Math.floor(random * 1e5) % 10;
    const letters = block === 0 ? "abcde" : block === 1 ? "a" : "ghaxy";
    return {
      trace_row: Math.floor((i / ROWS) * TRACES),
      name: block === 2 && digit === 0 ? null : (letters[Math.floor(random * letters.length)] ?? null),
      type: i % 511 === 7 ? "rare" : digit < 8 ? "feedback" : "expectation",
      value: `v${Math.floor(random * 40)}`,
      numeric_value: block === 1 || digit > 6 ? null : random * 10 ** ((i % 15) - 7),
      valid: block === 1 || digit !== 3,
    };
  }),
});

const is = (operand: Expr, ...values: readonly string[]): Predicate => ({ kind: "in", operand, values, type: "bool" });
const valid: Predicate = {
  kind: "compare",
  op: "=",
  left: own("valid", "bool"),
  right: { kind: "literal", value: true, type: "bool" },
  type: "bool",
};
const compare = (left: Expr, op: "<" | ">=", value: number): Predicate => {
  return { kind: "compare", op, left, right: { kind: "literal", value, type: "number" }, type: "bool" };
};
const present: Predicate = { kind: "not", operand: { kind: "is-null", operand: score, type: "bool" }, type: "bool" };
const FILTERS: readonly (readonly Predicate[])[] = [
  [present],
  [valid],
  [valid, is(type, "feedback"), present],
  [is(name, "a"), present],
  [valid, is(name, "a", "d", "x")],
  [is(type, "rare"), present],
  [is(type, "rare"), is(name, "b")],
  [compare(score, "<", 1), valid],
  [compare(time, ">=", 9 * HOUR_MS), compare(score, ">=", 1e3), is(name, "a", "b", "g")],
];
const KEYS: readonly { readonly by: readonly Expr[]; readonly isHourly?: boolean }[] = [
  { by: [] },
  { by: [name] },
  { by: [own("value")] },
  { by: [name, type] },
  { by: [ref("traces", "state", "text")] },
  { by: [], isHourly: true },
  { by: [name], isHourly: true },
];
const of = (fn: Measure["fn"], input: Expr = score): Measure => ({ name: fn, fn, input });
const MEASURES: readonly (readonly Measure[])[] = [
  [{ name: "rows", fn: "count_rows" }],
  [of("sum"), of("avg"), of("count")],
  [of("avg"), of("min"), of("max"), { ...of("percentile"), percentile: 37.5 }],
  [{ name: "rows", fn: "count_rows" }, of("sum"), of("count_distinct", own("value"))],
];

type Shortcuts = NonNullable<Scan["shortcuts"]>;
const ALL: Shortcuts = ["dictionaries", "zone-maps"];

function planOf(
  filter: readonly Predicate[],
  { by, isHourly = false, shortcuts = ALL }: (typeof KEYS)[number] & { readonly shortcuts?: Shortcuts },
  { measures, nullKeys }: Pick<Aggregate, "measures" | "nullKeys">,
): Aggregate {
  const scan: Plan = { kind: "scan", table: "assessments", shortcuts };
  const filtered: Plan = { kind: "filter", input: scan, predicate: { kind: "and", operands: filter, type: "bool" } };
  const input: Plan = isHourly ? { kind: "bucket", input: filtered, time, widthMs: HOUR_MS, as: "hour" } : filtered;
  const keys = by.map((value, i): Aggregate["keys"][number] => ({ name: `k${i}`, value }));
  const all: Aggregate["keys"] = isHourly ? [{ name: "hour", value: "bucket" }, ...keys] : keys;
  return { kind: "aggregate", input, keys: all, measures, nullKeys, emptyGroups: "keep" };
}

async function outcome(plan: Plan, options: Partial<RunOptions>): Promise<unknown> {
  return plainResult(await runPlan(plan, dataset, { maxGroups: 10_000, ...options }));
}

describe.each(FILTERS.map((filter, at) => [at, filter] as const))("rows that pass filter %i", (at, filter) => {
  test.each(KEYS.map((key, i) => [i, key] as const))("give the same groups by keys %i", async (i, key) => {
    for (const [m, measures] of MEASURES.entries()) {
      const asked = { measures, nullKeys: (at + i + m) % 2 === 0 ? "drop" : "keep" } as const;
      const wanted = await outcome(planOf(filter, key, asked), GROUP_IDS);
      for (const shortcuts of [ALL, ["dictionaries"]] satisfies readonly Shortcuts[]) {
        const found = await outcome(planOf(filter, { ...key, shortcuts }, asked), SLOTS);
        if (!isDeepStrictEqual(found, wanted)) expect(found).toStrictEqual(wanted);
      }
    }
  });
});

test("rows are counted as if the filter had dropped them, whoever tests", async () => {
  const counted = async (plan: Plan, options: Partial<RunOptions>): Promise<unknown> => {
    const profiles: OperatorProfile[] = [];
    await runPlan(plan, dataset, { maxGroups: 9_999, ...options, analyze: { now: () => 0, profiles } });
    return profiles.map(({ rowsIn, rowsOut }) => [rowsIn, rowsOut]);
  };
  for (const key of KEYS) {
    for (const measures of MEASURES) {
      const plan = planOf([valid, is(type, "feedback")], key, { measures, nullKeys: "keep" });
      expect(await counted(plan, SLOTS)).toEqual(await counted(plan, GROUP_IDS));
    }
  }
});

test("explain says which conditions the aggregate tests, and where it counts by sets", async () => {
  const noted = async (plan: Plan): Promise<readonly (string | undefined)[]> => {
    const profiles: OperatorProfile[] = [];
    await runPlan(plan, dataset, { maxGroups: 9_999, ...SLOTS, analyze: { now: () => 0, profiles } });
    return profiles.slice(1).map(({ note }) => note);
  };
  const sums = { measures: [of("sum")], nullKeys: "drop" } as const;
  expect(await noted(planOf([valid, is(type, "feedback"), present], { by: [name] }, sums))).toEqual([
    "IS NOT NULL is tested by the aggregate; 2 of 2 conditions are tested by the aggregate",
    "10 slots, of at most 262144; compensated sums; where k0 alone varies in a block, a set of rows a value",
  ]);
  expect(
    await noted(planOf([valid, compare(time, "<", 1)], { by: [own("value")] }, { ...sums, measures: [of("max")] })),
  ).toEqual(["1 of 2 conditions are tested by the aggregate", "41 slots, of at most 262144"]);
  // What a sum over traces would read is looked up a row: only for the rows that are wanted.
  expect(await noted(planOf([valid], { by: [name] }, { ...sums, measures: [of("sum", time)] }))).toEqual([
    "",
    expect.stringContaining("slots"),
  ]);
});

test("spans of a block whose traces are of two: all of one qualify, some of the other", async () => {
  const traces = Array.from({ length: BLOCK_ROWS + 500 }, (_, i) => ({ timestamp_ms: i }));
  const spans = Array.from({ length: 1_000 }, (_, i) => ({ trace_row: BLOCK_ROWS - 500 + i, name: "a" }));
  const ofTwo = datasetOf({ traces, spans });
  const rowsOf = async (predicate: Predicate, options: Partial<RunOptions>): Promise<unknown> => {
    const input: Plan = { kind: "scan", table: "spans", traces: predicate, shortcuts: ALL };
    const measures: readonly Measure[] = [{ name: "rows", fn: "count_rows" }];
    const plan: Plan = { kind: "aggregate", input, keys: [], measures, nullKeys: "drop", emptyGroups: "keep" };
    return plainResult(await runPlan(plan, ofTwo, { maxGroups: 9, ...options }));
  };
  for (const way of [SLOTS, GROUP_IDS]) {
    expect(await rowsOf(compare(time, ">=", BLOCK_ROWS - 300), way)).toEqual({
      kind: "grouped",
      groups: [{ rows: 800 }],
    });
    expect(await rowsOf(compare(time, "<", BLOCK_ROWS + 200), way)).toEqual({
      kind: "grouped",
      groups: [{ rows: 700 }],
    });
    expect(await rowsOf(compare(time, "<", BLOCK_ROWS), way)).toEqual({ kind: "grouped", groups: [{ rows: 500 }] });
  }
});

test("sums over sets end with their part: blocks of eight", async () => {
  const table = new TableBuilder("assessments", { wanted: "all", maxColumns: 1 });
  // In one sum, or in another order, the 1 would be lost.
  const values = new Map([
    [0, 1e200],
    [1, 1e100],
    [8 * BLOCK_ROWS, 1],
    [8 * BLOCK_ROWS + 1, -1e100],
    [16 * BLOCK_ROWS, -1e200],
  ]);
  for (const [row, value] of values) {
    table.float64("numeric_value")?.set(row, value);
    table.dictionary("name")?.setText(row, "a");
  }
  table.rows = 16 * BLOCK_ROWS + 2;
  const measures = [of("sum"), of("count")];
  const ofParts = { ...datasetOf({}), assessments: table.seal() };
  for (const nullKeys of ["drop", "keep"] as const) {
    const scan: Plan = { kind: "scan", table: "assessments", shortcuts: ALL };
    const keys: Aggregate["keys"] = [{ name: "k", value: name }];
    const plan: Plan = { kind: "aggregate", input: scan, keys, measures, nullKeys, emptyGroups: "drop" };
    for (const way of [SLOTS, GROUP_IDS]) {
      const found = plainResult(await runPlan(plan, ofParts, { maxGroups: 9, ...way }));
      expect(found).toMatchObject({ groups: expect.arrayContaining([{ k: "a", sum: 1, count: 5 }]) });
    }
  }
});

test("spans of traces that lie far apart", async () => {
  const last = 5 * BLOCK_ROWS;
  const table = new TableBuilder("traces", { wanted: "all", maxColumns: 1 });
  for (const row of [10, last + 3]) table.float64("timestamp_ms")?.set(row, row);
  table.rows = last + 8;
  const spans = [last + 3, 10, 11, last + 4, 10].map((row) => ({ trace_row: row, name: "a" }));
  const far = { ...datasetOf({ spans }), traces: table.seal() };
  const traces: Predicate = { kind: "not", operand: { kind: "is-null", operand: time, type: "bool" }, type: "bool" };
  for (const way of [SLOTS, GROUP_IDS]) {
    const found = await runPlan({ kind: "scan", table: "spans", traces, shortcuts: ALL }, far, {
      maxGroups: 9,
      ...way,
    });
    expect(plainResult(found)).toEqual({ kind: "rows", positions: [0, 1, 4] });
  }
});
