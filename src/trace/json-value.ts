// A JSON value in memory that still knows how its texts and numbers were written.
// Called by trace.ts (dictionaries), extract.ts (chosen fields) and whoever prints them. What must stay true: a leaf prints
// as it was read; objects are maps, so that no key of the data (`__proto__`) means anything here.

import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { decodeText } from "../json/text.ts";

/** A text, number, truth value or null: its JSON text, and what it stands for. */
export interface JsonLeaf {
  readonly kind: "leaf";
  readonly raw: string;
  /** An integer beyond 2^53 is a bigint. */
  readonly value: null | boolean | number | bigint | string;
}

/** Any value. */
export type JsonNode = JsonLeaf | readonly JsonNode[] | ReadonlyMap<string, JsonNode>;

/** A value as plain JavaScript: integers beyond 2^53 are bigint. */
export type PlainJson = null | boolean | number | bigint | string | readonly PlainJson[] | PlainObject;

/** Members by key. */
export interface PlainObject {
  readonly [key: string]: PlainJson;
}

/** Reads the value at a node. Of a repeated key the last value stands, at the first one's place. */
export function readNode(cursor: Cursor, node: number): JsonNode {
  const end = cursor.next(node);
  switch (cursor.kind(node)) {
    case NodeKind.object: {
      const members = new Map<string, JsonNode>();
      for (let key = node + 1; key < end; key = cursor.next(key + 1)) {
        members.set(cursor.text(key), readNode(cursor, key + 1));
      }
      return members;
    }
    case NodeKind.array: {
      const items: JsonNode[] = [];
      for (let item = node + 1; item < end; item = cursor.next(item)) items.push(readNode(cursor, item));
      return items;
    }
    default:
      return readLeaf(cursor, node);
  }
}

function readLeaf(cursor: Cursor, node: number): JsonLeaf {
  const raw = decodeText(cursor.bytes, cursor.start(node), cursor.end(node));
  switch (cursor.kind(node)) {
    case NodeKind.string:
    case NodeKind.escapedString:
      return { kind: "leaf", raw, value: cursor.text(node) };
    case NodeKind.number:
      return { kind: "leaf", raw, value: numberOf(raw) };
    case NodeKind.true:
      return { kind: "leaf", raw, value: true };
    case NodeKind.false:
      return { kind: "leaf", raw, value: false };
    default:
      // NaN and Infinity, which a load lets pass under --allow-nan alone, are null here too.
      return { kind: "leaf", raw: "null", value: null };
  }
}

function numberOf(raw: string): number | bigint {
  const value = Number(raw);
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(raw) ? value : BigInt(raw);
}

/** Whether a value is a leaf. */
export function isLeaf(node: JsonNode): node is JsonLeaf {
  return "kind" in node && node.kind === "leaf";
}

/** Whether a value is an object. */
export function isMembers(node: JsonNode | undefined): node is ReadonlyMap<string, JsonNode> {
  return node instanceof Map;
}

/** Whether a value is a list. */
export function isItems(node: JsonNode | undefined): node is readonly JsonNode[] {
  return Array.isArray(node);
}

/** The value as plain JavaScript. */
export function plainOf(node: JsonNode): PlainJson {
  if (isItems(node)) return node.map(plainOf);
  if (!isMembers(node)) return isLeaf(node) ? node.value : null;
  const plain: Record<string, PlainJson> = {};
  for (const [key, member] of node) {
    // An assignment to `__proto__` would set the prototype.
    Object.defineProperty(plain, key, { value: plainOf(member), enumerable: true, writable: true, configurable: true });
  }
  return plain;
}

/** The JSON text of a value: on one line, with a blank after each comma and colon, or indented. */
export function nodeText(node: JsonNode, indent?: string, depth = 0): string {
  if (isLeaf(node)) return node.raw;
  const lead = indent === undefined ? "" : `\n${indent.repeat(depth + 1)}`;
  const parts = isItems(node)
    ? node.map((item) => nodeText(item, indent, depth + 1))
    : [...node].map(([key, member]) => `${JSON.stringify(key)}: ${nodeText(member, indent, depth + 1)}`);
  const [open, close] = isItems(node) ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return open + close;
  const tail = indent === undefined ? "" : `\n${indent.repeat(depth)}`;
  return open + lead + parts.join(indent === undefined ? ", " : `,${lead}`) + tail + close;
}
