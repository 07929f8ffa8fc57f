// The worker of a load that dies at a batch or a range, or at the end at last: it throws, exits, or fills its heap.
// Started by test/ingest/worker-death.test.ts.

import { serveTasks, workerInput } from "../../src/base/worker-pool.ts";
import { type PartTask, PartThread } from "../../src/ingest/part-tasks.ts";

/** How a worker dies. */
export type Death = "throw" | "exit" | "heap";

/** What such a worker is started with. */
export interface DyingInput {
  readonly death: Death;
  /** Batches and ranges over all workers before one dies: counted down in shared memory. */
  readonly left: Int32Array;
  /** When it died, ms since 1970. */
  readonly diedMs: Float64Array;
}

const { death, left, diedMs } = workerInput() as DyingInput;
const thread = new PartThread();

function die(): never {
  diedMs[0] = Date.now();
  if (death === "exit") process.exit(3);
  if (death === "throw") throw new TypeError("died of a bug");
  const kept: string[][] = [];
  for (let i = 0; ; i++) {
    kept.push(Array.from({ length: 1_000 }, (_, j) => `${i}:${j}`));
    diedMs[0] = Date.now();
  }
}

serveTasks((task) => {
  const asked = task as PartTask;
  // The caller's thread takes its share: what is left of the count when all is read is not waited for.
  if (asked.kind === "begin") return thread.answer(asked);
  if (asked.kind === "finish" || Atomics.sub(left, 0, 1) === 1) die();
  return thread.answer(asked);
});
