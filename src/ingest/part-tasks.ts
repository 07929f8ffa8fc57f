// The tasks that a thread of a load is given, and their answers.
// Sent by crew.ts and batch-queue.ts, answered in load.worker.ts and, on the caller's thread, by crew.ts.
// What must stay true: a thread that has given what it loaded holds nothing of it; the next load may get the same thread.

import { invariant, unreachable } from "../base/assert.ts";
import type { TaskResult } from "../base/worker-pool.ts";
import { type MergeJob, runMergeJob } from "../columns/merge-jobs.ts";
import { useSimdModule } from "../json/simd.ts";
import { type BatchAnswer, PartLoader, type RangeTask, type ReturnedBatch } from "./part-loader.ts";
import type { RecordBatch } from "./record-batch.ts";
import type { RecordSetup } from "./record-setup.ts";

/**
 * What a thread can be asked: to begin a load, to take a batch, to read lines of a file, to take rows back, to give what it
 * has, and then to merge columns of all.
 */
export type PartTask =
  | {
      readonly kind: "begin";
      readonly setup: RecordSetup;
      /** See simdModule. */
      readonly simd: object | undefined;
    }
  | { readonly kind: "batch"; readonly batch: RecordBatch }
  | { readonly kind: "range"; readonly range: RangeTask }
  | { readonly kind: "truncate"; readonly rows: number }
  | { readonly kind: "finish" }
  | { readonly kind: "merge"; readonly job: MergeJob };

/** A thread of one load after another. */
export class PartThread {
  /** Of the load at hand, until it has given what it loaded. */
  #part: PartLoader | undefined;

  /** Does what a task asks; gives a ReturnedBatch, a RangeAnswer, a LoadedPart, a MergeResult, or nothing. */
  async answer(task: PartTask): Promise<TaskResult> {
    switch (task.kind) {
      case "begin":
        useSimdModule(task.simd);
        this.#part = new PartLoader(task.setup);
        return NOTHING;
      case "batch":
        return returned(this.#begun().take(task.batch), task.batch.bytes);
      case "range":
        return withIds(await this.#begun().takeRange(task.range));
      case "truncate":
        this.#begun().truncate(task.rows);
        return NOTHING;
      case "finish": {
        const loaded = this.#begun().finish();
        this.#part = undefined;
        return { value: loaded, transfer: loaded.kept.map(({ bytes }) => bytes.buffer as ArrayBuffer) };
      }
      case "merge":
        return { value: runMergeJob(task.job) };
      default:
        return unreachable(task);
    }
  }

  #begun(): PartLoader {
    invariant(this.#part !== undefined, "a load begins before it is given records");
    return this.#part;
  }
}

const NOTHING: TaskResult = { value: undefined };

/** An answer whose ids move with it. */
function withIds(answer: BatchAnswer): TaskResult {
  const { bytes, ends } = answer.ids;
  return { value: answer, transfer: [bytes.buffer as ArrayBuffer, ends.buffer as ArrayBuffer] };
}

/** An answer with which the batch's memory moves back. */
function returned(answer: BatchAnswer, bytes: Uint8Array): TaskResult {
  const { transfer = [] } = withIds(answer);
  const value: ReturnedBatch = { ...answer, bytes };
  return { value, transfer: [...transfer, bytes.buffer as ArrayBuffer] };
}
