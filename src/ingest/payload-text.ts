// Payload as text to search: the JSON of a value with its escapes decoded.
// Used by payload-reader.ts for PayloadReader.textOf. What must stay true: a needle is found as people read it, whatever
// the writer escaped: quotes, line ends, \u00e9. The rules, which docs/differences.md repeats:
// - `json` (a span, its events): the JSON text with ", " and ": " between tokens and the escapes of all strings decoded;
//   a string that holds JSON text (MLflow's attributes) keeps its quotes, and the escapes inside it are decoded too
// - `text` (previews): the string itself; another value as JSON
// - `attribute` (inputs, outputs): what the attribute's JSON text stands for: a string itself, another value as JSON

import type { PayloadForm } from "../columns/payload.ts";
import { tryScanDocument } from "../json/scan.ts";
import { Tape } from "../json/tape.ts";
import { unescapeInto } from "../json/text.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const FIRST_CAPACITY = 16 * 1024;
/** Deeper JSON inside a string is searched as it stands. */
const INNER = { maxDepth: 1_000, allowNan: true };

/** Decodes one value at a time. */
export class PayloadDecoder {
  readonly #tape = new Tape("wtf-8");
  #out = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  /** The text of the JSON value `bytes[start, end)`, UTF-8; valid until the next call. */
  decode(bytes: Uint8Array, range: { readonly start: number; readonly end: number }, form: PayloadForm): Uint8Array {
    const { start, end } = range;
    // A blank more for every comma and colon: at most twice the bytes.
    if (this.#out.length < 2 * (end - start)) this.#out = new Uint8Array(4 * (end - start));
    this.#length = 0;
    const isString = bytes[start] === QUOTE;
    if (form === "json" || !isString) this.#json(bytes, start, end);
    else if (form === "text") this.#length = unescapeInto(bytes, start + 1, end - 1, this.#out, 0);
    else this.#attribute(bytes, start + 1, end - 1);
    return this.#out.subarray(0, this.#length);
  }

  /** Hot loop: once a byte of every span that is searched. */
  #json(bytes: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    let to = this.#length;
    for (let at = start; at < end; ) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.#length = to;
        at = this.#string(bytes, at);
        to = this.#length;
        continue;
      }
      at += 1;
      if (byte <= BLANK) continue;
      out[to++] = byte;
      if (byte === COMMA || byte === COLON) out[to++] = BLANK;
    }
    this.#length = to;
  }

  /** Writes the string that opens at `open`, and gives the byte behind it. */
  #string(bytes: Uint8Array, open: number): number {
    const out = this.#out;
    let at = open + 1;
    let to = this.#length;
    out[to++] = QUOTE;
    while (bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) out[to++] = bytes[at++]!;
    if (bytes[at] === BACKSLASH) {
      const from = at;
      let nested = false;
      while (bytes[at] !== QUOTE) {
        if (bytes[at] === BACKSLASH) {
          // Only an escaped backslash can be an escape of JSON inside.
          nested ||= bytes[at + 1] === BACKSLASH;
          at += 1;
        }
        at += 1;
      }
      const textStart = this.#length + 1;
      to = unescapeInto(bytes, from, at, out, to);
      if (nested) to = this.#decodeInner(textStart, to);
    }
    out[to++] = QUOTE;
    this.#length = to;
    return at + 1;
  }

  /** The value of an attribute, whose JSON text is the inside of a string. */
  #attribute(bytes: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    const length = unescapeInto(bytes, start, end, out, 0);
    this.#length = length;
    if (tryScanDocument(out, { start: 0, end: length }, INNER, this.#tape) !== undefined) return;
    const first = this.#tape.starts[0]!;
    if (out[first] === QUOTE) this.#length = unescapeInto(out, first + 1, this.#tape.ends[0]! - 1, out, 0);
    else this.#length = this.#decodeInner(0, length);
  }

  /** Decodes the strings of the JSON text `[start, end)` of the output in place; text that is no JSON stays. */
  #decodeInner(start: number, end: number): number {
    const out = this.#out;
    if (tryScanDocument(out, { start, end }, INNER, this.#tape) !== undefined) return end;
    let to = start;
    for (let at = start; at < end; ) {
      if (out[at] !== QUOTE) {
        out[to++] = out[at++]!;
        continue;
      }
      let close = at + 1;
      while (out[close] !== QUOTE) close += out[close] === BACKSLASH ? 2 : 1;
      out[to++] = QUOTE;
      to = unescapeInto(out, at + 1, close, out, to);
      out[to++] = QUOTE;
      at = close + 1;
    }
    return to;
  }
}
