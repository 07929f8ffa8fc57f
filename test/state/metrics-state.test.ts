// States of metrics requests: what is put together from parts is what one run over everything gives.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type MetricsRequest,
  type MetricsState,
  memoryInput,
  mergeMetricsStates,
  metricsOfState,
  open,
  readMetricsState,
  writeMetricsState,
} from "../../src/index.ts";
import { runs } from "../support/runs.ts";

const LINES = readFileSync("fixtures/mlflow-v3/support-agents.jsonl", "utf8")
  .split("\n")
  .filter((line) => line !== "");
const percentile = (value: number) => ({ aggregation_type: "PERCENTILE", percentile_value: value });
const ALL = ["COUNT", "SUM", "AVG", "MIN", "MAX"].map((aggregation_type) => ({ aggregation_type }));

const REQUESTS: readonly MetricsRequest[] = [
  {
    view_type: "TRACES",
    metric_name: "trace_count",
    aggregations: [{ aggregation_type: "COUNT" }],
    dimensions: ["trace_status"],
  },
  {
    view_type: "TRACES",
    metric_name: "latency",
    aggregations: [...ALL, percentile(95), percentile(0)],
    dimensions: ["trace_name"],
  },
  {
    view_type: "TRACES",
    metric_name: "total_tokens",
    aggregations: [...ALL, percentile(50)],
    time_interval_seconds: 3_600,
  },
  { view_type: "SPANS", metric_name: "total_cost", aggregations: ALL, dimensions: ["span_model_name", "span_type"] },
  {
    view_type: "SPANS",
    metric_name: "latency",
    aggregations: ALL,
    filters: ["span.type = 'TOOL' OR span.name LIKE '%x%'"],
  },
  {
    view_type: "ASSESSMENTS",
    metric_name: "assessment_value",
    aggregations: [percentile(99.9)],
    dimensions: ["assessment_name"],
  },
];
const OPTIONS = { percentiles: "tdigest" } as const;

async function storeOf(lines: readonly string[]) {
  return open([memoryInput("part.jsonl", Buffer.from(lines.map((line) => `${line}\n`).join("")))]);
}

function textOf(state: MetricsState): string {
  return [...writeMetricsState(state)].join("");
}

const throughFile = (state: MetricsState): MetricsState =>
  readMetricsState(Buffer.from(textOf(state)), { name: state.name });

describe("states of parts", () => {
  test.each(REQUESTS.map((request) => [request.metric_name, request] as const))(
    "%s: any parts, in a file or not",
    async (_, request) => {
      const whole = await (await storeOf(LINES)).metrics(request, OPTIONS);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(LINES.length), { maxLength: 4 }), async (cuts) => {
          const edges = [0, ...cuts.sort((a, b) => a - b), LINES.length];
          const states: MetricsState[] = [];
          for (let at = 1; at < edges.length; at += 1) {
            const part = await storeOf(LINES.slice(edges[at - 1], edges[at]));
            states.push(throughFile(await part.metricsState(request, OPTIONS)));
          }
          const [first, ...rest] = states;
          const merged = mergeMetricsStates(states);
          expect(metricsOfState(merged)).toEqual(withinUlp(whole));
          // Step by step, through files, as well as at once.
          const chained = rest.reduce(
            (before, next) => throughFile(mergeMetricsStates([before, next])),
            first ?? merged,
          );
          expect(metricsOfState(chained)).toEqual(withinUlp(whole));
        }),
        { numRuns: runs(3) },
      );
    },
  );

  test("one part answers as the store does, and its file is the same every time", async () => {
    const store = await storeOf(LINES);
    for (const request of REQUESTS) {
      const state = await store.metricsState(request, OPTIONS);
      expect(metricsOfState(state)).toEqual(await store.metrics(request, OPTIONS));
      expect(metricsOfState(state, { maxResults: 2 })).toEqual(
        await store.metrics({ ...request, max_results: 2 }, OPTIONS),
      );
      expect(textOf(throughFile(state))).toBe(textOf(state));
      expect(textOf(mergeMetricsStates([state]))).toBe(textOf(state));
    }
  });

  test("two of one store are refused, at times that meet", async () => {
    const store = await storeOf(LINES);
    const [request = { view_type: "TRACES", metric_name: "trace_count", aggregations: [] }] = REQUESTS;
    const at = (start: number, end: number) =>
      store.metricsState({ ...request, start_time_ms: start, end_time_ms: end }, OPTIONS);
    const [all, again] = [await store.metricsState(request, OPTIONS), await store.metricsState(request, OPTIONS)];
    const message = /this store and this store are both of one store.*: its rows would be counted twice/;
    expect(() => mergeMetricsStates([all, all])).toThrow(message);
    expect(() => mergeMetricsStates([all, again])).toThrow(message);
    const middle = Date.UTC(2026, 2, 2, 12);
    const [before, after, late] = [await at(0, middle - 1), await at(middle, 4e12), await at(middle - 1, 4e12)];
    const both = mergeMetricsStates([before, after]);
    expect(() => mergeMetricsStates([before, late])).toThrow(/at times that meet/);
    expect(() => mergeMetricsStates([both, all])).toThrow(message);
    expect(metricsOfState(both).data_points).toEqual(withinUlp((await store.metrics(request, OPTIONS)).data_points));
    const elsewhere = await (await storeOf(LINES)).metricsState(request, OPTIONS);
    expect(() => mergeMetricsStates([all, elsewhere])).not.toThrow();
    expect(() => mergeMetricsStates([all, all], { allowOverlap: true })).not.toThrow();
  });

  test("costs that plain addition would lose", async () => {
    const trace = (id: number, cost: string) =>
      `{"info":{"trace_id":"t${id}","request_time":"2026-01-01T00:00:00Z","state":"OK","execution_duration_ms":${cost}}}`;
    const request: MetricsRequest = {
      view_type: "TRACES",
      metric_name: "latency",
      aggregations: [{ aggregation_type: "SUM" }],
    };
    const parts = [["9007199254740993", "1"], ["3"], ["9007199254740991", "9007199254740991"]];
    const states = await Promise.all(
      parts.map(async (list, part) =>
        throughFile(await (await storeOf(list.map((cost, at) => trace(part * 10 + at, cost)))).metricsState(request)),
      ),
    );
    expect(metricsOfState(mergeMetricsStates(states)).data_points[0]?.values).toEqual({
      SUM: Number(9007199254740993n + 4n + 2n * 9007199254740991n),
    });
  });
});

