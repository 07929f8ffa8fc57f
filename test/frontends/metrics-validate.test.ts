// Refusals of metrics requests: MLflow's words, MLflow's order. The texts were read off MLflow 3.17.2's REST handler.

import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { VIEWS } from "../../src/frontends/metrics-catalog.ts";
import { validateMetrics } from "../../src/frontends/metrics-validate.ts";

const COUNT = { view_type: "TRACES", metric_name: "trace_count", aggregations: [{ aggregation_type: "COUNT" }] };
const LATENCY = { ...COUNT, metric_name: "latency", aggregations: [{ aggregation_type: "AVG" }] };

function refusal(request: unknown, strict = true): EngineError {
  try {
    validateMetrics(request, strict);
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error("accepted");
}

const percentile = (value: unknown) => ({
  ...LATENCY,
  aggregations: [{ aggregation_type: "PERCENTILE", percentile_value: value }],
});
const TRACE_METRICS =
  "['trace_count', 'session_count', 'latency', 'input_tokens', 'output_tokens', 'total_tokens', " +
  "'cache_read_input_tokens', 'cache_creation_input_tokens']";
const DOCS = " See the API docs for more information about request parameters.";

describe("refused requests", () => {
  it.each<[string, unknown, string]>([
    ["no view", { ...COUNT, view_type: undefined }, `Missing value for required parameter 'view_type'.${DOCS}`],
    ["null metric", { ...COUNT, metric_name: null }, `Missing value for required parameter 'metric_name'.${DOCS}`],
    ["empty metric", { ...COUNT, metric_name: "" }, "Missing value for required parameter 'metric_name'."],
    ["no aggregations", { ...COUNT, aggregations: undefined }, "Missing value for required parameter 'aggregations'."],
    ["empty aggregations", { ...COUNT, aggregations: [] }, "Missing value for required parameter 'aggregations'."],
    [
      "metric of another type",
      { ...COUNT, metric_name: 5 },
      `Invalid value 5 for parameter 'metric_name' supplied:  Hint: Value was of type 'int'.${DOCS}`,
    ],
    [
      "aggregations that are no list",
      { ...COUNT, aggregations: "COUNT" },
      `Invalid value "COUNT" for parameter 'aggregations' supplied:  Hint: Value was of type 'str'.`,
    ],
    ["dimensions that are no list", { ...COUNT, dimensions: "trace_name" }, "for parameter 'dimensions' supplied:"],
    ["a filter that is no text", { ...COUNT, filters: [5] }, "for parameter 'filters' supplied:"],
    ["an experiment that is no text", { ...COUNT, experiment_ids: [0] }, "for parameter 'experiment_ids' supplied:"],
    ["an interval that is no number", { ...COUNT, time_interval_seconds: "abc" }, "Hint: Value was of type 'str'."],
    ["a start with a fraction", { ...COUNT, start_time_ms: 1.5 }, "for parameter 'start_time_ms' supplied:"],
    ["an end beyond int64", { ...COUNT, end_time_ms: 1e19 }, "for parameter 'end_time_ms' supplied:"],
    ["a truth value for a count", { ...COUNT, max_results: true }, "Hint: Value was of type 'bool'."],
    ["a token that is no text", { ...COUNT, page_token: 5 }, "for parameter 'page_token' supplied:"],
    [
      "another view",
      { ...COUNT, view_type: "SESSIONS" },
      "view_type must be one of ['TRACES', 'SPANS', 'ASSESSMENTS'], got 'SESSIONS'",
    ],
    [
      "another view number",
      { ...COUNT, view_type: 7 },
      "view_type must be one of ['TRACES', 'SPANS', 'ASSESSMENTS'], got '7'",
    ],
    ["another metric", { ...COUNT, metric_name: "nope" }, `metric_name must be one of ${TRACE_METRICS}, got 'nope'`],
    ["a metric in capitals", { ...COUNT, metric_name: "Trace_Count" }, "got 'Trace_Count'"],
    ["percentile without value", percentile(undefined), "Percentile value is required for PERCENTILE aggregation"],
    ["percentile over 100", percentile(100.1), "Percentile value must be between 0 and 100, got 100.1"],
    ["percentile below 0", percentile(-1), "Percentile value must be between 0 and 100, got -1.0"],
    ["percentile NaN", percentile(Number.NaN), "Percentile value must be between 0 and 100, got nan"],
    [
      "percentile on another type",
      { ...LATENCY, aggregations: [{ aggregation_type: "AVG", percentile_value: 0 }] },
      "Percentile value is only allowed for PERCENTILE aggregation type, got AVG",
    ],
    [
      "aggregations of the wrong kind, sorted",
      { ...LATENCY, aggregations: [{ aggregation_type: "SUM" }, { aggregation_type: "COUNT" }] },
      "Found invalid aggregation_type(s): ['COUNT', 'SUM']. Supported aggregation types: ['AVG', 'MAX', 'MIN', 'PERCENTILE']",
    ],
    [
      "an unknown aggregation",
      { ...COUNT, aggregations: [{ aggregation_type: "MEDIAN" }] },
      "Found invalid aggregation_type(s): ['MEDIAN']. Supported aggregation types: ['COUNT']",
    ],
    [
      "MAX of what is counted",
      { ...COUNT, aggregations: [{ aggregation_type: "MAX" }] },
      "Found invalid aggregation_type(s): ['MAX']. Supported aggregation types: ['COUNT']",
    ],
    [
      "dimensions, each once, sorted",
      { ...COUNT, dimensions: ["x", "x", "a"] },
      "Found invalid dimension(s): ['a', 'x']. Supported dimensions: ['trace_name', 'trace_status']",
    ],
    ["a dimension with a quote", { ...COUNT, dimensions: ["it's"] }, `Found invalid dimension(s): ["it's"].`],
    [
      "the bucket as dimension",
      { ...COUNT, dimensions: ["time_bucket"] },
      "Found invalid dimension(s): ['time_bucket']",
    ],
    [
      "an interval without bounds",
      { ...COUNT, time_interval_seconds: 60, start_time_ms: 0 },
      "start_time_ms and end_time_ms are required if time_interval_seconds is set",
    ],
    [
      "an experiment that is no number",
      { ...COUNT, experiment_ids: ["x"] },
      "Invalid experiment ID 'x'. Experiment ID must be a valid integer.",
    ],
    ["no object", [], "Invalid request: expected an object, got list"],
    ["nothing", undefined, "Missing value for required parameter 'view_type'."],
  ])("%s", (_, request, message) => {
    const error = refusal(request);
    expect(error.code).toBe("E_REQUEST");
    expect(error.message).toContain(message);
  });

  it("reports the first failure: objects, view, metric, aggregations, dimensions, interval", () => {
    const wrong = {
      view_type: "SESSIONS",
      metric_name: "nope",
      aggregations: [{ aggregation_type: "PERCENTILE" }, { aggregation_type: "SUM" }],
      dimensions: ["zz"],
      time_interval_seconds: 5,
    };
    const steps = [
      [{}, "Percentile value is required"],
      [{ aggregations: [{ aggregation_type: "SUM" }] }, "view_type must be one of"],
      [{ view_type: "TRACES" }, "metric_name must be one of"],
      [{ metric_name: "latency" }, "Found invalid aggregation_type(s)"],
      [{ aggregations: [{ aggregation_type: "AVG" }] }, "Found invalid dimension(s)"],
      [{ dimensions: [] }, "start_time_ms and end_time_ms are required"],
    ] as const;
    let request: object = wrong;
    for (const [correction, message] of steps) {
      request = { ...request, ...correction };
      expect(refusal(request).message).toContain(message);
    }
  });

  it("takes MIN and MAX on every number in strict mode, as MLflow 3.17.2", () => {
    const bounds = ["MIN", "MAX"].map((aggregation_type) => ({ aggregation_type }));
    for (const { name: view_type, metrics } of VIEWS) {
      for (const { name: metric_name, input } of metrics) {
        const request = { view_type, metric_name, aggregations: bounds };
        if (input.kind === "number") expect(validateMetrics(request, true).aggregations).toHaveLength(2);
        else expect(refusal(request).message).toContain("['MAX', 'MIN']. Supported aggregation types: ['COUNT']");
      }
    }
  });

  it("hints at extended mode only where that accepts the request", () => {
    expect(refusal({ ...LATENCY, aggregations: [{ aggregation_type: "SUM" }] }).hint).toContain("Extended");
    expect(refusal({ ...COUNT, dimensions: ["tag.env"] }).hint).toContain("Extended");
    expect(refusal({ ...COUNT, dimensions: ["tag.env", "zz"] }).hint).toBeUndefined();
    expect(refusal({ ...COUNT, metric_name: "span_count" }).hint).toContain("SPANS");
  });
});

describe("suggestions", () => {
  it("name the nearest known name", () => {
    expect(refusal({ ...COUNT, view_type: "TRACE" }).hint).toBe("Did you mean TRACES?");
    expect(refusal({ ...COUNT, metric_name: "trace_cuont" }).hint).toBe("Did you mean trace_count?");
    expect(refusal({ ...COUNT, dimensions: ["trace_nam"] }).hint).toBe("Did you mean trace_name?");
    expect(refusal({ ...COUNT, aggregations: [{ aggregation_type: "CUONT" }] }).hint).toBe("Did you mean COUNT?");
    expect(refusal({ ...COUNT, dimensions: ["x".repeat(100)] }).hint).toBeUndefined();
  });
});

describe("accepted requests", () => {
  it("takes numbers as texts and enums as names in any case or as numbers", () => {
    const valid = validateMetrics(
      {
        view_type: 2,
        metric_name: "latency",
        aggregations: [{ aggregation_type: 4, percentile_value: "99.9" }, { aggregation_type: "avg" }],
        time_interval_seconds: "3600",
        start_time_ms: "-5",
        end_time_ms: 1e3,
        max_results: "7",
        page_token: "ignored",
        unknown: 1,
      },
      true,
    );
    expect(valid).toMatchObject({ intervalMs: 3_600_000, startMs: -5, endMs: 1000, maxResults: 7 });
    expect(valid.view.name).toBe("SPANS");
    expect(valid.aggregations.map(({ label }) => label)).toEqual(["P99.9", "AVG"]);
    expect(validateMetrics({ ...COUNT, view_type: "traces" }, true).view.name).toBe("TRACES");
    expect(validateMetrics({ ...COUNT, view_type: "1" }, true).view.name).toBe("TRACES");
  });

  it("defaults: 1000 points, all experiments, no bounds, no buckets", () => {
    const valid = validateMetrics({ ...COUNT, time_interval_seconds: 0, filters: null, dimensions: null }, true);
    expect(valid).toMatchObject({ maxResults: 1000, filters: [], dimensions: [] });
    expect([valid.experimentIds, valid.startMs, valid.endMs, valid.intervalMs]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("collapses equal aggregations and dimensions", () => {
    const twice = { ...percentile(50), dimensions: ["trace_name", "trace_name"] };
    const valid = validateMetrics({ ...twice, aggregations: [...twice.aggregations, ...twice.aggregations] }, true);
    expect(valid.aggregations.map(({ label }) => label)).toEqual(["P50.0"]);
    expect(valid.dimensions.map(({ name }) => name)).toEqual(["trace_name"]);
  });

  it("compares experiment ids as MLflow's numbers in strict mode, as texts in extended mode", () => {
    expect(validateMetrics({ ...COUNT, experiment_ids: [" 007 ", "+5", "-0"] }, true).experimentIds).toEqual([
      "7",
      "5",
      "0",
    ]);
    expect(validateMetrics({ ...COUNT, experiment_ids: ["007", "proj"] }, false).experimentIds).toEqual([
      "007",
      "proj",
    ]);
    expect(validateMetrics({ ...COUNT, experiment_ids: [] }, true).experimentIds).toEqual([]);
    expect(validateMetrics({ ...COUNT, experiment_ids: [] }, false).experimentIds).toBeUndefined();
  });

  it("reads a negative count as MLflow on SQLite does in strict mode, and refuses it in extended mode", () => {
    expect(validateMetrics({ ...COUNT, max_results: -1 }, true).maxResults).toBeUndefined();
    expect(refusal({ ...COUNT, max_results: -1 }, false).message).toContain("max_results");
  });
});

describe("extended mode", () => {
  it("adds COUNT everywhere and every aggregation to numbers", () => {
    const all = ["COUNT", "SUM", "AVG", "MIN", "MAX"].map((aggregation_type) => ({ aggregation_type }));
    expect(validateMetrics({ ...LATENCY, aggregations: all }, false).aggregations).toHaveLength(5);
    expect(refusal({ ...COUNT, aggregations: [{ aggregation_type: "MAX" }] }, false).message).toContain("['COUNT']");
  });

  it("adds keys and the owning trace's dimensions", () => {
    const dimensions = [
      "tag.env",
      "metadata.`a b`",
      "session",
      "user",
      "experiment_id",
      "trace_status",
      "span.attributes.k",
    ];
    const valid = validateMetrics({ ...LATENCY, view_type: "SPANS", dimensions }, false);
    expect(valid.dimensions.map(({ name }) => name)).toEqual(dimensions);
    expect(valid.dimensions[1]?.value).toMatchObject({ kind: "key", family: "metadata", key: "a b" });
  });

  it("buckets without bounds", () => {
    expect(validateMetrics({ ...LATENCY, time_interval_seconds: 60 }, false).intervalMs).toBe(60_000);
  });

  it("refuses keys without a name and dimensions of other views", () => {
    const message = refusal({ ...COUNT, dimensions: ["tag.", "span_name"] }, false).message;
    expect(message).toContain("Found invalid dimension(s): ['span_name', 'tag.']");
    expect(message).toContain("'metadata.<key>'");
  });
});
