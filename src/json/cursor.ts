// Walks a scanned document: kinds, byte ranges, members by key; a whole subtree is skipped in one step.
// ingest reads every record through it. A cursor is a pair (bytes, tape): when the tape is refilled from the same bytes,
// the same cursor reads the new document, so a chunk of records needs one.
//   members:  for (let key = n + 1; key < cursor.next(n); key = cursor.next(key + 1)) { const value = key + 1; }
//   elements: for (let value = n + 1; value < cursor.next(n); value = cursor.next(value)) { … }

import { invariant } from "../base/assert.ts";
import { NodeKind, type Tape } from "./tape.ts";
import { decodeText, unescapeInto } from "./text.ts";

/** Reads the document that `tape` holds; `bytes` are those that were scanned. Node 0 is the root. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly tape: Tape;
  /** Room for one string without its escapes. */
  private scratch = new Uint8Array(256);

  constructor(bytes: Uint8Array, tape: Tape) {
    this.bytes = bytes;
    this.tape = tape;
  }

  /** One of NodeKind. */
  kind(node: number): NodeKind {
    return this.tape.kinds[node]! as NodeKind;
  }

  /** First byte of the node, its quote or bracket included. */
  start(node: number): number {
    return this.tape.starts[node]!;
  }

  /** Byte behind the node, its quote or bracket included. */
  end(node: number): number {
    return this.tape.ends[node]!;
  }

  /** The node behind the whole subtree; for a key, its value. */
  next(node: number): number {
    return this.tape.nexts[node]!;
  }

  /**
   * The value of the last member of `objectNode` whose decoded key is `key`, as JSON.parse would keep; -1 when there is
   * none or the node is no object.
   */
  find(objectNode: number, key: string): number {
    if (this.kind(objectNode) !== NodeKind.object) return -1;
    const end = this.next(objectNode);
    let found = -1;
    for (let keyNode = objectNode + 1; keyNode < end; keyNode = this.next(keyNode + 1)) {
      if (this.keyIs(keyNode, key)) found = keyNode + 1;
    }
    return found;
  }

  /** The text of a key or string value; an escaped lone surrogate stays one. */
  text(node: number): string {
    const kind = this.kind(node);
    invariant(kind === NodeKind.string || kind === NodeKind.escapedString, "text of a node that is no string");
    const start = this.start(node) + 1;
    const end = this.end(node) - 1;
    if (kind === NodeKind.string) return decodeText(this.bytes, start, end);
    // First the length: unescaping may put another buffer in place of the scratch.
    const length = this.unescape(start, end);
    return decodeText(this.scratch, 0, length);
  }

  /** Whether the decoded key is `asciiBytes`, which must be below 0x80 each. */
  keyEquals(keyNode: number, asciiBytes: Uint8Array): boolean {
    let bytes = this.bytes;
    let start = this.start(keyNode) + 1;
    let end = this.end(keyNode) - 1;
    if (this.kind(keyNode) === NodeKind.escapedString) {
      if (end - start < asciiBytes.length) return false;
      end = this.unescape(start, end);
      start = 0;
      bytes = this.scratch;
    }
    if (end - start !== asciiBytes.length) return false;
    for (let i = 0; i < asciiBytes.length; i += 1) if (bytes[start + i] !== asciiBytes[i]) return false;
    return true;
  }

  private keyIs(keyNode: number, key: string): boolean {
    const start = this.start(keyNode) + 1;
    const length = this.end(keyNode) - 1 - start;
    // A UTF-16 unit of the text takes one byte of the document at least, and six (\uXXXX) at most.
    if (length < key.length || length > key.length * 6) return false;
    if (this.kind(keyNode) === NodeKind.escapedString) return this.text(keyNode) === key;
    // Behind the end of the key, charCodeAt is NaN and equals no byte.
    for (let i = 0; i < length; i += 1) {
      const byte = this.bytes[start + i]!;
      if (byte >= 0x80) return this.text(keyNode) === key;
      if (byte !== key.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Fills the scratch with the text of `[start, end)`, the inside of a string, and returns its length. */
  private unescape(start: number, end: number): number {
    if (this.scratch.length < end - start) this.scratch = new Uint8Array(2 * (end - start));
    return unescapeInto(this.bytes, start, end, this.scratch, 0);
  }
}
