// Traces written out as MLflow's V3 JSON, from every generation of records: reading the output back gives the same
// columns; a V3 record comes out byte for byte; what cannot be read again is rebuilt from columns.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { memoryInput, type OpenOptions, open, type SourceInput, type Store, type Trace } from "../../src/index.ts";
import { fixturePath } from "../support/fixtures.ts";
import { sharedPath } from "../support/shared.ts";
import { tempFile } from "../support/temp-dir.ts";

const GENERATIONS = readdirSync(fixturePath("mlflow-generations")).filter((name) => /\.jsonl?$/.test(name));
const V3_FILE = fixturePath("mlflow-v3/support-agents.jsonl");

async function tracesOf(source: SourceInput, options: OpenOptions = {}): Promise<readonly Trace[]> {
  const store = await open([source], options);
  const { traces } = await store.searchTraces({ maxResults: 50_000, orderBy: ["request_id"] });
  store.close();
  return traces;
}

function asInput(traces: readonly Trace[]): SourceInput {
  const text = traces.map((trace) => `${trace.toJson()}\n`).join("");
  return memoryInput("again.jsonl", new TextEncoder().encode(text));
}

/**
 * Left out of comparisons: positions of traces, as a search sorts; and what an artifact's root span says of its trace,
 * which becomes a tag and metadata of the V3 form.
 */
const LEFT_OUT = new Set([
  "trace_row",
  "tag.mlflow.traceName",
  "metadata.mlflow.trace.session",
  "metadata.mlflow.trace.user",
]);

/** Rows of a table as lists of members, in one order. */
async function rowsOf(store: Store, name: "traces" | "spans" | "assessments"): Promise<readonly string[]> {
  const table = await store.table(name);
  return table
    .toArray()
    .map((row) => {
      const members = Object.entries<unknown>(row.toJSON()).filter(
        ([key, value]) => value !== null && !LEFT_OUT.has(key),
      );
      return members
        .map(([key, value]) => `${key}=${String(value)}`)
        .sort()
        .join("\n");
    })
    .sort();
}

async function expectSameColumns(path: string): Promise<void> {
  const store = await open(path, { onError: "skip" });
  const { traces } = await store.searchTraces({ maxResults: 50_000 });
  const again = await open([asInput(traces)]);
  for (const name of ["traces", "spans", "assessments"] as const) {
    expect(await rowsOf(again, name)).toEqual(await rowsOf(store, name));
  }
  store.close();
}

describe("traces as V3 JSON", () => {
  it.each(GENERATIONS)("%s: reading the output gives the same columns", (name) =>
    expectSameColumns(fixturePath(`mlflow-generations/${name}`)),
  );

  const real = sharedPath("real-traces/mlflow3-dspy-agents-127.jsonl");
  it.skipIf(real === undefined)("so it does for a real export", () => expectSameColumns(real ?? ""));

  it("a V3 record keeps its bytes", async () => {
    const lines = readFileSync(V3_FILE, "utf8").split("\n").filter(Boolean).sort();
    const traces = await tracesOf(V3_FILE);
    expect(traces.map((trace) => trace.toJson()).sort()).toEqual(lines);
  });

  it("keeps odd numbers, escapes and unknown members, whatever the white space", async () => {
    const span = `{"span_id": "zzz", "name": "a\\u00e9\\/", "start_time_unix_nano":1700000000000000001,\n "x": 1.0, "y": [1e3, {}]}`;
    const path = tempFile(
      "pretty.json",
      `{"info": {"trace_id": "t", "request_time": "2026-01-01T00:00:00Z"},\n "data": {"spans": [${span}]}}`,
    );
    const [trace] = await tracesOf(path);
    expect(trace?.toJson()).toBe(
      '{"info": {"trace_id": "t", "request_time": "2026-01-01T00:00:00Z"}, "data": {"spans": [{"span_id": "zzz", "name": "a\\u00e9\\/", "start_time_unix_nano": 1700000000000000001, "x": 1.0, "y": [1e3, {}]}]}}',
    );
    expect(trace?.toJson({ indent: "  " }).split("\n").length).toBeGreaterThan(10);
    expect(trace?.toDict()).toMatchObject({ data: { spans: [{ start_time_unix_nano: 1700000000000000001n, x: 1 }] } });
    expect(trace?.spans[0]).toMatchObject({ spanId: "zzz", startNs: 1700000000000000001n, name: "aé/" });
  });

  it("no key of the data reaches a prototype", async () => {
    const record =
      '{"info": {"trace_id": "t", "request_time": "2026-01-01T00:00:00Z", "__proto__": {"polluted": 1}}, "data": {"spans": []}}';
    const [trace] = await tracesOf(tempFile("proto.jsonl", record));
    const dict = trace?.toDict() ?? {};
    expect(Object.getPrototypeOf(dict["info"])).toBe(Object.prototype);
    expect("polluted" in {}).toBe(false);
    expect(trace?.toJson()).toBe(record);
  });

  it("without spans when they are not wanted", async () => {
    const store = await open(V3_FILE);
    const { traces } = await store.searchTraces({ maxResults: 1, includeSpans: false });
    expect(traces[0]?.toDict()["data"]).toEqual({ spans: [] });
    store.close();
  });

  it("rebuilds from columns what cannot be read again, and says so", async () => {
    const whole = await tracesOf(V3_FILE);
    const path = tempFile("x.jsonl.gz", gzipSync(readFileSync(V3_FILE)));
    const rebuilt = await tracesOf(path);
    expect(whole.every(({ isWhole }) => isWhole)).toBe(true);
    expect(rebuilt.some(({ isWhole }) => isWhole)).toBe(false);
    const facts = (traces: readonly Trace[]) =>
      traces.map(({ info, spans }) => [
        info["trace_id"],
        info["request_time"],
        info["execution_duration_ms"],
        spans.map(({ spanId, parentSpanId, name, startNs, endNs, type }) => [
          spanId,
          parentSpanId,
          name,
          startNs,
          endNs,
          type,
        ]),
      ]);
    expect(facts(rebuilt)).toEqual(facts(whole));
    const kept = await tracesOf(path, { payload: "keep" });
    expect(kept.map((trace) => trace.toJson())).toEqual(whole.map((trace) => trace.toJson()));
  });

  it("a file that changed after it was loaded is refused", async () => {
    const path = tempFile("x.jsonl", readFileSync(V3_FILE));
    const store = await open(path);
    writeFileSync(path, "{}\n");
    await expect(store.searchTraces()).rejects.toThrow(expect.objectContaining({ code: "E_SOURCE_CHANGED" }));
  });
});

describe("getTrace", () => {
  it("finds a trace by its id, or says that it is not there", async () => {
    const store = await open(V3_FILE, { columns: ["traces.state"] });
    const { traces } = await store.searchTraces({ maxResults: 1 });
    const id = traces[0]?.traceId ?? "";
    expect((await store.getTrace(id)).toJson()).toBe(traces[0]?.toJson());
    await expect(store.getTrace("tr-none")).rejects.toThrow(expect.objectContaining({ code: "E_NOT_FOUND" }));
    store.close();
  });
});
