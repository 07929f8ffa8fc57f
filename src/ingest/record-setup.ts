// The record loader of a load, or of one part of it, from the load's options.
// Called by load.ts and by part-loader.ts in worker threads. What must stay true: the setup is plain data, so that every
// thread makes the same loader of it.

import type { Limits } from "../base/limits.ts";
import type { Projection } from "../columns/projection.ts";
import { SCHEMA, type TableName } from "../columns/schema.ts";
import { TableBuilder } from "../columns/table-builder.ts";
import type { FormatChoice } from "./detect.ts";
import type { DuplicatePolicy } from "./extraction-state.ts";
import { type ReaderChoice, RecordLoader, WALKER_FROM_BYTES } from "./record-loader.ts";

/** The tables that records go to. */
export type TableBuilders = { readonly [table in TableName]: TableBuilder };

/** What taking records depends on. */
export interface RecordSetup {
  readonly columns: Projection;
  readonly limits: Limits;
  readonly duplicates: DuplicatePolicy;
  readonly payload: "place" | "keep" | "drop";
  readonly format: FormatChoice;
  readonly allowNan: boolean;
  /** How records are read; the result is the same. `auto` when absent. */
  readonly reader?: ReaderChoice;
}

/** The part of a load's options that is a setup. */
export function recordSetup(options: RecordSetup): RecordSetup {
  const { columns, limits, duplicates, payload, format, allowNan, reader = "auto" } = options;
  return { columns, limits, duplicates, payload, format, allowNan, reader };
}

/** What is known to be large is walked from its first record on: the interpreter would only warm up for nothing. */
export function walked<S extends Pick<RecordSetup, "reader">>(setup: S, totalBytes: number | undefined): S {
  const isLarge = totalBytes !== undefined && totalBytes >= WALKER_FROM_BYTES;
  return isLarge && (setup.reader ?? "auto") === "auto" ? { ...setup, reader: "walker" } : setup;
}

/** A loader and its tables. `isPart`: duplicates are settled when the parts are merged. */
export function makeRecordLoader(
  setup: RecordSetup,
  isPart: boolean,
): { readonly loader: RecordLoader; readonly tables: TableBuilders } {
  const { columns, limits } = setup;
  const table = (name: TableName) => new TableBuilder(name, { wanted: columns[name], maxColumns: limits.columns });
  const tables = { traces: table("traces"), spans: table("spans"), assessments: table("assessments") };
  const loader = new RecordLoader(tables, {
    duplicates: setup.duplicates,
    defersDuplicates: isPart,
    payload: setup.payload,
    format: setup.format,
    scan: { maxDepth: limits.depth, allowNan: setup.allowNan },
    wantsPlaces: wantsPlaces(columns),
    reader: setup.reader ?? "auto",
    longest: limits.record,
  });
  return { loader, tables };
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
