// Builds one table: a builder for each declared column that is wanted and each keyed family.
// Called by the loader, which sets row `rows` and then counts it (`rows += 1`), or takes a record back (truncate).
// What must stay true: an unwanted column costs nothing; after seal() or keepRows() the builder is not used again.

import { invariant } from "../base/assert.ts";
import type { Column } from "./column.ts";
import type { ColumnPart } from "./column-parts.ts";
import { DictionaryBuilder } from "./dictionary-builder.ts";
import { IntegerBuilder, narrowed } from "./integer-builder.ts";
import { KeyedBuilder } from "./keyed-builder.ts";
import type { KeyedCells, KeyedPart } from "./keyed-columns.ts";
import { BoolBuilder, Float64Builder, Int32Builder, Int64Builder } from "./number-builders.ts";
import { type ColumnType, columnSpec, KEY_FAMILIES, type KeyFamily, SCHEMA, type TableName } from "./schema.ts";
import { makeTable, type Table } from "./table.ts";
import { inverseOf, takeColumn } from "./take-rows.ts";
import { PlaceBuilder, Utf8Builder } from "./text-builders.ts";

interface Builders {
  readonly float64: Float64Builder;
  readonly int32: Int32Builder;
  readonly int64: Int64Builder;
  readonly integer: IntegerBuilder;
  readonly bool: BoolBuilder;
  readonly dictionary: DictionaryBuilder;
  readonly utf8: Utf8Builder;
  readonly place: PlaceBuilder;
}

const MAKE: { readonly [T in ColumnType]: (what: string) => Builders[T] } = {
  float64: () => new Float64Builder(),
  int32: () => new Int32Builder(),
  int64: () => new Int64Builder(),
  integer: () => new IntegerBuilder(),
  bool: () => new BoolBuilder(),
  dictionary: (what) => new DictionaryBuilder(what),
  utf8: (what) => new Utf8Builder(what),
  place: () => new PlaceBuilder(),
};

type Stores = { readonly [T in ColumnType]: Map<string, Builders[T]> };

/** What to build of a table. */
export interface TableBuilderOptions {
  /** Names of columns, of keyed columns (`tag.env`) or of whole families (`tag.*`); or everything. Other names are ignored. */
  readonly wanted: ReadonlySet<string> | "all";
  /** Limit of keyed columns a family; keys past it are kept and counted as overflow. */
  readonly maxColumns: number;
}

/** Options of `TableBuilder.keepRows`. */
export interface KeepRowsOptions {
  /** New row of each old row of `traces`, when traces lost rows: rewrites `trace_row`. A kept row's trace must be kept. */
  readonly traceRows?: Int32Array;
}

/** A sealed table as plain data over shared memory, for the thread that merges the parts of a load. */
export interface TablePart {
  readonly name: TableName;
  readonly rows: number;
  /** In the order of the schema. Whoever merges the part takes columns out as it goes, so that their memory is freed. */
  readonly columns: Map<string, ColumnPart>;
  readonly keyed: Map<KeyFamily, KeyedPart>;
}

