// THE list of the functions that MLflow's programs call, by name.
// Handed to compile-program.ts by formats.ts. A new function is one entry here and one name in program.ts.

import type { Functions } from "../compile-program.ts";
import { assessmentValue } from "./assessment-functions.ts";
import { finishSpans, spanIdentity, spanTimes } from "./span-functions.ts";
import { traceFromRoot, traceIdentity, traceUsage } from "./trace-functions.ts";

/** Every named function. */
export const MLFLOW_FUNCTIONS: Functions = {
  spanIdentity,
  spanTimes,
  finishSpans,
  assessmentValue,
  traceUsage,
  traceFromRoot,
  traceIdentity,
};
