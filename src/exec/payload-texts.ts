// Texts that are kept by place: payload columns, read record by record while rows are looked at.
// Called by texts.ts. What must stay true: a row costs no JavaScript string; a value without the needle that every match
// must hold is passed over without being decoded; of values that hold it, only those are decoded where bytes cannot tell.

import { Buffer } from "node:buffer";
import { invariant } from "../base/assert.ts";
import { BLOCK_ROWS, isPresent, type PlaceBlock } from "../columns/column.ts";
import type { PayloadForm } from "../columns/payload.ts";
import type { LikeNeedle } from "../kernels/like.ts";
import { UNKNOWN } from "../kernels/logic.ts";
import type { TextMatcher, TextValues } from "../kernels/text.ts";
import type { PayloadRef } from "../plan/expr.ts";
import type { Batch } from "./batch.ts";
import type { Scope } from "./scope.ts";
import type { ByteSource } from "./text-source.ts";

/** How each payload column reads as text; the others read as JSON. */
const FORMS: ReadonlyMap<string, PayloadForm> = new Map([
  ["request_preview", "text"],
  ["response_preview", "text"],
  ["inputs", "attribute"],
  ["outputs", "attribute"],
]);

/** Binds a payload column. Throws E_COLUMN_NOT_LOADED; reading throws E_SOURCE_CHANGED and E_IO. */
export function payloadTexts(ref: PayloadRef, scope: Scope): ByteSource {
  invariant(ref.table === scope.table.name, "payload of the table");
  const column = scope.column({ ...ref, kind: "column" });
  invariant(column.type === "place", `${ref.table}.${ref.name} is kept by place`);
  const reader = new RowReader(ref, scope);
  return {
    kind: "bytes",
    texts: (batch) => gathered(reader, column.blocks[batch.block], batch),
    scan: ({ matcher, needle }, batch, out) => {
      const places = column.blocks[batch.block];
      const finder = needle === undefined ? undefined : new NeedleFinder(needle);
      const { positions, count } = batch.rows;
      for (let i = 0; i < count; i += 1) {
        const row = positions === undefined ? i : positions[i]!;
        const place = reader.open(places, batch.block, row);
        out[row] = place === undefined ? UNKNOWN : truthAt({ reader, place, matcher, finder });
      }
    },
  };
}

interface Candidate {
  readonly reader: RowReader;
  readonly place: OpenPlace;
  readonly matcher: TextMatcher;
  readonly finder: NeedleFinder | undefined;
}

function truthAt({ reader, place, matcher, finder }: Candidate): 0 | 1 {
  const found = finder?.look(place) ?? "perhaps";
  if (found !== "perhaps") return found;
  const text = reader.decoded(place);
  return matcher.matches(text, 0, text.length) ? 1 : 0;
}

/** A value in an open record; valid until the next one is opened. */
interface OpenPlace {
  readonly traceRow: number;
  readonly record: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Opens the records of rows one after the other. */
class RowReader {
  readonly #scope: Scope;
  readonly #form: PayloadForm;

  constructor(ref: PayloadRef, scope: Scope) {
    this.#scope = scope;
    this.#form = FORMS.get(ref.name) ?? "json";
  }

  /** The place of a row's value; undefined when it is missing. */
  open(places: PlaceBlock | undefined, block: number, row: number): OpenPlace | undefined {
    if (places === undefined || !isPresent(places.validity, row)) return undefined;
    const { dataset, table } = this.#scope;
    const ofTraces = table.name === "traces";
    const traceRow = ofTraces ? block * BLOCK_ROWS + row : (this.#scope.traceRows().blocks[block]?.values[row] ?? -1);
    const record = dataset.payload.recordBytes(traceRow);
    return record === undefined ? undefined : { traceRow, record, start: places.starts[row]!, end: places.ends[row]! };
  }

  /** The value's text, valid until the next call. */
  decoded({ record, start, end }: OpenPlace): Uint8Array {
    return this.#scope.dataset.payload.textOf(record, { start, end }, this.#form);
  }
}

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
/** Bytes of `\uXXXX` before its last. */
const ESCAPE_REACH = 5;
const ESCAPED = Buffer.from("\\u00");

/** Looks for a needle in values as they stand in their record, values of one record in any order. */
class NeedleFinder {
  readonly #needle: Buffer;
  readonly #decides: boolean;
  readonly #fold: boolean;
  /** 1 for each character of the needle, in either case where letters match so. */
  readonly #characters = new Uint8Array(256);
  #traceRow = -1;
  /** The record, with ASCII letters in lower case where they match in either case. */
  #bytes: Buffer = Buffer.alloc(0);
  #lower: Buffer = Buffer.alloc(0);
  /** Whether the record writes some character of the needle as an escape. */
  #hasEscapes = false;
  /** First occurrence from `#from` on; -1 for none. */
  #hit = -1;
  #from = 0;

