// Loads with worker threads: this thread finds the records, in order, and hands them on in batches; workers scan them and
// build columns; the answers are settled here in the order of the input, and the parts merged at the end.
// Called by load.ts. What must stay true: tables, report, rejects and errors are those of sequential-load.ts, whatever the
// number of threads, the size of batches and of chunks; a worker's death is an error at once; no thread is left behind.

import { throwIfAborted } from "../base/errors.ts";
import { startPool, type WorkerPool, workerScript } from "../base/worker-pool.ts";
import { BatchQueue } from "./batch-queue.ts";
import { BatchingSink } from "./batching-sink.ts";
import type { Source, SourceChunk } from "./byte-source.ts";
import { checkMemory, loadResult, totalBytesOf } from "./load-finish.ts";
import type { LoadOptions, LoadResult, Threading } from "./load-options.ts";
import { mergeParts } from "./merge-parts.ts";
import { Interruption, Stray } from "./parallel-signals.ts";
import type { LoadedPart } from "./part-loader.ts";
import { type RecordSetup, recordSetup, walked } from "./record-setup.ts";
import { readRecords } from "./records.ts";
import { FileTally } from "./report.ts";

const BATCH_BYTES = 2 ** 20;
/** Memory that each thread takes beside its tables: measured, mostly its JavaScript heap and code. */
const THREAD_BYTES = 32 * 2 ** 20;

/** Loads all records of the sources, in order. Throws as loadInSequence, and E_WORKER. */
export async function loadInParallel(
  sources: readonly Source[],
  options: LoadOptions,
  threading: Threading,
): Promise<LoadResult> {
  throwIfAborted(options.signal);
  const { threads, start = startThreads } = threading;
  const pool = start(walked(recordSetup(options), totalBytesOf(sources)), threads);
  const load = new ParallelLoad(sources, options, { pool, batchBytes: threading.batchBytes ?? BATCH_BYTES });
  let parts: readonly LoadedPart[];
  try {
    for (let index = 0; index < sources.length; index += 1) await load.read(index);
    parts = await load.parts();
  } finally {
    // The parts' memory is shared: with the threads gone, merging frees it column by column.
    load.close();
    await pool.close();
  }
  return load.finish(parts);
}

function startThreads(workerData: RecordSetup, threads: number): WorkerPool {
  return startPool({ script: workerScript(import.meta.url, "load.worker"), threads, workerData });
}

class ParallelLoad {
  readonly #sources: readonly Source[];
  readonly #options: LoadOptions;
  readonly #pool: WorkerPool;
  readonly #queue: BatchQueue;
  readonly #tallies: FileTally[];
  readonly #totalBytes: number | undefined;
  #bytesBefore = 0;

  constructor(
    sources: readonly Source[],
    options: LoadOptions,
    { pool, batchBytes }: { readonly pool: WorkerPool; readonly batchBytes: number },
  ) {
    this.#sources = sources;
    this.#options = options;
    this.#pool = pool;
    this.#tallies = sources.map((source) => new FileTally(source.info.name));
    this.#totalBytes = totalBytesOf(sources);
    this.#queue = new BatchQueue({ pool, batchBytes, tallies: this.#tallies, options });
  }

  /** Reads one source to its end; a source whose records were misjudged is read again from where that shows. */
  async read(index: number): Promise<void> {
    const source = this.#sources[index];
    if (source === undefined) return;
    const canRepeat = source.info.sizeBytes !== undefined;
    try {
      await this.#readOnce(index, { verifies: !canRepeat, passesOver: 0 });
    } catch (error) {
      if (!(error instanceof Stray)) throw error;
      await this.#queue.takeBack();
      await this.#readOnce(index, { verifies: true, passesOver: this.#queue.settledOf(index) });
    }
    this.#bytesBefore += source.consumedBytes;
  }

  async #readOnce(index: number, how: { readonly verifies: boolean; readonly passesOver: number }): Promise<void> {
    const source = this.#sources[index]!;
    const { limits, allowNan, onError } = this.#options;
    const sink = new BatchingSink({
      source: { index, name: source.info.name, placeable: source.info.placeable },
      queue: this.#queue,
      stopsAtFault: onError === "stop",
      scan: { maxDepth: limits.depth, allowNan },
      ...how,
    });
    let failure: unknown;
    try {
      await readRecords(this.#watched(source), sink, limits);
    } catch (error) {
      if (error instanceof Interruption) throw error.cause;
      failure = error;
    }
    sink.flush();
    // What went wrong earlier in the input comes first; and only when the verdicts are in, records that were taken for
    // documents are sure to be some.
    if (failure !== undefined || sink.speculated) await this.#queue.settleAll();
    if (failure !== undefined) throw failure;
  }

  /** The source with a pause before each chunk, in which answers are settled; it ends when a thread dies. */
  #watched(source: Source): Source {
    const chunks = () => this.#chunks(source);
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

  async *#chunks(source: Source): AsyncGenerator<SourceChunk, void, undefined> {
    const iterator = source.chunks()[Symbol.asyncIterator]();
    let isInterrupted = false;
    const orFailure = <T>(work: Promise<T>): Promise<T> =>
      Promise.race([work, this.#queue.failure]).catch((error: unknown) => {
        if (!this.#queue.hasFailed) throw error;
        isInterrupted = true;
        throw new Interruption(error);
      });
    try {
      for (;;) {
        const next = await orFailure(iterator.next());
        if (next.done) return;
        await this.#betweenChunks(source);
        yield next.value;
      }
    } finally {
      // A read that does not answer, as of an idle pipe, cannot be waited for.
      const closed = Promise.resolve(iterator.return?.()).catch(() => undefined);
      if (!isInterrupted) await closed;
    }
  }

  async #betweenChunks(source: Source): Promise<void> {
    try {
      throwIfAborted(this.#options.signal);
      this.#checkMemory();
      await this.#queue.makeRoom();
    } catch (error) {
      throw new Interruption(error);
    }
    this.#options.onProgress?.({
      bytes: this.#bytesBefore + source.consumedBytes,
      totalBytes: this.#totalBytes,
      records: this.#tallies.reduce((sum, { loaded, rejected }) => sum + loaded + rejected, 0),
    });
  }

  #checkMemory(): void {
    checkMemory(this.#queue.sizeBytes + this.#pool.threads * THREAD_BYTES, this.#options);
  }

  /** Settles what is under way and asks the threads for what they have. */
  async parts(): Promise<readonly LoadedPart[]> {
    await this.#queue.settleAll();
    throwIfAborted(this.#options.signal);
    this.#checkMemory();
    return this.#queue.finish();
  }

  close(): void {
    this.#queue.close();
  }

  finish(parts: readonly LoadedPart[]): LoadResult {
    const merged = mergeParts(parts, this.#queue.rows, this.#options.limits.columns);
    return loadResult({ ...merged, tallies: this.#tallies }, this.#sources, this.#options);
  }
}
