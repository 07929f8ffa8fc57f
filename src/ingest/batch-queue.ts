// What is under way in a parallel load: batches at the threads and faults between them, settled in the order of the input.
// Used by parallel-load.ts (settle, finish) and batching-sink.ts (add). What must stay true: rejects are reported, ids
// compared and files counted in that order; a batch goes to a thread at once; a thread's failure ends the load.

import { invariant } from "../base/assert.ts";
import { abortError } from "../base/errors.ts";
import type { WorkerPool } from "../base/worker-pool.ts";
import type { LoadOptions } from "./load-options.ts";
import { Stray } from "./parallel-signals.ts";
import type { BatchAnswer, LoadedPart } from "./part-loader.ts";
import type { PartTask } from "./part-tasks.ts";
import { BatchBuffers, type RecordBatch, recordAt, recordCount } from "./record-batch.ts";
import { duplicateReject } from "./record-loader.ts";
import type { LocatedFault } from "./record-sink.ts";
import { type FileTally, type Reject, rejectError, rejectedRecord } from "./report.ts";
import { SettledRows } from "./settled-rows.ts";

/** Batches that may be under way for each thread: one that it works on, one that waits, one whose answer waits. */
const BATCHES_PER_THREAD = 3;

interface BatchItem {
  readonly kind: "batch";
  readonly batch: RecordBatch;
  readonly thread: number;
  /** Fulfilled when `answer` is there, or the load has failed. */
  readonly done: Promise<void>;
  answer: BatchAnswer | undefined;
}

interface FaultItem {
  readonly kind: "fault";
  readonly file: number;
  readonly fault: LocatedFault;
}

/** What the queue works with. */
export interface QueueOptions {
  readonly pool: WorkerPool;
  readonly batchBytes: number;
  /** By source. */
  readonly tallies: readonly FileTally[];
  readonly options: LoadOptions;
}

/** See the file's header. */
export class BatchQueue {
  readonly rows: SettledRows;
  /** Rejects when a thread fails or the load is aborted; never fulfilled. */
  readonly failure: Promise<never>;
  hasFailed = false;
  readonly #pool: WorkerPool;
  readonly #tallies: readonly FileTally[];
  readonly #options: LoadOptions;
  readonly #buffers: BatchBuffers;
  readonly #items: (BatchItem | FaultItem)[] = [];
  /** By thread. */
  readonly #underWay: number[];
  readonly #partBytes: number[];
  readonly #mostBatches: number;
  /** By source: records and faults that are settled. */
  readonly #settled: number[];
  readonly #onAbort = (): void => this.#fail(abortError(this.#options.signal));
  #fail: (error: unknown) => void = () => undefined;

  constructor({ pool, batchBytes, tallies, options }: QueueOptions) {
    this.#pool = pool;
    this.#tallies = tallies;
    this.#options = options;
    this.#mostBatches = pool.threads * BATCHES_PER_THREAD;
    this.#buffers = new BatchBuffers(batchBytes, this.#mostBatches + 1);
    this.#settled = tallies.map(() => 0);
    this.rows = new SettledRows(pool.threads);
    this.#underWay = Array.from({ length: pool.threads }, () => 0);
    this.#partBytes = Array.from({ length: pool.threads }, () => 0);
    this.failure = new Promise((_, reject) => {
      this.#fail = (error) => {
        this.hasFailed = true;
        reject(error);
      };
    });
    this.failure.catch(() => undefined);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Bytes of the parts, the batches and the ids. */
  get sizeBytes(): number {
    return this.#partBytes.reduce((sum, bytes) => sum + bytes, this.#buffers.sizeBytes + this.rows.sizeBytes);
  }

  /** A buffer for a batch whose first record has `length` bytes. Throws E_MEMORY. */
  takeBuffer(length: number): Uint8Array {
    return this.#buffers.take(length);
  }

  /** How many records and faults of a source are settled. */
  settledOf(file: number): number {
    return this.#settled[file] ?? 0;
  }

