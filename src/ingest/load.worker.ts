// A worker thread of loads, one after another: a PartThread over the pool's tasks.
// Started by parallel-load.ts. What must stay true: the tables' memory is shared, and this thread does not touch it after
// `finish`.

import { serveTasks } from "../base/worker-pool.ts";
import { type PartTask, PartThread } from "./part-tasks.ts";

const thread = new PartThread();

serveTasks((task) => thread.answer(task as PartTask));
