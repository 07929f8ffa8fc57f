// The load bench's subject: tracemill's own `open`, all columns that the rival makes too. Called by load-child.ts.
// Payload by place and span attributes by key are left out on both sides.

import type { Vector } from "apache-arrow";
import { open, type Store } from "../src/index.ts";
import type { Checks, ColumnCheck, LoadEngine } from "./load-answers.ts";
import { comparedColumns, FAMILIES, TABLES, TRACEMILL_COLUMNS } from "./load-columns.ts";

/** tracemill's `open` with so many threads. */
export function tracemillEngine(threads: number): LoadEngine {
  let store: Store | undefined;
  return {
    async load(path) {
      store?.close();
      store = undefined;
      const started = performance.now();
      store = await open([path], { columns: TRACEMILL_COLUMNS, threads });
      const seconds = (performance.now() - started) / 1000;
      return { seconds, answers: await answersOf(store) };
    },
    checks: async () => (store === undefined ? undefined : checksOf(store)),
  };
}

async function answersOf(store: Store) {
  const { tables } = store.summary();
  const ask = async (metric_name: string, aggregation: { aggregation_type: string; percentile_value?: number }) => {
    const { data_points } = await store.metrics({ view_type: "TRACES", metric_name, aggregations: [aggregation] });
    return Number(Object.values(data_points[0]?.values ?? {})[0]);
  };
  return {
    traces: tables.traces.rows,
    spans: tables.spans.rows,
    assessments: tables.assessments.rows,
    totalTokens: await ask("total_tokens", { aggregation_type: "SUM" }),
    p95Ms: await ask("latency", { aggregation_type: "PERCENTILE", percentile_value: 95 }),
  };
}

async function checksOf(store: Store): Promise<Checks> {
  const checks = new Map<string, ColumnCheck>();
  for (const name of TABLES) {
    const table = await store.table(name);
    const compared = new Map(comparedColumns(name).map((column) => [column.name, column]));
    for (const { name: column } of table.schema.fields) {
      const isKeyed = name === "traces" && FAMILIES.some((family) => column.startsWith(`${family}.`));
      const vector = table.getChild(column);
      if (vector === null || !(isKeyed || compared.has(column))) continue;
      const { isText, nullText } = compared.get(column) ?? { isText: true };
      checks.set(`${name}.${column}`, isText ? checkTexts(vector, nullText) : checkNumbers(vector));
    }
  }
  return Object.fromEntries([...checks].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkTexts(vector: Vector, nullText: string | undefined): ColumnCheck {
  const distinct = new Set<unknown>();
  let present = 0;
  for (const value of vector) {
    if (value === null || value === nullText) continue;
    present += 1;
    distinct.add(value);
  }
  return { present, distinct: distinct.size };
}

/** 64-bit integers are summed exactly. */
function checkNumbers(vector: Vector): ColumnCheck {
  let present = 0;
  let sum = 0;
  let whole = 0n;
  for (const value of vector) {
    if (value === null) continue;
    present += 1;
    if (typeof value === "bigint") whole += value;
    else sum += Number(value);
  }
  return { present, sum: sum + Number(whole) };
}
