// Loads on the caller's thread, one record after another: the reference that parallel-load.ts must equal.
// Called by load.ts, for small inputs and when one thread is asked for. What must stay true: read = loaded + rejected for
// every file; the tables do not depend on how the bytes come in chunks.

import { throwIfAborted } from "../base/errors.ts";
import type { Source } from "./byte-source.ts";
import { checkMemory, loadResult, totalBytesOf } from "./load-finish.ts";
import type { LoadOptions, LoadResult } from "./load-options.ts";
import type { RecordLoader } from "./record-loader.ts";
import { makeRecordLoader, walked } from "./record-setup.ts";
import type { RecordSink } from "./record-sink.ts";
import { readRecords } from "./records.ts";
import { FileTally, type Reject, rejectError, rejectedRecord } from "./report.ts";

/** Memory that reading takes whatever is read: windows, scratch, the tape of a usual record. */
const WORKING_BYTES = 8 * 2 ** 20;

/** Loads all records of the sources, in order. Throws the read codes, E_MEMORY, E_ABORTED, E_TOO_MANY_REJECTS. */
export async function loadInSequence(sources: readonly Source[], options: LoadOptions): Promise<LoadResult> {
  const run = new SequentialLoad(sources, options);
  for (let index = 0; index < sources.length; index += 1) await run.read(index);
  return run.finish();
}

class SequentialLoad {
  readonly #sources: readonly Source[];
  readonly #options: LoadOptions;
  readonly #tallies: FileTally[];
  readonly #loader: RecordLoader;
  readonly #totalBytes: number | undefined;
  #bytesBefore = 0;

  constructor(sources: readonly Source[], options: LoadOptions) {
    this.#sources = sources;
    this.#options = options;
    this.#tallies = sources.map((source) => new FileTally(source.info.name));
    this.#totalBytes = totalBytesOf(sources);
    this.#loader = makeRecordLoader(walked(options, this.#totalBytes), false).loader;
  }

  /** Reads one source to its end. */
  async read(index: number): Promise<void> {
    const source = this.#sources[index];
    const tally = this.#tallies[index];
    if (source === undefined || tally === undefined) return;
    throwIfAborted(this.#options.signal);
    this.#checkMemory();
    const nameOf = (other: number) => this.#sources[other]?.info.name ?? "";
    const file = { index, tally, placeable: source.info.placeable };
    const sink: RecordSink = {
      stopsAtFault: this.#options.onError === "stop",
      onRecord: (slice) => {
        const outcome = this.#loader.take(slice, file, nameOf);
        if (outcome.kind === "fault") return outcome.fault;
        if (outcome.kind === "reject") this.#reject(tally, outcome.reject);
        return undefined;
      },
      onFault: (fault) => this.#reject(tally, fault),
      onChunk: (consumedBytes) => this.#betweenChunks(consumedBytes),
    };
    await readRecords(source, sink, this.#options.limits);
    this.#bytesBefore += source.consumedBytes;
  }

  #reject(tally: FileTally, reject: Reject): void {
    tally.reject(reject);
    this.#options.rejects?.(rejectedRecord(tally.file, reject));
    if (this.#options.onError === "stop") throw rejectError(tally.file, reject);
  }

  #betweenChunks(consumedBytes: number): void {
    throwIfAborted(this.#options.signal);
    this.#checkMemory();
    this.#options.onProgress?.({
      bytes: this.#bytesBefore + consumedBytes,
      totalBytes: this.#totalBytes,
      records: this.#tallies.reduce((sum, { loaded, rejected }) => sum + loaded + rejected, 0),
    });
  }

  #checkMemory(): void {
    checkMemory(this.#loader.sizeBytes + WORKING_BYTES, this.#options);
  }

  finish(): LoadResult {
    throwIfAborted(this.#options.signal);
    this.#checkMemory();
    const loaded = { ...this.#loader.rows.finish(), tallies: this.#tallies, kept: this.#loader.kept };
    return loadResult(loaded, this.#sources, this.#options);
  }
}
