// Puts the groups of several runs together, and finishes them to what one run over all rows would give.
// Called by state/. What must stay true: groups come in order of first appearance, counts and integer sums are exact, sums
// are merged with their errors, digests in the order of the parts.

import { invariant, unreachable } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { digestOfBytes } from "../kernels/digest-bytes.ts";
import { TDigest } from "../kernels/tdigest.ts";
import type { Measure } from "../plan/logical.ts";
import { type GroupSteps, PARTIAL_NAMES, type PartialName } from "../plan/partial.ts";
import type { GroupedResult, ResultColumn } from "../plan/result.ts";
import { limitGroups } from "./limit.ts";
import { sortGroups } from "./sort.ts";

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** A key of a group, as a state file has it. Times are ms since 1970. */
export type KeyValue = string | number | null;

/** One group of a part. Absent numbers are undefined. */
export interface PartialGroup {
  readonly keys: readonly KeyValue[];
  count_rows?: number;
  count?: number;
  /** Exact where it is an integer beyond float64. */
  sum?: number | bigint;
  sum_error?: number;
  min?: number | bigint;
  max?: number | bigint;
  digest?: TDigest;
}

/** A key column of a part. */
export interface KeyColumn {
  readonly name: string;
  readonly type: "text" | "time" | "number";
}

/** The groups of one or several runs of a partial plan. */
export interface PartialGroups {
  readonly keys: readonly KeyColumn[];
  readonly measures: readonly PartialName[];
  readonly groups: readonly PartialGroup[];
}

/** The groups of a run. `keys`: how many of the columns are keys. Throws E_OVERFLOW for a sum that float64 does not hold. */
export function partialGroups({ columns, rows }: GroupedResult, keys: number): PartialGroups {
  const keyColumns = columns.slice(0, keys);
  const measures = columns.slice(keys).map(({ name }) => partialName(name));
  const groups = Array.from({ length: rows }, (_, row) => {
    const group: PartialGroup = { keys: keyColumns.map((column) => keyAt(column, row)) };
    columns.slice(keys).forEach((column) => {
      setPart(group, column, row);
    });
    return group;
  });
  return { keys: keyColumns.map(({ name, kind }) => ({ name, type: keyType(kind) })), measures, groups };
}

function partialName(name: string): PartialName {
  const found = PARTIAL_NAMES.find((one) => one === name);
  invariant(found !== undefined, `a partial column ${name}`);
  return found;
}

function keyType(kind: ResultColumn["kind"]): KeyColumn["type"] {
  invariant(kind === "text" || kind === "time" || kind === "number", `${kind} is no key of a state`);
  return kind;
}

function keyAt(column: ResultColumn, row: number): KeyValue {
  if (column.kind === "text") return column.codes[row]! < 0 ? null : column.text(column.codes[row]!);
  const value = Number(column.values[row]);
  return Number.isNaN(value) ? null : value;
}

function setPart(group: PartialGroup, column: ResultColumn, row: number): void {
  const name = partialName(column.name);
  if (column.kind === "bytes") {
    const bytes = column.values[row];
    if (bytes !== undefined) group.digest = digestOfBytes(bytes);
    return;
  }
  invariant(column.kind === "number" || column.kind === "integer", "a part is a number");
  if (column.kind === "integer" && column.missing[row] === 1) return;
  const value = column.values[row]!;
  if (typeof value === "number" && Number.isNaN(value)) return;
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new EngineError("E_OVERFLOW", "a sum passes the largest float64, which a state does not hold");
  }
  if (name === "sum" || name === "min" || name === "max") group[name] = value;
  else if (name !== "digest") group[name] = Number(value);
}

/** Groups of several parts, in the order of the parts; equal keys are one. Throws E_OVERFLOW, E_TOO_MANY_GROUPS. */
export function mergePartials(parts: readonly PartialGroups[], maxGroups: number): PartialGroups {
  const [first] = parts;
  invariant(first !== undefined, "a part to merge");
  const byKey = new Map<string, PartialGroup>();
  for (const part of parts) {
    for (const group of part.groups) {
      const key = JSON.stringify(group.keys);
      const known = byKey.get(key);
      if (known !== undefined) mergeGroup(known, group);
      else if (byKey.size === maxGroups) {
        throw new EngineError("E_TOO_MANY_GROUPS", `more than ${maxGroups} groups`);
      } else {
        const fresh: PartialGroup = { keys: group.keys };
        mergeGroup(fresh, group);
        byKey.set(key, fresh);
      }
    }
  }
  return { ...first, groups: [...byKey.values()] };
}

