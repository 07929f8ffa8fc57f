// Measures of an aggregate by slot, in WebAssembly: the fast way of measures.ts, for inputs whose range zone maps know.
// Called by slot-aggregate.ts. What must stay true: the same bits as measures.ts. Each input is brought into the arena once
// a batch, and all measures that read it work on that copy.

import { invariant, unreachable } from "../base/assert.ts";
import type { BlockStats } from "../columns/column.ts";
import { binBytes, SlotBins } from "../kernels/bins.ts";
import type { BlockMemory, Stretch } from "../kernels/block-memory.ts";
import { NO_ROWS, type Selection } from "../kernels/select.ts";
import { distinctBytes, SlotDistinct, SlotExtremes, SlotRows, SlotSums } from "../kernels/slot-sums.ts";
import type { SlottedRows } from "../kernels/slots.ts";
import type { Expr } from "../plan/expr.ts";
import type { Measure } from "../plan/logical.ts";
import { exprKey } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import { bindKey, type KeySource } from "./group-keys.ts";
import { bindIntegers } from "./integers.ts";
import { partOf } from "./measures.ts";
import { bindNumber, type NumberSource } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import { rangeOfBlocks } from "./zones.ts";

/** Up to 2^40 numbers below it add up to a finite double; larger ones need measures.ts. */
const LARGE = 2 ** 983;
/** Most memory that percentiles or distinct counts of one input may take. */
const MOST_BYTES = 2 ** 30;
const MOST_DISTINCT_BYTES = 2 ** 25;
/** Inputs with more nulls than one in so many are packed first. */
const SPARSE = 3;

/** What measures are bound with. */
export interface SlotContext {
  readonly scope: Scope;
  readonly memory: BlockMemory;
  /** Slots are below it. */
  readonly size: number;
  /** Blocks that will be read. */
  readonly blocks: readonly number[];
}

/** Accumulates what the measures of one input need. */
export interface SlotInput {
  /** Key of the input expression; empty for rows. */
  readonly key: string;
  /** Begins a batch. */
  open(batch: Batch): void;
  /** Brings a stretch of the input into the arena, where it is a number: its address. */
  load?(stretch: Stretch): number;
  /** Adds a stretch; `loaded`: what `load` gave. */
  add(rows: SlottedRows, stretch: Stretch, loaded: number): void;
  /** Between batches: memory for the next one. */
  reserve?(): void;
  /** The values of a measure by group, NaN where null. */
  finish(measure: Measure, groups: Uint32Array): Float64Array;
}

/** Why measures cannot be computed by slot; undefined when they can. */
export function slotObstacle(
  measures: readonly Measure[],
  { scope, size, blocks }: Omit<SlotContext, "memory">,
): string | undefined {
  for (const { fn, input, method } of measures) {
    if (input === undefined) continue;
    if (fn === "count_distinct") {
      const { cardinality } = codesOf(input, scope);
      if (distinctBytes(size, cardinality) > MOST_DISTINCT_BYTES) return "many distinct inputs";
      continue;
    }
    if (input.type !== "number") return "counts of texts";
    if (method === "tdigest") return "t-digests";
    if (bindIntegers(input, scope) !== undefined) return "integers past 2^53";
    const range = rangeOf(bindNumber(input, scope), blocks);
    if (range === undefined) return "an input of unknown range";
    if (Math.max(-range.min, range.max) >= LARGE) return "an input near the largest number";
    if (fn === "percentile" && binBytes(scope.table.rows, size) > MOST_BYTES) return "more values than fit";
  }
  return undefined;
}

function rangeOf(source: NumberSource, blocks: readonly number[]): Pick<BlockStats, "min" | "max"> | undefined {
  const { stats } = source;
  if (stats === undefined) return undefined;
  return rangeOfBlocks((block) => stats(block), blocks);
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
      open: () => undefined,
      add: (slotted) => rows.add(slotted),
      finish: (_, groups) => rows.of(groups),
    };
  }
  if (first.fn === "count_distinct") return distinctInput(key, first.input, context);
  return new NumberInput(key, { input: first.input, measures }, context);
}

function distinctInput(key: string, input: Expr, { scope, memory, size }: SlotContext): SlotInput {
  const source = codesOf(input, scope);
  const distinct = new SlotDistinct(memory.arena, size, source.cardinality);
  let rows = NO_ROWS;
  let codes: Int32Array = new Int32Array(0);
  return {
    key,
    open(batch) {
      rows = batch.rows;
      codes = source.codes(batch);
    },
    add(slotted, stretch) {
      const { slots } = spread(slotted, memory);
      distinct.add(memory.codes(codes, rows, stretch), slots, slotted.count);
    },
    finish: (_, groups) => distinct.of(groups),
  };
}