/** Equal but for one unit in the last place of sums and averages. */
function withinUlp(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, member: unknown) =>
    (key === "SUM" || key === "AVG") && typeof member === "number"
      ? { asymmetricMatch: (other: number) => Math.abs(other - member) <= Math.abs(member) * Number.EPSILON }
      : member,
  );
}

describe("states that do not go together", () => {
  const request = REQUESTS[1] ?? { view_type: "", metric_name: "", aggregations: [] };

  test.each<[string, Partial<MetricsRequest>]>([
    ["dimensions", { dimensions: ["trace_status"] }],
    ["filters", { filters: ["trace.status = 'OK'"] }],
    ["aggregations", { aggregations: ALL }],
    ["metric_name", { metric_name: "input_tokens" }],
    ["time_interval_seconds", { time_interval_seconds: 60 }],
    ["experiment_ids", { experiment_ids: ["1"] }],
  ])("other %s are named", async (part, change) => {
    const store = await storeOf(LINES);
    const left = await store.metricsState(request, OPTIONS);
    const right = await store.metricsState({ ...request, ...change }, OPTIONS);
    expect(() => mergeMetricsStates([left, { ...right, name: "b.state" }])).toThrow(
      new RegExp(`different requests: ${part} is .* in b.state`),
    );
    expect(() => mergeMetricsStates([left, right])).toThrow(expect.objectContaining({ code: "E_REQUEST" }));
  });

  test("times may differ; the whole range is kept", async () => {
    const store = await storeOf(LINES);
    const day = (start: number, end: number) =>
      store.metricsState({ ...request, start_time_ms: start, end_time_ms: end }, OPTIONS);
    const merged = mergeMetricsStates([await day(10, 20), await day(1, 5)]);
    expect([merged.request.start_time_ms, merged.request.end_time_ms]).toEqual([1, 20]);
  });

  test.each<[string, MetricsRequest]>([
    ["exact percentiles", { ...request }],
    [
      "distinct counts",
      { view_type: "TRACES", metric_name: "session_count", aggregations: [{ aggregation_type: "COUNT" }] },
    ],
  ])("%s are refused with a hint", async (what, refused) => {
    const failure = (await storeOf(LINES)).metricsState(refused, { percentiles: "exact" });
    await expect(failure).rejects.toMatchObject({
      code: "E_REQUEST",
      message: expect.stringContaining(what),
      hint: expect.any(String),
    });
  });
});

