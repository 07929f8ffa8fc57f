// One thread's part of a load: takes batches of records, or reads ranges of lines itself, answers what became of them, and
// gives its tables at the end.
// Called by load.worker.ts. What must stay true: rows come in the order of the tasks; a batch is taken as a whole, or up
// to the record whose verdict decides how the source is read on; duplicates are not settled here.

import { EngineError, type ErrorCode } from "../base/errors.ts";
import { keepShapes } from "../base/shapes.ts";
import type { TableName } from "../columns/schema.ts";
import type { TablePart } from "../columns/table-builder.ts";
import type { FileIdentity } from "./byte-source.ts";
import { FileLines } from "./file-lines.ts";
import type { LineRange } from "./file-ranges.ts";
import { lineFault } from "./line-records.ts";
import { FaultStop } from "./parallel-signals.ts";
import type { KeptBlock } from "./payload-reader.ts";
import { type BatchSource, type RecordBatch, recordAt, recordCount } from "./record-batch.ts";
import type { RecordLoader } from "./record-loader.ts";
import { rejectOf } from "./record-reject.ts";
import { makeRecordLoader, type RecordSetup, type TableBuilders } from "./record-setup.ts";
import type { RecordSink } from "./record-sink.ts";
import { type FileReport, FileTally, type Reject } from "./report.ts";
import type { TraceRowsPart } from "./trace-rows.ts";

/** Most rejects that one answer brings: more would be a heap of objects, whatever the size of the range. */
const MOST_REJECTS = 10_000;
/** Faults of a file that come in the order of the input, as what is wrong with its records does. */
const SOURCE_FAULTS: ReadonlySet<ErrorCode> = new Set(["E_IO", "E_SOURCE_CHANGED"]);

/** A rejected record of a batch or a range. */
export interface BatchReject {
  /** Trace rows that the batch or range had given before it. */
  readonly rowsBefore: number;
  readonly reject: Reject;
}

/** What became of a batch. */
export interface BatchAnswer extends Pick<FileReport, "loaded" | "formats" | "counters"> {
  /** The ids of its trace rows; see TraceRows.idsOf. */
  readonly ids: { readonly bytes: Uint8Array; readonly ends: Uint32Array };
  readonly rejects: readonly BatchReject[];
  /** The record at which taking ended, as its fault decides what the source's next record is; -1: all were taken. */
  readonly strayAt: number;
  /** Bytes that the part holds now. */
  readonly sizeBytes: number;
}

/** The answer to a batch that was sent. */
export interface ReturnedBatch extends BatchAnswer {
  /** The batch's memory, which moves back. */
  readonly bytes: Uint8Array;
}

/** Lines of a file that a thread is to read and take. */
export interface RangeTask {
  readonly source: BatchSource;
  readonly file: FileIdentity;
  readonly range: LineRange;
  /** Whether the first reject ends the load. */
  readonly stopsAtFault: boolean;
  /** Bytes read at a time; some when absent. */
  readonly readBytes?: number;
}

/** What became of a range. Lines of its rejects count from 1 where its first line begins. */
export interface RangeAnswer extends BatchAnswer {
  /** How many lines began in it. */
  readonly lines: number;
  /** What ended the reading of it, behind its rejects. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | undefined;
  /** True when it has more rejects than an answer may bring. Then nothing else of the answer counts. */
  readonly isCrowded: boolean;
}

/** Thrown to end the reading of a range that has too many rejects. */
class TooManyRejects extends Error {}

/** Everything that a part has loaded. */
export interface LoadedPart {
  readonly tables: { readonly [table in TableName]: TablePart };
  readonly rows: TraceRowsPart;
  readonly kept: readonly KeptBlock[];
}

/** See the file's header. */
export class PartLoader {
  readonly #loader: RecordLoader;
  readonly #tables: TableBuilders;
  readonly #limits: RecordSetup["limits"];
  #reader: FileLines | undefined;

