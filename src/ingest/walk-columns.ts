// The walker's waiting rows: a piece of each wanted column in WebAssembly memory, taken into the builders many rows at once.
// Made by walk-program.ts as rules ask for columns; flushed by walker.ts.
// What must stay true: after flush() the builders hold what the interpreter's steps would have set, value by value;
// a column has one meaning of its texts, whatever programs write it.

import { invariant } from "../base/assert.ts";
import { columnSpec, type KeyFamily, type TableName } from "../columns/schema.ts";
import type { TableBuilder } from "../columns/table-builder.ts";
import type { Counts } from "./counters.ts";
import { type KeyedSource, WalkKeyed } from "./walk-keyed.ts";
import type { WalkMemory } from "./walk-memory.ts";
import { ArrayTaker, CodeTaker, type ColumnTaker, PairTaker, TextTaker, WaitingColumn } from "./walk-takers.ts";
import { type RawText, type RowReader, type TextCoder, WalkTexts } from "./walk-texts.ts";

/** Numbers of the column types in wasm/columns.as.ts. */
const TYPES = { float64: 1, integer: 1, int32: 2, int64: 3, bool: 4, dictionary: 5, utf8: 6, place: 7 } as const;
const NO_DICTIONARY = 0;

/** A column of the walker; its words: values, second array, type, whether anything was set, heap used, room, dictionary, next, mark, heap. */
interface WalkColumn {
  readonly address: number;
  readonly texts: WalkTexts | undefined;
  readonly taker: ColumnTaker | undefined;
}

/** The waiting rows of one table. */
export class WalkTable {
  readonly address: number;
  readonly name: TableName;
  readonly #memory: WalkMemory;
  readonly #builder: TableBuilder;
  readonly #text: RawText;
  readonly #columns = new Map<string, WalkColumn>();
  readonly #keyed = new Map<KeyFamily, WalkKeyed>();
  /** Row of the table that the first waiting row becomes. */
  #first = 0;

  /** `room`: rows that can wait; `text`: scratch. Throws E_MEMORY. */
  constructor(
    memory: WalkMemory,
    builder: TableBuilder,
    { room, text }: { readonly room: number; readonly text: RawText },
  ) {
    this.#memory = memory;
    this.#text = text;
    this.#builder = builder;
    this.name = builder.name;
    this.address = memory.given(memory.exports.newTable(room));
  }

  /** Rows that wait. */
  get rows(): number {
    return this.#memory.word(this.address);
  }

  /** Counts the rows that wait as rows of the table; those of traces are counted by whoever keeps the record. */
  count(): void {
    this.#builder.rows = this.#first + this.rows;
  }

  /** Counts the first `rows` rows that wait. */
  countUpTo(rows: number): void {
    this.#builder.rows = this.#first + rows;
  }

  /** Address of a column, 0 when it is not wanted. `coder`: for a dictionary column. Throws E_MEMORY. */
  column(name: string, coder?: TextCoder): number {
    if (!this.#builder.wants(name)) return 0;
    return this.#known(name, coder).address;
  }

  /** As `column`, for a column that another one is made of: there, wanted or not. It sees every row with a text. */
  hidden(name: string, coder: TextCoder & RowReader): number {
    return this.#known(name, coder, coder).address;
  }

  /** The texts of a dictionary column, wanted or not. */
  texts(name: string, coder: TextCoder): WalkTexts {
    const { texts } = this.#known(name, coder);
    invariant(texts !== undefined, "the texts of a column are asked for with its meaning");
    return texts;
  }

  /** The waiting cells of a family; undefined when no key of it is wanted. */
  keyed(family: KeyFamily, source: Omit<KeyedSource, "text">): WalkKeyed | undefined {
    const builder = this.#builder.keyed(family);
    if (builder === undefined) return undefined;
    const known = this.#keyed.get(family) ?? new WalkKeyed(this.#memory, builder, { ...source, text: this.#text });
    invariant(known.form === source.form, "values of a family are written in one form");
    this.#keyed.set(family, known);
    return known;
  }

  /** All families so far. */
  families(): readonly WalkKeyed[] {
    return [...this.#keyed.values()];
  }

  /** Takes the waiting rows into the builders. `counts`: of the file that they came from. */
  flush(counts: Counts): void {
    const { rows } = this;
    for (const { address, taker } of this.#columns.values()) {
      if (rows > 0 && this.#memory.word(address + 12) !== 0) taker?.take(this.#first, rows, counts);
    }
    for (const keyed of this.#keyed.values()) keyed.flush(this.#first, counts);
    this.#memory.exports.resetTable(this.address);
  }

  /** The next waiting row is row `row` of the table. */
  begin(row: number): void {
    this.#first = row;
  }

  /** Codes of dictionaries were taken back. */
  forget(): void {
    for (const { texts } of this.#columns.values()) texts?.forget();
    for (const keyed of this.#keyed.values()) keyed.forget();
  }

  /** Bytes allocated outside of the module's memory. */
  get sizeBytes(): number {
    let bytes = 0;
    for (const { texts } of this.#columns.values()) bytes += texts?.sizeBytes ?? 0;
    for (const keyed of this.#keyed.values()) bytes += keyed.sizeBytes;
    return bytes;
  }

  #known(name: string, coder?: TextCoder, rows?: RowReader): WalkColumn {
    const known = this.#columns.get(name) ?? this.#make(name, coder, rows);
    this.#columns.set(name, known);
    return known;
  }

  #make(name: string, coder: TextCoder | undefined, rows: RowReader | undefined): WalkColumn {
    const memory = this.#memory;
    const type = columnSpec(this.name, name)?.type ?? "float64";
    const texts = coder === undefined || type !== "dictionary" ? undefined : new WalkTexts(memory, this.#text, coder);
    const { exports } = memory;
    const address = memory.given(exports.newColumn(this.address, TYPES[type], texts?.address ?? NO_DICTIONARY));
    return { address, texts, taker: this.#taker(name, new WaitingColumn(memory, address), { texts, rows }) };
  }

  /** How a column's rows are taken; undefined where nobody keeps them. One case a type. */
  #taker(
    name: string,
    waiting: WaitingColumn,
    { texts, rows }: { readonly texts: WalkTexts | undefined; readonly rows: RowReader | undefined },
  ): ColumnTaker | undefined {
    const builder = this.#builder;
    switch (columnSpec(this.name, name)?.type) {
      case "float64":
        return taken(builder.float64(name), (column) => new ArrayTaker(waiting, Float64Array, column));
      case "integer":
        return taken(builder.integer(name), (column) => new ArrayTaker(waiting, Float64Array, column));
      case "int32":
        return taken(builder.int32(name), (column) => new ArrayTaker(waiting, Int32Array, column));
      case "int64":
        return taken(builder.int64(name), (column) => new PairTaker(waiting, [BigInt64Array, Uint8Array], column));
      case "bool":
        return taken(builder.bool(name), (column) => new ArrayTaker(waiting, Uint8Array, column));
      case "place":
        return taken(builder.place(name), (column) => new PairTaker(waiting, [Uint32Array, Uint32Array], column));
      case "utf8":
        return taken(builder.utf8(name), (column) => new TextTaker(waiting, column));
      default:
        return taken(texts, (own) => new CodeTaker(waiting, own, { column: builder.dictionary(name), rows }));
    }
  }
}

function taken<B, T>(builder: B | undefined, make: (builder: B) => T): T | undefined {
  return builder === undefined ? undefined : make(builder);
}