describe("state files", () => {
  const good = async (): Promise<string> =>
    textOf(await (await storeOf(LINES)).metricsState(REQUESTS[1] as MetricsRequest, OPTIONS));
  const refused = (text: string | Uint8Array, message: RegExp): void => {
    const read = () => readMetricsState(Buffer.from(text), { name: "x.state" });
    expect(read).toThrow(expect.objectContaining({ code: "E_DIGEST_INVALID" }));
    expect(read).toThrow(message);
  };

  test("cut, empty, foreign and later ones are refused, with the line", async () => {
    const text = await good();
    refused("", /x.state:1: .* is empty/);
    refused("{}\n", /x.state:1: .* does not begin/);
    refused('{"trace_id": "t"}\n', /x.state:1: .* does not begin/);
    refused(text.replace('"tracemill_state":1', '"tracemill_state":2'), /version is 2; this reads 1/);
    refused(text.slice(0, text.indexOf("\n") + 1), /x.state:2: .* cut short/);
    refused(text.slice(0, -1), /last line has no end/);
    refused(`${text}\n`, /is not JSON|after its end/);
    refused(`${text}${text}`, /after its end/);
    refused(text.replace("support-agent", "support-agenT"), /checksum/);
    refused(Buffer.from([0xff, 0xfe, 10]), /is not JSON/);
    expect(() => readMetricsState(Buffer.from(text), { limits: { groups: 2 } })).toThrow(
      expect.objectContaining({ code: "E_TOO_MANY_GROUPS" }),
    );
  });

  test("no change of bytes gets through the checksum, and none is answered with another error", async () => {
    const bytes = Buffer.from(await good());
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(() => readMetricsState(changed)).toThrow(expect.objectContaining({ code: "E_DIGEST_INVALID" }));
      }),
      { numRuns: runs(300) },
    );
  });

  test("a right checksum over wrong content is refused too", async () => {
    const { createHash } = await import("node:crypto");
    const lines = (await good()).trimEnd().split("\n");
    const sealed = (change: (lines: string[]) => void): string => {
      const content = lines.slice(0, -1);
      change(content);
      const text = content.map((line) => `${line}\n`).join("");
      return `${text}${JSON.stringify({ sha256: createHash("sha256").update(text).digest("hex") })}\n`;
    };
    const cells = (edit: (row: unknown[]) => unknown[]) =>
      sealed((list) => {
        const row: unknown[] = JSON.parse(list[1] ?? "");
        list[1] = JSON.stringify(edit(row));
      });
    const header = (edit: (top: Record<string, unknown>) => void) =>
      sealed((list) => {
        const top: Record<string, unknown> = JSON.parse(list[0] ?? "");
        edit(top);
        list[0] = JSON.stringify(top);
      });
    expect(() => readMetricsState(Buffer.from(sealed(() => undefined)))).not.toThrow();
    refused(
      header((top) => delete top["request"]),
      /request is refused/,
    );
    refused(
      header((top) => Object.assign(top, { request: { __proto__: null, view_type: "TRACES" } })),
      /request is refused/,
    );
    refused(
      header((top) => Object.assign(top, { groups: 1e99 })),
      /header is not whole/,
    );
    refused(
      header((top) => Object.assign(top, { keys: [] })),
      /keys are not those/,
    );
    refused(
      header((top) => Object.assign(top, { measures: ["count"] })),
      /measures are not those/,
    );
    refused(
      sealed((list) => list.push(list[1] ?? "")),
      /checksum/,
    );
    refused(
      sealed((list) => list.splice(2, 1, list[1] ?? "")),
      /twice/,
    );
    refused(
      cells((row) => row.slice(1)),
      /header's columns/,
    );
    refused(
      cells((row) => row.with(0, 5)),
      /key trace_name is no text/,
    );
    refused(
      cells((row) => row.with(1, -1)),
      /count is no count/,
    );
    refused(
      cells((row) => row.with(1, 3)),
      /as many values as were counted/,
    );
    refused(
      cells((row) => row.with(2, "12x")),
      /sum is no number/,
    );
    refused(
      cells((row) => row.with(2, null)),
      /sum is missing/,
    );
    refused(
      cells((row) => row.with(3, "1")),
      /sum_error is no number/,
    );
    refused(
      cells((row) => row.with(4, 1e300)),
      /min is above max/,
    );
    refused(
      cells((row) => row.with(6, "AAAA")),
      /cut after 3 bytes/,
    );
    refused(
      cells((row) => row.with(6, 7)),
      /digest is no text/,
    );
  });
});
