// A second record of a trace id, and a second span of an id within a trace, under each policy.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runs } from "../support/runs.ts";
import { allRows, loadRecords, loadTexts, rowsOf, span, trace, wanted } from "./rows.ts";

describe("duplicates of a trace", () => {
  const first = trace({ id: "t", info: { state: "OK", tags: { old: "1" } }, spans: [span("a1"), span("a2")] });
  const other = trace({ id: "u", info: { assessments: [{ assessment_name: "n" }] }, spans: [span("b1")] });
  const second = trace({ id: "t", info: { state: "ERROR" }, spans: [span("c1")] });

  it("last: the later record replaces the earlier with all that was its own", async () => {
    const result = await loadTexts([first, other, second].map((record) => JSON.stringify(record)));
    expect([result.report.read, result.report.loaded, result.report.rejected]).toEqual([3, 3, 0]);
    expect([result.report.duplicates, result.report.files[2]?.duplicates]).toEqual([1, 1]);
    expect(allRows(result.dataset)).toEqual(allRows((await loadRecords([other, second])).dataset));
    expect(result.dataset.traces.keyed.get("tag")?.keys).toEqual([]);
  });

  it("last: of many, in any order, equals a load of the last ones", async () => {
    const anyRecord = fc.record({
      id: fc.constantFrom("t1", "t2", "t3", "t4"),
      spans: fc.integer({ min: 0, max: 3 }),
      name: fc.constantFrom("x", "y"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { maxLength: 10 }), async (drawn) => {
        const make = ({ id, spans, name }: (typeof drawn)[number]) =>
          trace({
            id,
            info: { tags: { "mlflow.traceName": name } },
            spans: Array.from({ length: spans }, (_, i) => span(`a${i}`, { name })),
          });
        const lasts = drawn.filter(({ id }, i) => !drawn.slice(i + 1).some((later) => later.id === id));
        const all = await loadRecords(drawn.map(make));
        expect(all.report.duplicates).toBe(drawn.length - lasts.length);
        expect(allRows(all.dataset)).toEqual(allRows((await loadRecords(lasts.map(make))).dataset));
      }),
      { numRuns: runs(30, 60) },
    );
  });

  it("last: holds when no column but the count is wanted", async () => {
    const { dataset } = await loadRecords([first, other, second], { columns: wanted({}) });
    expect([dataset.traces.rows, dataset.spans.rows, dataset.assessments.rows]).toEqual([2, 2, 1]);
  });

  it("keep: both stay, and are counted", async () => {
    const { dataset, report } = await loadRecords([first, second], { duplicates: "keep" });
    expect(rowsOf(dataset, "traces").map((row) => row["state"])).toEqual(["OK", "ERROR"]);
    expect([report.duplicates, dataset.spans.rows]).toEqual([1, 3]);
  });

  it("error: names the id and both places; under skip it is a reject", async () => {
    const texts = [JSON.stringify(first), `${JSON.stringify(other)}\n${JSON.stringify(second)}`];
    await expect(loadTexts(texts, { duplicates: "error" })).rejects.toMatchObject({
      code: "E_DUPLICATE",
      message: expect.stringMatching(/^m1:2:\d+: trace id t was read before, at m0:1$/),
    });
    const { dataset, report } = await loadTexts(texts, { duplicates: "error", onError: "skip" });
    expect([report.read, report.loaded, report.rejected]).toEqual([3, 2, 1]);
    expect(allRows(dataset)).toEqual(allRows((await loadRecords([first, other])).dataset));
  });

  it("knows an id whatever its spelling", async () => {
    const hex = "0123456789abcdef0123456789abcdef";
    const { dataset } = await loadRecords([
      trace({ id: `tr-${hex.toUpperCase()}` }),
      trace({ id: `tr-${hex}` }),
      trace({ id: hex }),
    ]);
    expect(rowsOf(dataset, "traces").map((row) => row["trace_id"])).toEqual([`tr-${hex}`, hex]);
  });
});

describe("duplicates of a span", () => {
  const error = { status: { code: "STATUS_CODE_ERROR" } };
  const record = trace({
    spans: [span("a1", { name: "old", ...error }), span("a2", { parent_span_id: "a1" }), span("a1", { name: "new" })],
  });

  it("last: the later span replaces the earlier, in the counts of the trace too", async () => {
    const { dataset, report } = await loadRecords([record]);
    expect(rowsOf(dataset, "spans").map((row) => [row["span_id"], row["name"]])).toEqual([
      ["a2", "s"],
      ["a1", "new"],
    ]);
    expect(rowsOf(dataset, "traces")[0]).toMatchObject({ span_count: 2, error_span_count: 0 });
    expect(report.counters).toEqual({ duplicateSpans: 1, malformedIds: 3 });
  });

  it("keep: both stay; error: the record is rejected", async () => {
    const kept = await loadRecords([record], { duplicates: "keep" });
    expect([kept.dataset.spans.rows, kept.report.counters.duplicateSpans]).toEqual([3, 1]);
    await expect(loadRecords([record], { duplicates: "error" })).rejects.toMatchObject({ code: "E_DUPLICATE" });
  });

  it("last: in a later record of the file", async () => {
    const before = trace({ id: "before", spans: [span("b1"), span("b2"), span("b3")] });
    const { dataset } = await loadRecords([before, record]);
    expect(rowsOf(dataset, "spans").map((row) => row["span_id"])).toEqual(["b1", "b2", "b3", "a2", "a1"]);
  });

  it("the same span id in two traces is no duplicate", async () => {
    const { dataset, report } = await loadRecords([
      trace({ id: "x", spans: [span("a1")] }),
      trace({ id: "y", spans: [span("a1")] }),
    ]);
    expect([dataset.spans.rows, report.counters.duplicateSpans]).toEqual([2, undefined]);
  });
});