  constructor({ bytes, decides, fold }: LikeNeedle) {
    this.#needle = bufferOf(bytes);
    this.#decides = decides;
    this.#fold = fold;
    for (const byte of bytes) {
      this.#characters[byte] = 1;
      if (fold && byte >= 0x61 && byte <= 0x7a) this.#characters[byte - 32] = 1;
    }
  }

  /** 0 or 1 when the bytes tell whether the value's text matches, else `perhaps`. */
  look({ traceRow, record, start, end }: OpenPlace): 0 | 1 | "perhaps" {
    if (traceRow !== this.#traceRow) {
      this.#traceRow = traceRow;
      this.#hasEscapes = this.#findEscapes(bufferOf(record));
      this.#bytes = this.#fold ? this.#lowered(record) : bufferOf(record);
      this.#search(start);
    } else if (start < this.#from || (this.#hit >= 0 && this.#hit < start)) {
      this.#search(start);
    }
    const holds = this.#hit >= 0 && this.#hit + this.#needle.length <= end;
    if (!holds) return this.#hasEscapes ? "perhaps" : 0;
    return this.#decides && !mayBeEscape(bufferOf(record), this.#hit) ? 1 : "perhaps";
  }

  #search(from: number): void {
    this.#from = from;
    this.#hit = this.#bytes.indexOf(this.#needle, from);
  }

  #findEscapes(bytes: Buffer): boolean {
    for (let at = bytes.indexOf(ESCAPED); at >= 0; at = bytes.indexOf(ESCAPED, at + 1)) {
      const code = Number.parseInt(bytes.toString("latin1", at + ESCAPED.length, at + ESCAPED.length + 2), 16);
      if (this.#characters[code] === 1) return true;
    }
    return false;
  }

  #lowered(record: Uint8Array): Buffer {
    const { length } = record;
    if (this.#lower.length < length) this.#lower = Buffer.allocUnsafeSlow(2 * length);
    const lower = this.#lower;
    for (let i = 0; i < length; i += 1) {
      const byte = record[i]!;
      lower[i] = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
    }
    return lower.subarray(0, length);
  }
}

/** Whether the first character at `at` may be part of an escape: the letter of `\n`, or digits of `\uXXXX`. */
function mayBeEscape(bytes: Buffer, at: number): boolean {
  if (bytes[at - 1] === BACKSLASH) return true;
  for (let before = at - 1; before >= at - ESCAPE_REACH; before -= 1) {
    if (bytes[before] === LOWER_U && bytes[before - 1] === BACKSLASH) return true;
  }
  return false;
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The texts of the rows of a batch side by side, for whoever needs more than a match. */
function gathered(reader: RowReader, places: PlaceBlock | undefined, { block, length, rows }: Batch): TextValues {
  const offsets = new Int32Array(length + 1);
  const validity = new Uint8Array(Math.ceil(length / 8));
  const parts: Uint8Array[] = [];
  let size = 0;
  let next = 0;
  for (let row = 0; row < length; row += 1) {
    offsets[row] = size;
    const isWanted = rows.positions === undefined || rows.positions[next] === row;
    if (!isWanted || next >= rows.count) continue;
    next += 1;
    const place = reader.open(places, block, row);
    if (place === undefined) continue;
    const text = reader.decoded(place);
    validity[row >> 3]! |= 1 << (row & 7);
    parts.push(text.slice());
    size += text.length;
  }
  offsets[length] = size;
  return { offsets, bytes: Buffer.concat(parts), validity };
}
