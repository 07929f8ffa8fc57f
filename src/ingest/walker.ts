// The fast reader: runs the programs of a load in WebAssembly, over records that json/simd.ts has scanned.
// Made by record-loader.ts, one for each load. A record that it declines has left nothing behind, and goes to the
// interpreter (run-program.ts), which is the reference.
// What must stay true: rows wait in WebAssembly memory until flush(); whoever else writes to the tables, or reads them,
// flushes first.

import { EngineError } from "../base/errors.ts";
import type { TableName } from "../columns/schema.ts";
import type { SimdScanner } from "../json/simd.ts";
import type { Counts } from "./counters.ts";
import type { Detected } from "./detect.ts";
import type { ExtractionState } from "./extraction-state.ts";
import type { Program } from "./program.ts";
import { WalkTable } from "./walk-columns.ts";
import type { WalkMemory } from "./walk-memory.ts";
import { compileWalk, type WalkProgram } from "./walk-program.ts";
import { RawText } from "./walk-texts.ts";
import { tellCounted } from "./walk-values.ts";

/** What runProgram() gives; see wasm/steps.as.ts. */
const DONE = 0;
const FULL = 2;
const UNKNOWN = 3;

/** Rows of each table that can wait; a record with more is left to the interpreter. */
const ROOM = { traces: 512, spans: 4096, assessments: 2048 } as const;
/** Rows of spans that are taken at once: few enough to stay in the processor's cache. */
const FLUSH_ROWS = 2048;
const FLUSH_TRACES = 256;
/** Memory of tables and texts past which a new walker is made. */
const MOST_BYTES = 48 * 2 ** 20;

/** A record to run. */
export interface WalkRecord {
  readonly detected: Detected;
  /** Index of its first byte in the bytes that were scanned. */
  readonly first: number;
}

/** What runLines() came to: all lines are taken; rows must be flushed first; run it again; the next line is the caller's. */
export type LinesStatus = "done" | "full" | "again" | "left" | "newShape" | "needsUtf8Check";

const LINES_STATUS: readonly LinesStatus[] = ["done", "left", "full", "again", "newShape", "needsUtf8Check"];

/** Lines in the module's memory. */
export interface WalkLines {
  readonly start: number;
  /** Behind the last newline. */
  readonly end: number;
  /** Bytes of the longest record. */
  readonly longest: number;
  /** Whether they are UTF-8; undefined: not looked at. */
  readonly isUtf8: boolean | undefined;
}

/** See the file's header. */
export class Walker {
  readonly #memory: WalkMemory;
  readonly #scanner: SimdScanner;
  readonly #state: ExtractionState;
  readonly #tables: { readonly [table in TableName]: WalkTable };
  readonly #programs = new Map<Program, WalkProgram | undefined>();
  /** Of the file that the waiting rows came from. */
  #counts: Counts | undefined;
  #last: WalkProgram | undefined;

  /** Throws E_MEMORY. */
  constructor(memory: WalkMemory, scanner: SimdScanner, state: ExtractionState) {
    this.#memory = memory;
    this.#scanner = scanner;
    this.#state = state;
    const text = new RawText();
    const table = (name: TableName) => new WalkTable(memory, state.tables[name], { room: ROOM[name], text });
    this.#tables = { traces: table("traces"), spans: table("spans"), assessments: table("assessments") };
  }

  /** Bytes that it holds, but for the room of the record at hand. */
  get sizeBytes(): number {
    const { traces, spans, assessments } = this.#tables;
    const own = this.#memory.exports.usedBytes() - this.#scanner.roomBytes;
    return own + traces.sizeBytes + spans.sizeBytes + assessments.sizeBytes;
  }

  /** Whether its memory is full of texts of earlier records: then a new walker is to be made, after flush(). */
  get isFull(): boolean {
    return this.#memory.exports.usedBytes() - this.#scanner.roomBytes > MOST_BYTES;
  }

  /**
   * Writes the rows of the record that was scanned last. True: they wait, spans and assessments are counted, and the state
   * knows id and counts; the caller counts the trace, or calls takeBack(). False: declined.
   */
  run({ detected, first }: WalkRecord, counts: Counts): boolean {
    const program = this.#compile(detected.program);
    if (program === undefined) return false;
    this.#beginFor(counts);
    let status = this.#try(program, detected.node, first);
    if (status === UNKNOWN) {
      this.#tell(program);
      status = this.#try(program, detected.node, first);
    }
    if (status === FULL) {
      this.flush();
      this.#begin(counts);
      status = this.#try(program, detected.node, first);
    }
    this.#scanner.refresh();
    if (status !== DONE) return false;
    this.#last = program;
    this.#finish(first);
    return true;
  }

