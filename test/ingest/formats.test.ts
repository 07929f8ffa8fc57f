// Every form of MLflow's exports gives the same columns for the same trace; real exports load with their known counts;
// what is recognised and not read is refused by name.

import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { fixturePath } from "../support/fixtures.ts";
import { sharedPath } from "../support/shared.ts";
import { allRows, loadFiles, loadRecords, loadTexts, type Row, rowsOf, span, trace } from "./rows.ts";

const generation = (name: string) => fixturePath(`mlflow-generations/${name}.json`);

async function rowsOfGeneration(name: string) {
  const { dataset, report } = await loadFiles([generation(name)]);
  expect([report.read, report.loaded, report.rejected]).toEqual([1, 1, 0]);
  return allRows(dataset);
}

/** A row without the columns that hold the bytes of the file, which differ by generation. */
function facts(row: Row | undefined, without: readonly string[] = []): Row {
  const bytes = [
    "info",
    "data",
    "attributes",
    "events",
    "content",
    "inputs",
    "outputs",
    "request_preview",
    "response_preview",
  ];
  return Object.fromEntries(
    Object.entries(row ?? {}).filter(([name]) => !bytes.includes(name) && !without.includes(name)),
  );
}

const TRACE: Row = {
  trace_id: "tr-0123456789abcdef0123456789abcdef",
  client_request_id: "req-7",
  experiment_id: "518632974101264998",
  timestamp_ms: 1764694340818,
  execution_duration_ms: 1234,
  state: "OK",
  trace_name: "answer",
  session: "s-1",
  user: "ana",
  run_id: "run-9",
  input_tokens: 12,
  output_tokens: 30,
  total_tokens: 42,
  cache_read_input_tokens: 5,
  input_cost: 0.00012,
  output_cost: 0.0006,
  total_cost: 0.00072,
  span_count: 2,
  error_span_count: 1,
};

const ROOT: Row = {
  trace_row: 0,
  span_id: "00f067aa0ba902b7",
  depth: 0,
  name: "answer",
  type: "CHAIN",
  status: "OK",
  start_ns: 1764694340818123456n,
  end_ns: 1764694342052123456n,
  start_ms: 1764694340818,
  duration_ns: 1234000000,
  duration_ms: 1234,
  "attributes.mlflow.traceRequestId": "tr-0123456789abcdef0123456789abcdef",
  "attributes.mlflow.spanType": "CHAIN",
  "attributes.temperature": "0.5",
};

const CHILD: Row = {
  trace_row: 0,
  span_id: "53995c3f42cd8ad8",
  parent_span_id: "00f067aa0ba902b7",
  depth: 1,
  name: "complete",
  type: "LLM",
  status: "ERROR",
  status_message: 'rate limit: "try later"',
  start_ns: 1764694340900000001n,
  end_ns: 1764694341900000000n,
  start_ms: 1764694340900,
  duration_ns: 999999999,
  duration_ms: 999,
  model: "gpt-5-mini",
  provider: "openai",
  input_tokens: 12,
  output_tokens: 30,
  total_tokens: 42,
  cache_read_input_tokens: 5,
  input_cost: 0.00012,
  output_cost: 0.0006,
  total_cost: 0.00072,
  "attributes.mlflow.traceRequestId": "tr-0123456789abcdef0123456789abcdef",
  "attributes.mlflow.spanType": "LLM",
  "attributes.mlflow.llm.model": "gpt-5-mini",
  "attributes.mlflow.llm.provider": "openai",
  "attributes.stream": "false",
};

const ASSESSMENTS: readonly Row[] = [
  {
    trace_row: 0,
    assessment_id: "a-1",
    name: "correct",
    type: "feedback",
    value: "1.0",
    numeric_value: 1,
    source_type: "LLM_JUDGE",
    source_id: "judge",
    rationale: "it is",
    span_id: "53995c3f42cd8ad8",
    create_time_ms: 1764694380000,
    last_update_time_ms: 1764694380250,
    valid: 1,
    session: "s-1",
    "metadata.mlflow.trace.session": "s-1",
  },
  {
    trace_row: 0,
    assessment_id: "a-2",
    name: "expected",
    type: "expectation",
    value: '["las tres", 3]',
    source_type: "HUMAN",
    source_id: "ana",
    create_time_ms: 1764694440000,
    last_update_time_ms: 1764694440000,
    valid: 1,
  },
];

const keyed = (row: Row) => Object.keys(row).filter((name) => name.startsWith("metadata.") || name.startsWith("tag."));

