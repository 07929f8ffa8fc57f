// The threads of a load: the caller's own, and workers.
// Called by parallel-load.ts. What must stay true: thread 0 is the caller's and the others are the workers'; between two
// tasks of its own the caller takes its messages, so that no worker waits for more than one task.

import type { TaskOptions, WorkerPool } from "../base/worker-pool.ts";
import type { MergeJob, MergeResult, MergeRunner } from "../columns/merge-jobs.ts";
import { simdModule } from "../json/simd.ts";
import { type PartTask, PartThread } from "./part-tasks.ts";
import type { RecordSetup } from "./record-setup.ts";

/** A pool of the caller's thread and of workers. Only PartTasks run on it; `thread` must be given with each. */
export interface Crew extends WorkerPool {
  /** By thread: fulfilled when it has begun; a new worker needs a while. The caller's has begun at once. */
  readonly begun: readonly Promise<unknown>[];
}

/** A crew for one load, all of which are told to begin. */
export function crewOf(setup: RecordSetup, workers: WorkerPool): Crew {
  const begin: PartTask = { kind: "begin", setup, simd: simdModule() };
  const own = new PartThread();
  let last: Promise<unknown> = own.answer(begin);
  const begun = Array.from({ length: workers.threads }, (_, thread) => workers.run(begin, { thread, isIdle: true }));
  const runHere = async <T>(task: PartTask): Promise<T> => {
    await new Promise((resolve) => setImmediate(resolve));
    return (await own.answer(task)).value as T;
  };
  return {
    threads: workers.threads + 1,
    begun: [last, ...begun],
    run<T>(task: unknown, options: TaskOptions = {}): Promise<T> {
      const { thread = 0 } = options;
      if (thread > 0) return workers.run<T>(task, { ...options, thread: thread - 1 });
      const answer = last.then(() => runHere<T>(task as PartTask));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: (how) => workers.close(how),
  };
}

/** Merge jobs that a worker may have: one that it does, one that waits. */
const JOBS_PER_WORKER = 2;

interface WaitingJob {
  readonly job: MergeJob;
  readonly resolve: (result: MergeResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Has merge jobs done in the order given, each by the next of `threads` that has time. */
export function mergeRunner(crew: WorkerPool, threads: readonly number[]): MergeRunner {
  const waiting: WaitingJob[] = [];
  const underWay = Array.from({ length: crew.threads }, () => 0);
  const send = ({ job, resolve, reject }: WaitingJob, thread: number): void => {
    underWay[thread]! += 1;
    const task: PartTask = { kind: "merge", job };
    crew
      .run<MergeResult>(task, { thread })
      .then(resolve, reject)
      .finally(() => {
        underWay[thread]! -= 1;
        sendAll();
      });
  };
  const sendAll = (): void => {
    // Each thread gets one before a worker gets a second: the first jobs are the longest.
    for (let most = 1; most <= JOBS_PER_WORKER; most += 1) {
      for (const thread of threads) {
        const next = underWay[thread]! < most && (thread > 0 || most === 1) ? waiting.shift() : undefined;
        if (next !== undefined) send(next, thread);
      }
    }
  };
  return (job) =>
    new Promise((resolve, reject) => {
      waiting.push({ job, resolve, reject });
      sendAll();
    });
}
