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

/**
 * Takes parts until none is left, with a pause after every block. `state`: see AggregateTask. Stops when the run is given up.
 * Returns how many parts it took.
 */
export function* takeParts(
  open: OpenAggregate,
  parts: readonly (readonly number[])[],
  state: Int32Array,
): Generator<undefined, number> {
  let taken = 0;
  for (let part = Atomics.add(state, 0, 1); part < parts.length; part = Atomics.add(state, 0, 1)) {
    taken += 1;
    for (const block of parts[part] ?? []) {
      if (isGivenUp(state)) return taken;
      runBlock(open, block);
      yield;
    }
  }
  return taken;
}

/** Whether nobody waits for a run any more. */
export function isGivenUp(state: Int32Array): boolean {
  return Atomics.load(state, 1) !== 0;
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
  const parts = partsOf(open.source.blocks);
  try {
    const taking = takeParts(open, parts, state);
    let step = 0;
    let taken = taking.next();
    for (; taken.done !== true; taken = taking.next()) {
      await breathe(step, signal);
      step += 1;
    }
    // Threads that came too late, as on the first query, are not waited for.
    if (taken.value === parts.length) return;
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
