// The growth bench's table and plot, and the keys that it groups by. Engines are timed nowhere here.

import { expect, test } from "vitest";
import { growthPlot, growthTable } from "../../bench/growth.ts";
import { linePlot } from "../../bench/plot.ts";
import { generateKeys } from "../../src/synth/key-columns.ts";
import { readColumn } from "../columns/read-column.ts";

const CELLS = [
  { rows: 100_000, groups: 10, threads: 1, median: 2 },
  { rows: 100_000, groups: 1_000, threads: 1, median: 3.25 },
  { rows: 1_000_000, groups: 10, threads: 1, median: 20 },
  { rows: 1_000_000, groups: 10, threads: 2, median: 11 },
];

test("the table has a line for each number of rows and threads, and nanoseconds a row", () => {
  expect(growthTable(CELLS).split("\n").slice(2)).toEqual([
    "| rows | threads | 10 groups | 1,000 groups |",
    "| ---: | ---: | ---: | ---: |",
    "| 100,000 | 1 | 2.0 (20.0) | 3.3 (32.5) |",
    "| 1,000,000 | 1 | 20.0 (20.0) |  |",
    "| 1,000,000 | 2 | 11.0 (11.0) |  |",
    "",
  ]);
});

test("the plot draws a line for each number of groups and threads", () => {
  const svg = growthPlot(CELLS);
  expect(svg.match(/<polyline[^>]*stroke="#/g)).toHaveLength(4);
  expect(svg.match(/<circle/g)).toHaveLength(CELLS.length);
  expect(svg).toContain("<title>10 groups: 1,000,000, 20.0</title>");
  expect(svg.match(/<polyline[^>]*stroke-dasharray="6 4"/g)).toHaveLength(1);
  // In proportion to rows, below every other line.
  const [, dotted = ""] = /<polyline points="([^"]*)"[^>]*stroke-dasharray="1 4"/.exec(svg) ?? [];
  const lowest = Math.max(...Array.from(svg.matchAll(/<circle cx="[^"]*" cy="([^"]*)"/g), (found) => Number(found[1])));
  expect(Number(dotted.split(" ")[0]?.split(",")[1])).toBeGreaterThan(lowest);
  expect(svg.match(/ groups<\/text>/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test("powers of ten stand at even steps, and texts cannot break out", () => {
  const svg = linePlot({
    title: "a < b & c",
    xLabel: "x",
    yLabel: "y",
    styles: ["one", "two"],
    guide: "in proportion",
    series: [{ name: "</svg>", points: [10, 100, 1_000].map((x) => [x, x] as const) }],
  });
  const places =
    /points="([^"]*)"(?![^>]*dasharray)/
      .exec(svg)?.[1]
      ?.split(" ")
      .map((place) => place.split(",").map(Number)) ?? [];
  const [first = [], second = [], third = []] = places;
  expect((second[0] ?? 0) - (first[0] ?? 0)).toBeCloseTo((third[0] ?? 0) - (second[0] ?? 0), 0);
  expect((first[1] ?? 0) - (second[1] ?? 0)).toBeCloseTo((second[1] ?? 0) - (third[1] ?? 0), 0);
  expect(svg).toContain("a &lt; b &amp; c");
  expect(svg.match(/<\/svg>/g)).toHaveLength(1);
});

test("keys are drawn from as many texts as asked for, each column by itself", () => {
  const distinct = new Map([
    ["state", 3],
    ["user", 500],
  ]);
  const table = generateKeys({ rows: 70_000, seed: 9, distinct });
  const [state, user] = ["state", "user"].map((name) => table.columns.get(name));
  if (state === undefined || user === undefined) throw new Error("no columns");
  expect(new Set(readColumn(state)).size).toBe(3);
  expect(new Set(readColumn(user)).size).toBe(500);
  const alone = generateKeys({ rows: 70_000, seed: 9, distinct: new Map([["state", 3]]) }).columns.get("state");
  expect(alone && readColumn(alone)).toEqual(readColumn(state));
});
