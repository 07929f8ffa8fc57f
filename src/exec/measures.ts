// Measures of an aggregate: one accumulator for each distinct input, shared by all measures that read it.
// Called by aggregate.ts. What must stay true: missing inputs are skipped; a group without any has the value that
// plan/functions.ts names (0 for counts, else null). Sums are made by part, some blocks in a row, and merged in order,
// so that a run in parallel that merges parts in that order gives the same bits.

import { invariant, unreachable } from "../base/assert.ts";
import { countCodes, countNumbers, countRows, type Grouped, maxByGroup, minByGroup } from "../kernels/accumulate.ts";
import { digestBytes } from "../kernels/digest-bytes.ts";
import { DigestGroups } from "../kernels/digest-groups.ts";
import { DistinctCounter } from "../kernels/distinct.ts";
import { collectChunk, gatherByGroup, percentilesByGroup, type ValueChunk } from "../kernels/quantile.ts";
import type { TDigest } from "../kernels/tdigest.ts";
import type { Expr } from "../plan/expr.ts";
import type { Measure } from "../plan/logical.ts";
import { exprKey } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import { bindKey } from "./group-keys.ts";
import { type GroupSums, groupSums } from "./group-sums.ts";
import { IntegerAccumulator, type IntegerValues, isExactMeasure } from "./integer-measures.ts";
import { bindIntegers } from "./integers.ts";
import { bindNumber, type NumberSource } from "./numbers.ts";
import type { Scope } from "./scope.ts";

/** Values of a measure by group: numbers, NaN where null, exact integers, or bytes. */
export type MeasureValues = Float64Array | IntegerValues | DigestValues;

/** Digests by group, as bytes. */
export interface DigestValues {
  readonly bytes: readonly (Uint8Array | undefined)[];
}

/** Accumulates what the measures of one input need. */
interface InputAccumulator {
  /** Adds a batch; `groups`: ids are below it. */
  add(batch: Batch, ids: Uint32Array | undefined, groups: number): void;
  /** The values of a measure by group. */
  finish(measure: Measure, groups: number): MeasureValues;
}

/** All measures of an aggregate. */
export interface BoundMeasures {
  add(batch: Batch, ids: Uint32Array | undefined, groups: number): void;
  /** One a measure. Throws E_OVERFLOW. */
  finish(groups: number): readonly MeasureValues[];
}

/** Blocks of a part: the fewer, the more often the sums of all groups are merged. */
export const PART_BLOCKS = 8;

/** The part that a block belongs to: a part is summed from zero, and parts are merged in order. */
export function partOf(block: number): number {
  return Math.floor(block / PART_BLOCKS);
}

/** What measures are bound with. */
export interface MeasureContext {
  readonly scope: Scope;
  /** Blocks that will be read. */
  readonly blocks: readonly number[];
}

/** Binds measures. Throws E_COLUMN_NOT_LOADED. */
export function bindMeasures(measures: readonly Measure[], context: MeasureContext): BoundMeasures {
  const inputs = new Map<string, { readonly input: Expr | undefined; readonly measures: Measure[] }>();
  const keyOf = ({ input, fn }: Measure): string =>
    input === undefined ? "" : `${fn === "count_distinct" ? "codes" : ""}${exprKey(input)}`;
  for (const measure of measures) {
    const known = inputs.get(keyOf(measure));
    if (known === undefined) inputs.set(keyOf(measure), { input: measure.input, measures: [measure] });
    else known.measures.push(measure);
  }
  const accumulators = new Map<string, InputAccumulator>();
  for (const [key, { input, measures: served }] of inputs) accumulators.set(key, accumulatorOf(input, served, context));
  return {
    add(batch, ids, groups) {
      for (const accumulator of accumulators.values()) accumulator.add(batch, ids, groups);
    },
    finish: (groups) =>
      measures.map((measure) => {
        const accumulator = accumulators.get(keyOf(measure));
        invariant(accumulator !== undefined, "an accumulator for every measure");
        return accumulator.finish(measure, groups);
      }),
  };
}

function accumulatorOf(
  input: Expr | undefined,
  measures: readonly Measure[],
  context: MeasureContext,
): InputAccumulator {
  const { scope } = context;
  if (input === undefined) return new RowCounter();
  const onCodes = input.type !== "number" || measures.some(({ fn }) => fn === "count_distinct");
  if (onCodes) return new CodeCounter(input, scope);
  const integers = bindIntegers(input, scope);
  const numbers = (served: readonly Measure[]) => new NumberAccumulator(bindNumber(input, scope), served, context);
  if (integers === undefined) return numbers(measures);
  const rounded = numbers(measures.filter((measure) => !isExactMeasure(measure)));
  return withIntegers(rounded, new IntegerAccumulator(input, integers, measures));
}

