// THE list of workloads: which questions, over which columns. Called by replay.ts and analytic.ts and their processes.
// A new workload is one entry here and one file of questions.

import { analyticQuestions } from "./analytic-questions.ts";
import { replayQuestions } from "./replay-questions.ts";
import type { ColumnSet } from "./synthetic.ts";
import type { Question } from "./workload.ts";

/** One workload. */
export interface Workload {
  readonly questions: readonly Question[];
  readonly columns: (size: Size) => ColumnSet;
}

/** Rows of `traces`, and the seed. */
export interface Size {
  readonly traces: number;
  readonly seed: number;
}

const TOKENS = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
const TRACES = ["timestamp_ms", "execution_duration_ms", "state", "trace_name", "total_tokens"];
const SESSIONS = 100_000;

/** All workloads by name. */
export const WORKLOADS = {
  replay: {
    questions: replayQuestions(),
    columns: (options) => ({
      options,
      names: {
        traces: [...TRACES, "experiment_id", ...TOKENS],
        spans: ["trace_row", "name", "type", "status", "model", "start_ms", "total_cost"],
        assessments: ["trace_row", "name", "type", "value", "numeric_value", "valid"],
      },
    }),
  },
  analytic: {
    questions: analyticQuestions(),
    columns: (size) => ({
      options: { ...size, sessions: { distinct: SESSIONS, share: 1 } },
      names: { traces: [...TRACES, "session", "total_cost"], spans: [], assessments: [] },
    }),
  },
} as const satisfies Record<string, Workload>;

/** A workload's name. */
export type WorkloadName = keyof typeof WORKLOADS;
