// What is under way in a parallel load: batches and ranges at the threads and faults between them, settled in the order of
// the input. Used by parallel-load.ts (ranges, settle, finish) and batching-sink.ts (add). What must stay true: rejects are
// reported, ids compared and files counted in that order; work goes to a thread that has begun, at once; a thread's failure
// ends the load.

import { invariant } from "../base/assert.ts";
import { abortError, EngineError } from "../base/errors.ts";
import type { Crew } from "./crew.ts";
import type { LoadOptions } from "./load-options.ts";
import { Crowded, Stray } from "./parallel-signals.ts";
import type { BatchAnswer, LoadedPart, RangeAnswer, RangeTask, ReturnedBatch } from "./part-loader.ts";
import type { PartTask } from "./part-tasks.ts";
import { BatchBuffers, type RecordBatch, recordAt, recordCount } from "./record-batch.ts";
import { duplicateReject } from "./record-reject.ts";
import type { LocatedFault, RecordSlice } from "./record-sink.ts";
import { type FileTally, type Reject, rejectError, rejectedRecord } from "./report.ts";
import { SettledRows } from "./settled-rows.ts";

/** Batches that may be under way for each thread: one that it works on, one that waits, one whose answer waits. */
const BATCHES_PER_THREAD = 3;
/** Batches that a worker has before the caller's thread takes one: it must not run out of them while that is at its own. */
const BATCHES_PER_WORKER = 3;
/** Ranges that the caller's thread may have: one that it reads, one that waits. */
const OWN_RANGES = 2;
/** Ranges that a worker may have: it must not run out of them while the caller's thread, which hands them out, is at its own. */
const RANGES_PER_WORKER = 3;
/** Answers that may wait for an earlier one, by thread: the others go on when one thread gets no processor for a while. */
const ANSWERS_PER_THREAD = 8;

interface BatchItem {
  readonly kind: "batch";
  /** Its bytes are away until there is an answer. */
  batch: RecordBatch;
  readonly thread: number;
  answer: BatchAnswer | undefined;
}

interface RangeItem {
  readonly kind: "range";
  readonly task: RangeTask;
  /** Line at which the first range of a file begins; of the others the one before tells. */
  readonly firstLine: number | undefined;
  readonly thread: number;
  answer: RangeAnswer | undefined;
}

type WorkItem = BatchItem | RangeItem;

interface FaultItem {
  readonly kind: "fault";
  readonly file: number;
  readonly fault: LocatedFault;
}

/** An answer that is settled. */
interface SettledAnswer {
  readonly file: number;
  readonly thread: number;
  readonly answer: BatchAnswer;
  /** A record of the batch; undefined for a range. */
  readonly slice: ((record: number) => RecordSlice) | undefined;
  /** Added to the lines of rejects. */
  readonly line: number;
}

/** What the queue works with. */
export interface QueueOptions {
  readonly crew: Crew;
  readonly batchBytes: number;
  /** By source. */
  readonly tallies: readonly FileTally[];
  readonly options: LoadOptions;
  /** Called when the lines of a source up to offset `end` are settled. */
  readonly onRange: (source: number, end: number) => void;
}

/** See the file's header. */
export class BatchQueue {
  readonly rows: SettledRows;
  /** Rejects when a thread fails or the load is aborted; never fulfilled. */
  readonly #failure: Promise<never>;
  hasFailed = false;
  readonly #crew: Crew;
  readonly #tallies: readonly FileTally[];
  readonly #options: LoadOptions;
  readonly #buffers: BatchBuffers;
  readonly #items: (WorkItem | FaultItem)[] = [];
  /** By thread: tasks; of one that has not begun Infinity, so that it is given none. */
  readonly #underWay: number[];
  /** By thread: whether it was given records. */
  readonly #isUsed: boolean[];
  readonly #partBytes: number[];
  readonly #mostBatches: number;
  /** By source: records and faults that are settled. */
  readonly #settled: number[];
  /** By source: the line at which its next range begins. */
  readonly #nextLine: number[];
  readonly #onRange: QueueOptions["onRange"];
  /** Bytes of the ranges under way. */
  #rangeBytes = 0;
  /** Fulfilled at the next answer. */
  #answered: Promise<void> = Promise.resolve();
  #onAnswer: () => void = () => undefined;
  readonly #onAbort = (): void => this.#fail(abortError(this.#options.signal));
  #fail: (error: unknown) => void = () => undefined;
  /** Told of the failure. */
  readonly #waiting = new Set<(error: unknown) => void>();

