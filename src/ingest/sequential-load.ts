// Loads on the caller's thread, one record after another: the reference that parallel-load.ts must equal.
// Called by load.ts, for small inputs and when one thread is asked for. What must stay true: read = loaded + rejected for
// every file; the tables do not depend on how the bytes come in chunks.

import { throwIfAborted } from "../base/errors.ts";
import { keepShapes } from "../base/shapes.ts";
import type { Source } from "./byte-source.ts";
import { FileLines } from "./file-lines.ts";
import { loadResult, MemoryWatch, totalBytesOf } from "./load-finish.ts";
import type { LoadOptions, LoadResult } from "./load-options.ts";
import type { RecordLoader } from "./record-loader.ts";
import { makeRecordLoader, walked } from "./record-setup.ts";
import type { LinePlace, RecordSink } from "./record-sink.ts";
import { readRecords } from "./records.ts";
import { FileTally, type Reject, rejectError, rejectedRecord } from "./report.ts";

/** Memory that reading takes whatever is read: windows, scratch, the tape of a usual record. */
const WORKING_BYTES = 8 * 2 ** 20;

/** Most bytes that a loader which is done may hold, to be kept for the sake of its shapes. */
const MOST_KEPT_BYTES = 32 * 2 ** 20;

/** Bytes of lines that are worth opening a file once more. */
const LINES_FROM_BYTES = 2 ** 22;
/** Reads of lines after which other work of the process gets a turn. */
const READS_PER_TURN = 8;

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
  readonly #memory: MemoryWatch;
  #bytesBefore = 0;
  #lines: FileLines | undefined;
  /** Reads of lines so far. */
  #reads = 0;

  constructor(sources: readonly Source[], options: LoadOptions) {
    this.#sources = sources;
    this.#options = options;
    this.#tallies = sources.map((source) => new FileTally(source.info.name));
    this.#totalBytes = totalBytesOf(sources);
    this.#memory = new MemoryWatch(options, () => this.#heldBytes);
    this.#loader = makeRecordLoader(walked(options, this.#totalBytes), false).loader;
  }

  /** Reads one source to its end. */
  async read(index: number): Promise<void> {
    const source = this.#sources[index];
    const tally = this.#tallies[index];
    if (source === undefined || tally === undefined) return;
    throwIfAborted(this.#options.signal);
    this.#memory.check();
    const nameOf = (other: number) => this.#sources[other]?.info.name ?? "";
    const file = { index, tally, placeable: source.info.placeable };
    let lines: LinePlace | undefined;
    const sink: RecordSink = {
      stopsAtFault: this.#options.onError === "stop",
      lines: this.#loader.linesOf(file),
      onRecord: (slice) => {
        const outcome = this.#loader.take(slice, file, nameOf);
        if (outcome.kind === "fault") return outcome.fault;
        if (outcome.kind === "reject") this.#reject(tally, outcome.reject);
        return undefined;
      },
      onFault: (fault) => this.#reject(tally, fault),
      onChunk: (consumedBytes) => this.#betweenChunks(consumedBytes),
      onLines: (place) => {
        if (!this.#readsLines(source, place)) return false;
        lines = place;
        return true;
      },
    };
    const { limits } = this.#options;
    await readRecords(source, sink, limits);
    const { consumedBytes, info } = source;
    if (lines === undefined || info.file === undefined) {
      this.#bytesBefore += consumedBytes;
      return;
    }
    const end = Number(info.file.sizeBytes);
    this.#lines ??= new FileLines(this.#options.lineReads?.readBytes);
    await this.#lines.read(
      info.file,
      { start: lines.offset, end, isLineStart: true },
      { sink, limits, firstLine: lines.line, onRead: (offset) => this.#betweenReads(offset) },
    );
    this.#bytesBefore += end;
  }

  async #betweenReads(offset: number): Promise<void> {
    this.#betweenChunks(offset);
    this.#reads += 1;
    if (this.#reads % READS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Whether the lines of a file from `place` on are so many that it is read on in the way of lines. */
  #readsLines({ info }: Source, { offset }: LinePlace): boolean {
    const { fromBytes = LINES_FROM_BYTES } = this.#options.lineReads ?? {};
    return info.file !== undefined && Number(info.file.sizeBytes) - offset >= fromBytes;
  }

  #reject(tally: FileTally, reject: Reject): void {
    tally.reject(reject);
    this.#options.rejects?.(rejectedRecord(tally.file, reject));
    if (this.#options.onError === "stop") throw rejectError(tally.file, reject);
  }

  #betweenChunks(consumedBytes: number): void {
    throwIfAborted(this.#options.signal);
    this.#memory.check();
    this.#options.onProgress?.({
      bytes: this.#bytesBefore + consumedBytes,
      totalBytes: this.#totalBytes,
      records: this.#tallies.reduce((sum, { loaded, rejected }) => sum + loaded + rejected, 0),
    });
  }

  get #heldBytes(): number {
    return this.#loader.sizeBytes + WORKING_BYTES;
  }

  finish(): LoadResult {
    throwIfAborted(this.#options.signal);
    this.#memory.check();
    const closed = this.#loader.close();
    const loaded = { ...this.#loader.rows.finish(), tallies: this.#tallies, kept: this.#loader.kept };
    // What is left in the loader is the tables' too, and would outlast them.
    if (this.#loader.sizeBytes <= MOST_KEPT_BYTES) keepShapes([this, ...closed]);
    return loadResult(loaded, this.#sources, this.#options);
  }
}
