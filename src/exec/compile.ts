// From a logical plan to running operators: the one place that chooses how each node is carried out.
// Called by engine.ts. What must stay true: the result depends on plan and dataset alone, not on the way chosen.
// A plan is a chain. Its row part (scan, filter, bucket) runs block by block into a sink: an aggregate, or a list of row
// positions. Sort and limit work on what a sink gave.

import { invariant, unreachable } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { BLOCK_ROWS } from "../columns/column.ts";
import { type Dataset, tableOf } from "../columns/table.ts";
import { BlockMemory } from "../kernels/block-memory.ts";
import type { Expr } from "../plan/expr.ts";
import type { Aggregate, Bucket, Filter, Limit, Measure, Plan, Scan, Sort } from "../plan/logical.ts";
import type { GroupedResult, OperatorProfile, Result } from "../plan/result.ts";
import { exprKey } from "../plan/visit.ts";
import { type AggregateOptions, type AggregateSink, aggregateRows } from "./aggregate.ts";
import { bucketRows } from "./bucket.ts";
import type { ComputePool } from "./compute-pool.ts";
import { conjunctsOf, filterRows } from "./filter.ts";
import { limitGroups, limitRows } from "./limit.ts";
import { joined, Meter } from "./meter.ts";
import { newState, type OpenAggregate, partsOf, runShared } from "./parallel.ts";
import { type BatchSource, type RowStep, runPipeline, type Sink } from "./pipeline.ts";
import { keptInOrder, marked, PositionList } from "./positions.ts";
import { scanTable } from "./scan.ts";
import { Scope } from "./scope.ts";
import type { Selector } from "./selectors.ts";
import { columnsRead } from "./shared-columns.ts";
import { SlotAggregate, type SlotOptions, slotsBarred } from "./slot-aggregate.ts";
import { areInPlace } from "./slot-measures.ts";
import { sortGroups, sortRows } from "./sort.ts";
import { TopRows } from "./top-rows.ts";

/** Of so many rows the first are always selected; of more, when they are at most this part of the table. */
const FEW_ROWS = 1_000;
const TOP_PART = 8;

/** Rows from which columns are copied to WebAssembly's memory: below it, TypeScript's loops are done before that pays. */
const MEMORY_ROWS = 16_384;

/** Blocks from which an aggregate is shared between threads: about a million rows, a few milliseconds of work. */
const SHARED_BLOCKS = 16;
/** Most sums that threads hand over in all, parts times slots: 64 MiB an input. */
const MOST_PARTIALS = 2 ** 22;

/** How to run a plan. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  /** E_TOO_MANY_GROUPS past it. */
  readonly maxGroups: number;
  /** Threads to share large aggregates with; absent: this thread does everything. */
  readonly pool?: ComputePool;
  /** Rows of a table from which WebAssembly is used, and blocks from which threads are; for tests, which have few. */
  readonly memoryRows?: number;
  readonly sharedBlocks?: number;
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

/** Opens an aggregate without running it, on a thread of `compute-pool.ts`. Throws as `runPlan`. */
export function openAggregate(
  plan: Plan,
  dataset: Dataset,
  options: RunOptions,
): OpenAggregate & { readonly close: () => void } {
  const run = new Run(dataset, options);
  return { ...run.openAggregate(chainOf(plan)), close: () => run.close() };
}

/** An aggregate that threads can share. */
interface Sharing {
  readonly plan: Plan;
  readonly sink: SlotAggregate;
  readonly pool: ComputePool;
  /** What the plan reads. */
  readonly columns: ReadonlySet<string>;
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
      case "filter":
      case "bucket":
        invariant(this.#grouped === undefined, `a ${node.kind} stands below the aggregate`);
        return this.#rowStep(node);
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

  #rowStep(node: Scan | Filter | Bucket): void {
    if (node.kind === "scan") {
      this.#scan = node;
      this.#scope = this.#open(node);
      this.#scanMeter = this.#meter(`scan ${node.table}`);
    } else if (node.kind === "filter") {
      this.#steps.push(filterRows(conjunctsOf(node.predicate), this.#scoped(), this.#meter("filter")));
    } else {
      this.#bucket = node;
      this.#steps.push(bucketRows(node, this.#scoped(), this.#meter("bucket")));
    }
  }

