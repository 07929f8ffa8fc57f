// Reads a value node as a text, or what a JSON-in-JSON string holds: the bytes are decoded once, and no string is made.
// Called by the value readers, attributes.ts and the named functions. What must stay true: after a read, `bytes[start, end)`
// is the decoded text until the next read or the next record; a lone surrogate stands as its three-byte form.

import type { Cursor } from "../json/cursor.ts";
import { NestedDocument } from "../json/nested.ts";
import type { ScanOptions } from "../json/scan.ts";
import { NodeKind } from "../json/tape.ts";
import { decodeText, unescapeInto } from "../json/text.ts";

/**
 * What a value turned out to be. `scalar`: a text, or the JSON text of a number or truth value. `long`: given by readShort
 * alone, for what is longer than asked for; nothing is read then.
 */
export type Shape = "scalar" | "null" | "structured" | "long";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const LOWER_N = 0x6e;
const NULL_LENGTH = 4;
/** Most bytes that JSON's escapes take for a byte of text: \u00XX. */
const ESCAPE_BYTES = 6;

/** Reads texts; holds the buffers. */
export class TextReader {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  #scratch: Uint8Array = new Uint8Array(256);
  readonly #nested = new NestedDocument();
  readonly #options: ScanOptions;

  /** `maxDepth`: open brackets of a text that holds JSON. NaN is ordinary there: Python writes it. */
  constructor(maxDepth: number) {
    this.#options = { maxDepth, allowNan: true };
  }

  /** The text as a string. */
  text(): string {
    return decodeText(this.bytes, this.start, this.end);
  }

  /** Reads the value at `node` as it stands. */
  read(cursor: Cursor, node: number): Shape {
    const kind = cursor.tape.kinds[node];
    if (kind === NodeKind.string) return this.#take(cursor, node, 1);
    if (kind === NodeKind.escapedString) return this.#unescape(cursor, node);
    if (kind === NodeKind.object || kind === NodeKind.array) return "structured";
    if (kind === NodeKind.null || kind === NodeKind.nonfinite) return "null";
    return this.#take(cursor, node, 0);
  }

  /**
   * Reads the value at `node`, a string of which holds JSON text: that is decoded once more. Text that is no JSON is the
   * value itself. Values that are no strings are taken as they are.
   */
  readEncoded(cursor: Cursor, node: number): Shape {
    const shape = this.read(cursor, node);
    const kind = cursor.tape.kinds[node];
    if (kind === NodeKind.string) return this.#decodePlain(cursor, node);
    if (kind === NodeKind.escapedString) return this.#decodeEscaped(cursor, node);
    return shape;
  }

  /** As `readEncoded`, but a text of more than `most` bytes is `long`, and costs little. */
  readShort(cursor: Cursor, node: number, most: number): Shape {
    const kind = cursor.tape.kinds[node];
    if (kind === NodeKind.escapedString) {
      if (this.#sizeOf(cursor, node) > most * ESCAPE_BYTES * ESCAPE_BYTES) return "long";
      if (!this.#takeQuoted(cursor, node)) {
        this.#unescape(cursor, node);
        const isText = this.bytes[this.start] === QUOTE;
        if (this.end - this.start > (isText ? most * ESCAPE_BYTES : most) + 2) return "long";
        const shape = this.#decodeEscaped(cursor, node);
        if (shape !== "scalar") return shape;
      }
    } else {
      if (kind === NodeKind.string && this.#sizeOf(cursor, node) > most + 2) return "long";
      const shape = this.readEncoded(cursor, node);
      if (shape !== "scalar") return shape;
    }
    return this.end - this.start > most ? "long" : "scalar";
  }

  /** Takes the JSON text of the value at `node`, as it stands in the file. */
  takeJson(cursor: Cursor, node: number): void {
    this.#take(cursor, node, 0);
  }

  #sizeOf(cursor: Cursor, node: number): number {
    return cursor.tape.ends[node]! - cursor.tape.starts[node]!;
  }

  #take(cursor: Cursor, node: number, quotes: 0 | 1): Shape {
    this.bytes = cursor.bytes;
    this.start = cursor.tape.starts[node]! + quotes;
    this.end = cursor.tape.ends[node]! - quotes;
    return "scalar";
  }

  #unescape(cursor: Cursor, node: number): Shape {
    const start = cursor.tape.starts[node]! + 1;
    const end = cursor.tape.ends[node]! - 1;
    if (this.#scratch.length < (end - start) * 2) this.#scratch = new Uint8Array((end - start) * 2);
    this.end = unescapeInto(cursor.bytes, start, end, this.#scratch, 0);
    this.start = 0;
    this.bytes = this.#scratch;
    return "scalar";
  }

  /** The text has no escapes, hence no quotes: it is a bare JSON scalar, a list without strings, or no JSON. */
  #decodePlain(cursor: Cursor, node: number): Shape {
    const { bytes, start, end } = this;
    const first = bytes[start];
    if (first === LOWER_N && end - start === NULL_LENGTH && isNull(bytes, start)) return "null";
    if (first !== OPEN_ARRAY && first !== OPEN_OBJECT) return "scalar";
    return this.#nested.open(cursor, node, this.#options) === undefined ? "scalar" : "structured";
  }

  /** The usual form is \"text\", which is decoded without looking at it as JSON. */
  #decodeEscaped(cursor: Cursor, node: number): Shape {
    if (this.#takeQuoted(cursor, node)) return "scalar";
    const inner = this.#nested.open(cursor, node, this.#options);
    if (inner === undefined) return "scalar";
    const kind = inner.tape.kinds[0];
    if (kind === NodeKind.object || kind === NodeKind.array) return "structured";
    if (kind === NodeKind.null) return "null";
    // NaN as an inner text is no JSON, and stays a text.
    if (kind === NodeKind.nonfinite) return "scalar";
    if (kind === NodeKind.string) return this.#take(inner, 0, 1);
    if (kind === NodeKind.escapedString) return this.#unescape(inner, 0);
    return this.#take(inner, 0, 0);
  }

  /** Takes the text between \" and \" when there is no other escape in it. */
  #takeQuoted(cursor: Cursor, node: number): boolean {
    const { bytes } = cursor;
    const start = cursor.tape.starts[node]! + 1;
    const end = cursor.tape.ends[node]! - 1;
    if (end - start < 4 || bytes[start] !== BACKSLASH || bytes[start + 1] !== QUOTE) return false;
    if (bytes[end - 2] !== BACKSLASH || bytes[end - 1] !== QUOTE) return false;
    for (let at = start + 2; at < end - 2; at += 1) if (bytes[at] === BACKSLASH) return false;
    this.bytes = bytes;
    this.start = start + 2;
    this.end = end - 2;
    return true;
  }
}

function isNull(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c;
}
