// Records to compare readers on, small and of every form: synthetic, hand-made, of the fixtures; and as many as wanted whose
// texts are all different. Called by the walker's tests and those of mutated records. Parsed values, the same each time.

import { readdirSync, readFileSync } from "node:fs";
import { generateExport } from "../../src/synth/export.ts";
import { span, trace } from "./rows.ts";

/** A small synthetic export, one trace a line. */
export function synthetic(traces: number, seed: number): Buffer {
  return Buffer.concat([...generateExport({ traces, seed, maxSpans: 6, textScale: 0.01 })]);
}

function parsedLines(bytes: Uint8Array): unknown[] {
  const lines = Buffer.from(bytes).toString().trim().split("\n");
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** Records of every form. */
export function smallRecords(): unknown[] {
  const fixture = readFileSync(new URL("../../fixtures/mlflow-v3/support-agents.jsonl", import.meta.url));
  const assessments = ["feedback", "expectation", "issue"].map((kind) => ({
    assessment_id: `a-${kind}`,
    assessment_name: "quality",
    source: { source_type: "LLM_JUDGE", source_id: "judge" },
    [kind]: { value: kind === "feedback" ? 0.75 : "yes", error: { error_code: "E" } },
    create_time: "2026-01-01T00:00:00.123Z",
    span_id: "00000000000000a1",
    metadata: { "mlflow.trace.session": "s1", other: "x" },
    valid: true,
  }));
  const spans = [
    span("00000000000000a1", {
      attributes: {
        "mlflow.spanType": '"LLM"',
        "mlflow.spanInputs": '{"a": 1}',
        "mlflow.chat.tokenUsage": '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
        "mlflow.llm.cost": '{"input_cost": 0.00034649999999999997, "output_cost": 8.4e-05, "total_cost": 0.1}',
        temperature: "0.2",
        list: "[1, 2]",
        long: `"${"x".repeat(300)}"`,
      },
    }),
    span("AAAAAAAAAAI=", { parent_span_id: "00000000000000a1", status: { code: "STATUS_CODE_ERROR", message: "no" } }),
    span("0xa3", { parent_span_id: "ffffffffffffffff", end_time_unix_nano: null }),
  ];
  const info = {
    trace_metadata: {
      "mlflow.trace.session": "s1",
      "mlflow.trace.tokenUsage": '{"input_tokens": 3}',
      long: "y".repeat(200),
    },
    tags: { "mlflow.traceName": "n", env: "prod", quote: 'a "b"' },
    execution_duration: "1.234s",
    client_request_id: "c-1",
    assessments,
  };
  const made = [
    trace({ id: "tr-made", info, spans }),
    trace({ id: "0123456789abcdef0123456789abcdef", spans: spans.slice(0, 1) }),
  ];
  const usage = (tokens: number) => ({
    "mlflow.chat.tokenUsage": `{"input_tokens": ${tokens}, "total_tokens": ${tokens}}`,
  });
  const nested = [
    span("00000000000000b4", { parent_span_id: "00000000000000b3", attributes: usage(1000) }),
    span("00000000000000b1"),
    span("00000000000000b2", { parent_span_id: "00000000000000b1", attributes: usage(10) }),
    span("00000000000000b3", { parent_span_id: "00000000000000b2", attributes: usage(100) }),
    span("00000000000000b5", { parent_span_id: "00000000000000b1", attributes: usage(1) }),
  ];
  made.push(trace({ id: "tr-nested", spans: nested }));
  const infoOnly = {
    trace_id: "tr-info",
    request_time: "2026-01-01T00:00:00Z",
    tags: { a: "b" },
    extra: [1],
    experiment_id: "7",
  };
  const generations = readdirSync(new URL("../../fixtures/mlflow-generations", import.meta.url))
    .filter((name) => name.endsWith(".json"))
    .map(
      (name) =>
        JSON.parse(
          readFileSync(new URL(`../../fixtures/mlflow-generations/${name}`, import.meta.url), "utf8"),
        ) as unknown,
    );
  return [
    ...made,
    ...made,
    infoOnly,
    ...parsedLines(fixture).slice(0, 20),
    ...parsedLines(synthetic(20, 5)),
    ...generations,
  ];
}

/** A record whose texts differ from those of every other number: dictionaries of as many entries as there are records. */
export function numberedRecord(i: number): unknown {
  const id = (i + 1).toString(16).padStart(16, "0");
  const usage = `{"input_tokens": ${i}, "output_tokens": 2, "total_tokens": ${i + 2}}`;
  return trace({
    id: `tr-${id}${id}`,
    info: {
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: `${i}` } },
      client_request_id: `request ${i}`,
      execution_duration: `${i % 97}.5s`,
      trace_metadata: {
        "mlflow.trace.session": `session ${i}`,
        "mlflow.trace.user": `us\u00e9r ${i}`,
        "mlflow.sourceRun": `run-${i}`,
        "mlflow.modelId": `m-${i}`,
        "mlflow.trace.tokenUsage": usage,
        [`only ${i % 500}`]: `once ${i}`,
        [`late ${i % 90}`]: i % 3 === 0 ? "here" : null,
      },
      tags: {
        "mlflow.traceName": `name ${i}`,
        env: `"env" ${i}`,
        [`key ${i % 300}`]: "same",
        [`rare ${i % 700}`]: i % 3 ? null : "x",
      },
      assessments: [
        {
          assessment_id: `a-${i}`,
          assessment_name: `quality ${i}`,
          source: { source_type: `HUMAN ${i}`, source_id: `judge ${i}` },
          feedback: { value: `value ${i}`, error: { error_code: `E${i}` } },
          rationale: `because ${i}`,
          metadata: { "mlflow.trace.session": `session ${i}` },
        },
      ],
    },
    spans: [
      span(id, {
        name: `span ${i}`,
        status: { code: "STATUS_CODE_ERROR", message: `failed ${i}` },
        attributes: {
          "mlflow.spanType": `"TYPE ${i}"`,
          "mlflow.llm.model": `"model ${i}"`,
          "mlflow.llm.provider": `"provider ${i}"`,
          "mlflow.chat.tokenUsage": usage,
          temperature: `${i / 7}`,
        },
      }),
      span(`f${id.slice(1)}`, { parent_span_id: id, name: `child ${i % 40}` }),
    ],
  });
}
