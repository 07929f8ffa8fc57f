// What the loader remembers of each trace row: where its record stands, which spans and assessments are its own, and
// which rows a later record or span replaces. Called by load.ts once a record; finish() gives the tables.
// What must stay true: rows of a trace are adjacent in every table; after finish() nothing is left of a replaced record.

import type { RecordPlaces } from "../columns/payload.ts";
import type { TableName } from "../columns/schema.ts";
import type { Table } from "../columns/table.ts";
import type { TableBuilder } from "../columns/table-builder.ts";
import { TextTable } from "../columns/text-table.ts";
import { Growing } from "./growing.ts";
import type { IdBuffer } from "./ids.ts";

/** An id: `bytes[start, end)`. */
export interface RecordId {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A record that was loaded. */
export interface LoadedRecord {
  readonly id: RecordId;
  /** Index of its source, -1 without a place. */
  readonly source: number;
  /** Offset in its source, or in the kept bytes. */
  readonly start: number;
  readonly lengthBytes: number;
}

/** The tables of a load, and the places of their records. */
export interface FinishedTables {
  readonly tables: { readonly [table in TableName]: Table };
  readonly records: RecordPlaces;
}

const newInt32 = (length: number) => new Int32Array(length);
const newUint32 = (length: number) => new Uint32Array(length);
const newFloat64 = (length: number) => new Float64Array(length);

/** What one thread knows of its trace rows, as plain data; by trace row but for `replacedSpans`. */
export interface TraceRowsPart {
  readonly sources: Int32Array;
  readonly starts: Float64Array;
  readonly lengths: Uint32Array;
  /** The span and assessment rows behind the trace's last. */
  readonly spanEnds: Int32Array;
  readonly assessmentEnds: Int32Array;
  /** Span rows that a later span of their record replaces. */
  readonly replacedSpans: Int32Array;
}

/** The rows of a load. */
export class TraceRows {
  readonly #beforeFinish: () => void;
  readonly #tables: { readonly [table in TableName]: TableBuilder };
  readonly #ids = new TextTable("the trace ids");
  /** By id code: the row that has the id now. */
  readonly #rowOfId = new Growing(newInt32);
  /** By trace row: its id code. */
  readonly #idCodes = new Growing(newInt32);
  readonly #sources = new Growing(newInt32);
  readonly #starts = new Growing(newFloat64);
  readonly #lengths = new Growing(newUint32);
  /** By trace row: the span and assessment rows behind its last. */
  readonly #spanEnds = new Growing(newInt32);
  readonly #assessmentEnds = new Growing(newInt32);
  readonly #replacedTraces = new Growing(newInt32);
  readonly #replacedSpans = new Growing(newInt32);

  /** `beforeFinish` is called before the tables are sealed: rows that wait elsewhere are taken then. */
  constructor(tables: { readonly [table in TableName]: TableBuilder }, beforeFinish: () => void = () => {}) {
    this.#tables = tables;
    this.#beforeFinish = beforeFinish;
  }

