// What a source of bytes is to the rest of ingest. Made by sources.ts, read by records.ts through byte-window.ts.
// What must stay true: offsets count decoded bytes from the start of the stream; a chunk's bytes are overwritten when
// the next chunk is asked for.

/** Which state of which file was opened; compared before and after each reading. */
export interface FileIdentity {
  readonly path: string;
  readonly sizeBytes: bigint;
  readonly modifiedNs: bigint;
}

/** What is known of a source before it is read. */
export interface SourceInfo {
  /** The path as given or as found in a directory, `-` for standard input, or the name of bytes in memory. */
  readonly name: string;
  readonly kind: "file" | "stdin" | "memory";
  /** Found by content, not by name. Standard input: known once its first chunk is read, "none" before. */
  readonly compression: "none" | "gzip" | "zstd";
  /** Bytes of the raw source; undefined for streams. */
  readonly sizeBytes: number | undefined;
  /** True when a record can be read again by its offset: a plain regular file, not compressed. */
  readonly placeable: boolean;
  /** The file behind a placeable source. */
  readonly file?: FileIdentity;
}

/** A run of decoded bytes. */
export interface SourceChunk {
  /** Valid until the next chunk is asked for. */
  readonly bytes: Uint8Array;
  /** Offset of the first byte in the decoded stream. */
  readonly offset: number;
}

/** A source of decoded bytes. Files and memory may be read again; standard input only once. */
export interface Source {
  readonly info: SourceInfo;
  /**
   * Opens the source and reads it from its start. Throws EngineError: E_IO, E_SOURCE_CHANGED, E_COMPRESSED_CORRUPT,
   * E_TRUNCATED, E_DECOMPRESS_LIMIT, E_UNSUPPORTED; what could be decoded before the fault is given first.
   */
  chunks(): AsyncIterable<SourceChunk>;
  /** Bytes of the raw source read so far in the current reading, for progress. */
  readonly consumedBytes: number;
}
