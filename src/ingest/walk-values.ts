// What texts of the walker mean, by kind of value: read once each by the interpreter's own readers.
// Named by walk-program.ts, called through walk-texts.ts. What must stay true: a text gets the value that the
// interpreter's step gives it; nothing is decided here that is not decided there.

import type { DictionaryBuilder } from "../columns/dictionary-builder.ts";
import type { Float64Builder } from "../columns/number-builders.ts";
import { columnSpec, type TableName } from "../columns/schema.ts";
import { Cursor } from "../json/cursor.ts";
import { tryScanDocument } from "../json/scan.ts";
import { Tape } from "../json/tape.ts";
import { EnumReader } from "./enum-reader.ts";
import type { ExtractionState } from "./extraction-state.ts";
import { KINDS, numberOf, textOf } from "./formats/assessment-functions.ts";
import type { EnumKind } from "./program.ts";
import type { WalkMemory } from "./walk-memory.ts";
import { RawText, type ReadText, type WalkTexts } from "./walk-texts.ts";

const NO_VALUE = -1;
const COUNTED = -2;
const encoder = new TextEncoder();

/** Texts as they stand. */
export function plainText(state: ExtractionState, table: TableName, column: string): ReadText {
  const builder = dictionaryOf(state, table, column);
  return (row, raw) => {
    raw.unescape();
    return builder?.codeFor(row, raw.bytes, raw.start, raw.end) ?? NO_VALUE;
  };
}

/** Texts that hold JSON text. */
export function encodedText(state: ExtractionState, table: TableName, column: string): ReadText {
  const builder = dictionaryOf(state, table, column);
  const { text } = state;
  return (row, raw) => {
    const shape = text.readEncoded(raw.asString(), 0);
    if (shape === "structured") return COUNTED;
    if (shape !== "scalar") return NO_VALUE;
    return builder?.codeFor(row, text.bytes, text.start, text.end) ?? NO_VALUE;
  };
}

/** Texts of a closed list. */
export function enumText(
  state: ExtractionState,
  rule: { readonly table: TableName; readonly column: string; readonly reader: EnumReader },
): ReadText {
  const builder = dictionaryOf(state, rule.table, rule.column);
  const { text } = state;
  return (row, raw) => {
    text.read(raw.asString(), 0);
    const name = rule.reader.nameOf(text);
    return name === undefined ? NO_VALUE : (builder?.codeFor(row, name.bytes, 0, name.bytes.length) ?? NO_VALUE);
  };
}

/** A closed list of which one name is counted while records are walked. */
export interface KeptEnum {
  readonly texts: WalkTexts;
  readonly reader: EnumReader;
  readonly when: string | undefined;
}

/** The reader of a closed list. */
export function readerOf(kind: EnumKind): EnumReader {
  return new EnumReader(kind);
}

const IS_OTHER = 1;
const IS_COUNTED = 2;

/** Tells the module which of its texts are the name that is counted. */
export function tellCounted({ texts, reader, when }: KeptEnum, state: ExtractionState): void {
  const raw = new RawText();
  const { text } = state;
  for (let number = 0; number < texts.size; number += 1) {
    if (texts.flags(number) !== 0) continue;
    texts.textOf(number, raw);
    text.read(raw.asString(), 0);
    texts.setFlags(number, reader.nameOf(text)?.name === when ? IS_COUNTED : IS_OTHER);
  }
}

/** The values of assessments: JSON texts, with a number beside where MLflow sees one. */
export class AssessmentTexts {
  readonly #memory: WalkMemory;
  readonly #types: DictionaryBuilder | undefined;
  readonly #values: DictionaryBuilder | undefined;
  readonly #numeric: Float64Builder | undefined;
  readonly #tape = new Tape();
  readonly #raw = new RawText();
  /** By text number; undefined: not looked at. */
  readonly #numbers: (number | undefined)[] = [];

  constructor(state: ExtractionState, memory: WalkMemory) {
    this.#memory = memory;
    this.#types = dictionaryOf(state, "assessments", "type");
    this.#values = dictionaryOf(state, "assessments", "value");
    this.#numeric = state.tables.assessments.float64("numeric_value");
  }

  /** The type's texts. */
  readonly readType: ReadText = (row, raw) => this.#types?.codeFor(row, raw.bytes, raw.start, raw.end) ?? NO_VALUE;

  /** The value's texts; the empty one stands for an absent value. */
  readonly readValue: ReadText = (row, raw) => {
    const text = encoder.encode(textOf(this.#scan(raw), 0));
    return this.#values?.codeFor(row, text, 0, text.length) ?? NO_VALUE;
  };

  /** Sets the number of a row's value. */
  readonly setNumber = (row: number, number: number, texts: WalkTexts): void => {
    let value = this.#numbers[number];
    if (value === undefined) {
      texts.textOf(number, this.#raw);
      value = numberOf(this.#scan(this.#raw), 0);
      this.#numbers[number] = value;
    }
    if (!Number.isNaN(value)) this.#numeric?.set(row, value);
  };

  /** Numbers of the kinds among the texts of the type. */
  kinds(texts: WalkTexts): readonly number[] {
    const { exports } = this.#memory;
    return KINDS.map((kind) => {
      const bytes = encoder.encode(kind);
      return exports.numberOf(texts.address, this.#memory.text(bytes), bytes.length);
    });
  }

  /** A cursor over a scalar that was scanned as a part of its record. */
  #scan(raw: RawText): Cursor {
    const bytes = raw.start === raw.end ? ABSENT : raw.bytes.slice(raw.start, raw.end);
    tryScanDocument(bytes, { start: 0, end: bytes.length }, { maxDepth: 1, allowNan: false }, this.#tape);
    return new Cursor(bytes, this.#tape);
  }
}

const ABSENT = encoder.encode("null");

function dictionaryOf(state: ExtractionState, table: TableName, column: string) {
  const isDictionary = columnSpec(table, column)?.type === "dictionary";
  return isDictionary ? state.tables[table].dictionary(column) : undefined;
}
