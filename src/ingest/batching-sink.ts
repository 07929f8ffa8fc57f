// Takes the records of one source as the reader finds them, and puts them into batches for the threads.
// Made by parallel-load.ts for each reading of a source. What must stay true: where a record's verdict decides what the
// next record is, it is given at once (the record is scanned here), or the source can be read again and the records count
// as speculated until their verdict is in.

import { type ScanOptions, tryScanDocument } from "../json/scan.ts";
import { Tape } from "../json/tape.ts";
import type { BatchQueue } from "./batch-queue.ts";
import { FaultStop } from "./parallel-signals.ts";
import { BatchBuilder, type BatchSource } from "./record-batch.ts";
import type { LinePlace, LocatedFault, RecordFault, RecordSink, RecordSlice } from "./record-sink.ts";

/** How to take records. */
export interface BatchingOptions {
  readonly source: BatchSource;
  readonly queue: BatchQueue;
  readonly stopsAtFault: boolean;
  readonly scan: ScanOptions;
  /** Scan every record whose verdict matters at once, instead of speculating. */
  readonly verifies: boolean;
  /** Records and faults that were settled in an earlier reading. */
  readonly passesOver: number;
  /** Whether lines to the end of the source are left to the threads; see `linesFrom`. */
  readonly leavesLines: boolean;
}

/** See the file's header. */
export class BatchingSink implements RecordSink {
  readonly stopsAtFault: boolean;
  /** Whether a record was handed on whose verdict may show that the reading went astray. */
  speculated = false;
  /** Where reading ended, as what follows is lines and left to the threads. */
  linesFrom: LinePlace | undefined;
  readonly #options: BatchingOptions;
  readonly #tape = new Tape();
  #toPass: number;
  #batch: BatchBuilder | undefined;

  constructor(options: BatchingOptions) {
    this.#options = options;
    this.stopsAtFault = options.stopsAtFault;
    this.#toPass = options.passesOver;
  }

  onRecord(slice: RecordSlice): RecordFault | undefined {
    // The last line may be cut, and a line among documents may be garbage: not worth reading a source again. And what was
    // bad when it was read first is to be passed over as such, with all that was skipped behind it.
    if (!slice.standsAlone && (slice.framing === "lines" || (this.#options.verifies && this.#toPass === 0))) {
      const fault = tryScanDocument(slice.bytes, slice, this.#options.scan, this.#tape);
      if (fault !== undefined) return fault;
    } else if (!slice.standsAlone && this.#toPass === 0) {
      this.speculated = true;
    }
    if (this.#passes()) return undefined;
    const length = slice.end - slice.start;
    if (this.#batch?.hasRoom(length) === false) this.flush();
    this.#batch ??= new BatchBuilder(this.#options.source, this.#options.queue.takeBuffer(length));
    this.#batch.add(slice);
    return undefined;
  }

  onFault(fault: LocatedFault): void {
    if (this.#passes()) return;
    this.flush();
    this.#options.queue.addFault(this.#options.source.index, fault);
    if (this.stopsAtFault) throw new FaultStop();
  }

  onLines(place: LinePlace): boolean {
    if (this.#options.leavesLines) this.linesFrom = place;
    return this.#options.leavesLines;
  }

  /** Hands on what is collected. */
  flush(): void {
    if (this.#batch !== undefined) this.#options.queue.addBatch(this.#batch.batch());
    this.#batch = undefined;
  }

  #passes(): boolean {
    if (this.#toPass === 0) return false;
    this.#toPass -= 1;
    return true;
  }
}
