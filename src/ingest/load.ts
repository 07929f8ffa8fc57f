// Sources -> records -> columns: drives the steps, applies the policy for bad records, and reports.
// Called by engine.ts. What must stay true: read = loaded + rejected for every file; a load that fails leaves nothing
// open; the tables do not depend on how the bytes come in chunks.

import { EngineError, throwIfAborted } from "../base/errors.ts";
import { LIMITS, type Limits } from "../base/limits.ts";
import { formatCount } from "../base/units.ts";
import type { PayloadReader, RecordPlaces } from "../columns/payload.ts";
import type { Projection } from "../columns/projection.ts";
import { SCHEMA, type TableName } from "../columns/schema.ts";
import type { Dataset, Table } from "../columns/table.ts";
import { TableBuilder } from "../columns/table-builder.ts";
import type { Source } from "./byte-source.ts";
import type { FormatChoice } from "./detect.ts";
import type { DuplicatePolicy } from "./extraction-state.ts";
import { emptyPayload, placedPayload } from "./payload-reader.ts";
import { type ReaderChoice, RecordLoader } from "./record-loader.ts";
import type { RecordSink } from "./record-sink.ts";
import { readRecords } from "./records.ts";
import {
  FileTally,
  type LoadReport,
  makeReport,
  type Reject,
  type RejectedRecord,
  rejectError,
  rejectedRecord,
} from "./report.ts";

/** How to load. */
export interface LoadOptions {
  /** `stop`: the first bad record is thrown; `skip`: it is counted and reported. */
  readonly onError: "stop" | "skip";
  /** Most rejected records, or their share of those read; past it E_TOO_MANY_REJECTS, when all is read. */
  readonly maxRejects?: number | { readonly percent: number };
  /** Called once a rejected record, in order; under `stop` too. */
  readonly rejects?: (record: RejectedRecord) => void;
  /** What a second record of a trace id, or span of a trace, does. */
  readonly duplicates: DuplicatePolicy;
  /** Read NaN and Infinity tokens as null, and count them. */
  readonly allowNan: boolean;
  /** Long texts by place in plain files, kept in memory, or dropped. */
  readonly payload: "place" | "keep" | "drop";
  /** Columns to build. The rows of every table are counted in any case. */
  readonly columns: Projection;
  readonly limits: Limits;
  readonly format: FormatChoice;
  /** How records are read; the result is the same. `auto` when absent. */
  readonly reader?: ReaderChoice;
  /** Remarks about the sources, for the report. */
  readonly notes?: readonly string[];
  /** E_MEMORY when the load holds more bytes than this; checked between chunks. */
  readonly memoryLimitBytes?: number;
  readonly signal?: AbortSignal;
  /** Called between chunks. `bytes`: of the raw sources; `totalBytes`: undefined when a source does not know its size. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** How far a load is. */
export interface LoadProgress {
  readonly bytes: number;
  readonly totalBytes: number | undefined;
  readonly records: number;
}

/** What a load gives. */
export interface LoadResult {
  readonly dataset: Dataset;
  readonly report: LoadReport;
}

/** Memory that reading takes whatever is read: windows, scratch, the tape of a usual record. */
const WORKING_BYTES = 8 * 2 ** 20;
const MEGABYTE = 1e6;

/** Loads all records of the sources, in order. Throws the read codes, E_MEMORY, E_ABORTED, E_TOO_MANY_REJECTS. */
export async function load(sources: readonly Source[], options: LoadOptions): Promise<LoadResult> {
  const run = new LoadRun(sources, options);
  for (let index = 0; index < sources.length; index += 1) await run.read(index);
  return run.finish();
}

class LoadRun {
  readonly #sources: readonly Source[];
  readonly #options: LoadOptions;
  readonly #tallies: FileTally[];
  readonly #loader: RecordLoader;
  readonly #totalBytes: number | undefined;
  #bytesBefore = 0;

