// What filters mean: which rows of small tables they keep, in both modes and from every base table.

import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { columnSpec, KEY_FAMILIES, type TableName } from "../../src/columns/schema.ts";
import { runPlan } from "../../src/exec/compile.ts";
import { FIELDS } from "../../src/lang/fields.ts";
import { parseFilter } from "../../src/lang/filter.ts";
import { type BindOptions, bindFilter } from "../../src/plan/bind.ts";
import { fieldExpr } from "../../src/plan/bind-field.ts";
import { datasetOf, type Rows } from "../support/tables.ts";

const prompts = '[{"name": "qa", "version": "4"}, {"name": "sys", "version": "42"}]';
const ROWS: Rows = {
  traces: [
    {
      trace_id: "t0",
      state: "OK",
      timestamp_ms: 1_000,
      execution_duration_ms: 100,
      trace_name: "chat",
      run_id: "r1",
      "tag.env": "prod",
      "tag.n": "10",
      span_count: 2,
      experiment_id: "1",
    },
    {
      trace_id: "t1",
      state: "ERROR",
      timestamp_ms: 2_000,
      "tag.env": "dev",
      "tag.n": "x",
      "tag.name": "own",
      run_id: "r2",
      session: "s1",
      span_count: 1,
      experiment_id: "2",
    },
    {
      trace_id: "t2",
      state: "OK",
      timestamp_ms: 3_000,
      execution_duration_ms: 0,
      trace_name: "a%b",
      session: "s1",
      span_count: 0,
      experiment_id: "1",
      "tag.mlflow.linkedPrompts": prompts,
    },
  ],
  spans: [
    {
      trace_row: 0,
      name: "plan",
      type: "AGENT",
      status: "OK",
      start_ms: 1_000,
      "attributes.model": "gpt-4o",
      "attributes.t": "0.5",
    },
    { trace_row: 0, name: "look", type: "TOOL", status: "ERROR", start_ms: 1_010, model: "m" },
    { trace_row: 1, name: "look", type: "TOOL", status: "OK", start_ms: 2_000, "attributes.model": "claude" },
  ],
  assessments: [
    { trace_row: 0, type: "feedback", name: "score", value: "3.0", valid: true, source_type: "HUMAN" },
    { trace_row: 0, type: "feedback", name: "score", value: "1", valid: false },
    { trace_row: 1, type: "feedback", name: "score", value: '"3"', valid: true, session: "s1", source_type: "CODE" },
    { trace_row: 0, type: "feedback", name: "ok", value: "true", valid: true },
    { trace_row: 2, type: "issue", name: "i-1", valid: false },
  ],
};
const DATASET = datasetOf(ROWS);

async function rows(text: string, options: { strict?: boolean } & BindOptions = {}): Promise<number[]> {
  const { strict = false, ...bind } = options;
  const { predicate } = bindFilter(parseFilter(text, { strict }), bind);
  const table: TableName = bind.base ?? "traces";
  const scan = { kind: "scan", table } as const;
  const plan = predicate === undefined ? scan : ({ kind: "filter", input: scan, predicate } as const);
  const result = await runPlan(plan, DATASET, { maxGroups: 10 });
  return result.kind === "rows" ? [...result.positions] : [];
}

describe("in both modes", () => {
  it.each([
    ["", [0, 1, 2]],
    ["status = 'OK'", [0, 2]],
    ["status != 'OK' AND tag.env = 'dev'", [1]],
    ["name != 'chat'", [2]],
    ["name IS NULL", [1]],
    ["tag.env IS NOT NULL", [0, 1]],
    ["tag.nope != 'x'", []],
    ["execution_time >= 0", [0, 2]],
    ["end_time = 2000", [1]],
    ["end_time_ms > 1100", [1, 2]],
    ["request_id IN ('t0', 't2')", [0, 2]],
    ["span.name = 'look'", [0, 1]],
    ["span.name != 'look'", [0]],
    ["span.name = 'look' AND span.status = 'OK'", [1]],
    ["span.name = 'plan' AND span.status = 'ERROR'", []],
    ["span.attributes.model = 'gpt-4o'", [0]],
    ["span.attributes.model IN ('claude')", [1]],
    ["span.attributes.model LIKE '%gpt%'", [0]],
    ["feedback.ok = 'true'", [0]],
    ["feedback.score > 2", [0]],
    ["feedback.score IS NULL", []],
    ["feedback.ok IS NULL", [1, 2]],
    ["feedback.score = '3'", [1, 2]],
    ["issue.id = 'i-1'", [2]],
    ["prompt = 'qa/4'", [2]],
    ["prompt = 'sys/4'", []],
    ["metadata.mlflow.trace.session = 's1'", [1, 2]],
  ])("%s", async (text, expected) => {
    const extended = text === "feedback.score = '3'" ? [0, 1, 2] : expected;
    expect(await rows(text, { strict: true })).toEqual(expected);
    expect(await rows(text)).toEqual(extended);
  });
});

