// Long text (inputs, outputs, previews, whole spans) is not copied into columns: it is kept by place.
// A record's place is (source, start, length); a place column gives sub-ranges relative to the record's start.
// The reader is supplied by ingest, which owns the files (or by memory under `--payload keep`).

/** Where record of trace row `row` stands. */
export interface RecordPlaces {
  /** Index of the source (file) of each trace row; -1 when the record has no place. */
  readonly sources: Int32Array;
  /** Offset of the record's first byte in its source; float64, exact below 2^53. */
  readonly starts: Float64Array;
  /** Bytes of the record. */
  readonly lengths: Uint32Array;
}

/**
 * How a payload reads as text: `json` as JSON with its escapes decoded, `text` as the string that it is, `attribute` as
 * what the JSON text of an attribute stands for.
 */
export type PayloadForm = "json" | "text" | "attribute";

/** Reads the bytes of records back. */
export interface PayloadReader {
  /** Places of the records, by trace row. */
  readonly records: RecordPlaces;
  /**
   * The bytes of the record of a trace row, valid until the next call; undefined when it has no place.
   * Throws E_SOURCE_CHANGED when the file changed size or time since it was loaded, E_IO when it cannot be read.
   */
  recordBytes(traceRow: number): Uint8Array | undefined;
  /** The decoded text of the JSON value at a place of a record; valid until the next call. */
  textOf(record: Uint8Array, place: { readonly start: number; readonly end: number }, form: PayloadForm): Uint8Array;
  /** Closes the files that were opened. */
  close(): void;
}
