// Measures of an aggregate by slot, in WebAssembly: the fast way of measures.ts, for inputs whose range zone maps know.
// Called by slot-aggregate.ts. What must stay true: the same bits as measures.ts. Each input is brought into the arena once
// a batch, and all measures that read it work on that copy.

import { invariant, unreachable } from "../base/assert.ts";
import type { BlockStats } from "../columns/column.ts";
import { SlotBins } from "../kernels/bins.ts";
import type { BlockMemory, Stretch } from "../kernels/block-memory.ts";
import type { DigestPart } from "../kernels/digest-parts.ts";
import type { RowSet } from "../kernels/row-bits.ts";
import type { Selection } from "../kernels/select.ts";
import { distinctBytes, SlotDistinct, SlotExtremes, SlotRows } from "../kernels/slot-sums.ts";
import type { SlottedRows } from "../kernels/slots.ts";
import type { Expr } from "../plan/expr.ts";
import type { Measure } from "../plan/logical.ts";
import { exprKey } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import { bindKey, type KeySource } from "./group-keys.ts";
import { bindIntegers } from "./integers.ts";
import { type DigestValues, ofDigests } from "./measures.ts";
import { bindNumber, type NumberSource } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import { SlotDigests } from "./slot-digests.ts";
import { type BatchFacts, type NumberSums, type SumsContext, type SumsPartial, sumsOf } from "./slot-input-sums.ts";
import { rangeOfBlocks } from "./zones.ts";

/** Up to 2^40 numbers below it add up to a finite double; larger ones need measures.ts. */
const LARGE = 2 ** 983;
/** Most memory that distinct counts of one input may take. */
const MOST_DISTINCT_BYTES = 2 ** 25;
/** Inputs with more nulls than one in so many are packed first. */
const SPARSE = 3;

/** What measures are bound with. */
export interface SlotContext extends SumsContext {
  readonly scope: Scope;
}

/** Some rows of a batch: a stretch of all of them, or of those that passed tests. */
export interface Piece extends Stretch {
  readonly rows: Selection;
}

/** What one thread has accumulated of an input, by slot. Plain arrays, to be sent. */
export interface InputPartial extends SumsPartial {
  readonly rows?: Uint32Array;
  readonly distinct?: Uint8Array;
  readonly mins?: Float64Array;
  readonly maxs?: Float64Array;
  readonly bins?: Uint32Array;
  readonly digests?: readonly DigestPart[];
}

/** Accumulates what the measures of one input need. */
export interface SlotInput {
  /** Key of the input expression; empty for rows. */
  readonly key: string;
  /** How sums are made, for explain. */
  readonly how?: string | undefined;
  /** Adds a whole block whose rows are all of one slot, where zone maps know enough; false where they do not. */
  take?(batch: Batch, slot: number): boolean;
  /** Begins a batch. */
  open(batch: Batch): void;
  /** Brings rows of the input into the arena, where it is a number: their address. */
  load?(piece: Piece): number;
  /** Adds rows; `loaded`: what `load` gave. */
  add(rows: SlottedRows, piece: Piece, loaded: number): void;
  /** Adds rows of a whole stretch that are of one slot; `loaded`: what `load` gave for all rows of the stretch. */
  readonly addSet?: ((set: RowSet, slot: number, loaded: number) => void) | undefined;
  /** For percentiles: all batches are to be opened and loaded a second time, once all groups are known. */
  readonly bins?: SlotBins | undefined;
  readonly percentiles?: readonly number[];
  /** For approximate percentiles: threads share the second look. */
  readonly digests?: SlotDigests | undefined;
  /** What has been accumulated, and taking it over from another thread. */
  partial(): InputPartial;
  merge(partial: InputPartial): void;
  /** The values of a measure by group, NaN where null. */
  finish(measure: Measure, groups: Uint32Array): Float64Array | DigestValues;
}

/** Why measures cannot be computed by slot; undefined when they can. */
export function slotObstacle(
  measures: readonly Measure[],
  { scope, size, blocks }: Pick<SlotContext, "scope" | "size" | "blocks">,
): string | undefined {
  for (const measure of measures) {
    const { fn, input } = measure;
    if (input === undefined) continue;
    if (fn === "count_distinct") {
      const { cardinality } = codesOf(input, scope);
      if (distinctBytes(size, cardinality) > MOST_DISTINCT_BYTES) return "many distinct inputs";
      continue;
    }
    if (input.type !== "number") return "counts of texts";
    if (isDigested(measure) && measures.some((other) => isExactPercentile(other, input)))
      return "percentiles of two kinds";
    if (fn === "sum_error") return "sums with their error";
    if (bindIntegers(input, scope) !== undefined) return "integers past 2^53";
    const range = rangeOf(bindNumber(input, scope), blocks);
    if (range === undefined) return "an input of unknown range";
    if (Math.max(-range.min, range.max) >= LARGE) return "an input near the largest number";
  }
  return undefined;
}

