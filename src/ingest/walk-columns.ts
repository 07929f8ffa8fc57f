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
import { type RawText, type ReadText, WalkTexts } from "./walk-texts.ts";

/** Numbers of the column types in wasm/columns.as.ts. */
const TYPES = { float64: 1, integer: 1, int32: 2, int64: 3, bool: 4, dictionary: 5, utf8: 6, place: 7 } as const;
const NO_DICTIONARY = 0;

/** A column of the walker; its words: values, second array, type, whether anything was set, heap used, room, dictionary, next, mark, heap. */
interface WalkColumn {
  readonly address: number;
  readonly texts: WalkTexts | undefined;
  /** Takes the first `rows` rows as those from `row` on. */
  readonly take: (row: number, rows: number, counts: Counts) => void;
}

/** Sees the number of a row's text, and the texts. */
export type EachRow = (row: number, number: number, texts: WalkTexts) => void;

/** The waiting rows of one table. */
export class WalkTable {
  readonly address: number;
  readonly name: TableName;
  readonly #memory: WalkMemory;
  readonly #builder: TableBuilder;
  readonly #text: RawText;
  readonly #columns = new Map<string, WalkColumn>();
  readonly #each = new Map<string, EachRow>();
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

  /** Address of a column, 0 when it is not wanted. `read`: for a dictionary column. Throws E_MEMORY. */
  column(name: string, read?: ReadText): number {
    if (!this.#builder.wants(name)) return 0;
    return this.#known(name, read).address;
  }

  /** As `column`, for a column that another one is made of: there, wanted or not. `each` sees every row with a text. */
  hidden(name: string, read: ReadText, each: EachRow): number {
    this.#each.set(name, each);
    return this.#known(name, read).address;
  }

  /** The texts of a dictionary column, wanted or not. */
  texts(name: string, read: ReadText): WalkTexts {
    const { texts } = this.#known(name, read);
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
    for (const { address, take } of this.#columns.values()) {
      if (rows > 0 && this.#memory.word(address + 12) !== 0) take(this.#first, rows, counts);
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

  #known(name: string, read: ReadText | undefined): WalkColumn {
    const known = this.#columns.get(name) ?? this.#make(name, read);
    this.#columns.set(name, known);
    return known;
  }

  #make(name: string, read: ReadText | undefined): WalkColumn {
    const memory = this.#memory;
    const type = columnSpec(this.name, name)?.type ?? "float64";
    const texts = read === undefined || type !== "dictionary" ? undefined : new WalkTexts(memory, this.#text, read);
    const { exports } = memory;
    const address = memory.given(exports.newColumn(this.address, TYPES[type], texts?.address ?? NO_DICTIONARY));
    return { address, texts, take: this.#taker(name, address, texts) };
  }

  /** How a column's rows are taken. One case a type; views are taken in each call, because memory may have grown. */
  #taker(name: string, address: number, texts: WalkTexts | undefined): WalkColumn["take"] {
    const memory = this.#memory;
    const builder = this.#builder;
    const values = () => memory.word(address);
    const second = () => memory.word(address + 4);
    switch (columnSpec(this.name, name)?.type) {
      case "float64": {
        const column = builder.float64(name);
        return (row, rows) => column?.setRows(row, new Float64Array(memory.buffer, values(), rows));
      }
      case "integer": {
        const column = builder.integer(name);
        return (row, rows) => column?.setRows(row, new Float64Array(memory.buffer, values(), rows));
      }
      case "int32": {
        const column = builder.int32(name);
        return (row, rows) => column?.setRows(row, new Int32Array(memory.buffer, values(), rows));
      }
      case "int64": {
        const column = builder.int64(name);
        return (row, rows) =>
          column?.setRows(
            row,
            new BigInt64Array(memory.buffer, values(), rows),
            new Uint8Array(memory.buffer, second(), rows),
          );
      }
      case "bool": {
        const column = builder.bool(name);
        return (row, rows) => column?.setRows(row, new Uint8Array(memory.buffer, values(), rows));
      }
      case "place": {
        const column = builder.place(name);
        return (row, rows) =>
          column?.setRows(
            row,
            new Uint32Array(memory.buffer, values(), rows),
            new Uint32Array(memory.buffer, second(), rows),
          );
      }
      case "utf8": {
        const column = builder.utf8(name);
        return (row, rows) => {
          const ends = new Uint32Array(memory.buffer, values(), rows);
          const present = new Uint8Array(memory.buffer, second(), rows);
          const bytes = new Uint8Array(memory.buffer, memory.word(address + 36), memory.word(address + 16));
          column?.setRows(row, { ends, present, bytes });
        };
      }
      default: {
        const column = builder.dictionary(name);
        return (row, rows, counts) => {
          const codes = new Int32Array(memory.buffer, values(), rows);
          if (texts === undefined) return;
          const each = this.#each.get(name);
          for (let i = 0; each !== undefined && i < rows; i += 1) if (codes[i]! >= 0) each(row + i, codes[i]!, texts);
          counts.add("wrongTypes", texts.translate(codes, row));
          column?.setCodes(row, codes);
        };
      }
    }
  }
}
