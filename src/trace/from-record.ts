// A trace as MLflow's V3 `to_dict` JSON, whatever the format of its source: the record's own bytes, by place.
// Called by engine.ts once a trace that is asked for. What must stay true: info, data and spans of a V3 record are written
// as they stand (line ends between tokens apart); older forms are converted with their values verbatim; a record whose
// bytes cannot be read again is rebuilt from the columns, and says so.

import type { PayloadReader } from "../columns/payload.ts";
import type { Dataset } from "../columns/table.ts";
import { Cursor } from "../json/cursor.ts";
import { tryScanDocument } from "../json/scan.ts";
import { NodeKind, Tape } from "../json/tape.ts";
import { ByteSink } from "./byte-sink.ts";
import { writeInfo } from "./convert-info.ts";
import { writeData } from "./convert-spans.ts";
import { writeDataOfColumns, writeInfoOfColumns } from "./from-columns.ts";
import type { Members } from "./members.ts";
import { type Place, placeAt } from "./row-access.ts";

/** Columns of traces that writing a trace reads, where its record can be read again; else it needs all columns. */
export const TRACE_RECORD_COLUMNS: readonly string[] = [
  "trace_id",
  "client_request_id",
  "experiment_id",
  "timestamp_ms",
  "execution_duration_ms",
  "state",
  "trace_name",
  "session",
  "user",
  "request_preview",
  "response_preview",
  "info",
  "data",
];

/** The JSON of a trace. */
export interface TraceJson {
  /** On one line, without a line feed at its end; valid until the next call. */
  readonly bytes: Uint8Array;
  /** False when it was rebuilt from columns: payload is missing. */
  readonly isWhole: boolean;
}

/** Whether the bytes of a trace's record can be read again. */
export function hasRecord(payload: PayloadReader, row: number): boolean {
  return (payload.records.sources[row] ?? -1) >= 0;
}

/** Documents come out of a load that has checked them, under limits that may have been raised. */
const READ_ALL = { maxDepth: Number.MAX_SAFE_INTEGER, allowNan: true };

/** Writes traces of a dataset, one after the other. */
export class TraceJsonWriter {
  readonly #dataset: Dataset;
  readonly #sink = new ByteSink();
  readonly #tape = new Tape();
  #cursor = new Cursor(new Uint8Array(0), this.#tape);

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  /** The trace at a row. Throws E_SOURCE_CHANGED, E_IO. */
  write(row: number, options: { readonly includeSpans: boolean }): TraceJson {
    const { payload } = this.#dataset;
    const record = hasRecord(payload, row) ? payload.recordBytes(row) : undefined;
    this.#sink.clear();
    this.#sink.text('{"info": ');
    this.#info(record, row);
    this.#sink.text(', "data": ');
    const isWhole = this.#data(record, row, options.includeSpans);
    this.#sink.text("}");
    return { bytes: this.#sink.view(), isWhole: isWhole && record !== undefined };
  }

  #info(record: Uint8Array | undefined, row: number): void {
    const dataset = this.#dataset;
    const { traces } = dataset;
    const place = placeAt(traces, "info", row);
    const preview = (name: string) => this.#previewJson(record, placeAt(traces, name, row));
    const isObject = record !== undefined && place !== undefined && this.#open(record, place);
    if (!isObject) {
      writeInfoOfColumns(dataset, row, { sink: this.#sink, preview });
      return;
    }
    const copyPreview = (name: string, members: Members) => members.json(name, preview(name));
    const restIsMetadata = placeAt(traces, "data", row) === undefined;
    const source = { cursor: this.#cursor, node: 0, traces, row, restIsMetadata, preview: copyPreview };
    writeInfo(source, this.#sink);
  }

  /** False when payload is missing. */
  #data(record: Uint8Array | undefined, row: number, includeSpans: boolean): boolean {
    const place = placeAt(this.#dataset.traces, "data", row);
    if (!includeSpans || (record !== undefined && place === undefined)) {
      this.#sink.text('{"spans": []}');
      return true;
    }
    if (record === undefined || place === undefined || !this.#open(record, place)) {
      writeDataOfColumns(this.#dataset, row, this.#sink);
      return false;
    }
    writeData(this.#cursor, 0, this.#sink);
    return true;
  }

  /** Scans a part of the record; whether it is an object. */
  #open(record: Uint8Array, place: Place): boolean {
    if (this.#cursor.bytes !== record) this.#cursor = new Cursor(record, this.#tape);
    const fault = tryScanDocument(record, place, READ_ALL, this.#tape);
    return fault === undefined && this.#cursor.kind(0) === NodeKind.object;
  }

  /** A preview as a JSON string: its own bytes when it is one. */
  #previewJson(record: Uint8Array | undefined, place: Place | undefined): string | undefined {
    if (record === undefined || place === undefined) return undefined;
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(record.subarray(place.start, place.end));
    return text.startsWith('"') ? text : JSON.stringify(text);
  }
}