  constructor(sources: readonly Source[], options: LoadOptions) {
    this.#sources = sources;
    this.#options = options;
    this.#tallies = sources.map((source) => new FileTally(source.info.name));
    this.#totalBytes = sources.reduce<number | undefined>(
      (sum, { info }) => (sum === undefined || info.sizeBytes === undefined ? undefined : sum + info.sizeBytes),
      0,
    );
    const { columns, limits } = options;
    const table = (name: TableName) => new TableBuilder(name, { wanted: columns[name], maxColumns: limits.columns });
    const tables = { traces: table("traces"), spans: table("spans"), assessments: table("assessments") };
    this.#loader = new RecordLoader(tables, {
      duplicates: options.duplicates,
      payload: options.payload,
      format: options.format,
      scan: { maxDepth: limits.depth, allowNan: options.allowNan },
      wantsPlaces: wantsPlaces(columns),
      reader: options.reader ?? "auto",
    });
  }

  /** Reads one source to its end. */
  async read(index: number): Promise<void> {
    const source = this.#sources[index];
    const tally = this.#tallies[index];
    if (source === undefined || tally === undefined) return;
    throwIfAborted(this.#options.signal);
    this.#checkMemory();
    const nameOf = (other: number) => this.#sources[other]?.info.name ?? "";
    const file = { index, tally, placeable: source.info.placeable };
    const sink: RecordSink = {
      stopsAtFault: this.#options.onError === "stop",
      onRecord: (slice) => {
        const outcome = this.#loader.take(slice, file, nameOf);
        if (outcome.kind === "fault") return outcome.fault;
        if (outcome.kind === "reject") this.#reject(tally, outcome.reject);
        return undefined;
      },
      onFault: (fault) => this.#reject(tally, fault),
      onChunk: (consumedBytes) => this.#betweenChunks(consumedBytes),
    };
    await readRecords(source, sink, this.#options.limits);
    this.#bytesBefore += source.consumedBytes;
  }

  #reject(tally: FileTally, reject: Reject): void {
    tally.reject(reject);
    this.#options.rejects?.(rejectedRecord(tally.file, reject));
    if (this.#options.onError === "stop") throw rejectError(tally.file, reject);
  }

  #betweenChunks(consumedBytes: number): void {
    throwIfAborted(this.#options.signal);
    this.#checkMemory();
    this.#options.onProgress?.({
      bytes: this.#bytesBefore + consumedBytes,
      totalBytes: this.#totalBytes,
      records: this.#tallies.reduce((sum, { loaded, rejected }) => sum + loaded + rejected, 0),
    });
  }

  #checkMemory(): void {
    const limit = this.#options.memoryLimitBytes;
    if (limit === undefined) return;
    const needed = this.#loader.sizeBytes + WORKING_BYTES;
    if (needed <= limit) return;
    const megabytes = (bytes: number) => formatCount(Math.ceil(bytes / MEGABYTE));
    throw new EngineError(
      "E_MEMORY",
      `loading needs at least ${megabytes(needed)} MB, the limit is ${megabytes(limit)} MB`,
      {
        stage: "read",
        hint: "Raise --memory-limit, or load fewer columns.",
      },
    );
  }

  finish(): LoadResult {
    throwIfAborted(this.#options.signal);
    this.#checkMemory();
    const { tables, records } = this.#loader.rows.finish();
    const about = Object.values(tables).flatMap((table) => this.#overflowOf(table));
    const report = makeReport(this.#tallies, { notes: this.#options.notes ?? [], about });
    this.#checkRejects(report);
    return { dataset: { ...tables, payload: this.#payload(records) }, report };
  }

  /** A warning for each family of keyed columns that passed the limit. */
  #overflowOf(table: Table): string[] {
    const most = formatCount(this.#options.limits.columns);
    return [...table.keyed.values()]
      .filter(({ overflow }) => overflow > 0)
      .map(
        ({ family, overflow }) =>
          `${table.name}: ${formatCount(overflow)} keys of ${family} are past the limit of ${most} columns ` +
          `(${LIMITS.columns.flag}): kept as text, found by filters, no columns of Arrow tables`,
      );
  }

  #checkRejects({ read, loaded, rejected }: LoadReport): void {
    const most = this.#options.maxRejects;
    if (most === undefined) return;
    const isTooMany = typeof most === "number" ? rejected > most : rejected * 100 > most.percent * read;
    if (!isTooMany) return;
    const allowed = typeof most === "number" ? formatCount(most) : `${most.percent} %`;
    const counts = `read ${read}, loaded ${loaded}, rejected ${rejected}`;
    throw new EngineError("E_TOO_MANY_REJECTS", `${counts}; allowed are ${allowed}`);
  }

  #payload(records: RecordPlaces): PayloadReader {
    switch (this.#options.payload) {
      case "place":
        return placedPayload(this.#sources, records);
      case "keep":
        return this.#loader.kept.reader(records);
      case "drop":
        return emptyPayload(records);
    }
  }
}

function placeNames(table: TableName): ReadonlySet<string> {
  return new Set(SCHEMA[table].filter(({ type }) => type === "place").map(({ name }) => name));
}

function wantsPlaces(columns: Projection): boolean {
  const tables = Object.keys(columns) as TableName[];
  return tables.some((table) => {
    const wanted = columns[table];
    return wanted === "all" ? placeNames(table).size > 0 : [...placeNames(table)].some((name) => wanted.has(name));
  });
}
