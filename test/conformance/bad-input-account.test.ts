// The account of the bad-input rows: each row of an area that is built is run by a table-driven test (by the list that
// feeds its it.each), by a test with the row's id at the head of its title, or waits for a named reason; exactly one of the
// three. A row that nothing runs, one that waits though it runs, and a list or title that is gone all fail here.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HEAVY_ROWS, METRICS_ROWS, SEARCH_ROWS, UNREADABLE_ROWS } from "../support/bad-input-rows.ts";
import { type BadInput, readBadInputs } from "../support/bad-inputs.ts";

const BUILT = new Set([
  "cli",
  "digest",
  "filter",
  "loader-compressed",
  "loader-fs",
  "loader-json",
  "loader-mlflow",
  "metrics-api",
  "numeric",
  "output",
]);

/** Table-driven tests: the file, its list by name, and the list. */
const TABLES: readonly (readonly [file: string, list: string, rows: readonly BadInput[]])[] = [
  ["test/cli/bad-inputs.test.ts", "METRICS_ROWS", METRICS_ROWS],
  ["test/cli/search-bad-inputs.test.ts", "SEARCH_ROWS", SEARCH_ROWS],
  ["test/cli/bad-inputs-rest.test.ts", "HEAVY_ROWS", HEAVY_ROWS],
  ["test/cli/bad-inputs-rest.test.ts", "UNREADABLE_ROWS", UNREADABLE_ROWS],
];

/** Rows with a test of their own, whose title begins with the id. */
const TITLED: Readonly<Record<string, readonly string[]>> = {
  "test/cli/bad-inputs-rest.test.ts": ["C044"],
  "test/cli/node-flags.test.ts": ["C048"],
  "test/cli/signals.test.ts": ["C040", "C041"],
  "test/cli/sum-threads.test.ts": ["N003a"],
  "test/conformance/json-test-suite.test.ts": ["L028b", "L029b"],
  "test/json/json-test-suite.test.ts": ["L028a", "L028c", "L029a", "L029c", "L030a", "L030b"],
  "test/kernels/sum-orders.test.ts": ["N003b"],
  "test/kernels/tdigest.test.ts": ["N015a", "N015b", "N017"],
  "test/render/json.test.ts": ["X020a"],
};

/** Rows that wait, and for what. */
const WAITS: Readonly<Record<string, string>> = {
  M006: "query",
  N005: "query, OTLP",
  N010: "query, OTLP",
  N011a: "query",
  N011b: "query",
  X020b: "query, OTLP",
  X020c: "query, OTLP",
  X021: "query",
  C011: "convert",
  C013: "convert",
  C042: "convert",
};

const textOf = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const built = readBadInputs().filter(({ area }) => BUILT.has(area));
const ids = (rows: readonly BadInput[]): string[] => rows.map(({ id }) => id);

describe("the account of bad-input rows", () => {
  it("has every row of the built areas once: in a table, in a title, or waiting", () => {
    const held = [...TABLES.flatMap(([, , rows]) => ids(rows)), ...Object.values(TITLED).flat(), ...Object.keys(WAITS)];
    expect(held.filter((id, at) => held.indexOf(id) !== at)).toEqual([]);
    expect(ids(built).filter((id) => !held.includes(id))).toEqual([]);
  });

  it("names rows of the case file only", () => {
    const known = new Set(ids(readBadInputs()));
    const named = [...Object.values(TITLED).flat(), ...Object.keys(WAITS)];
    expect(named.filter((id) => !known.has(id))).toEqual([]);
  });

  it.each(TABLES)("%s runs %s, and has rows", (file, list, rows) => {
    expect(textOf(file)).toMatch(new RegExp(`\\bit\\.each\\(${list}\\b`));
    expect(rows.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(TITLED))("%s has tests titled with %j", (file, titled) => {
    const text = textOf(file);
    // `it("ID: `, or the template or first cell of an it.each.
    const absent = titled.filter((id) => !new RegExp(`(\\b(it|test)\\(|\\)\\(|\\[)\\s*["\`]${id}: `).test(text));
    expect(absent).toEqual([]);
  });
});
