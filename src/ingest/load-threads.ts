// The threads of a load: from which size on they are worth it, and their start.
// Called by load.ts and parallel-load.ts, and early, by ../early.ts: what must stay true is that it imports next to nothing.

import { startPool, type WorkerPool, workerScript } from "../base/worker-pool.ts";

/** Threads of a store that names no number, at most. */
export const MOST_DEFAULT_THREADS = 8;
/** Each thread starts in some 30 ms and warms up by itself, which costs more processor time than smaller inputs give back. */
export const FROM_BYTES = 96 * 2 ** 20;
/** Bytes of plain files from which threads that nobody asked for are taken, as each takes memory: a fifth faster at a gigabyte. */
export const DEFAULT_FROM_BYTES = 2 ** 29;

/** A pool of `threads` workers that answer PartTasks, kept ones first. Throws E_WORKER. */
export function startLoadWorkers(threads: number): WorkerPool {
  return startPool({ script: workerScript(import.meta.url, "load.worker"), threads, reuses: true });
}

/** Starts workers for the next load, which has to come within some seconds. A failure is left for that to meet. */
export function keepLoadWorkers(threads: number): void {
  try {
    void startLoadWorkers(threads).close({ keeps: true });
  } catch {
    // The load starts its own.
  }
}
