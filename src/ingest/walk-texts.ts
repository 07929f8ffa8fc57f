// What the walker's numbers for texts mean: each is looked at once, by the interpreter's own readers, when the first row
// that has it is kept. Made by walk-columns.ts, one for each dictionary of the walker.
// What must stay true: a text is added to its column's dictionary by the first row that has it and never before, so that
// dictionaries are in order of first appearance; forget() is called when codes were taken back.

import { Cursor } from "../json/cursor.ts";
import { NodeKind, Tape } from "../json/tape.ts";
import { unescapeInto } from "../json/text.ts";
import type { WalkMemory } from "./walk-memory.ts";

/** No code of a dictionary: not looked at yet. */
const UNSEEN = -3;
/** Words of a text's entry in a dictionary of the walker: address, length, flags. */
const TEXT_WORDS = 3;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** Says what a text means. A class each, not functions made by each load: the runtime forgets the code of those. */
export interface TextCoder {
  /** The code of a text for a row; -1 for null, -2 for what is counted and has no value. */
  codeOf(row: number, text: RawText): number;
}

/** Sees every row that has a text. */
export interface RowReader {
  /** `number`: of the row's text among `texts`. */
  readRow(row: number, number: number, texts: WalkTexts): void;
}

/** The bytes of a text as they stand in the file: the inside of a string, or a number or literal. */
export class RawText {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  readonly #tape = new Tape();
  /** Over a document of its own, so that one cursor serves many texts. */
  #cursor = new Cursor(new Uint8Array(1024), this.#tape);
  #scratch: Uint8Array = new Uint8Array(64);

  /** Takes `bytes[start, end)`. */
  take(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** Undoes the escapes, in place of the range. */
  unescape(): void {
    const { bytes, start, end } = this;
    if (!this.#isEscaped()) return;
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array(2 * (end - start));
    this.take(this.#scratch, 0, unescapeInto(bytes, start, end, this.#scratch, 0));
  }

  /** A cursor whose node 0 is the text as a string of JSON. Valid until the next call. */
  asString(): Cursor {
    const { bytes, start, end } = this;
    const length = end - start;
    if (this.#cursor.bytes.length < length + 2) this.#cursor = new Cursor(new Uint8Array(2 * length + 2), this.#tape);
    const document = this.#cursor.bytes;
    document[0] = QUOTE;
    for (let at = 0; at < length; at += 1) document[at + 1] = bytes[start + at]!;
    document[length + 1] = QUOTE;
    this.#tape.clear();
    this.#tape.leaf(this.#isEscaped() ? NodeKind.escapedString : NodeKind.string, 0, length + 2);
    return this.#cursor;
  }

  #isEscaped(): boolean {
    const { bytes, end } = this;
    for (let at = this.start; at < end; at += 1) if (bytes[at] === BACKSLASH) return true;
    return false;
  }
}

/** The texts of one dictionary of the walker. */
export class WalkTexts {
  readonly address: number;
  readonly #memory: WalkMemory;
  readonly #coder: TextCoder;
  readonly #text: RawText;
  #codes: Int32Array = new Int32Array(64).fill(UNSEEN);
  /** Numbers below it are the codes of their texts. */
  #same = 0;

  /** `text`: scratch, which many may share. */
  constructor(memory: WalkMemory, text: RawText, coder: TextCoder) {
    this.#memory = memory;
    this.#text = text;
    this.#coder = coder;
    this.address = memory.given(memory.exports.newDictionary());
  }

  /** Distinct texts so far. */
  get size(): number {
    return this.#memory.word(this.address);
  }

  /** Bytes allocated outside of the module's memory. */
  get sizeBytes(): number {
    return this.#codes.byteLength;
  }

  /** Turns numbers of adjacent rows into codes, in place; -1 stays. Gives how many have no value and are counted. */
  translate(numbers: Int32Array, row: number): number {
    // Where no record was taken back, texts have the same order here and there; most columns soon know all of theirs.
    if (this.#same === this.size) return 0;
    let counted = 0;
    for (let i = 0; i < numbers.length; i += 1) {
      const number = numbers[i]!;
      if (number < 0) continue;
      let code = number < this.#codes.length ? this.#codes[number]! : UNSEEN;
      if (code === UNSEEN) code = this.#look(number, row + i);
      if (code === -2) {
        counted += 1;
        code = -1;
      }
      numbers[i] = code;
    }
    while (this.#codes[this.#same] === this.#same) this.#same += 1;
    return counted;
  }

  /** The code of one number for a row. */
  code(number: number, row: number): number {
    const known = number < this.#codes.length ? this.#codes[number]! : UNSEEN;
    return known === UNSEEN ? this.#look(number, row) : known;
  }

  /** Text `number` in `text`. */
  textOf(number: number, text: RawText): void {
    const { bytes, words } = this.#memory;
    const entry = this.#entry(number);
    text.take(bytes, words[entry]!, words[entry]! + words[entry + 1]!);
  }

  /** What the module knows of text `number`; 0: nothing. */
  flags(number: number): number {
    return this.#memory.words[this.#entry(number) + 2]!;
  }

  /** Tells the module something of text `number`. */
  setFlags(number: number, flags: number): void {
    this.#memory.words[this.#entry(number) + 2] = flags;
  }

  /** Looks at every text again: codes were taken back. */
  forget(): void {
    this.#codes.fill(UNSEEN);
    this.#same = 0;
  }

  #entry(number: number): number {
    return this.#memory.word(this.address + 12) / 4 + number * TEXT_WORDS;
  }

  #look(number: number, row: number): number {
    if (number >= this.#codes.length) {
      const wider = new Int32Array(Math.max(number + 1, this.#codes.length * 2)).fill(UNSEEN);
      wider.set(this.#codes);
      this.#codes = wider;
    }
    this.textOf(number, this.#text);
    const code = this.#coder.codeOf(row, this.#text);
    this.#codes[number] = code;
    return code;
  }
}
