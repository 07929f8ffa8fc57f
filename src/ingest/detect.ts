// A record -> the program that reads it, by the keys of its outermost object.
// Called by record-loader.ts for every record: one file may hold several formats. What must stay true: signatures are tried
// in the order of the list, the more specific first; a format that is recognised and not read is named in the error, so
// that the user knows what the file is.

import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { MLFLOW_ARTIFACT } from "./formats/mlflow-artifact.ts";
import { MLFLOW_INFO } from "./formats/mlflow-info.ts";
import { MLFLOW_TRACE } from "./formats/mlflow-trace.ts";
import type { Program } from "./program.ts";
import { escapeControls, RecordError } from "./record-error.ts";
import { Scope } from "./scope.ts";

/** Which formats a load considers: all, or those of one system. */
export type FormatChoice = "auto" | "mlflow";

/** What a record is: the program, and the node that it runs on. */
export interface Detected {
  readonly program: Program;
  readonly node: number;
}

type KindName = "object" | "array" | "string" | "any";

interface Signature {
  /** Name for messages. */
  readonly name: string;
  readonly system: "mlflow" | "other";
  /** Keys that must be there, with the kind of their value. */
  readonly keys: Readonly<Record<string, KindName>>;
  /** Keys of which one must be there. */
  readonly oneOf?: Readonly<Record<string, KindName>>;
  /** Keys of the object at `inside` (the first element of a list), of which one must be there. */
  readonly inner?: { readonly inside: string; readonly oneOf: readonly string[] };
  /** The program that reads it; a path to the object that it runs on. Neither: recognised, not read. */
  readonly program?: Program;
  readonly at?: readonly string[];
  /** Looks again, at the object at `at`: a carrier of other formats. */
  readonly carrier?: true;
}

const ID: Readonly<Record<string, KindName>> = { trace_id: "string", request_id: "string" };
const INFO_KEYS = ["trace_id", "request_id"];

/** THE list of formats. */
const SIGNATURES: readonly Signature[] = [
  { name: "an MLflow trace", system: "mlflow", keys: { info: "any", data: "any" }, program: MLFLOW_TRACE, at: [] },
  {
    name: "a trace of MLflow export-import",
    system: "mlflow",
    keys: { mlflow: "object" },
    carrier: true,
    at: ["mlflow"],
  },
  {
    name: "a Databricks serving response",
    system: "mlflow",
    keys: { databricks_output: "object" },
    carrier: true,
    at: ["databricks_output", "trace"],
  },
  { name: "a trace of MLflow's REST API, with OTLP spans", system: "mlflow", keys: { trace_info: "object" } },
  {
    name: "a trace of MLflow's REST API, with OTLP spans",
    system: "mlflow",
    keys: { trace: "object" },
    inner: { inside: "trace", oneOf: ["trace_info", "traceInfo"] },
  },
  {
    name: "OTLP JSON",
    system: "other",
    keys: {},
    oneOf: { resourceSpans: "array", resource_spans: "array", scopeSpans: "array" },
  },
  { name: "a Langfuse trace", system: "other", keys: { observations: "array" } },
  { name: "a row of MLflow's search_traces() DataFrame", system: "mlflow", keys: { spans: "any" }, oneOf: ID },
  { name: "a row of MLflow's search_traces() DataFrame", system: "mlflow", keys: { trace: "string" }, oneOf: ID },
  {
    name: "MLflow's search_traces() DataFrame by column",
    system: "mlflow",
    keys: {},
    oneOf: { trace_id: "object", request_id: "object" },
  },
  {
    name: "MLflow's search_traces() DataFrame in split form",
    system: "mlflow",
    keys: { columns: "array", index: "array", data: "array" },
  },
  {
    name: "an MLflow artifact traces.json",
    system: "mlflow",
    keys: { spans: "array" },
    inner: { inside: "spans", oneOf: ["start_time_unix_nano", "context", "start_time"] },
    program: MLFLOW_ARTIFACT,
    at: [],
  },
  {
    name: "Jaeger JSON",
    system: "other",
    keys: { data: "array" },
    inner: { inside: "data", oneOf: ["traceID"] },
  },
  { name: "a list of Langfuse's API", system: "other", keys: { data: "array", meta: "object" } },
  { name: "a Langfuse observation", system: "other", keys: { traceId: "string", startTime: "string", type: "string" } },
  {
    name: "a row of a Langfuse blob export",
    system: "other",
    keys: { trace_id: "string", start_time: "any", usage_details: "any" },
  },
  {
    name: "an OpenInference or OpenTelemetry SDK span",
    system: "other",
    keys: { context: "object" },
    oneOf: { span_kind: "any", kind: "any", start_time: "any" },
  },
  { name: "a LangSmith run", system: "other", keys: {}, oneOf: { dotted_order: "string", run_type: "string" } },
  {
    name: "the info of an MLflow trace",
    system: "mlflow",
    keys: { info: "object" },
    inner: { inside: "info", oneOf: INFO_KEYS },
    program: MLFLOW_INFO,
    at: ["info"],
  },
  { name: "the info of an MLflow trace", system: "mlflow", keys: {}, oneOf: ID, program: MLFLOW_INFO, at: [] },
];

const READ_FORMATS = "MLflow traces, trace infos and traces.json artifacts";
const SHOWN_KEYS = 8;
const SHOWN_KEY_LENGTH = 40;

