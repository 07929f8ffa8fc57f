// The reference for plans: runs whole plans row by row on plain records, in the plainest way.
// Used by the tests of exec. Shares nothing with the engine but types.

import type { TableName } from "../../src/columns/schema.ts";
import type { Expr } from "../../src/plan/expr.ts";
import type { Aggregate, Bucket, Measure, Plan, SortKey } from "../../src/plan/logical.ts";
import type { Cell, Rows } from "../support/tables.ts";
import { type At, cellOf, compareCells, truthOf } from "./predicate-oracle.ts";

/** What a plan gives: positions, or groups as records by output name. */
export type OracleResult =
  | { readonly kind: "rows"; readonly positions: readonly number[] }
  | { readonly kind: "grouped"; readonly groups: readonly Readonly<Record<string, Cell>>[] };

/** Runs a plan over the rows. */
export function runOracle(plan: Plan, rows: Rows): OracleResult {
  if (plan.kind === "scan") {
    const all = rows[plan.table].map((row, position) => ({ table: plan.table, position, row }));
    const traces = plan.traces;
    const kept = traces === undefined ? all : all.filter((at) => truthOf(traces, at, rows) === true);
    return { kind: "rows", positions: kept.map(({ position }) => position) };
  }
  const input = runOracle(plan.input, rows);
  const table = tableOfPlan(plan);
  const at = (position: number): At => ({ table, position, row: rows[table][position] ?? {} });
  if (plan.kind === "limit") return limited(input, plan.offset, plan.count);
  if (plan.kind === "sort") return sorted(input, plan.keys, (by, position) => cellOf(by, at(position), rows));
  if (input.kind === "grouped") throw new Error(`${plan.kind} above an aggregate`);
  const { positions } = input;
  if (plan.kind === "filter") {
    return { kind: "rows", positions: positions.filter((p) => truthOf(plan.predicate, at(p), rows) === true) };
  }
  if (plan.kind === "bucket") {
    return { kind: "rows", positions: positions.filter((p) => cellOf(plan.time, at(p), rows) !== null) };
  }
  return { kind: "grouped", groups: aggregate(plan, positions.map(at), rows) };
}

function tableOfPlan(plan: Plan): TableName {
  return plan.kind === "scan" ? plan.table : tableOfPlan(plan.input);
}

function limited(input: OracleResult, offset: number, count: number): OracleResult {
  if (input.kind === "rows") return { kind: "rows", positions: input.positions.slice(offset, offset + count) };
  return { kind: "grouped", groups: input.groups.slice(offset, offset + count) };
}

function sorted(
  input: OracleResult,
  keys: readonly SortKey[],
  value: (by: Expr, position: number) => Cell,
): OracleResult {
  const byKeys = (cells: (key: SortKey) => [Cell, Cell]): number => {
    for (const key of keys) {
      const [a, b] = cells(key);
      if (a === null && b === null) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      const order = compareCells(a, b);
      if (order !== 0) return key.descending ? -order : order;
    }
    return 0;
  };
  if (input.kind === "rows") {
    const positions = [...input.positions].sort((a, b) =>
      byKeys(({ by }) => ("output" in by ? [null, null] : [value(by, a), value(by, b)])),
    );
    return { kind: "rows", positions };
  }
  const groups = [...input.groups].sort((a, b) =>
    byKeys(({ by }) => ("output" in by ? [a[by.output] ?? null, b[by.output] ?? null] : [null, null])),
  );
  return { kind: "grouped", groups };
}

function aggregate(node: Aggregate, input: readonly At[], rows: Rows): readonly Record<string, Cell>[] {
  const bucket = bucketOf(node);
  const groups = new Map<string, { keys: Cell[]; members: At[] }>();
  if (node.keys.length === 0) groups.set("[]", { keys: [], members: [] });
  for (const at of input) {
    const keys = node.keys.map(({ value }) => {
      if (value !== "bucket") {
        const cell = cellOf(value, at, rows);
        return typeof cell === "boolean" ? String(cell) : cell;
      }
      if (bucket === undefined) throw new Error("no bucket");
      return bucketStart(Number(cellOf(bucket.time, at, rows)), bucket.widthMs);
    });
    if (node.nullKeys === "drop" && keys.includes(null)) continue;
    const id = JSON.stringify(keys);
    const group = groups.get(id) ?? { keys, members: [] };
    group.members.push(at);
    groups.set(id, group);
  }
  return [...groups.values()].flatMap(({ keys, members }) => {
    const values = node.measures.map((measure) => measureOf(measure, members, rows));
    if (node.emptyGroups === "drop" && values.length > 0 && values.every((value) => value === null)) return [];
    const names = [...node.keys, ...node.measures].map(({ name }) => name);
    return [Object.fromEntries(names.map((name, i) => [name, [...keys, ...values][i] ?? null]))];
  });
}

