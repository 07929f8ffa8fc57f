// Which columns a list of names means, what is missing, and which names are refused.

import { describe, expect, it } from "vitest";
import { ALL_COLUMNS, missingFrom, projectionOf, unionOf } from "../../src/columns/projection.ts";

describe("projection", () => {
  it("reads names with and without a table, families and whole tables", () => {
    const wanted = projectionOf([
      "traces.trace_id",
      "total_tokens",
      "spans.attributes.*",
      "traces.tag.spans.x",
      "assessments.*",
    ]);
    expect(wanted.traces).toEqual(new Set(["trace_id", "total_tokens", "tag.spans.x"]));
    expect(wanted.spans).toEqual(new Set(["total_tokens", "attributes.*"]));
    expect(wanted.assessments).toBe("all");
  });

  it("refuses a name that no table has", () => {
    expect(() => projectionOf(["traces.nope"])).toThrow("unknown column 'traces.nope'");
    expect(() => projectionOf(["spans.tag.env"])).toThrow("unknown column");
  });

  it("tells what is missing, families counted", () => {
    const loaded = projectionOf(["traces.trace_id", "spans.attributes.*"]);
    expect(missingFrom(loaded, projectionOf(["spans.attributes.model"]))).toEqual([]);
    expect(missingFrom(loaded, projectionOf(["traces.state"]))).toEqual(["traces.state"]);
    expect(missingFrom(loaded, ALL_COLUMNS)).toEqual(["traces.*", "spans.*", "assessments.*"]);
    expect(missingFrom(unionOf(loaded, ALL_COLUMNS), ALL_COLUMNS)).toEqual([]);
  });
});
