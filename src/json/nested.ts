// JSON inside a JSON string, as MLflow writes attributes: unescapes the text once and scans it as a document of its own.
// ingest keeps one NestedDocument for each level that it opens at the same time (value in attribute in record).
// What must stay true: a text that is no JSON is ordinary (cut previews, plain text) and costs no exception.

import { Cursor } from "./cursor.ts";
import { type ScanOptions, tryScanDocument } from "./scan.ts";
import { NodeKind, Tape } from "./tape.ts";
import { unescapeInto } from "./text.ts";

const FIRST_CAPACITY = 4096;

/** Opens one nested document at a time; the cursor of the one before is dead then. */
export class NestedDocument {
  private readonly tape = new Tape("wtf-8");
  /** Over the own buffer, for texts with escapes. */
  private unescaped = new Cursor(new Uint8Array(FIRST_CAPACITY), this.tape);
  /** Over the outer bytes, for texts without: they are scanned where they stand. */
  private inPlace = this.unescaped;

  /**
   * A cursor over the document that is the text of `stringNode`; undefined when the node is no string or its text no
   * JSON under `options`. Valid until the next call, and no longer than the outer bytes.
   */
  open(outer: Cursor, stringNode: number, options: ScanOptions): Cursor | undefined {
    const kind = outer.kind(stringNode);
    const start = outer.start(stringNode) + 1;
    const end = outer.end(stringNode) - 1;
    if (kind === NodeKind.string) {
      if (this.inPlace.bytes !== outer.bytes) this.inPlace = new Cursor(outer.bytes, this.tape);
      return this.scan(this.inPlace, start, end, options);
    }
    if (kind !== NodeKind.escapedString) return undefined;
    if (this.unescaped.bytes.length < end - start) {
      this.unescaped = new Cursor(new Uint8Array(2 * (end - start)), this.tape);
    }
    const length = unescapeInto(outer.bytes, start, end, this.unescaped.bytes, 0);
    return this.scan(this.unescaped, 0, length, options);
  }

  private scan(cursor: Cursor, start: number, end: number, options: ScanOptions): Cursor | undefined {
    return tryScanDocument(cursor.bytes, { start, end }, options, this.tape) === undefined ? cursor : undefined;
  }
}
