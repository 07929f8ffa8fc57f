// The walker's waiting cells of one family of keyed columns, taken into its builder as the interpreter would set them.
// Made by walk-columns.ts. What must stay true: keys and values are added in the order of the cells; a value's text means
// what attributes.ts makes of it; every attribute without a column is counted.

import type { KeyedBuilder } from "../columns/keyed-builder.ts";
import { MAX_KEYED_BYTES, type ValueForm } from "./attributes.ts";
import type { Counts } from "./counters.ts";
import type { ExtractionState } from "./extraction-state.ts";
import type { WalkMemory } from "./walk-memory.ts";
import { type RawText, type ReadText, WalkTexts } from "./walk-texts.ts";

const CELLS = 8192;
const HEAP_BYTES = 2 ** 18;
const CELL_WORDS = 5;
/** What stands in a cell in place of a number; see wasm/keyed.as.ts. */
const NULL_VALUE = -1;
const LONG_TEXT = -2;
const DECODED_TEXT = -4;
/** Flags of keys: no column is built of it; its values are mostly distinct, so that looking them up is no use. */
const UNWANTED = 1;
const DISTINCT = 2;
/** Values of a key after which it is decided whether they are distinct. */
const WATCHED = 64;

/** What a family is read with. */
export interface KeyedSource {
  /** How values are written, the same in all rules that fill the family. */
  readonly form: ValueForm;
  readonly state: ExtractionState;
  readonly text: RawText;
}

/** See the file's header. */
export class WalkKeyed {
  readonly address: number;
  readonly form: ValueForm;
  readonly #memory: WalkMemory;
  readonly #builder: KeyedBuilder;
  readonly #state: ExtractionState;
  readonly #keys: WalkTexts;
  readonly #values: WalkTexts;
  readonly #text: RawText;
  /** By key: values, and values that were new, up to WATCHED. */
  readonly #seen: number[] = [];
  readonly #fresh: number[] = [];
  /** Numbers of values seen so far. */
  #highest = 0;

  /** Throws E_MEMORY. */
  constructor(memory: WalkMemory, builder: KeyedBuilder, source: KeyedSource) {
    this.#memory = memory;
    this.#builder = builder;
    this.#state = source.state;
    this.form = source.form;
    this.#text = source.text;
    this.#keys = new WalkTexts(memory, this.#text, (_row, { bytes, start, end }) => builder.key(bytes, start, end));
    this.#values = new WalkTexts(memory, this.#text, this.#readValue);
    this.address = memory.given(memory.exports.newKeyed(this.#keys.address, this.#values.address, CELLS, HEAP_BYTES));
  }

  /** Bytes allocated outside of the module's memory. */
  get sizeBytes(): number {
    return this.#keys.sizeBytes + this.#values.sizeBytes;
  }

  /** Sets the waiting cells; their rows count from `first`. */
  flush(first: number, counts: Counts): void {
    const memory = this.#memory;
    const cells = memory.word(this.address + 8) / 4;
    const end = cells + memory.word(this.address + 12) * CELL_WORDS;
    for (let cell = cells; cell < end; cell += CELL_WORDS) {
      const { words } = memory;
      const row = first + words[cell]!;
      const number = words[cell + 1]!;
      const key = this.#keys.code(number, row);
      if (key < 0) {
        this.#keys.setFlags(number, UNWANTED);
        continue;
      }
      if (words[cell + 2]! >= 0) this.#watch(number, words[cell + 2]!);
      const value = this.#valueOf(words, cell, row);
      if (value >= 0) this.#builder.set(row, key, value);
      else if (value !== NULL_VALUE) counts.add("unkeyedAttributes");
    }
    memory.words[this.address / 4 + 3] = 0;
    memory.words[this.address / 4 + 6] = 0;
  }

  /** Codes were taken back. */
  forget(): void {
    this.#keys.forget();
    this.#values.forget();
  }

  /** Counts the values of a key that no row had before; when most are new, they are no longer looked up. */
  #watch(key: number, value: number): void {
    const seen = (this.#seen[key] ?? 0) + 1;
    if (seen > WATCHED) return;
    this.#seen[key] = seen;
    if (value >= this.#highest) {
      this.#highest = value + 1;
      this.#fresh[key] = (this.#fresh[key] ?? 0) + 1;
    }
    if (seen === WATCHED && (this.#fresh[key] ?? 0) * 2 > WATCHED) this.#keys.setFlags(key, DISTINCT);
  }

  #valueOf(words: Int32Array, cell: number, row: number): number {
    const value = words[cell + 2]!;
    if (value >= 0) return this.#values.code(value, row);
    if (value !== LONG_TEXT && value !== DECODED_TEXT) return value;
    const start = words[cell + 3]! >>> 0;
    if (value === DECODED_TEXT) return this.#builder.value(this.#memory.bytes, start, start + words[cell + 4]!);
    this.#text.take(this.#memory.bytes, start, start + words[cell + 4]!);
    return this.#readValue(row, this.#text);
  }

  readonly #readValue: ReadText = (_row, raw) => {
    if (this.form === "plain") {
      raw.unescape();
      return this.#builder.value(raw.bytes, raw.start, raw.end);
    }
    const { text } = this.#state;
    const shape = text.readShort(raw.asString(), 0, MAX_KEYED_BYTES);
    if (shape === "scalar") return this.#builder.value(text.bytes, text.start, text.end);
    return shape === "null" ? NULL_VALUE : -2;
  };
}
