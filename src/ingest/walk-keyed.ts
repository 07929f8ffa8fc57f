// The walker's waiting cells of one family of keyed columns, taken into its builder as the interpreter would set them.
// Made by walk-columns.ts. What must stay true: keys and values are added in the order of the cells; a value's text means
// what attributes.ts makes of it; every attribute without a column is counted.

import type { KeyedBuilder } from "../columns/keyed-builder.ts";
import { MAX_KEYED_BYTES, type ValueForm } from "./attributes.ts";
import type { Counts } from "./counters.ts";
import type { ExtractionState } from "./extraction-state.ts";
import type { WalkMemory } from "./walk-memory.ts";
import { RawText, type ReadText, WalkTexts } from "./walk-texts.ts";

const CELLS = 16_384;
const HEAP_BYTES = 2 ** 20;
const CELL_WORDS = 5;
/** What stands in a cell in place of a number; see wasm/keyed.as.ts. */
const NULL_VALUE = -1;
const LONG_TEXT = -2;
/** Flag of a key that no column is built of. */
const UNWANTED = 1;

/** See the file's header. */
export class WalkKeyed {
  readonly address: number;
  readonly form: ValueForm;
  readonly #memory: WalkMemory;
  readonly #builder: KeyedBuilder;
  readonly #state: ExtractionState;
  readonly #keys: WalkTexts;
  readonly #values: WalkTexts;
  readonly #text = new RawText();

  /** `form`: how values are written, the same in all rules that fill the family. Throws E_MEMORY. */
  constructor(
    memory: WalkMemory,
    builder: KeyedBuilder,
    source: { readonly form: ValueForm; readonly state: ExtractionState },
  ) {
    this.#memory = memory;
    this.#builder = builder;
    this.#state = source.state;
    this.form = source.form;
    this.#keys = new WalkTexts(memory, (_row, { bytes, start, end }) => builder.key(bytes, start, end));
    this.#values = new WalkTexts(memory, this.#readValue);
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

  #valueOf(words: Int32Array, cell: number, row: number): number {
    const value = words[cell + 2]!;
    if (value >= 0) return this.#values.code(value, row);
    if (value !== LONG_TEXT) return value;
    const start = words[cell + 3]! >>> 0;
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
