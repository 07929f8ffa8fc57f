// The reference for plans: evaluates expressions and whole plans row by row on plain records, in the plainest way.
// Used by the tests of exec and optimize. Shares nothing with the engine but types.

import type { TableName } from "../../src/columns/schema.ts";
import type { Expr, Predicate } from "../../src/plan/expr.ts";
import type { Aggregate, Bucket, Measure, Plan, SortKey } from "../../src/plan/logical.ts";
import type { Cell, Row, Rows } from "../support/tables.ts";

/** A row of a plan before an aggregate: where it stands, and its record. */
interface At {
  readonly table: TableName;
  readonly position: number;
  readonly row: Row;
}

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

/** Texts by code point, numbers and bigints by value, false before true. */
export function compareCells(a: Cell, b: Cell): number {
  if (typeof a === "string" && typeof b === "string") {
    const left = [...a];
    const right = [...b];
    for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
      const order = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  }
  const [x, y] = [Number(a), Number(b)];
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The value of an expression on a row; null where missing. -0 is 0. */
export function cellOf(expr: Expr, at: At, rows: Rows): Cell {
  switch (expr.kind) {
    case "column":
    case "payload":
      return plain(ownerOf(expr.table, at, rows)[expr.name] ?? null);
    case "key":
      return ownerOf(expr.table, at, rows)[`${expr.family}.${expr.key}`] ?? null;
    case "literal":
      return plain(expr.value);
    case "call": {
      const values = expr.args.map((arg) => cellOf(arg, at, rows));
      if (expr.fn === "or_zero") return values[0] ?? 0;
      if (values.includes(null)) return null;
      if (expr.fn === "add") return plain(Number(values[0]) + Number(values[1]));
      if (expr.fn === "lower") return String(values[0]).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      return jsonNumber(String(values[0]));
    }
    default:
      return truthOf(expr, at, rows);
  }
}

function plain(value: Cell): Cell {
  if (typeof value !== "number") return value;
  return Number.isNaN(value) ? null : value + 0;
}

function jsonNumber(text: string): number | null {
  if (!/^-?\d/.test(text) || text.trim() !== text) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "number" && Number.isFinite(value) ? value + 0 : null;
  } catch {
    return null;
  }
}

function ownerOf(table: TableName, at: At, rows: Rows): Row {
  if (table === at.table) return at.row;
  return rows.traces[Number(at.row["trace_row"])] ?? {};
}

/** The truth of a predicate on a row; null is unknown. */
export function truthOf(predicate: Predicate, at: At, rows: Rows): boolean | null {
  switch (predicate.kind) {
    case "truth":
      return predicate.value;
    case "compare": {
      const a = cellOf(predicate.left, at, rows);
      const b = cellOf(predicate.right, at, rows);
      if (a === null || b === null) return null;
      const order = compareCells(a, b);
      const holds = {
        "=": order === 0,
        "!=": order !== 0,
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
      };
      return holds[predicate.op];
    }
    case "match": {
      const text = cellOf(predicate.operand, at, rows);
      if (text === null) return null;
      if (predicate.mode === "rlike") return new RegExp(predicate.pattern, "u").test(String(text));
      return likeOracle(String(text), predicate.pattern, {
        fold: predicate.mode === "ilike",
        escape: predicate.escape,
      });
    }
    case "in": {
      const value = cellOf(predicate.operand, at, rows);
      return value === null ? null : predicate.values.some((candidate) => compareCells(candidate, value) === 0);
    }
    case "is-null":
      return cellOf(predicate.operand, at, rows) === null;
    case "not": {
      const truth = truthOf(predicate.operand, at, rows);
      return truth === null ? null : !truth;
    }
    case "and":
    case "or": {
      const truths = predicate.operands.map((operand) => truthOf(operand, at, rows));
      const decisive = predicate.kind === "or";
      return truths.includes(decisive) ? decisive : truths.includes(null) ? null : !decisive;
    }
    case "exists":
      return existsOracle(predicate, at, rows);
  }
}

function existsOracle(exists: Extract<Predicate, { kind: "exists" }>, at: At, rows: Rows): boolean {
  const trace = at.table === "traces" ? at.position : Number(at.row["trace_row"]);
  const hits = rows[exists.table].filter(
    (row, position) => truthOf(exists.predicate, { table: exists.table, position, row }, rows) === true,
  );
  if (hits.some((row) => row["trace_row"] === trace)) return true;
  const session = rows.traces[trace]?.["session"] ?? null;
  if (exists.scope !== "session" || session === null) return false;
  return hits.some(
    (row) => (row["session"] ?? null) !== null && rows.traces[Number(row["trace_row"])]?.["session"] === session,
  );
}

/** LIKE by dynamic programming over code points. */
export function likeOracle(text: string, pattern: string, how: { fold: boolean; escape: boolean }): boolean {
  const fold = (s: string): string => (how.fold ? s.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : s);
  const characters = [...fold(text)];
  const tokens: (string | "any" | "one")[] = [];
  const given = [...pattern];
  for (let i = 0; i < given.length; i += 1) {
    const c = given[i] ?? "";
    if (how.escape && c === "\\") {
      i += 1;
      tokens.push(`=${fold(given[i] ?? "\\")}`);
    } else tokens.push(c === "%" ? "any" : c === "_" ? "one" : `=${fold(c)}`);
  }
  let reach = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    for (const from of reach) {
      if (token === "any") for (let to = from; to <= characters.length; to += 1) next.add(to);
      else if (from < characters.length && (token === "one" || token === `=${characters[from]}`)) next.add(from + 1);
    }
    reach = next;
  }
  return reach.has(characters.length);
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
