// Each rule by itself: a plan before and after, and the case where it must not fire.

import { describe, expect, test } from "vitest";
import type { TableName } from "../../src/columns/schema.ts";
import { optimize, RULES } from "../../src/optimize/index.ts";
import { explainPlan, printExpr } from "../../src/plan/explain.ts";
import type { Compare, Expr, Predicate } from "../../src/plan/expr.ts";
import type { Plan } from "../../src/plan/logical.ts";

const text = (table: TableName, name: string): Expr => ({ kind: "column", table, name, type: "text" });
const number = (name: string): Expr => ({ kind: "column", table: "traces", name, type: "number" });
const literal = (value: number | string | null): Expr => ({
  kind: "literal",
  value,
  type: typeof value === "string" ? "text" : "number",
});
const compare = (left: Expr, op: Compare["op"], right: Expr): Predicate => ({
  kind: "compare",
  op,
  left,
  right,
  type: "bool",
});
const junction = (kind: "and" | "or", ...operands: Predicate[]): Predicate => ({ kind, operands, type: "bool" });
const not = (operand: Predicate): Predicate => ({ kind: "not", operand, type: "bool" });
const truth = (value: boolean | null): Predicate => ({ kind: "truth", value, type: "bool" });
const match = (operand: Expr, mode: "like" | "rlike"): Predicate => ({
  kind: "match",
  mode,
  operand,
  pattern: "a",
  escape: false,
  type: "bool",
});
const scan = (table: TableName = "traces"): Plan => ({ kind: "scan", table });
const filter = (predicate: Predicate, input: Plan = scan()): Plan => ({ kind: "filter", input, predicate });

const state = text("traces", "state");
const ok = compare(state, "=", literal("OK"));
const bad = compare(state, "=", literal("ERROR"));
const slow = compare(number("execution_duration_ms"), ">", literal(5));
const tool = compare(text("spans", "type"), "=", literal("TOOL"));

/** Applies one rule; "unchanged" when it gives back the very same plan. */
function apply(name: string, plan: Plan): string {
  const rule = RULES.find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`no rule ${name}`);
  const after = rule.apply(plan);
  return after === plan ? "unchanged" : explainPlan(after);
}

describe("fold-constants", () => {
  const folded = (predicate: Predicate) => apply("fold-constants", filter(predicate)).split("\n")[0];
  const call = (fn: "add" | "or_zero", ...args: Expr[]): Expr => ({ kind: "call", fn, args, type: "number" });

  test("computes calls and comparisons", () => {
    expect(folded(compare(number("total_tokens"), ">", call("add", literal(100), literal(1))))).toBe(
      "filter traces.total_tokens > 101",
    );
    expect(folded(compare(call("or_zero", literal(null)), "=", literal(0)))).toBe("filter TRUE");
    expect(folded(compare(call("add", literal(null), literal(1)), "=", literal(0)))).toBe("filter UNKNOWN");
    expect(folded(compare(literal("a"), "!=", literal("b")))).toBe("filter TRUE");
    expect(folded(compare(state, "=", literal(null)))).toBe("filter UNKNOWN");
    expect(folded({ kind: "in", operand: literal("x"), values: ["y"], type: "bool" })).toBe("filter FALSE");
  });

  test("leaves text order, empty lists and columns alone", () => {
    expect(folded(compare(literal("a"), "<", literal("b")))).toBe("unchanged");
    expect(folded({ kind: "in", operand: state, values: [], type: "bool" })).toBe("unchanged");
    expect(folded(compare(state, "=", state))).toBe("unchanged");
  });
});

