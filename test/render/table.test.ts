// Text tables: exact layouts, the skill's worked example, width limits, hostile cells, and a large result's time.
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { Cell, Grid, GridColumn } from "../../src/render/grid.ts";
import { renderSkillTable, renderTable } from "../../src/render/table.ts";
import { hostileText, UNSAFE } from "../support/hostile.ts";
import { runs } from "../support/runs.ts";
import { same } from "../support/same.ts";

const text = (name: string): GridColumn => ({ name, kind: "text" });
const number = (name: string): GridColumn => ({ name, kind: "number", missing: "N/A" });
const table = (grid: Grid, width = 1000) => [...renderTable(grid, { width })].join("");
const skill = (grid: Grid) => [...renderSkillTable(grid)].join("");

describe("renderTable", () => {
  it("aligns numbers right with shared decimals, and leaves out blanks at the end", () => {
    const rows: Cell[][] = [
      ["chat", 1234.5, 3000, null],
      ["rag-agent", 90, undefined, "x"],
    ];
    expect(table({ columns: [text("trace_name"), number("AVG"), number("P95"), text("note")], rows })).toBe(
      [
        "trace_name      AVG   P95  note",
        "----------  -------  ----  ----",
        "chat        1234.50  3000",
        "rag-agent     90.00   N/A  x",
        "",
      ].join("\n"),
    );
  });

  it("shows three digits of the smallest number of a column", () => {
    const rows = [[0.000312], [12.5], [0]];
    expect(table({ columns: [number("COST")], rows })).toBe(
      ["     COST", "---------", " 0.000312", "12.500000", " 0.000000", ""].join("\n"),
    );
  });

  it("shows all digits of numbers that no fixed notation fits", () => {
    const rows = [[1e-323], [1.7e308], [1.25]];
    expect(table({ columns: [number("V")], rows })).toBe(
      ["       V", "--------", "  1e-323", "1.7e+308", "    1.25", ""].join("\n"),
    );
  });

  it("writes times in ISO 8601, truth values as words, exact integers as they are", () => {
    const columns: GridColumn[] = [
      { name: "t", kind: "time" },
      { name: "b", kind: "boolean" },
      { name: "n", kind: "number" },
    ];
    expect(table({ columns, rows: [[0, true, 9223372036854775807n]] }).split("\n")[2]).toBe(
      "1970-01-01T00:00:00.000Z  true  9223372036854775807",
    );
  });

  it("counts wide characters and emoji as two columns", () => {
    const lines = table({
      columns: [text("name"), text("x")],
      rows: [
        ["漢字", "a"],
        ["👩‍👩‍👧", "b"],
        ["e\u0301", "c"],
      ],
    }).split("\n");
    expect(lines.slice(2, 5)).toEqual(["漢字  a", "👩‍👩‍👧    b", "e\u0301     c"]);
  });

  it("cuts the widest texts to the width, never a number", () => {
    const rows = [["x".repeat(50), "short", 123456]];
    const lines = table({ columns: [text("long"), text("s"), number("n")], rows }, 40).split("\n");
    expect(lines[2]).toBe(`${"x".repeat(24)}…  short  123456`);
  });

  it.each([0, -5, 1, Number.NaN, 20])("keeps every line within 20 columns for a width of %d", (width) => {
    const rows = [["漢".repeat(30), "👩‍👩‍👧".repeat(9), 1.5]];
    for (const line of table({ columns: [text("a"), text("b"), number("c")], rows }, width).split("\n")) {
      expect(stringWidth(line)).toBeLessThanOrEqual(20);
    }
  });

  it("keeps every line within 1,000 columns for any width", () => {
    const grid = { columns: [text("a")], rows: [["x".repeat(5_000)]] };
    expect(
      Math.max(
        ...table(grid, 1e9)
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBe(1_000);
  });

  it("lets no hostile cell or name break a line or reach the terminal", () => {
    fc.assert(
      fc.property(hostileText, hostileText, fc.integer({ min: 20, max: 60 }), (name, cell, width) => {
        const shown = table({ columns: [text(name), number("n")], rows: [[cell, 1]] }, width);
        expect(shown).not.toMatch(UNSAFE);
        same(shown.split("\n").length, 4);
        for (const line of shown.split("\n")) same(stringWidth(line) <= width, true, line);
      }),
      { numRuns: runs(1_000, 2_000) },
    );
  });

  it("styles the header alone", () => {
    const grid = { columns: [text("a")], rows: [["b"]] };
    const lines = [...renderTable(grid, { width: 80, header: (line) => `<${line}>` })];
    expect(lines).toEqual(["<a>\n", "-\n", "b\n"]);
  });

  it("writes 200,000 rows in seconds", () => {
    const rows = {
      *[Symbol.iterator]() {
        for (let row = 0; row < 200_000; row++) yield [`trace-${row % 100}`, row / 7, row];
      },
    };
    const start = performance.now();
    let lines = 0;
    for (const _ of renderTable({ columns: [text("a"), number("b"), number("c")], rows }, { width: 80 })) lines += 1;
    expect(lines).toBe(200_002);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("renderSkillTable", () => {
  it("draws the worked example of MLflow's metrics skill", () => {
    const columns = [text("trace_name"), number("AVG"), number("P95.0")];
    expect(
      skill({
        columns,
        rows: [
          ["chat", 1234.5, 3000],
          ["rag-agent", 90, undefined],
        ],
      }),
    ).toBe(
      [
        "trace_name  AVG      P95.0",
        "----------  -------  -----",
        "chat        1234.50  3000 ",
        "rag-agent   90       N/A  ",
        "",
      ].join("\n"),
    );
  });

  it("prints whole numbers of any size as integers, a missing dimension as nothing", () => {
    const rows = [
      [undefined, 1e21],
      ["a", -0.005],
    ];
    expect(skill({ columns: [text("d"), number("V")], rows })).toBe(
      [
        "d  V                     ",
        "-  ----------------------",
        "   1000000000000000000000",
        "a  -0.01                 ",
        "",
      ].join("\n"),
    );
  });
});
