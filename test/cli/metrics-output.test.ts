// Metrics output in every format, compared exactly, from responses as the front end makes them.
import { describe, expect, it } from "vitest";
import { FlagValues } from "../../src/cli/flags.ts";
import { metricsRequest, parseAggregation } from "../../src/cli/metrics.ts";
import { METRICS_OUTPUTS, type MetricsOutputOptions, renderMetrics } from "../../src/cli/metrics-output.ts";
import type { MetricsRequest, MetricsResponse } from "../../src/index.ts";
import { tempFile } from "../support/temp-dir.ts";

const REQUEST: MetricsRequest = {
  view_type: "TRACES",
  metric_name: "latency",
  aggregations: [parseAggregation("AVG"), parseAggregation("p95")],
  dimensions: ["trace_name"],
};
const point = (name: string, values: Record<string, number>) => ({
  metric_name: "latency",
  dimensions: { trace_name: name },
  values,
});
const WORKED: MetricsResponse = {
  data_points: [point("chat", { AVG: 1234.5, "P95.0": 3000 }), point("rag-agent", { AVG: 90 })],
};
const EMPTY: MetricsResponse = { data_points: [] };

function output(response: MetricsResponse, options: Partial<MetricsOutputOptions> = {}): string {
  const defaults = { format: "table", request: REQUEST, strict: false, approximate: false } as const;
  return [...renderMetrics(response, { ...defaults, csvSafe: false, width: 80, colour: false, ...options })].join("");
}

describe("table", () => {
  it("draws the worked example of the skill under --strict", () => {
    expect(output(WORKED, { strict: true })).toBe(
      "trace_name  AVG      P95.0\n----------  -------  -----\nchat        1234.50  3000 \nrag-agent   90       N/A  \n",
    );
  });

  it("aligns numbers and writes P95 otherwise", () => {
    expect(output(WORKED)).toBe(
      "trace_name      AVG   P95\n----------  -------  ----\nchat        1234.50  3000\nrag-agent     90.00   N/A\n",
    );
  });

  it("marks approximate percentiles, and makes the header bold in colour", () => {
    expect(output(WORKED, { approximate: true }).split("\n")[0]).toBe("trace_name      AVG  ~P95");
    expect(output(WORKED, { colour: true }).split("\n")[0]).toBe("\u001b[1mtrace_name      AVG   P95\u001b[22m");
  });

  it("keeps the order asked for when the first point lacks a value", () => {
    const response = { data_points: [point("a", { "P95.0": 1 }), point("b", { AVG: 2, "P95.0": 3 })] };
    expect(output(response).split("\n")[0]).toBe("trace_name  AVG  P95");
    expect(output(response, { strict: true }).split("\n")[0]).toBe("trace_name  P95.0");
  });

  it.each([true, false])("says that there are no points (strict %s)", (strict) => {
    expect(output(EMPTY, { strict })).toBe("No data points found.\n");
  });
});

describe("other formats", () => {
  it("json is MLflow's response body without empty parts", () => {
    const whole = { data_points: [{ metric_name: "trace_count", dimensions: {}, values: { COUNT: 3 } }] };
    expect(output(whole, { format: "json" })).toBe(
      '{\n  "data_points": [\n    {\n      "metric_name": "trace_count",\n      "values": {\n        "COUNT": 3\n      }\n    }\n  ]\n}\n',
    );
    expect(output(EMPTY, { format: "json" })).toBe("{}\n");
  });

  it("jsonl is a point a line", () => {
    expect(output(WORKED, { format: "jsonl" })).toBe(
      '{"metric_name": "latency", "dimensions": {"trace_name": "chat"}, "values": {"AVG": 1234.5, "P95.0": 3000}}\n' +
        '{"metric_name": "latency", "dimensions": {"trace_name": "rag-agent"}, "values": {"AVG": 90}}\n',
    );
    expect(output(EMPTY, { format: "jsonl" })).toBe("");
  });

  it("csv and markdown have a header also without points", () => {
    const request = { ...REQUEST, time_interval_seconds: "3600" };
    expect(output(WORKED, { format: "csv" })).toBe("trace_name,AVG,P95\r\nchat,1234.5,3000\r\nrag-agent,90,\r\n");
    expect(output(EMPTY, { format: "csv", request })).toBe("time_bucket,trace_name,AVG,P95\r\n");
    expect(output(WORKED, { format: "markdown" })).toBe(
      "| trace_name | AVG | P95 |\n| --- | ---: | ---: |\n| chat | 1234.50 | 3000 |\n| rag-agent | 90.00 | N/A |\n",
    );
  });

  it("every format is a list of pieces that can be long", () => {
    const points = Array.from({ length: 50_000 }, (_, at) => point(`t${at}`, { AVG: at / 3 }));
    for (const format of METRICS_OUTPUTS) {
      const pieces = renderMetrics(
        { data_points: points },
        { format, request: REQUEST, strict: false, approximate: false, csvSafe: false, width: 80, colour: false },
      );
      let longest = 0;
      for (const piece of pieces) longest = Math.max(longest, piece.length);
      expect(longest).toBeLessThan(300);
    }
  });
});

describe("request", () => {
  const flags = (given: Record<string, readonly string[]>) => new FlagValues(new Map(Object.entries(given)));

  it("has the parts that were given, unchecked", () => {
    const filter = tempFile("filter.txt", "trace.status = 'OK'\n");
    const request = metricsRequest(
      flags({
        metric: ["nonsense"],
        aggregations: ["avg, P99.9,median,PERCENTILE"],
        "view-type": ["spans"],
        dimensions: ["a, b"],
        filter: ["x = 1", `@${filter}`],
        "time-interval": ["15m"],
        "start-time": ["-1h"],
        "end-time": ["now"],
        "experiment-ids": ["1,2"],
        "max-results": ["many"],
      }),
      3_600_000,
    );
    expect(request).toEqual({
      metric_name: "nonsense",
      aggregations: [
        { aggregation_type: "AVG" },
        { aggregation_type: "PERCENTILE", percentile_value: 99.9 },
        { aggregation_type: "MEDIAN" },
        { aggregation_type: "PERCENTILE" },
      ],
      view_type: "spans",
      dimensions: ["a", "b"],
      filters: ["x = 1", "trace.status = 'OK'"],
      time_interval_seconds: "900",
      start_time_ms: 0,
      end_time_ms: 3_600_000,
      experiment_ids: ["1", "2"],
      max_results: "many",
    });
  });

  it("leaves out what was not given", () => {
    expect(metricsRequest(flags({ metric: ["m"], aggregations: ["COUNT"] }), 0)).toEqual({
      metric_name: "m",
      aggregations: [{ aggregation_type: "COUNT" }],
      view_type: "TRACES",
    });
  });

  it.each([
    ["P-5", -5],
    ["p0", 0],
    ["P.5", 0.5],
    ["P1E1", 10],
    ["P101", 101],
  ])("reads %s as a percentile, in range or not", (word, value) => {
    expect(parseAggregation(word)).toEqual({ aggregation_type: "PERCENTILE", percentile_value: value });
  });
});
