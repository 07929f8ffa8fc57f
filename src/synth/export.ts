// Synthetic MLflow exports of any size: the way into synth/. Called by `tracemill generate`, benches and tests.
// What must stay true: the same options give the same bytes (the laws use Math.log, exp and cos, so another JavaScript
// engine than V8 may round a draw differently); the first k traces do not depend on how many follow; memory stays steady
// whatever the size.

import { EngineError } from "../base/errors.ts";
import { APPS } from "./apps.ts";
import { TraceFactory, type TraceSettings } from "./build-trace.ts";
import { ByteWriter, TokenCache } from "./byte-writer.ts";
import { writePretty } from "./pretty-json.ts";
import type { SyntheticTrace } from "./trace-model.ts";
import { TraceWriter } from "./write-trace.ts";

/** How traces are put into a file. */
export type Framing = "jsonl" | "array" | "pretty" | "envelope";

/** All framings: a trace a line; one JSON array; indented documents one after the other; `mlflow traces search -o json`. */
export const FRAMINGS: readonly Framing[] = ["jsonl", "array", "pretty", "envelope"];

/** What to generate. At least one of `traces` and `sizeBytes` is given; what is reached first ends the export. */
export interface ExportOptions {
  /** Whole number >= 0. */
  readonly traces?: number;
  /** The export ends after the trace that reaches this many bytes. */
  readonly sizeBytes?: number;
  /** Whole number in [0, 2^53). */
  readonly seed: number;
  /** Default jsonl. */
  readonly framing?: Framing;
  /** Start of the time range, whole milliseconds since 1970 UTC, not negative; default 2026-03-02T00:00:00Z. */
  readonly startMs?: number;
  /** Length of the time range in days, fractions allowed; default 7. */
  readonly days?: number;
  /** How many experiments, ids "1", "2", ...; default 1. */
  readonly experiments?: number;
  /** How many applications (trace names), 1 to 9; default all. */
  readonly apps?: number;
  /** Most spans of a trace; default no bound (2,000 by the shapes). */
  readonly maxSpans?: number;
  /** Factor on the size of all long texts; default 1. */
  readonly textScale?: number;
}

const DAY_MS = 86_400_000;
const DEFAULT_START_MS = Date.UTC(2026, 2, 2);
const CHUNK_BYTES = 1 << 20;
const MAX_TRACES = 2 ** 31;

/** The export as chunks of about 1 MiB, each a buffer of its own. Throws E_USAGE on options out of range. */
export function* generateExport(options: ExportOptions): Generator<Uint8Array, void, undefined> {
  const framing = FRAMES[options.framing ?? "jsonl"];
  const tokens = new TokenCache();
  const out = new ByteWriter(tokens, CHUNK_BYTES * 2);
  const record = new ByteWriter(tokens);
  const factory = new TraceFactory(settingsOf(options));
  const writer = new TraceWriter(factory.pool, tokens);
  const { traces = MAX_TRACES, sizeBytes = Number.POSITIVE_INFINITY } = options;
  let sent = 0;
  framing.open(out);
  for (let index = 0; index < traces && sent + out.length < sizeBytes; index++) {
    record.clear();
    writer.write(record, factory.build(index));
    framing.record(out, record, index);
    if (out.length >= CHUNK_BYTES) {
      sent += out.length;
      yield out.bytes.slice(0, out.length);
      out.clear();
    }
  }
  framing.close(out);
  if (out.length > 0) yield out.bytes.slice(0, out.length);
}

/** The same traces as values, for tests and in-memory tables. Throws E_USAGE on options out of range. */
export function* generateTraces(options: ExportOptions): Generator<SyntheticTrace, void, undefined> {
  const factory = new TraceFactory(settingsOf(options));
  for (let index = 0; index < (options.traces ?? MAX_TRACES); index++) yield factory.build(index);
}

function settingsOf(options: ExportOptions): TraceSettings {
  const { traces, sizeBytes, seed, startMs = DEFAULT_START_MS, days = 7, experiments = 1 } = options;
  const { apps = APPS.length, maxSpans = Number.MAX_SAFE_INTEGER, textScale = 1 } = options;
  if (traces === undefined && sizeBytes === undefined) throw outOfRange("traces or sizeBytes", "must be given");
  requireWhole("seed", seed, [0, Number.MAX_SAFE_INTEGER]);
  requireWhole("startMs", startMs, [0, 8.64e15 - DAY_MS]);
  requireWhole("experiments", experiments, [1, Number.MAX_SAFE_INTEGER]);
  requireWhole("apps", apps, [1, APPS.length]);
  requireWhole("maxSpans", maxSpans, [1, Number.MAX_SAFE_INTEGER]);
  if (traces !== undefined) requireWhole("traces", traces, [0, MAX_TRACES]);
  if (!(textScale >= 0 && textScale <= 100)) throw outOfRange("textScale", "must be between 0 and 100");
  const rangeMs = Math.floor(days * DAY_MS);
  if (!(rangeMs >= 1 && startMs + rangeMs <= 8.64e15)) throw outOfRange("days", "must give a range of at least 1 ms");
  return { seed, startMs, rangeMs, experiments, apps, maxSpans, textScale };
}

function requireWhole(name: string, value: number, [first, last]: readonly [number, number]): void {
  if (Number.isSafeInteger(value) && value >= first && value <= last) return;
  throw outOfRange(name, `must be a whole number between ${first} and ${last}, got ${value}`);
}

function outOfRange(name: string, rule: string): EngineError {
  return new EngineError("E_USAGE", `${name} ${rule}`);
}

/** How one framing opens, takes a record (as compact JSON), and closes. */
interface Frame {
  open(out: ByteWriter): void;
  record(out: ByteWriter, record: ByteWriter, index: number): void;
  close(out: ByteWriter): void;
}

const FRAMES: { readonly [framing in Framing]: Frame } = {
  jsonl: {
    open: () => undefined,
    record: (out, record) => {
      out.append(record);
      out.token("\n");
    },
    close: () => undefined,
  },
  array: {
    open: (out) => out.token("["),
    record: (out, record, index) => {
      if (index > 0) out.token(", ");
      out.append(record);
    },
    close: (out) => out.token("]\n"),
  },
  pretty: {
    open: () => undefined,
    record: (out, record) => {
      writePretty(out, record, 0);
      out.token("\n");
    },
    close: () => undefined,
  },
  envelope: {
    open: (out) => out.token('{\n  "traces": ['),
    record: (out, record, index) => {
      out.token(index > 0 ? ",\n    " : "\n    ");
      writePretty(out, record, 2);
    },
    close: (out) => {
      out.token('\n  ],\n  "next_page_token": null\n}\n');
    },
  },
};
