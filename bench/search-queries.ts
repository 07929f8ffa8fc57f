// What does the search bench ask? Each query once in MLflow's filter language and once as DuckDB's SQL.
// Called by search.ts, search-duckdb.ts and search-mlflow.ts. What must stay true: filters are of MLflow's own language, so
// that all three systems answer the same text; the order is total, so that pages can be compared id by id.

import { openSync, readSync } from "node:fs";

/** One question to all engines. */
export interface SearchQuery {
  readonly name: string;
  /** What it stands for. */
  readonly doc: string;
  readonly filter: string;
  /** MLflow's `order_by`; absent: newest first. */
  readonly orderBy?: readonly string[];
  /** The condition on DuckDB's table `traces`. */
  readonly where: string;
  /** DuckDB's order when `orderBy` is given. */
  readonly sqlOrder?: string;
}

/** Traces on a page. */
export const PAGE_SIZE = 100;

const DAY_MS = 86_400_000;
const RANGE_START_MS = Date.UTC(2026, 2, 4);
const NEWEST_FIRST = "timestamp_ms DESC, trace_id";
const START_BYTES = 8 << 20;

function onSpans(condition: string): string {
  return `trace_id IN (SELECT trace_id FROM spans WHERE ${condition})`;
}

function onContent(needle: string): string {
  return `trace_id IN (SELECT trace_id FROM span_content WHERE content LIKE '%${needle}%')`;
}

/** All queries; `session` is a session of the file. */
export function searchQueries(session: string): readonly SearchQuery[] {
  const [start, end] = [RANGE_START_MS, RANGE_START_MS + DAY_MS];
  return [
    { name: "status", doc: "equality of few values", filter: "status = 'ERROR'", where: "state = 'ERROR'" },
    {
      name: "tag",
      doc: "equality of a tag; DuckDB has it as a column of its own",
      filter: "tag.customer_tier = 'enterprise'",
      where: "customer_tier = 'enterprise'",
    },
    {
      name: "session",
      doc: "lookup of one session",
      filter: `metadata.\`mlflow.trace.session\` = '${session}'`,
      where: `session = '${session}'`,
    },
    {
      name: "time-range-top",
      doc: "a day's slowest 100",
      filter: `timestamp_ms >= ${start} AND timestamp_ms < ${end}`,
      orderBy: ["execution_time DESC"],
      where: `timestamp_ms >= ${start} AND timestamp_ms < ${end}`,
      sqlOrder: `execution_duration_ms DESC NULLS LAST, ${NEWEST_FIRST}`,
    },
    {
      name: "name-like",
      doc: "LIKE on few names",
      filter: "name LIKE '%search%'",
      where: "trace_name LIKE '%search%'",
    },
    {
      name: "id-like",
      doc: "LIKE on ids, all of them distinct",
      filter: "request_id LIKE '%beef%'",
      where: "trace_id LIKE '%beef%'",
    },
    {
      name: "span-name-like",
      doc: "LIKE on names of spans",
      filter: "span.name LIKE '%search%'",
      where: onSpans("name LIKE '%search%'"),
    },
    {
      name: "span-name-rlike",
      doc: "RLIKE on names of spans",
      filter: "span.name RLIKE '^(lookup|get)_[a-z]+$'",
      where: onSpans("regexp_matches(name, '^(lookup|get)_[a-z]+$')"),
    },
    {
      name: "span-semi-join",
      doc: "three conditions on one span",
      filter: "span.type = 'TOOL' AND span.status = 'ERROR' AND span.name = 'search_kb'",
      where: onSpans("type = 'TOOL' AND status = 'ERROR' AND name = 'search_kb'"),
    },
    {
      name: "feedback",
      doc: "threshold of valid feedback",
      filter: "feedback.groundedness < 0.5",
      where:
        "trace_id IN (SELECT trace_id FROM assessments WHERE type = 'feedback' AND name = 'groundedness' AND valid " +
        "AND numeric_value < 0.5)",
    },
    {
      name: "full-text-rare",
      doc: "few texts hold it",
      filter: "trace.text LIKE '%source [619]%'",
      where: onContent("source [619]"),
    },
    {
      name: "full-text-common",
      doc: "many texts hold it",
      filter: "trace.text LIKE '%answered twice%'",
      where: onContent("answered twice"),
    },
  ];
}

/** DuckDB's statement of a query. */
export function sqlOf({ where, sqlOrder = NEWEST_FIRST }: SearchQuery, limit?: number): string {
  const end = limit === undefined ? "" : ` LIMIT ${limit}`;
  return `SELECT trace_id FROM traces WHERE ${where} ORDER BY ${sqlOrder}${end}`;
}

/** The first session in an export of JSON Lines. Throws when its start has none. */
export function firstSession(path: string): string {
  const bytes = Buffer.alloc(START_BYTES);
  const length = readSync(openSync(path, "r"), bytes, 0, START_BYTES, 0);
  const session = /"mlflow\.trace\.session": "([\w-]+)"/.exec(bytes.toString("latin1", 0, length))?.[1];
  if (session === undefined) throw new Error("no session at the start of the export");
  return session;
}
