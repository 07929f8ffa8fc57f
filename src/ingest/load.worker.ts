// A worker thread of a load: one PartLoader over the pool's tasks.
// Started by parallel-load.ts. What must stay true: the tables' memory is shared, and this thread does not touch it after
// `finish`.

import { serveTasks, workerInput } from "../base/worker-pool.ts";
import { useSimdModule } from "../json/simd.ts";
import { PartLoader } from "./part-loader.ts";
import { answerPartTask, type PartTask, type WorkerInput } from "./part-tasks.ts";

const { setup, simd } = workerInput() as WorkerInput;
useSimdModule(simd);
const part = new PartLoader(setup);

serveTasks((task) => answerPartTask(part, task as PartTask));