function bucketOf(plan: Plan): Bucket | undefined {
  if (plan.kind === "bucket") return plan;
  return plan.kind === "scan" ? undefined : bucketOf(plan.input);
}

/** Floor by exact integers. */
export function bucketStart(time: number, width: number): number {
  const [t, w] = [BigInt(time), BigInt(width)];
  const quotient = t / w - (t % w < 0n ? 1n : 0n);
  return Number(quotient * w);
}

function measureOf(measure: Measure, members: readonly At[], rows: Rows): number | null {
  if (measure.fn === "count_rows") return members.length;
  const { input } = measure;
  if (input === undefined) throw new Error(`${measure.fn} without input`);
  const inputs = members.map((at) => cellOf(input, at, rows)).filter((value) => value !== null);
  if (measure.fn === "count") return inputs.length;
  if (measure.fn === "count_distinct") return new Set(inputs).size;
  const numbers = inputs.map(Number);
  if (numbers.length === 0) return null;
  switch (measure.fn) {
    case "sum":
      return exactSum(numbers);
    case "avg":
      return exactSum(numbers) / numbers.length;
    case "min":
      return numbers.reduce((a, b) => Math.min(a, b)) + 0;
    case "max":
      return numbers.reduce((a, b) => Math.max(a, b)) + 0;
    case "percentile":
      return percentileOracle(numbers, measure.percentile ?? 0);
    case "sum_error":
    case "digest":
    case "digest_wide":
      throw new Error(`${measure.fn} is of parts, which have tests of their own`);
  }
}

/** Type 7 by sorting. */
export function percentileOracle(numbers: readonly number[], percentile: number): number {
  const ordered = Float64Array.from(numbers, (value) => value + 0).sort();
  const rank = (percentile / 100) * (ordered.length - 1);
  const low = ordered[Math.floor(rank)] ?? Number.NaN;
  const high = ordered[Math.ceil(rank)] ?? Number.NaN;
  return low + (rank - Math.floor(rank)) * (high - low);
}

/** The sum in exact rational arithmetic, rounded once. */
export function exactSum(numbers: readonly number[]): number {
  const SHIFT = 1074n;
  let total = 0n;
  const view = new DataView(new ArrayBuffer(8));
  for (const value of numbers) {
    view.setFloat64(0, value);
    const bits = view.getBigUint64(0);
    const exponent = (bits >> 52n) & 0x7ffn;
    const mantissa = (bits & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
    const scaled = mantissa << (exponent === 0n ? 0n : exponent - 1n);
    total += bits >> 63n === 1n ? -scaled : scaled;
  }
  return roundScaled(total, SHIFT);
}

/** `total / 2 ** shift`, rounded to nearest, ties to even. */
function roundScaled(total: bigint, shift: bigint): number {
  const negative = total < 0n;
  let magnitude = negative ? -total : total;
  const extra = BigInt(Math.max(0, magnitude.toString(2).length - 53));
  const rest = magnitude & ((1n << extra) - 1n);
  const half = extra === 0n ? 1n : 1n << (extra - 1n);
  magnitude >>= extra;
  if (extra > 0n && (rest > half || (rest === half && (magnitude & 1n) === 1n))) magnitude += 1n;
  const exponent = Number(extra - shift);
  // Two steps, for 2 ** -1074 times a 53-bit number is exact only when the scaling does not underflow on the way.
  const value =
    exponent < -1022 ? Number(magnitude) * 2 ** -1000 * 2 ** (exponent + 1000) : Number(magnitude) * 2 ** exponent;
  return negative ? -value : value + 0;
}
