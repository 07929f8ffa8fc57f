// Markdown: a cell never ends its row or column, and nothing in it is markup.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Grid } from "../../src/render/grid.ts";
import { escapeMarkdown, renderMarkdown } from "../../src/render/markdown.ts";
import { hostileText, UNSAFE } from "../support/hostile.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

const markdown = (grid: Grid) => [...renderMarkdown(grid)].join("");

/** Pipes that are not escaped: after an even number of backslashes. */
const openPipes = (line: string) => line.replace(/\\./gs, "").split("|").length - 1;

describe("renderMarkdown", () => {
  it("writes header, rule and rows, numbers to the right", () => {
    const columns = [
      { name: "trace_name", kind: "text" as const },
      { name: "AVG", kind: "number" as const, missing: "N/A" },
    ];
    expect(
      markdown({
        columns,
        rows: [
          ["chat", 1.5],
          ["rag|x", null],
        ],
      }),
    ).toBe("| trace_name | AVG |\n| --- | ---: |\n| chat | 1.50 |\n| rag\\|x | N/A |\n");
  });

  it.each([
    ["|`*[x](javascript:1)", "\\|\\`\\*\\[x\\](javascript:1)"],
    ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["a & b", "a &amp; b"],
    ["_it_ snake_case", "\\_it\\_ snake_case"],
    ["a\nb", "a\\\\nb"],
    ["C:\\x", "C:\\\\x"],
  ])("escapes %j", (text, shown) => expect(escapeMarkdown(text)).toBe(shown));

  it("keeps the number of columns for every text", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (name, cell) => {
        const shown = markdown({
          columns: [
            { name, kind: "text" },
            { name: "n", kind: "number" },
          ],
          rows: [[cell, 1]],
        });
        const lines = shown.split("\n");
        same(lines.length, 4);
        expect(lines.slice(0, 3).map(openPipes)).toEqual([3, 3, 3]);
        expect(shown).not.toMatch(UNSAFE);
        expect(shown).not.toMatch(/[<>]/);
      }),
      { numRuns: runs(2_000) },
    );
  });
});