describe("merge-filters", () => {
  const bucket = (input: Plan): Plan => ({
    kind: "bucket",
    input,
    time: number("timestamp_ms"),
    widthMs: 60_000,
    as: "b",
  });

  test("sinks below buckets and joins", () => {
    expect(apply("merge-filters", filter(ok, bucket(filter(slow))))).toBe(
      "bucket b = floor(traces.timestamp_ms to 60000 ms)\n  filter traces.execution_duration_ms > 5 AND traces.state = 'OK'\n    scan traces",
    );
  });

  test("never passes a limit or a sort", () => {
    expect(apply("merge-filters", filter(ok, { kind: "limit", count: 1, offset: 0, input: filter(slow) }))).toBe(
      "unchanged",
    );
    expect(apply("merge-filters", filter(ok, { kind: "sort", keys: [], input: scan() }))).toBe("unchanged");
  });
});

describe("simplify-predicates", () => {
  const simple = (predicate: Predicate) => apply("simplify-predicates", filter(predicate)).split("\n")[0];

  test("joins equalities, turns NOT inward, drops what says nothing", () => {
    const before = junction(
      "and",
      junction("or", ok, bad),
      not(junction("or", slow, truth(false))),
      truth(true),
      slow,
      slow,
    );
    expect(simple(before)).toBe(
      "filter traces.state IN ('OK', 'ERROR') AND traces.execution_duration_ms <= 5 AND traces.execution_duration_ms > 5",
    );
    expect(simple(not(not(ok)))).toBe("filter traces.state = 'OK'");
    expect(simple(junction("and", ok, junction("and", slow, tool)))).toBe(
      "filter traces.state = 'OK' AND traces.execution_duration_ms > 5 AND spans.type = 'TOOL'",
    );
    expect(simple({ kind: "in", operand: state, values: ["a", "a"], type: "bool" })).toBe("filter traces.state = 'a'");
    expect(simple(junction("and", ok, truth(null)))).toBe("filter FALSE");
    expect(simple(junction("or", ok, truth(null)))).toBe("filter traces.state = 'OK'");
  });

  test("a filter that is true vanishes, one that is false stays", () => {
    expect(apply("simplify-predicates", filter(junction("or", ok, truth(true))))).toBe("scan traces");
    expect(simple(truth(null))).toBe("filter FALSE");
  });

  test("does not take unknown for true, nor reverse LIKE", () => {
    const tautology = junction("or", ok, not(ok));
    expect(simple(tautology)).toBe("filter traces.state = 'OK' OR traces.state != 'OK'");
    expect(simple(not(match(state, "like")))).toBe("unchanged");
    // Under NOT, unknown and false are not the same.
    const inner = not(junction("and", match(state, "like"), truth(null)));
    expect(simple(inner)).toBe("filter NOT traces.state LIKE 'a'");
  });
});

describe("push-trace-predicates", () => {
  test("moves conditions on traces into the scan of spans", () => {
    expect(apply("push-trace-predicates", filter(junction("and", ok, tool, slow), scan("spans")))).toBe(
      "filter spans.type = 'TOOL'\n  scan spans of traces with traces.state = 'OK' AND traces.execution_duration_ms > 5",
    );
    expect(apply("push-trace-predicates", filter(ok, scan("assessments")))).toBe(
      "scan assessments of traces with traces.state = 'OK'",
    );
  });

  test("leaves mixed predicates, traces and constants alone", () => {
    expect(apply("push-trace-predicates", filter(junction("or", ok, tool), scan("spans")))).toBe("unchanged");
    expect(apply("push-trace-predicates", filter(ok))).toBe("unchanged");
    expect(apply("push-trace-predicates", filter(truth(false), scan("spans")))).toBe("unchanged");
  });
});

describe("order-conjuncts", () => {
  test("cheap and selective first", () => {
    const costly = match(text("traces", "trace_id"), "rlike");
    expect(apply("order-conjuncts", filter(junction("and", costly, slow, ok)))).toBe(
      "filter traces.state = 'OK' AND traces.execution_duration_ms > 5 AND traces.trace_id RLIKE 'a'\n  scan traces",
    );
  });

  test("equal costs keep their order", () => {
    expect(apply("order-conjuncts", filter(junction("and", bad, ok)))).toBe("unchanged");
  });
});

