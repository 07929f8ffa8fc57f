// MLflow's artifact `traces.json`: `{"spans": […]}` without info, beside `request` and `response` in MLflow 2.x.
// Listed in formats.ts. The trace's id is an attribute of its spans; start, duration, state and name are the root span's.

import type { Program } from "../program.ts";
import { spansRules, TRACE_IDENTITY, TRACE_USAGE } from "./mlflow-rules.ts";

/** The spans of one trace, and what they say of it. */
export const MLFLOW_ARTIFACT: Program = {
  format: "mlflow-artifact",
  rules: [
    { kind: "field", from: [["request"]], column: "request_preview", value: "place" },
    { kind: "field", from: [["response"]], column: "response_preview", value: "place" },
    { kind: "field", from: [[]], column: "data", value: "place" },
    ...spansRules(["spans"]),
    TRACE_USAGE,
    {
      kind: "call",
      fn: "traceFromRoot",
      inputs: [],
      writes: ["experiment_id", "execution_duration_ms", "state", "trace_name", "session", "user"],
    },
    TRACE_IDENTITY,
  ],
};
