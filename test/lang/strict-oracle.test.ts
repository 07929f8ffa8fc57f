// Strict mode against a real MLflow 3.17.2 (sqlparse 0.6): recorded filters with the clauses that its parser gave, or the
// kind of its refusal. Recorded by scripts/oracle/filters.py.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import type { ClauseValue } from "../../src/lang/ast.ts";
import { strictClauses } from "../../src/lang/strict-clauses.ts";

type Value = null | { s: string } | { i: string } | { f: string } | { l: readonly string[] };

interface Recorded {
  /** The filter. */
  readonly t: string;
  /** Entity, key, comparator and value of each clause. */
  readonly c?: readonly (readonly [string, string, string, Value])[];
  /** The code of the refusal, by the beginning of MLflow's message. */
  readonly e?: string;
}

const FILE = fileURLToPath(new URL("../../fixtures/oracle/filters.jsonl.gz", import.meta.url));
const recorded = gunzipSync(readFileSync(FILE))
  .toString("utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

function plain(value: ClauseValue | undefined): unknown {
  switch (value?.kind) {
    case undefined:
      return null;
    case "text":
      return { s: value.value };
    case "integer":
      return { i: String(value.value) };
    case "float":
      return { f: value.value };
    case "list":
      return { l: value.items.map((item) => item.value) };
    default:
      return value;
  }
}

function read(text: string): unknown {
  try {
    return strictClauses(text, {}).map(({ field, comparator, value }) => [
      field.entity === "metadata" ? "request_metadata" : field.entity,
      field.key,
      comparator,
      plain(value),
    ]);
  } catch (error) {
    return error instanceof EngineError ? error.code : error;
  }
}

function asRecorded({ c, e }: Recorded): unknown {
  if (c === undefined) return e;
  return c.map(([entity, key, comparator, value]) => [
    entity,
    key,
    comparator,
    value !== null && "f" in value ? { f: Number(value.f) } : value,
  ]);
}

describe("the strict parser and MLflow's", () => {
  it("has accepted and refused filters", () => {
    expect(recorded.filter(({ c }) => c !== undefined).length).toBeGreaterThan(2_000);
    expect(recorded.filter(({ e }) => e !== undefined).length).toBeGreaterThan(2_000);
  });

  it("agree on every recorded filter", () => {
    const differing = recorded
      .map((row) => ({ filter: row.t, mlflow: asRecorded(row), ours: read(row.t) }))
      .filter(({ mlflow, ours }) => JSON.stringify(mlflow) !== JSON.stringify(ours));
    expect(differing).toEqual([]);
  });
});
