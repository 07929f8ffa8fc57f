// A thread that aggregates parts of a table beside the main one. Started by compute-pool.ts.
// What must stay true: it opens the same plan over the same columns, and so makes the same choices as the main thread.

import { invariant, unreachable } from "../base/assert.ts";
import { serveTasks, type TaskResult } from "../base/worker-pool.ts";
import type { Dataset } from "../columns/table.ts";
import { openAggregate } from "./compile.ts";
import type { AggregateTask, ColumnsTask, ComputeTask, GatherTask, SharedPartial } from "./compute-pool.ts";
import { isGivenUp, partsOf, takeParts } from "./parallel.ts";
import { datasetFrom, type SentColumn } from "./shared-columns.ts";

let held: { readonly id: number; readonly columns: readonly SentColumn[]; readonly dataset: Dataset } | undefined;
const runs = new Map<number, ReturnType<typeof openAggregate>>();

serveTasks((task) => answer(task as ComputeTask));

function answer(task: ComputeTask): TaskResult {
  switch (task.kind) {
    case "columns":
      return keepColumns(task);
    case "aggregate":
      return { value: aggregate(task) };
    case "gather":
      return { value: gather(task) };
    case "release":
      runs.get(task.run)?.close();
      runs.delete(task.run);
      return { value: undefined };
    default:
      return unreachable(task);
  }
}

function keepColumns({ dataset: id, rows, columns }: ColumnsTask): TaskResult {
  const all = [...(held?.id === id ? held.columns : []), ...columns];
  held = { id, columns: all, dataset: datasetFrom(rows, all) };
  return { value: undefined };
}

function aggregate({ run, dataset, plan, maxGroups, memoryRows, state }: AggregateTask): SharedPartial {
  if (isGivenUp(state)) return { partial: { parts: [], inputs: [] }, rows: [] };
  invariant(held?.id === dataset, "the columns come before the aggregate");
  const open = openAggregate(plan, held.dataset, { maxGroups, memoryRows });
  runs.set(run, open);
  const taking = takeParts(open, partsOf(open.source.blocks), state);
  while (taking.next().done !== true);
  const rows = open.meters.map((meter) => {
    const { rowsIn, rowsOut } = meter.profile();
    return { rowsIn, rowsOut };
  });
  return { partial: open.sink.partial(), rows };
}

function gather({ run, wanted }: GatherTask): unknown {
  return runs.get(run)?.sink.gatherFor(wanted);
}
