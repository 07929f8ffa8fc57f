// An aggregate by several threads: each takes the next part that nobody has, the main thread merges what they have found.
// Called by compile.ts. What must stay true: the same bits for any number of threads: parts are summed alone and merged in
// order, groups are listed by the part that met them first, and everything else does not depend on an order.

import { breathe } from "./batch.ts";
import type { SharedRun } from "./compute-pool.ts";
import { partOf } from "./measures.ts";
import type { Meter } from "./meter.ts";
import { type BatchSource, type RowStep, runBlock } from "./pipeline.ts";
import type { SlotAggregate } from "./slot-aggregate.ts";

/** Where batches come from, what narrows them, and where they go. */
export interface OpenAggregate {
  readonly source: BatchSource;
  readonly steps: readonly RowStep[];
  readonly sink: SlotAggregate;
  /** In the order of the plan. */
  readonly meters: readonly Meter[];
}

/** Blocks by part, in order. */
export function partsOf(blocks: readonly number[]): readonly (readonly number[])[] {
  const parts: number[][] = [];
  let last = -1;
  for (const block of blocks) {
    if (partOf(block) !== last) parts.push([]);
    last = partOf(block);
    parts.at(-1)?.push(block);
  }
  return parts;
}

/** Takes parts until none is left. `state`: see AggregateTask. Gives up when its flag is set. */
export function* takeParts(open: OpenAggregate, state: Int32Array): Generator<number> {
  const parts = partsOf(open.source.blocks);
  for (let part = Atomics.add(state, 0, 1); part < parts.length; part = Atomics.add(state, 0, 1)) {
    for (const block of parts[part] ?? []) {
      if (Atomics.load(state, 1) !== 0) return;
      runBlock(open, block);
      yield block;
    }
  }
}

/** A state for a new run. */
export function newState(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** The main thread's side: works until no part is left, then merges. Throws E_ABORTED and what any thread throws. */
export async function runShared(
  open: OpenAggregate,
  { run, state }: { readonly run: SharedRun; readonly state: Int32Array },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { sink } = open;
  try {
    let step = 0;
    for (const _ of takeParts(open, state)) {
      await breathe(step, signal);
      step += 1;
    }
    const shared = await run.partials;
    for (const { rows } of shared) {
      rows.forEach(({ rowsIn, rowsOut }, at) => void open.meters[at]?.count(rowsIn, rowsOut));
    }
    sink.meter.measure(() => sink.merge(shared.map(({ partial }) => partial)));
    const wanted = sink.want();
    if (!wanted.some((places) => places !== undefined)) return;
    const gathering = run.gather(wanted);
    gathering.catch(() => undefined);
    sink.meter.measure(() => sink.gather());
    const gathered = await gathering;
    gathered.forEach((values, at) => {
      const partial = shared[at]?.partial;
      if (partial !== undefined) sink.append(wanted, values, partial);
    });
  } finally {
    Atomics.store(state, 1, 1);
    run.release();
  }
}
