// One thread's part of a load: takes batches of records, answers what became of them, and gives its tables at the end.
// Called by load.worker.ts. What must stay true: rows come in the order of the batches; a batch is taken as a whole, or up
// to the record whose verdict decides how the source is read on; duplicates are not settled here.

import { copyOf } from "../base/bytes.ts";
import type { TableName } from "../columns/schema.ts";
import type { TablePart } from "../columns/table-builder.ts";
import { lineFault } from "./line-records.ts";
import type { KeptBlock } from "./payload-reader.ts";
import { type RecordBatch, recordAt, recordCount } from "./record-batch.ts";
import type { RecordLoader } from "./record-loader.ts";
import { makeRecordLoader, type RecordSetup, type TableBuilders } from "./record-setup.ts";
import type { RecordFault, RecordSlice } from "./record-sink.ts";
import { type FileReport, FileTally, type Reject } from "./report.ts";
import type { TraceRowsPart } from "./trace-rows.ts";

const EXCERPT_BYTES = 200;

/** A rejected record of a batch. */
export interface BatchReject {
  /** Trace rows that the batch had given before it. */
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

  constructor(setup: RecordSetup) {
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
      const reject = outcome.kind === "reject" ? outcome.reject : lineReject(slice, lineFault(outcome.fault));
      rejects.push({ rowsBefore: this.#tables.traces.rows - first, reject });
    }
    this.#loader.flush();
    const { loaded, formats, counters } = tally.report();
    const ids = this.#loader.rows.idsOf(first, this.#tables.traces.rows);
    return { loaded, formats, counters, ids, rejects, strayAt, sizeBytes: this.#loader.sizeBytes };
  }

  /** Takes back all trace rows from `rows` on. */
  truncate(rows: number): void {
    this.#loader.truncate(rows);
  }

  /** What was loaded; the part is not used again. */
  finish(): LoadedPart {
    const { traces, spans, assessments } = this.#tables;
    return {
      tables: { traces: traces.sealPart(), spans: spans.sealPart(), assessments: assessments.sealPart() },
      rows: this.#loader.rows.part(),
      kept: this.#loader.kept.part(),
    };
  }
}

/** The reject of a whole line. */
function lineReject(slice: RecordSlice, fault: RecordFault): Reject {
  const { bytes, start, end, offset, line } = slice;
  return {
    code: fault.code,
    message: fault.message,
    line,
    start: offset,
    end: offset + (end - start),
    byte: offset + (fault.byte - start),
    byteLine: line,
    excerpt: copyOf(bytes, start, Math.min(end, start + EXCERPT_BYTES)),
  };
}
