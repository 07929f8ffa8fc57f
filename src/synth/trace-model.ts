// One synthetic trace as plain values: what build-trace.ts makes and write-trace.ts writes.
// What must stay true: spans stand in preorder with the one root first, every child lies within its parent's time,
// and `usage` and `cost` are the sums of the spans' own, a span's own hiding its descendants'.

import type { Nesting, TextSlice } from "./text-pool.ts";

/** An id as 32-bit words, big-endian: two words for a span, four for a trace. */
export type IdWords = readonly number[];

/**
 * A part of a payload's JSON text: a text from a fixed list (already JSON), prose from the pool inside a JSON string,
 * or an id in hex.
 */
export type Piece = string | { readonly slice: TextSlice; readonly nesting: Nesting } | { readonly hex: IdWords };

/** The JSON text of inputs or outputs. */
export interface Payload {
  readonly pieces: readonly Piece[];
  /** The chat message that MLflow previews in place of the whole payload. */
  readonly message?: TextSlice;
}

/** Tokens as a model reports them. `totalTokens` is input + output; cached ones are part of the input. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly cacheReadTokens?: number;
  readonly cacheCreationTokens?: number;
}

/** Cost of calls, USD. */
export interface Cost {
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly totalUsd: number;
}

/** One span. Times are whole nanoseconds from the start of the trace. */
export interface SyntheticSpan {
  readonly id: IdWords;
  /** Number of the parent; -1 for the root. */
  readonly parent: number;
  readonly name: string;
  readonly type: string;
  readonly startNs: number;
  /** Absent while the span is open. */
  readonly endNs?: number;
  readonly status: "OK" | "ERROR" | "UNSET";
  /** What was raised in the span, or passed through it. */
  readonly exception?: { readonly type: string; readonly message: string };
  readonly inputs: Payload;
  /** Absent when the span is open or failed. */
  readonly outputs?: Payload;
  /** Present on model calls. */
  readonly model?: { readonly name: string; readonly provider: string };
  readonly usage?: Usage;
  readonly cost?: Cost;
}

/** Value of a feedback or expectation, as JSON text. */
export interface SyntheticAssessment {
  readonly id: IdWords;
  readonly name: string;
  readonly kind: "feedback" | "expectation";
  readonly sourceType: "LLM_JUDGE" | "HUMAN" | "CODE";
  readonly sourceId: string;
  /** Milliseconds since 1970 UTC. */
  readonly createdMs: number;
  readonly updatedMs: number;
  /** JSON text; absent when the judge failed. */
  readonly value?: string;
  /** Number of the assessed span; absent: the trace as a whole. */
  readonly span?: number;
  readonly rationale?: TextSlice;
  readonly overrides?: IdWords;
  /** False when another assessment replaced it. */
  readonly isValid: boolean;
}

/** One trace. */
export interface SyntheticTrace {
  readonly id: IdWords;
  readonly experimentId: string;
  readonly name: string;
  readonly state: "OK" | "ERROR" | "IN_PROGRESS";
  /** Start: whole milliseconds since 1970 UTC, and nanoseconds past them in [0, 1e6). */
  readonly startMs: number;
  readonly startNsOfMs: number;
  /** Whole milliseconds, floored; absent while in progress. */
  readonly durationMs?: number;
  readonly clientRequestId?: IdWords;
  readonly session?: IdWords;
  readonly user?: string;
  readonly gitCommit?: IdWords;
  readonly runId?: IdWords;
  readonly modelId?: IdWords;
  readonly sourceName: string;
  readonly sourceType: string;
  readonly usage?: Usage;
  readonly cost?: Cost;
  /** User tags, distinct keys. */
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly spans: readonly SyntheticSpan[];
  readonly assessments: readonly SyntheticAssessment[];
}
