// What is worked out of a record: token usage and costs, the graph of its spans, the values of its assessments.

import { describe, expect, it } from "vitest";
import { loadRecords, loadTexts, rowsOf, span, trace } from "./rows.ts";

describe("tokens and costs", () => {
  const usage = async (value: string) => {
    const { dataset, report } = await loadTexts([
      JSON.stringify(trace({ info: { trace_metadata: { "mlflow.trace.tokenUsage": `{"input_tokens": ${value}}` } } })),
    ]);
    return [rowsOf(dataset, "traces")[0]?.["input_tokens"], report.counters];
  };

  it.each([
    ["12", 12, {}],
    ["12.0", 12, {}],
    ['"12"', 12, {}],
    ["1.2e1", 12, {}],
    ["-3", -3, { negativeTokens: 1 }],
    ["null", undefined, {}],
    ["1.5", undefined, { badTokens: 1 }],
    ["true", undefined, { badTokens: 1 }],
    ['"1.5"', undefined, { badTokens: 1 }],
    ['""', undefined, { badTokens: 1 }],
    ["[]", undefined, { badTokens: 1 }],
    ["9007199254740992", 9007199254740992, {}],
    ["9007199254740993", 9007199254740993n, {}],
    ["-9007199254740993.0", -9007199254740993n, { negativeTokens: 1 }],
    ["9223372036854775807", 9223372036854775807n, {}],
    ["-9223372036854775808", -9223372036854775808n, { negativeTokens: 1 }],
    ["9223372036854775808", undefined, { badTokens: 1 }],
    ["NaN", undefined, { nonfinite: 1 }],
  ])("a count of %s is %s", async (value, want, counters) => {
    expect(await usage(value)).toEqual([want, counters]);
  });

  it.each([
    ["0.5", 0.5, {}],
    ['"0.5"', 0.5, {}],
    ["0", 0, {}],
    ["5e-324", 5e-324, {}],
    ["1e400", undefined, { nonfinite: 1 }],
    ["true", undefined, { badNumbers: 1 }],
    ['"free"', undefined, { badNumbers: 1 }],
  ])("a cost of %s is %s", async (value, want, counters) => {
    const attributes = { "mlflow.llm.cost": `{"total_cost": ${value}}` };
    const { dataset, report } = await loadRecords([trace({ spans: [span("00000000000000a1", { attributes })] })]);
    const { unkeyedAttributes, ...rest } = report.counters;
    expect([rowsOf(dataset, "spans")[0]?.["total_cost"], rest, unkeyedAttributes]).toEqual([want, counters, 1]);
  });

  it.each([
    [["9007199254740993", "1"], 9007199254740994n, {}],
    [["9007199254740992", "1"], 9007199254740993n, {}],
    [["9007199254740993", "-9007199254740993"], 0, { negativeTokens: 1 }],
    [
      ["9223372036854775807", "9223372036854775807", "-9223372036854775807"],
      9223372036854775807n,
      { negativeTokens: 1 },
    ],
    [["9223372036854775807", "1"], undefined, { badTokens: 1 }],
  ])("spans of %j tokens add up to %s", async (tokens, want, counters) => {
    const spans = tokens.map((count, i) =>
      span(`00000000000000a${i}`, { attributes: { "mlflow.chat.tokenUsage": `{"input_tokens": ${count}}` } }),
    );
    const { dataset, report } = await loadRecords([trace({ spans })]);
    const { unkeyedAttributes: _, ...rest } = report.counters;
    expect([rowsOf(dataset, "traces")[0]?.["input_tokens"], rest]).toEqual([want, counters]);
  });

  const withUsage = (id: string, parent: string | null, input: number | null) =>
    span(id, {
      parent_span_id: parent,
      attributes:
        input === null
          ? {}
          : { "mlflow.chat.tokenUsage": JSON.stringify({ input_tokens: input, total_tokens: input + 1 }) },
    });
  const derived = async (spans: readonly unknown[], trace_metadata: Readonly<Record<string, unknown>> = {}) =>
    rowsOf((await loadRecords([trace({ info: { trace_metadata }, spans })])).dataset, "traces")[0]?.["input_tokens"];

  it("come from the spans when the trace has none: an ancestor's usage hides its descendants', siblings add up", async () => {
    const spans = [
      withUsage("a", null, null),
      withUsage("b", "a", 10),
      withUsage("c", "b", 7),
      withUsage("d", "a", 5),
      withUsage("e", "c", 1),
    ];
    expect(await derived(spans)).toBe(15);
    expect(await derived([...spans].reverse())).toBe(15);
    expect(await derived([withUsage("a", null, 100), ...spans.slice(1)])).toBe(100);
    expect(await derived(spans, { "mlflow.trace.tokenUsage": '{"output_tokens": 3}' })).toBeUndefined();
    expect(await derived(spans, { "mlflow.trace.tokenUsage": '{"output_tok' })).toBe(15);
    expect(await derived(spans, { "mlflow.trace.infoFinalized": "true" })).toBeUndefined();
    expect(await derived([withUsage("a", null, null)])).toBeUndefined();
  });

  it("of one record are not those of the next", async () => {
    const records = [
      trace({ id: "x", spans: [withUsage("a", null, 1), withUsage("b", null, 2), withUsage("c", null, 4)] }),
      trace({ id: "y", spans: [withUsage("a", null, null), withUsage("b", null, 8)] }),
      trace({ id: "z", spans: [withUsage("a", null, null)] }),
    ];
    const rows = rowsOf((await loadRecords(records)).dataset, "traces");
    expect(rows.map((row) => row["input_tokens"])).toEqual([7, 8, undefined]);
  });

  it("hang below the first span of a cycle, wherever the walk meets it", async () => {
    expect(await derived([withUsage("x", "c", null), withUsage("b", "c", 10), withUsage("c", "b", 7)])).toBe(10);
  });

  it("are derived once in a cycle, and for orphans", async () => {
    expect(await derived([withUsage("a", "b", 10), withUsage("b", "a", 7)])).toBe(10);
    expect(await derived([withUsage("a", "nope", 10), withUsage("b", "a", 7), withUsage("c", "c", 2)])).toBe(12);
  });
});

