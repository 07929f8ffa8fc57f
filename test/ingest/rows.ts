// Loads texts and files for tests, and shows tables as rows of plain values. Called by the tests of this folder.
// A null is left out of its row; a place is shown as the text of its bytes in the record.

import { expect } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { resolveLimits } from "../../src/base/limits.ts";
import { ALL_COLUMNS, type Projection } from "../../src/columns/projection.ts";
import type { TableName } from "../../src/columns/schema.ts";
import type { Dataset, Table } from "../../src/columns/table.ts";
import type { Source } from "../../src/ingest/byte-source.ts";
import { type LoadOptions, type LoadResult, load } from "../../src/ingest/load.ts";
import type { RejectedRecord } from "../../src/ingest/report.ts";
import { expandSources, memoryInput } from "../../src/ingest/sources.ts";
import { type Cell, readColumn } from "../columns/read-column.ts";
import { runs } from "../support/runs.ts";
import { datasetDifference } from "./same-datasets.ts";

/** Larger inputs are loaded by the fast reader alone: comparing would take longer than the test. */
export const MOST_COMPARED_BYTES = 4 * 2 ** 20;

/** A row: column name to value; keyed columns as `family.key`. */
export type Row = Readonly<Record<string, Cell>>;

/** Options of a load, with the engine's defaults: stop, last, place, all columns. */
export function loadOptions(options: Partial<LoadOptions> = {}): LoadOptions {
  return {
    onError: "stop",
    duplicates: "last",
    allowNan: false,
    payload: "keep",
    columns: ALL_COLUMNS,
    limits: resolveLimits(),
    format: "auto",
    ...options,
  };
}

/** Loads texts or bytes, each as a file named m0, m1, …; payload is kept in memory unless `options` says otherwise. */
export async function loadTexts(
  texts: readonly (string | Uint8Array)[],
  options: Partial<LoadOptions> = {},
): Promise<LoadResult> {
  const inputs = texts.map((text, i) => memoryInput(`m${i}`, typeof text === "string" ? Buffer.from(text) : text));
  const { sources } = await expandSources(inputs);
  await sometimesSameReaders(sources, loadOptions(options));
  return load(sources, loadOptions(options));
}

/** Loads of `npm test` that are compared: one of so many, for a walker takes longer to start than a small load; of verify all. */
const COMPARED_EVERY = runs(1) > 1 ? 1 : 8;
let loads = 0;

/** As expectSameReaders, for the loads of other tests. */
async function sometimesSameReaders(sources: readonly Source[], options: LoadOptions): Promise<void> {
  loads += 1;
  if (loads % COMPARED_EVERY === 0) await expectSameReaders(sources, options);
}

/** Fails unless the interpreter and the fast reader give the same datasets and the same report, or the same error. */
export async function expectSameReaders(sources: readonly Source[], options: LoadOptions): Promise<void> {
  const size = sources.reduce((sum, { info }) => sum + (info.sizeBytes ?? 0), 0);
  // What a load holds when it passes a limit of memory depends on how it reads.
  if (size > MOST_COMPARED_BYTES || options.memoryLimitBytes !== undefined) return;
  const { signal: _signal, onProgress: _onProgress, ...quiet } = options;
  const fast = await resultOf(sources, { ...quiet, reader: "walker" });
  const reference = await resultOf(sources, { ...quiet, reader: "interpreter" });
  expect(fast.said).toEqual(reference.said);
  if (fast.dataset === undefined || reference.dataset === undefined) return;
  expect(datasetDifference(fast.dataset, reference.dataset)).toBe(undefined);
}

/** The dataset of a load, if it has one, and everything that it said: report, rejects, error. */
export async function resultOf(sources: readonly Source[], options: LoadOptions) {
  const rejects: RejectedRecord[] = [];
  try {
    const { dataset, report } = await load(sources, { ...options, rejects: (record) => rejects.push(record) });
    return { dataset, said: { report, rejects } };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { dataset: undefined, said: { code: error.code, message: error.message, at: error.at, rejects } };
  }
}

/** Loads records, each a value that is written as JSON, one a line. */
export function loadRecords(records: readonly unknown[], options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  return loadTexts([records.map((record) => JSON.stringify(record)).join("\n")], options);
}

/** Loads files by path. */
export async function loadFiles(paths: readonly string[], options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  const { sources, notes } = await expandSources(paths);
  await sometimesSameReaders(sources, loadOptions({ notes, ...options }));
  return load(sources, loadOptions({ notes, ...options }));
}

/** The rows of a table. */
export function rowsOf(dataset: Dataset, name: TableName): Row[] {
  const table: Table = dataset[name];
  const rows: Record<string, Cell>[] = Array.from(
    { length: table.rows },
    () => Object.create(null) as Record<string, Cell>,
  );
  const traceRows = table.columns.get("trace_row");
  const owners = traceRows === undefined ? undefined : readColumn(traceRows);
  for (const [column, values] of table.columns) {
    readColumn(values).forEach((cell, row) => {
      if (cell === undefined) return;
      const at = rows[row];
      if (at !== undefined)
        at[column] = Array.isArray(cell) ? placeText(dataset, Number(owners?.[row] ?? row), cell) : cell;
    });
  }
  for (const [family, keyed] of table.keyed) {
    for (const key of keyed.keys) {
      const column = keyed.column(key);
      if (column === undefined) continue;
      readColumn(column).forEach((cell, row) => {
        const at = rows[row];
        if (cell !== undefined && at !== undefined) at[`${family}.${key}`] = cell;
      });
    }
  }
  return rows.map((row) => ({ ...row }));
}

function placeText(dataset: Dataset, traceRow: number, place: readonly (number | string)[]): string {
  const bytes = dataset.payload.recordBytes(traceRow);
  return Buffer.from(bytes?.subarray(Number(place[0]), Number(place[1])) ?? []).toString();
}

/** All rows of all tables. */
export function allRows(dataset: Dataset): { readonly [table in TableName]: Row[] } {
  return {
    traces: rowsOf(dataset, "traces"),
    spans: rowsOf(dataset, "spans"),
    assessments: rowsOf(dataset, "assessments"),
  };
}

/** A projection of names by table. */
export function wanted(names: Partial<Record<TableName, readonly string[]>>): Projection {
  return {
    traces: new Set(names.traces ?? []),
    spans: new Set(names.spans ?? []),
    assessments: new Set(names.assessments ?? []),
  };
}

/** A minimal V3 trace with these parts. */
export function trace(parts: {
  readonly id?: string;
  readonly info?: Readonly<Record<string, unknown>>;
  readonly spans?: readonly unknown[];
}): Record<string, unknown> {
  const info = { trace_id: parts.id ?? "tr-1", request_time: "2026-01-01T00:00:00Z", state: "OK", ...parts.info };
  return { info, data: { spans: parts.spans ?? [] } };
}

/** A minimal span with these parts. */
export function span(id: string, parts: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    span_id: id,
    parent_span_id: null,
    name: "s",
    start_time_unix_nano: 1_767_225_600_000_000_000,
    end_time_unix_nano: 1_767_225_600_005_000_000,
    status: { code: "STATUS_CODE_OK" },
    attributes: {},
    ...parts,
  };
}
