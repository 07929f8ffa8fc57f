// Writes a scanned JSON value with the white space of one line or of an indented page, every token as it stands.
// Called by from-record.ts (one line) and trace.ts (pages). What must stay true: strings and numbers keep their very
// bytes, so that ids beyond 2^53, `1.0` and escapes come out as they went in.

import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import type { ByteSink } from "./byte-sink.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Where a value stands on an indented page: its first line is written at the current place, the others `depth` levels in. */
export interface Page {
  readonly indent: string;
  readonly depth: number;
}

/** Appends the value at `node` on one line: its bytes as they stand when they hold no line end. */
export function writeLine(cursor: Cursor, node: number, sink: ByteSink): void {
  const { bytes } = cursor;
  const start = cursor.start(node);
  const end = cursor.end(node);
  if (hasByte(bytes, { start, end }, LINE_FEED) || hasByte(bytes, { start, end }, CARRIAGE_RETURN)) {
    writeLaidOut(cursor, node, { sink, page: undefined });
  } else {
    sink.raw(bytes, start, end);
  }
}

/** Appends the value at `node` as Python's `json.dumps(indent=2)` lays it out. */
export function writePage(
  cursor: Cursor,
  node: number,
  target: { readonly sink: ByteSink; readonly page: Page },
): void {
  writeLaidOut(cursor, node, target);
}

interface Target {
  readonly sink: ByteSink;
  readonly page: Page | undefined;
}

/** Recursive: documents are at most as deep as the depth limit of the load, 1,000 unless raised. */
function writeLaidOut(cursor: Cursor, node: number, { sink, page }: Target): void {
  const kind = cursor.kind(node);
  if (kind !== NodeKind.object && kind !== NodeKind.array) {
    sink.raw(cursor.bytes, cursor.start(node), cursor.end(node));
    return;
  }
  const isObject = kind === NodeKind.object;
  const inner = page === undefined ? undefined : { ...page, depth: page.depth + 1 };
  const lead = inner === undefined ? "" : `\n${inner.indent.repeat(inner.depth)}`;
  const between = inner === undefined ? ", " : `,${lead}`;
  const end = cursor.next(node);
  sink.text(isObject ? "{" : "[");
  for (let member = node + 1, first = true; member < end; first = false) {
    sink.text(first ? lead : between);
    let value = member;
    if (isObject) {
      sink.raw(cursor.bytes, cursor.start(member), cursor.end(member));
      sink.text(": ");
      value = member + 1;
    }
    writeLaidOut(cursor, value, { sink, page: inner });
    member = cursor.next(value);
  }
  if (page !== undefined && end > node + 1) sink.text(`\n${page.indent.repeat(page.depth)}`);
  sink.text(isObject ? "}" : "]");
}

function hasByte(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  byte: number,
): boolean {
  const at = bytes.subarray(start, end).indexOf(byte);
  return at >= 0;
}