describe("graphs of spans", () => {
  const counters = async (...parents: readonly (readonly [string, string | null])[]) => {
    const spans = parents.map(([id, parent]) =>
      span(`00000000000000${id}`, { parent_span_id: parent && `00000000000000${parent}` }),
    );
    return (await loadRecords([trace({ spans })])).report.counters;
  };

  it("count orphans and cycles", async () => {
    expect(await counters(["a1", null], ["a2", "a1"])).toEqual({});
    expect(await counters(["a1", "ff"], ["a2", "a1"], ["a3", "ee"])).toEqual({ orphanSpans: 2 });
    expect(await counters(["a1", "a2"], ["a2", "a1"], ["a3", "a1"])).toEqual({ cycleSpans: 2 });
    expect(await counters(["a1", "a1"])).toEqual({ cycleSpans: 1 });
    expect(await counters(["a1", "a2"], ["a2", "a3"], ["a3", "a1"], ["a4", "a5"], ["a5", "a4"])).toEqual({
      cycleSpans: 5,
    });
  });

  it("end on chains of any length, in either order", async () => {
    const id = (i: number) => (i + 1).toString(16).padStart(16, "0");
    const chain = Array.from({ length: 20_000 }, (_, i) => span(id(i), { parent_span_id: i === 0 ? null : id(i - 1) }));
    for (const spans of [chain, [...chain].reverse()]) {
      const { dataset, report } = await loadRecords([trace({ spans })]);
      expect([dataset.spans.rows, report.counters]).toEqual([20_000, {}]);
    }
  });
});

describe("assessments", () => {
  const value = async (text: string, kind = "feedback") => {
    const record = JSON.stringify(trace({ info: { assessments: [{ assessment_name: "a", [kind]: { value: 0 } }] } }));
    const row = rowsOf((await loadTexts([record.replace('"value":0', `"value":${text}`)])).dataset, "assessments")[0];
    return [row?.["value"], row?.["numeric_value"]];
  };

  it.each([
    ["true", "true", 1],
    ["false", "false", 0],
    ['"yes"', '"yes"', 1],
    ['" No "', '" No "', 0],
    ['"YES"', '"YES"', 1],
    ['"0.8"', '"0.8"', undefined],
    ['"true"', '"true"', undefined],
    ["1.0", "1.0", 1],
    ["5", "5", 5],
    ["-0.25", "-0.25", -0.25],
    ["1e400", "1e400", undefined],
    ["null", "null", undefined],
    ['[1,2.0,{"k":[],"é":"\\n\\"/"}]', '[1, 2.0, {"k": [], "\\u00e9": "\\n\\"/"}]', undefined],
    ['"\\ud83d\\ude00 \\u007f"', '"\\ud83d\\ude00 \\u007f"', undefined],
    ["{}", "{}", undefined],
  ])("value %s", async (text, json, number) => {
    expect(await value(text)).toEqual([json, number]);
    expect(await value(text, "expectation")).toEqual([json, number]);
  });

  it("know their kind, default to valid, and keep errors", async () => {
    const assessments = [
      { assessment_name: "f", feedback: { error: { error_code: "RATE", error_message: "m" } }, valid: false },
      { assessment_name: "i", issue: { issue_name: "slow" } },
      { assessment_name: "l", feedback: { value: 1 }, source: { source_type: "AI_JUDGE" }, overrides: "a-0" },
      { assessment_name: "s", expectation: { serialized_value: { value: "not json" } } },
      { assessment_name: "n" },
    ];
    const { dataset } = await loadRecords([trace({ info: { assessments } })]);
    expect(rowsOf(dataset, "assessments")).toEqual([
      { trace_row: 0, name: "f", type: "feedback", value: "null", error_code: "RATE", valid: 0 },
      { trace_row: 0, name: "i", type: "issue", valid: 1 },
      {
        trace_row: 0,
        name: "l",
        type: "feedback",
        value: "1",
        numeric_value: 1,
        source_type: "LLM_JUDGE",
        overrides: "a-0",
        valid: 1,
      },
      { trace_row: 0, name: "s", type: "expectation", value: '"not json"', valid: 1 },
      { trace_row: 0, name: "n", valid: 1 },
    ]);
  });
});
