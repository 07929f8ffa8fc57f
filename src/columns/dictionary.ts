// Sealed dictionaries: distinct texts by code. Called by the builders at seal and by whoever merges or cuts dictionaries.
// What must stay true: a code is the position of the text's first appearance among the rows that were kept.

import { copyBytes } from "./byte-hash.ts";
import type { Dictionary } from "./column.ts";
import { heapWithRoom, sharedBytes, sharedInt32 } from "./memory.ts";
import { type TableTexts, TextTable } from "./text-table.ts";
import { decodeWtf8, TextScratch } from "./wtf8.ts";

/** Texts of larger dictionaries are decoded again at each call, so that strings do not outgrow the columns. */
const MAX_CACHED_TEXTS = 2 ** 20;

/** The parts of a dictionary; `offsets` has size + 1 entries, ascending from 0. */
export type DictionaryParts = Omit<TableTexts, "hashes">;

class TextDictionary implements Dictionary {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly #texts: (string | undefined)[] = [];
  #index: TextTable | undefined;

  constructor(parts: DictionaryParts) {
    this.size = parts.size;
    this.offsets = parts.offsets;
    this.bytes = parts.bytes;
  }

  text(code: number): string {
    const known = this.#texts[code];
    if (known !== undefined) return known;
    const text = decodeWtf8(this.bytes, this.offsets[code] ?? 0, this.offsets[code + 1] ?? 0);
    if (this.size <= MAX_CACHED_TEXTS) {
      while (this.#texts.length < this.size) this.#texts.push(undefined);
      this.#texts[code] = text;
    }
    return text;
  }

  codeOf(text: string): number {
    this.#index ??= TextTable.over(this);
    const scratch = new TextScratch();
    const length = scratch.encode(text);
    return this.#index.find(scratch.bytes, 0, length);
  }
}

/** A dictionary over the given memory, which must not be written afterwards. The texts must be distinct. */
export function makeDictionary(parts: DictionaryParts): Dictionary {
  return new TextDictionary(parts);
}

/** The dictionary of the texts that `table` has now, over its memory. */
export function sealDictionary(table: TextTable): Dictionary {
  const { size } = table;
  const offsets = table.offsets.subarray(0, size + 1);
  return new TextDictionary({ size, offsets, bytes: table.bytes.subarray(0, offsets[size]!) });
}

/** A dictionary of some texts of another: text i of the result is text `codes[i]`. Copies their bytes. Throws E_MEMORY. */
export function subDictionary(from: DictionaryParts, codes: Int32Array, what: string): Dictionary {
  const offsets = sharedInt32(codes.length + 1);
  let length = 0;
  for (let i = 0; i < codes.length; i += 1) length += from.offsets[codes[i]! + 1]! - from.offsets[codes[i]!]!;
  const bytes = heapWithRoom(sharedBytes(0), length, what);
  let at = 0;
  for (let i = 0; i < codes.length; i += 1) {
    const start = from.offsets[codes[i]!]!;
    const end = from.offsets[codes[i]! + 1]!;
    copyBytes(from.bytes, { start, end }, { bytes, at });
    at += end - start;
    offsets[i + 1] = at;
  }
  return new TextDictionary({ size: codes.length, offsets, bytes: bytes.subarray(0, length) });
}
