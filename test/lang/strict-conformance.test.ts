// The case file of MLflow's trace search: what MLflow refuses is refused in strict mode with its words, what it answers is
// accepted. The rows that it answers are compared by the engine's own conformance tests.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { parseFilter } from "../../src/lang/filter.ts";
import { parseOrderBy } from "../../src/lang/order-by.ts";

interface SearchCase {
  readonly id: string;
  readonly filter: string | null;
  readonly order_by?: readonly string[];
  readonly max_results?: number;
  readonly expect_error?: string;
  readonly intended_ids?: readonly string[];
}

const FILE = fileURLToPath(new URL("../../fixtures/conformance/mlflow-search.jsonl", import.meta.url));
const cases = readFileSync(FILE, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as SearchCase);
const isOfRequest = ({ id }: SearchCase): boolean => id.startsWith("max-") || id.startsWith("page-");
const refused = cases.filter((row) => row.expect_error && row.intended_ids === undefined && !isOfRequest(row));
const answered = cases.filter((row) => row.expect_error === undefined || row.intended_ids !== undefined);

function read({ filter, order_by: orderBy }: SearchCase): void {
  parseFilter(filter ?? "", { strict: true });
  parseOrderBy(orderBy ?? [], true);
}

describe("strict mode", () => {
  it("has cases of both kinds", () => {
    expect(refused.length).toBeGreaterThan(60);
    expect(answered.length).toBeGreaterThan(150);
  });

  it.each(refused)("refuses $id with MLflow's words: $filter $order_by", (row) => {
    const error = failure(() => read(row));
    expect(error.message).toMatch(new RegExp(row.expect_error ?? ""));
    expect(error.code).toMatch(row.filter === null ? /^E_REQUEST$/ : /^E_FILTER_/);
    const span = error.source?.span;
    if (row.filter !== null) expect(span?.start).toBeGreaterThanOrEqual(0);
  });

  it.each(answered)("accepts $id: $filter $order_by", (row) => {
    expect(() => read(row)).not.toThrow();
  });
});

function failure(act: () => void): EngineError {
  try {
    act();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
