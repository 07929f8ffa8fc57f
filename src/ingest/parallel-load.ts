// Loads with worker threads. Of plain files of one record a line the workers read ranges by themselves; of anything else this
// thread finds the records, in order, and hands them on in batches. Workers scan them and build columns; the answers are
// settled here in the order of the input, and the parts merged at the end.
// Called by load.ts. What must stay true: tables, report, rejects and errors are those of sequential-load.ts, whatever the
// number of threads, the size of batches, ranges and chunks; a worker's death is an error at once; no thread is left behind.

import { throwIfAborted } from "../base/errors.ts";
import { BatchQueue } from "./batch-queue.ts";
import { BatchingSink } from "./batching-sink.ts";
import type { FileIdentity, Source, SourceChunk } from "./byte-source.ts";
import { type Crew, crewOf, mergeRunner } from "./crew.ts";
import { loadResult, MemoryWatch, totalBytesOf } from "./load-finish.ts";
import type { LoadOptions, LoadResult, Threading } from "./load-options.ts";
import { startLoadWorkers } from "./load-threads.ts";
import { mergeParts } from "./merge-parts.ts";
import { Crowded, Interruption, Stray } from "./parallel-signals.ts";
import type { BatchSource } from "./record-batch.ts";
import { recordSetup, walked } from "./record-setup.ts";
import type { LinePlace } from "./record-sink.ts";
import { readRecords } from "./records.ts";
import { FileTally } from "./report.ts";

const BATCH_BYTES = 2 ** 20;
/** Some milliseconds of work: many for each thread, and few messages. */
const RANGE_BYTES = 8 * 2 ** 20;
/** Under a limit of memory ranges are smaller, so that it is looked at often enough. */
const RANGES_PER_LIMIT = 64;
/** Memory that each worker takes beside its tables: measured, mostly its JavaScript heap and code. */
const THREAD_BYTES = 32 * 2 ** 20;
/** Most bytes of a load whose threads are kept for the next: of more, what they have not yet let go of would be too much. */
const MOST_KEPT_BYTES = 256 * 2 ** 20;

/** Loads all records of the sources, in order. Throws as loadInSequence, and E_WORKER. */
export async function loadInParallel(
  sources: readonly Source[],
  options: LoadOptions,
  threading: Threading,
): Promise<LoadResult> {
  throwIfAborted(options.signal);
  const { threads, start = startLoadWorkers } = threading;
  const setup = walked(recordSetup(options), totalBytesOf(sources));
  const crew = crewOf(setup, start(threads - 1));
  const load = new ParallelLoad(sources, options, { crew, threading });
  // Threads of a load that failed are in the middle of it; those of one that is done hold nothing of it but garbage.
  let keeps = false;
  try {
    if (threading.waits) await Promise.all(crew.begun);
    await load.readAll();
    const isSmall = load.sizeBytes <= MOST_KEPT_BYTES;
    const result = await load.finish();
    keeps = isSmall;
    return result;
  } finally {
    load.close();
    await crew.close({ keeps });
  }
}

class ParallelLoad {
  readonly #sources: readonly Source[];
  readonly #options: LoadOptions;
  readonly #crew: Crew;
  readonly #threading: Threading;
  readonly #queue: BatchQueue;
  readonly #tallies: FileTally[];
  readonly #totalBytes: number | undefined;
  readonly #memory: MemoryWatch;
  /** By source: bytes that are read, for progress. */
  readonly #readBytes: number[];
  /** By source: whether its records come in batches, though ranges could be read. */
  readonly #inBatches = new Set<number>();

  constructor(
    sources: readonly Source[],
    options: LoadOptions,
    { crew, threading }: { readonly crew: Crew; readonly threading: Threading },
  ) {
    this.#sources = sources;
    this.#options = options;
    this.#crew = crew;
    this.#threading = threading;
    this.#tallies = sources.map((source) => new FileTally(source.info.name));
    this.#totalBytes = totalBytesOf(sources);
    this.#memory = new MemoryWatch(options, () => this.#heldBytes);
    this.#readBytes = sources.map(() => 0);
    const onRange = (source: number, end: number) => {
      this.#readBytes[source] = end;
      this.#progress();
    };
    const { batchBytes = BATCH_BYTES } = threading;
    this.#queue = new BatchQueue({ crew, batchBytes, tallies: this.#tallies, options, onRange });
  }

  /**
   * Reads all sources and settles them. Ranges of several files may be under way together; when one turns out to be
   * crowded with rejects, reading goes on at its file.
   */
  async readAll(): Promise<void> {
    for (let index = 0; ; ) {
      try {
        for (; index < this.#sources.length; index += 1) await this.#read(index);
        await this.#queue.settleAll();
        return;
      } catch (error) {
        if (!(error instanceof Crowded)) throw error;
        index = error.file;
        this.#inBatches.add(index);
        await this.#queue.takeBack();
      }
    }
  }

  /** Bytes that are loaded, and those under way. */
  get sizeBytes(): number {
    return this.#queue.sizeBytes;
  }

  /** Reads one source to its end; a source whose records were misjudged is read again from where that shows. */
  async #read(index: number): Promise<void> {
    const source = this.#sources[index];
    if (source === undefined) return;
    const canRepeat = source.info.sizeBytes !== undefined;
    const passesOver = this.#queue.settledOf(index);
    try {
      await this.#readOnce(index, { verifies: !canRepeat, passesOver });
    } catch (error) {
      if (!(error instanceof Stray)) throw error;
      this.#inBatches.add(index);
      await this.#queue.takeBack();
      await this.#readOnce(index, { verifies: true, passesOver: this.#queue.settledOf(index) });
    }
  }