/** Builds one table. */
export class TableBuilder {
  readonly name: TableName;
  /** Rows so far; the row being built is `rows`. Counted by the caller, lowered by truncate(). */
  rows = 0;
  readonly #stores: Stores = {
    float64: new Map(),
    int32: new Map(),
    int64: new Map(),
    integer: new Map(),
    bool: new Map(),
    dictionary: new Map(),
    utf8: new Map(),
    place: new Map(),
  };
  /** The same builders, in the order of the schema. */
  readonly #builders = new Map<string, Builders[ColumnType]>();
  readonly #keyed = new Map<KeyFamily, KeyedBuilder>();
  readonly #wanted: ReadonlySet<string> | "all";

  constructor(name: TableName, options: TableBuilderOptions) {
    this.name = name;
    this.#wanted = options.wanted;
    for (const spec of SCHEMA[name]) {
      if (this.#wants(spec.name)) this.#add(spec.type, spec.name);
    }
    for (const family of KEY_FAMILIES[name]) {
      const keys = wantedKeys(options.wanted, family);
      if (keys !== undefined) this.#keyed.set(family, new KeyedBuilder(family, options.maxColumns, keys));
    }
  }

  /** Whether the column, the keyed column (`tag.env`) or any of a family (`tag.*`) is built. */
  wants(name: string): boolean {
    if (columnSpec(this.name, name) !== undefined) return this.#wants(name);
    const dot = name.indexOf(".");
    const family = KEY_FAMILIES[this.name].find((known) => known === name.slice(0, dot));
    if (family === undefined || !this.#keyed.has(family)) return false;
    return this.#wants(name) || this.#wants(`${family}.*`) || name === `${family}.*`;
  }

  /** The builder of a float64 column; undefined when it is not wanted. E_INTERNAL when no such column is declared. */
  float64(name: string): Float64Builder | undefined {
    return this.#builder("float64", name);
  }

  /** As `float64`, for an int32 column. */
  int32(name: string): Int32Builder | undefined {
    return this.#builder("int32", name);
  }

  /** As `float64`, for an int64 column. */
  int64(name: string): Int64Builder | undefined {
    return this.#builder("int64", name);
  }

  /** As `float64`, for an integer column. */
  integer(name: string): IntegerBuilder | undefined {
    return this.#builder("integer", name);
  }

  /** As `float64`, for a bool column. */
  bool(name: string): BoolBuilder | undefined {
    return this.#builder("bool", name);
  }

  /** As `float64`, for a dictionary column. */
  dictionary(name: string): DictionaryBuilder | undefined {
    return this.#builder("dictionary", name);
  }

  /** As `float64`, for a utf8 column. */
  utf8(name: string): Utf8Builder | undefined {
    return this.#builder("utf8", name);
  }

  /** As `float64`, for a place column. */
  place(name: string): PlaceBuilder | undefined {
    return this.#builder("place", name);
  }

  /** The builder of a family's keyed columns; undefined when none is wanted. */
  keyed(family: KeyFamily): KeyedBuilder | undefined {
    return this.#keyed.get(family);
  }

  /** Forgets the rows from `rows` on, the one being built included. */
  truncate(rows: number): void {
    for (const builder of this.#builders.values()) builder.truncate(rows);
    for (const keyed of this.#keyed.values()) keyed.truncate(rows);
    this.rows = Math.min(this.rows, rows);
  }

  /** Bytes allocated so far: a sum over the columns, without looking at rows. */
  sizeBytes(): number {
    let bytes = 0;
    for (const builder of this.#builders.values()) bytes += builder.sizeBytes;
    for (const keyed of this.#keyed.values()) bytes += keyed.sizeBytes;
    return bytes;
  }

  /** The table of all `rows` rows. */
  seal(): Table {
    const columns = new Map<string, Column>();
    for (const [name, builder] of this.#builders) columns.set(name, builder.seal(this.rows));
    const keyed = new Map<KeyFamily, KeyedCells>();
    for (const [family, builder] of this.#keyed) keyed.set(family, builder.sealCells(this.rows));
    return makeTable({ name: this.name, rows: this.rows, columns, keyed });
  }

  /** As `seal`, as plain data. */
  sealPart(): TablePart {
    const columns = new Map<string, ColumnPart>();
    for (const [name, builder] of this.#builders) columns.set(name, builder.sealPart(this.rows));
    const keyed = new Map<KeyFamily, KeyedPart>();
    for (const [family, builder] of this.#keyed) keyed.set(family, builder.sealPart(this.rows));
    return { name: this.name, rows: this.rows, columns, keyed };
  }

  /**
   * The table of the rows at `positions` (ascending, each below `rows`), as if the others had never been set.
   * Columns are sealed and cut one after another, so that memory holds one column twice at a time.
   */
  keepRows(positions: Uint32Array, options: KeepRowsOptions = {}): Table {
    const columns = new Map<string, Column>();
    for (const [name, builder] of this.#builders) {
      const traceRows = name === "trace_row" ? options.traceRows : undefined;
      const taken = takeColumn(builder.seal(this.rows), positions, traceRows);
      columns.set(name, builder instanceof IntegerBuilder ? narrowed(taken) : taken);
      this.#forget(name);
    }
    const keyed = new Map<KeyFamily, KeyedCells>();
    const newRows = inverseOf(positions, this.rows);
    for (const [family, builder] of this.#keyed) {
      keyed.set(family, builder.sealCells(this.rows).take(newRows, positions.length));
      this.#keyed.delete(family);
    }
    return makeTable({ name: this.name, rows: positions.length, columns, keyed });
  }

  #wants(name: string): boolean {
    return this.#wanted === "all" || this.#wanted.has(name);
  }

  #forget(name: string): void {
    this.#builders.delete(name);
    for (const store of Object.values(this.#stores)) store.delete(name);
  }

  #add<T extends ColumnType>(type: T, name: string): void {
    const builder = MAKE[type](`column ${this.name}.${name}`);
    this.#stores[type].set(name, builder);
    this.#builders.set(name, builder);
  }

  #builder<T extends ColumnType>(type: T, name: string): Builders[T] | undefined {
    invariant(columnSpec(this.name, name)?.type === type, `${this.name}.${name} is a ${type} column`);
    return this.#stores[type].get(name);
  }
}

/** The keys of a family among `wanted` names, or undefined when there is none. */
function wantedKeys(wanted: ReadonlySet<string> | "all", family: KeyFamily): ReadonlySet<string> | "all" | undefined {
  const prefix = `${family}.`;
  if (wanted === "all" || wanted.has(`${prefix}*`)) return "all";
  const keys = new Set<string>();
  for (const name of wanted) if (name.startsWith(prefix)) keys.add(name.slice(prefix.length));
  return keys.size === 0 ? undefined : keys;
}