  #open({ table, shortcuts }: Scan): Scope {
    const { rows } = tableOf(this.#dataset, table);
    const worth = rows >= (this.#options.memoryRows ?? MEMORY_ROWS);
    this.#memory = worth ? BlockMemory.take(Math.min(BLOCK_ROWS, Math.max(1, rows))) : undefined;
    const memory = this.#memory === undefined ? {} : { memory: this.#memory };
    return new Scope(this.#dataset, table, { ...memory, shortcuts: new Set(shortcuts) });
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
    else this.#positions = meter.measure(() => sortRows(rows, node, this.#scoped()));
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
    const { sink, source } = this.#openAggregate(node);
    const shared = sink instanceof SlotAggregate ? this.#sharing(node, sink, source) : undefined;
    if (typeof shared === "object") await this.#share(shared, { source, sink: shared.sink });
    else {
      if (shared !== undefined) sink.meter.note = joined(sink.meter.note, `one thread: ${shared}`);
      await this.#drain(source, sink);
    }
    const result = sink.meter.measure(() => sink.finish());
    sink.meter.count(0, result.rows);
    return result;
  }

  #openAggregate(node: Aggregate): { readonly source: BatchSource; readonly sink: AggregateSink } {
    const source = this.#source();
    const meter = this.#meter("aggregate");
    const sink = meter.measure(() => this.#aggregateSink(node, source.blocks, meter));
    return { source, sink };
  }

  /** Opens the aggregate on top of a chain without running it: for another thread, which makes the same choices. */
  openAggregate(chain: readonly Plan[]): OpenAggregate {
    for (const node of chain) {
      if (node.kind === "scan" || node.kind === "filter" || node.kind === "bucket") this.#rowStep(node);
      if (node.kind !== "aggregate") continue;
      const { source, sink } = this.#openAggregate(node);
      invariant(sink instanceof SlotAggregate, "only slots are shared");
      return { source, steps: this.#steps, sink, meters: this.meters };
    }
    throw new EngineError("E_INTERNAL", "an aggregate is on top");
  }

  /** What threads need to share an aggregate, or why they do not; undefined where there are no threads. */
  #sharing(plan: Aggregate, sink: SlotAggregate, { blocks }: BatchSource): Sharing | string | undefined {
    const { pool, sharedBlocks = SHARED_BLOCKS } = this.#options;
    if (pool === undefined || pool.threads < 2) return undefined;
    if (blocks.length < sharedBlocks) return `${blocks.length} of the ${sharedBlocks} blocks that it takes`;
    if (sink.size * partsOf(blocks).length > MOST_PARTIALS) return "too many slots to hand over";
    if (this.#positions !== undefined || !sink.isShareable) return "rows or digests that cannot be handed over";
    const columns = columnsRead(plan, this.#dataset);
    return columns === undefined ? "columns that cannot be sent" : { plan, sink, pool, columns };
  }

  async #share({ plan, pool, columns }: Sharing, open: Pick<OpenAggregate, "source" | "sink">): Promise<void> {
    const state = newState();
    const { maxGroups, memoryRows = MEMORY_ROWS, signal } = this.#options;
    const run = pool.begin(plan, { dataset: this.#dataset, columns, maxGroups, memoryRows, state });
    open.sink.meter.note = joined(open.sink.meter.note, `${pool.threads} threads`);
    await runShared({ ...open, steps: this.#steps, meters: this.meters }, { run, state }, signal);
    this.#steps = [];
  }

  /** By slots where that can be, else by group ids. */
  #aggregateSink(node: Aggregate, blocks: readonly number[], meter: Meter): AggregateSink {
    const { maxGroups } = this.#options;
    const scope = this.#scoped();
    const options: AggregateOptions = { scope, bucket: this.#bucket, blocks, maxGroups, meter };
    const { memory } = scope;
    const barred = memory === undefined ? `${scope.table.rows} rows are too few` : slotsBarred(node, options);
    if (memory === undefined || barred !== undefined) {
      const sink = aggregateRows(node, options);
      meter.note = joined(meter.note, `no slots: ${barred}`);
      return sink;
    }
    const present = this.#nullTestApart(soleInput(node.measures));
    const apart = areInPlace(node.measures, scope) ? this.#testsApart() : { tests: [], onDropped: () => undefined };
    return new SlotAggregate(node, { ...options, memory, isShared: true, present, ...apart });
  }

  /** Takes the null test of a number out of the steps, for an aggregate that makes it on the way; undefined: there is none. */
  #nullTestApart(input: Expr | undefined): Expr | undefined {
    if (input === undefined) return undefined;
    const steps = this.#steps.map((step) => step.withoutNullTest?.(exprKey(input)) ?? step);
    const isTested = steps.some((step, at) => step !== this.#steps[at]);
    this.#steps = steps;
    return isTested ? input : undefined;
  }

  /** Takes the conditions that can be tested by bits out of the steps, for an aggregate that tests them. */
  #testsApart(): Pick<SlotOptions, "tests" | "onDropped"> {
    const tests: Selector[] = [];
    const meters: Meter[] = [];
    this.#steps = this.#steps.map((step) => {
      const apart = step.testsApart?.();
      tests.push(...(apart?.tests ?? []));
      if (tests.length > 0) meters.push(step.meter);
      return apart?.step ?? step;
    });
    // Rows count as dropped by the first step that left a test, and so never come to those after it.
    const onDropped = (rows: number): void => {
      meters.forEach((meter, at) => void meter.count(at === 0 ? 0 : -rows, -rows));
    };
    return { tests, onDropped };
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
