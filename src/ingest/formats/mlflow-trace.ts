// MLflow's Trace.to_dict() and to_json(): `{"info": …, "data": {"spans": […]}}`, in every generation.
// V3 with spans of MLflow 2.x to 3.11, the TypeScript SDK, V2 (2.14 to 2.22), and V2 info over V3 spans.
// Listed in formats.ts.

import type { Program } from "../program.ts";
import { assessmentsRule, infoFields, metadataRule, spansRules, TRACE_IDENTITY, tagsRule } from "./mlflow-rules.ts";

/** Info and spans of one trace. */
export const MLFLOW_TRACE: Program = {
  format: "mlflow-trace",
  rules: [
    ...infoFields(["info"]),
    {
      kind: "field",
      from: [
        ["info", "request_preview"],
        ["info", "request"],
        ["data", "request"],
      ],
      column: "request_preview",
      value: "place",
    },
    {
      kind: "field",
      from: [
        ["info", "response_preview"],
        ["info", "response"],
        ["data", "response"],
      ],
      column: "response_preview",
      value: "place",
    },
    { kind: "field", from: [["info"]], column: "info", value: "place" },
    { kind: "field", from: [["data"]], column: "data", value: "place" },
    tagsRule(["info"]),
    assessmentsRule(["info"]),
    ...spansRules(["data", "spans"]),
    metadataRule(["info"]),
    TRACE_IDENTITY,
  ],
};