/** A signature with its keys as slots of the one scope. */
interface Matcher {
  readonly signature: Signature;
  readonly all: readonly Wanted[];
  readonly oneOf: readonly Wanted[];
  readonly inside: number;
}

interface Wanted {
  readonly slot: number;
  readonly kind: KindName;
}

/** Finds the format of records. */
export class Detector {
  /** Whether the record looked at last was told by the keys of its root and the kinds of their values alone. */
  isToldByKeys = false;
  readonly #scope = new Scope();
  readonly #keys: string[] = [];
  readonly #matchers: readonly Matcher[];

  constructor(choice: FormatChoice) {
    const chosen = SIGNATURES.filter(({ system }) => choice === "auto" || system === choice);
    this.#matchers = chosen.map((signature) => ({
      signature,
      all: this.#wanted(signature.keys),
      oneOf: this.#wanted(signature.oneOf ?? {}),
      inside: signature.inner === undefined ? -1 : this.#slot(signature.inner.inside),
    }));
  }

  #slot(key: string): number {
    const { index } = this.#scope.slot([key]);
    this.#keys[index] = key;
    return index;
  }

  /** The keys of a root that any format is told by. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  /** The format of the record whose root is node 0. Throws E_FORMAT_UNKNOWN. */
  detect(cursor: Cursor): Detected {
    this.isToldByKeys = true;
    return this.#detectAt(cursor, 0);
  }

  #detectAt(cursor: Cursor, node: number): Detected {
    if (cursor.tape.kinds[node] !== NodeKind.object)
      throw unknown(cursor, node, `expected an object, found ${kindText(cursor, node)}`);
    this.#scope.fill(cursor, node);
    const signature = this.#match(cursor);
    if (signature === undefined)
      throw unknown(cursor, node, `the keys ${keysOf(cursor, node)} are those of no known trace format`);
    const target = (signature.at ?? []).reduce((at, key) => (at < 0 ? at : cursor.find(at, key)), node);
    if (target !== 0) this.isToldByKeys = false;
    if (signature.carrier && target >= 0) return this.#detectAt(cursor, target);
    if (signature.program === undefined || target < 0) throw notRead(cursor, node, signature.name);
    return { program: signature.program, node: target };
  }

  /** The first signature that the filled scope matches. Runs for every record: loops, no closures. */
  #match(cursor: Cursor): Signature | undefined {
    for (let i = 0; i < this.#matchers.length; i += 1) {
      const { signature, all, oneOf, inside } = this.#matchers[i]!;
      if (this.#countOf(cursor, all) < all.length) continue;
      if (oneOf.length > 0 && this.#countOf(cursor, oneOf) === 0) continue;
      if (signature.inner === undefined) return signature;
      this.isToldByKeys = false;
      if (hasInside(cursor, this.#scope.nodes[inside]!, signature.inner.oneOf)) {
        return signature;
      }
    }
    return undefined;
  }

  #countOf(cursor: Cursor, keys: readonly Wanted[]): number {
    let count = 0;
    for (let i = 0; i < keys.length; i += 1) {
      const { slot, kind } = keys[i]!;
      const node = this.#scope.nodes[slot]!;
      if (node >= 0 && (kind === "any" || kindNameOf(cursor, node) === kind)) count += 1;
    }
    return count;
  }

  #wanted(keys: Readonly<Record<string, KindName>>): Wanted[] {
    return Object.entries(keys).map(([key, kind]) => ({ slot: this.#slot(key), kind }));
  }
}

/** Whether the object at `holder`, or the first element of the list there, has one of the keys. */
function hasInside(cursor: Cursor, holder: number, keys: readonly string[]): boolean {
  const isList = cursor.tape.kinds[holder] === NodeKind.array;
  if (isList && holder + 1 === cursor.next(holder)) return false;
  return keys.some((key) => cursor.find(isList ? holder + 1 : holder, key) >= 0);
}

function kindNameOf(cursor: Cursor, node: number): KindName {
  switch (cursor.tape.kinds[node]) {
    case NodeKind.object:
      return "object";
    case NodeKind.array:
      return "array";
    case NodeKind.string:
    case NodeKind.escapedString:
      return "string";
    default:
      return "any";
  }
}

function kindText(cursor: Cursor, node: number): string {
  const names = { object: "an object", array: "a list", string: "a text", any: "a number or a word" };
  return names[kindNameOf(cursor, node)];
}

function keysOf(cursor: Cursor, node: number): string {
  const shown: string[] = [];
  const end = cursor.next(node);
  for (let key = node + 1; key < end; key = cursor.next(key + 1)) {
    if (shown.length === SHOWN_KEYS) {
      shown.push("…");
      break;
    }
    const text = escapeControls(cursor.text(key));
    shown.push(text.length > SHOWN_KEY_LENGTH ? `${text.slice(0, SHOWN_KEY_LENGTH)}…` : text);
  }
  return shown.length === 0 ? "(none)" : shown.join(", ");
}

function unknown(cursor: Cursor, node: number, why: string): RecordError {
  return new RecordError("E_FORMAT_UNKNOWN", `${why}; read are ${READ_FORMATS}`, { byte: cursor.start(node) });
}

function notRead(cursor: Cursor, node: number, name: string): RecordError {
  const message = `this looks like ${name}, which is recognised and not read yet; read are ${READ_FORMATS}`;
  return new RecordError("E_FORMAT_UNKNOWN", message, {
    byte: cursor.start(node),
    hint: "Export the traces as MLflow trace JSON: one Trace.to_json() a line.",
  });
}