/** Of an input that holds int64: sums and extremes exact, counts, averages and percentiles by float64. */
function withIntegers(rounded: NumberAccumulator, exact: IntegerAccumulator): InputAccumulator {
  return {
    add(batch, ids, groups) {
      rounded.add(batch, ids, groups);
      exact.add(batch, ids, groups);
    },
    finish(measure, groups) {
      if (!isExactMeasure(measure)) return rounded.finish(measure, groups);
      const counts = rounded.finish({ ...measure, fn: "count" }, groups);
      invariant(counts instanceof Float64Array, "a count is a number");
      return exact.finish(measure, counts);
    },
  };
}

function withRoom(array: Float64Array, length: number, fill: number): Float64Array {
  if (length <= array.length) return array;
  const larger = new Float64Array(Math.max(length, array.length * 2)).fill(fill, array.length);
  larger.set(array);
  return larger;
}

class RowCounter implements InputAccumulator {
  #counts: Float64Array = new Float64Array(1);

  add({ rows }: Batch, ids: Uint32Array | undefined, groups: number): void {
    this.#counts = withRoom(this.#counts, groups, 0);
    countRows({ ids, rows }, this.#counts);
  }

  finish(_: Measure, groups: number): Float64Array {
    return withRoom(this.#counts, groups, 0).slice(0, groups);
  }
}

/** Counts, and counts of distinct values, of any type by way of codes. */
class CodeCounter implements InputAccumulator {
  #counts: Float64Array = new Float64Array(1);
  readonly #distinct = new DistinctCounter();
  readonly #codes: (batch: Batch) => Int32Array;

  constructor(input: Expr, scope: Scope) {
    const key = bindKey({ name: "input", value: input }, { scope, bucket: undefined, blocks: [] });
    this.#codes = (batch) => key.codes(batch);
  }

  add(batch: Batch, ids: Uint32Array | undefined, groups: number): void {
    const codes = this.#codes(batch);
    this.#counts = withRoom(this.#counts, groups, 0);
    countCodes(codes, { ids, rows: batch.rows }, this.#counts);
    this.#distinct.add(codes, ids, batch.rows);
  }

  finish({ fn }: Measure, groups: number): Float64Array {
    invariant(fn === "count" || fn === "count_distinct", `${fn} needs numbers`);
    return fn === "count" ? withRoom(this.#counts, groups, 0).slice(0, groups) : this.#distinct.finish(groups);
  }
}

class NumberAccumulator implements InputAccumulator {
  readonly #source: NumberSource;
  readonly #needs: { min: boolean; max: boolean; values: boolean };
  readonly #percentiles: readonly number[];
  readonly #sums: GroupSums | undefined;
  /** Where nothing is summed, which counts on the way. */
  #counts: Float64Array = new Float64Array(1);
  #mins: Float64Array = new Float64Array(1).fill(Number.POSITIVE_INFINITY);
  #maxs: Float64Array = new Float64Array(1).fill(Number.NEGATIVE_INFINITY);
  readonly #chunks: ValueChunk[] = [];
  readonly #digests: DigestGroups | undefined;
  #finished: readonly TDigest[] | undefined;
  #exact: ReadonlyMap<number, Float64Array> | undefined;

  constructor(source: NumberSource, measures: readonly Measure[], { scope, blocks }: MeasureContext) {
    const uses = (...names: readonly Measure["fn"][]): boolean => measures.some(({ fn }) => names.includes(fn));
    this.#source = source;
    const exact = measures.filter(({ fn, method }) => fn === "percentile" && method !== "tdigest");
    this.#sums = uses("sum", "avg", "sum_error") ? groupSums(source, scope, blocks) : undefined;
    this.#needs = {
      min: uses("min"),
      max: uses("max"),
      values: exact.length > 0,
    };
    const isDigested = measures.some(({ method }) => method === "tdigest") || uses("digest", "digest_wide");
    this.#digests = isDigested ? new DigestGroups() : undefined;
    this.#percentiles = [...new Set(exact.map(({ percentile }) => percentile ?? 0))];
  }

  add(batch: Batch, ids: Uint32Array | undefined, groups: number): void {
    this.#grow(groups);
    const values = this.#source.values(batch);
    const { rows } = batch;
    const grouped: Grouped = { ids, rows };
    if (this.#sums === undefined) countNumbers(values, grouped, this.#counts);
    else this.#sums.add(values, grouped, partOf(batch.block));
    if (this.#needs.min) minByGroup(values, grouped, this.#mins);
    if (this.#needs.max) maxByGroup(values, grouped, this.#maxs);
    const { stable } = this.#source;
    if (this.#needs.values) this.#chunks.push(collectChunk(values, { ids, rows, stable }));
    this.#digests?.add(values, { ids, rows, part: partOf(batch.block) }, groups);
  }

  #grow(groups: number): void {
    if (this.#sums === undefined) this.#counts = withRoom(this.#counts, groups, 0);
    else this.#sums.grow(groups);
    if (this.#needs.min) this.#mins = withRoom(this.#mins, groups, Number.POSITIVE_INFINITY);
    if (this.#needs.max) this.#maxs = withRoom(this.#maxs, groups, Number.NEGATIVE_INFINITY);
  }

  finish(measure: Measure, groups: number): Float64Array | DigestValues {
    this.#grow(groups);
    const sums = this.#sums;
    switch (measure.fn) {
      case "count":
        return this.#counted(groups).slice();
      case "sum":
        return this.#present(groups, (group) => sums?.quotient(group, 1) ?? Number.NaN);
      case "avg":
        return this.#present(groups, (group) => sums?.quotient(group, sums.count(group)) ?? Number.NaN);
      case "min":
        return this.#present(groups, (group) => this.#mins[group]! + 0);
      case "max":
        return this.#present(groups, (group) => this.#maxs[group]! + 0);
      case "percentile":
        return this.#percentile(measure, groups);
      case "sum_error":
        return this.#present(groups, (group) => sums?.error(group) ?? Number.NaN);
      case "digest":
      case "digest_wide":
        return ofDigests(measure, this.#digestsOf(groups));
      case "count_rows":
      case "count_distinct":
        return invariantNumbers(measure.fn);
      default:
        return unreachable(measure.fn);
    }
  }

  /** Numbers that are there, by group. */
  #counted(groups: number): Float64Array {
    const sums = this.#sums;
    if (sums === undefined) return this.#counts.subarray(0, groups);
    const counts = new Float64Array(groups);
    for (let group = 0; group < groups; group += 1) counts[group] = sums.count(group);
    return counts;
  }

  /** `value` of the groups that have inputs, NaN for the others. */
  #present(groups: number, value: (group: number) => number): Float64Array {
    const out = new Float64Array(groups).fill(Number.NaN);
    const counts = this.#counted(groups);
    for (let group = 0; group < groups; group += 1) if (counts[group]! > 0) out[group] = value(group);
    return out;
  }

  #percentile(measure: Measure, groups: number): Float64Array | DigestValues {
    const { percentile, method } = measure;
    if (method === "tdigest") return ofDigests(measure, this.#digestsOf(groups));
    const counts = this.#counted(groups);
    if (this.#exact === undefined) {
      // One gathering and one selection serve all percentiles of the input.
      const found = percentilesByGroup(gatherByGroup(this.#chunks, counts), this.#percentiles);
      this.#exact = new Map(this.#percentiles.map((wanted, at) => [wanted, found[at] ?? new Float64Array(groups)]));
    }
    return this.#exact.get(percentile ?? 0) ?? new Float64Array(groups).fill(Number.NaN);
  }

  #digestsOf(groups: number): readonly TDigest[] {
    this.#finished ??= this.#digests?.finish(Array.from({ length: groups }, (_, group) => group)) ?? [];
    return this.#finished;
  }
}

/** What digests say of a measure, by group; NaN or no bytes where there are no numbers. */
export function ofDigests({ fn, percentile }: Measure, digests: readonly TDigest[]): Float64Array | DigestValues {
  switch (fn) {
    case "count":
      return Float64Array.from(digests, ({ count }) => count);
    case "percentile":
      return Float64Array.from(digests, (one) => one.percentile(percentile ?? 0));
    case "digest":
      return { bytes: digests.map((one) => (one.count === 0 ? undefined : digestBytes(one))) };
    case "digest_wide":
      return Float64Array.from(digests, (one) => (one.count === 0 ? Number.NaN : Number(one.isWide)));
    default:
      return invariantNumbers(fn);
  }
}

function invariantNumbers(fn: string): never {
  invariant(false, `${fn} does not read numbers`);
}
