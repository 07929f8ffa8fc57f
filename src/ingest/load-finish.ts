// What every way of loading ends with and watches on the way: the report, the limits on rejects and memory, the payload.
// Called by sequential-load.ts and parallel-load.ts.

import { EngineError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { formatCount } from "../base/units.ts";
import type { PayloadReader, RecordPlaces } from "../columns/payload.ts";
import type { Table } from "../columns/table.ts";
import type { Source } from "./byte-source.ts";
import type { LoadOptions, LoadResult } from "./load-options.ts";
import { emptyPayload, type KeptRecords, placedPayload } from "./payload-reader.ts";
import { type FileTally, type LoadReport, makeReport } from "./report.ts";
import type { FinishedTables } from "./trace-rows.ts";

const MEGABYTE = 1e6;

/** What was loaded, when all is read. */
export interface Loaded extends FinishedTables {
  readonly tallies: readonly FileTally[];
  readonly kept: KeptRecords;
}

/** The result of a load. Throws E_TOO_MANY_REJECTS. */
export function loadResult(loaded: Loaded, sources: readonly Source[], options: LoadOptions): LoadResult {
  const { tables, records, tallies } = loaded;
  const about = Object.values(tables).flatMap((table) => overflowOf(table, options));
  const report = makeReport(tallies, { notes: options.notes ?? [], about });
  checkRejects(report, options);
  return { dataset: { ...tables, payload: payloadOf({ records, kept: loaded.kept }, sources, options) }, report };
}

/** The bytes of all raw sources, or undefined when one does not know its size. */
export function totalBytesOf(sources: readonly Source[]): number | undefined {
  return sources.reduce<number | undefined>(
    (sum, { info }) => (sum === undefined || info.sizeBytes === undefined ? undefined : sum + info.sizeBytes),
    0,
  );
}

/** What a process takes more while it loads a chunk, at most and with room to spare. */
const GROWTH_BYTES = 16 * 2 ** 20;
/** Chunks without a look at what the process holds, at most: a look costs some microseconds, and the limit may be far. */
const MOST_LEFT_OUT = 128;

/** Watches what a load holds and, where the limit is the process's, what that holds. */
export class MemoryWatch {
  readonly #options: LoadOptions;
  readonly #heldBytes: () => number;
  /** Looks to leave out. */
  #leftOut = 0;

  /** `heldBytes`: of the load; it is asked only where there is a limit, as adding it up takes a while. */
  constructor(options: LoadOptions, heldBytes: () => number) {
    this.#options = options;
    this.#heldBytes = heldBytes;
  }

  /** Before a source, before a chunk of it, and when all is read. Throws E_MEMORY past the limit. */
  check(): void {
    const { memoryLimitBytes: limit } = this.#options;
    if (limit === undefined) return;
    const neededBytes = Math.max(this.#heldBytes(), this.#look(limit));
    if (neededBytes > limit) throw memoryError(neededBytes, limit);
  }

  /** What the process holds; 0 where it cannot have come near the limit since the last look. */
  #look(limit: number): number {
    const { memoryInUse } = this.#options;
    this.#leftOut -= 1;
    if (memoryInUse === undefined || this.#leftOut >= 0) return 0;
    const bytes = memoryInUse();
    this.#leftOut = Math.min(MOST_LEFT_OUT, Math.floor((limit - bytes) / GROWTH_BYTES));
    return bytes;
  }
}

function memoryError(neededBytes: number, limit: number): EngineError {
  const megabytes = (bytes: number) => formatCount(Math.ceil(bytes / MEGABYTE));
  return new EngineError(
    "E_MEMORY",
    `loading needs at least ${megabytes(neededBytes)} MB, the limit is ${megabytes(limit)} MB`,
    {
      stage: "read",
      hint: "Raise --memory-limit, or load fewer columns.",
    },
  );
}

/** A warning for each family of keyed columns that passed the limit. */
function overflowOf(table: Table, { limits }: LoadOptions): string[] {
  const most = formatCount(limits.columns);
  return [...table.keyed.values()]
    .filter(({ overflow }) => overflow > 0)
    .map(
      ({ family, overflow }) =>
        `${table.name}: ${formatCount(overflow)} keys of ${family} are past the limit of ${most} columns ` +
        `(${LIMITS.columns.flag}): kept as text, found by filters, no columns of Arrow tables`,
    );
}

function checkRejects({ read, loaded, rejected }: LoadReport, { maxRejects: most }: LoadOptions): void {
  if (most === undefined) return;
  const isTooMany = typeof most === "number" ? rejected > most : rejected * 100 > most.percent * read;
  if (!isTooMany) return;
  const allowed = typeof most === "number" ? formatCount(most) : `${most.percent} %`;
  const counts = `read ${read}, loaded ${loaded}, rejected ${rejected}`;
  throw new EngineError("E_TOO_MANY_REJECTS", `${counts}; allowed are ${allowed}`);
}

function payloadOf(
  { records, kept }: { readonly records: RecordPlaces; readonly kept: KeptRecords },
  sources: readonly Source[],
  { payload }: LoadOptions,
): PayloadReader {
  switch (payload) {
    case "place":
      return placedPayload(sources, records);
    case "keep":
      return kept.reader(records);
    case "drop":
      return emptyPayload(records);
  }
}
