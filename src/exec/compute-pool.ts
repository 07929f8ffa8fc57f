// Threads that aggregate beside the main one, with the columns that they have been sent.
// Called by engine.ts (one pool a store) and parallel.ts. What must stay true: no thread is started before a query asks for
// one; a column is sent once; after close() none is left.

import { startPool, type WorkerPool, workerScript } from "../base/worker-pool.ts";
import { type Dataset, tableOf } from "../columns/table.ts";
import type { Plan } from "../plan/logical.ts";
import { type SentColumn, sentColumn, type TableRows } from "./shared-columns.ts";
import type { GatheredValues, SlotPartial, WantedPlaces } from "./slot-aggregate.ts";

/** Columns of a dataset, before the first task that reads them. Other datasets are forgotten. */
export interface ColumnsTask {
  readonly kind: "columns";
  readonly dataset: number;
  readonly rows: TableRows;
  readonly columns: readonly SentColumn[];
}

/** An aggregate: to be answered with a SharedPartial when no part is left. */
export interface AggregateTask {
  readonly kind: "aggregate";
  readonly run: number;
  readonly dataset: number;
  readonly plan: Plan;
  readonly maxGroups: number;
  readonly memoryRows: number;
  /** Number of the next part that nobody has taken, and 1 when the run is given up. */
  readonly state: Int32Array;
}

/** The second look of an aggregate: to be answered with GatheredValues. */
export interface GatherTask {
  readonly kind: "gather";
  readonly run: number;
  readonly wanted: WantedPlaces;
}

/** The end of a run. */
export interface ReleaseTask {
  readonly kind: "release";
  readonly run: number;
}

/** What a thread is asked. */
export type ComputeTask = ColumnsTask | AggregateTask | GatherTask | ReleaseTask;

/** A partial and the rows that each operator saw on the way. */
export interface SharedPartial {
  readonly partial: SlotPartial;
  readonly rows: readonly { readonly rowsIn: number; readonly rowsOut: number }[];
}

/** Helpers of the main thread. */
export class ComputePool {
  #threads: number;
  #pool: WorkerPool | undefined;
  #runs = 0;
  #datasets = 0;
  /** The dataset that the threads have, and its columns that they have been sent. */
  #held: { readonly dataset: WeakRef<Dataset>; readonly id: number; readonly sent: Set<string> } | undefined;

  /** `threads`: the main one included. Starts nothing yet. */
  constructor(threads: number) {
    this.#threads = threads;
  }

  /** Threads in all, the main one included. */
  get threads(): number {
    return this.#threads;
  }

  /** Sends an aggregate to every other thread; they begin at once. Throws E_WORKER. */
  begin(
    plan: Plan,
    {
      dataset,
      columns,
      ...task
    }: Pick<AggregateTask, "maxGroups" | "memoryRows" | "state"> & {
      readonly dataset: Dataset;
      readonly columns: ReadonlySet<string>;
    },
  ): SharedRun {
    const pool = this.#started();
    const id = this.#send(dataset, columns);
    this.#runs += 1;
    const run = this.#runs;
    const ask = <T>(thread: number, what: ComputeTask): Promise<T> => pool.run<T>(what, { thread });
    const threads = Array.from({ length: pool.threads }, (_, thread) => thread);
    const partials = Promise.all(
      threads.map((thread) => ask<SharedPartial>(thread, { kind: "aggregate", run, dataset: id, plan, ...task })),
    );
    // Whoever gives the run up does not wait for them.
    partials.catch(() => undefined);
    return {
      partials,
      gather: (wanted) =>
        Promise.all(threads.map((thread) => ask<GatheredValues>(thread, { kind: "gather", run, wanted }))),
      release() {
        for (const thread of threads) ask(thread, { kind: "release", run }).catch(() => undefined);
      },
    };
  }

  #started(): WorkerPool {
    this.#pool ??= startPool({
      script: workerScript(import.meta.url, "aggregate.worker"),
      threads: this.#threads - 1,
    });
    return this.#pool;
  }

  /** Sends what the threads do not have yet; gives the dataset's number. */
  #send(dataset: Dataset, columns: ReadonlySet<string>): number {
    const pool = this.#started();
    if (this.#held?.dataset.deref() !== dataset) {
      this.#datasets += 1;
      this.#held = { dataset: new WeakRef(dataset), id: this.#datasets, sent: new Set() };
    }
    const { id, sent } = this.#held;
    const missing = [...columns].filter((path) => !sent.has(path));
    if (missing.length > 0) {
      const rowsOf = (name: "traces" | "spans" | "assessments") => tableOf(dataset, name).rows;
      const rows = { traces: rowsOf("traces"), spans: rowsOf("spans"), assessments: rowsOf("assessments") };
      const task: ColumnsTask = {
        kind: "columns",
        dataset: id,
        rows,
        columns: missing.map((path) => sentColumn(dataset, path)),
      };
      for (let thread = 0; thread < pool.threads; thread += 1) pool.run(task, { thread }).catch(() => undefined);
      for (const path of missing) sent.add(path);
    }
    return id;
  }

  /** Ends all threads; later queries run on the main one. May be called again. */
  close(): void {
    this.#threads = 1;
    const pool = this.#pool;
    this.#pool = undefined;
    this.#held = undefined;
    void pool?.close();
  }
}

/** A run under way on the other threads. */
export interface SharedRun {
  /** One a thread, when no part is left. */
  readonly partials: Promise<readonly SharedPartial[]>;
  gather(wanted: WantedPlaces): Promise<readonly GatheredValues[]>;
  /** Must be called at the end, whatever it is. */
  release(): void;
}
