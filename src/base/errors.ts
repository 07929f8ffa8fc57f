// The one error class of tracemill and THE list of its codes.
// Every layer throws EngineError; the command line, docs/errors.md and the load report read ERROR_CODES.
// What must stay true: a code never changes its meaning or its exit status, and no user input reaches E_INTERNAL.

import type { SourceSpan } from "./source-span.ts";

/** Where in the pipeline an error arises. */
export type Stage = "command line" | "request" | "filter" | "query" | "read" | "write" | "run" | "any";

interface CodeEntry {
  /** Exit status of the command line: 1 data or run error, 2 usage or query error, 3 too many rejects. */
  readonly exit: 1 | 2 | 3;
  readonly stage: Stage;
  readonly meaning: string;
  /** The one next step for the user. */
  readonly next: string;
}

/** All error codes, in the order of docs/errors.md, which is printed from this list. */
export const ERROR_CODES = {
  E_USAGE: {
    exit: 2,
    stage: "command line",
    meaning:
      "Unknown flag or command, missing argument, a bad value of a flag that is ours to check, an output that is an input file.",
    next: "Run the command with --help.",
  },
  E_REQUEST: {
    exit: 2,
    stage: "request",
    meaning:
      "A request in the shape of MLflow or of the Metrics API, refused by its front end with that system's text.",
    next: "Correct the part of the request that the message names; without --strict more is accepted.",
  },
  E_FILTER_SYNTAX: {
    exit: 2,
    stage: "filter",
    meaning: "The text is no filter: token, shape, quote, dangling or missing AND, empty or ill-formed list.",
    next: "Correct the filter where the caret points.",
  },
  E_FILTER_FIELD: {
    exit: 2,
    stage: "filter",
    meaning: "Unknown entity or field, empty attribute or assessment name.",
    next: "Use a field from the list in the message.",
  },
  E_FILTER_OP: {
    exit: 2,
    stage: "filter",
    meaning: "A comparator that is not allowed on that field.",
    next: "Use a comparator from the list in the message.",
  },
  E_FILTER_TYPE: {
    exit: 2,
    stage: "filter",
    meaning: "A value of the wrong type for the field or comparator.",
    next: "Quote a text, leave a number bare.",
  },
  E_FILTER_RANGE: {
    exit: 2,
    stage: "filter",
    meaning: "A number literal beyond int64, or beyond float64 in extended mode.",
    next: "Use a number within range.",
  },
  E_FILTER_REGEX: {
    exit: 2,
    stage: "filter",
    meaning: "A regular expression that is invalid, too large, or needs the backtracking engine.",
    next: "Correct the expression, or add --regex js if you trust it.",
  },
  E_FILTER_LIMIT: {
    exit: 2,
    stage: "filter",
    meaning: "A filter text over 1 MiB, a list over 1 M values, or nesting over 1,000.",
    next: "Split the filter, or raise the limit with its flag.",
  },
  E_QUERY_SYNTAX: { exit: 2, stage: "query", meaning: "The query text is not JSON.", next: "Correct the JSON." },
  E_QUERY_SCHEMA: {
    exit: 2,
    stage: "query",
    meaning:
      "Unknown key, wrong JSON type, unknown function or direction, repeated output name, neither `view` nor `from`.",
    next: "Correct the key that the message names.",
  },
  E_QUERY_FIELD: {
    exit: 2,
    stage: "query",
    meaning: "An unknown field in a native query.",
    next: "Use a field from the list in the message.",
  },
  E_QUERY_TYPE: {
    exit: 2,
    stage: "query",
    meaning: "A function that is not defined for the type of its field.",
    next: "Use a function that fits the type.",
  },
  E_QUERY_RANGE: {
    exit: 2,
    stage: "query",
    meaning: "A percentile, width or limit that is out of range.",
    next: "Use a value within the range in the message.",
  },
  E_QUERY_TZ: {
    exit: 2,
    stage: "query",
    meaning: "An unknown time zone.",
    next: "Use an IANA name such as Europe/Madrid.",
  },
  E_QUERY_LIMIT: {
    exit: 2,
    stage: "query",
    meaning: "A query text over 1 MiB, or nested deeper than 1,000.",
    next: "Make the query smaller.",
  },
  E_JSON_SYNTAX: {
    exit: 1,
    stage: "read",
    meaning: "Not RFC 8259 JSON, or content after a record in a file of one record a line.",
    next: "Repair the record, or continue without it: --on-error skip.",
  },
  E_JSON_NONFINITE: {
    exit: 1,
    stage: "read",
    meaning: "NaN, Infinity or -Infinity as a token.",
    next: "Read such tokens as null: --allow-nan.",
  },
  E_TRUNCATED: {
    exit: 1,
    stage: "read",
    meaning: "The input ends inside a record, an array or a compressed stream.",
    next: "Export again, or load what is whole: --on-error skip.",
  },
  E_UTF8: {
    exit: 1,
    stage: "read",
    meaning: "Bytes that are not UTF-8; UTF-16 is named.",
    next: "Convert the file to UTF-8, or continue without the record: --on-error skip.",
  },
  E_DEPTH: {
    exit: 1,
    stage: "read",
    meaning: "Nested deeper than the depth limit.",
    next: "Raise the limit with --max-depth, or continue without the record: --on-error skip.",
  },
  E_RECORD_TOO_LARGE: {
    exit: 1,
    stage: "read",
    meaning: "A record over the record limit.",
    next: "Raise the limit with --max-record, or continue without the record: --on-error skip.",
  },
  E_FORMAT_UNKNOWN: {
    exit: 1,
    stage: "read",
    meaning: "Valid data of no known trace format.",
    next: "Check the keys in the message against the formats in the README.",
  },
  E_UNSUPPORTED: {
    exit: 1,
    stage: "read",
    meaning:
      "Data that is recognised and not supported: Parquet, zip, OTLP protobuf, a zstd dictionary or window over the limit.",
    next: "Convert or decompress the file first.",
  },
  E_RECORD: {
    exit: 1,
    stage: "read",
    meaning: "A record of a known format in which a needed field is missing or of the wrong type.",
    next: "Repair the record, or continue without it: --on-error skip.",
  },
  E_TIME: {
    exit: 1,
    stage: "read",
    meaning: "A time that is none: 30 February, free text, out of range.",
    next: "Repair the record, or continue without it: --on-error skip.",
  },
  E_RANGE: {
    exit: 1,
    stage: "read",
    meaning: "An integer that does not fit its column (int64).",
    next: "Repair the record, or continue without it: --on-error skip.",
  },
  E_DUPLICATE: {
    exit: 1,
    stage: "read",
    meaning: "A second record of a trace id under --duplicates error.",
    next: "Use --duplicates last or keep.",
  },
  E_COMPRESSED_CORRUPT: {
    exit: 1,
    stage: "read",
    meaning: "A bad checksum, a bad block, or garbage after a gzip member.",
    next: "Fetch the file again.",
  },
  E_DECOMPRESS_LIMIT: {
    exit: 1,
    stage: "read",
    meaning: "Compressed input that expands over the limit.",
    next: "Raise the limit with --max-expansion if the file is trusted.",
  },
  E_IO: {
    exit: 1,
    stage: "read",
    meaning: "The system's errno and the path; a pattern that matches no file.",
    next: "Check the path and its permissions.",
  },
  E_SOURCE_CHANGED: {
    exit: 1,
    stage: "read",
    meaning: "A file changed size or time while it was read, or before its payload was read.",
    next: "Run again when the file is complete.",
  },
  E_COLUMN_NOT_LOADED: {
    exit: 1,
    stage: "run",
    meaning: "A column that was not loaded, of a source that cannot be read twice.",
    next: 'Name the column in `columns`, or open with columns: "all".',
  },
  E_NOT_FOUND: {
    exit: 1,
    stage: "run",
    meaning: "No trace of that id is in the files.",
    next: "Search for the trace first.",
  },
  E_IPC_INVALID: {
    exit: 1,
    stage: "read",
    meaning: "Arrow bytes that fail validation.",
    next: "Write the file again.",
  },
  E_IPC_UNSUPPORTED: {
    exit: 1,
    stage: "read",
    meaning: "Valid Arrow that is not read: big-endian, compression codec, metadata version, type.",
    next: "Write it uncompressed and little-endian.",
  },
  E_DIGEST_INVALID: {
    exit: 1,
    stage: "read",
    meaning: "A serialized digest that is cut, unsorted, or holds a bad count or weight.",
    next: "Compute the state again.",
  },
  E_STATE_OVERLAP: {
    exit: 1,
    stage: "run",
    meaning: "States that are to be merged have rows of the same file.",
    next: "Leave one of them out, or count both with --allow-overlap.",
  },
  E_MEMORY: {
    exit: 1,
    stage: "run",
    meaning: "More memory needed than --memory-limit or the system gives.",
    next: "Raise --memory-limit, load fewer columns, or use --percentiles tdigest.",
  },
  E_OVERFLOW: { exit: 1, stage: "run", meaning: "An int64 sum that does not fit.", next: "Sum a smaller set." },
  E_TOO_MANY_GROUPS: {
    exit: 1,
    stage: "run",
    meaning: "More groups or buckets than the groups limit.",
    next: "Group by less, use a wider interval, or raise --max-groups.",
  },
  E_WORKER: {
    exit: 1,
    stage: "run",
    meaning: "A worker threw, exited or was terminated.",
    next: "Run again with --threads 1.",
  },
  E_ABORTED: {
    exit: 1,
    stage: "run",
    meaning: "The caller's AbortSignal fired; the error's name is AbortError.",
    next: "Nothing: the caller asked for it.",
  },
  E_TOO_MANY_REJECTS: {
    exit: 3,
    stage: "read",
    meaning: "More records rejected than --max-rejects allows.",
    next: "Look at the reasons in the load report, or raise --max-rejects.",
  },
  E_INTERNAL: {
    exit: 1,
    stage: "any",
    meaning: "A bug of tracemill: an invariant failed.",
    next: "Please report it, with --debug output.",
  },
} as const satisfies Record<string, CodeEntry>;

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** A place in an input file. Lines and columns count from 1, bytes from 0 (offset in the decoded file). */
export interface FilePlace {
  readonly file: string;
  readonly line?: number;
  readonly byte?: number;
}

/** What an EngineError carries beside its code and message. */
export interface ErrorDetails {
  /** Overrides the code's usual stage. */
  readonly stage?: Stage;
  /** The text at fault and the part of it to draw a caret under. */
  readonly source?: { readonly text: string; readonly span: SourceSpan };
  /** One next step; the code's own when absent. */
  readonly hint?: string;
  readonly at?: FilePlace;
  readonly cause?: unknown;
}

/** Every failure that tracemill reports. `message` is one line without the code. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly stage: Stage;
  readonly source: { readonly text: string; readonly span: SourceSpan } | undefined;
  readonly hint: string | undefined;
  readonly at: FilePlace | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = code === "E_ABORTED" ? "AbortError" : "EngineError";
    this.code = code;
    this.stage = details.stage ?? ERROR_CODES[code].stage;
    this.source = details.source;
    this.hint = details.hint;
    this.at = details.at;
  }
}

/** Throws E_ABORTED when `signal` has fired. Called between blocks and chunks, never inside a kernel. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The E_ABORTED of a signal that has fired. */
export function abortError(signal: AbortSignal | undefined): EngineError {
  return new EngineError("E_ABORTED", "The operation was aborted", { cause: signal?.reason });
}
