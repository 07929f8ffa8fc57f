// Ternary logic partitioning (M. Rigger and Z. Su, "Finding Bugs in Database Systems via Query Partitioning", 2020):
// every row is in exactly one of p, NOT p and p unknown, and aggregates over the parts add up to those over all rows.
// Rows go through the optimiser half the time, groups never, totals always: the ways must agree too.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { TableName } from "../../src/columns/schema.ts";
import { optimize } from "../../src/optimize/index.ts";
import { printExpr } from "../../src/plan/explain.ts";
import type { Expr, Predicate } from "../../src/plan/expr.ts";
import type { Measure, Plan } from "../../src/plan/logical.ts";
import { numberExpr, predicate, textExpr } from "../support/arbitrary-plans.ts";
import {
  drawn,
  filtered,
  groupsOf,
  partsOf,
  positionsOf,
  type Sample,
  samples,
  settings,
  TABLES,
} from "../support/many-queries.ts";
import { runs } from "../support/runs.ts";
import type { Cell } from "../support/tables.ts";

const INPUTS = 6;

interface Case {
  readonly table: TableName;
  readonly p: Predicate;
  readonly sample: number;
  readonly optimised: boolean;
  readonly input: number;
  readonly key: number;
  /** The part whose total is compared with that of its groups; none: rows alone, which costs half. */
  readonly part: number | null;
}