  async #readOnce(index: number, how: { readonly verifies: boolean; readonly passesOver: number }): Promise<void> {
    const source = this.#sources[index]!;
    const { limits, allowNan, onError } = this.#options;
    const sink = new BatchingSink({
      source: this.#batchSource(index),
      queue: this.#queue,
      stopsAtFault: onError === "stop",
      scan: { maxDepth: limits.depth, allowNan },
      leavesLines: this.#hasRanges(index),
      ...how,
    });
    let failure: unknown;
    try {
      await readRecords(this.#watched(index), sink, limits);
    } catch (error) {
      if (error instanceof Interruption) throw error.cause;
      failure = error;
    }
    sink.flush();
    // What went wrong earlier in the input comes first; and only when the verdicts are in, records that were taken for
    // documents are sure to be some.
    if (failure !== undefined || sink.speculated) await this.#queue.settleAll();
    if (failure !== undefined) throw failure;
    const { file } = source.info;
    if (sink.linesFrom !== undefined && file !== undefined) await this.#handOut(index, file, sink.linesFrom);
  }

  #batchSource(index: number): BatchSource {
    const { name, placeable } = this.#sources[index]!.info;
    return { index, name, placeable };
  }

  /**
   * Whether threads may read lines of a source themselves. A second record of a trace id that is an error is told with what
   * stands in the record, which is then at hand in batches alone.
   */
  #hasRanges(index: number): boolean {
    const { file } = this.#sources[index]!.info;
    return file !== undefined && !this.#inBatches.has(index) && this.#options.duplicates !== "error";
  }

  /** Has the threads read a file from a record on, one range after another. */
  async #handOut(index: number, file: FileIdentity, from: LinePlace): Promise<void> {
    const { memoryLimitBytes = Number.POSITIVE_INFINITY, onError } = this.#options;
    const { rangeBytes = Math.min(RANGE_BYTES, Math.floor(memoryLimitBytes / RANGES_PER_LIMIT)), readBytes } =
      this.#threading;
    const sizeBytes = Number(file.sizeBytes);
    const about = { source: this.#batchSource(index), file, stopsAtFault: onError === "stop" };
    for (let start = from.offset; start < sizeBytes; ) {
      const end = Math.min(start + rangeBytes, sizeBytes);
      const isLineStart = start === from.offset;
      throwIfAborted(this.#options.signal);
      await this.#queue.makeRoomForRange();
      this.#memory.check();
      const task = { ...about, range: { start, end, isLineStart }, ...(readBytes === undefined ? {} : { readBytes }) };
      this.#queue.addRange(task, isLineStart ? from.line : undefined);
      start = end;
    }
  }

  /** The source with a pause before each chunk, in which answers are settled; it ends when a thread dies. */
  #watched(index: number): Source {
    const source = this.#sources[index]!;
    const chunks = () => this.#chunks(index);
    return {
      get info() {
        return source.info;
      },
      get consumedBytes() {
        return source.consumedBytes;
      },
      chunks,
    };
  }

  async *#chunks(index: number): AsyncGenerator<SourceChunk, void, undefined> {
    const source = this.#sources[index]!;
    const iterator = source.chunks()[Symbol.asyncIterator]();
    let isInterrupted = false;
    const orFailure = <T>(work: Promise<T>): Promise<T> =>
      this.#queue.orFailure(work).catch((error: unknown) => {
        if (!this.#queue.hasFailed) throw error;
        isInterrupted = true;
        throw new Interruption(error);
      });
    try {
      for (;;) {
        const next = await orFailure(iterator.next());
        if (next.done) return;
        await this.#betweenChunks(index);
        yield next.value;
      }
    } finally {
      // A read that does not answer, as of an idle pipe, cannot be waited for.
      const closed = Promise.resolve(iterator.return?.()).catch(() => undefined);
      if (!isInterrupted) await closed;
    }
  }

  async #betweenChunks(index: number): Promise<void> {
    try {
      throwIfAborted(this.#options.signal);
      this.#memory.check();
      // Answers come between turns of the loop, and some sources give chunk after chunk in one.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#queue.makeRoom();
    } catch (error) {
      throw new Interruption(error);
    }
    // Of a source that was read before, as much as then.
    this.#readBytes[index] = Math.max(this.#readBytes[index]!, this.#sources[index]!.consumedBytes);
    this.#progress();
  }

  #progress(): void {
    this.#options.onProgress?.({
      bytes: this.#readBytes.reduce((sum, bytes) => sum + bytes, 0),
      totalBytes: this.#totalBytes,
      records: this.#tallies.reduce((sum, { loaded, rejected }) => sum + loaded + rejected, 0),
    });
  }

  get #heldBytes(): number {
    return this.sizeBytes + (this.#crew.threads - 1) * THREAD_BYTES;
  }

  /** Asks the threads for what they have, and has them merge it. */
  async finish(): Promise<LoadResult> {
    throwIfAborted(this.#options.signal);
    this.#memory.check();
    const parts = await this.#queue.finish();
    const how = { maxColumns: this.#options.limits.columns, run: mergeRunner(this.#crew, this.#queue.threads) };
    const merged = await mergeParts(parts, this.#queue.rows, how);
    return loadResult({ ...merged, tallies: this.#tallies }, this.#sources, this.#options);
  }

  close(): void {
    this.#queue.close();
  }
}