  constructor(setup: RecordSetup) {
    this.#limits = setup.limits;
    const { loader, tables } = makeRecordLoader(setup, true);
    this.#loader = loader;
    this.#tables = tables;
  }

  /** Takes the records of a batch. Throws E_MEMORY, E_INTERNAL. */
  take(batch: RecordBatch): BatchAnswer {
    const { index, name, placeable } = batch.source;
    const tally = new FileTally(name);
    const file = { index, tally, placeable };
    const first = this.#tables.traces.rows;
    const rejects: BatchReject[] = [];
    const count = recordCount(batch);
    let strayAt = -1;
    for (let i = 0; i < count; i += 1) {
      const slice = recordAt(batch, i);
      const outcome = this.#loader.take(slice, file, () => "");
      if (outcome.kind === "loaded") continue;
      if (outcome.kind === "fault" && !slice.standsAlone) {
        strayAt = i;
        break;
      }
      const reject = outcome.kind === "reject" ? outcome.reject : rejectOf(slice, lineFault(outcome.fault));
      rejects.push({ rowsBefore: this.#tables.traces.rows - first, reject });
    }
    return { ...this.#takenSince(first, tally), rejects, strayAt };
  }

  /** Reads the lines of a range and takes them, up to a reject under `stopsAtFault`. Throws E_MEMORY, E_INTERNAL. */
  async takeRange({ source, file, range, stopsAtFault, readBytes }: RangeTask): Promise<RangeAnswer> {
    const tally = new FileTally(source.name);
    const current = { index: source.index, tally, placeable: source.placeable };
    const first = this.#tables.traces.rows;
    const rejects: BatchReject[] = [];
    const onReject = (reject: Reject): void => {
      if (rejects.length === MOST_REJECTS) throw new TooManyRejects();
      rejects.push({ rowsBefore: this.#tables.traces.rows - first, reject });
      if (stopsAtFault) throw new FaultStop();
    };
    const sink: RecordSink = {
      stopsAtFault,
      lines: this.#loader.linesOf(current),
      onRecord: (slice) => {
        const outcome = this.#loader.take(slice, current, () => "");
        if (outcome.kind === "reject") onReject(outcome.reject);
        return outcome.kind === "fault" ? outcome.fault : undefined;
      },
      onFault: onReject,
    };
    this.#reader ??= new FileLines(readBytes);
    let lines = 0;
    let failure: RangeAnswer["failure"];
    let isCrowded = false;
    try {
      lines = await this.#reader.read(file, range, { sink, limits: this.#limits });
    } catch (error) {
      if (error instanceof TooManyRejects) isCrowded = true;
      else if (error instanceof EngineError && SOURCE_FAULTS.has(error.code))
        failure = { code: error.code, message: error.message };
      else if (!(error instanceof FaultStop)) throw error;
    }
    if (isCrowded) rejects.length = 0;
    return { ...this.#takenSince(first, tally), rejects, strayAt: -1, lines, failure, isCrowded };
  }

  /** What an answer says of the trace rows from `first` on, of one file. */
  #takenSince(first: number, tally: FileTally): Omit<BatchAnswer, "rejects" | "strayAt"> {
    this.#loader.flush();
    const { loaded, formats, counters } = tally.report();
    const ids = this.#loader.rows.idsOf(first, this.#tables.traces.rows);
    return { loaded, formats, counters, ids, sizeBytes: this.#loader.sizeBytes };
  }

  /** Takes back all trace rows from `rows` on. */
  truncate(rows: number): void {
    this.#loader.truncate(rows);
  }

  /** What was loaded; the part is not used again. */
  finish(): LoadedPart {
    const { traces, spans, assessments } = this.#tables;
    const closed = this.#loader.close();
    const kept = this.#loader.kept.part();
    // Payload that is kept belongs to the tables.
    if (kept.length === 0) keepShapes([this, ...closed]);
    return {
      tables: { traces: traces.sealPart(), spans: spans.sealPart(), assessments: assessments.sealPart() },
      rows: this.#loader.rows.part(),
      kept,
    };
  }
}
