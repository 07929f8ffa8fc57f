// Threads share an aggregate by parts of its table: the same bits and the same order for any number of them, the same errors,
// and nothing left behind.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { projectionOf } from "../../src/columns/projection.ts";
import type { Dataset } from "../../src/columns/table.ts";
import { type RunOptions, runPlan } from "../../src/exec/compile.ts";
import { ComputePool } from "../../src/exec/compute-pool.ts";
import { optimize } from "../../src/optimize/index.ts";
import { explainPlan } from "../../src/plan/explain.ts";
import type { ColumnRef, Expr, Predicate } from "../../src/plan/expr.ts";
import type { GroupKey, Measure, Plan } from "../../src/plan/logical.ts";
import type { OperatorProfile } from "../../src/plan/result.ts";
import { generateColumns } from "../../src/synth/columns.ts";
import { plainResult } from "../support/results.ts";
import { runs } from "../support/runs.ts";
import { datasetOf } from "../support/tables.ts";

/** Spans and assessments of about three times as many rows: three parts. */
const TRACES = 360_000;
const COLUMNS = [
  "traces.timestamp_ms",
  "traces.execution_duration_ms",
  "traces.state",
  "traces.session",
  "spans.trace_row",
  "spans.start_ms",
  "spans.name",
  "spans.type",
  "spans.model",
  "spans.duration_ms",
  "spans.total_cost",
];

let dataset: Dataset;
const pools = [2, 3, 4].map((threads) => new ComputePool(threads));
beforeAll(() => {
  dataset = { ...datasetOf({}), ...generateColumns({ traces: TRACES }, projectionOf(COLUMNS)) };
});
afterAll(() => {
  for (const pool of pools) pool.close();
});

const ref = (path: string, type: ColumnRef["type"]): ColumnRef => {
  const [table, name = ""] = path.split(".");
  return { kind: "column", table: table as ColumnRef["table"], name, type };
};
const number = (path: string): ColumnRef => ref(path, "number");
const text = (path: string): ColumnRef => ref(path, "text");
const compare = (left: Expr, op: "=" | "<" | ">=", value: string | number): Predicate => {
  const type = typeof value === "string" ? "text" : "number";
  return { kind: "compare", op, left, right: { kind: "literal", value, type }, type: "bool" };
};
const isThere = (operand: Expr): Predicate => ({
  kind: "not",
  operand: { kind: "is-null", operand, type: "bool" },
  type: "bool",
});

const cost = number("spans.total_cost");
const FILTERS: readonly Predicate[] = [
  compare(text("spans.type"), "=", "TOOL"),
  compare(text("traces.state"), "=", "OK"),
  compare(number("spans.duration_ms"), "<", 700),
  compare(number("traces.timestamp_ms"), ">=", Date.UTC(2026, 2, 9)),
  isThere(cost),
];
const KEYS: readonly Expr[] = [text("spans.name"), text("spans.model"), text("traces.state"), text("traces.session")];
const INPUTS: readonly Expr[] = [cost, number("spans.duration_ms"), number("traces.execution_duration_ms")];
const measure = fc.oneof(
  fc.constant<Measure>({ name: "rows", fn: "count_rows" }),
  fc.constant<Measure>({ name: "distinct", fn: "count_distinct", input: text("traces.session") }),
  fc.record({ fn: fc.constantFrom("count", "sum", "avg", "min", "max"), input: fc.constantFrom(...INPUTS) }),
  fc.record({
    fn: fc.constant("percentile"),
    input: fc.constantFrom(...INPUTS),
    percentile: fc.constantFrom(0, 50, 99.9, 100),
    method: fc.constantFrom("exact", "tdigest"),
  }),
  fc.record({ fn: fc.constantFrom("digest", "digest_wide"), input: fc.constantFrom(...INPUTS) }),
) as fc.Arbitrary<Omit<Measure, "name">>;

const plans = fc
  .record({
    filters: fc.subarray([...FILTERS], { maxLength: 2 }),
    keys: fc.subarray([...KEYS], { maxLength: 2 }),
    isDaily: fc.boolean(),
    measures: fc.array(measure, { minLength: 1, maxLength: 3 }),
    nullKeys: fc.constantFrom("drop" as const, "keep" as const),
  })
  .map(({ filters, keys, isDaily, measures, nullKeys }): Plan => {
    let input: Plan = { kind: "scan", table: "spans", shortcuts: ["dictionaries", "zone-maps"] };
    if (filters.length > 0) {
      input = { kind: "filter", input, predicate: { kind: "and", operands: filters, type: "bool" } };
    }
    const by = keys.map((value, i): GroupKey => ({ name: `k${i}`, value }));
    if (isDaily) {
      input = { kind: "bucket", input, time: number("spans.start_ms"), widthMs: 86_400_000, as: "day" };
      by.unshift({ name: "day", value: "bucket" });
    }
    const named = measures.map((one, i): Measure => ({ ...one, name: `m${i}` }));
    return { kind: "aggregate", input, keys: by, measures: named, nullKeys, emptyGroups: "keep" };
  });