function isDigested({ fn, method }: Measure): boolean {
  return method === "tdigest" || fn === "digest" || fn === "digest_wide";
}

/** Whether a measure is an exact percentile, of `of` where that is given. */
function isExactPercentile({ fn, method, input }: Measure, of = input): boolean {
  return (
    fn === "percentile" &&
    method !== "tdigest" &&
    of !== undefined &&
    input !== undefined &&
    exprKey(of) === exprKey(input)
  );
}

function rangeOf(source: NumberSource, blocks: readonly number[]): Pick<BlockStats, "min" | "max"> | undefined {
  const { stats } = source;
  if (stats === undefined) return undefined;
  return rangeOfBlocks((block) => stats(block), blocks);
}

/** Whether all inputs are a column's own memory. */
export function areInPlace(measures: readonly Measure[], scope: Scope): boolean {
  return measures.every(({ fn, input }) => {
    if (input === undefined) return true;
    return fn === "count_distinct" ? codesOf(input, scope).stable === true : bindNumber(input, scope).stable;
  });
}

function codesOf(input: Expr, scope: Scope): KeySource {
  return bindKey({ name: "input", value: input }, { scope, bucket: undefined, blocks: [] });
}

/** Binds measures that have no obstacle: one accumulator an input. */
export function bindSlotMeasures(measures: readonly Measure[], context: SlotContext): readonly SlotInput[] {
  const inputs = new Map<string, Measure[]>();
  for (const measure of measures) {
    const known = inputs.get(inputKey(measure));
    if (known === undefined) inputs.set(inputKey(measure), [measure]);
    else known.push(measure);
  }
  return [...inputs].map(([key, served]) => inputOf(key, served, context));
}

/** What the measures of one input have in common. */
export function inputKey({ fn, input }: Measure): string {
  if (input === undefined) return "";
  return `${fn === "count_distinct" ? "codes" : ""}${exprKey(input)}`;
}

function inputOf(key: string, measures: readonly Measure[], context: SlotContext): SlotInput {
  const [first] = measures;
  const { arena } = context.memory;
  if (first?.input === undefined) {
    const rows = new SlotRows(arena, context.size);
    return {
      key,
      take({ length }, slot) {
        rows.add({ count: length, slot, slots: 0 });
        return true;
      },
      open: () => undefined,
      add: (slotted) => rows.add(slotted),
      addSet: ({ size }, slot) => rows.add({ count: size, slot, slots: 0 }),
      partial: () => ({ rows: rows.partial() }),
      merge: (partial) => partial.rows && rows.merge(partial.rows),
      finish: (_, groups) => rows.of(groups),
    };
  }
  if (first.fn === "count_distinct") return distinctInput(key, first.input, context);
  return new NumberInput(key, { input: first.input, measures }, context);
}

function distinctInput(key: string, input: Expr, { scope, memory, size }: SlotContext): SlotInput {
  const source = codesOf(input, scope);
  const distinct = new SlotDistinct(memory.arena, size, source.cardinality);
  let codes: Int32Array = new Int32Array(0);
  return {
    key,
    open(batch) {
      codes = source.codes(batch);
    },
    add(slotted, piece) {
      const { slots } = spread(slotted, memory);
      distinct.add(memory.codes(codes, piece.rows, piece), slots, slotted.count);
    },
    partial: () => ({ distinct: distinct.partial() }),
    merge: (partial) => partial.distinct && distinct.merge(partial.distinct),
    finish: (_, groups) => distinct.of(groups),
  };
}

/** The same rows with a slot each. */
export function spread(rows: SlottedRows, { arena }: BlockMemory): SlottedRows {
  if (rows.slot !== undefined) arena.kernels.fillSlots(rows.slots, rows.count, rows.slot);
  return rows;
}

class NumberInput implements SlotInput {
  readonly key: string;
  readonly #source: NumberSource;
  readonly #memory: BlockMemory;
  readonly #sums: NumberSums | undefined;
  readonly #mins: SlotExtremes | undefined;
  readonly #maxs: SlotExtremes | undefined;
  readonly bins: SlotBins | undefined;
  readonly percentiles: readonly number[];
  readonly digests: SlotDigests | undefined;
  readonly addSet: SlotInput["addSet"];
  readonly how: string | undefined;
  // Of the batch under way.
  #values: Float64Array = new Float64Array(0);
  #batch: BatchFacts = { block: 0, isSparse: false };
  #found: ReadonlyMap<number, Float64Array> | undefined;

