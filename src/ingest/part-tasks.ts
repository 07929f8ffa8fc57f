// The tasks that a thread of a load is given, and their answers.
// Sent by parallel-load.ts, answered in load.worker.ts.

import { unreachable } from "../base/assert.ts";
import type { TaskResult } from "../base/worker-pool.ts";
import { type MergeJob, runMergeJob } from "../columns/merge-jobs.ts";
import type { BatchAnswer, PartLoader, RangeTask } from "./part-loader.ts";
import type { RecordBatch } from "./record-batch.ts";
import type { RecordSetup } from "./record-setup.ts";

/** What a worker is started with. */
export interface WorkerInput {
  readonly setup: RecordSetup;
  /** See simdModule. */
  readonly simd: object | undefined;
}

/**
 * What a thread can be asked: to take a batch, to read lines of a file, to take rows back, to give what it has,
 * and then to merge columns of all.
 */
export type PartTask =
  | { readonly kind: "batch"; readonly batch: RecordBatch }
  | { readonly kind: "range"; readonly range: RangeTask }
  | { readonly kind: "truncate"; readonly rows: number }
  | { readonly kind: "finish" }
  | { readonly kind: "merge"; readonly job: MergeJob };

/** Does what a task asks: a BatchAnswer, a RangeAnswer, nothing, a LoadedPart, or a MergeResult. */
export async function answerPartTask(part: PartLoader, task: PartTask): Promise<TaskResult> {
  switch (task.kind) {
    case "batch":
      return withIds(part.take(task.batch));
    case "range":
      return withIds(await part.takeRange(task.range));
    case "truncate":
      part.truncate(task.rows);
      return { value: undefined };
    case "finish": {
      const loaded = part.finish();
      return { value: loaded, transfer: loaded.kept.map(({ bytes }) => bytes.buffer as ArrayBuffer) };
    }
    case "merge":
      return { value: runMergeJob(task.job) };
    default:
      return unreachable(task);
  }
}

/** An answer whose ids move with it. */
function withIds(answer: BatchAnswer): TaskResult {
  const { bytes, ends } = answer.ids;
  return { value: answer, transfer: [bytes.buffer as ArrayBuffer, ends.buffer as ArrayBuffer] };
}
