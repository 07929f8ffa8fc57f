// The threads of a load: the caller's own, and workers.
// Called by parallel-load.ts. What must stay true: thread 0 is the caller's and the others are the workers'; between two
// tasks of its own the caller takes its messages, so that no worker waits for more than one task.

import type { TaskOptions, WorkerPool } from "../base/worker-pool.ts";
import type { MergeJob, MergeResult, MergeRunner } from "../columns/merge-jobs.ts";
import { simdModule } from "../json/simd.ts";
import { type PartTask, PartThread } from "./part-tasks.ts";
import type { RecordSetup } from "./record-setup.ts";

/** A pool of the caller's thread and those of `workers`, all begun. Only PartTasks run on it; `thread` must be given with each. */
export function crewOf(setup: RecordSetup, workers: WorkerPool): WorkerPool {
  const begin: PartTask = { kind: "begin", setup, simd: simdModule() };
  const own = new PartThread();
  let last: Promise<unknown> = own.answer(begin);
  const begun = Array.from({ length: workers.threads }, (_, thread) => workers.run(begin, { thread }));
  // Whoever asks the thread for something is told.
  for (const answer of begun) answer.catch(() => undefined);
  const runHere = async <T>(task: PartTask): Promise<T> => {
    await new Promise((resolve) => setImmediate(resolve));
    return (await own.answer(task)).value as T;
  };
  return {
    threads: workers.threads + 1,
    async run<T>(task: unknown, options: TaskOptions = {}): Promise<T> {
      const { thread = 0 } = options;
      if (thread > 0) {
        const asked = workers.run<T>(task, { ...options, thread: thread - 1 });
        return (await Promise.all([asked, begun[thread - 1]]))[0];
      }
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

/** Has merge jobs done in the order given, each by the next thread that has time. */
export function mergeRunner(crew: WorkerPool): MergeRunner {
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
      for (let thread = 0; thread < crew.threads; thread += 1) {
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
