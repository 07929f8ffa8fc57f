// One trace as a readonly object over its JSON: info, spans, tree, assessments, dictionary.
// Made by engine.ts from the bytes of from-record.ts. What must stay true: nothing is parsed before it is asked for, and
// each part once; integers beyond 2^53 are bigint, times of spans exact.

import { invariant } from "../base/assert.ts";
import { Cursor } from "../json/cursor.ts";
import { parseEpochNs } from "../json/scalars.ts";
import { tryScanDocument } from "../json/scan.ts";
import { Tape } from "../json/tape.ts";
import { ByteSink } from "./byte-sink.ts";
import { spanIdHex } from "./ids.ts";
import {
  isItems,
  isLeaf,
  isMembers,
  type JsonNode,
  type PlainJson,
  type PlainObject,
  plainOf,
  readNode,
} from "./json-value.ts";
import { writePage } from "./layout.ts";
import { type SpanTree, treeOf, walkTree } from "./tree.ts";

/** A span of a trace. */
export interface TraceSpan {
  /** Lower hexadecimal digits; a malformed id as it stands. */
  readonly spanId: string;
  /** Null at a root. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly type: string | null;
  /** OK, ERROR or UNSET. */
  readonly status: string;
  readonly statusMessage: string;
  /** Ns since 1970 UTC. */
  readonly startNs: bigint | null;
  /** Null while open. */
  readonly endNs: bigint | null;
  /** Attributes, those that are JSON text decoded. */
  readonly attributes: PlainObject;
  readonly inputs: PlainJson | undefined;
  readonly outputs: PlainJson | undefined;
  readonly events: readonly PlainJson[];
}

/** A trace. */
export interface Trace {
  /** In the one spelling of the columns; `info` has it as the record does. */
  readonly traceId: string;
  /** The info in MLflow's V3 form. */
  readonly info: PlainObject;
  /** In the order of the record. */
  readonly spans: readonly TraceSpan[];
  /** The first root, or undefined without spans. */
  readonly root: TraceSpan | undefined;
  /** Spans without a parent in this trace; of spans in a cycle, the first. */
  readonly roots: readonly TraceSpan[];
  /** Children of a span, in the order of the record. */
  children(spanId: string): readonly TraceSpan[];
  /** Every span once, from the roots down, with its depth. */
  walk(): Iterable<{ readonly span: TraceSpan; readonly depth: number; readonly follows: readonly boolean[] }>;
  readonly assessments: readonly PlainObject[];
  /** False when payload could not be read again, and the trace was rebuilt from its columns. */
  readonly isWhole: boolean;
  /** MLflow's `Trace.to_dict()`. */
  toDict(): PlainObject;
  /** The JSON of `toDict()`, with the bytes of the record: on one line, or indented. */
  toJson(layout?: { readonly indent: string; readonly depth?: number }): string;
  /** The JSON on one line, as UTF-8. Not to be written to. */
  jsonBytes(): Uint8Array;
  /** The values as they were written; see json-value.ts. */
  node(): JsonNode;
}

/** A trace over its V3 JSON, which it keeps. */
export function traceOf(
  bytes: Uint8Array,
  { traceId, isWhole }: { readonly traceId: string; readonly isWhole: boolean },
): Trace {
  const node = once(() => {
    const { cursor } = scan(bytes);
    return readNode(cursor, 0);
  });
  const member = (key: "info" | "data") => {
    const root = node();
    return isMembers(root) ? root.get(key) : undefined;
  };
  const info = once(() => plainMembers(member("info")));
  const spans = once(() => {
    const data = member("data");
    const list = isMembers(data) ? data.get("spans") : undefined;
    return isItems(list) ? list.filter(isMembers).map(spanOf) : [];
  });
  const tree: () => SpanTree<TraceSpan> = once(() => treeOf(spans()));
  return {
    traceId,
    isWhole,
    get info() {
      return info();
    },
    get spans() {
      return spans();
    },
    get root() {
      return tree().roots[0];
    },
    get roots() {
      return tree().roots;
    },
    children: (spanId) => tree().children(spanId),
    walk: () => walkTree(tree()),
    get assessments() {
      const list = info()["assessments"];
      return Array.isArray(list) ? list.filter(isPlainObject) : [];
    },
    toDict: () => plainMembers(node()),
    toJson: (layout) =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(layout === undefined ? bytes : pageOf(bytes, layout)),
    jsonBytes: () => bytes,
    node,
  };
}

