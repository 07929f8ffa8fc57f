// Group keys: from any expression to codes by row, and from the codes of the groups back to a result column.
// Called by aggregate.ts. What must stay true: equal keys have equal codes (-0 is 0), null is -1, and codes stay below
// `cardinality`, which is known before the first row: a dictionary's size, a number of buckets, or the rows of the table.

import { invariant, unreachable } from "../base/assert.ts";
import type { BlockStats } from "../columns/column.ts";
import { NumberTable } from "../kernels/hash.ts";
import { Int64Table } from "../kernels/int64.ts";
import { bucketCodes, bucketNumber, bucketStarts } from "../kernels/time-bucket.ts";
import type { Expr, ValueType } from "../plan/expr.ts";
import type { Bucket, GroupKey } from "../plan/logical.ts";
import type { ResultColumn } from "../plan/result.ts";
import type { Batch } from "./batch.ts";
import { bindTruth } from "./evaluate.ts";
import { bindInt64, bindIntegers, type Int64Source } from "./integers.ts";
import { bindNumber, type NumberSource } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import type { TextDictionary } from "./text-source.ts";
import { bindText, TextCoder } from "./texts.ts";
import { type BucketedTimes, type TimeRuns, timeRuns } from "./time-runs.ts";
import { rangeOfBlocks } from "./zones.ts";

/** A bound key. */
export interface KeySource {
  readonly name: string;
  /** Codes are below it. */
  readonly cardinality: number;
  /** Whether a block may hold nulls. */
  mayBeNull(block: number): boolean;
  /** Codes by row of the block; -1 where null. The array may be a column's own. */
  codes(batch: Batch): Int32Array;
  /** The code of all rows of a block, where zone maps show that they share one. */
  constant?(block: number): number | undefined;
  /** Bounds of the codes of a block, and at least as many nulls as it has; where they are known. */
  range?(block: number): BlockStats | undefined;
  /** Whether the codes, or the times, are a column's own memory. */
  readonly stable?: boolean;
  /** For a bucket: its times, from which codes are made by arithmetic. Every row that comes here has one. */
  readonly times?: BucketedTimes;
  /** For a bucket: the runs of a batch whose rows are known to share one, where zone maps may say so. */
  runs?(batch: Batch): TimeRuns | undefined;
  /** The result column of the codes of the groups. */
  result(codes: Int32Array): ResultColumn;
}

/** What keys are bound with. */
export interface KeyContext {
  readonly scope: Scope;
  /** The nearest bucket below the aggregate. */
  readonly bucket: Bucket | undefined;
  /** Blocks that will be read. */
  readonly blocks: readonly number[];
}

/** Binds a group key. Throws E_COLUMN_NOT_LOADED. */
export function bindKey({ name, value }: GroupKey, context: KeyContext): KeySource {
  if (value === "bucket") {
    invariant(context.bucket !== undefined, "a bucket below the aggregate");
    return bucketKey(name, context.bucket, context);
  }
  const type: ValueType = value.type;
  switch (type) {
    case "text":
      return textKey(name, value, context.scope);
    case "number": {
      const integers = bindIntegers(value, context.scope);
      if (integers !== undefined) return integerKey(name, integers, context.scope);
      return numberKey({ name, kind: "number" }, bindNumber(value, context.scope), context.scope);
    }
    case "bool":
      return boolKey(name, value, context.scope);
    case "int64":
      return integerKey(name, bindInt64(value, context.scope), context.scope);
    default:
      return unreachable(type);
  }
}

/** Most buckets that become codes by subtraction; a wider range goes through a table of the buckets met. */
const MAX_BUCKET_CODES = 2 ** 31 - 2;

