// Rows on their way: batches of a scan, each passed through the steps that narrow it, to a sink.
// Called by compile.ts. What must stay true: every step sees every batch in the order of the source's blocks, stops at an
// empty one, and the signal is looked at between blocks.

import { type Batch, breathe } from "./batch.ts";
import type { Meter } from "./meter.ts";
import type { Selector } from "./selectors.ts";

/** Narrows `batch.rows`. */
export interface RowStep {
  readonly meter: Meter;
  /** Whether the step is sure, before any row is read, that it keeps nothing of the block. */
  skips?(block: number): boolean;
  apply(batch: Batch): void;
  /**
   * The same step for a sink that drops the rows without a number by itself; undefined when the step does not test for it.
   * `key`: exprKey of the number.
   */
  withoutNullTest?(key: string): RowStep | undefined;
  /**
   * The step without the conditions that a sink can test by bits on the way, and those; undefined when it has none. Blocks
   * for which one of them is never true must have been skipped.
   */
  testsApart?(): { readonly step: RowStep; readonly tests: readonly Selector[] } | undefined;
}

/** Takes batches in. */
export interface Sink {
  readonly meter: Meter;
  /** Whether the sink is sure, from what it took in so far, that no row of the block would change its result. */
  skips?(block: number): boolean;
  consume(batch: Batch): void;
}

/** Where batches come from. */
export interface BatchSource {
  readonly meter: Meter;
  /** Blocks to read: ascending, but for a sink that asks for another order. */
  readonly blocks: readonly number[];
  open(block: number): Batch;
}

/** Batches on their way. */
export interface Pipeline {
  readonly source: BatchSource;
  readonly steps: readonly RowStep[];
  readonly sink: Sink;
}

/** Runs all blocks of `source` through `steps` into `sink`. Throws E_ABORTED and what the operators throw. */
export async function runPipeline(pipeline: Pipeline, signal: AbortSignal | undefined): Promise<void> {
  let step = 0;
  for (const block of pipeline.source.blocks) {
    await breathe(step, signal);
    step += 1;
    if (pipeline.sink.skips?.(block) !== true) runBlock(pipeline, block);
  }
}

/** Runs one block through. */
export function runBlock({ source, steps, sink }: Pipeline, block: number): void {
  const batch = source.meter.measure(() => source.open(block));
  source.meter.count(batch.length, batch.rows.count);
  for (const next of steps) {
    const before = batch.rows.count;
    if (before === 0) break;
    next.meter.measure(() => next.apply(batch));
    next.meter.count(before, batch.rows.count);
  }
  const { count } = batch.rows;
  if (count === 0) return;
  sink.meter.measure(() => sink.consume(batch));
  sink.meter.count(count, 0);
}
