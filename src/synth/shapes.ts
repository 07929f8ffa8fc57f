// THE figures of the synthetic exports: how many spans, how deep, how long, how large, how often.
// Read by span-tree, trace-model, payloads and trace-info. They follow measurements on 210 real MLflow traces
// (884 spans), 11 Langfuse and 5 coding-agent traces; figures marked "judged" go beyond what those could show.
// Sizes are bytes of the decoded attribute text; durations milliseconds; shares probabilities in [0, 1].

import { weighted } from "./random.ts";

/** Whole numbers in [first, last], drawn uniformly or log-uniformly. */
export interface CountRange {
  readonly first: number;
  readonly last: number;
  readonly logarithmic: boolean;
}

/** A log-normal law: its median and the standard deviation of its logarithm. */
export interface LogNormal {
  readonly median: number;
  readonly sigma: number;
}

/** Spans of a trace (judged: single calls and large agents were rare in the measured files). */
export const SPANS_PER_TRACE = weighted<CountRange>([
  [{ first: 1, last: 1, logarithmic: false }, 25],
  [{ first: 3, last: 8, logarithmic: false }, 55],
  [{ first: 9, last: 40, logarithmic: true }, 17],
  [{ first: 41, last: 200, logarithmic: true }, 2.8],
  [{ first: 201, last: 2000, logarithmic: true }, 0.2],
]);

/** Shape of the span tree: depth is `minDepth` + geometric, fan-out 1 to 3 but for one hub. */
export const TREE = {
  minDepth: 2,
  depthSuccess: 0.5,
  maxDepth: 12,
  maxFanOut: 3,
  /** Share of spans that have no children although depth would allow them; the first path always goes to full depth. */
  leafShare: 0.7,
  /** Share of steps back to the parent before its fan-out is used up. */
  closeShare: 0.2,
} as const;

/** Types of spans with children. The root of a tree is an AGENT or a CHAIN, by its app. */
export const INNER_TYPES = weighted([
  ["CHAIN", 70],
  ["AGENT", 17],
  ["TOOL", 8],
  ["CHAT_MODEL", 3],
  ["WORKFLOW", 2],
] as const);

/** Types of spans without children in a tree (judged: one parser-heavy app dominated the measured ones). */
export const LEAF_TYPES = weighted([
  ["CHAT_MODEL", 26],
  ["LLM", 9],
  ["TOOL", 21],
  ["PARSER", 10],
  ["CHAIN", 15],
  ["RETRIEVER", 7],
  ["UNKNOWN", 4],
  ["EMBEDDING", 1.2],
  ["RERANK_STEP", 1],
] as const);

/** Types of traces of one span. */
export const SINGLE_TYPES = weighted([
  ["CHAT_MODEL", 60],
  ["LLM", 20],
  ["UNKNOWN", 20],
] as const);

/** Durations. A trace's law is stretched by the square root of its spans over `stretchSpans`. */
export const DURATION = {
  traceMs: { median: 5_000, sigma: 0.8 },
  stretchSpans: 8,
  /** Glue: parsers, retrievers, local tools. */
  shortMs: { low: 0.1, high: 5 },
  /** Share of each leaf type that is glue. */
  shortShare: { PARSER: 1, RETRIEVER: 0.6, EMBEDDING: 0.3, UNKNOWN: 0.6, TOOL: 0.6, CHAIN: 0.9, RERANK_STEP: 0.9 },
  /** Sigma of the weights by which model calls share their parent's time. */
  shareSigma: 0.7,
  /** Share of parents whose children run side by side. */
  parallelShare: 0.12,
} as const;

/** States of traces, and errors that a parent caught. */
export const STATE = { errorShare: 0.02, inProgressShare: 0.003, caughtToolErrorShare: 0.01 } as const;

/** Tokens of a model call; a coding agent resends a long, cached conversation. */
export const TOKENS = {
  reportedShare: 0.75,
  input: { median: 800, sigma: 1.0 },
  output: { median: 150, sigma: 1.0 },
  coding: { input: { low: 60_000, high: 130_000 }, cachedShare: 0.95, cacheWriteShare: 0.02 },
} as const;

/** Sizes of texts in bytes. */
export const TEXT = {
  question: { median: 200, sigma: 0.9 },
  inputs: { median: 1_500, sigma: 1.1 },
  outputs: { median: 600, sigma: 1.0 },
  toolArguments: { median: 120, sigma: 0.8 },
  rationale: { median: 220, sigma: 0.6 },
} as const satisfies Record<string, LogNormal>;

/** Cuts that MLflow makes, in characters, the suffix "..." included. */
export const CUT = { preview: 1_000, metadata: 250 } as const;

/** Assessments of a trace (judged). */
export const ASSESSMENTS_PER_TRACE = weighted<CountRange>([
  [{ first: 0, last: 0, logarithmic: false }, 85],
  [{ first: 1, last: 2, logarithmic: false }, 10],
  [{ first: 3, last: 8, logarithmic: false }, 5],
]);

/** Who assesses, and how often an assessment fails, is replaced, or hangs on a span. */
export const ASSESSMENT = {
  sources: weighted([
    ["LLM_JUDGE", 70],
    ["HUMAN", 20],
    ["CODE", 10],
  ] as const),
  errorShare: 0.02,
  overriddenShare: 0.05,
  onSpanShare: 0.6,
  rationaleShare: { LLM_JUDGE: 0.85, HUMAN: 0.3, CODE: 0 },
} as const;

/** How often optional parts of a trace's info are there. */
export const INFO = {
  maxUserTags: 4,
  sessionShare: 0.4,
  /** With both, 30 % of all traces have a user. */
  userShareInSession: 0.6,
  userShareAlone: 0.1,
  gitShare: 0.22,
  runShare: 0.06,
  modelIdShare: 0.08,
  clientRequestShare: 0.05,
  users: 5_000,
} as const;

/** Sessions: of each `groupTraces` adjacent traces, those with a session share `groupSessions`, each within `lengthMs`. */
export const SESSION = { groupTraces: 12, groupSessions: 2, lengthMs: 20 * 60_000 } as const;

/** Share of the busiest hour's traffic by hour of the day, UTC (judged: office hours of one continent). */
export const HOURLY_RHYTHM: readonly number[] = [
  0.2, 0.16, 0.14, 0.13, 0.14, 0.18, 0.3, 0.5, 0.75, 0.92, 1, 0.97, 0.85, 0.9, 1, 0.98, 0.9, 0.8, 0.65, 0.52, 0.45, 0.4,
  0.33, 0.26,
];
