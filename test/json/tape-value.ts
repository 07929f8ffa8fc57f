// Builds the JavaScript value of a scanned document from its tape, for comparison with JSON.parse. Recursive: tests keep
// their documents shallow enough.

import type { Cursor } from "../../src/json/cursor.ts";
import { parseNumber } from "../../src/json/scalars.ts";
import { scanDocument } from "../../src/json/scan.ts";
import { NodeKind, Tape } from "../../src/json/tape.ts";

/** The options that most tests scan with. */
export const OPTIONS = { maxDepth: 1000, allowNan: false } as const;

/** The value of `node`, as JSON.parse would give it. */
export function valueAt(cursor: Cursor, node: number): unknown {
  switch (cursor.kind(node)) {
    case NodeKind.object:
      return objectOf(cursor, node);
    case NodeKind.array: {
      const items: unknown[] = [];
      for (let value = node + 1; value < cursor.next(node); value = cursor.next(value))
        items.push(valueAt(cursor, value));
      return items;
    }
    case NodeKind.string:
    case NodeKind.escapedString:
      return cursor.text(node);
    case NodeKind.number:
    case NodeKind.nonfinite:
      return parseNumber(cursor.bytes, cursor.start(node), cursor.end(node));
    case NodeKind.true:
      return true;
    case NodeKind.false:
      return false;
    case NodeKind.null:
      return null;
  }
}

function objectOf(cursor: Cursor, node: number): unknown {
  const members: Record<string, unknown> = {};
  for (let key = node + 1; key < cursor.next(node); key = cursor.next(key + 1)) {
    const value = valueAt(cursor, key + 1);
    // Not `members[key] = value`: "__proto__" is an ordinary key of JSON.
    Object.defineProperty(members, cursor.text(key), { value, enumerable: true, configurable: true, writable: true });
  }
  return members;
}

/** Scans all of `bytes`; undefined when they are accepted, otherwise "CODE@byte". */
export function refusal(
  bytes: Uint8Array,
  options: { maxDepth: number; allowNan: boolean } = OPTIONS,
): string | undefined {
  try {
    scanDocument(bytes, { start: 0, end: bytes.length }, options, new Tape());
    return undefined;
  } catch (error) {
    const fault = error as { code?: unknown; byte?: unknown };
    if (typeof fault.code !== "string") throw error;
    return `${fault.code}@${fault.byte}`;
  }
}

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
