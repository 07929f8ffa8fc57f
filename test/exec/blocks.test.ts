// Tables of several blocks: zone maps skip what they may and nothing else, ids and sums carry over block edges.

import { isDeepStrictEqual } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { BLOCK_ROWS } from "../../src/columns/column.ts";
import type { Dataset } from "../../src/columns/table.ts";
import { runPlan } from "../../src/exec/compile.ts";
import { optimize, RULES } from "../../src/optimize/index.ts";
import type { ColumnRef, Expr, Predicate } from "../../src/plan/expr.ts";
import type { GroupKey, Measure, Plan } from "../../src/plan/logical.ts";
import type { OperatorProfile } from "../../src/plan/result.ts";
import { runOracle } from "../oracle/plan-oracle.ts";
import { plainResult } from "../support/results.ts";
import { datasetOf, type Row, type Rows } from "../support/tables.ts";

const TRACES = 2 * BLOCK_ROWS + 1_234;
const HOUR = 3_600_000;

function hash(i: number): number {
  return (Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24;
}

function makeRows(): Rows {
  const traces = Array.from(
    { length: TRACES },
    (_, i): Row => ({
      trace_id: `tr-${i}`,
      timestamp_ms: i * 1_000,
      span_count: i % 5,
      // The middle block has no durations, the last one no nulls.
      execution_duration_ms: (i >= BLOCK_ROWS && i < 2 * BLOCK_ROWS) || (i < 999 && i % 3 === 0) ? null : hash(i) * 1e4,
      state: i < BLOCK_ROWS ? "OK" : hash(i) < 0.5 ? "ERROR" : null,
      session: `s${Math.floor(hash(i) * 50_000)}`,
      "tag.env": i % 7 === 0 ? null : `e${i % 11}`,
    }),
  );
  const spans = Array.from(
    { length: TRACES },
    (_, i): Row => ({
      trace_row: i,
      name: `n${i % 13}`,
      start_ns: BigInt(i) * 1_000_000_007n,
      start_ms: i * 1_000,
      duration_ms: hash(i * 3) < 0.1 ? null : Math.floor(hash(i * 7) * 100),
    }),
  );
  return { traces, spans, assessments: [] };
}

let rows: Rows;
let dataset: Dataset;
beforeAll(() => {
  rows = makeRows();
  dataset = datasetOf(rows);
});

const number = (table: ColumnRef["table"], name: string): ColumnRef => ({
  kind: "column",
  table,
  name,
  type: "number",
});
const text = (table: ColumnRef["table"], name: string): ColumnRef => ({ kind: "column", table, name, type: "text" });
const duration = number("traces", "execution_duration_ms");
const time = number("traces", "timestamp_ms");
const state = text("traces", "state");
const env: Expr = { kind: "key", table: "traces", family: "tag", key: "env", type: "text" };
const literal = (value: number | string): Expr => ({
  kind: "literal",
  value,
  type: typeof value === "number" ? "number" : "text",
});
const compare = (left: Expr, op: ">=" | "<=" | "<" | "=" | "!=", value: number | string): Predicate => ({
  kind: "compare",
  op,
  left,
  right: literal(value),
  type: "bool",
});
const and = (...operands: Predicate[]): Predicate => ({ kind: "and", operands, type: "bool" });
const isNull = (operand: Expr): Predicate => ({ kind: "is-null", operand, type: "bool" });
const not = (operand: Predicate): Predicate => ({ kind: "not", operand, type: "bool" });
const between = (from: number, to: number): Predicate => and(compare(time, ">=", from), compare(time, "<=", to));

const ALL_MEASURES: readonly Measure[] = [
  { name: "rows", fn: "count_rows" },
  ...(["count", "sum", "avg", "min", "max"] as const).map((fn): Measure => ({ name: fn, fn, input: duration })),
  { name: "sessions", fn: "count_distinct", input: text("traces", "session") },
  ...[0, 50, 95, 99.9].map(
    (percentile): Measure => ({ name: `p${percentile}`, fn: "percentile", input: duration, percentile }),
  ),
];

function grouped(
  predicate: Predicate,
  options: { table?: "traces" | "spans"; by?: readonly Expr[]; bucket?: Expr } = {},
): Plan {
  const { table = "traces", by = [], bucket } = options;
  let plan: Plan = { kind: "filter", input: { kind: "scan", table }, predicate };
  if (bucket !== undefined) plan = { kind: "bucket", input: plan, time: bucket, widthMs: HOUR, as: "bucket" };
  const keys: GroupKey[] = by.map((value, i) => ({ name: `k${i}`, value }));
  if (bucket !== undefined) keys.unshift({ name: "bucket", value: "bucket" });
  plan = { kind: "aggregate", input: plan, keys, measures: ALL_MEASURES, nullKeys: "drop", emptyGroups: "drop" };
  return { kind: "sort", input: plan, keys: keys.map(({ name }) => ({ by: { output: name }, descending: false })) };
}

const HALF = TRACES * 500;
const PLANS: readonly [string, () => Plan][] = [
  ["a time range inside the first block", () => grouped(between(5_000, 9_000))],
  ["a time range over a block edge, by hour", () => grouped(between(65_000_000, 66_000_000), { bucket: time })],
  ["a state that one block does not have, by tag", () => grouped(compare(state, "=", "ERROR"), { by: [env] })],
  ["a state that one block has alone", () => grouped(compare(state, "=", "OK"), { by: [env, state] })],
  ["nulls alone", () => grouped(isNull(duration), { by: [env] })],
  ["present values alone", () => grouped(and(not(isNull(duration)), compare(duration, "<", 100)), { by: [state] })],
  ["no block at all", () => grouped(compare(time, "<", 0))],
  ["many groups", () => grouped(compare(time, ">=", HALF), { by: [text("traces", "session")] })],
  [
    "spans by time of their traces, by hour of their own",
    () =>
      grouped(between(65_000_000, 66_000_000), {
        table: "spans",
        by: [text("spans", "name")],
        bucket: number("spans", "start_ms"),
      }),
  ],
  [
    "spans by state of their traces",
    () =>
      grouped(and(compare(state, "!=", "OK"), compare(number("spans", "duration_ms"), "<", 5)), {
        table: "spans",
        by: [state],
      }),
  ],
  [
    "rows, newest first",
    () => ({
      kind: "limit",
      count: 10,
      offset: 3,
      input: {
        kind: "sort",
        keys: [
          { by: duration, descending: true },
          { by: text("traces", "trace_id"), descending: false },
        ],
        input: { kind: "filter", input: { kind: "scan", table: "traces" }, predicate: compare(state, "=", "OK") },
      },
    }),
  ],
  [
    "rows by exact nanoseconds",
    () => ({
      kind: "limit",
      count: 5,
      offset: BLOCK_ROWS,
      input: {
        kind: "sort",
        keys: [{ by: { kind: "column", table: "spans", name: "start_ns", type: "int64" }, descending: true }],
        input: { kind: "scan", table: "spans" },
      },
    }),
  ],
];

test.each(PLANS)("%s", async (_, make) => {
  const plan = make();
  const wanted = closeSums(runOracle(plan, rows));
  for (const disabled of [
    new Set<string>(),
    new Set(RULES.map(({ name }) => name)),
    new Set(["push-trace-predicates"]),
  ]) {
    const result = await runPlan(optimize(plan, { disabled }).plan, dataset, { maxGroups: 100_000 });
    const found = closeSums(plainResult(result));
    // A plain comparison first: tens of thousands of groups.
    if (!isDeepStrictEqual(found, wanted)) expect(found).toEqual(wanted);
  }
});

/** Sums over thousands of rows may differ from the exact sum in the last place; everything else may not. */
function closeSums(result: ReturnType<typeof plainResult>): unknown {
  if (result.kind === "rows") return result;
  return result.groups.map((group) => ({
    ...group,
    sum: typeof group["sum"] === "number" ? group["sum"].toPrecision(15) : null,
    avg: typeof group["avg"] === "number" ? group["avg"].toPrecision(15) : null,
  }));
}

async function notes(plan: Plan): Promise<readonly OperatorProfile[]> {
  const profiles: OperatorProfile[] = [];
  let clock = 0;
  const now = () => {
    clock += 1;
    return clock;
  };
  await runPlan(optimize(plan).plan, dataset, { maxGroups: 100_000, analyze: { now, profiles } });
  return profiles;
}

test("zone maps are noted, and operators count their rows", async () => {
  const profiles = await notes(grouped(between(5_000, 9_000)));
  expect(profiles.map(({ operator, rowsIn, rowsOut, note }) => [operator, rowsIn, rowsOut, note])).toEqual([
    ["scan traces", BLOCK_ROWS, BLOCK_ROWS, "2 of 3 blocks skipped by zone maps"],
    ["filter", BLOCK_ROWS, 5, "1 of 1 conditions are tested by the aggregate"],
    ["aggregate", 5, 1, "one group; exact percentiles by selection; compensated sums"],
    ["sort", 1, 1, ""],
  ]);
  for (const { milliseconds } of profiles) expect(milliseconds).toBeGreaterThan(0);
});

test("conditions on traces skip blocks of spans", async () => {
  const [scan] = await notes(grouped(between(5_000, 9_000), { table: "spans" }));
  expect(scan?.note).toBe("2 of 3 blocks skipped by zone maps");
  expect(scan?.rowsOut).toBe(5);
});
