// The first rows in an order are the beginning of the whole order, for every kind of key, over tables of several blocks:
// where rows are dropped as they come, where most of them tie, and where whole blocks are passed over.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { BLOCK_ROWS } from "../../src/columns/column.ts";
import type { Dataset } from "../../src/columns/table.ts";
import { runPlan } from "../../src/exec/compile.ts";
import { Smallest } from "../../src/kernels/smallest.ts";
import type { Expr, Predicate } from "../../src/plan/expr.ts";
import type { Plan, SortKey } from "../../src/plan/logical.ts";
import type { OperatorProfile } from "../../src/plan/result.ts";
import { runs } from "../support/runs.ts";
import { datasetOf, type Row } from "../support/tables.ts";

const TRACES = BLOCK_ROWS + 4_000;
/** Rows with a large number: some at the end of the first block, some in the middle of the second. */
const LARGE_ROWS = Array.from({ length: 40 }, (_, i) => (i < 30 ? BLOCK_ROWS - 50 + i : BLOCK_ROWS + 2_050 + i));
const HALF_OF_MOST = Number.MAX_VALUE / 2;

function hash(i: number): number {
  return (Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24;
}

let dataset: Dataset;
beforeAll(() => {
  const indexes = Array.from({ length: TRACES }, (_, i) => i);
  dataset = datasetOf({
    traces: indexes.map(
      (i): Row => ({
        trace_id: `tr-${hash(i * 3).toString(16)}`,
        // Every thousand rows share a time, those at the edge of the blocks too; the first 2,000 rows have none of the states.
        timestamp_ms: Math.floor(i / 1_000) * 1_000,
        state: i < 2_000 ? null : i % 3 === 0 ? "ERROR" : "OK",
        total_tokens: hash(i) < 0.999 ? null : Math.floor(hash(i * 5) * 10),
        execution_duration_ms: LARGE_ROWS.includes(i) ? 1_000 : ((Math.floor(i / 1_024) + 1) % 13) * 10 + (i % 7),
        total_cost: [1e308, -1e308, -0, 0, 1][i % 5] ?? null,
        output_tokens: 2n ** 53n + BigInt(i % 2),
        input_tokens: i % 2 === 0 ? HALF_OF_MOST : Number.MAX_VALUE,
        session: `session-${Math.floor(hash(i * 7) * 70_000)}`,
        user: hash(i * 11) < 0.5 ? null : `User ${Math.floor(hash(i * 13) * 20)}`,
      }),
    ),
    spans: indexes.map((i): Row => ({ trace_row: i, start_ns: 2n ** 60n + BigInt(i % 40), end_ns: i < 9 ? 1n : null })),
    assessments: [3, 3, 900, 66_000].map(
      (trace_row, i): Row => ({ trace_row, name: "x", value: `v${9 - i}`, numeric_value: i === 2 ? null : i }),
    ),
  });
});

const column = (name: string, type: "text" | "number" | "int64", table: "traces" | "spans" = "traces"): Expr => ({
  kind: "column",
  table,
  name,
  type,
});
const SCAN: Plan = { kind: "scan", table: "traces", shortcuts: ["dictionaries", "zone-maps"] };
const time = column("timestamp_ms", "number");
const duration = column("execution_duration_ms", "number");
const id = column("trace_id", "text");
const state = column("state", "text");
const cost = column("total_cost", "number");
const half: Expr = { kind: "literal", value: HALF_OF_MOST, type: "number" };
const sum = (...args: Expr[]): Expr => ({ kind: "call", fn: "add", args, type: "number" });
const isError: Predicate = {
  kind: "compare",
  op: "=",
  left: state,
  right: { kind: "literal", value: "ERROR", type: "text" },
  type: "bool",
};
const anyAssessment: Predicate = { kind: "truth", value: true, type: "bool" };
const ofLast = (name: string, type: "text" | "number"): SortKey => ({
  by: { kind: "column", table: "assessments", name, type },
  descending: false,
  ofLast: anyAssessment,
});

const KEYS: readonly [string, "traces" | "spans", readonly SortKey["by"][] | readonly SortKey[]][] = [
  ["a time that ascends, then ids", "traces", [time, id]],
  ["few texts, then ids", "traces", [state, id]],
  ["a text that is often missing, then a number", "traces", [column("user", "text"), cost]],
  ["a number that is mostly missing, then ids", "traces", [column("total_tokens", "number"), id]],
  ["more distinct texts than are sorted", "traces", [column("session", "text"), time]],
  ["ids alone", "traces", [id]],
  ["a predicate, then ids", "traces", [isError, id]],
  ["numbers past the largest, then ids", "traces", [sum(cost, cost), id]],
  ["the largest numbers and those past it, then ids", "traces", [sum(column("input_tokens", "number"), half), id]],
  ["integers that float64 does not tell apart, then ids", "traces", [column("output_tokens", "number"), id]],
  ["lower case", "traces", [{ kind: "call", fn: "lower", args: [column("user", "text")], type: "text" }]],
  ["one value", "traces", [{ kind: "literal", value: 1, type: "number" }]],
  ["nanoseconds that float64 does not tell apart", "spans", [column("start_ns", "int64", "spans")]],
  ["nanoseconds that are mostly missing", "spans", [column("end_ns", "int64", "spans"), time]],
  [
    "a number of the last assessment, then ids",
    "traces",
    [ofLast("numeric_value", "number"), { by: id, descending: false }],
  ],
  ["a text of the last assessment", "traces", [ofLast("value", "text")]],
];

function sorted(table: "traces" | "spans", keys: readonly SortKey[], first?: number): Plan {
  const input: Plan = { kind: "scan", table, shortcuts: ["dictionaries", "zone-maps"] };
  return first === undefined ? { kind: "sort", input, keys } : { kind: "sort", input, keys, first };
}

async function rowsOf(plan: Plan, profiles?: OperatorProfile[]): Promise<Uint32Array> {
  const analyze = profiles === undefined ? {} : { analyze: { now: () => 0, profiles } };
  const result = await runPlan(plan, dataset, { maxGroups: 1, ...analyze });
  if (result.kind !== "rows") throw new Error("groups instead of rows");
  return result.positions;
}

/** As toEqual(), which takes longer than finding the rows does. */
function expectSame(found: Uint32Array, wanted: Uint32Array): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found).toEqual(wanted);
}

