// Writes a page of traces in each output format. Called by search.ts.
// What must stay true: json and jsonl hold MLflow's V3 `to_dict` with the bytes of the record, trace after trace; grids
// have one column a field path; `--strict` draws MLflow's own table.

import { Buffer } from "node:buffer";
import {
  EngineError,
  fieldsOf,
  type Grid,
  type JsonNode,
  nodeText,
  pageOf,
  refusedFields,
  renderCsv,
  renderMarkdown,
  renderTable,
  type Trace,
  type TraceStream,
} from "../index.ts";
import { headerStyle } from "./terminal.ts";
import { cellsOf, mlflowTable } from "./trace-cells.ts";

/** Output formats; the first is the default. */
export const SEARCH_OUTPUTS = ["table", "json", "jsonl", "csv", "markdown"] as const;

/** How to write a page. */
export interface SearchOutputOptions {
  readonly format: (typeof SEARCH_OUTPUTS)[number];
  readonly strict: boolean;
  /** The paths of `--extract-fields`; undefined when it was not given. */
  readonly fields: readonly string[] | undefined;
  readonly verbose: boolean;
  readonly csvSafe: boolean;
  readonly width: number;
  readonly colour: boolean;
}

/** MLflow's columns, the duration under the name that it has in the JSON. */
const TABLE_FIELDS: readonly string[] = [
  "info.trace_id",
  "info.request_time",
  "info.state",
  "info.execution_duration_ms",
  "info.request_preview",
  "info.response_preview",
];

/** Bytes that are gathered before they are written. */
const BLOCK_BYTES = 256 * 1024;
const INDENT = "  ";

/** Pieces of the output. Throws E_USAGE for a path that the first trace does not have. */
export function renderSearch(stream: TraceStream, options: SearchOutputOptions): Iterable<string | Uint8Array> {
  checkFields(stream, options);
  switch (options.format) {
    case "json":
      return gathered(jsonPieces(stream, options));
    case "jsonl":
      return gathered(linePieces(stream, options));
    case "csv":
      return renderCsv(gridOf(stream, options), { safe: options.csvSafe });
    case "markdown":
      return renderMarkdown(gridOf(stream, options));
    case "table":
      return tablePieces(stream, options);
  }
}

/** As MLflow: every path without `*` must lead somewhere in the first trace. */
function checkFields({ traces }: TraceStream, { fields, verbose }: SearchOutputOptions): void {
  if (fields === undefined) return;
  for (const trace of traces) {
    refuseFields(trace, fields, verbose);
    return;
  }
}

/** Throws E_USAGE when a path leads nowhere in a trace. */
export function refuseFields(trace: Trace, fields: readonly string[], verbose: boolean): void {
  const refusal = refusedFields(trace.node(), fields, verbose);
  if (refusal === undefined) return;
  throw new EngineError("E_USAGE", `Invalid field path(s): ${refusal.paths.join(", ")}`, {
    hint: refusal.help.join("\n"),
  });
}

/** The JSON of a trace: the whole of it, or the fields that were asked for. */
export function traceJson(
  trace: Trace,
  { fields, strict, depth }: { fields: readonly string[] | undefined; strict: boolean; depth: number | undefined },
): Uint8Array | string {
  if (fields !== undefined) {
    const chosen: JsonNode = fieldsOf(trace.node(), fields, strict);
    return depth === undefined ? nodeText(chosen) : nodeText(chosen, INDENT, depth);
  }
  const bytes = trace.jsonBytes();
  return depth === undefined ? bytes : pageOf(bytes, { indent: INDENT, depth });
}

function* jsonPieces(
  { traces, nextPageToken }: TraceStream,
  { fields, strict }: SearchOutputOptions,
): Generator<string | Uint8Array> {
  const lead = `\n${INDENT.repeat(2)}`;
  yield `{\n${INDENT}"traces": [`;
  let count = 0;
  for (const trace of traces) {
    yield count === 0 ? lead : `,${lead}`;
    yield traceJson(trace, { fields, strict, depth: 2 });
    count += 1;
  }
  yield count === 0 ? "]" : `\n${INDENT}]`;
  yield `,\n${INDENT}"next_page_token": ${JSON.stringify(nextPageToken)}\n}\n`;
}

function* linePieces({ traces }: TraceStream, { fields, strict }: SearchOutputOptions): Generator<string | Uint8Array> {
  for (const trace of traces) {
    yield traceJson(trace, { fields, strict, depth: undefined });
    yield "\n";
  }
}

/** Small pieces made into blocks: a write for each of many small traces would cost more than reading them. */
export function* gathered(pieces: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for (const piece of pieces) {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    parts.push(bytes);
    size += bytes.length;
    if (size < BLOCK_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts);
}

/** A grid over the page; its rows are read again each time that they are iterated. */
function gridOf({ traces }: TraceStream, { fields = TABLE_FIELDS, format }: SearchOutputOptions): Grid {
  const form = format === "csv" ? "data" : "people";
  return {
    columns: fields.map((name) => ({ name, kind: "text", ...(form === "people" ? { missing: "N/A" } : {}) })),
    rows: {
      *[Symbol.iterator]() {
        for (const trace of traces) yield cellsOf(trace.node(), fields, form);
      },
    },
  };
}

function* tablePieces(stream: TraceStream, options: SearchOutputOptions): Generator<string> {
  const { strict, width, colour } = options;
  if (stream.count === 0) yield strict ? "\n\n" : "No traces found.\n";
  else if (strict) yield* mlflowTable(gridOf(stream, options));
  else yield* renderTable(gridOf(stream, options), { width, header: headerStyle(colour) });
  if (stream.nextPageToken !== null) yield `\nNext page token: ${stream.nextPageToken}\n`;
}
