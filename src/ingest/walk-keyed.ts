// The walker's waiting cells of one family of keyed columns, taken into its builder as the interpreter would set them.
// Made by walk-columns.ts. What must stay true: keys and values are added in the order of the cells; a value's text means
// what attributes.ts makes of it; every attribute without a column is counted.

import type { KeyedBuilder } from "../columns/keyed-builder.ts";
import { CELL_WORDS, KEY, LENGTH, ROW, START, TEXT_VALUE, VALUE } from "../columns/waiting-cells.ts";
import { MAX_KEYED_BYTES, type ValueForm } from "./attributes.ts";
import type { Counts } from "./counters.ts";
import type { ExtractionState } from "./extraction-state.ts";
import type { WalkMemory } from "./walk-memory.ts";
import { type RawText, type TextCoder, WalkTexts } from "./walk-texts.ts";

const CELLS = 8192;
const HEAP_BYTES = 2 ** 18;
/** What stands in a cell in place of a value's number, TEXT_VALUE apart; see wasm/keyed.as.ts. */
const NULL_VALUE = -1;
const LONG_TEXT = -2;
/** The code of a text that has no column. */
const COUNTED = -2;
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

/** Keys as they stand. */
class KeyTexts implements TextCoder {
  readonly #builder: KeyedBuilder;

  constructor(builder: KeyedBuilder) {
    this.#builder = builder;
  }

  codeOf(_row: number, { bytes, start, end }: RawText): number {
    return this.#builder.key(bytes, start, end);
  }
}

/** Values of one form. */
class ValueTexts implements TextCoder {
  readonly #builder: KeyedBuilder;
  readonly #form: ValueForm;
  readonly #text: ExtractionState["text"];

  constructor(builder: KeyedBuilder, { form, state }: KeyedSource) {
    this.#builder = builder;
    this.#form = form;
    this.#text = state.text;
  }

  codeOf(_row: number, raw: RawText): number {
    if (this.#form === "plain") {
      raw.unescape();
      return this.#builder.value(raw.bytes, raw.start, raw.end);
    }
    const text = this.#text;
    const shape = text.readShort(raw.asString(), 0, MAX_KEYED_BYTES);
    if (shape === "scalar") return this.#builder.value(text.bytes, text.start, text.end);
    return shape === "null" ? NULL_VALUE : COUNTED;
  }
}

/** See the file's header. */
export class WalkKeyed {
  readonly address: number;
  readonly form: ValueForm;
  readonly #memory: WalkMemory;
  readonly #builder: KeyedBuilder;
  readonly #keys: WalkTexts;
  readonly #values: WalkTexts;
  readonly #coder: ValueTexts;
  readonly #text: RawText;
  /** By key: values, and values that were new, up to WATCHED. */
  #seen: Uint8Array = new Uint8Array(64);
  #fresh: Uint8Array = new Uint8Array(64);
  /** Numbers of values seen so far. */
  #highest = 0;

  /** Throws E_MEMORY. */
  constructor(memory: WalkMemory, builder: KeyedBuilder, source: KeyedSource) {
    this.#memory = memory;
    this.#builder = builder;
    this.form = source.form;
    this.#text = source.text;
    this.#coder = new ValueTexts(builder, source);
    this.#keys = new WalkTexts(memory, source.text, new KeyTexts(builder));
    this.#values = new WalkTexts(memory, source.text, this.#coder);
    this.address = memory.given(memory.exports.newKeyed(this.#keys.address, this.#values.address, CELLS, HEAP_BYTES));
  }

  /** Bytes allocated outside of the module's memory. */
  get sizeBytes(): number {
    return this.#keys.sizeBytes + this.#values.sizeBytes;
  }

  /** Sets the waiting cells; their rows count from `first`. */
  flush(first: number, counts: Counts): void {
    const { words, bytes } = this.#memory;
    const family = this.address / 4;
    const start = words[family + 2]! / 4;
    const end = start + words[family + 3]! * CELL_WORDS;
    if (start === end) return;
    const texts = this.#translate(words, { start, end, first }, counts);
    this.#builder.setCells({ words, start, end, bytes, texts, textBytes: words[family + 6]! });
    words[family + 3] = 0;
    words[family + 6] = 0;
  }

  /** Rows of the table, codes of keys, and those of values but for texts, in place of what the module wrote; gives the number of texts. */
  #translate(
    words: Int32Array,
    { start, end, first }: { readonly start: number; readonly end: number; readonly first: number },
    counts: Counts,
  ): number {
    let texts = 0;
    for (let cell = start; cell < end; cell += CELL_WORDS) {
      const row = first + words[cell + ROW]!;
      const number = words[cell + KEY]!;
      const value = words[cell + VALUE]!;
      const key = this.#keys.code(number, row);
      words[cell + ROW] = row;
      words[cell + KEY] = key;
      if (key < 0) {
        this.#keys.setFlags(number, UNWANTED);
        words[cell + VALUE] = NULL_VALUE;
      } else if (value >= 0) {
        this.#watch(number, value);
        const code = this.#values.code(value, row);
        words[cell + VALUE] = code;
        if (code === COUNTED) counts.add("unkeyedAttributes");
      } else if (value === TEXT_VALUE) texts += 1;
      else if (value !== NULL_VALUE) {
        const code = value === LONG_TEXT ? this.#longText(words, cell, row) : COUNTED;
        words[cell + VALUE] = code;
        if (code === COUNTED) counts.add("unkeyedAttributes");
      }
    }
    return texts;
  }

  /** Codes were taken back. */
  forget(): void {
    this.#keys.forget();
    this.#values.forget();
  }

  /** Counts the values of a key that no row had before; when most are new, they are no longer looked up. */
  #watch(key: number, value: number): void {
    if (key >= this.#seen.length) this.#growWatch(key);
    if (this.#seen[key] === WATCHED) return;
    this.#seen[key]! += 1;
    if (value >= this.#highest) {
      this.#highest = value + 1;
      this.#fresh[key]! += 1;
    }
    if (this.#seen[key] === WATCHED && this.#fresh[key]! * 2 > WATCHED) this.#keys.setFlags(key, DISTINCT);
  }

  #growWatch(key: number): void {
    const grown = (array: Uint8Array) => {
      const wider = new Uint8Array(key * 2);
      wider.set(array);
      return wider;
    };
    this.#seen = grown(this.#seen);
    this.#fresh = grown(this.#fresh);
  }

  #longText(words: Int32Array, cell: number, row: number): number {
    const start = words[cell + START]! >>> 0;
    this.#text.take(this.#memory.bytes, start, start + words[cell + LENGTH]!);
    return this.#coder.codeOf(row, this.#text);
  }
}
