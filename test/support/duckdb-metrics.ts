// Trace metrics as SQL, run by DuckDB: a second opinion that shares no code with the engine or the oracle.
// Fixture traces become three tables; a request becomes one SELECT. The assessment_value dimension is left to the
// oracle: its text is Python's JSON, which SQL cannot print.

import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { MetricsRequest } from "../../src/frontends/mlflow-metrics.ts";
import type { Point } from "./points.ts";
import { rawJsonText } from "./raw-json.ts";
import type { TraceFixture } from "./trace-fixture.ts";

const TABLES = `
create table traces (id varchar, experiment varchar, ts bigint, duration bigint, status varchar,
  tags map(varchar, varchar), meta map(varchar, varchar));
create table spans (trace varchar, name varchar, type varchar, status varchar, start_ns bigint, end_ns bigint,
  model varchar, provider varchar, input_cost double, output_cost double, total_cost double,
  attributes map(varchar, varchar));
create table assessments (trace varchar, name varchar, type varchar, value json, valid boolean, source varchar);`;

/** An empty in-memory database. */
export async function connectDuckDb(): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(TABLES);
  return connection;
}

/** Replaces what the database holds by these traces. */
export async function loadDuckDb(connection: DuckDBConnection, traces: readonly TraceFixture[]): Promise<void> {
  const costs = ["input_cost", "output_cost", "total_cost"];
  await connection.run("delete from traces; delete from spans; delete from assessments;");
  const rows = {
    traces: traces.map((trace) => [
      text(trace.id),
      text(trace.experimentId),
      String(trace.timestampMs),
      String(trace.executionTimeMs ?? "null"),
      text(trace.status),
      map(trace.tags),
      map(trace.metadata),
    ]),
    spans: traces.flatMap((trace) =>
      trace.spans.map((span) => [
        ...[trace.id, span.name, span.type, span.status].map(text),
        String(span.startNs),
        String(span.endNs ?? "null"),
        ...[span.model, span.provider].map(text),
        ...costs.map((name) => (span.cost?.has(name) ? rawJsonText(span.cost.get(name) ?? null) : "null")),
        map(span.attributes ?? new Map()),
      ]),
    ),
    assessments: traces.flatMap((trace) =>
      trace.assessments.map(({ name, type, value, valid, sourceType }) => [
        ...[trace.id, name, type, rawJsonText(value)].map(text),
        String(valid),
        text(sourceType),
      ]),
    ),
  };
  for (const [table, tuples] of Object.entries(rows)) {
    if (tuples.length === 0) continue;
    await connection.run(`insert into ${table} values ${tuples.map((cells) => `(${cells.join(", ")})`).join(", ")}`);
  }
}

function text(value: string | null | undefined): string {
  return value === null || value === undefined ? "null" : `'${value.replaceAll("'", "''")}'`;
}

function map(entries: ReadonlyMap<string, string>): string {
  return `map([${[...entries.keys()].map(text).join(", ")}]::varchar[], [${[...entries.values()].map(text).join(", ")}]::varchar[])`;
}

const FROM: Readonly<Record<string, string>> = {
  TRACES: "traces t",
  SPANS: "traces t join spans s on s.trace = t.id",
  ASSESSMENTS: "traces t join assessments a on a.trace = t.id and a.valid",
};

const floorTo = (value: string, width: string): string => `(${value} - ((${value} % ${width}) + ${width}) % ${width})`;
const floorMs = (ns: string): string => `(${floorTo(ns, "1000000::bigint")} // 1000000)`;

function measured(view: string, metric: string): string {
  if (metric.endsWith("_count")) return metric === "session_count" ? "t.meta['mlflow.trace.session']" : "1";
  if (metric === "latency")
    return view === "TRACES" ? "t.duration::double" : `${floorMs("(s.end_ns - s.start_ns)")}::double`;
  if (metric.endsWith("_cost")) return `s.${metric}`;
  if (metric === "assessment_value") {
    return `case json_type(a.value) when 'BOOLEAN' then (a.value::boolean)::int::double
      when 'UBIGINT' then a.value::double when 'BIGINT' then a.value::double when 'DOUBLE' then a.value::double
      when 'VARCHAR' then case lower(trim(a.value->>'$')) when 'yes' then 1.0 when 'no' then 0.0 end end`;
  }
  const token = `json_extract(t.meta['mlflow.trace.tokenUsage']::json, '$.${metric}')`;
  return `case json_type(${token}) when 'UBIGINT' then ${token}::double when 'BIGINT' then ${token}::double
    when 'DOUBLE' then case when ${token}::double = floor(${token}::double) then ${token}::double end
    when 'VARCHAR' then case when regexp_full_match(${token}->>'$', '[0-9]+') then (${token}->>'$')::double end end`;
}

