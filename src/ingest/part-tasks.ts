// The tasks that a thread of a load is given, and their answers.
// Sent by parallel-load.ts, answered in load.worker.ts.

import { unreachable } from "../base/assert.ts";
import type { TaskResult } from "../base/worker-pool.ts";
import type { PartLoader } from "./part-loader.ts";
import type { RecordBatch } from "./record-batch.ts";

/** What a thread can be asked: to take a batch, to take rows back, to give what it has. */
export type PartTask =
  | { readonly kind: "batch"; readonly batch: RecordBatch }
  | { readonly kind: "truncate"; readonly rows: number }
  | { readonly kind: "finish" };

/** Does what a task asks: a BatchAnswer, nothing, or a LoadedPart. */
export function answerPartTask(part: PartLoader, task: PartTask): TaskResult {
  switch (task.kind) {
    case "batch": {
      const answer = part.take(task.batch);
      return {
        value: answer,
        transfer: [answer.ids.bytes.buffer as ArrayBuffer, answer.ids.ends.buffer as ArrayBuffer],
      };
    }
    case "truncate":
      part.truncate(task.rows);
      return { value: undefined };
    case "finish": {
      const loaded = part.finish();
      return { value: loaded, transfer: loaded.kept.map(({ bytes }) => bytes.buffer as ArrayBuffer) };
    }
    default:
      return unreachable(task);
  }
}
