// Page tokens of MLflow's trace search: base64 of `{"offset": N}`; in extended mode also bound to its query.
// Called by mlflow-search.ts. What must stay true: in strict mode a token is read and refused as MLflow does, with its
// words; a bound token is refused by every query but its own.

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import { pythonRepr } from "../base/python-text.ts";

/** Hexadecimal digits of the hash that binds a token. */
const HASH_DIGITS = 16;

/** What a query is to its tokens: the same text for the same rows in the same order. */
export function queryHash(parts: readonly unknown[]): string {
  const text = JSON.stringify(parts, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_DIGITS);
}

/** The token of the page that begins at `offset`. `query`: absent in strict mode. */
export function pageToken(offset: number, query: string | undefined): string {
  const bound = query === undefined ? "" : `, "query": "${query}"`;
  return Buffer.from(`{"offset": ${offset}${bound}}`).toString("base64");
}

/** The offset of a token; 0 without one. `query`: absent in strict mode. Throws E_REQUEST. */
export function offsetOf(token: string | undefined, query: string | undefined): number {
  if (token === undefined || token === "") return 0;
  const bytes = decodeBase64(token);
  if (bytes === undefined) throw new EngineError("E_REQUEST", "Invalid page token, could not base64-decode");
  const parsed = parseJson(bytes);
  if (parsed === undefined) throw new EngineError("E_REQUEST", `Invalid page token, decoded value=${bytesRepr(bytes)}`);
  const members = new Map(
    typeof parsed.value === "object" && parsed.value !== null ? Object.entries(parsed.value) : [],
  );
  const offset: unknown = members.get("offset");
  if (!isTruthy(offset) || Array.isArray(parsed.value)) {
    throw new EngineError("E_REQUEST", `Invalid page token, parsed value=${valueRepr(parsed.value)}`);
  }
  const bound: unknown = members.get("query");
  if (query !== undefined && bound !== undefined && bound !== query) {
    throw new EngineError("E_REQUEST", "Invalid page token: it belongs to another query", {
      hint: "Give the filter, order and experiments of the search that the token came from, or search without a token.",
    });
  }
  return integerOf(offset);
}

/** As Python's base64.b64decode: characters outside the alphabet are passed over; undefined for a wrong length. */
function decodeBase64(token: string): Uint8Array | undefined {
  let kept = "";
  let pads = 0;
  for (const character of token) {
    if (character === "=") {
      pads += 1;
      if (kept.length % 4 >= 2 && (kept.length % 4) + pads >= 4) return Buffer.from(kept, "base64");
    } else if (/[0-9A-Za-z+/]/.test(character)) {
      kept += character;
      pads = 0;
    }
  }
  return kept.length % 4 === 0 ? Buffer.from(kept, "base64") : undefined;
}

function parseJson(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** Whether Python takes the value for true. */
function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** As Python's `int(value)`. Throws E_REQUEST. */
function integerOf(value: unknown): number {
  const isDigits = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value);
  const number = typeof value === "number" || typeof value === "boolean" || isDigits ? Math.trunc(Number(value)) : NaN;
  if (!Number.isSafeInteger(number)) {
    throw new EngineError("E_REQUEST", `Invalid page token, not stringable ${valueRepr(value)}`);
  }
  return Math.max(0, number);
}

/** A JSON value as Python prints it. */
function valueRepr(value: unknown): string {
  if (typeof value === "string") return pythonRepr(value);
  if (Array.isArray(value)) return `[${value.map(valueRepr).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, member]) => `${pythonRepr(key)}: ${valueRepr(member)}`)
      .join(", ")}}`;
  }
  return value === null ? "None" : value === true ? "True" : value === false ? "False" : String(value);
}

/** `repr(bytes)`. */
function bytesRepr(bytes: Uint8Array): string {
  const hasSingle = bytes.includes(0x27);
  const quote = hasSingle && !bytes.includes(0x22) ? '"' : "'";
  let inside = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === "\\" || character === quote) inside += `\\${character}`;
    else if (byte === 0x0a) inside += "\\n";
    else if (byte === 0x0d) inside += "\\r";
    else if (byte === 0x09) inside += "\\t";
    else if (byte >= 0x20 && byte < 0x7f) inside += character;
    else inside += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `b${quote}${inside}${quote}`;
}