/** What a set of rows adds up to. */
interface Total {
  readonly rows: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

const NOTHING: Total = { rows: 0, count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };

const SAMPLES = samples();
const EXPRESSIONS = new Map(
  TABLES.map((table) => [table, { numbers: drawn(numberExpr(table), INPUTS), texts: drawn(textExpr(table), INPUTS) }]),
);
const WHOLE = new Map<string, ReadonlyMap<Cell, Total>>();

const cases = fc.oneof(
  ...TABLES.map((table) =>
    fc.record<Case>({
      table: fc.constant(table),
      // Deep predicates cost most of the time and find little that shallow ones do not.
      p: fc.oneof({ weight: 3, arbitrary: predicate(table, 2) }, { weight: 1, arbitrary: predicate(table, 3) }),
      sample: fc.nat(SAMPLES.length - 1),
      optimised: fc.boolean(),
      input: fc.nat(INPUTS - 1),
      key: fc.nat(INPUTS - 1),
      part: fc.constantFrom(0, 1, 2, null, null, null),
    }),
  ),
);

test("p, NOT p and p unknown part the rows, and their aggregates add up", async () => {
  let parted = 0;
  await fc.assert(
    fc.asyncProperty(cases, async (drawnCase) => {
      const sample = SAMPLES[drawnCase.sample];
      if (sample === undefined) throw new Error("no such sample");
      const sizes = await checkRows(drawnCase, sample);
      if (sizes.filter((size) => size > 0).length > 1) parted += 1;
      if (drawnCase.part !== null) await checkAggregates(drawnCase, sample);
    }),
    settings(runs(7_500, 15_000)),
  );
  // A generator whose predicates are all true or all false would prove nothing.
  expect(parted).toBeGreaterThan(runs(7_500, 15_000) * 0.3);
});

test("a fifth of the cells that may be missing are, and -0, empty texts and emoji come up", () => {
  const nullable = ["state", "user", "session", "total_tokens", "execution_duration_ms", "tag.env"];
  const cells = SAMPLES.flatMap(({ rows }) => rows.traces.flatMap((row) => nullable.map((name) => row[name])));
  expect(cells.filter((cell) => cell === null).length).toBeGreaterThan(cells.length * 0.2);
  for (const value of [-0, "", "\u{1f600}"]) expect(cells.some((cell) => Object.is(cell, value))).toBe(true);
});

/** Each row in exactly one part; gives the sizes of the parts. */
async function checkRows({ table, p, optimised }: Case, { dataset, rows }: Sample): Promise<readonly number[]> {
  const seen = new Uint8Array(rows[table].length);
  const sizes: number[] = [];
  for (const part of partsOf(p)) {
    const plan = filtered(table, part);
    const positions = await positionsOf(optimised ? optimize(plan).plan : plan, dataset);
    for (const position of positions) seen[position] = (seen[position] ?? 0) + 1;
    sizes.push(positions.length);
  }
  const wrong = seen.findIndex((times) => times !== 1);
  if (wrong >= 0) throw new Error(`row ${wrong} of ${table} is in ${seen[wrong]} parts of ${printExpr(p)}`);
  return sizes;
}

async function checkAggregates(drawnCase: Case, sample: Sample): Promise<void> {
  const { table, p, part: chosen } = drawnCase;
  const whole = await wholeOf(drawnCase, sample);
  const scale = largest(whole);
  const sum = new Map<Cell, Total>();
  for (const [at, part] of partsOf(p).entries()) {
    const groups = await groupTotals(grouped(filtered(table, part), drawnCase), sample);
    for (const [key, total] of groups) sum.set(key, joined(sum.get(key) ?? NOTHING, total));
    if (at !== chosen) continue;
    const [only] = await groupsOf(optimize(totals(filtered(table, part), drawnCase)).plan, sample.dataset);
    const rolled = [...groups.values()].reduce(joined, NOTHING);
    if (!close(totalOf(only ?? {}), rolled, scale))
      fail(p, `total ${text(only)} is not that of its groups, ${text(rolled)}`);
    const distinct = [...groups.keys()].filter((key) => key !== null).length;
    if (only?.["distinct"] !== distinct) fail(p, `${text(only?.["distinct"])} distinct keys, ${distinct} groups`);
  }
  if (sum.size !== whole.size) fail(p, `${sum.size} groups in the parts, ${whole.size} in the whole`);
  for (const [key, total] of whole) {
    const found = sum.get(key) ?? NOTHING;
    if (!close(found, total, scale))
      fail(p, `parts of group ${text(key)} give ${text(found)}, the whole ${text(total)}`);
  }
}

function fail(p: Predicate, why: string): never {
  throw new Error(`${why}: ${printExpr(p)}`);
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}

/** The groups of all rows, computed once for each sample, key and input. */
async function wholeOf(drawnCase: Case, sample: Sample): Promise<ReadonlyMap<Cell, Total>> {
  const { table, sample: at, input, key } = drawnCase;
  const name = [table, at, input, key].join(" ");
  const known = WHOLE.get(name) ?? (await groupTotals(grouped({ kind: "scan", table }, drawnCase), sample));
  WHOLE.set(name, known);
  return known;
}

function expressionOf(of: "numbers" | "texts", table: TableName, at: number): Expr {
  const found = EXPRESSIONS.get(table)?.[of][at];
  if (found === undefined) throw new Error("no such expression");
  return found;
}

function measures({ table, input }: Case): readonly Measure[] {
  const number = expressionOf("numbers", table, input);
  return [
    { name: "rows", fn: "count_rows" },
    ...(["count", "sum", "min", "max"] as const).map((fn) => ({ name: fn, fn, input: number })),
  ];
}

function grouped(input: Plan, drawnCase: Case): Plan {
  const value = expressionOf("texts", drawnCase.table, drawnCase.key);
  const keys = [{ name: "key", value }];
  return { kind: "aggregate", input, keys, measures: measures(drawnCase), nullKeys: "keep", emptyGroups: "keep" };
}

function totals(input: Plan, drawnCase: Case): Plan {
  const key = expressionOf("texts", drawnCase.table, drawnCase.key);
  const distinct: Measure = { name: "distinct", fn: "count_distinct", input: key };
  const all = [...measures(drawnCase), distinct];
  return { kind: "aggregate", input, keys: [], measures: all, nullKeys: "keep", emptyGroups: "keep" };
}

async function groupTotals(plan: Plan, { dataset }: Sample): Promise<ReadonlyMap<Cell, Total>> {
  return new Map((await groupsOf(plan, dataset)).map((group) => [group["key"] ?? null, totalOf(group)]));
}

function totalOf(group: Readonly<Record<string, Cell>>): Total {
  const number = (name: string, otherwise: number): number => Number(group[name] ?? otherwise);
  return {
    rows: number("rows", Number.NaN),
    count: number("count", Number.NaN),
    sum: number("sum", 0),
    min: number("min", NOTHING.min),
    max: number("max", NOTHING.max),
  };
}

function joined(a: Total, b: Total): Total {
  return {
    rows: a.rows + b.rows,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

/** Largest magnitude that a sum over the whole passes through. */
function largest(whole: ReadonlyMap<Cell, Total>): number {
  const { count, min, max } = [...whole.values()].reduce(joined, NOTHING);
  return count === 0 ? 1 : count * Math.max(Math.abs(min), Math.abs(max), 1);
}

/** Sums of parts are rounded once a part; all else is exact. */
function close(a: Total, b: Total, scale: number): boolean {
  return (
    a.rows === b.rows &&
    a.count === b.count &&
    a.min === b.min &&
    a.max === b.max &&
    Math.abs(a.sum - b.sum) <= scale * 1e-15
  );
}