  /** Hands a batch to the thread that has least to do. */
  addBatch(batch: RecordBatch): void {
    const thread = this.#underWay.indexOf(Math.min(...this.#underWay));
    this.#underWay[thread]! += 1;
    const task: PartTask = { kind: "batch", batch };
    const done = this.#pool.run<BatchAnswer>(task, { thread }).then(
      (answer) => {
        item.answer = answer;
        this.#underWay[thread]! -= 1;
        this.#partBytes[thread] = answer.sizeBytes;
      },
      (error: unknown) => this.#fail(error),
    );
    const item: BatchItem = { kind: "batch", batch, thread, done, answer: undefined };
    this.#items.push(item);
  }

  /** A fault that the reader found behind the batches so far. */
  addFault(file: number, fault: LocatedFault): void {
    this.#items.push({ kind: "fault", file, fault });
  }

  /** Settles what can be, and waits while too much is under way. Throws the first reject under `stop`, Stray, what failed. */
  async makeRoom(): Promise<void> {
    await this.#settle(this.#mostBatches);
  }

  /** Settles everything. Throws as `makeRoom`. */
  async settleAll(): Promise<void> {
    await this.#settle(0);
  }

  async #settle(most: number): Promise<void> {
    for (;;) {
      const item = this.#items[0];
      if (item === undefined) return;
      if (item.kind === "fault") {
        this.#items.shift();
        this.#settled[item.file]! += 1;
        this.#reject(item.file, item.fault);
        continue;
      }
      if (item.answer === undefined) {
        if (this.#items.length <= most && !this.hasFailed) return;
        await Promise.race([item.done, this.failure]);
        if (this.hasFailed) await this.failure;
      }
      this.#items.shift();
      this.#settleBatch(item);
    }
  }

  #settleBatch({ batch, thread, answer }: BatchItem): void {
    invariant(answer !== undefined, "a batch is settled with its answer");
    const file = batch.source.index;
    this.#tallies[file]?.addLoaded(answer);
    let row = 0;
    const settleTo = (end: number, rejectsBefore: number) => {
      for (; row < end; row += 1) this.#settleRow({ batch, answer, row }, row + rejectsBefore);
    };
    answer.rejects.forEach(({ rowsBefore, reject }, index) => {
      settleTo(rowsBefore, index);
      this.#reject(file, reject);
    });
    settleTo(answer.ids.ends.length, answer.rejects.length);
    this.rows.settle(thread, row);
    this.#settled[file]! += answer.strayAt < 0 ? recordCount(batch) : answer.strayAt;
    this.#buffers.release(batch.bytes);
    if (answer.strayAt >= 0) throw new Stray();
  }

  /** Compares the id of a row with those before it. `record`: its place in the batch. */
  #settleRow(
    { batch, answer, row }: { readonly batch: RecordBatch; readonly answer: BatchAnswer; readonly row: number },
    record: number,
  ): void {
    const { bytes, ends } = answer.ids;
    const file = batch.source.index;
    const start = row === 0 ? 0 : ends[row - 1]!;
    const earlier = this.rows.add(bytes, start, ends[row]!);
    const { duplicates } = this.#options;
    if (duplicates === "error") this.rows.place({ file, line: recordAt(batch, record).line });
    if (earlier < 0) return;
    if (duplicates === "error") {
      const first = this.rows.placeOf(earlier);
      const place = { file: this.#tallies[first.file]?.file ?? "", line: first.line };
      this.#reject(file, duplicateReject(recordAt(batch, record), bytes.subarray(start, ends[row]), place));
      return;
    }
    const tally = this.#tallies[file];
    if (tally !== undefined) tally.duplicates += 1;
    if (duplicates === "last") this.rows.replace(earlier);
  }

  #reject(file: number, reject: Reject): void {
    const tally = this.#tallies[file];
    if (tally === undefined) return;
    tally.reject(reject);
    this.#options.rejects?.(rejectedRecord(tally.file, reject));
    if (this.#options.onError === "stop") throw rejectError(tally.file, reject);
  }

  /** Forgets what is under way, and has the threads take back the rows that are not settled. */
  async takeBack(): Promise<void> {
    for (const item of this.#items) {
      if (item.kind === "batch") {
        await Promise.race([item.done, this.failure]);
        if (this.hasFailed) await this.failure;
        this.#buffers.release(item.batch.bytes);
      }
    }
    this.#items.length = 0;
    const takeBack = (rows: number, thread: number) => this.#ask({ kind: "truncate", rows }, thread);
    await Promise.all(this.rows.partRows.map(takeBack));
  }

  /** Lets go of the load's signal. */
  close(): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** What the threads have loaded. */
  finish(): Promise<readonly LoadedPart[]> {
    return Promise.all(this.#underWay.map((_, thread) => this.#ask<LoadedPart>({ kind: "finish" }, thread)));
  }

  #ask<T>(task: PartTask, thread: number): Promise<T> {
    return this.#pool.run<T>(task, { thread });
  }
}
