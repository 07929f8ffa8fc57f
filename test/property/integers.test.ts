// Columns of integers around 2^53 and 2^63, read from JSON: what they hold, and every comparison, list, order, group, sum
// and extreme of them, against the same in BigInt arithmetic; with the optimiser and without it, of traces and by way of
// their spans.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Dataset } from "../../src/columns/table.ts";
import { runPlan } from "../../src/exec/compile.ts";
import { optimize } from "../../src/optimize/index.ts";
import { exactNumber } from "../../src/plan/bind-field.ts";
import type { ColumnRef, Expr, Predicate } from "../../src/plan/expr.ts";
import type { Measure, Plan } from "../../src/plan/logical.ts";
import { loadTexts, rowsOf } from "../ingest/rows.ts";
import { plainResult } from "../support/results.ts";
import { runs } from "../support/runs.ts";
import { datasetOf } from "../support/tables.ts";

const SAFE = 2n ** 53n;
const LIMIT = 2n ** 63n;

/** Few distinct values, so that rows tie; of every kind of neighbourhood. */
const integer = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(SAFE - 1n, SAFE, SAFE + 1n, SAFE + 2n, SAFE + 3n, -SAFE, -SAFE - 1n) },
  { weight: 2, arbitrary: fc.bigInt({ min: -3n, max: 3n }) },
  { weight: 2, arbitrary: fc.constantFrom(LIMIT - 1n, LIMIT - 2n, -LIMIT, 1n - LIMIT, LIMIT - 513n) },
  { weight: 1, arbitrary: fc.bigInt({ min: -LIMIT, max: LIMIT - 1n }) },
);
const small = fc.oneof(fc.constantFrom(-SAFE, SAFE, 0n), fc.bigInt({ min: -SAFE, max: SAFE }));
type Value = bigint | null;
interface Pair {
  readonly a: Value;
  readonly b: Value;
}
const maybe = (value: fc.Arbitrary<bigint>): fc.Arbitrary<Value> => fc.option(value, { freq: 5, nil: null });
/** `b` is now and then a column that stays float64. */
const pairs = fc
  .constantFrom(integer, small)
  .chain((b) => fc.array(fc.record<Pair>({ a: maybe(integer), b: maybe(b) }), { minLength: 1, maxLength: 40 }));

/** A number as a filter may say it: whole and exact, between two whole ones, or past every one. */
const literal = fc.oneof<fc.Arbitrary<number | bigint>[]>(
  integer.map(exactNumber),
  integer.map(exactNumber),
  fc.constantFrom(
    0.5,
    -0.5,
    2 ** 53 + 2,
    2 ** 63,
    -(2 ** 63),
    1e300,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ),
);

/** Traces of these values, each with one span. */
async function loaded(values: readonly Pair[]): Promise<Dataset> {
  const lines = values.map(({ a, b }, i) => {
    const usage = JSON.stringify(`{"input_tokens": ${b}}`);
    const span = `{"span_id": "00000000000000a1", "name": "s", "start_time_unix_nano": 1772442000000000000}`;
    const duration = `"execution_duration_ms": ${a}, "trace_metadata": {"mlflow.trace.tokenUsage": ${usage}}`;
    const info = `{"trace_id": "t${i}", "request_time": "2026-03-02T09:00:00Z", ${duration}}`;
    return `{"info": ${info}, "data": {"spans": [${span}]}}`;
  });
  return (await loadTexts([lines.join("\n")])).dataset;
}

const ref = (name: string): ColumnRef => ({ kind: "column", table: "traces", name, type: "number" });
const [A, B] = [ref("execution_duration_ms"), ref("input_tokens")];
const TABLES = ["traces", "spans"] as const;
const OPS = ["=", "!=", "<", "<=", ">", ">="] as const;

/** What a plan gives, which is the same with the optimiser and without. */
async function answer(plan: Plan, dataset: Dataset) {
  const [plain, cheap] = await Promise.all(
    [plan, optimize(plan).plan].map(async (way) => plainResult(await runPlan(way, dataset, { maxGroups: 1_000 }))),
  );
  expect(cheap).toEqual(plain);
  return plain?.kind === "rows" ? plain.positions : plain?.groups;
}