describe("top-n", () => {
  const sort = (input: Plan = scan()): Plan => ({ kind: "sort", input, keys: [{ by: state, descending: true }] });
  const limit = (input: Plan, count = 100, offset = 200): Plan => ({ kind: "limit", input, count, offset });

  test("tells a sort how many rows are read", () => {
    expect(apply("top-n", limit(sort(filter(ok))))).toBe(
      "limit 100 offset 200\n  top 300 by traces.state DESC\n    filter traces.state = 'OK'\n      scan traces",
    );
  });

  test("leaves a sort alone under a filter, under another sort, or without an end", () => {
    expect(apply("top-n", limit(filter(ok, sort())))).toBe("unchanged");
    expect(apply("top-n", limit(scan()))).toBe("unchanged");
    expect(apply("top-n", sort(sort()))).toBe("unchanged");
    expect(apply("top-n", limit(sort(), Number.MAX_SAFE_INTEGER, 1))).toBe("unchanged");
  });

  test("does nothing twice", () => {
    const { plan } = optimize(limit(sort()));
    expect(apply("top-n", plan)).toBe("unchanged");
  });
});

describe("prune-columns", () => {
  test("names what is read of the scanned table alone", () => {
    expect(apply("prune-columns", filter(junction("and", ok, tool), scan("spans")))).toContain(
      "scan spans [trace_row, type]",
    );
  });

  test("does nothing twice", () => {
    const { plan } = optimize(filter(ok));
    expect(apply("prune-columns", plan)).toBe("unchanged");
  });
});

describe("use-dictionaries and use-zone-maps", () => {
  const top = (first?: number): Plan => ({
    kind: "sort",
    input: scan(),
    keys: [{ by: number("timestamp_ms"), descending: true }],
    ...(first === undefined ? {} : { first }),
  });
  const exists: Predicate = { kind: "exists", table: "spans", scope: "trace", predicate: tool, type: "bool" };

  test("dictionaries serve conditions on texts, also those within EXISTS", () => {
    expect(apply("use-dictionaries", filter(ok)).split("\n")[1]).toBe("  scan traces by dictionary");
    expect(apply("use-dictionaries", filter(exists)).split("\n")[1]).toBe("  scan traces by dictionary");
    expect(apply("use-dictionaries", { kind: "scan", table: "spans", traces: ok })).toBe(
      "scan spans of traces with traces.state = 'OK' by dictionary",
    );
    expect(apply("use-dictionaries", filter(slow))).toBe("unchanged");
    expect(apply("use-dictionaries", scan())).toBe("unchanged");
  });

  test("zone maps serve filters, aggregates and the first rows of an order", () => {
    expect(apply("use-zone-maps", filter(slow)).split("\n")[1]).toBe("  scan traces by zone map");
    expect(apply("use-zone-maps", top(5)).split("\n")[1]).toBe("  scan traces by zone map");
    expect(apply("use-zone-maps", top())).toBe("unchanged");
    expect(apply("use-zone-maps", { kind: "limit", count: 5, offset: 0, input: scan() })).toBe("unchanged");
  });

  test("are said once, together", () => {
    const { plan } = optimize(filter(ok));
    expect(explainPlan(optimize(plan).plan).split("\n")[1]).toContain("by dictionary and zone map");
    expect(explainPlan(optimize(plan).plan).match(/dictionary/g)).toHaveLength(1);
  });
});

describe("optimize", () => {
  test("names the rules that fired, and leaves out the disabled ones", () => {
    const plan = filter(ok, filter(slow));
    const shortcuts = ["use-dictionaries", "use-zone-maps"];
    expect(optimize(plan).fired).toEqual(["merge-filters", "order-conjuncts", ...shortcuts, "prune-columns"]);
    expect(optimize(plan, { disabled: new Set(["merge-filters"]) }).fired).toEqual([...shortcuts, "prune-columns"]);
    expect(optimize(plan, { disabled: "all" })).toEqual({ plan, fired: [] });
  });

  test("printed predicates read the same", () => {
    expect(printExpr(ok)).toBe("traces.state = 'OK'");
  });
});
