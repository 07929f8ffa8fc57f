// From a logical plan to running operators: the one place that chooses how each node is carried out.
// Called by engine.ts. What must stay true: the result depends on plan and dataset alone, not on the way chosen.
// A plan is a chain. Its row part (scan, filter, bucket) runs block by block into a sink: an aggregate, or a list of row
// positions. Sort and limit work on what a sink gave.

import { invariant, unreachable } from "../base/assert.ts";
import { BLOCK_ROWS } from "../columns/column.ts";
import { type Dataset, tableOf } from "../columns/table.ts";
import { BlockMemory } from "../kernels/block-memory.ts";
import type { Expr } from "../plan/expr.ts";
import type { Aggregate, Bucket, Limit, Measure, Plan, Scan, Sort } from "../plan/logical.ts";
import type { GroupedResult, OperatorProfile, Result } from "../plan/result.ts";
import { exprKey } from "../plan/visit.ts";
import { type AggregateOptions, type AggregateSink, aggregateRows } from "./aggregate.ts";
import { bucketRows } from "./bucket.ts";
import { conjunctsOf, filterRows } from "./filter.ts";
import { limitGroups, limitRows } from "./limit.ts";
import { Meter } from "./meter.ts";
import { type BatchSource, type RowStep, runPipeline, type Sink } from "./pipeline.ts";
import { scanTable } from "./scan.ts";
import { Scope } from "./scope.ts";
import { aggregateBySlots, slotsBarred } from "./slot-aggregate.ts";
import { sortGroups, sortRows } from "./sort.ts";
import { TopRows } from "./top-rows.ts";

/** Of so many rows the first are always selected; of more, when they are at most this part of the table. */
const FEW_ROWS = 1_000;
const TOP_PART = 8;

/** Rows from which columns are copied to WebAssembly's memory: below it, TypeScript's loops are done before that pays. */
const MEMORY_ROWS = 16_384;

/** How to run a plan. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  /** E_TOO_MANY_GROUPS past it. */
  readonly maxGroups: number;
  /** Rows of a table from which WebAssembly is used; for tests, which have few. */
  readonly memoryRows?: number;
  /** Times every operator by this clock (ms) and appends what it did to `profiles`, the scan first. */
  readonly analyze?: { now(): number; readonly profiles: OperatorProfile[] };
}

/**
 * Runs a plan. Throws E_COLUMN_NOT_LOADED, E_FILTER_REGEX, E_TOO_MANY_GROUPS, E_ABORTED.
 * Without an aggregate the result is row positions of the scanned table.
 */
export async function runPlan(plan: Plan, dataset: Dataset, options: RunOptions): Promise<Result> {
  const run = new Run(dataset, options);
  let result: Result;
  try {
    result = await run.all(chainOf(plan));
  } finally {
    run.close();
  }
  options.analyze?.profiles.push(...run.meters.map((meter) => meter.profile()));
  return result;
}

/** The nodes of a plan, the scan first. */
function chainOf(plan: Plan): readonly Plan[] {
  return plan.kind === "scan" ? [plan] : [...chainOf(plan.input), plan];
}

class Run {
  /** In plan order. */
  readonly meters: Meter[] = [];
  readonly #dataset: Dataset;
  readonly #options: RunOptions;
  #scan: Scan = { kind: "scan", table: "traces" };
  #scope: Scope | undefined;
  #memory: BlockMemory | undefined;
  #scanMeter: Meter;
  /** Row steps that wait for a sink. */
  #steps: RowStep[] = [];
  #bucket: Bucket | undefined;
  /** Rows so far, in order; undefined while they are all rows of the scan. */
  #positions: Uint32Array | undefined;
  #grouped: GroupedResult | undefined;

  constructor(dataset: Dataset, options: RunOptions) {
    this.#dataset = dataset;
    this.#options = options;
    this.#scanMeter = new Meter("scan", "", options.analyze?.now);
  }

