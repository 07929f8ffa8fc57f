// The tree of spans: every span once, whatever its parent says.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { treeOf, walkTree } from "../../src/trace/tree.ts";
import { runs } from "../support/runs.ts";

const span = (spanId: string, parentSpanId: string | null) => ({ spanId, parentSpanId });

function drawn(...spans: readonly ReturnType<typeof span>[]): readonly string[] {
  return [...walkTree(treeOf(spans))].map(({ span: { spanId }, depth }) => "-".repeat(depth) + spanId);
}

describe("tree of spans", () => {
  it("puts children after their parent, in the order of the record", () => {
    expect(drawn(span("b", "a"), span("a", null), span("c", "a"), span("d", "b"))).toEqual(["a", "-b", "--d", "-c"]);
  });

  it("takes orphans for roots", () => {
    expect(drawn(span("a", null), span("b", "gone"))).toEqual(["a", "b"]);
  });

  it("cuts cycles at their first span", () => {
    expect(drawn(span("a", "b"), span("b", "a"))).toEqual(["a", "-b"]);
    expect(drawn(span("a", "a"))).toEqual(["a"]);
    expect(drawn(span("r", null), span("a", "c"), span("b", "a"), span("c", "b"))).toEqual(["r", "a", "-b", "--c"]);
  });

  it("of two spans of one id the later stands", () => {
    expect(drawn(span("a", null), span("a", "b"), span("b", null))).toEqual(["b", "-a"]);
  });

  it("has every span once, whatever the parents, and does not recurse", () => {
    const ids = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
    const spans = fc.array(fc.record({ spanId: ids, parentSpanId: fc.option(ids) }), { maxLength: 12 });
    fc.assert(
      fc.property(spans, (items) => {
        const walked = [...walkTree(treeOf(items))].map((place) => place.span.spanId);
        expect(walked.sort()).toEqual([...new Set(items.map(({ spanId }) => spanId))].sort());
      }),
      { numRuns: runs(300) },
    );
    const deep = Array.from({ length: 3_000 }, (_, at) => span(String(at), at === 0 ? null : String(at - 1)));
    expect([...walkTree(treeOf(deep))].length).toBe(3_000);
  });
});
