// Traces as plain objects: what tests describe, the fixture writer turns into files, and the oracle computes on.
// Types only, so that the oracle shares nothing else with the engine.

import type { RawJson } from "./raw-json.ts";

/** A span of a fixture trace; the first of a trace is its root, the others are the root's children. */
export interface SpanFixture {
  readonly id: string;
  readonly name: string;
  /** Null: the span has no type. */
  readonly type: string | null;
  readonly status: string;
  readonly startNs: bigint;
  /** Null: still open. */
  readonly endNs: bigint | null;
  readonly model?: string;
  readonly provider?: string;
  /** Members of `mlflow.llm.cost`. */
  readonly cost?: ReadonlyMap<string, RawJson>;
  /** Further attributes; texts. */
  readonly attributes?: ReadonlyMap<string, string>;
}

/** An assessment of a fixture trace. */
export interface AssessmentFixture {
  readonly id: string;
  readonly name: string;
  readonly type: "feedback" | "expectation";
  readonly value: RawJson;
  readonly createdMs: number;
  readonly valid: boolean;
  readonly error?: string;
  /** HUMAN when absent. */
  readonly sourceType?: string;
}

/** A trace. */
export interface TraceFixture {
  readonly id: string;
  readonly experimentId: string;
  readonly timestampMs: number;
  /** Null: unfinished. */
  readonly executionTimeMs: number | null;
  readonly status: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly spans: readonly SpanFixture[];
  readonly assessments: readonly AssessmentFixture[];
}
