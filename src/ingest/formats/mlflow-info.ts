// The info of a trace alone: an element of MLflow's REST search (V3 and V2), or `{"info": …}` of a cut export.
// Listed in formats.ts; the program runs on the info object itself. Keys that no rule names become metadata.

import type { Program } from "../program.ts";
import { assessmentsRule, infoFields, metadataRule, TRACE_IDENTITY, tagsRule } from "./mlflow-rules.ts";

/** A trace without spans. */
export const MLFLOW_INFO: Program = {
  format: "mlflow-info",
  rules: [
    ...infoFields([]),
    { kind: "field", from: [["request_preview"], ["request"]], column: "request_preview", value: "place" },
    { kind: "field", from: [["response_preview"], ["response"]], column: "response_preview", value: "place" },
    { kind: "field", from: [[]], column: "info", value: "place" },
    { kind: "rest", family: "metadata" },
    tagsRule([]),
    assessmentsRule([]),
    metadataRule([]),
    TRACE_IDENTITY,
  ],
};
