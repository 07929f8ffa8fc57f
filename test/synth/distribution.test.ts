// The shapes of 2,000 traces lie near the figures they are drawn from. Bounds are loose: they catch a slip, not a
// wobble.

import { expect, test } from "vitest";
import { generateExport, generateTraces } from "../../src/synth/export.ts";
import type { SyntheticSpan } from "../../src/synth/trace-model.ts";
import { groupBy } from "../support/group.ts";

const traces = [...generateTraces({ seed: 2026, traces: 2000 })];
const spans = traces.flatMap((trace) => trace.spans);
const share = <T>(values: readonly T[], holds: (value: T) => boolean): number =>
  values.filter(holds).length / values.length;
const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))] as number;
const durationMs = ({ startNs, endNs }: SyntheticSpan): number => ((endNs ?? startNs) - startNs) / 1e6;

function between(value: number, low: number, high: number): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}

test("spans per trace and depth", () => {
  const counts = traces.map((trace) => trace.spans.length);
  between(quantile(counts, 0.5), 4, 6);
  between(
    share(counts, (count) => count === 1),
    0.22,
    0.28,
  );
  between(
    share(counts, (count) => count > 40),
    0.02,
    0.045,
  );
  const depths = traces.map(({ spans: own }) => {
    const depth: number[] = [];
    for (const span of own) depth.push(span.parent < 0 ? 1 : (depth[span.parent] as number) + 1);
    return depth.reduce((a, b) => Math.max(a, b));
  });
  between(quantile(depths, 0.5), 2, 3);
  between(quantile(depths, 0.99), 5, 12);
});

test("durations: traces around 5 s, spans in two humps", () => {
  between(
    quantile(
      traces.flatMap((trace) => trace.durationMs ?? []),
      0.5,
    ),
    4_000,
    7_000,
  );
  const durations = spans.map(durationMs);
  between(
    share(durations, (ms) => ms < 5),
    0.25,
    0.5,
  );
  between(
    share(durations, (ms) => ms > 300),
    0.4,
    0.7,
  );
});

test("types, errors and tokens", () => {
  const ofType = (type: string) => share(spans, (span) => span.type === type);
  between(ofType("CHAIN"), 0.18, 0.32);
  between(ofType("CHAT_MODEL"), 0.17, 0.28);
  between(ofType("TOOL"), 0.13, 0.23);
  between(ofType("AGENT"), 0.03, 0.1);
  between(
    share(traces, (trace) => trace.state === "ERROR"),
    0.012,
    0.03,
  );
  between(
    share(traces, (trace) => trace.state === "IN_PROGRESS"),
    0.0005,
    0.007,
  );
  const calls = spans.filter((span) => span.model !== undefined && span.parent >= 0);
  between(
    share(calls, (span) => span.usage !== undefined),
    0.7,
    0.8,
  );
  const usual = calls.flatMap(({ usage }) => (usage?.cacheReadTokens === undefined ? (usage?.inputTokens ?? []) : []));
  between(quantile(usual, 0.5), 700, 900);
  const coding = calls.flatMap(({ usage }) => (usage?.cacheReadTokens === undefined ? [] : usage.inputTokens));
  between(quantile(coding, 0), 60_000, 70_000);
  between(
    share(traces, (trace) => trace.name === "coding-agent"),
    0.08,
    0.12,
  );
});

test("sessions, users, tags and assessments", () => {
  between(
    share(traces, (trace) => trace.session !== undefined),
    0.37,
    0.43,
  );
  between(
    share(traces, (trace) => trace.user !== undefined),
    0.26,
    0.34,
  );
  between(
    share(traces, (trace) => trace.assessments.length === 0),
    0.82,
    0.88,
  );
  expect(new Set(traces.map((trace) => trace.tags.length))).toEqual(new Set([0, 1, 2, 3, 4]));
  for (const { tags } of traces) expect(new Set(tags.map(([key]) => key)).size).toBe(tags.length);
  const sessions = groupBy(
    traces.filter((trace) => trace.session !== undefined),
    (trace) => String(trace.session),
  );
  between(sessions.size, 250, 330);
  for (const turns of sessions.values())
    expect(new Set(turns.map((turn) => `${turn.name} ${turn.user}`)).size <= 2).toBe(true);
});

test("traffic follows the hours of the day", () => {
  const hours = traces.map(({ startMs }) => new Date(startMs).getUTCHours());
  expect(share(hours, (hour) => hour >= 8 && hour < 18)).toBeGreaterThan(0.55);
  expect(share(hours, (hour) => hour < 5)).toBeLessThan(0.12);
});

test("bytes: kilobytes a trace, and the backslashes of JSON in JSON", () => {
  const text = Buffer.concat([...generateExport({ seed: 2026, traces: 500, maxSpans: 100 })]).toString("latin1");
  between(
    quantile(
      text.split("\n").map((line) => line.length),
      0.5,
    ),
    10_000,
    30_000,
  );
  between(
    share([...text.slice(0, 5_000_000)], (byte) => byte === "\\"),
    0.03,
    0.16,
  );
});
