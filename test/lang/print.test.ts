// Printing a tree and parsing it again gives the same tree, whatever its keys and texts; spans stay within the text.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FilterNode } from "../../src/lang/ast.ts";
import { parseExtended } from "../../src/lang/parser.ts";
import { printFilter } from "../../src/lang/print.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";
import { bare, filterTrees } from "./tree.ts";

function spansOf(node: FilterNode): readonly { start: number; end: number }[] {
  if (node.kind === "clause") {
    return [node.span, node.field.span, node.comparatorSpan, ...(node.value === undefined ? [] : [node.value.span])];
  }
  const operands = node.kind === "not" ? [node.operand] : node.operands;
  return [node.span, ...operands.flatMap(spansOf)];
}

describe("printFilter", () => {
  it("prints what parses back to the same tree", () => {
    fc.assert(
      fc.property(filterTrees, (root) => {
        const text = printFilter({ root });
        const parsed = parseExtended(text, {});
        same(bare(parsed.root), bare(root));
        for (const { start, end } of spansOf(parsed.root ?? root)) {
          if (!(start >= 0 && start < end && end <= text.length)) throw new Error(`${start}..${end} in ${text}`);
        }
      }),
      { numRuns: runs(10_000, 20_000) },
    );
  });

  it.each([
    ["a = 'x' and (b = 1 or not c is null)", "a = 'x' AND (b = 1 OR NOT c IS NULL)"],
    ["a = 'x' AND b = 'y' OR c = 'z'", "a = 'x' AND b = 'y' OR c = 'z'"],
    ["((a = 'x'))", "a = 'x'"],
    ["NOT (a = 1 AND b = 2)", "NOT (a = 1 AND b = 2)"],
    ['tag.`my key` <> "it\'s"', "tag.`my key` != 'it''s'"],
    ["a between 1 and 2 and b not in ('x',)", "a BETWEEN 1 AND 2 AND b NOT IN ('x')"],
    ["x > 5. AND y < -0.0", "x > 5.0 AND y < -0.0"],
    ["", ""],
  ])("%s", (text, printed) => {
    expect(printFilter(parseExtended(text, {}))).toBe(printed);
  });
});
