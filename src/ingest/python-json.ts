// A JSON value as Python's json.dumps would write it: separators ", " and ": ", ASCII only, numbers as in the file.
// Called by the assessment functions: MLflow stores assessment values in this form, and groups by the text.
// What must stay true: equal values in equal spelling give equal text; `1` and `1.0` stay apart, as MLflow keeps them.

import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { decodeText } from "../json/text.ts";

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\b", "\\b"],
  ["\f", "\\f"],
]);

/** `text` as a JSON string with Python's ensure_ascii: everything but printable ASCII as \uXXXX, by UTF-16 unit. */
export function pythonString(text: string): string {
  const escaped = text.replace(
    /["\\]|[^ -~]/g,
    (unit) => SHORT.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

/** The value at `node` in Python's form. Iterative: depth costs no stack. */
export function pythonJson(cursor: Cursor, node: number): string {
  const { tape } = cursor;
  const end = tape.nexts[node]!;
  const parts: string[] = [];
  const open: { readonly end: number; readonly isObject: boolean; first: boolean }[] = [];
  for (let at = node; at < end; ) {
    const around = open.at(-1);
    if (around !== undefined && !around.first) parts.push(", ");
    if (around !== undefined) around.first = false;
    if (around?.isObject) {
      parts.push(scalarText(cursor, at), ": ");
      at += 1;
    }
    const kind = tape.kinds[at];
    if (kind === NodeKind.object || kind === NodeKind.array) {
      parts.push(kind === NodeKind.object ? "{" : "[");
      open.push({ end: tape.nexts[at]!, isObject: kind === NodeKind.object, first: true });
    } else {
      parts.push(scalarText(cursor, at));
    }
    at += 1;
    for (let last = open.at(-1); last !== undefined && at >= last.end; last = open.at(-1)) {
      parts.push(last.isObject ? "}" : "]");
      open.pop();
    }
  }
  return parts.join("");
}

function scalarText(cursor: Cursor, node: number): string {
  const kind = cursor.tape.kinds[node];
  if (kind === NodeKind.string || kind === NodeKind.escapedString) return pythonString(cursor.text(node));
  return decodeText(cursor.bytes, cursor.tape.starts[node]!, cursor.tape.ends[node]!);
}
