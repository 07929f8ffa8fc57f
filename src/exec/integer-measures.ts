// Sums, minima and maxima of exact 64-bit integers; what is a fraction or a count goes by float64.
// Called by measures.ts for an input that holds int64. What must stay true: a sum is exact or E_OVERFLOW, never rounded
// and never wrapped; it may pass int64 on the way.

import { EngineError } from "../base/errors.ts";
import { Int64Sums, maxInt64ByGroup, minInt64ByGroup } from "../kernels/int64-accumulate.ts";
import { printExpr } from "../plan/explain.ts";
import type { Expr } from "../plan/expr.ts";
import type { Measure } from "../plan/logical.ts";
import type { Batch } from "./batch.ts";
import type { Int64Source } from "./integers.ts";

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** Values of a measure by group. */
export interface IntegerValues {
  /** 0n where missing. */
  readonly values: BigInt64Array;
  /** 1 where null. */
  readonly missing: Uint8Array;
}

/** Whether a measure of integers is one. */
export function isExactMeasure({ fn }: Measure): boolean {
  return fn === "sum" || fn === "sum_error" || fn === "min" || fn === "max";
}

/** The exact measures of one input. */
export class IntegerAccumulator {
  readonly #input: Expr;
  readonly #source: Int64Source;
  readonly #needs: { readonly sum: boolean; readonly min: boolean; readonly max: boolean };
  readonly #sums = new Int64Sums();
  #mins: BigInt64Array = new BigInt64Array(0);
  #maxs: BigInt64Array = new BigInt64Array(0);

  constructor(input: Expr, source: Int64Source, measures: readonly Measure[]) {
    const uses = (name: Measure["fn"]): boolean => measures.some(({ fn }) => fn === name);
    this.#input = input;
    this.#source = source;
    this.#needs = { sum: uses("sum"), min: uses("min"), max: uses("max") };
  }

  /** Adds a batch; `groups`: ids are below it. */
  add(batch: Batch, ids: Uint32Array | undefined, groups: number): void {
    this.#grow(groups);
    const values = this.#source.values(batch);
    const grouped = { ids, rows: batch.rows };
    if (this.#needs.sum) this.#sums.add(values, grouped);
    if (this.#needs.min) minInt64ByGroup(values, grouped, this.#mins);
    if (this.#needs.max) maxInt64ByGroup(values, grouped, this.#maxs);
  }

  #grow(groups: number): void {
    this.#sums.grow(groups);
    this.#mins = withRoom(this.#mins, groups, MOST);
    this.#maxs = withRoom(this.#maxs, groups, LEAST);
  }

  /** The values of a measure, of groups with `counts` inputs. Throws E_OVERFLOW. */
  finish({ fn }: Measure, counts: Float64Array): IntegerValues {
    this.#grow(counts.length);
    const values = new BigInt64Array(counts.length);
    const missing = new Uint8Array(counts.length);
    for (let group = 0; group < counts.length; group += 1) {
      if (counts[group] === 0) missing[group] = 1;
      else values[group] = this.#value(fn, group);
    }
    return { values, missing };
  }

  #value(fn: Measure["fn"], group: number): bigint {
    if (fn === "sum_error") return 0n;
    return fn === "sum" ? this.#sum(group) : fn === "min" ? this.#mins[group]! : this.#maxs[group]!;
  }

  #sum(group: number): bigint {
    const sum = this.#sums.sum(group);
    if (sum >= LEAST && sum <= MOST) return sum;
    throw new EngineError("E_OVERFLOW", `The sum of ${printExpr(this.#input)} is ${sum}, which int64 does not hold`);
  }
}

function withRoom(array: BigInt64Array, length: number, fill: bigint): BigInt64Array {
  if (length <= array.length) return array;
  const larger = new BigInt64Array(Math.max(length, array.length * 2)).fill(fill, array.length);
  larger.set(array);
  return larger;
}
