// How to load, and what a load gives: the words between the callers of load.ts and its ways of loading.
// Read by load.ts, sequential-load.ts and parallel-load.ts. Types and defaults only.

import type { Limits } from "../base/limits.ts";
import type { WorkerPool } from "../base/worker-pool.ts";
import type { Projection } from "../columns/projection.ts";
import type { Dataset } from "../columns/table.ts";
import type { FormatChoice } from "./detect.ts";
import type { DuplicatePolicy } from "./extraction-state.ts";
import type { ReaderChoice } from "./record-loader.ts";
import type { LoadReport, RejectedRecord } from "./report.ts";

/** How to load. */
export interface LoadOptions {
  /** `stop`: the first bad record is thrown; `skip`: it is counted and reported. */
  readonly onError: "stop" | "skip";
  /** Most rejected records, or their share of those read; past it E_TOO_MANY_REJECTS, when all is read. */
  readonly maxRejects?: number | { readonly percent: number };
  /** Called once a rejected record, in order; under `stop` too. */
  readonly rejects?: (record: RejectedRecord) => void;
  /** What a second record of a trace id, or span of a trace, does. */
  readonly duplicates: DuplicatePolicy;
  /** Read NaN and Infinity tokens as null, and count them. */
  readonly allowNan: boolean;
  /** Long texts by place in plain files, kept in memory, or dropped. */
  readonly payload: "place" | "keep" | "drop";
  /** Columns to build. The rows of every table are counted in any case. */
  readonly columns: Projection;
  readonly limits: Limits;
  readonly format: FormatChoice;
  /** How records are read; the result is the same. `auto` when absent. */
  readonly reader?: ReaderChoice;
  /** How plain files of lines are read on one thread; for tests. */
  readonly lineReads?: { readonly fromBytes: number; readonly readBytes?: number };
  /** Remarks about the sources, for the report. */
  readonly notes?: readonly string[];
  /** E_MEMORY when the load holds more bytes than this; checked between chunks. */
  readonly memoryLimitBytes?: number;
  /** Bytes that the whole process holds, where the limit is the process's: asked between chunks. */
  readonly memoryInUse?: () => number;
  readonly signal?: AbortSignal;
  /** Called between chunks. `bytes`: of the raw sources; `totalBytes`: undefined when a source does not know its size. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Worker threads; one thread, the caller's, when absent. The result is the same. */
  readonly threading?: Threading;
}

/** How to use worker threads. Everything but `threads` is for tests and benches. */
export interface Threading {
  /** Worker threads, from 1; with 1 none are started. */
  readonly threads: number;
  /** Nobody asked for threads: only plain files of many bytes are loaded with them, and none under a limit of memory. */
  readonly isDefault?: boolean;
  /** Nobody asked for the limit of memory either, which is then that of the machine. */
  readonly isLimitDefault?: boolean;
  /** Expected bytes of records from which threads are worth their start. */
  readonly fromBytes?: number;
  /** Bytes of records handed to a thread at a time. */
  readonly batchBytes?: number;
  /** Bytes of a file whose lines a thread reads at a time. */
  readonly rangeBytes?: number;
  /** Bytes that a thread reads of them at a time. */
  readonly readBytes?: number;
  /** True: nothing is read before all threads have begun. Otherwise the caller's goes on alone until they have. */
  readonly waits?: boolean;
  /** Starts the threads, each a PartThread; those of load.worker.ts when absent. */
  readonly start?: (threads: number) => WorkerPool;
}

/** How far a load is. */
export interface LoadProgress {
  readonly bytes: number;
  readonly totalBytes: number | undefined;
  readonly records: number;
}

/** What a load gives. */
export interface LoadResult {
  readonly dataset: Dataset;
  readonly report: LoadReport;
}
