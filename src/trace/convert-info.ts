// The info of a trace in MLflow's V3 form, from a record of any generation.
// Called by from-record.ts. What must stay true: an info that is V3 already is written as it stands; values that are only
// renamed keep their bytes; what had another unit or spelling comes from the columns, which hold it in one.

import { formatTime } from "../base/units.ts";
import type { Table } from "../columns/table.ts";
import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { decodeText } from "../json/text.ts";
import type { ByteSink } from "./byte-sink.ts";
import { writeLine } from "./layout.ts";
import { isText, Members } from "./members.ts";
import { integerAt, numberAt, textAt } from "./row-access.ts";

/** Members that V3 does not have: their presence means another generation. */
const OLDER = [
  "request_id",
  "timestamp_ms",
  "status",
  "execution_time_ms",
  "execution_duration",
  "request_metadata",
  "experiment_id",
  "request",
  "response",
];

/** Members of V3. */
const V3: ReadonlySet<string> = new Set([
  "trace_id",
  "client_request_id",
  "trace_location",
  "request_preview",
  "response_preview",
  "request_time",
  "state",
  "trace_metadata",
  "tags",
  "assessments",
  "execution_duration_ms",
]);

function isV3Info({ cursor, node, restIsMetadata }: InfoSource): boolean {
  const tags = cursor.find(node, "tags");
  if (tags >= 0 && cursor.kind(tags) === NodeKind.array) return false;
  if (OLDER.some((key) => cursor.find(node, key) >= 0)) return false;
  return !restIsMetadata || restOf(cursor, node).length === 0;
}

/** Keys of members that neither V3 nor an older form has. */
function restOf(cursor: Cursor, node: number): readonly number[] {
  const keys: number[] = [];
  for (let key = node + 1; key < cursor.next(node); key = cursor.next(key + 1)) {
    const name = cursor.text(key);
    if (!V3.has(name) && !OLDER.includes(name)) keys.push(key);
  }
  return keys;
}

/** An info object of the record, and the columns of its trace. */
export interface InfoSource {
  readonly cursor: Cursor;
  readonly node: number;
  readonly traces: Table;
  readonly row: number;
  /** In an info that stands alone, members that no form knows are metadata. */
  readonly restIsMetadata: boolean;
  /** Writes a member of the record's text, where the info itself has none. */
  readonly preview: (name: "request_preview" | "response_preview", members: Members) => void;
}

/** Appends the info in V3 form. */
export function writeInfo(source: InfoSource, sink: ByteSink): void {
  const { cursor, node, traces, row } = source;
  if (isV3Info(source)) {
    writeLine(cursor, node, sink);
    return;
  }
  const members = new Members(cursor, node, sink);
  members.copy("trace_id", members.take("trace_id", "request_id"));
  members.copy("client_request_id", members.take("client_request_id"));
  const location = members.take("trace_location");
  const experiment = members.take("experiment_id");
  if (location >= 0) members.copy("trace_location", location);
  else if (experiment >= 0) members.json("trace_location", locationJson(textAt(traces, "experiment_id", row)));
  copyPreview(source, members, "request");
  copyPreview(source, members, "response");
  const time = members.take("request_time", "timestamp_ms");
  if (time >= 0 && isText(cursor, time)) members.copy("request_time", time);
  else members.json("request_time", timeJson(numberAt(traces, "timestamp_ms", row)));
  members.take("state", "status");
  members.json("state", JSON.stringify(textAt(traces, "state", row) ?? "STATE_UNSPECIFIED"));
  const rest = source.restIsMetadata ? restOf(cursor, node) : [];
  members.take(...rest.map((key) => cursor.text(key)));
  copyMap("trace_metadata", members.take("trace_metadata", "request_metadata"), { cursor, members, sink, rest });
  copyMap("tags", members.take("tags"), { cursor, members, sink, rest: [] });
  members.copy("assessments", members.take("assessments"));
  members.take("execution_duration_ms", "execution_duration", "execution_time_ms");
  members.json("execution_duration_ms", durationJson(integerAt(traces, "execution_duration_ms", row)));
  members.close();
}

function copyPreview(source: InfoSource, members: Members, name: "request" | "response"): void {
  const key = `${name}_preview` as const;
  const own = members.take(key, name);
  if (own >= 0) members.copy(key, own);
  else source.preview(key, members);
}

interface MapTarget {
  readonly cursor: Cursor;
  readonly members: Members;
  readonly sink: ByteSink;
  /** Keys of further members. */
  readonly rest: readonly number[];
}

/** A map, which MLflow's REST API of V2 writes as a list of `{"key": …, "value": …}`. */
function copyMap(name: string, node: number, { cursor, members, sink, rest }: MapTarget): void {
  const isList = node >= 0 && cursor.kind(node) === NodeKind.array;
  if (!isList && rest.length === 0) {
    members.copy(name, node);
    return;
  }
  members.key(name);
  sink.text("{");
  const pairs = [
    ...(isList ? listedPairs(cursor, node) : ownPairs(cursor, node)),
    ...rest.map((key) => [key, key + 1]),
  ];
  for (const [at, [key = 0, value = 0]] of pairs.entries()) {
    if (at > 0) sink.text(", ");
    writeLine(cursor, key, sink);
    sink.text(": ");
    if (isText(cursor, value)) writeLine(cursor, value, sink);
    else sink.quoted(decodeText(cursor.bytes, cursor.start(value), cursor.end(value)));
  }
  sink.text("}");
}

function listedPairs(cursor: Cursor, list: number): readonly (readonly number[])[] {
  const pairs: number[][] = [];
  for (let item = list + 1; item < cursor.next(list); item = cursor.next(item)) {
    const key = cursor.find(item, "key");
    const value = cursor.find(item, "value");
    if (key >= 0 && value >= 0 && isText(cursor, key)) pairs.push([key, value]);
  }
  return pairs;
}

function ownPairs(cursor: Cursor, map: number): readonly (readonly number[])[] {
  const pairs: number[][] = [];
  const end = map >= 0 && cursor.kind(map) === NodeKind.object ? cursor.next(map) : 0;
  for (let key = map + 1; key < end; key = cursor.next(key + 1)) pairs.push([key, key + 1]);
  return pairs;
}

/** JSON of an MLflow experiment as a location; undefined without one. */
export function locationJson(experimentId: string | undefined): string | undefined {
  if (experimentId === undefined) return undefined;
  return `{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": ${JSON.stringify(experimentId)}}}`;
}

/** JSON of an instant as MLflow writes it: a whole second has no fraction. */
export function timeJson(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : JSON.stringify(formatTime(ms).replace(".000Z", "Z"));
}

/** JSON of a duration in whole ms. */
export function durationJson(ms: number | bigint | undefined): string | undefined {
  return ms === undefined ? undefined : String(ms);
}