describe("strict mode", () => {
  it.each([
    ["run_id = 'r1' AND run_id = 'r2'", [1]],
    ["tag.name = 'chat'", [0]],
    ["name LIKE 'a\\%b'", []],
    ["execution_time = '100'", [0]],
    ["execution_time = 'abc'", []],
    ["execution_time < 'abc'", [0, 2]],
    ["end_time < '5'", [0, 1, 2]],
    ["span.attributes.model LIKE 'gpt-4o'", []],
    ["span.attributes.model RLIKE '^gpt'", [0]],
    ["span.attributes.t RLIKE '0.5'", []],
    ["timestamp >= 500 AND span.name = 'plan'", [0]],
    ["timestamp_ms > 1e400", []],
  ])("%s", async (text, expected) => {
    expect(await rows(text, { strict: true })).toEqual(expected);
  });

  it("spreads sessions from the searched experiments only", async () => {
    const text = "feedback.score = '3'";
    expect(await rows(text, { strict: true, experimentIds: ["1"] })).toEqual([]);
    expect(await rows(text, { strict: true, experimentIds: ["2"] })).toEqual([1, 2]);
  });
});

describe("extended mode", () => {
  it.each([
    ["status = 'OK' OR tag.env = 'dev'", [0, 1, 2]],
    ["NOT (status = 'OK' AND tag.env = 'prod')", [1]],
    ["NOT tag.env = 'prod'", [1]],
    ["NOT span.name = 'plan'", [1, 2]],
    ["span.name = 'plan' OR span.status = 'ERROR'", [0]],
    ["NOT (span.name = 'look' AND span.status = 'OK')", [0, 2]],
    ["(span.name = 'plan') AND (span.status = 'ERROR')", []],
    ["tag.name = 'own'", [1]],
    ["tag.n > 5", [0]],
    ["tag.n = 10", [0]],
    ["tag.n != 10", [1]],
    ["tag.n IN (10, 'x')", [0, 1]],
    ["NOT tag.n = 10", [1]],
    ["name LIKE 'a\\%b'", [2]],
    ["name NOT LIKE 'c%'", [2]],
    ["timestamp BETWEEN 1000 AND 2000", [0, 1]],
    ["timestamp NOT BETWEEN 1000 AND 2000", [2]],
    ["timestamp >= '1970-01-01T00:00:02Z'", [1, 2]],
    ["execution_time IS NULL", [1]],
    ["execution_time IN (0, 100)", [0, 2]],
    ["trace_id = 't1'", [1]],
    ["span_count > 1", [0]],
    ["span.model IS NOT NULL", [0]],
    ["feedback.score = 3", [0]],
    ["feedback.score != 3", [1, 2]],
    ["feedback.score IN (3, '3')", [0, 1, 2]],
    ["feedback.ok = true", [0]],
    ["feedback.score BETWEEN 2 AND 4", [0]],
    ["assessment.name = 'score' AND assessment.source_type = 'CODE'", [1]],
    ["assessment.name = 'ok' AND assessment.source_type = 'CODE'", []],
    ["span.attributes.t < 1", [0]],
  ])("%s", async (text, expected) => {
    expect(await rows(text)).toEqual(expected);
  });

  it("reads fields of the base table on the row itself, others on its trace", async () => {
    expect(await rows("span.name = 'look' AND span.status = 'OK'", { base: "spans" })).toEqual([2]);
    expect(await rows("status = 'OK' AND NOT span.name = 'plan'", { base: "spans" })).toEqual([1]);
    expect(await rows("feedback.ok = true", { base: "spans" })).toEqual([0, 1]);
    expect(await rows("assessment.name = 'score' AND tag.env = 'dev'", { base: "assessments" })).toEqual([2]);
    expect(await rows("span.status = 'ERROR'", { base: "assessments" })).toEqual([0, 1, 3]);
  });
});

describe("regular expressions", () => {
  const checkPattern = () => ({ kind: "invalid", message: "missing )", at: 0 }) as const;

  it("are refused at their place in extended mode", () => {
    const bind = () => bindFilter(parseFilter("name RLIKE '('"), { checkPattern });
    expect(bind).toThrow(EngineError);
    try {
      bind();
    } catch (error) {
      expect(error).toMatchObject({ code: "E_FILTER_REGEX", source: { span: { start: 12, end: 13 } } });
    }
  });

  it("match nothing in strict mode, with a warning", () => {
    const { predicate, warnings } = bindFilter(parseFilter("name RLIKE '('", { strict: true }), { checkPattern });
    expect(predicate).toEqual({ kind: "truth", value: false, type: "bool" });
    expect(warnings).toHaveLength(1);
  });
});

describe("the list of fields", () => {
  /** Declared by the language before the loader fills it; a filter on it is E_COLUMN_NOT_LOADED until then. */
  const AWAITED = new Set(["depth"]);

  it("names columns that exist", () => {
    for (const { source } of FIELDS) {
      if (source.kind === "family") expect(KEY_FAMILIES[source.table]).toContain(source.family);
      else if (source.kind !== "made" && !AWAITED.has(source.name)) {
        expect(columnSpec(source.table, source.name), source.name).toBeDefined();
      }
    }
  });

  it("gives every attribute an expression", () => {
    for (const { entity, key, source } of FIELDS) {
      if (entity !== "attribute" || (source.kind === "made" && source.what === "prompt")) continue;
      expect(fieldExpr({ entity, key, written: key, span: { start: 0, end: 1 } }).kind).toMatch(/column|payload|call/);
    }
  });
});
