// Random fixture traces and random valid metrics requests over them, for tests that compare two ways of computing.
// Values are drawn from small pools, so that groups, ties, bounds and nulls meet often.

import fc from "fast-check";
import {
  allowedAggregations,
  allowedDimensions,
  type MetricSpec,
  VIEWS,
  type ViewSpec,
} from "../../src/frontends/metrics-catalog.ts";
import type { MetricsRequest } from "../../src/frontends/mlflow-metrics.ts";
import type { RawJson } from "./raw-json.ts";
import type { AssessmentFixture, SpanFixture, TraceFixture } from "./trace-fixture.ts";

/** The instant that fixture times lie around: a Monday, 2026-03-02T00:00:00Z. */
const BASE_MS = 1_772_409_600_000;
const HOUR_MS = 3_600_000;

const NAMES = ["chat", "rag", "", "Chat", "Ünder", "\u{1f600}", "\uffee", "__proto__", "it's", "a\nb"];
const KEYS = ["env", "my key", "__proto__", "a.b", "10", "9"];

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const someText = fc.constantFrom(...NAMES);

/** Offsets from the base: around bounds of hours, days and the base itself, and anywhere within three days. */
const offsetMs = fc.oneof(
  fc.constantFrom(-1, 0, 1, HOUR_MS - 1, HOUR_MS, HOUR_MS + 1, 24 * HOUR_MS - 1, 24 * HOUR_MS),
  fc.integer({ min: -36 * HOUR_MS, max: 36 * HOUR_MS }),
);
const timestampMs = fc.oneof(
  { weight: 8, arbitrary: offsetMs.map((offset) => BASE_MS + offset) },
  { weight: 1, arbitrary: fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }) },
);

const raw = (text: string): RawJson => ({ raw: text });
const rawNumber = fc.oneof(
  fc.constantFrom("0", "1", "1.0", "-2", "4.5", "0.1", "1e2", "250.0", "3").map(raw),
  fc.integer({ min: -50, max: 50 }).map((value) => raw(String(value))),
);

/** Values of assessments: every JSON type, words that count as numbers, and words that do not. */
const assessmentValue: fc.Arbitrary<RawJson> = fc.oneof(
  { weight: 4, arbitrary: rawNumber },
  { weight: 2, arbitrary: fc.boolean() },
  {
    weight: 2,
    arbitrary: fc.constantFrom("yes", "no", " Yes ", "NO", "true", "0.8", "", "high", "é\u{1f600}", 'q"\\'),
  },
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<RawJson>([raw("1"), "a"], new Map<string, RawJson>([["k", [raw("1"), raw("2")]]]), []),
  },
);

/** A token count as clients write it: whole, integral, as text, and the forms that are no count. */
const tokenValue = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 4_000_000_000 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom("100.0", '"100"', "-3", "0") },
  { weight: 2, arbitrary: fc.constantFrom("null", "1.5", "true", '"many"') },
);
const tokenUsage = fc
  .record(
    {
      input_tokens: tokenValue,
      output_tokens: tokenValue,
      total_tokens: tokenValue,
      cache_read_input_tokens: tokenValue,
    },
    { requiredKeys: [] },
  )
  .map(
    (usage) =>
      `{${Object.entries(usage)
        .map(([key, text]) => `"${key}": ${text}`)
        .join(", ")}}`,
  );

function entries(given: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(given).flatMap(([key, text]) => (text === undefined ? [] : [[key, text] as const])));
}

const keyed = fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS), someText), { maxLength: 3, selector: ([key]) => key });
const tags = fc
  .tuple(optional(someText), keyed)
  .map(([name, others]) => new Map([...entries({ "mlflow.traceName": name }), ...others]));
const metadata = fc
  .tuple(
    fc.record({
      "mlflow.trace.session": optional(fc.constantFrom("s1", "s2", "s3", "")),
      "mlflow.trace.user": optional(fc.constantFrom("u1", "u2")),
      "mlflow.trace.tokenUsage": optional(tokenUsage),
    }),
    keyed,
  )
  .map(([known, others]) => new Map([...entries(known), ...others]));

const usd = fc
  .oneof(fc.constantFrom("0", "0.01", "0.1", "1.0", "3"), fc.double({ min: 0, max: 5, noNaN: true }).map(String))
  .map(raw);