function holds(op: (typeof OPS)[number], a: Value | number, b: Value | number): boolean {
  if (a === null || b === null) return false;
  const order = a < b ? -1 : a > b ? 1 : 0;
  return { "=": order === 0, "!=": order !== 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[
    op
  ];
}

const kept = (values: readonly Pair[], keeps: (pair: Pair) => boolean): number[] =>
  values.flatMap((pair, row) => (keeps(pair) ? [row] : []));

test("holds every digit; as float64 while none passes 2^53", async () => {
  await fc.assert(
    fc.asyncProperty(pairs, async (values) => {
      const dataset = await loaded(values);
      const rows = rowsOf(dataset, "traces");
      const isLarge = values.some(({ a }) => a !== null && (a > SAFE || a < -SAFE));
      expect(dataset.traces.columns.get("execution_duration_ms")?.type).toBe(isLarge ? "int64" : "float64");
      expect(rows.map((row) => row["execution_duration_ms"] ?? null)).toEqual(
        values.map(({ a }) => (a === null || isLarge ? a : Number(a))),
      );
    }),
    { numRuns: runs(8, 15) },
  );
});

test("is compared, listed and ordered as BigInt is", async () => {
  await fc.assert(
    fc.asyncProperty(
      pairs,
      fc.record({ op: fc.constantFrom(...OPS), value: literal, list: fc.array(literal, { maxLength: 4 }) }),
      fc.record({ table: fc.constantFrom(...TABLES), descending: fc.boolean(), flipped: fc.boolean() }),
      async (values, { op, value, list }, { table, descending, flipped }) => {
        const dataset = await loaded(values);
        const scan: Plan = { kind: "scan", table };
        const where = (predicate: Predicate): Plan => ({ kind: "filter", input: scan, predicate });
        const compare = (left: Expr, right: Expr): Plan => where({ kind: "compare", op, left, right, type: "bool" });
        const constant: Expr = { kind: "literal", value, type: "number" };
        const plan = flipped ? compare(constant, B) : compare(A, constant);
        const wanted = flipped
          ? kept(values, ({ b }) => holds(op, value, b))
          : kept(values, ({ a }) => holds(op, a, value));
        expect(await answer(plan, dataset)).toEqual(wanted);
        expect(await answer(compare(A, B), dataset)).toEqual(kept(values, ({ a, b }) => holds(op, a, b)));
        expect(await answer(compare(B, A), dataset)).toEqual(kept(values, ({ a, b }) => holds(op, b, a)));
        for (const [operand, of] of [[A, "a"] as const, [B, "b"] as const]) {
          const listed: Predicate = { kind: "in", operand, values: list, type: "bool" };
          const found = await answer(where(listed), dataset);
          expect(found).toEqual(kept(values, (pair) => list.some((item) => holds("=", pair[of], item))));
        }
        const sorted: Plan = { kind: "sort", input: scan, keys: [{ by: A, descending }] };
        expect(await answer(sorted, dataset)).toEqual(ordered(values, descending));
        expect(await answer({ ...sorted, first: 2 }, dataset)).toEqual(ordered(values, descending).slice(0, 2));
        const top: Plan = { kind: "limit", input: sorted, count: 3, offset: 1 };
        expect(await answer(top, dataset)).toEqual(ordered(values, descending).slice(1, 4));
      },
    ),
    { numRuns: runs(15, 30) },
  );
});

const inOrder = (values: readonly bigint[]): bigint[] => [...values].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));

function ordered(values: readonly Pair[], descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  return values
    .map((_, row) => row)
    .sort((x, y) => {
      const [a, b] = [values[x]?.a ?? null, values[y]?.a ?? null];
      if (a === null || b === null) return Number(a === null) - Number(b === null);
      return sign * (a < b ? -1 : a > b ? 1 : 0);
    });
}

const MEASURES: readonly Measure[] = [
  { name: "rows", fn: "count_rows" },
  { name: "count", fn: "count", input: A },
  { name: "distinct", fn: "count_distinct", input: A },
  { name: "min", fn: "min", input: A },
  { name: "max", fn: "max", input: A },
];

test("is grouped and measured as BigInt is; a sum that int64 does not hold is refused", async () => {
  await fc.assert(
    fc.asyncProperty(pairs, fc.constantFrom(...TABLES), fc.boolean(), async (values, table, grouped) => {
      const dataset = await loaded(values);
      const isWide = dataset.traces.columns.get("execution_duration_ms")?.type === "int64";
      const plan = (measures: readonly Measure[]): Plan => ({
        kind: "aggregate",
        input: { kind: "scan", table },
        keys: grouped ? [{ name: "key", value: B }] : [],
        measures,
        nullKeys: "keep",
        emptyGroups: "keep",
      });
      const groups = new Map<Value, bigint[]>(grouped ? [] : [[null, []]]);
      const sizes = new Map<Value, number>();
      for (const { a, b } of values) {
        const key = grouped ? b : null;
        groups.set(key, [...(groups.get(key) ?? []), ...(a === null ? [] : [a])]);
        sizes.set(key, (sizes.get(key) ?? 0) + 1);
      }
      const wanted = [...groups].map(([key, members]) => ({
        ...(grouped ? { key: key === null ? null : exactNumber(key) } : {}),
        rows: sizes.get(key),
        count: members.length,
        distinct: new Set(members).size,
        min: members.length === 0 ? null : exactNumber(inOrder(members)[0] ?? 0n),
        max: members.length === 0 ? null : exactNumber(inOrder(members).at(-1) ?? 0n),
      }));
      expect(await answer(plan(MEASURES), dataset)).toEqual(wanted);
      if (!isWide) return;
      const sums = [...groups.values()].map((members) =>
        members.length === 0 ? null : members.reduce((sum, value) => sum + value, 0n),
      );
      const found = answer(plan([{ name: "sum", fn: "sum", input: A }]), dataset);
      if (sums.some((sum) => sum !== null && BigInt.asIntN(64, sum) !== sum)) {
        await expect(found).rejects.toMatchObject({ code: "E_OVERFLOW" });
      } else {
        const exact = sums.map((sum) => (sum === null ? null : exactNumber(sum)));
        expect((await found)?.map((group) => (group as { readonly sum: unknown }).sum)).toEqual(exact);
      }
    }),
    { numRuns: runs(15, 30) },
  );
});

test("the first rows are found among many whose integers have the same float64", async () => {
  const rows = Array.from({ length: 3_000 }, (_, i) => ({
    trace_id: `t${(i * 7919) % 3_000}`,
    total_tokens: i % 2 === 0 ? SAFE + 1n : SAFE,
  }));
  const id: ColumnRef = { ...ref("trace_id"), type: "text" };
  const keys = [
    { by: ref("total_tokens"), descending: true },
    { by: id, descending: false },
  ];
  const sort: Plan = { kind: "sort", input: { kind: "scan", table: "traces" }, keys };
  const plan: Plan = { kind: "limit", input: sort, count: 5, offset: 0 };
  const order = rows.map((_, row) => row).filter((row) => row % 2 === 0);
  order.sort((a, b) => ((rows[a]?.trace_id ?? "") < (rows[b]?.trace_id ?? "") ? -1 : 1));
  expect(await answer(plan, datasetOf({ traces: rows }))).toEqual(order.slice(0, 5));
});