async function outcome(plan: Plan, options: Partial<RunOptions>): Promise<unknown> {
  try {
    return plainResult(await runPlan(plan, dataset, { maxGroups: 300_000, ...options }));
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}

test("any number of threads, and none of WebAssembly, give the same bits", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.constantFrom(...pools), async (plan, pool) => {
      const cheap = optimize(plan).plan;
      const wanted = await outcome(cheap, { memoryRows: Number.POSITIVE_INFINITY });
      for (const options of [{}, { pool }]) {
        const found = await outcome(cheap, options);
        if (!isDeepStrictEqual(found, wanted)) {
          expect(found, `${pool.threads} threads: ${explainPlan(cheap)}`).toStrictEqual(wanted);
        }
      }
    }),
    { numRuns: runs(2, 4) },
  );
});

const [two = new ComputePool(2)] = pools;
const BY_NAME: Plan = {
  kind: "aggregate",
  input: { kind: "scan", table: "spans", shortcuts: ["dictionaries", "zone-maps"] },
  keys: [{ name: "name", value: text("spans.name") }],
  measures: [{ name: "p", fn: "percentile", input: number("spans.duration_ms"), percentile: 95 }],
  nullKeys: "drop",
  emptyGroups: "drop",
};

describe("two threads", () => {
  test("are named by explain, and all rows are counted", async () => {
    // The first query may be over before the other thread has started.
    let profiles: OperatorProfile[] = [];
    for (let i = 0; i < 3; i += 1) {
      profiles = [];
      await runPlan(BY_NAME, dataset, { maxGroups: 1_000, pool: two, analyze: { now: () => 0, profiles } });
    }
    const [scan, aggregate] = profiles;
    expect(scan?.rowsOut).toBe(dataset.spans.rows);
    expect(aggregate?.rowsIn).toBe(dataset.spans.rows);
    expect(aggregate?.note).toMatch(/ slots, of at most 262144; exact percentiles by selection; 2 threads$/);
  });

  test("need no column that the plan does not", async () => {
    const columns = new Map([...dataset.spans.columns].filter(([name]) => name !== "trace_row"));
    const alone: Dataset = { ...dataset, spans: { ...dataset.spans, columns } };
    const answers = [undefined, two].map((pool) =>
      runPlan(BY_NAME, alone, { maxGroups: 1_000, ...(pool === undefined ? {} : { pool }) }),
    );
    const [one, shared] = (await Promise.all(answers)).map(plainResult);
    expect(shared).toStrictEqual(one);
  });

  test.each([
    ["of all rows", undefined],
    ["of few groups", text("spans.name")],
    ["of tens of thousands", text("traces.session")],
  ])("finish digests together: %s", { timeout: 30_000 }, async (_, value) => {
    const input = number("spans.duration_ms");
    const measures: readonly Measure[] = [
      { name: "p", fn: "percentile", input, percentile: 99, method: "tdigest" },
      { name: "bytes", fn: "digest", input },
      { name: "wide", fn: "digest_wide", input },
      { name: "count", fn: "count", input },
    ];
    const plan: Plan = { ...BY_NAME, keys: value === undefined ? [] : [{ name: "k", value }], measures };
    const wanted = await outcome(plan, { memoryRows: Number.POSITIVE_INFINITY });
    for (const pool of [undefined, two, pools.at(-1)]) {
      const found = await outcome(plan, pool === undefined ? {} : { pool });
      expect(isDeepStrictEqual(found, wanted)).toBe(true);
    }
  });

  test("work on several queries at once", async () => {
    const wanted = await outcome(BY_NAME, {});
    const found = await Promise.all([1, 2, 3, 4].map(() => outcome(BY_NAME, { pool: two })));
    for (const one of found) expect(one).toEqual(wanted);
  });

  test("fail as one does: too many groups, a signal", async () => {
    expect(await outcome(BY_NAME, { pool: two, maxGroups: 3 })).toBe("E_TOO_MANY_GROUPS");
    const abort = new AbortController();
    const running = outcome(BY_NAME, { pool: two, signal: abort.signal });
    abort.abort();
    expect(await running).toBe("E_ABORTED");
    expect(await outcome(BY_NAME, { pool: two })).toEqual(await outcome(BY_NAME, {}));
  });

  test("are not asked once the pool is closed", async () => {
    const pool = new ComputePool(2);
    pool.close();
    expect(pool.threads).toBe(1);
    expect(await outcome(BY_NAME, { pool })).toEqual(await outcome(BY_NAME, {}));
  });
});