  constructor({ crew, batchBytes, tallies, options, onRange }: QueueOptions) {
    this.#crew = crew;
    this.#onRange = onRange;
    this.#tallies = tallies;
    this.#options = options;
    this.#mostBatches = crew.threads * BATCHES_PER_THREAD;
    this.#buffers = new BatchBuffers(batchBytes, this.#mostBatches + 1);
    this.#settled = tallies.map(() => 0);
    this.#nextLine = tallies.map(() => 1);
    this.rows = new SettledRows(crew.threads);
    this.#underWay = Array.from({ length: crew.threads }, (_, thread) => (thread === 0 ? 0 : Number.POSITIVE_INFINITY));
    this.#isUsed = this.#underWay.map((_, thread) => thread === 0);
    this.#partBytes = Array.from({ length: crew.threads }, () => 0);
    this.#failure = new Promise((_, reject) => {
      this.#fail = (error) => {
        this.hasFailed = true;
        reject(error);
        for (const tell of this.#waiting) tell(error);
        this.#onAnswer();
      };
    });
    this.#failure.catch(() => undefined);
    this.#expectAnswer();
    crew.begun.forEach((begun, thread) => void this.#join(begun, thread));
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /**
   * What `work` gives, or the failure, if that comes first. Not a race with `#failure`: a promise that is pending for the whole
   * load would keep what every race has given, and so every chunk that was read.
   */
  orFailure<T>(work: Promise<T>): Promise<T> {
    if (this.hasFailed) return this.#failure;
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** Bytes of the parts, the batches and the ids; what is read of ranges counts as much as it can come to. */
  get sizeBytes(): number {
    const own = this.#buffers.sizeBytes + this.rows.sizeBytes + this.#rangeBytes;
    return this.#partBytes.reduce((sum, bytes) => sum + bytes, own);
  }

  /** A buffer for a batch whose first record has `length` bytes. Throws E_MEMORY. */
  takeBuffer(length: number): Uint8Array {
    return this.#buffers.take(length);
  }

  /** How many records and faults of a source are settled. */
  settledOf(file: number): number {
    return this.#settled[file] ?? 0;
  }

  /** From now on the thread is given work. */
  async #join(begun: Promise<unknown>, thread: number): Promise<void> {
    try {
      await begun;
      if (thread > 0) this.#underWay[thread] = 0;
      this.#wake();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The threads that have begun. */
  get threads(): readonly number[] {
    return [...this.#underWay.keys()].filter((thread) => this.#underWay[thread] !== Number.POSITIVE_INFINITY);
  }

  /** Hands a batch to the worker that has least to do; to the caller's thread, which also finds the records, when all have enough. */
  addBatch(batch: RecordBatch): void {
    const worker = this.#leastBusyWorker();
    const thread = worker > 0 && this.#underWay[worker]! < BATCHES_PER_WORKER ? worker : 0;
    const item: BatchItem = { kind: "batch", batch, thread, answer: undefined };
    this.#send(item, { kind: "batch", batch }, [batch.bytes.buffer as ArrayBuffer]);
  }

  /** The thread that a range is for: the one that has least to do, of those that have room for one; else -1. */
  #freest(): number {
    let freest = -1;
    for (let thread = 0; thread < this.#underWay.length; thread += 1) {
      const tasks = this.#underWay[thread]!;
      if (tasks >= (thread === 0 ? OWN_RANGES : RANGES_PER_WORKER)) continue;
      if (freest < 0 || tasks < this.#underWay[freest]!) freest = thread;
    }
    return freest;
  }

  /** Hands a range to the thread that has least to do. `firstLine`: for the first one of its source. */
  addRange(task: RangeTask, firstLine?: number): void {
    this.#rangeBytes += task.range.end - task.range.start;
    const thread = this.#freest();
    invariant(thread >= 0, "room is made for a range before it is handed out");
    const item: RangeItem = { kind: "range", task, firstLine, thread, answer: undefined };
    this.#send(item, { kind: "range", range: task });
  }

  /** The worker that has least to do; -1 when there are none. */
  #leastBusyWorker(): number {
    const underWay = this.#underWay.slice(1);
    return this.#underWay.indexOf(Math.min(...underWay), 1);
  }

  #send(item: WorkItem, task: PartTask, transfer: readonly ArrayBuffer[] = []): void {
    const { thread } = item;
    this.#items.push(item);
    this.#underWay[thread]! += 1;
    this.#isUsed[thread] = true;
    this.#ask<ReturnedBatch & RangeAnswer>(task, thread, transfer).then(
      (answer) => {
        item.answer = answer;
        if (item.kind === "batch") item.batch = { ...item.batch, bytes: answer.bytes };
        this.#underWay[thread]! -= 1;
        this.#partBytes[thread] = answer.sizeBytes;
        if (item.kind === "range") this.#rangeBytes -= item.task.range.end - item.task.range.start;
        this.#wake();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** Whoever waits for an answer looks again. */
  #wake(): void {
    this.#onAnswer();
    this.#expectAnswer();
  }

  #expectAnswer(): void {
    this.#answered = new Promise((resolve) => {
      this.#onAnswer = resolve;
    });
  }

  /** Waits for the next answer. Throws what failed. */
  async #nextAnswer(): Promise<void> {
    if (!this.hasFailed) await this.#answered;
    if (this.hasFailed) await this.#failure;
  }

  /** A fault that the reader found behind the batches so far. */
  addFault(file: number, fault: LocatedFault): void {
    this.#items.push({ kind: "fault", file, fault });
  }

  /** Settles what can be, and waits while too much is under way. Throws the first reject under `stop`, Stray, what failed. */
  async makeRoom(): Promise<void> {
    await this.#settle(this.#mostBatches);
  }

  /** As `makeRoom`, until a thread has room for a range. Throws Crowded too. */
  async makeRoomForRange(): Promise<void> {
    await this.#settle(this.#crew.threads * ANSWERS_PER_THREAD);
    while (this.#freest() < 0) {
      await this.#nextAnswer();
      await this.#settle(this.#crew.threads * ANSWERS_PER_THREAD);
    }
  }

  /** Settles everything. Throws as `makeRoomForRange`. */
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
      while (item.answer === undefined) {
        if (this.#items.length <= most && !this.hasFailed) return;
        await this.#nextAnswer();
      }
      this.#items.shift();
      if (item.kind === "range") this.#settleRange(item, item.answer);
      else this.#settleBatch(item, item.answer);
    }
  }

  #settleBatch({ batch, thread }: BatchItem, answer: BatchAnswer): void {
    const file = batch.source.index;
    this.#settleRows({ file, thread, answer, slice: (record) => recordAt(batch, record), line: 0 });
    this.#settled[file]! += answer.strayAt < 0 ? recordCount(batch) : answer.strayAt;
    this.#buffers.release(batch.bytes);
    if (answer.strayAt >= 0) throw new Stray();
  }

  #settleRange({ task, firstLine, thread }: RangeItem, answer: RangeAnswer): void {
    const { source, file, range } = task;
    if (answer.isCrowded) throw new Crowded(source.index);
    const line = (firstLine ?? this.#nextLine[source.index]!) - 1;
    this.#settleRows({ file: source.index, thread, answer, slice: undefined, line });
    this.#settled[source.index]! += answer.ids.ends.length + answer.rejects.length;
    this.#nextLine[source.index] = line + 1 + answer.lines;
    const { failure } = answer;
    if (failure !== undefined) throw new EngineError(failure.code, failure.message, { at: { file: file.path } });
    this.#onRange(source.index, range.end);
  }

  /** Counts what was loaded, reports rejects and compares ids, in the order of the records. */
  #settleRows(settled: SettledAnswer): void {
    const { file, thread, answer, line } = settled;
    const { ids, rejects } = answer;
    this.#tallies[file]?.addLoaded(answer);
    let row = 0;
    for (let rejected = 0; rejected <= rejects.length; rejected += 1) {
      const next = rejects[rejected];
      const end = next?.rowsBefore ?? ids.ends.length;
      for (; row < end; row += 1) this.#settleRow(settled, row, row + rejected);
      if (next === undefined) continue;
      const { reject } = next;
      this.#reject(file, { ...reject, line: reject.line + line, byteLine: reject.byteLine + line });
    }
    this.rows.settle(thread, row);
  }

  /** Compares the id of a row with those before it. `record`: its place in the batch. */
  #settleRow({ file, answer, slice }: SettledAnswer, row: number, record: number): void {
    const { bytes, ends } = answer.ids;
    const start = row === 0 ? 0 : ends[row - 1]!;
    const earlier = this.rows.add(bytes, start, ends[row]!);
    const { duplicates } = this.#options;
    if (duplicates === "error") {
      invariant(slice !== undefined, "ranges are not for duplicates that are errors");
      const { line } = slice(record);
      this.rows.place({ file, line });
      if (earlier < 0) return;
      const first = this.rows.placeOf(earlier);
      const place = { file: this.#tallies[first.file]?.file ?? "", line: first.line };
      this.#reject(file, duplicateReject(slice(record), bytes.subarray(start, ends[row]), place));
      return;
    }
    if (earlier < 0) return;
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
      if (item.kind === "fault") continue;
      while (item.answer === undefined) await this.#nextAnswer();
      if (item.kind === "batch") this.#buffers.release(item.batch.bytes);
    }
    this.#items.length = 0;
    const takeBack = (rows: number, thread: number) =>
      this.#isUsed[thread] ? this.#ask({ kind: "truncate", rows }, thread) : undefined;
    await Promise.all(this.rows.partRows.map(takeBack));
  }

  /** Lets go of the load's signal. */
  close(): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** What the threads have loaded; undefined of one that was given nothing. */
  finish(): Promise<readonly (LoadedPart | undefined)[]> {
    const finished = (isUsed: boolean, thread: number) =>
      isUsed ? this.#ask<LoadedPart>({ kind: "finish" }, thread) : undefined;
    return Promise.all(this.#isUsed.map(finished));
  }

  #ask<T>(task: PartTask, thread: number, transfer: readonly ArrayBuffer[] = []): Promise<T> {
    return this.#crew.run<T>(task, { thread, transfer });
  }
}
