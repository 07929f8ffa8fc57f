// What the steps of a compiled program share while they run: the tables, the buffers, and what is known of the record.
// Made once a load by load.ts; begin() starts a record. What must stay true: everything of a record that is not in the
// tables is here, so that a record is taken back by truncating the tables and starting the next one.

import type { TableName } from "../columns/schema.ts";
import type { TableBuilder } from "../columns/table-builder.ts";
import { Counts } from "./counters.ts";
import { IdBuffer } from "./ids.ts";
import { SpanGraph } from "./span-graph.ts";
import { TextReader } from "./text-reader.ts";

/** What a second record or span of an id does. */
export type DuplicatePolicy = "last" | "keep" | "error";

/** Where the records come from that are read now. */
export interface RecordOrigin {
  /** Name of the source. */
  readonly file: string;
  /** Whether places are kept. */
  readonly places: boolean;
}

/** Shared state of the steps. */
export class ExtractionState {
  readonly tables: { readonly [table in TableName]: TableBuilder };
  readonly duplicates: DuplicatePolicy;
  readonly maxDepth: number;
  readonly text: TextReader;
  readonly counts = new Counts();
  readonly graph = new SpanGraph();
  /** Rows of `spans` that a later span of the record replaces; ascending or not. */
  readonly droppedSpans: number[] = [];
  origin: RecordOrigin = { file: "", places: false };
  /** Index into the scanned bytes of the record's first byte: places count from it. */
  base = 0;
  /** The trace's id in its one spelling, when `hasTraceId`. */
  readonly traceId = new IdBuffer();
  hasTraceId = false;
  /** Start of the trace, ms since 1970; NaN while unknown. */
  startMs = Number.NaN;
  /** Row of the record's first span. */
  firstSpan = 0;

  constructor(
    tables: { readonly [table in TableName]: TableBuilder },
    options: { readonly duplicates: DuplicatePolicy; readonly maxDepth: number },
  ) {
    this.tables = tables;
    this.duplicates = options.duplicates;
    this.maxDepth = options.maxDepth;
    this.text = new TextReader(options.maxDepth);
  }

  /** Starts a record whose first byte is `base`. */
  begin(base: number): void {
    this.base = base;
    this.hasTraceId = false;
    this.startMs = Number.NaN;
    this.firstSpan = this.tables.spans.rows;
    this.droppedSpans.length = 0;
    this.counts.clear();
    this.graph.clear();
  }
}
