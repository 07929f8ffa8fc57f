// Texts of a closed list (states, statuses): one spelling of many, found without making a string.
// Called by field-steps.ts. What must stay true: each distinct spelling is worked out once and remembered, up to a bound,
// so that hostile input cannot grow it.

import { sameBytes } from "../columns/byte-hash.ts";
import type { EnumKind } from "./program.ts";
import type { TextReader } from "./text-reader.ts";

const REMEMBERED = 32;
const encoder = new TextEncoder();

/** A spelling and its name. */
export interface EnumName {
  readonly name: string;
  /** The name's bytes. */
  readonly bytes: Uint8Array;
}

interface Spelling extends EnumName {
  readonly raw: Uint8Array;
}

/** Names the texts of one rule. */
export class EnumReader {
  readonly #kind: EnumKind;
  readonly #rename: ReadonlyMap<string, string>;
  readonly #spellings: Spelling[] = [];
  /** The name when there is no value. */
  readonly absent: EnumName | undefined;

  constructor(kind: EnumKind) {
    this.#kind = kind;
    this.#rename = new Map(Object.entries(kind.rename));
    this.absent = kind.absent === null ? undefined : { name: kind.absent, bytes: encoder.encode(kind.absent) };
  }

  /** The name of the text just read; undefined for an empty text. */
  nameOf(text: TextReader): EnumName | undefined {
    const length = text.end - text.start;
    if (length === 0) return this.absent;
    for (let i = 0; i < this.#spellings.length; i += 1) {
      const known = this.#spellings[i]!;
      if (known.raw.length === length && sameBytes(known.raw, 0, text.bytes, text.start, length)) return known;
    }
    const name = this.#work(text.text());
    const spelling = { name, bytes: encoder.encode(name), raw: text.bytes.slice(text.start, text.end) };
    if (this.#spellings.length < REMEMBERED) this.#spellings.push(spelling);
    return spelling;
  }

  #work(text: string): string {
    const upper = text.trim().toUpperCase();
    const prefix = this.#kind.strip.find((candidate) => upper.startsWith(candidate.toUpperCase()));
    const stripped = prefix === undefined ? upper : upper.slice(prefix.length);
    const renamed = this.#rename.get(stripped);
    if (renamed !== undefined) return renamed;
    // A text of no known kind is kept as it stands: it may be somebody's own state.
    return /^[A-Z_]+$/.test(stripped) ? stripped : text;
  }
}
