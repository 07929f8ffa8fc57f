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
import { RawText, type RowReader, type TextCoder, type WalkTexts } from "./walk-texts.ts";

const NO_VALUE = -1;
const COUNTED = -2;
const encoder = new TextEncoder();

/** Texts as they stand. */
export class PlainTexts implements TextCoder {
  readonly #builder: DictionaryBuilder | undefined;

  constructor(state: ExtractionState, table: TableName, column: string) {
    this.#builder = dictionaryOf(state, table, column);
  }

  codeOf(row: number, raw: RawText): number {
    raw.unescape();
    return this.#builder?.codeFor(row, raw.bytes, raw.start, raw.end) ?? NO_VALUE;
  }
}

/** Texts that hold JSON text. */
export class EncodedTexts implements TextCoder {
  readonly #builder: DictionaryBuilder | undefined;
  readonly #text: ExtractionState["text"];

  constructor(state: ExtractionState, table: TableName, column: string) {
    this.#builder = dictionaryOf(state, table, column);
    this.#text = state.text;
  }

  codeOf(row: number, raw: RawText): number {
    const text = this.#text;
    const shape = text.readEncoded(raw.asString(), 0);
    if (shape === "structured") return COUNTED;
    if (shape !== "scalar") return NO_VALUE;
    return this.#builder?.codeFor(row, text.bytes, text.start, text.end) ?? NO_VALUE;
  }
}

/** Texts of a closed list. */
export class EnumTexts implements TextCoder {
  readonly #builder: DictionaryBuilder | undefined;
  readonly #text: ExtractionState["text"];
  readonly #reader: EnumReader;

  constructor(
    state: ExtractionState,
    rule: { readonly table: TableName; readonly column: string; readonly reader: EnumReader },
  ) {
    this.#builder = dictionaryOf(state, rule.table, rule.column);
    this.#text = state.text;
    this.#reader = rule.reader;
  }

  codeOf(row: number, raw: RawText): number {
    this.#text.read(raw.asString(), 0);
    const name = this.#reader.nameOf(this.#text);
    return name === undefined ? NO_VALUE : (this.#builder?.codeFor(row, name.bytes, 0, name.bytes.length) ?? NO_VALUE);
  }
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

/** The types of assessments, which the module names. */
class AssessmentTypes implements TextCoder {
  readonly #builder: DictionaryBuilder | undefined;

  constructor(state: ExtractionState) {
    this.#builder = dictionaryOf(state, "assessments", "type");
  }

  codeOf(row: number, raw: RawText): number {
    return this.#builder?.codeFor(row, raw.bytes, raw.start, raw.end) ?? NO_VALUE;
  }
}

/** The values of assessments: JSON texts, the empty one for an absent value; with a number beside where MLflow sees one. */
class AssessmentValues implements TextCoder, RowReader {
  readonly #builder: DictionaryBuilder | undefined;
  readonly #numeric: Float64Builder | undefined;
  readonly #tape = new Tape();
  readonly #raw = new RawText();
  /** By text number; undefined: not looked at. */
  readonly #numbers: (number | undefined)[] = [];

  constructor(state: ExtractionState) {
    this.#builder = dictionaryOf(state, "assessments", "value");
    this.#numeric = state.tables.assessments.float64("numeric_value");
  }

  codeOf(row: number, raw: RawText): number {
    const text = encoder.encode(textOf(this.#scan(raw), 0));
    return this.#builder?.codeFor(row, text, 0, text.length) ?? NO_VALUE;
  }

  readRow(row: number, number: number, texts: WalkTexts): void {
    let value = this.#numbers[number];
    if (value === undefined) {
      texts.textOf(number, this.#raw);
      value = numberOf(this.#scan(this.#raw), 0);
      this.#numbers[number] = value;
    }
    if (!Number.isNaN(value)) this.#numeric?.set(row, value);
  }

  /** A cursor over a scalar that was scanned as a part of its record. */
  #scan(raw: RawText): Cursor {
    const bytes = raw.start === raw.end ? ABSENT : raw.bytes.slice(raw.start, raw.end);
    tryScanDocument(bytes, { start: 0, end: bytes.length }, { maxDepth: 1, allowNan: false }, this.#tape);
    return new Cursor(bytes, this.#tape);
  }
}

/** What the texts of assessments mean. */
export class AssessmentTexts {
  readonly types: TextCoder;
  readonly values: TextCoder & RowReader;
  readonly #memory: WalkMemory;

  constructor(state: ExtractionState, memory: WalkMemory) {
    this.#memory = memory;
    this.types = new AssessmentTypes(state);
    this.values = new AssessmentValues(state);
  }

  /** Numbers of the kinds among the texts of the type. */
  kinds(texts: WalkTexts): readonly number[] {
    const { exports } = this.#memory;
    return KINDS.map((kind) => {
      const bytes = encoder.encode(kind);
      return exports.numberOf(texts.address, this.#memory.text(bytes), bytes.length);
    });
  }
}

const ABSENT = encoder.encode("null");

function dictionaryOf(state: ExtractionState, table: TableName, column: string) {
  const isDictionary = columnSpec(table, column)?.type === "dictionary";
  return isDictionary ? state.tables[table].dictionary(column) : undefined;
}