describe("generations of MLflow", () => {
  it.each(["g0", "g1", "g2", "g3", "typescript", "v2", "hybrid"])("%s gives the golden columns", async (name) => {
    const { traces, spans, assessments } = await rowsOfGeneration(name);
    const [row] = traces;
    expect(facts(row, keyed(row ?? {}))).toEqual(TRACE);
    expect(row?.["tag.mlflow.traceName"]).toBe("answer");
    expect(row?.["metadata.mlflow.trace.session"]).toBe("s-1");
    expect(spans.map((span) => facts(span))).toEqual([ROOT, CHILD]);
    expect(assessments).toEqual(ASSESSMENTS);
    expect(JSON.parse(String(row?.["request_preview"]))).toBe('{"question": "¿qué hora es?"}');
  });

  it("keeps payload by place, relative to the record", async () => {
    const { traces, spans } = await rowsOfGeneration("g3");
    expect(JSON.parse(JSON.parse(String(spans[0]?.["inputs"])))).toEqual({ question: "¿qué hora es?" });
    expect(JSON.parse(String(spans[1]?.["content"])).name).toBe("complete");
    expect(JSON.parse(String(traces[0]?.["info"])).trace_id).toBe(TRACE["trace_id"]);
    expect(JSON.parse(String(traces[0]?.["data"])).spans).toHaveLength(2);
    expect(spans[1]?.["outputs"]).toBeUndefined();
  });

  it.each(["info-v3", "info-v2", "info-cut"])("%s: the info alone, without spans", async (name) => {
    const { traces, spans, assessments } = await rowsOfGeneration(name);
    const [row] = traces;
    expect(facts(row, keyed(row ?? {}))).toEqual({ ...TRACE, span_count: 0, error_span_count: 0 });
    expect(row?.["tag.env"]).toBe("prod");
    expect(spans).toEqual([]);
    expect(assessments).toEqual(ASSESSMENTS);
  });

  it("makes metadata of the unknown keys of an info that stands alone", async () => {
    const [row] = (await rowsOfGeneration("info-v3")).traces;
    expect([row?.["metadata.cluster"], row?.["metadata.retries"]]).toEqual(["west", "2"]);
  });

  it("artifact: the trace is what its spans say", async () => {
    const { traces, spans } = await rowsOfGeneration("artifact");
    const { client_request_id, run_id, input_cost, output_cost, total_cost, ...rest } = TRACE;
    expect(facts(traces[0])).toEqual(rest);
    expect([client_request_id, run_id, input_cost, output_cost, total_cost]).not.toContain(undefined);
    expect(facts(spans[1])).toEqual(CHILD);
  });

  it("artifact: without the attribute the id is that of the path, and an open root is in progress", async () => {
    const open = span("0000000000000001", { end_time_unix_nano: null, status: { code: "STATUS_CODE_UNSET" } });
    await expect(loadRecords([{ spans: [open] }])).rejects.toMatchObject({ code: "E_RECORD" });
    const { dataset } = await loadNamed(
      "mlruns/0/traces/tr-77/artifacts/traces.json",
      JSON.stringify({ spans: [open] }),
    );
    expect(rowsOf(dataset, "traces")[0]).toMatchObject({ trace_id: "tr-77", state: "IN_PROGRESS" });
  });
});

async function loadNamed(name: string, text: string) {
  const { expandSources, memoryInput } = await import("../../src/ingest/sources.ts");
  const { load } = await import("../../src/ingest/load.ts");
  const { loadOptions } = await import("./rows.ts");
  const { sources } = await expandSources([memoryInput(name, Buffer.from(text))]);
  return load(sources, loadOptions());
}

describe("carriers", () => {
  const inner = trace({ id: "tr-5", spans: [span("0000000000000001")] });

  it.each([
    ["MLflow export-import", { system: {}, info: { x: 1 }, mlflow: inner }],
    ["Databricks serving", { databricks_output: { trace: inner, databricks_request_id: "q" }, choices: [] }],
    ["search envelope", { traces: [inner], next_page_token: null }],
    ["array", [inner]],
  ])("%s", async (_, record) => {
    const { dataset } = await loadTexts([JSON.stringify(record)]);
    expect(rowsOf(dataset, "traces").map((row) => row["trace_id"])).toEqual(["tr-5"]);
    expect(dataset.spans.rows).toBe(1);
  });

  it("reads several forms in one file", async () => {
    const info = { request_id: "r-1", timestamp_ms: 1_700_000_000_000, status: "ERROR" };
    const { dataset, report } = await loadRecords([inner, info, { info: { ...info, request_id: "r-2" } }]);
    expect(rowsOf(dataset, "traces").map((row) => row["trace_id"])).toEqual(["tr-5", "r-1", "r-2"]);
    expect(report.files[0]?.formats).toEqual(["mlflow-trace", "mlflow-info"]);
  });
});