test.each(KEYS)("%s", async (_, table, by) => {
  for (const descending of [false, true]) {
    const keys = by.map((key): SortKey => ("by" in key ? { ...key, descending } : { by: key, descending }));
    const all = await rowsOf(sorted(table, keys));
    for (const first of [0, 1, 100, 3_700]) {
      expectSame(await rowsOf(sorted(table, keys, first)), all.slice(0, first));
    }
  }
});

test("no keys, and more rows than there are", async () => {
  expect([...(await rowsOf(sorted("traces", [], 3)))]).toEqual([0, 1, 2]);
  const few: Plan = {
    kind: "filter",
    input: { kind: "scan", table: "traces", shortcuts: ["dictionaries", "zone-maps"] },
    predicate: isError,
  };
  const plan: Plan = { kind: "sort", input: few, keys: [{ by: time, descending: true }], first: 900 };
  expect(await rowsOf({ ...plan, input: { ...few, predicate: { ...isError, op: "<" } as Predicate } })).toEqual(
    new Uint32Array(0),
  );
  expect(await rowsOf(plan)).toHaveLength(900);
});

test("a block that cannot hold any of the first is not read", async () => {
  const profiles: OperatorProfile[] = [];
  const [newest] = await rowsOf(sorted("traces", [{ by: time, descending: true }], 10), profiles);
  expect(newest).toBe(Math.floor((TRACES - 1) / 1_000) * 1_000);
  expect(profiles.map(({ operator, rowsIn, rowsOut }) => [operator, rowsIn, rowsOut])).toEqual([
    ["scan traces", 4_000, 4_000],
    ["top", 4_000, 10],
  ]);
  expect(profiles[1]?.note).toContain("1 of 2 blocks");
});

test("granules that cannot hold any of the first are not ranked, of all rows and of some", async () => {
  for (const input of [SCAN, { kind: "filter", input: SCAN, predicate: isError } as const]) {
    for (const descending of [false, true]) {
      const plan: Plan = { kind: "sort", input, keys: [{ by: time, descending }] };
      const profiles: OperatorProfile[] = [];
      const found = await rowsOf({ ...plan, first: 900 }, profiles);
      expectSame(found, (await rowsOf(plan)).slice(0, 900));
      expect(profiles.at(-1)?.note).toContain("of 2 blocks passed over");
      // Ties in granules of both blocks, the first one of the second block too.
      const byDuration: Plan = { kind: "sort", input, keys: [{ by: duration, descending }] };
      const all = await rowsOf(byDuration);
      for (const first of [1, 35, 700, 3_700]) {
        expectSame(await rowsOf({ ...byDuration, first }), all.slice(0, first));
      }
    }
  }
  // The largest of each block, so that both are read, are in few of their granules.
  const profiles: OperatorProfile[] = [];
  const plan: Plan = { kind: "sort", input: SCAN, keys: [{ by: duration, descending: true }], first: 30 };
  expect([...(await rowsOf(plan, profiles))]).toEqual(LARGE_ROWS.slice(0, 30));
  expect(profiles.at(-1)?.note).toBe("2048 of 69536 rows ranked, by bounds of granules");
});

test("the smallest numbers of a sequence", () => {
  const numbers = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true })));
  fc.assert(
    fc.property(numbers, fc.nat(12), (values, size) => {
      const smallest = new Smallest(size);
      for (const value of values) smallest.offer(value);
      const ordered = Float64Array.from(values).sort();
      const wanted = size === 0 ? Number.NEGATIVE_INFINITY : (ordered[size - 1] ?? Number.POSITIVE_INFINITY);
      expect(smallest.bound + 0).toBe(wanted + 0);
    }),
    { numRuns: runs(200) },
  );
});
