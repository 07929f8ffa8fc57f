// The tables of a load out of the parts that its threads loaded.
// Called by parallel-load.ts when all is read; the threads merge columns. What must stay true: the result is that of one thread: rows in the order of
// the input, without those that a later record of their id, or span of their record, replaces.

import type { MergeRunner } from "../columns/merge-jobs.ts";
import { mergeTables } from "../columns/merge-tables.ts";
import type { RecordPlaces } from "../columns/payload.ts";
import { newRowsOf, type RowRun } from "../columns/row-runs.ts";
import type { TableName } from "../columns/schema.ts";
import type { LoadedPart } from "./part-loader.ts";
import { KeptRecords } from "./payload-reader.ts";
import type { SettledRows } from "./settled-rows.ts";
import type { FinishedTables } from "./trace-rows.ts";

/** How to merge. */
export interface PartsMerge {
  readonly maxColumns: number;
  readonly run: MergeRunner;
}

/** Merges the parts, which are taken apart. Of a thread that was given nothing there is none. Throws E_MEMORY, E_WORKER. */
export async function mergeParts(
  given: readonly (LoadedPart | undefined)[],
  settled: SettledRows,
  { maxColumns, run }: PartsMerge,
): Promise<FinishedTables & { readonly kept: KeptRecords }> {
  const parts = given.filter((part) => part !== undefined);
  const places = given.map((part) => (part === undefined ? -1 : parts.indexOf(part)));
  const seen = settled.runs.map((run) => ({ ...run, part: places[run.part]! }));
  const kept = withoutReplaced(seen, settled.replaced);
  const traceRows = newRowsOf(
    kept,
    parts.map(({ rows }) => rows.starts.length),
  );
  const table = (name: TableName) => parts.map(({ tables }) => tables[name]);
  const children = (name: "spanEnds" | "assessmentEnds") => {
    const ends = parts.map(({ rows }) => rows[name]);
    const all = childRuns(seen, ends);
    return { all, ofKept: kept === seen ? all : childRuns(kept, ends) };
  };
  const spans = children("spanEnds");
  const assessments = children("assessmentEnds");
  const keptSpans = withoutSpans(spans.ofKept, parts);
  const records = new KeptRecords();
  const shifts = parts.map((part) => records.adopt(part.kept));
  const merged = await Promise.all([
    mergeTables(table("traces"), { seen, kept, maxColumns }, run),
    mergeTables(table("spans"), { seen: spans.all, kept: keptSpans, traceRows, maxColumns }, run),
    mergeTables(table("assessments"), { seen: assessments.all, kept: assessments.ofKept, traceRows, maxColumns }, run),
  ]);
  return {
    tables: { traces: merged[0], spans: merged[1], assessments: merged[2] },
    records: placesOf(kept, parts, shifts),
    kept: records,
  };
}

/** Runs without some of their rows. `replaced`: places among all rows of the runs. The same array when there are none. */
function withoutReplaced(runs: readonly RowRun[], replaced: Int32Array): readonly RowRun[] {
  if (replaced.length === 0) return runs;
  const gone = replaced.slice().sort();
  const kept: RowRun[] = [];
  let next = 0;
  let before = 0;
  for (const { part, start, end } of runs) {
    let from = start;
    for (; next < gone.length && gone[next]! < before + (end - start); next += 1) {
      const row = start + (gone[next]! - before);
      if (row > from) kept.push({ part, start: from, end: row });
      from = row + 1;
    }
    if (end > from) kept.push({ part, start: from, end });
    before += end - start;
  }
  return kept;
}

/** The rows of spans or assessments of runs of traces. `ends`: by part and trace row, the row behind its last. */
function childRuns(runs: readonly RowRun[], ends: readonly Int32Array[]): readonly RowRun[] {
  return runs.flatMap(({ part, start, end }) => {
    const rows = ends[part]!;
    const run = { part, start: start === 0 ? 0 : rows[start - 1]!, end: rows[end - 1]! };
    return run.end > run.start ? [run] : [];
  });
}

/** Runs of spans without those that a later span of their record replaces. The same array when there are none. */
function withoutSpans(runs: readonly RowRun[], parts: readonly LoadedPart[]): readonly RowRun[] {
  if (parts.every(({ rows }) => rows.replacedSpans.length === 0)) return runs;
  const gone = parts.map(({ rows }) => rows.replacedSpans.slice().sort());
  const next = parts.map(() => 0);
  const kept: RowRun[] = [];
  for (const { part, start, end } of runs) {
    const rows = gone[part]!;
    let from = start;
    let at = next[part]!;
    for (; at < rows.length && rows[at]! < end; at += 1) {
      const row = rows[at]!;
      if (row < from) continue;
      if (row > from) kept.push({ part, start: from, end: row });
      from = row + 1;
    }
    next[part] = at;
    if (end > from) kept.push({ part, start: from, end });
  }
  return kept;
}

/** Places of the records of the kept rows. `shifts`: by part, what is added to places in kept bytes. */
function placesOf(runs: readonly RowRun[], parts: readonly LoadedPart[], shifts: readonly number[]): RecordPlaces {
  const count = runs.reduce((sum, { start, end }) => sum + (end - start), 0);
  const sources = new Int32Array(count);
  const starts = new Float64Array(count);
  const lengths = new Uint32Array(count);
  let to = 0;
  for (const { part, start, end } of runs) {
    const { rows } = parts[part]!;
    sources.set(rows.sources.subarray(start, end), to);
    starts.set(rows.starts.subarray(start, end), to);
    lengths.set(rows.lengths.subarray(start, end), to);
    const shift = shifts[part]!;
    const last = to + (end - start);
    for (; to < last; to += 1) starts[to]! += shift;
  }
  return { sources, starts, lengths };
}
