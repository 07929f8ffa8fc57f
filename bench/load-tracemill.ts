// The load bench's subject: tracemill's own `open`, all columns that the rival makes too. Called by load-child.ts.
// Span attributes by key are left out on both sides; payload stays in the file, by place.

import { ASSESSMENT_COLUMNS, open, SPAN_COLUMNS, TRACE_COLUMNS } from "../src/index.ts";
import type { LoadEngine } from "./load-answers.ts";

/** This version loads on one thread. */
export const TRACEMILL_THREADS = 1;

/** Every declared column, and tags and metadata by key. */
export const TRACEMILL_COLUMNS: readonly string[] = [
  ...TRACE_COLUMNS.map(({ name }) => `traces.${name}`),
  ...SPAN_COLUMNS.map(({ name }) => `spans.${name}`),
  ...ASSESSMENT_COLUMNS.map(({ name }) => `assessments.${name}`),
  "traces.tag.*",
  "traces.metadata.*",
];

/** tracemill's `open`. */
export const tracemillEngine =
  (threads = TRACEMILL_THREADS): LoadEngine =>
  async (path) => {
    const started = performance.now();
    const store = await open([path], { columns: TRACEMILL_COLUMNS, threads });
    const seconds = (performance.now() - started) / 1000;
    const { tables } = store.summary();
    const ask = async (metric_name: string, aggregation: { aggregation_type: string; percentile_value?: number }) => {
      const { data_points } = await store.metrics({ view_type: "TRACES", metric_name, aggregations: [aggregation] });
      return Number(Object.values(data_points[0]?.values ?? {})[0]);
    };
    const answers = {
      traces: tables.traces.rows,
      spans: tables.spans.rows,
      assessments: tables.assessments.rows,
      totalTokens: await ask("total_tokens", { aggregation_type: "SUM" }),
      p95Ms: await ask("latency", { aggregation_type: "PERCENTILE", percentile_value: 95 }),
    };
    store.close();
    return { seconds, answers };
  };
