// MLflow's trace metrics through the command line, in strict mode: the conformance cases that a command can say.
// Answers are compared as MLflow's response body; refusals by exit status, code and words, with nothing on stdout.

import { describe, expect, it } from "vitest";
import { exportLines } from "../conformance/fixture-writer.ts";
import { type MetricsCase, metricsCases } from "../conformance/metrics-cases.ts";
import { run } from "../support/cli-io.ts";
import { expectPoints, type Point } from "../support/points.ts";

/** A percentile on another aggregation has no form on the command line. */
const sayable = metricsCases().filter(({ request }) =>
  request.aggregations.every((a) => a.aggregation_type === "PERCENTILE" || a.percentile_value === undefined),
);
const answered = sayable.flatMap((item) => (item.expect === undefined ? [] : [{ ...item, expect: item.expect }]));
const refused = sayable.flatMap(({ expectError, ...item }) =>
  expectError === undefined ? [] : [{ ...item, expectError }],
);

function commandLine({ request }: Pick<MetricsCase, "request">): readonly string[] {
  const aggregations = request.aggregations.map(({ aggregation_type: type, percentile_value: percentile }) =>
    percentile === undefined ? String(type) : `P${percentile}`,
  );
  const flags: readonly (readonly [string, unknown])[] = [
    ["--view-type", request.view_type],
    ["--metric", request.metric_name],
    ["--aggregations", aggregations.join(",")],
    ["--experiment-ids", request.experiment_ids?.join(",")],
    ["--dimensions", request.dimensions?.join(",")],
    ...(request.filters ?? []).map((filter) => ["--filter", filter] as const),
    ["--time-interval", request.time_interval_seconds],
    ["--start-time", request.start_time_ms],
    ["--end-time", request.end_time_ms],
    ["--max-results", request.max_results],
  ];
  const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}=${String(value)}`]));
  return ["metrics", "-", "--strict", "-o", "json", ...given];
}

interface Body {
  readonly data_points?: readonly Partial<Point>[];
}

describe("tracemill metrics", () => {
  it("can say nearly all cases", () => {
    expect(answered.length + refused.length).toBeGreaterThan(125);
  });

  it.each(answered)("$id", async (item) => {
    const { exit, stdout, stderr } = await run(commandLine(item), { stdin: exportLines(item.traces) });
    expect([exit, stderr.includes("tracemill: E_")]).toEqual([0, false]);
    const body: Body = JSON.parse(stdout);
    const points = (body.data_points ?? []).map(({ dimensions = {}, values = {} }) => ({ dimensions, values }));
    expectPoints(points, item.expect);
  });

  it.each(refused)("$id: refused", async (item) => {
    const { exit, stdout, stderr } = await run(commandLine(item), { stdin: exportLines(item.traces) });
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^tracemill: E_(REQUEST|FILTER_[A-Z]+): /);
    expect(stderr).toMatch(item.expectError);
  });
});