describe("what is not read", () => {
  const dataFrame = { trace_id: "t", trace: "{}", spans: [] };

  it.each([
    ["OTLP", { resourceSpans: [] }],
    ["OTLP", { resource: {}, scopeSpans: [] }],
    ["DataFrame", dataFrame],
    ["DataFrame by column", { trace_id: { "0": "a" }, state: { "0": "OK" } }],
    ["DataFrame in split form", { columns: ["a"], index: [0], data: [[1]] }],
    ["Langfuse trace", { trace: {}, observations: [] }],
    ["Langfuse trace", { id: "1", projectId: "p", observations: [{}] }],
    ["Langfuse's API", { data: [{ traceId: "1" }], meta: {} }],
    ["Langfuse observation", { traceId: "t", startTime: "2026-01-01", type: "SPAN" }],
    ["Langfuse blob", { trace_id: "t", start_time: "2026-01-01 00:00:00", type: "SPAN", usage_details: {} }],
    ["Jaeger", { data: [{ traceID: "1", spans: [] }] }],
    ["OpenInference", { context: { trace_id: "1" }, span_kind: "LLM", start_time: "x" }],
    ["LangSmith", { id: "1", run_type: "llm" }],
    ["MLflow's REST API", { trace: { trace_info: {}, spans: [] } }],
  ])("names %s", async (name, record) => {
    const load = loadTexts([JSON.stringify(record)]);
    await expect(load).rejects.toMatchObject({ code: "E_FORMAT_UNKNOWN", message: expect.stringContaining(name) });
    await expect(load).rejects.toMatchObject({ message: expect.stringMatching(/^m0:1:0: .*not read yet/) });
  });

  it("names the keys of a format that nobody knows, escaped and cut", async () => {
    const load = loadRecords([{ "a\u001b[31m": 1, ["k".repeat(100)]: 2 }]);
    await expect(load).rejects.toBeInstanceOf(EngineError);
    await expect(load).rejects.toMatchObject({
      code: "E_FORMAT_UNKNOWN",
      message: expect.stringContaining("a\\u001b[31m, kkk"),
    });
    await expect(load).rejects.toMatchObject({ message: expect.not.stringContaining("k".repeat(50)) });
  });

  it("is E_FORMAT_UNKNOWN for scalars and lists, not a syntax error", async () => {
    for (const text of ["42", '"x"', "null", "true", "[1]", "[[]]"]) {
      await expect(loadTexts([text])).rejects.toMatchObject({ code: "E_FORMAT_UNKNOWN" });
    }
  });

  it("looks at MLflow's forms alone when told so", async () => {
    await expect(loadTexts(['{"resourceSpans":[]}'], { format: "mlflow" })).rejects.toMatchObject({
      message: expect.stringContaining("no known trace format"),
    });
    const both = { ...trace({ id: "tr-9" }), resourceSpans: [] };
    const { dataset } = await loadRecords([both], { format: "mlflow" });
    expect(dataset.traces.rows).toBe(1);
  });
});

/** Traces, spans, assessments as the index of the real exports gives them. */
const REAL: ReadonlyMap<string, readonly [number, number, number]> = new Map([
  ["mlflow2-upstream-fixture.json", [1, 2, 0]],
  ["mlflow2info-v3spans-llamaindex-4.json", [4, 94, 0]],
  ["mlflow3-artifact-eval-tiny.json", [1, 1, 0]],
  ["mlflow3-customer-service-20.jsonl", [20, 20, 0]],
  ["mlflow3-dspy-agents-127.jsonl", [127, 641, 0]],
  ["mlflow3-dspy-poc-assessed-22.json", [22, 50, 7]],
  ["mlflow31-artifact-llamaindex-1.json", [1, 5, 0]],
]);

const realTraces = sharedPath("real-traces");

describe.skipIf(realTraces === undefined)(
  "real exports (skipped: the shared material is not beside this checkout)",
  () => {
    it("are all in the table", () => {
      const files = readdirSync(realTraces ?? "").filter(
        (name) => name.startsWith("mlflow") && !name.includes("dataframe"),
      );
      expect(files.sort()).toEqual([...REAL.keys()].sort());
    });

    it.each([...REAL])("%s", async (name, [traces, spans, assessments]) => {
      const { dataset, report } = await loadFiles([`${realTraces}/${name}`], { payload: "place" });
      expect([dataset.traces.rows, dataset.spans.rows, dataset.assessments.rows]).toEqual([traces, spans, assessments]);
      expect([report.read, report.rejected]).toEqual([report.loaded, 0]);
      const rows = allRows(dataset);
      for (const row of rows.traces) {
        expect(row["trace_id"]).toMatch(/^(tr-)?[0-9a-f]{32}$/);
        expect(row["timestamp_ms"]).toBeGreaterThanOrEqual(100);
      }
      for (const row of rows.spans) expect(row["span_id"]).toMatch(/^[0-9a-f]{16}$/);
      expect(rows.spans.filter((row) => row["status"] === "ERROR").length).toBe(
        rows.traces.reduce((sum, row) => sum + Number(row["error_span_count"]), 0),
      );
      dataset.payload.close();
    });

    it("reads the assessments of the assessed export", async () => {
      const { dataset } = await loadFiles([`${realTraces}/mlflow3-dspy-poc-assessed-22.json`]);
      const rows = rowsOf(dataset, "assessments");
      expect(rows[0]).toMatchObject({ name: "test", value: "true", numeric_value: 1, span_id: "95b01dd1087ffb60" });
      expect(rows[1]).toMatchObject({
        name: "Relevance to Query",
        value: '"yes"',
        numeric_value: 1,
        source_type: "LLM_JUDGE",
      });
    });
  },
);
