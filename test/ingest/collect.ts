// Reads a source's records with the real scanner and writes down what the sink is told. Called by the tests of ingest.

import type { LocatedFault, RecordSlice } from "../../src/ingest/record-sink.ts";
import { readRecords } from "../../src/ingest/records.ts";
import { memorySource, type Source } from "../../src/ingest/sources.ts";
import { tryScanDocument } from "../../src/json/scan.ts";
import { Tape } from "../../src/json/tape.ts";

/** Scanning ends before anything waits, so that one tape serves all who collect. */
const tape = new Tape();

/** A record that was accepted, with its text. */
export type SeenRecord = Omit<RecordSlice, "bytes" | "start" | "end"> & { readonly text: string };

/** What the sink was told, in order. */
export type Seen =
  | { readonly record: SeenRecord }
  | { readonly fault: Omit<LocatedFault, "excerpt"> & { excerpt: string } };

/** How to read. */
export interface CollectOptions {
  readonly chunkBytes?: number;
  readonly record?: number;
  readonly depth?: number;
  readonly allowNan?: boolean;
  readonly stopsAtFault?: boolean;
  /** See ReadingOptions; 0: the fast search from the first byte. */
  readonly slowBytes?: number;
}

/** Everything that the sink is told about a source, or about bytes in memory. */
export async function collect(input: Source | Uint8Array | string, options: CollectOptions = {}): Promise<Seen[]> {
  const { record = 256 * 2 ** 20, depth = 1000, allowNan = false, chunkBytes = 2 ** 20 } = options;
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  const source = bytes instanceof Uint8Array ? memorySource("memory", bytes, { chunkBytes }) : bytes;
  const seen: Seen[] = [];
  await readRecords(
    source,
    {
      ...(options.stopsAtFault === undefined ? {} : { stopsAtFault: options.stopsAtFault }),
      onRecord({ bytes, start, end, ...place }) {
        const fault = tryScanDocument(bytes, { start, end }, { maxDepth: depth, allowNan }, tape);
        if (fault === undefined)
          seen.push({ record: { ...place, text: Buffer.from(bytes.subarray(start, end)).toString() } });
        return fault;
      },
      onFault(fault) {
        seen.push({ fault: { ...fault, excerpt: Buffer.from(fault.excerpt).toString("latin1") } });
        if (options.stopsAtFault) throw new Error("stopped");
      },
    },
    { record, depth, slowBytes: options.slowBytes ?? Number.POSITIVE_INFINITY },
  );
  return seen;
}

/** The texts of the records. */
export function recordsOf(seen: readonly Seen[]): string[] {
  return seen.flatMap((entry) => ("record" in entry ? [entry.record.text] : []));
}

/** The faults. */
export function faultsOf(seen: readonly Seen[]) {
  return seen.flatMap((entry) => ("fault" in entry ? [entry.fault] : []));
}

/** One line an event, short enough to write into a test: `lines 1@0 {"a":1}` or `E_JSON_SYNTAX 2 [8,14) @13`. */
export function outline(seen: readonly Seen[]): string[] {
  return seen.map((entry) => {
    if ("record" in entry)
      return `${entry.record.framing} ${entry.record.line}@${entry.record.offset} ${entry.record.text}`;
    const { code, line, start, end, byte, byteLine, unreadBytes } = entry.fault;
    const unread = unreadBytes === undefined ? "" : ` unread ${unreadBytes}`;
    return `${code} ${line} [${start},${end}) @${byteLine}:${byte}${unread}`;
  });
}