  /**
   * Writes the rows of many lines that stand in the module's memory. They wait, and the module has a list of their records,
   * which the caller counts before anything else is run; see wasm/lines.as.ts.
   */
  runLines({ start, end, longest, isUtf8 }: WalkLines, counts: Counts): LinesStatus {
    this.#beginFor(counts);
    const { tables, origin, maxDepth } = this.#state;
    const status = this.#memory.exports.walkLines(
      start,
      end,
      tables.traces.rows,
      origin.places ? 1 : 0,
      maxDepth,
      longest,
      isUtf8 === undefined ? 0 : isUtf8 ? 1 : 2,
      FLUSH_ROWS,
    );
    if (status === UNKNOWN) {
      for (const program of this.#programs.values()) if (program !== undefined) this.#tell(program);
    }
    return LINES_STATUS[status] ?? "left";
  }

  /** Lines shaped like the record that was scanned last, whose first byte is byte `first` of its bytes, are run by `program`. */
  learnShape(program: Program, first: number): void {
    const compiled = this.#compile(program);
    if (compiled !== undefined) this.#memory.exports.learnShape(this.#scanner.record - first, compiled.address);
  }

  /** Format that the program at an address reads. */
  formatOf(address: number): string {
    for (const program of this.#programs.values()) if (program?.address === address) return program.format;
    throw new EngineError("E_INTERNAL", `no program of the walker stands at ${address}`);
  }

  /** Counts what the rows up to the record `spans` and `assessments` rows into those that wait are. */
  countUpTo(spans: number, assessments: number): void {
    this.#tables.spans.countUpTo(spans);
    this.#tables.assessments.countUpTo(assessments);
  }

  /** Takes the record back that was run last, and not counted. */
  takeBack(): void {
    if (this.#last === undefined) return;
    this.#memory.exports.takeBack(this.#last.address);
    this.#tables.spans.count();
    this.#tables.assessments.count();
  }

  /** Takes the waiting rows into the tables, when enough of them wait. */
  flushMany(): void {
    const { traces, spans, assessments } = this.#tables;
    if (spans.rows >= FLUSH_ROWS || traces.rows >= FLUSH_TRACES || assessments.rows >= FLUSH_ROWS) this.flush();
  }

  /** Takes the waiting rows into the tables. Throws E_MEMORY. */
  flush(): void {
    const counts = this.#counts;
    if (counts === undefined) return;
    this.#counts = undefined;
    for (const table of Object.values(this.#tables)) table.flush(counts);
  }

  /** Rows were taken back from the tables, and their texts with them. */
  forget(): void {
    for (const table of Object.values(this.#tables)) table.forget();
  }

  /** Sees that waiting rows are of one file. */
  #beginFor(counts: Counts): void {
    if (this.#counts !== counts) this.flush();
    if (this.#counts === undefined) this.#begin(counts);
  }

  /** Tells the module which texts of closed lists it counts. */
  #tell({ enums }: WalkProgram): void {
    for (const kept of enums) tellCounted(kept, this.#state);
  }

  #begin(counts: Counts): void {
    this.#counts = counts;
    const { tables } = this.#state;
    for (const table of Object.values(this.#tables)) table.begin(tables[table.name].rows);
  }

  #try(program: WalkProgram, node: number, first: number): number {
    const { tables, origin, maxDepth } = this.#state;
    const places = origin.places ? 1 : 0;
    const { record } = this.#scanner;
    return this.#memory.exports.runProgram(program.address, node, record, first, tables.traces.rows, places, maxDepth);
  }

  /** Tells the state what the interpreter's steps would have told it. */
  #finish(first: number): void {
    const state = this.#state;
    const { exports, bytes } = this.#memory;
    state.begin(first);
    const id = exports.traceIdAt() >>> 0;
    state.traceId.copy(bytes, id, id + exports.traceIdBytes());
    state.hasTraceId = true;
    state.counts.add("orphanSpans", exports.orphanCount());
    state.counts.add("negativeDurations", exports.negativeDurationCount());
    this.#tables.spans.count();
    this.#tables.assessments.count();
  }

  #compile(program: Program): WalkProgram | undefined {
    if (!this.#programs.has(program)) {
      this.flush();
      const { state, tables, memory } = { state: this.#state, tables: this.#tables, memory: this.#memory };
      this.#programs.set(program, compileWalk(program, { state, tables, memory }));
    }
    return this.#programs.get(program);
  }
}
