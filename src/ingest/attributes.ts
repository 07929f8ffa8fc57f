// Tags, metadata and span attributes -> keyed columns, one a key.
// Called by the map and rest steps of compile-program.ts. What must stay true: every member ends up in a keyed column or in
// the count of those that did not; what has no column is still there by place. A JSON null is an absent value.

import type { KeyedBuilder } from "../columns/keyed-builder.ts";
import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { unescapeInto } from "../json/text.ts";
import type { ExtractionState } from "./extraction-state.ts";
import type { KeyTable } from "./key-table.ts";

/** Longest attribute that becomes a keyed value, in bytes of decoded text. */
export const MAX_KEYED_BYTES = 256;

/** How values are written; see MapRule. */
export type ValueForm = "plain" | "json";

/** Writes members to the keyed columns of one family. */
export class KeyedWriter {
  readonly #builder: KeyedBuilder;
  readonly #state: ExtractionState;
  readonly #form: ValueForm;
  /** Keys that get no column here. */
  readonly #skipped: KeyTable;
  #keyBytes: Uint8Array = new Uint8Array(256);

  constructor(
    builder: KeyedBuilder,
    state: ExtractionState,
    options: { readonly form: ValueForm; readonly skipped: KeyTable },
  ) {
    this.#builder = builder;
    this.#state = state;
    this.#form = options.form;
    this.#skipped = options.skipped;
  }

  /** Writes every member of the object at `node`. */
  members(cursor: Cursor, node: number, row: number): void {
    const { nexts } = cursor.tape;
    const end = nexts[node]!;
    for (let key = node + 1; key < end; key = nexts[key + 1]!) {
      if (this.#skipped.find(cursor, key) < 0) this.member({ cursor, key, value: key + 1 }, row);
    }
  }

  /** Writes one member: a key, or a string that stands for one, and its value. */
  member(at: { readonly cursor: Cursor; readonly key: number; readonly value: number }, row: number): void {
    const { cursor, key, value } = at;
    const code = this.#keyCode(cursor, key);
    if (code < 0 || !this.#read(cursor, value)) return;
    const { text } = this.#state;
    this.#builder.set(row, code, this.#builder.value(text.bytes, text.start, text.end));
  }

  #keyCode(cursor: Cursor, node: number): number {
    const start = cursor.tape.starts[node]! + 1;
    const end = cursor.tape.ends[node]! - 1;
    if (cursor.tape.kinds[node] !== NodeKind.escapedString) return this.#builder.key(cursor.bytes, start, end);
    if (this.#keyBytes.length < end - start) this.#keyBytes = new Uint8Array((end - start) * 2);
    return this.#builder.key(this.#keyBytes, 0, unescapeInto(cursor.bytes, start, end, this.#keyBytes, 0));
  }

  /** The value's text is in `state.text` afterwards; false when it gets no column. */
  #read(cursor: Cursor, node: number): boolean {
    const { text, counts } = this.#state;
    if (this.#form === "plain") {
      const shape = text.read(cursor, node);
      if (shape === "structured") text.takeJson(cursor, node);
      return shape !== "null";
    }
    const shape = text.readShort(cursor, node, MAX_KEYED_BYTES);
    if (shape === "structured" || shape === "long") counts.add("unkeyedAttributes");
    return shape === "scalar";
  }
}
