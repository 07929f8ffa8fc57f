// A JSON value as Python's json.dumps would write it: separators ", " and ": ", ASCII only, numbers as in the file.
// Called by the assessment functions: MLflow stores assessment values in this form, and groups by the text.
// What must stay true: equal values in equal spelling give equal text; `1` and `1.0` stay apart, as MLflow keeps them.

import { pythonJsonString } from "../base/python-text.ts";
import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { decodeText } from "../json/text.ts";

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
  if (kind === NodeKind.string || kind === NodeKind.escapedString) return pythonJsonString(cursor.text(node));
  return decodeText(cursor.bytes, cursor.tape.starts[node]!, cursor.tape.ends[node]!);
}
