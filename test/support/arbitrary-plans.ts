// Random rows and random plans over them, for the property tests of exec and optimize.
// Domains are small, so that predicates hit; a fifth of the cells is missing; extremes, ties, -0, empty texts and emoji mixed in.

import fc from "fast-check";
import type { TableName } from "../../src/columns/schema.ts";
import type { ColumnRef, Expr, KeyRef, Predicate } from "../../src/plan/expr.ts";
import type { GroupKey, Measure, Plan, SortKey } from "../../src/plan/logical.ts";
import type { Cell, Row, Rows } from "./tables.ts";

const TEXTS = [
  "",
  "OK",
  "ERROR",
  "ok",
  "a",
  "aa",
  "ab",
  "ä",
  "😀",
  "😀b",
  "\uffff",
  "10",
  "2.5",
  "-3e1",
  "1e999",
  "x%y",
  "a_b",
];
const NUMBERS = [0, -0, 1, 2, 2.5, -1, 100, 1e15, 3, 4];

const maybe = <T extends Cell>(cell: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(cell, { freq: 4, nil: null });
const text = fc.constantFrom(...TEXTS);
const number = fc.constantFrom(...NUMBERS);
const time = fc.oneof(fc.integer({ min: -5_000, max: 20_000 }), fc.constantFrom(1_767_225_600_000, 1_767_225_599_999));

const traceRow = fc.record({
  trace_id: fc.string({ maxLength: 3 }),
  client_request_id: maybe(text),
  timestamp_ms: time,
  execution_duration_ms: maybe(number),
  state: maybe(text),
  trace_name: maybe(text),
  session: maybe(fc.constantFrom("s1", "s2", "s3")),
  user: maybe(text),
  total_tokens: maybe(number),
  span_count: fc.integer({ min: 0, max: 3 }),
  "tag.env": maybe(text),
  "metadata.a key": maybe(text),
});
const spanRow = fc.record({
  name: maybe(text),
  type: maybe(text),
  status: maybe(fc.constantFrom("OK", "ERROR", "UNSET")),
  start_ns: fc.bigInt({ min: -3n, max: 3n }),
  end_ns: maybe(fc.bigInt({ min: 2n ** 60n - 2n, max: 2n ** 60n + 2n })),
  start_ms: time,
  duration_ms: maybe(number),
  total_cost: maybe(number),
  "attributes.k": maybe(text),
});
const assessmentRow = fc.record({
  name: maybe(fc.constantFrom("a", "OK", "\u{1f600}")),
  type: maybe(fc.constantFrom("feedback", "expectation", "issue")),
  value: maybe(fc.oneof(text, fc.constantFrom('"a"', '"OK"', "3", "3.0", "true", "null", '"\\ud83d\\ude00"'))),
  numeric_value: maybe(number),
  valid: fc.boolean(),
  session: maybe(fc.constantFrom("s1", "x")),
});

/** Rows of all three tables: `least` to `most` traces, twice as many spans, as many assessments. */
export function arbitraryRows(most: number, least = 0): fc.Arbitrary<Rows> {
  return fc
    .record({
      traces: fc.array(traceRow, { minLength: least, maxLength: most }),
      spans: fc.array(spanRow, { minLength: least * 2, maxLength: most * 2 }),
      assessments: fc.array(assessmentRow, { minLength: least, maxLength: most }),
      seed: fc.array(fc.nat(), { minLength: 1, maxLength: 50 }),
    })
    .map(({ traces, spans, assessments, seed }) => ({
      traces,
      spans: owned(spans, traces.length, seed),
      assessments: owned(assessments, traces.length, seed),
    }));
}

/** Gives rows owners, ascending; without traces there are no rows. */
function owned(rows: readonly Row[], traces: number, seed: readonly number[]): readonly Row[] {
  if (traces === 0) return [];
  const owners = rows.map((_, i) => ((seed[i % seed.length] ?? 0) + i) % traces).sort((a, b) => a - b);
  return rows.map((row, i) => ({ trace_row: owners[i] ?? 0, ...row }));
}

const ref = (table: TableName, name: string, type: ColumnRef["type"]): ColumnRef => ({
  kind: "column",
  table,
  name,
  type,
});
const key = (table: TableName, family: KeyRef["family"], name: string): KeyRef => ({
  kind: "key",
  table,
  family,
  key: name,
  type: "text",
});

const TEXT_REFS: Readonly<Record<TableName, readonly Expr[]>> = {
  traces: [
    ref("traces", "state", "text"),
    ref("traces", "trace_name", "text"),
    ref("traces", "session", "text"),
    ref("traces", "client_request_id", "text"),
    ref("traces", "trace_id", "text"),
    key("traces", "tag", "env"),
    key("traces", "tag", "absent"),
  ],
  spans: [ref("spans", "name", "text"), ref("spans", "type", "text"), key("spans", "attributes", "k")],
  assessments: [ref("assessments", "name", "text"), ref("assessments", "value", "text")],
};
const NUMBER_REFS: Readonly<Record<TableName, readonly Expr[]>> = {
  traces: [
    ref("traces", "execution_duration_ms", "number"),
    ref("traces", "total_tokens", "number"),
    ref("traces", "span_count", "number"),
    ref("traces", "timestamp_ms", "number"),
  ],
  spans: [
    ref("spans", "duration_ms", "number"),
    ref("spans", "total_cost", "number"),
    ref("spans", "start_ms", "number"),
    ref("spans", "trace_row", "number"),
  ],
  assessments: [ref("assessments", "numeric_value", "number")],
};

/** Own references and, from spans and assessments, those of the owning trace. */
function visible(refs: Readonly<Record<TableName, readonly Expr[]>>, table: TableName): fc.Arbitrary<Expr> {
  const own = fc.constantFrom(...refs[table]);
  return table === "traces" ? own : fc.oneof(own, fc.constantFrom(...refs.traces));
}

/** A text expression over rows of `table`. */
export function textExpr(table: TableName): fc.Arbitrary<Expr> {
  const plain = visible(TEXT_REFS, table);
  const lower = plain.map((arg): Expr => ({ kind: "call", fn: "lower", args: [arg], type: "text" }));
  return fc.oneof({ weight: 6, arbitrary: plain }, { weight: 1, arbitrary: lower });
}

/** A number expression over rows of `table`. */
export function numberExpr(table: TableName): fc.Arbitrary<Expr> {
  const plain = visible(NUMBER_REFS, table);
  const literal = maybe(number).map((value): Expr => ({ kind: "literal", value, type: "number" }));
  const operand = fc.oneof(plain, literal);
  const call = (fn: "add" | "or_zero" | "to_number", ...args: readonly Expr[]): Expr => ({
    kind: "call",
    fn,
    args,
    type: "number",
  });
  return fc.oneof(
    { weight: 6, arbitrary: plain },
    { weight: 1, arbitrary: fc.tuple(plain, operand).map(([a, b]) => call("add", a, b)) },
    { weight: 1, arbitrary: operand.map((a) => call("or_zero", a)) },
    { weight: 1, arbitrary: textExpr(table).map((a) => call("to_number", a)) },
  );
}

const op = fc.constantFrom("=" as const, "!=" as const, "<" as const, "<=" as const, ">" as const, ">=" as const);

function leaf(table: TableName): fc.Arbitrary<Predicate> {
  const texts = textExpr(table);
  const numbers = numberExpr(table);
  const textLiteral = maybe(text).map((value): Expr => ({ kind: "literal", value, type: "text" }));
  const numberLiteral = fc
    .oneof(maybe(number), time)
    .map((value): Expr => ({ kind: "literal", value, type: "number" }));
  const compare = (sides: fc.Arbitrary<[Expr, Expr]>): fc.Arbitrary<Predicate> =>
    fc.tuple(op, sides).map(([o, [left, right]]) => ({ kind: "compare", op: o, left, right, type: "bool" }));
  const options: fc.Arbitrary<Predicate>[] = [
    compare(fc.tuple(texts, fc.oneof({ weight: 3, arbitrary: textLiteral }, texts))),
    compare(fc.tuple(textLiteral, texts)),
    compare(fc.tuple(numbers, fc.oneof({ weight: 3, arbitrary: numberLiteral }, numbers))),
    compare(fc.tuple(numberLiteral, numbers)),
    compare(fc.tuple(numberLiteral, numberLiteral)),
    fc
      .record({
        mode: fc.constantFrom("like" as const, "ilike" as const),
        operand: texts,
        pattern: fc.constantFrom("%", "", "o%", "%k", "_", "a_", "%a%", "%a%b", "x\\%y", "\u{1f600}_", "%_b", "__%"),
        escape: fc.boolean(),
      })
      .map((match) => ({ kind: "match", ...match, type: "bool" })),
    fc
      .record({ operand: texts, pattern: fc.constantFrom("a", "^o", "[0-9]+", "", ".", "b$") })
      .map(({ operand, pattern }) => ({ kind: "match", mode: "rlike", operand, pattern, escape: false, type: "bool" })),
    fc
      .record({ operand: texts, values: fc.array(text, { maxLength: 3 }) })
      .map((list) => ({ kind: "in", ...list, type: "bool" })),
    fc
      .record({ operand: numbers, values: fc.array(number, { maxLength: 3 }) })
      .map((list) => ({ kind: "in", ...list, type: "bool" })),
    fc.oneof(texts, numbers).map((operand) => ({ kind: "is-null", operand, type: "bool" })),
    fc.constantFrom(true, false, null).map((value) => ({ kind: "truth", value, type: "bool" })),
  ];
  if (table === "spans") {
    const ends = fc.bigInt({ min: 2n ** 60n - 2n, max: 2n ** 60n + 2n });
    const literal = fc.oneof(ends, fc.constantFrom(0n, -1n, 2n ** 70n, -(2n ** 70n)));
    const column = fc.constantFrom(ref("spans", "start_ns", "int64"), ref("spans", "end_ns", "int64"));
    const right = fc.oneof<fc.Arbitrary<Expr>[]>(
      literal.map((value) => ({ kind: "literal", value, type: "int64" })),
      column,
    );
    options.push(compare(fc.tuple(column, right)));
    options.push(column.map((operand) => ({ kind: "is-null", operand, type: "bool" })));
  }
  if (table === "assessments") {
    const valid = ref("assessments", "valid", "bool");
    options.push(
      fc.boolean().map((value) => ({
        kind: "compare",
        op: "=",
        left: valid,
        right: { kind: "literal", value, type: "bool" },
        type: "bool",
      })),
    );
  }
  return fc.oneof(...options);
}

const PREDICATES = new Map<string, fc.Arbitrary<Predicate>>();

/** A predicate over rows of `table`, at most `depth` levels of AND, OR, NOT and EXISTS. Made once: making costs more than drawing. */
export function predicate(table: TableName, depth = 3): fc.Arbitrary<Predicate> {
  const key = `${table} ${depth}`;
  const made = PREDICATES.get(key) ?? makePredicate(table, depth);
  PREDICATES.set(key, made);
  return made;
}

function makePredicate(table: TableName, depth: number): fc.Arbitrary<Predicate> {
  if (depth === 0) return leaf(table);
  const inner = predicate(table, depth - 1);
  const junction = fc
    .record({ kind: fc.constantFrom("and" as const, "or" as const), operands: fc.array(inner, { maxLength: 4 }) })
    .map((node): Predicate => ({ ...node, type: "bool" }));
  const not = inner.map((operand): Predicate => ({ kind: "not", operand, type: "bool" }));
  const exists = fc.constantFrom("spans" as const, "assessments" as const).chain((below) =>
    fc
      .record({ predicate: predicate(below, depth - 1), scope: fc.constantFrom("trace" as const, "session" as const) })
      .map(
        (node): Predicate => ({
          kind: "exists",
          table: below,
          ...node,
          scope: below === "spans" ? "trace" : node.scope,
          type: "bool",
        }),
      ),
  );
  return fc.oneof(
    { weight: 4, arbitrary: leaf(table) },
    { weight: 4, arbitrary: junction },
    { weight: 1, arbitrary: not },
    { weight: 1, arbitrary: exists },
  );
}

/** What the filters of a plan are drawn from. */
type Predicates = (table: TableName) => fc.Arbitrary<Predicate>;

function rowNodes(table: TableName, bare: boolean, predicates: Predicates): fc.Arbitrary<(input: Plan) => Plan> {
  const filter = predicates(table).map(
    (p) =>
      (input: Plan): Plan => ({ kind: "filter", input, predicate: p }),
  );
  const limit = fc.record({ count: fc.nat(20), offset: fc.nat(3) }).map(
    (node) =>
      (input: Plan): Plan => ({ kind: "limit", input, ...node }),
  );
  const keys = fc.array(fc.record({ by: fc.oneof(textExpr(table), numberExpr(table)), descending: fc.boolean() }), {
    minLength: 1,
    maxLength: 2,
  });
  const sort = keys.map(
    (k) =>
      (input: Plan): Plan => ({ kind: "sort", input, keys: k }),
  );
  return bare
    ? filter
    : fc.oneof({ weight: 4, arbitrary: filter }, { weight: 1, arbitrary: limit }, { weight: 1, arbitrary: sort });
}

/** A page of an order: filters, up to three keys, and a limit above. */
export function arbitraryPage(predicates: Predicates = predicate): fc.Arbitrary<Plan> {
  const pages = (["traces", "spans", "assessments"] as const).map((table) =>
    fc
      .record({
        filters: fc.array(predicates(table), { maxLength: 1 }),
        keys: fc.array(fc.record({ by: fc.oneof(textExpr(table), numberExpr(table)), descending: fc.boolean() }), {
          minLength: 1,
          maxLength: 3,
        }),
        count: fc.nat(12),
        offset: fc.nat(3),
      })
      .map(({ filters, keys, count, offset }): Plan => {
        const rows = filters.reduce<Plan>((input, p) => ({ kind: "filter", input, predicate: p }), {
          kind: "scan",
          table,
        });
        return { kind: "limit", input: { kind: "sort", input: rows, keys }, count, offset };
      }),
  );
  return fc.oneof(...pages);
}

function measures(table: TableName): fc.Arbitrary<readonly Measure[]> {
  const numbers = numberExpr(table);
  const one = fc.oneof<fc.Arbitrary<Omit<Measure, "name">>[]>(
    fc.constant({ fn: "count_rows" }),
    fc.record({
      fn: fc.constantFrom("count" as const, "count_distinct" as const),
      input: fc.oneof(numbers, textExpr(table)),
    }),
    fc.record({ fn: fc.constantFrom("sum" as const, "avg" as const, "min" as const, "max" as const), input: numbers }),
    fc.record({
      fn: fc.constant("percentile" as const),
      input: numbers,
      percentile: fc.constantFrom(0, 25, 50, 95, 99.9, 100),
    }),
  );
  return fc.array(one, { maxLength: 4 }).map((list) => list.map((measure, i) => ({ name: `m${i}`, ...measure })));
}

function aggregated(table: TableName): fc.Arbitrary<(input: Plan) => Plan> {
  const width = fc.constantFrom(1, 7, 1_000, 3_600_000, 86_400_000);
  const value = fc.oneof(textExpr(table), numberExpr(table), predicate(table, 1));
  return fc
    .record({
      width: fc.option(width, { nil: undefined }),
      time: fc.constantFrom(
        ...NUMBER_REFS.traces.slice(-1),
        ...(table === "spans" ? NUMBER_REFS.spans.slice(2, 3) : []),
      ),
      keys: fc.array(value, { maxLength: 2 }),
      measures: measures(table),
      nullKeys: fc.constantFrom("drop" as const, "keep" as const),
      emptyGroups: fc.constantFrom("drop" as const, "keep" as const),
      count: fc.option(fc.nat(5), { nil: undefined }),
    })
    .map(
      ({ width: widthMs, time: t, keys: values, measures: list, nullKeys, emptyGroups, count }) =>
        (input: Plan): Plan => {
          const bucketed: Plan =
            widthMs === undefined ? input : { kind: "bucket", input, time: t, widthMs, as: "bucket" };
          const keys: GroupKey[] = values.map((v, i) => ({ name: `k${i}`, value: v }));
          if (widthMs !== undefined) keys.unshift({ name: "bucket", value: "bucket" });
          let plan: Plan = { kind: "aggregate", input: bucketed, keys, measures: list, nullKeys, emptyGroups };
          const by: SortKey[] = keys.map(({ name }, i) => ({ by: { output: name }, descending: i % 2 === 1 }));
          if (by.length > 0) plan = { kind: "sort", input: plan, keys: by };
          return count === undefined ? plan : { kind: "limit", input: plan, count, offset: count % 2 };
        },
    );
}

/** A plan: scan, up to three filters (also sorts and limits), and mostly an aggregate with sort and limit above. */
export function arbitraryPlan(predicates: Predicates = predicate): fc.Arbitrary<Plan> {
  const plans = (["traces", "spans", "assessments"] as const).map((table) =>
    fc
      .record({
        nodes: fc.oneof(...[true, false].map((bare) => fc.array(rowNodes(table, bare, predicates), { maxLength: 3 }))),
        top: fc.option(aggregated(table), { freq: 3, nil: undefined }),
      })
      .map(({ nodes, top }) => {
        const rows = nodes.reduce((plan, node) => node(plan), { kind: "scan", table } as Plan);
        return top === undefined ? rows : top(rows);
      }),
  );
  return fc.oneof(...plans);
}
