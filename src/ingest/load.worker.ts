// A worker thread of a load: one PartLoader over the pool's tasks.
// Started by parallel-load.ts. What must stay true: the tables' memory is shared, and this thread does not touch it after
// `finish`.

import { serveTasks, workerInput } from "../base/worker-pool.ts";
import { PartLoader } from "./part-loader.ts";
import { answerPartTask, type PartTask } from "./part-tasks.ts";
import type { RecordSetup } from "./record-setup.ts";

const part = new PartLoader(workerInput() as RecordSetup);

serveTasks((task) => answerPartTask(part, task as PartTask));