function mergeGroup(into: PartialGroup, from: PartialGroup): void {
  if (from.count_rows !== undefined) into.count_rows = (into.count_rows ?? 0) + from.count_rows;
  if (from.count !== undefined) into.count = (into.count ?? 0) + from.count;
  if (from.sum !== undefined) addSum(into, from.sum, from.sum_error ?? 0);
  if (from.min !== undefined) into.min = into.min === undefined || from.min < into.min ? from.min : into.min;
  if (from.max !== undefined) into.max = into.max === undefined || from.max > into.max ? from.max : into.max;
  if (from.digest === undefined) return;
  // A digest grows: that of a part stays as it is.
  into.digest ??= new TDigest();
  into.digest.merge(from.digest);
}

function addSum(into: PartialGroup, sum: number | bigint, error: number): void {
  if (typeof sum === "bigint" && (into.sum === undefined || typeof into.sum === "bigint")) {
    const whole = (into.sum ?? 0n) + sum;
    if (whole < LEAST || whole > MOST)
      throw new EngineError("E_OVERFLOW", `a sum is ${whole}, which int64 does not hold`);
    into.sum = whole;
    into.sum_error = 0;
    return;
  }
  const [left, leftError] = asPair(into.sum ?? 0, into.sum_error ?? 0);
  const [right, rightError] = asPair(sum, error);
  const [whole, rest] = twoSum(left, right);
  if (!Number.isFinite(whole)) throw new EngineError("E_OVERFLOW", "a sum passes the largest float64");
  const [low, lowest] = twoSum(leftError, rightError);
  [into.sum, into.sum_error] = twoSum(whole, rest + low);
  into.sum_error += lowest;
}

/** A number and what it lacks; an int64 in two float64 is exact. */
function asPair(sum: number | bigint, error: number): readonly [sum: number, error: number] {
  if (typeof sum === "number") return [sum, error];
  const near = Number(sum);
  return [near, Number(sum - BigInt(near))];
}

/** The sum of two numbers and its rounding error: D. E. Knuth, TAOCP vol. 2, 4.2.2. */
function twoSum(left: number, right: number): [sum: number, error: number] {
  const sum = left + right;
  const part = sum - left;
  return [sum, left - (sum - part) + (right - part)];
}

/** The result of the steps of a plan over merged groups. */
export function finishPartials(parts: PartialGroups, { aggregate, sort, limit }: GroupSteps): GroupedResult {
  const { measures, emptyGroups } = aggregate;
  const kept = parts.groups.filter(
    (group) => emptyGroups === "keep" || measures.some((measure) => !Number.isNaN(finished(measure, group))),
  );
  const keys = parts.keys.map((key, at) =>
    keyColumn(
      key,
      kept.map((group) => group.keys[at] ?? null),
    ),
  );
  const values = measures.map(
    (measure): ResultColumn => ({
      kind: "number",
      name: measure.name,
      values: Float64Array.from(kept, (group) => finished(measure, group)),
    }),
  );
  const grouped: GroupedResult = { kind: "grouped", rows: kept.length, columns: [...keys, ...values] };
  const sorted = sort === undefined ? grouped : sortGroups(grouped, sort);
  return limit === undefined ? sorted : limitGroups(sorted, limit);
}

function keyColumn({ name, type }: KeyColumn, values: readonly KeyValue[]): ResultColumn {
  if (type !== "text") {
    return {
      kind: type,
      name,
      values: Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value))),
    };
  }
  return {
    kind: "text",
    name,
    codes: Int32Array.from(values, (value, at) => (value === null ? -1 : at)),
    text: (code) => String(values[code]),
  };
}

/** The value of a measure, NaN where null. */
function finished({ fn, percentile }: Measure, group: PartialGroup): number {
  const { count = 0, digest } = group;
  switch (fn) {
    case "count_rows":
      return group.count_rows ?? 0;
    case "count":
      return count;
    case "sum":
      return count === 0 ? Number.NaN : Number(group.sum);
    case "avg":
      return count === 0 ? Number.NaN : Number(group.sum) / count;
    case "min":
    case "max":
      return Number(group[fn] ?? Number.NaN);
    case "percentile":
      return digest?.percentile(percentile ?? 0) ?? Number.NaN;
    case "digest_wide":
      return digest === undefined ? Number.NaN : Number(digest.isWide);
    case "count_distinct":
    case "sum_error":
    case "digest":
      throw new EngineError("E_INTERNAL", `${fn} is not finished from parts`);
    default:
      return unreachable(fn);
  }
}