  async all(chain: readonly Plan[]): Promise<Result> {
    for (const node of chain) await this.#node(node);
    if (this.#grouped !== undefined) return this.#grouped;
    return { kind: "rows", table: this.#scan.table, positions: await this.#rows() };
  }

  async #node(node: Plan): Promise<void> {
    switch (node.kind) {
      case "scan":
        this.#scan = node;
        this.#scope = this.#open(node);
        this.#scanMeter = this.#meter(`scan ${node.table}`);
        return;
      case "filter":
        invariant(this.#grouped === undefined, "a filter stands below the aggregate");
        this.#steps.push(filterRows(conjunctsOf(node.predicate), this.#scoped(), this.#meter("filter")));
        return;
      case "bucket":
        invariant(this.#grouped === undefined, "a bucket stands below the aggregate");
        this.#bucket = node;
        this.#steps.push(bucketRows(node, this.#scoped(), this.#meter("bucket")));
        return;
      case "aggregate":
        invariant(this.#grouped === undefined, "one aggregate a plan");
        this.#grouped = await this.#aggregate(node);
        return;
      case "sort":
        return this.#sort(node);
      case "limit":
        return this.#limit(node);
      default:
        return unreachable(node);
    }
  }

  #open({ table }: Scan): Scope {
    const { rows } = tableOf(this.#dataset, table);
    const worth = rows >= (this.#options.memoryRows ?? MEMORY_ROWS);
    this.#memory = worth ? BlockMemory.take(Math.min(BLOCK_ROWS, Math.max(1, rows))) : undefined;
    return new Scope(this.#dataset, table, this.#memory === undefined ? {} : { memory: this.#memory });
  }

  /** Gives back what the run took. */
  close(): void {
    this.#memory?.arena.release();
    this.#memory = undefined;
  }

  async #sort(node: Sort): Promise<void> {
    const { keys, first } = node;
    const grouped = this.#grouped;
    if (grouped === undefined && first !== undefined && this.#isSmallPart(first)) return this.#top({ keys, first });
    const rows = grouped === undefined ? await this.#rows() : new Uint32Array(0);
    const meter = this.#meter("sort");
    const count = grouped?.rows ?? rows.length;
    if (grouped !== undefined) this.#grouped = meter.measure(() => sortGroups(grouped, node));
    else this.#positions = meter.measure(() => sortRows(rows, keys, this.#scoped()).subarray(0, first));
    meter.count(count, this.#grouped?.rows ?? this.#positions?.length ?? 0);
  }

  /** Whether to select the first rows as they come: when they are few, and come in the order of the table. */
  #isSmallPart(first: number): boolean {
    return this.#positions === undefined && first <= Math.max(FEW_ROWS, this.#scoped().table.rows / TOP_PART);
  }

  async #top({ keys, first }: Pick<Sort, "keys"> & { readonly first: number }): Promise<void> {
    const source = this.#source();
    const meter = this.#meter("top");
    const top = meter.measure(() => new TopRows({ keys, first, scope: this.#scoped(), meter }));
    await this.#drain(top.bestFirst(source), top);
    this.#positions = meter.measure(() => top.finish());
    meter.count(0, this.#positions.length);
  }

  async #limit(node: Limit): Promise<void> {
    const grouped = this.#grouped;
    const rows = grouped === undefined ? await this.#rows() : new Uint32Array(0);
    const meter = this.#meter("limit");
    if (grouped !== undefined) {
      const kept = limitGroups(grouped, node);
      meter.count(grouped.rows, kept.rows);
      this.#grouped = kept;
    } else {
      const kept = limitRows(rows, node);
      meter.count(rows.length, kept.length);
      this.#positions = kept;
    }
  }

  #scoped(): Scope {
    invariant(this.#scope !== undefined, "a scan at the bottom");
    return this.#scope;
  }

  #meter(operator: string): Meter {
    const meter = new Meter(operator, "", this.#options.analyze?.now);
    this.meters.push(meter);
    return meter;
  }

  /** The blocks that the waiting steps want, of the rows so far. */
  #source(): BatchSource {
    const within = this.#positions === undefined ? undefined : marked(this.#positions, this.#scoped().table.rows);
    const { traces } = this.#scan;
    // Once rows have been collected, the scan's own condition is behind them.
    return scanTable({
      scope: this.#scoped(),
      traces: within === undefined ? traces : undefined,
      within,
      steps: this.#steps,
      meter: within === undefined ? this.#scanMeter : new Meter("rows", "", undefined),
    });
  }

  async #aggregate(node: Aggregate): Promise<GroupedResult> {
    const source = this.#source();
    const meter = this.#meter("aggregate");
    const sink = meter.measure(() => this.#aggregateSink(node, source.blocks, meter));
    await this.#drain(source, sink);
    const result = meter.measure(() => sink.finish());
    meter.count(0, result.rows);
    return result;
  }

  /** By slots where that can be, else by group ids. */
  #aggregateSink(node: Aggregate, blocks: readonly number[], meter: Meter): AggregateSink {
    const { maxGroups } = this.#options;
    const scope = this.#scoped();
    const options: AggregateOptions = { scope, bucket: this.#bucket, blocks, maxGroups, meter };
    const memory = scope.memory;
    if (memory === undefined) return aggregateRows(node, options);
    const barred = slotsBarred(node, options);
    if (barred !== undefined) {
      const sink = aggregateRows(node, options);
      meter.note = `${meter.note}; no slots: ${barred}`;
      return sink;
    }
    const present = soleInput(node.measures);
    if (present === undefined) return aggregateBySlots(node, { ...options, memory, present });
    const steps = this.#steps.map((step) => step.withoutNullTest?.(exprKey(present)) ?? step);
    const tested = steps.some((step, at) => step !== this.#steps[at]);
    this.#steps = steps;
    return aggregateBySlots(node, { ...options, memory, present: tested ? present : undefined });
  }

  /** The rows so far, as positions in order. */
  async #rows(): Promise<Uint32Array> {
    const before = this.#positions;
    if (before !== undefined && this.#steps.length === 0) return before;
    const found = new PositionList(new Meter("rows", "", undefined));
    await this.#drain(this.#source(), found);
    const ascending = found.positions();
    this.#positions =
      before === undefined ? ascending : keptInOrder(before, marked(ascending, this.#scoped().table.rows));
    return this.#positions;
  }

  async #drain(source: BatchSource, sink: Sink): Promise<void> {
    await runPipeline({ source, steps: this.#steps, sink }, this.#options.signal);
    this.#steps = [];
  }
}

/** The number that all measures read. */
function soleInput(measures: readonly Measure[]): Expr | undefined {
  const [input] = measures.map((measure) => measure.input);
  if (input === undefined || input.type !== "number") return undefined;
  const isSame = ({ fn, input: other }: Measure): boolean =>
    fn !== "count_distinct" && other !== undefined && exprKey(other) === exprKey(input);
  return measures.every(isSame) ? input : undefined;
}

/** Collects row positions. */
class PositionList implements Sink {
  readonly meter: Meter;
  readonly #parts: Uint32Array[] = [];
  #count = 0;

  constructor(meter: Meter) {
    this.meter = meter;
  }

  consume({
    block,
    rows,
  }: {
    readonly block: number;
    readonly rows: { positions: Uint32Array | undefined; count: number };
  }): void {
    const part = new Uint32Array(rows.count);
    const start = block * BLOCK_ROWS;
    for (let i = 0; i < rows.count; i += 1) part[i] = start + (rows.positions === undefined ? i : rows.positions[i]!);
    this.#parts.push(part);
    this.#count += rows.count;
  }

  /** All positions, ascending. */
  positions(): Uint32Array {
    const all = new Uint32Array(this.#count);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function marked(positions: Uint32Array, rows: number): Uint8Array {
  const marks = new Uint8Array(rows);
  for (let i = 0; i < positions.length; i += 1) marks[positions[i]!] = 1;
  return marks;
}

function keptInOrder(positions: Uint32Array, marks: Uint8Array): Uint32Array {
  return positions.filter((position) => marks[position] === 1);
}