/** The same rows with a slot each. */
function spread(rows: SlottedRows, { arena }: BlockMemory): SlottedRows {
  if (rows.slot !== undefined) arena.kernels.fillSlots(rows.slots, rows.count, rows.slot);
  return rows;
}

class NumberInput implements SlotInput {
  readonly key: string;
  readonly #source: NumberSource;
  readonly #memory: BlockMemory;
  readonly #sums: SlotSums | undefined;
  readonly #mins: SlotExtremes | undefined;
  readonly #maxs: SlotExtremes | undefined;
  readonly #bins: SlotBins | undefined;
  readonly #percentiles: readonly number[];
  // Of the batch under way.
  #rows: Selection = NO_ROWS;
  #values: Float64Array = new Float64Array(0);
  #part = 0;
  /** Stats of the block, where all its rows are looked at. */
  #whole: BlockStats | undefined;
  #isSparse = false;
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
    if (uses("sum", "avg", "count")) this.#sums = new SlotSums(arena, size);
    if (uses("min")) this.#mins = new SlotExtremes(arena, size, "min");
    if (uses("max")) this.#maxs = new SlotExtremes(arena, size, "max");
    const wanted = measures.filter(({ fn }) => fn === "percentile").map(({ percentile }) => percentile ?? 0);
    this.#percentiles = [...new Set(wanted)];
    if (wanted.length === 0) return;
    const { min, max } = rangeOf(this.#source, blocks) ?? { min: 0, max: 0 };
    const range = min > max ? { least: 0, most: 0 } : { least: min + 0, most: max + 0 };
    this.#bins = new SlotBins(arena, size, { ...range, batchRows: memory.rows });
  }

  open(batch: Batch): void {
    this.#rows = batch.rows;
    this.#values = this.#source.values(batch);
    this.#part = partOf(batch.block);
    const stats = this.#source.stats?.(batch.block);
    this.#whole = batch.rows.count === batch.length ? stats : undefined;
    this.#isSparse = stats !== undefined && stats.nulls * SPARSE > batch.length;
  }

  load(stretch: Stretch): number {
    return this.#memory.numbers(this.#values, this.#rows, stretch);
  }

  add(slotted: SlottedRows, _: Stretch, values: number): void {
    const rows = this.#isSparse && slotted.slot === undefined ? this.#packed(slotted, values) : slotted;
    const { count, slot } = rows;
    this.#sums?.add(values, rows, this.#part);
    if (slot !== undefined && this.#whole !== undefined) {
      this.#mins?.addOne(this.#whole.min, slot);
      this.#maxs?.addOne(this.#whole.max, slot);
    } else if (this.#mins !== undefined || this.#maxs !== undefined) {
      const { slots } = spread(rows, this.#memory);
      this.#mins?.add(values, slots, count);
      this.#maxs?.add(values, slots, count);
    }
    this.#bins?.add(values, spread(rows, this.#memory));
  }

  /** The rows that have a number, whose numbers are moved together. */
  #packed({ slots, count }: SlottedRows, values: number): SlottedRows {
    const { arena, packedSlots } = this.#memory;
    return { slot: undefined, slots: packedSlots, count: arena.kernels.packPresent(values, slots, count, packedSlots) };
  }

  reserve(): void {
    this.#bins?.reserve();
  }

  finish(measure: Measure, groups: Uint32Array): Float64Array {
    const { fn, percentile } = measure;
    switch (fn) {
      case "count":
      case "sum":
      case "avg":
        return this.#ofSums(fn, groups);
      case "min":
        return this.#mins?.of(groups) ?? nothing(fn);
      case "max":
        return this.#maxs?.of(groups) ?? nothing(fn);
      case "percentile": {
        const found = this.#bins?.of(groups, this.#percentiles) ?? [];
        this.#found ??= new Map(this.#percentiles.map((wanted, at) => [wanted, found[at] ?? nothing(fn)]));
        return this.#found.get(percentile ?? 0) ?? nothing(fn);
      }
      case "count_rows":
      case "count_distinct":
        return nothing(fn);
      default:
        return unreachable(fn);
    }
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
