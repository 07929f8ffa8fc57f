// Which columns a load builds. Made from a plan's needs or from a caller's list, read by the loader.
// Names are those of schema.ts within a table, `family.key` for keyed columns, or `family.*` for a whole family.

import { EngineError } from "../base/errors.ts";
import { KEY_FAMILIES, SCHEMA, type TableName } from "./schema.ts";

/** Columns to build of one table: all, or those named. */
export type WantedColumns = ReadonlySet<string> | "all";

/** Columns to build of every table. An empty set still counts the rows. */
export type Projection = { readonly [table in TableName]: WantedColumns };

const TABLES: readonly TableName[] = ["traces", "spans", "assessments"];

/** Everything of every table. */
export const ALL_COLUMNS: Projection = { traces: "all", spans: "all", assessments: "all" };

/** No column of any table. */
export const NO_COLUMNS: Projection = { traces: new Set(), spans: new Set(), assessments: new Set() };

/** The names of a projection, in the form that `projectionOf` reads. */
export function namesOf(projection: Projection): readonly string[] {
  return TABLES.flatMap((table) => {
    const names = projection[table];
    return names === "all" ? allOf(table) : [...names].map((name) => `${table}.${name}`);
  });
}

function allOf(table: TableName): readonly string[] {
  return [...SCHEMA[table].map(({ name }) => name), ...KEY_FAMILIES[table].map((family) => `${family}.*`)].map(
    (name) => `${table}.${name}`,
  );
}

/**
 * The projection of a list of names such as `traces.trace_id`, `spans.duration_ms`, `traces.tag.env`, `spans.attributes.*`
 * (a family) or `assessments.*` (a table).
 * A name without a table means every table that declares it; throws E_USAGE for a name that no table has.
 */
export function projectionOf(names: readonly string[] | "all"): Projection {
  if (names === "all") return ALL_COLUMNS;
  return {
    traces: wantedOf("traces", names),
    spans: wantedOf("spans", names),
    assessments: wantedOf("assessments", names),
  };
}

function wantedOf(table: TableName, names: readonly string[]): WantedColumns {
  if (names.includes(`${table}.*`)) return "all";
  return new Set(names.flatMap((name) => localName(table, name) ?? []));
}

/** The name within `table` that a given name means there; undefined when it belongs to another table only. */
function localName(table: TableName, name: string): string | undefined {
  const local = name.startsWith(`${table}.`) ? name.slice(table.length + 1) : name;
  if (hasColumn(table, local)) return local;
  const known = TABLES.some((other) => name === `${other}.*` || hasColumn(other, name.replace(`${other}.`, "")));
  if (known) return undefined;
  throw new EngineError("E_USAGE", `unknown column '${name}'`, {
    hint: "Name columns as <table>.<column>, for example traces.trace_id, spans.duration_ms or traces.tag.env.",
  });
}

function hasColumn(table: TableName, name: string): boolean {
  if (SCHEMA[table].some((column) => column.name === name)) return true;
  return KEY_FAMILIES[table].some((family) => name.startsWith(`${family}.`) && name.length > family.length + 1);
}

/** The smallest projection that holds both. */
export function unionOf(a: Projection, b: Projection): Projection {
  const merge = (x: WantedColumns, y: WantedColumns): WantedColumns =>
    x === "all" || y === "all" ? "all" : new Set([...x, ...y]);
  return {
    traces: merge(a.traces, b.traces),
    spans: merge(a.spans, b.spans),
    assessments: merge(a.assessments, b.assessments),
  };
}

/** The columns of `needed` that `loaded` does not hold, as `<table>.<column>`. */
export function missingFrom(loaded: Projection, needed: Projection): readonly string[] {
  return TABLES.flatMap((table) => {
    const have = loaded[table];
    const want = needed[table];
    if (have === "all") return [];
    if (want === "all") return [`${table}.*`];
    return [...want].filter((name) => !covers(have, name)).map((name) => `${table}.${name}`);
  });
}

/** Whether a set of wanted names holds `name`, by itself or by its family. */
export function covers(wanted: WantedColumns, name: string): boolean {
  if (wanted === "all" || wanted.has(name)) return true;
  const dot = name.indexOf(".");
  return dot > 0 && wanted.has(`${name.slice(0, dot)}.*`);
}