  constructor(
    key: string,
    { input, measures }: { readonly input: Expr; readonly measures: readonly Measure[] },
    context: SlotContext,
  ) {
    const { scope, memory, size, blocks } = context;
    const { arena } = memory;
    const uses = (...names: readonly Measure["fn"][]): boolean => measures.some(({ fn }) => names.includes(fn));
    this.key = key;
    this.#source = bindNumber(input, scope);
    this.#memory = memory;
    if (measures.some(isDigested)) this.digests = new SlotDigests(arena, size, blocks.length);
    // Digests count.
    const isCounted = uses("count") && this.digests === undefined;
    if (isCounted || uses("sum", "avg")) this.#sums = sumsOf(this.#source, context);
    if (uses("min")) this.#mins = new SlotExtremes(arena, size, "min");
    if (uses("max")) this.#maxs = new SlotExtremes(arena, size, "max");
    const wanted = measures.filter((measure) => isExactPercentile(measure)).map(({ percentile }) => percentile ?? 0);
    this.percentiles = [...new Set(wanted)];
    const sums = this.#sums;
    this.how = uses("sum", "avg") ? sums?.how : undefined;
    const isSumsAlone =
      this.#mins === undefined && this.#maxs === undefined && wanted.length === 0 && this.digests === undefined;
    if (sums !== undefined && isSumsAlone) {
      this.addSet = (set, slot, values) => sums.addSet({ values, slot, set }, this.#batch.block);
    }
    if (wanted.length === 0) return;
    const { min, max } = rangeOf(this.#source, blocks) ?? { min: 0, max: 0 };
    this.bins = new SlotBins(arena, size, min > max ? { least: 0, most: 0 } : { least: min + 0, most: max + 0 });
  }

  open(batch: Batch): void {
    const { block, length } = batch;
    const stats = this.#source.stats?.(block);
    this.#values = this.#source.values(batch);
    this.#batch = { block, isSparse: stats !== undefined && stats.nulls * SPARSE > length };
  }

  take({ block }: Batch, slot: number): boolean {
    // Of a column of traces the bounds are known, but not whether a row has them.
    const stats = this.#source.column?.blocks[block]?.stats;
    if (stats === undefined || this.bins !== undefined || this.digests !== undefined) return false;
    if (this.#sums?.take(block, slot) === false) return false;
    this.#mins?.addOne(stats.min, slot);
    this.#maxs?.addOne(stats.max, slot);
    return true;
  }

  load(piece: Piece): number {
    return this.#memory.numbers(this.#values, piece.rows, piece);
  }

  add(rows: SlottedRows, _: Piece, values: number): void {
    this.digests?.add(values, rows, this.#batch.block);
    this.bins?.count(values, spread(rows, this.#memory));
    if (this.#mins !== undefined || this.#maxs !== undefined) {
      const { slots } = spread(rows, this.#memory);
      this.#mins?.add(values, slots, rows.count);
      this.#maxs?.add(values, slots, rows.count);
    }
    // Last, for it may move the numbers.
    this.#sums?.add(values, rows, this.#batch);
  }

  partial(): InputPartial {
    return {
      ...this.#sums?.partial(),
      ...(this.#mins && { mins: this.#mins.partial() }),
      ...(this.#maxs && { maxs: this.#maxs.partial() }),
      ...(this.bins && { bins: this.bins.partial() }),
      ...(this.digests && { digests: this.digests.partial() }),
    };
  }

  merge(partial: InputPartial): void {
    this.#sums?.merge(partial);
    if (partial.mins !== undefined) this.#mins?.merge(partial.mins);
    if (partial.maxs !== undefined) this.#maxs?.merge(partial.maxs);
    if (partial.bins !== undefined) this.bins?.merge(partial.bins);
    if (partial.digests !== undefined) this.digests?.merge(partial.digests);
  }

  finish(measure: Measure, groups: Uint32Array): Float64Array | DigestValues {
    const { fn, percentile } = measure;
    const digests = this.digests?.of(groups);
    if (digests !== undefined && (isDigested(measure) || (fn === "count" && this.#sums === undefined))) {
      return ofDigests(measure, digests);
    }
    switch (fn) {
      case "count":
      case "sum":
      case "avg":
        return this.#ofSums(fn, groups);
      case "min":
        return this.#mins?.of(groups) ?? nothing(fn);
      case "max":
        return this.#maxs?.of(groups) ?? nothing(fn);
      case "percentile":
        this.#found ??= this.#ofBins();
        return this.#found.get(percentile ?? 0) ?? nothing(fn);
      case "count_rows":
      case "count_distinct":
      case "sum_error":
      case "digest":
      case "digest_wide":
        return nothing(fn);
      default:
        return unreachable(fn);
    }
  }

  #ofBins(): ReadonlyMap<number, Float64Array> {
    const found = this.bins?.percentiles() ?? [];
    return new Map(found.map((values, at) => [this.percentiles[at] ?? 0, values]));
  }

  #ofSums(fn: "count" | "sum" | "avg", groups: Uint32Array): Float64Array {
    const { sums, counts } = this.#sums?.of(groups) ?? nothing(fn);
    if (fn === "count") return counts;
    for (let group = 0; group < sums.length; group += 1) {
      const count = counts[group]!;
      if (count === 0) sums[group] = Number.NaN;
      else if (fn === "avg") sums[group]! /= count;
    }
    return sums;
  }
}

function nothing(fn: string): never {
  invariant(false, `${fn} was not accumulated`);
}
