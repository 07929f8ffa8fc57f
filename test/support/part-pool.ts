// A worker pool without threads for tests: each "thread" is a PartThread of this thread, messages are cloned as between
// threads, and answers come after a random number of turns, so that the order of answers is not that of the tasks.

import type { WorkerPool } from "../../src/base/worker-pool.ts";
import { type PartTask, PartThread } from "../../src/ingest/part-tasks.ts";

/** Starts such a pool; `random`: the next number in [0, 1). */
export function partPool(threads: number, random: () => number): WorkerPool {
  const parts = Array.from({ length: threads }, () => new PartThread());
  const turns: Promise<unknown>[] = parts.map(() => Promise.resolve());
  return {
    threads,
    run<T>(task: unknown, { thread = 0 } = {}): Promise<T> {
      const sent = clone(task) as PartTask;
      if (sent.kind === "begin") return parts[thread]!.answer(sent) as Promise<T>;
      const answer = (turns[thread] ?? Promise.resolve()).then(async () => {
        for (let wait = Math.floor(random() * 4); wait > 0; wait -= 1) await new Promise(setImmediate);
        return clone((await parts[thread]!.answer(sent)).value) as T;
      });
      turns[thread] = answer.catch(() => undefined);
      return answer;
    },
    close: () => Promise.resolve(),
  };
}

/** As between threads: shared memory stays shared, anything else is copied. Errors of cloning come out as they would there. */
function clone(value: unknown): unknown {
  // A compiled module is shared by threads, and structuredClone() refuses it.
  if (typeof value === "object" && value !== null && "simd" in value)
    return { ...structuredClone({ ...value, simd: 0 }), simd: value.simd };
  return structuredClone(value);
}