function bucketKey(name: string, { time, widthMs }: Bucket, { scope, blocks }: KeyContext): KeySource {
  const source = bindNumber(time, scope);
  const range = source.stats === undefined ? undefined : rangeOfBlocks((block) => source.stats?.(block), blocks);
  const first = range === undefined ? Number.NaN : bucketNumber(range.min, widthMs);
  const count = range === undefined ? Number.NaN : bucketNumber(range.max, widthMs) - first + 1;
  if (!(count <= MAX_BUCKET_CODES)) {
    const starts = new Float64Array(scope.batchRows);
    const values = (batch: Batch): Float64Array => {
      bucketStarts({ times: source.values(batch), widthMs }, batch.rows, starts);
      return starts;
    };
    return numberKey({ name, kind: "time" }, { values, stable: false }, scope);
  }
  const out = new Int32Array(scope.batchRows);
  const times = { source, width: widthMs, first };
  return {
    name,
    cardinality: Math.max(1, count),
    mayBeNull: (block) => source.stats?.(block)?.nulls !== 0,
    constant(block) {
      const found = scope.shortcuts.has("zone-maps") ? source.stats?.(block) : undefined;
      if (found === undefined || found.min > found.max) return undefined;
      // Rows without a time have left before; the others lie between the two.
      const code = bucketNumber(found.min, widthMs);
      return code === bucketNumber(found.max, widthMs) ? code - first : undefined;
    },
    times,
    runs: (batch) => (scope.shortcuts.has("zone-maps") ? timeRuns(times, batch) : undefined),
    stable: source.stable,
    codes(batch) {
      bucketCodes({ times: source.values(batch), widthMs, first }, batch.rows, out);
      return out;
    },
    result: (codes) => ({
      kind: "time",
      name,
      values: Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : (first + code) * widthMs)),
    }),
  };
}

function textKey(name: string, value: Expr, scope: Scope): KeySource {
  const source = bindText(value, scope);
  if (source.kind === "codes") {
    return {
      name,
      cardinality: source.dictionary.size,
      mayBeNull: (block) => source.stats?.(block)?.nulls !== 0,
      constant: (block) => (scope.shortcuts.has("zone-maps") ? constantCode(source.stats?.(block)) : undefined),
      range: (block) => (scope.shortcuts.has("zone-maps") ? source.stats?.(block) : undefined),
      stable: source.stable === true,
      codes: (batch) => source.codes(batch),
      result: (codes) => textResult(name, codes, source.dictionary),
    };
  }
  const coder = new TextCoder(name);
  const out = new Int32Array(scope.batchRows);
  return {
    name,
    cardinality: scope.table.rows,
    mayBeNull: () => true,
    codes(batch) {
      coder.add(source.texts(batch), batch.rows, out);
      return out;
    },
    result: (codes) => textResult(name, codes, coder.dictionary),
  };
}

function constantCode(stats: BlockStats | undefined): number | undefined {
  if (stats === undefined) return undefined;
  if (stats.min > stats.max) return -1;
  return stats.nulls === 0 && stats.min === stats.max ? stats.min : undefined;
}

function textResult(name: string, codes: Int32Array, dictionary: TextDictionary): ResultColumn {
  const { offsets, bytes } = dictionary;
  return { kind: "text", name, codes, text: (code) => dictionary.text(code), texts: { offsets, bytes } };
}

function numberKey(
  { name, kind }: { readonly name: string; readonly kind: "number" | "time" },
  source: NumberSource,
  scope: Scope,
): KeySource {
  const table = new NumberTable();
  const out = new Int32Array(scope.batchRows);
  return {
    name,
    cardinality: scope.table.rows,
    mayBeNull: () => true,
    codes(batch) {
      const values = source.values(batch);
      const { positions, count } = batch.rows;
      for (let i = 0; i < count; i += 1) {
        const row = positions === undefined ? i : positions[i]!;
        out[row] = table.intern(values[row]!);
      }
      return out;
    },
    result: (codes) => ({
      kind,
      name,
      values: Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : table.value(code))),
    }),
  };
}

function integerKey(name: string, source: Int64Source, scope: Scope): KeySource {
  const table = new Int64Table();
  const out = new Int32Array(scope.batchRows);
  return {
    name,
    cardinality: scope.table.rows,
    mayBeNull: () => true,
    codes(batch) {
      table.intern(source.values(batch), batch.rows, out);
      return out;
    },
    result: (codes) => ({
      kind: "integer",
      name,
      values: table.values(codes),
      missing: Uint8Array.from(codes, (code) => Number(code < 0)),
    }),
  };
}

const BOOL_TEXTS = ["false", "true"];

function boolKey(name: string, value: Expr, scope: Scope): KeySource {
  const truth = bindTruth(value, scope);
  const truths = new Uint8Array(scope.batchRows);
  const out = new Int32Array(scope.batchRows);
  return {
    name,
    cardinality: BOOL_TEXTS.length,
    mayBeNull: () => true,
    codes(batch) {
      truth(batch, truths);
      const { positions, count } = batch.rows;
      for (let i = 0; i < count; i += 1) {
        const row = positions === undefined ? i : positions[i]!;
        out[row] = truths[row] === 2 ? -1 : truths[row]!;
      }
      return out;
    },
    result: (codes) => ({ kind: "text", name, codes, text: (code) => BOOL_TEXTS[code] ?? "" }),
  };
}
