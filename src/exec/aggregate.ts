// Aggregate: group ids from the keys, measures by id, and the groups that are left as result columns.
// Called by compile.ts. What must stay true: without keys there is exactly one group, also over no rows; groups come in
// order of first appearance; rows with a null key are dropped before grouping under `drop`, or null is a key of its own.

import { BLOCK_ROWS } from "../columns/column.ts";
import { Grouper } from "../kernels/group.ts";
import { type Selection, selectCodes } from "../kernels/select.ts";
import type { Aggregate, Bucket, Measure } from "../plan/logical.ts";
import type { GroupedResult, ResultColumn } from "../plan/result.ts";
import type { Batch } from "./batch.ts";
import { bindKey, type KeySource } from "./group-keys.ts";
import { takeIntegers } from "./integers.ts";
import { bindMeasures, type MeasureValues } from "./measures.ts";
import type { Meter } from "./meter.ts";
import type { Sink } from "./pipeline.ts";
import type { Scope } from "./scope.ts";

/** What to aggregate. */
export interface AggregateOptions {
  readonly scope: Scope;
  readonly bucket: Bucket | undefined;
  /** Blocks that will be read. */
  readonly blocks: readonly number[];
  readonly maxGroups: number;
  readonly meter: Meter;
}

/** An aggregate under way. */
export interface AggregateSink extends Sink {
  /** The result over all batches consumed. */
  finish(): GroupedResult;
}

/** Binds an aggregate. Throws E_COLUMN_NOT_LOADED; `consume` throws E_TOO_MANY_GROUPS. */
export function aggregateRows(node: Aggregate, options: AggregateOptions): AggregateSink {
  const { scope, maxGroups, meter } = options;
  const keys = node.keys.map((key) => bindKey(key, options));
  const measures = bindMeasures(node.measures, options);
  const keepNulls = node.nullKeys === "keep";
  const spaces = keys.map(({ cardinality }) => ({ cardinality: cardinality + (keepNulls ? 1 : 0) }));
  const grouper = new Grouper(spaces, { maxGroups, rows: rowsOf(options) });
  meter.note = noteOf(groupingOf(grouper), node.measures);
  const codesOf = keepNulls ? shiftedCodes(keys, scope) : droppingNulls(keys, scope);
  const ids = new Uint32Array(scope.batchRows);
  return {
    meter,
    consume(batch) {
      const codes = codesOf(batch);
      if (batch.rows.count === 0) return;
      grouper.assign(codes, batch.rows, ids);
      measures.add(batch, keys.length === 0 ? undefined : ids, grouper.groups);
    },
    finish() {
      const { groups } = grouper;
      const values = measures.finish(groups);
      const kept = keptGroups(groups, node.emptyGroups === "drop" ? values : []);
      const keyColumns = keys.map((key, at) => {
        const codes = grouper.keyCodes(at);
        return key.result(takeKept(codes, kept, Number(keepNulls)));
      });
      const measureColumns = node.measures.map(({ name }, at) => takeGroups(name, values[at], kept));
      return { kind: "grouped", rows: kept.length, columns: [...keyColumns, ...measureColumns] };
    },
  };
}

/** Rows of the blocks that will be read, at most. */
function rowsOf({ scope, blocks }: AggregateOptions): number {
  return Math.min(scope.table.rows, blocks.length * BLOCK_ROWS);
}

function groupingOf({ method, space }: Grouper): string {
  const grouping = {
    single: "one group",
    direct: `direct addressing of ${space} slots`,
    "open addressing": "open addressing",
  };
  return grouping[method];
}

/** What explain says of an aggregate: how rows find their group, and how percentiles are computed. */
export function noteOf(grouping: string, measures: readonly Measure[]): string {
  const exact = measures.some(({ fn, method }) => fn === "percentile" && method !== "tdigest");
  const digest = measures.some(({ method }) => method === "tdigest");
  const percentiles = [
    exact ? "exact percentiles by selection" : "",
    digest ? "approximate percentiles by t-digest" : "",
  ];
  return [grouping, ...percentiles].filter((part) => part !== "").join("; ");
}

type CodesOf = (batch: Batch) => readonly Int32Array[];

/** Codes of all keys; rows with a null in any of them leave the batch. */
function droppingNulls(keys: readonly KeySource[], scope: Scope): CodesOf {
  const positions = new Uint32Array(scope.batchRows);
  return (batch) =>
    keys.map((key) => {
      const codes = key.codes(batch);
      if (key.mayBeNull(batch.block)) batch.rows = selectCodes(codes, batch.rows, positions);
      return codes;
    });
}

/** Codes of all keys, one higher: 0 is null. */
function shiftedCodes(keys: readonly KeySource[], scope: Scope): CodesOf {
  const shifted = keys.map(() => new Int32Array(scope.batchRows));
  return (batch) =>
    keys.map((key, at) => {
      const codes = key.codes(batch);
      const out = shifted[at] ?? codes;
      shift(codes, batch.rows, out);
      return out;
    });
}

function shift(codes: Int32Array, { positions, count }: Selection, out: Int32Array): void {
  for (let i = 0; i < count; i += 1) {
    const row = positions === undefined ? i : positions[i]!;
    out[row] = codes[row]! + 1;
  }
}

/** Groups with a value in at least one of the measures; all of them when there is no measure to look at. */
export function keptGroups(groups: number, values: readonly MeasureValues[]): Int32Array {
  const marks = new Uint8Array(groups).fill(values.length === 0 ? 1 : 0);
  for (const measure of values) {
    if (measure instanceof Float64Array) {
      for (let group = 0; group < groups; group += 1) marks[group]! |= Number(!Number.isNaN(measure[group]!));
    } else if ("bytes" in measure) {
      for (let group = 0; group < groups; group += 1) marks[group]! |= Number(measure.bytes[group] !== undefined);
    } else for (let group = 0; group < groups; group += 1) marks[group]! |= 1 - measure.missing[group]!;
  }
  const kept = new Int32Array(groups);
  let count = 0;
  for (let group = 0; group < groups; group += 1) {
    kept[count] = group;
    count += marks[group]!;
  }
  return kept.subarray(0, count);
}

/** The codes of these groups, each less `shift`. */
export function takeKept(codes: Int32Array, kept: Int32Array, shift: number): Int32Array {
  const out = new Int32Array(kept.length);
  for (let i = 0; i < kept.length; i += 1) out[i] = codes[kept[i]!]! - shift;
  return out;
}

/** The result column of a measure: its values of these groups. */
export function takeGroups(name: string, values: MeasureValues | undefined, kept: Int32Array): ResultColumn {
  if (values !== undefined && "bytes" in values) {
    return { kind: "bytes", name, values: Array.from(kept, (group) => values.bytes[group]) };
  }
  if (values !== undefined && !(values instanceof Float64Array)) {
    return takeIntegers({ kind: "integer", name, ...values }, kept);
  }
  const out = new Float64Array(kept.length);
  if (values !== undefined) for (let i = 0; i < kept.length; i += 1) out[i] = values[kept[i]!]!;
  return { kind: "number", name, values: out };
}