/** The JSON of a trace as an indented page; `depth`: levels that the page itself stands in. */
export function pageOf(bytes: Uint8Array, layout: { readonly indent: string; readonly depth?: number }): Uint8Array {
  const { cursor } = scan(bytes);
  const sink = new ByteSink();
  writePage(cursor, 0, { sink, page: { indent: layout.indent, depth: layout.depth ?? 0 } });
  return sink.view();
}

function scan(bytes: Uint8Array): { readonly cursor: Cursor } {
  const tape = new Tape();
  const options = { maxDepth: Number.MAX_SAFE_INTEGER, allowNan: true };
  const fault = tryScanDocument(bytes, { start: 0, end: bytes.length }, options, tape);
  invariant(fault === undefined, "a trace is written as JSON");
  return { cursor: new Cursor(bytes, tape) };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function plainMembers(node: JsonNode | undefined): PlainObject {
  const plain = node === undefined ? null : plainOf(node);
  return isPlainObject(plain) ? plain : {};
}

function isPlainObject(value: PlainJson | undefined): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: PlainJson | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function spanOf(members: ReadonlyMap<string, JsonNode>): TraceSpan {
  const value = (key: string): PlainJson | undefined => {
    const node = members.get(key);
    return node === undefined ? undefined : plainOf(node);
  };
  const parent = textOf(value("parent_span_id")) ?? "";
  const status = value("status");
  const code = isPlainObject(status) ? textOf(status["code"]) : textOf(status);
  const attributes = decodedAttributes(members.get("attributes"));
  const events = value("events");
  return {
    spanId: spanIdHex(textOf(value("span_id")) ?? ""),
    parentSpanId: parent === "" ? null : spanIdHex(parent),
    name: textOf(value("name")) ?? "",
    type: textOf(attributes["mlflow.spanType"]) ?? null,
    status: (code ?? "UNSET").replace("STATUS_CODE_", ""),
    statusMessage: (isPlainObject(status) ? textOf(status["message"]) : undefined) ?? "",
    startNs: nsOf(members.get("start_time_unix_nano")),
    endNs: nsOf(members.get("end_time_unix_nano")),
    attributes,
    inputs: attributes["mlflow.spanInputs"],
    outputs: attributes["mlflow.spanOutputs"],
    events: Array.isArray(events) ? events : [],
  };
}

function nsOf(node: JsonNode | undefined): bigint | null {
  if (node === undefined || !isLeaf(node) || node.value === null || typeof node.value === "boolean") return null;
  const bytes = new TextEncoder().encode(String(node.value));
  return parseEpochNs(bytes, 0, bytes.length) ?? null;
}

/** MLflow writes attributes as JSON text; what is no JSON stays a text. */
function decodedAttributes(node: JsonNode | undefined): PlainObject {
  const decoded: Record<string, PlainJson> = Object.create(null);
  if (!isMembers(node)) return decoded;
  for (const [key, member] of node) decoded[key] = isLeaf(member) ? decodedValue(member.value) : plainOf(member);
  return decoded;
}

function decodedValue(value: PlainJson): PlainJson {
  if (typeof value !== "string") return value;
  const bytes = new TextEncoder().encode(value);
  const tape = new Tape();
  const fault = tryScanDocument(bytes, { start: 0, end: bytes.length }, { maxDepth: 1_000, allowNan: true }, tape);
  return fault === undefined ? plainOf(readNode(new Cursor(bytes, tape), 0)) : value;
}