  /** Bytes allocated. */
  get sizeBytes(): number {
    const lists = [
      this.#rowOfId,
      this.#idCodes,
      this.#sources,
      this.#starts,
      this.#lengths,
      this.#spanEnds,
      this.#assessmentEnds,
    ];
    return lists.reduce((sum, list) => sum + list.sizeBytes, this.#ids.sizeBytes);
  }

  /** The row that has this id, or -1. */
  rowOf(id: IdBuffer): number {
    const code = this.#ids.find(id.bytes, 0, id.length);
    return code < 0 ? -1 : this.#rowOfId.at(code);
  }

  /**
   * Makes the rows that the tables hold beyond the last trace those of `record`. Gives the row that had its id until now,
   * or -1.
   */
  add(record: LoadedRecord, replacedSpans: readonly number[]): number {
    const { traces, spans, assessments } = this.#tables;
    const known = this.#ids.size;
    const code = this.#ids.add(record.id.bytes, record.id.start, record.id.end);
    const earlier = code === known ? -1 : this.#rowOfId.at(code);
    if (earlier < 0) this.#rowOfId.push(traces.rows);
    else this.#rowOfId.set(code, traces.rows);
    this.#idCodes.push(code);
    this.#sources.push(record.source);
    this.#starts.push(record.start);
    this.#lengths.push(record.lengthBytes);
    this.#spanEnds.push(spans.rows);
    this.#assessmentEnds.push(assessments.rows);
    for (const row of replacedSpans) this.#replacedSpans.push(row);
    traces.rows += 1;
    return earlier;
  }

  /** Leaves a trace row out of the result, with its spans and assessments. */
  replace(row: number): void {
    this.#replacedTraces.push(row);
  }

  /** The ids of the trace rows [start, end), one after another; the id of row `start + i` ends at `ends[i]`. */
  idsOf(start: number, end: number): { readonly bytes: Uint8Array; readonly ends: Uint32Array } {
    const { bytes, offsets } = this.#ids;
    const ends = new Uint32Array(end - start);
    let length = 0;
    let isInOrder = true;
    for (let row = start; row < end; row += 1) {
      const code = this.#idCodes.at(row);
      length += offsets[code + 1]! - offsets[code]!;
      ends[row - start] = length;
      isInOrder &&= code === this.#idCodes.at(start) + (row - start);
    }
    // Ids that are all new stand side by side.
    const from = offsets[start < end ? this.#idCodes.at(start) : 0]!;
    if (isInOrder) return { bytes: bytes.slice(from, from + length), ends };
    const ids = new Uint8Array(length);
    for (let row = start, at = 0; row < end; at = ends[row - start]!, row += 1) {
      const code = this.#idCodes.at(row);
      ids.set(bytes.subarray(offsets[code], offsets[code + 1]), at);
    }
    return { bytes: ids, ends };
  }

  /** Takes back the rows from trace row `rows` on, with their spans and assessments. For a part whose duplicates are settled later. */
  truncate(rows: number): void {
    const { traces, spans, assessments } = this.#tables;
    if (rows >= traces.rows) return;
    traces.truncate(rows);
    spans.truncate(rows === 0 ? 0 : this.#spanEnds.at(rows - 1));
    assessments.truncate(rows === 0 ? 0 : this.#assessmentEnds.at(rows - 1));
    const byRow = [this.#idCodes, this.#sources, this.#starts, this.#lengths, this.#spanEnds, this.#assessmentEnds];
    for (const list of byRow) list.length = rows;
    const replaced = this.#replacedSpans;
    while (replaced.length > 0 && replaced.at(replaced.length - 1) >= spans.rows) replaced.length -= 1;
  }

  /** What the rows are, for a part whose duplicates are settled later. Copies. */
  part(): TraceRowsPart {
    return {
      sources: this.#sources.view().slice(),
      starts: this.#starts.view().slice(),
      lengths: this.#lengths.view().slice(),
      spanEnds: this.#spanEnds.view().slice(),
      assessmentEnds: this.#assessmentEnds.view().slice(),
      replacedSpans: this.#replacedSpans.view().slice(),
    };
  }

  /** The tables without what was replaced. The builders are not used again. */
  finish(): FinishedTables {
    this.#beforeFinish();
    const { traces, spans, assessments } = this.#tables;
    const records = {
      sources: this.#sources.view(),
      starts: this.#starts.view(),
      lengths: this.#lengths.view(),
    };
    const isReplaced = marks(traces.rows, this.#replacedTraces.view());
    const spanMarks = marks(spans.rows, this.#replacedSpans.view());
    if (this.#replacedTraces.length === 0) {
      const kept = this.#replacedSpans.length === 0 ? spans.seal() : spans.keepRows(unmarked(spanMarks));
      return { tables: { traces: traces.seal(), spans: kept, assessments: assessments.seal() }, records };
    }
    const positions = unmarked(isReplaced);
    const traceRows = new Int32Array(traces.rows).fill(-1);
    positions.forEach((row, to) => {
      traceRows[row] = to;
    });
    markChildren(spanMarks, isReplaced, this.#spanEnds.view());
    const assessmentMarks = marks(assessments.rows, new Int32Array(0));
    markChildren(assessmentMarks, isReplaced, this.#assessmentEnds.view());
    return {
      tables: {
        traces: traces.keepRows(positions),
        spans: spans.keepRows(unmarked(spanMarks), { traceRows }),
        assessments: assessments.keepRows(unmarked(assessmentMarks), { traceRows }),
      },
      records: takePlaces(records, positions),
    };
  }
}

/** One byte a row: 1 for the rows listed. */
function marks(rows: number, listed: Int32Array): Uint8Array {
  const marked = new Uint8Array(rows);
  for (let i = 0; i < listed.length; i += 1) marked[listed[i]!] = 1;
  return marked;
}

/** Marks the rows of marked traces. `ends`: by trace row, the row behind its last. */
function markChildren(children: Uint8Array, traces: Uint8Array, ends: Int32Array): void {
  let start = 0;
  for (let row = 0; row < traces.length; row += 1) {
    const end = ends[row]!;
    if (traces[row] === 1) children.fill(1, start, end);
    start = end;
  }
}

/** The rows without a mark, ascending. */
function unmarked(marked: Uint8Array): Uint32Array {
  let count = 0;
  for (let row = 0; row < marked.length; row += 1) if (marked[row] === 0) count += 1;
  const rows = new Uint32Array(count);
  let to = 0;
  for (let row = 0; row < marked.length; row += 1) if (marked[row] === 0) rows[to++] = row;
  return rows;
}

function takePlaces(records: RecordPlaces, positions: Uint32Array): RecordPlaces {
  const sources = new Int32Array(positions.length);
  const starts = new Float64Array(positions.length);
  const lengths = new Uint32Array(positions.length);
  for (let i = 0; i < positions.length; i += 1) {
    const row = positions[i]!;
    sources[i] = records.sources[row]!;
    starts[i] = records.starts[row]!;
    lengths[i] = records.lengths[row]!;
  }
  return { sources, starts, lengths };
}