const DIMENSIONS: Readonly<Record<string, string>> = {
  trace_name: "t.tags['mlflow.traceName']",
  trace_status: "t.status",
  session: "t.meta['mlflow.trace.session']",
  user: "t.meta['mlflow.trace.user']",
  experiment_id: "t.experiment",
  span_name: "s.name",
  span_type: "s.type",
  span_status: "s.status",
  span_model_name: "s.model",
  span_model_provider: "s.provider",
  assessment_name: "a.name",
  assessment_type: "a.type",
  assessment_source: "a.source",
};
const FAMILIES: readonly (readonly [string, string])[] = [
  ["tag.", "t.tags"],
  ["metadata.", "t.meta"],
  ["span.attributes.", "s.attributes"],
];

function grouped(name: string): string {
  const family = FAMILIES.find(([prefix]) => name.startsWith(prefix));
  if (family !== undefined) return `${family[1]}[${text(name.slice(family[0].length))}]`;
  return DIMENSIONS[name] ?? "null";
}

/** A filter `path = 'value'` of the pool in arbitrary-traces.ts, as SQL. */
function condition(filter: string): string {
  const equals = filter.indexOf(" = ");
  const path = filter.slice(0, equals).replaceAll("`", "");
  const value = text(filter.slice(equals + 4, -1));
  if (path.startsWith("trace.tag.")) return `t.tags[${text(path.slice("trace.tag.".length))}] = ${value}`;
  if (path.startsWith("trace.metadata.")) return `t.meta[${text(path.slice("trace.metadata.".length))}] = ${value}`;
  return `${path.replace("trace.", "t.").replace("span.", "s.").replace("assessment.", "a.")} = ${value}`;
}

function conditions(request: MetricsRequest): readonly string[] {
  const cost = request.metric_name.endsWith("_cost");
  const time = cost ? "s.start_ns::hugeint" : "t.ts::hugeint * 1000000";
  const { start_time_ms: start, end_time_ms: end, experiment_ids: experiments } = request;
  return [
    ...(start === undefined ? [] : [`${time} >= ${start}::hugeint * 1000000`]),
    ...(end === undefined ? [] : [`${time} < (${end}::hugeint + 1) * 1000000`]),
    ...(experiments === undefined ? [] : [`t.experiment in (${experiments.map(text).join(", ")})`]),
    ...(request.filters ?? []).map(condition),
  ];
}

function aggregateSql(
  { aggregation_type: type, percentile_value: percentile }: MetricsRequest["aggregations"][number],
  distinct: boolean,
) {
  if (type === "PERCENTILE") return `quantile_cont(input, ${(percentile ?? 0) / 100})`;
  return type === "COUNT" ? `count(${distinct ? "distinct " : ""}input)::double` : `${type}(input)`;
}

function labelOf({
  aggregation_type: type,
  percentile_value: percentile = 0,
}: MetricsRequest["aggregations"][number]): string {
  if (type !== "PERCENTILE") return String(type);
  return `P${Number.isInteger(percentile) ? percentile.toFixed(1) : percentile}`;
}

/** DuckDB's answer to a request. */
export async function duckDbMetrics(connection: DuckDBConnection, request: MetricsRequest): Promise<readonly Point[]> {
  const view = String(request.view_type);
  const width = Number(request.time_interval_seconds ?? 0) * 1000;
  const time = view === "SPANS" ? floorMs("s.start_ns") : "t.ts";
  const bucket = `strftime(make_timestamp(${floorTo(time, `${width}::bigint`)} * 1000), '%Y-%m-%dT%H:%M:%S+00:00')`;
  const names = [...(width > 0 ? ["time_bucket"] : []), ...new Set(request.dimensions ?? [])];
  const keys = names.map((name, place) => `${name === "time_bucket" ? bucket : grouped(name)} as k${place}`);
  const labels = [...new Map(request.aggregations.map((aggregation) => [labelOf(aggregation), aggregation]))];
  const distinct = request.metric_name === "session_count";
  const columns = names.map((_, place) => `k${place}`);
  const where = conditions(request);
  const sql = `
    with picked as (select ${[...keys, `${measured(view, request.metric_name)} as input`].join(", ")}
      from ${FROM[view]} ${where.length === 0 ? "" : `where ${where.join(" and ")}`})
    select ${[...columns, ...labels.map(([, a], place) => `${aggregateSql(a, distinct)} as v${place}`)].join(", ")}
    from picked where ${["input is not null", ...columns.map((column) => `${column} is not null`)].join(" and ")}
    ${columns.length === 0 ? "" : `group by ${columns.join(", ")} order by ${columns.join(", ")}`}
    limit ${Number(request.max_results ?? 1000)}`;
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS();
  return rows.flatMap((row) => {
    const dimensions = Object.fromEntries(names.map((name, place) => [name, String(row[`k${place}`])]));
    const values = labels.flatMap(([label], place) => {
      const value = row[`v${place}`];
      return value === null || value === undefined ? [] : [[label, Number(value)] as const];
    });
    return values.length === 0 ? [] : [{ dimensions, values: Object.fromEntries(values) }];
  });
}
