// The one-comparison filter grammar of trace metrics. What is accepted, the key, the value and the words of refusals were
// read off MLflow 3.17.2; 180,000 random filters gave the same verdict there and here.

import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { VIEWS, type ViewName, type ViewSpec } from "../../src/frontends/metrics-catalog.ts";
import { metricsFilter } from "../../src/frontends/metrics-filter.ts";
import type { Expr } from "../../src/plan/expr.ts";

function view(name: ViewName): ViewSpec {
  const found = VIEWS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

/** What a filter compares, and with what: `tag env`, `prod`. */
function reading(text: string, name: ViewName = "TRACES", strict = true): readonly [string, unknown] {
  const predicate = metricsFilter(text, view(name), strict);
  if (predicate.kind !== "compare" || predicate.right.kind !== "literal") return [predicate.kind, null];
  return [target(predicate.left), predicate.right.value];
}

function target(expr: Expr): string {
  if (expr.kind === "key") return `${expr.table} ${expr.family} ${expr.key}`;
  return expr.kind === "column" ? `${expr.table} ${expr.name}` : expr.kind;
}

function refusal(text: string, name: ViewName = "TRACES"): EngineError {
  try {
    metricsFilter(text, view(name), true);
  } catch (error) {
    if (error instanceof EngineError) return error;
  }
  throw new Error(`accepted: ${text}`);
}

describe("accepted filters", () => {
  it.each([
    ["trace.status = 'OK'", "traces state", "OK"],
    ['  trace.status\n=\t"OK" ', "traces state", "OK"],
    ["`trace`.status='OK'", "traces state", "OK"],
    ["trace.tag.env = 'prod'", "traces tag env", "prod"],
    ["trace.tag.my.key = 'x y'", "traces tag my.key", "x y"],
    ["trace.tag.`my key` = 'x'", "traces tag my key", "x"],
    ["trace.tag.`a``b` = 'x'", "traces tag a``b", "x"],
    [`trace.tag."my key" = 'x'`, "traces tag my key", "x"],
    ["trace.tag.'my key' = 'x'", "traces tag my key", "x"],
    ["trace.tag.`a.b`.c = 'x'", "traces tag `a.b`.c", "x"],
    ["trace.tag.`` = 'x'", "traces tag ", "x"],
    ["trace.tag.* = 'x'", "traces tag *", "x"],
    ["trace.tag..a = 'x'", "traces tag .a", "x"],
    ["trace.tag.a[0] = 'x'", "traces tag a[0]", "x"],
    ["trace.tag.1a = 'x'", "traces tag 1a", "x"],
    ["trace.tag.漢 = 'é😀'", "traces tag 漢", "é😀"],
    ["trace.tag.__proto__ = 'x'", "traces tag __proto__", "x"],
    ["trace.tag.and = 'x'", "traces tag and", "x"],
    ["trace.metadata.user = ''", "traces metadata user", ""],
    ["trace.tag.k = 'a;b'", "traces tag k", "a;b"],
    ["trace.tag.k = 'O''K'", "traces tag k", "O''K"],
    ["trace.tag.k = 'it\\'s'", "traces tag k", "it\\'s"],
    ["trace.tag.k = 'a\\'", "traces tag k", "a\\"],
    [`trace.tag.k = "a'b"`, "traces tag k", "a'b"],
  ])("%s", (text, compared, value) => {
    expect(reading(text)).toEqual([compared, value]);
  });

  it("reads MLflow's own keys from their columns", () => {
    expect(reading("trace.tag.mlflow.traceName = 'chat'")).toEqual(["traces trace_name", "chat"]);
    expect(reading("trace.metadata.`mlflow.trace.session` = 's'")).toEqual(["traces session", "s"]);
    expect(reading("trace.metadata.mlflow.sourceRun = 'r'")).toEqual(["traces run_id", "r"]);
  });

  it("knows the rows of each view", () => {
    expect(reading("span.name = 'x'", "SPANS")).toEqual(["spans name", "x"]);
    expect(reading("span.type='TOOL'", "SPANS")).toEqual(["spans type", "TOOL"]);
    expect(reading("assessment.type = 'feedback'", "ASSESSMENTS")).toEqual(["assessments type", "feedback"]);
    expect(reading("trace.status = 'OK'", "SPANS")).toEqual(["traces state", "OK"]);
  });

  it("gives no rows for an empty key", () => {
    expect(reading("trace.tag. = 'x'")).toEqual(["truth", null]);
  });

  it("joins doubled quotes outside strict mode", () => {
    expect(reading("trace.tag.k = 'O''K'", "TRACES", false)).toEqual(["traces tag k", "O'K"]);
    expect(reading(`trace.tag.k = "a''b"`, "TRACES", false)).toEqual(["traces tag k", "a''b"]);
  });
});

describe("refused filters", () => {
  it.each([
    ["", "E_FILTER_SYNTAX", "Invalid filter: ''. Expected one filter clause."],
    ["   ", "E_FILTER_SYNTAX", "Invalid filter '   '. Could not be parsed."],
    ["hello", "E_FILTER_SYNTAX", "Invalid clause(s) in filter string: hello"],
    ["trace.status = 'OK' OR trace.status = 'ERROR'", "E_FILTER_SYNTAX", "Invalid clause(s) in filter string: OR"],
    ["trace.status = 'OK' AND trace.status = 'OK'", "E_FILTER_SYNTAX", "Invalid clause(s) in filter string: AND"],
    ["trace.status = 'OK';", "E_FILTER_SYNTAX", "Invalid clause(s) in filter string: ;"],
    ["trace.status = 'a' ; trace.status='b'", "E_FILTER_SYNTAX", "Search filter contained multiple expression"],
    ["(trace.status = 'OK')", "E_FILTER_SYNTAX", "Invalid clause(s) in filter string: (trace.status = 'OK')"],
    ["NOT trace.status = 'OK'", "E_FILTER_SYNTAX", "Invalid clause(s)"],
    ["trace.status IN ('OK')", "E_FILTER_SYNTAX", "Invalid clause(s)"],
    ["trace.status IS NULL", "E_FILTER_SYNTAX", "Invalid clause(s)"],
    ["trace.status = 'OK", "E_FILTER_SYNTAX", "Invalid clause(s)"],
    ["trace.tag.my-key = 'x'", "E_FILTER_SYNTAX", "Invalid clause(s)"],
    ["trace.tag.from = 'x'", "E_FILTER_SYNTAX", "Invalid clause(s)"],
    ["trace.tag.12a = 'x'", "E_FILTER_SYNTAX", "Invalid clause(s)"],
    ["trace.status = OK", "E_FILTER_SYNTAX", "Parameter value is either not quoted or unidentified quote types"],
    ["trace.status = `OK`", "E_FILTER_SYNTAX", "Parameter value is either not quoted"],
    [
      "trace.tag.env = 5",
      "E_FILTER_TYPE",
      "Expected a quoted string value for tag value (e.g. 'my-value'). Got value 5",
    ],
    ["trace.tag.env = ('a')", "E_FILTER_TYPE", "Expected a quoted string value for tag value"],
    ["trace.tag.env = NULL", "E_FILTER_TYPE", "Expected a quoted string value for tag value"],
    ["trace.status != 'OK'", "E_FILTER_OP", "Invalid comparator: '!=', only '=' operator is supported"],
    ["trace.status like 'OK'", "E_FILTER_OP", "Invalid comparator: 'like', only '=' operator is supported"],
    ["status = 'OK'", "E_FILTER_FIELD", "Invalid identifier 'status'. Columns should be specified as 'trace.<key>'"],
    ["foo.name = 'x'", "E_FILTER_FIELD", "Invalid view type 'foo'. Valid values are "],
    ["TRACE.status = 'x'", "E_FILTER_FIELD", "Invalid view type 'TRACE'"],
    [
      "trace.foo = 'x'",
      "E_FILTER_FIELD",
      "Invalid entity 'foo' specified for view type 'trace'. Valid entities are ['status', 'tag', 'metadata']",
    ],
    ["trace.`status` = 'x'", "E_FILTER_FIELD", "Invalid entity '`status`' specified for view type 'trace'"],
    ["span.kind = 'x'", "E_FILTER_FIELD", "Valid entities are ['name', 'status', 'type']"],
    ["trace.tag = 'x'", "E_FILTER_FIELD", "Filtering by tag requires a key, e.g. 'trace.tag.<key> = <value>'"],
    [
      "trace.status.x = 'y'",
      "E_FILTER_FIELD",
      "Filtering by status does not require a key, use 'trace.status' instead",
    ],
    ["span.name = 'x'", "E_FILTER_FIELD", "Filtering by span is only supported for SPANS view type, got TRACES"],
    ["assessment.name = 'x'", "E_FILTER_FIELD", "Filtering by assessment is only supported for ASSESSMENTS view type"],
  ])("%s", (text, code, message) => {
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("checks the identifier before the comparator before the value", () => {
    expect(refusal("foo.bar != 5").message).toContain("Invalid view type");
    expect(refusal("trace.status != 5").message).toContain("Invalid comparator");
    expect(refusal("span.name = 5").message).toContain("Expected a quoted string");
  });

  it("points at the part that is wrong", () => {
    const text = "trace.status  !=  'OK'";
    const { source } = refusal(text);
    expect(source && text.slice(source.span.start, source.span.end)).toBe("!=");
  });

  it("says so when the filter is one of trace search", () => {
    expect(refusal("tag.env = 'x'").hint).toContain("trace.tag.env");
    expect(refusal("metadata.k LIKE 'x'").hint).toContain("trace.metadata.k");
    expect(refusal("attributes.status = 'OK'").hint).toContain("trace.status");
    expect(refusal("trace.status = 'OK' AND trace.tag.a = 'b'").hint).toContain("one comparison");
  });

  it("reads long and hostile texts in linear time", () => {
    const pieces = ["'", "\\'", "''", "`", "``", ".", "a.", " ", "= ", "(", '"\\"', "x", "é", "[a]", "'x' "];
    for (const piece of pieces) {
      for (const start of ["trace.tag.a = '", "trace.tag.`", "trace.", "", "trace.tag.a = "]) {
        const text = start + piece.repeat(100_000);
        const begin = performance.now();
        try {
          metricsFilter(text, view("TRACES"), true);
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError);
        }
        expect(performance.now() - begin, text.slice(0, 30)).toBeLessThan(1_000);
      }
    }
    expect(refusal(`trace.status = '${"x".repeat(2 ** 20)}'`).code).toBe("E_FILTER_LIMIT");
  });
});
