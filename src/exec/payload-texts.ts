// Texts that are kept by place: payload columns, read record by record while rows are looked at.
// Called by texts.ts. What must stay true: a row that does not match costs no JavaScript string; a record without a
// needle that every match must hold is passed over without decoding its rows.

import { Buffer } from "node:buffer";
import { invariant } from "../base/assert.ts";
import { BLOCK_ROWS, isPresent, type PlaceBlock } from "../columns/column.ts";
import type { PayloadForm } from "../columns/payload.ts";
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

/** An ASCII character may stand in JSON as this and two hexadecimal digits. */
const ESCAPED_ASCII = Buffer.from("\\u00");

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
      const { positions, count } = batch.rows;
      for (let i = 0; i < count; i += 1) {
        const row = positions === undefined ? i : positions[i]!;
        const text = reader.textAt({ places, block: batch.block, row, needle });
        out[row] = text === undefined ? UNKNOWN : text === "no match" ? 0 : matches(matcher, text);
      }
    },
  };
}

function matches(matcher: TextMatcher, text: Uint8Array): 0 | 1 {
  return matcher.matches(text, 0, text.length) ? 1 : 0;
}

interface At {
  readonly places: PlaceBlock | undefined;
  readonly block: number;
  readonly row: number;
  /** Bytes that every matching text holds. */
  readonly needle: Uint8Array | undefined;
}

/** Reads the text of one row after the other; rows of a trace share its record. */
class RowReader {
  readonly #scope: Scope;
  readonly #form: PayloadForm;
  #traceRow = -1;
  #needle: Uint8Array | undefined;
  #record: Uint8Array | undefined;
  #canMatch = true;

  constructor(ref: PayloadRef, scope: Scope) {
    this.#scope = scope;
    this.#form = FORMS.get(ref.name) ?? "json";
  }

  /** The text, valid until the next call; undefined when it is missing. */
  textAt({ places, block, row, needle }: At): Uint8Array | undefined | "no match" {
    if (places === undefined || !isPresent(places.validity, row)) return undefined;
    const { payload } = this.#scope.dataset;
    this.#openRecord(this.#traceRowOf(block, row), needle);
    if (this.#record === undefined) return undefined;
    if (!this.#canMatch) return "no match";
    return payload.textOf(this.#record, { start: places.starts[row]!, end: places.ends[row]! }, this.#form);
  }

  #traceRowOf(block: number, row: number): number {
    if (this.#scope.table.name === "traces") return block * BLOCK_ROWS + row;
    return this.#scope.traceRows().blocks[block]?.values[row] ?? -1;
  }

  /** Other readers use the same buffer, so a record is asked for again at every row: at hand, it costs nothing. */
  #openRecord(traceRow: number, needle: Uint8Array | undefined): void {
    this.#record = this.#scope.dataset.payload.recordBytes(traceRow);
    if (traceRow === this.#traceRow && needle === this.#needle) return;
    this.#traceRow = traceRow;
    this.#needle = needle;
    this.#canMatch = this.#record === undefined || needle === undefined || mayHold(this.#record, needle);
  }
}

function mayHold(record: Uint8Array, needle: Uint8Array): boolean {
  const bytes = bufferOf(record);
  return bytes.includes(bufferOf(needle)) || bytes.includes(ESCAPED_ASCII);
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
    const text = reader.textAt({ places, block, row, needle: undefined });
    if (text === undefined || text === "no match") continue;
    validity[row >> 3]! |= 1 << (row & 7);
    parts.push(text.slice());
    size += text.length;
  }
  offsets[length] = size;
  return { offsets, bytes: Buffer.concat(parts), validity };
}