const cost = fc
  .record({ input_cost: optional(usd), output_cost: optional(usd), total_cost: optional(usd) })
  .map(
    (given) => new Map(Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
  );

interface SpanDraw
  extends Omit<SpanFixture, "id" | "startNs" | "endNs" | "model" | "provider" | "cost" | "attributes"> {
  readonly startMs: number;
  readonly startSubMs: bigint;
  readonly durationNs: bigint | null;
  readonly model: string | undefined;
  readonly provider: string | undefined;
  readonly cost: ReadonlyMap<string, RawJson> | undefined;
  readonly attributes: readonly (readonly [string, string])[];
}

const spanDraw: fc.Arbitrary<SpanDraw> = fc.record({
  name: someText,
  type: fc.constantFrom("LLM", "TOOL", "AGENT", null),
  status: fc.constantFrom("OK", "ERROR", "UNSET"),
  startMs: offsetMs.map((offset) => BASE_MS + offset),
  startSubMs: fc.constantFrom(0n, 1n, 500_000n, 999_999n),
  durationNs: fc.oneof(
    fc.constantFrom(null, 0n, 999_999n, 1_000_000n, -1n, -1_500_000n),
    fc.bigInt({ min: 0n, max: 90_000_000_000n }),
  ),
  model: optional(fc.constantFrom("gpt-4o", "claude-3", "")),
  provider: optional(fc.constantFrom("openai", "anthropic")),
  cost: optional(cost),
  attributes: keyed,
});

function spanOf(
  { startMs, startSubMs, durationNs, model, provider, cost: costs, attributes, ...rest }: SpanDraw,
  place: number,
): SpanFixture {
  const startNs = BigInt(startMs) * 1_000_000n + startSubMs;
  return {
    ...rest,
    id: String(place),
    startNs,
    endNs: durationNs === null ? null : startNs + durationNs,
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
    ...(costs === undefined ? {} : { cost: costs }),
    attributes: new Map(attributes),
  };
}

const assessmentDraw: fc.Arbitrary<Omit<AssessmentFixture, "id">> = fc.record({
  name: fc.constantFrom("correct", "score", "", "q"),
  type: fc.constantFrom("feedback", "expectation"),
  value: assessmentValue,
  createdMs: timestampMs,
  valid: fc.boolean(),
  sourceType: fc.constantFrom("HUMAN", "LLM_JUDGE", "CODE"),
});

const traceDraw = fc.record({
  experimentId: fc.constantFrom("0", "0", "7"),
  timestampMs,
  executionTimeMs: fc.option(fc.integer({ min: -5, max: 5_000 })),
  status: fc.constantFrom("OK", "ERROR", "IN_PROGRESS", "STATE_UNSPECIFIED"),
  tags,
  metadata,
  spans: fc.array(spanDraw, { maxLength: 4 }).map((drawn) => drawn.map(spanOf)),
  assessments: fc
    .array(assessmentDraw, { maxLength: 3 })
    .map((drawn) => drawn.map((assessment, place) => ({ ...assessment, id: String(place) }))),
});

/** Up to `maxLength` traces with ids of their own. */
export function someTraces(maxLength: number): fc.Arbitrary<readonly TraceFixture[]> {
  return fc
    .array(traceDraw, { maxLength })
    .map((drawn) => drawn.map((trace, place) => ({ ...trace, id: `tr-${place}` })));
}

const FILTERS: Readonly<Record<ViewSpec["name"], readonly string[]>> = {
  TRACES: [
    "trace.status = 'OK'",
    'trace.status = "ERROR"',
    "trace.tag.env = 'chat'",
    "trace.tag.`my key` = 'rag'",
    "trace.tag.__proto__ = 'chat'",
    "trace.tag.a.b = ''",
    "trace.tag.`mlflow.traceName` = 'chat'",
    "trace.metadata.mlflow.trace.session = 's1'",
    "trace.metadata.env = 'rag'",
  ],
  SPANS: ["span.type = 'LLM'", "span.name = 'chat'", "span.status = 'ERROR'", `span.name = "it's"`],
  ASSESSMENTS: ["assessment.type = 'feedback'", "assessment.name = 'correct'", "assessment.name = ''"],
};

const intervalSeconds = fc.constantFrom(0, 1, 7, 60, 3_600, 5_400, 86_400, 604_800, 2_592_000);

/** A request that is valid in that mode. */
export function someRequest(strict: boolean): fc.Arbitrary<MetricsRequest> {
  const metrics = VIEWS.flatMap((view) => view.metrics.map((metric) => ({ view, metric })));
  return fc.constantFrom(...metrics).chain(({ view, metric }) => requestFor(view, metric, strict));
}

function requestFor(view: ViewSpec, metric: MetricSpec, strict: boolean): fc.Arbitrary<MetricsRequest> {
  const aggregation = fc
    .tuple(fc.constantFrom(...allowedAggregations(metric, strict)), fc.constantFrom(0, 25, 50, 90, 95, 99.9, 100))
    .map(([name, percentile]) => ({
      aggregation_type: name,
      ...(name === "PERCENTILE" ? { percentile_value: percentile } : {}),
    }));
  const names = allowedDimensions(view, metric, strict).map((name) => name.replace("<key>", "env"));
  const extras = strict ? [] : view.families.flatMap(({ prefix }) => KEYS.map((key) => prefix + key));
  const dimensions = [...names, ...extras];
  const filters = view.name === "TRACES" ? FILTERS.TRACES : [...FILTERS.TRACES, ...FILTERS[view.name]];
  return fc
    .record({
      aggregations: fc.array(aggregation, { minLength: 1, maxLength: 3 }),
      dimensions:
        dimensions.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...dimensions), { maxLength: 2 }),
      filters: fc.array(fc.constantFrom(...filters), { maxLength: 1 }),
      interval: intervalSeconds,
      start: optional(timestampMs),
      end: optional(timestampMs),
      max_results: optional(fc.constantFrom(0, 1, 2, 3, 1000)),
      experiment_ids: optional(fc.constantFrom(["0"], ["7"], ["0", "7"])),
    })
    .map(({ interval, start, end, max_results, experiment_ids, ...given }) => {
      const bounded = interval > 0;
      const first = start ?? (bounded ? BASE_MS - 48 * HOUR_MS : undefined);
      const last = end ?? (bounded ? BASE_MS + 48 * HOUR_MS : undefined);
      return {
        view_type: view.name,
        metric_name: metric.name,
        ...given,
        time_interval_seconds: interval,
        ...(first === undefined ? {} : { start_time_ms: first }),
        ...(last === undefined ? {} : { end_time_ms: last }),
        ...(max_results === undefined ? {} : { max_results }),
        ...(experiment_ids === undefined ? {} : { experiment_ids }),
      };
    });
}
