// What the command line begins before it reads the library (index.ts), which takes as long as a thread takes to start.
// Called by cli/begin-threads.ts. What must stay true: it imports next to nothing.

import { availableThreads } from "./base/worker-pool.ts";
import { DEFAULT_FROM_BYTES, FROM_BYTES, keepLoadWorkers, MOST_DEFAULT_THREADS } from "./ingest/load-threads.ts";

/** A load that is likely to come. */
export interface ExpectedLoad {
  /** Bytes of its plain files. */
  readonly plainBytes: number;
  /** Threads that were asked for. */
  readonly threads?: number;
}

/** Starts the threads that the load will take, if it is large enough to take any. */
export function beginLoadThreads({ plainBytes, threads }: ExpectedLoad): void {
  if (plainBytes < (threads === undefined ? DEFAULT_FROM_BYTES : FROM_BYTES)) return;
  const most = Math.min(MOST_DEFAULT_THREADS, threads ?? availableThreads());
  if (most > 1) keepLoadWorkers(most - 1);
}
