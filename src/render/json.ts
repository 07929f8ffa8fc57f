// JSON and JSON Lines output. Called by the command line for `-o json` and `-o jsonl`, and by programs.
// What must stay true: the outer levels of a value are written piece by piece, never as one giant text; non-finite
// numbers are null, bigint is its exact digits; the output is valid UTF-8 and safe to show on a terminal.

import { visibleEscape } from "./escape.ts";

/** What can be written as JSON. An iterable stands for an array and is read once; undefined members are left out. */
export type JsonValue = null | boolean | number | bigint | string | Iterable<JsonValue> | JsonObject;

/** Members in their order. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** Printable ASCII without quote and backslash: written as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;
/** Levels that are yielded piece by piece; a value below them is one piece. */
const STREAMED_LEVELS = 2;
// JSON.stringify escapes controls below U+0020 and lone surrogates; these are valid in JSON, and unsafe on a terminal.
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Pieces of the text of `value`, indented by two blanks a level, with a line feed at the end. */
export function* renderJson(value: JsonValue): Generator<string> {
  yield* pieces(value, "", 0);
  yield "\n";
}

/** One line a value, with a blank after each comma and colon, as Python's json writes it. */
export function* renderJsonLines(values: Iterable<JsonValue>): Generator<string> {
  for (const value of values) yield `${textOf(value, undefined)}\n`;
}

function* pieces(value: JsonValue, indent: string, level: number): Generator<string> {
  if (level >= STREAMED_LEVELS || typeof value !== "object" || value === null) {
    yield textOf(value, indent);
    return;
  }
  const inner = `${indent}  `;
  const [open, close] = bracketsOf(value);
  let count = 0;
  for (const [lead, member] of membersOf(value)) {
    yield `${count === 0 ? open : ","}\n${inner}${lead}`;
    yield* pieces(member, inner, level + 1);
    count += 1;
  }
  yield count === 0 ? open + close : `\n${indent}${close}`;
}

function* membersOf(value: Iterable<JsonValue> | JsonObject): Generator<readonly [lead: string, member: JsonValue]> {
  if (isIterable(value)) {
    for (const member of value) yield ["", member];
    return;
  }
  for (const [key, member] of Object.entries(value)) if (member !== undefined) yield [`${quoted(key)}: `, member];
}

/** A whole value: on one line without an `indent`. Written with plain loops, as it runs once a row of a result. */
function textOf(value: JsonValue, indent: string | undefined): string {
  if (typeof value !== "object" || value === null) return scalar(value);
  const inner = indent === undefined ? undefined : `${indent}  `;
  const between = inner === undefined ? ", " : `,\n${inner}`;
  let text = "";
  if (isIterable(value)) {
    for (const member of value) text += (text === "" ? "" : between) + textOf(member, inner);
  } else {
    for (const key of Object.keys(value)) {
      const member = value[key];
      if (member !== undefined) text += `${text === "" ? "" : between}${quoted(key)}: ${textOf(member, inner)}`;
    }
  }
  const [open, close] = bracketsOf(value);
  return text === "" || inner === undefined ? open + text + close : `${open}\n${inner}${text}\n${indent}${close}`;
}

function bracketsOf(value: object): readonly [open: string, close: string] {
  return isIterable(value) ? ["[", "]"] : ["{", "}"];
}

function isIterable(value: object): value is Iterable<JsonValue> {
  return Symbol.iterator in value;
}

function scalar(value: null | boolean | number | bigint | string): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" && !Number.isFinite(value)) return "null";
  return value === 0 ? "0" : String(value);
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text).replace(UNSAFE, visibleEscape);
}
