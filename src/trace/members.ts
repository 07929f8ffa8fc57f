// Picks members of an older JSON object and writes them as members of a newer one.
// Called by convert-info.ts and convert-spans.ts. What must stay true: a value that is moved keeps its very bytes; what
// nobody took is written last, under its own key, so that nothing of a record is lost.

import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import type { ByteSink } from "./byte-sink.ts";
import { writeLine } from "./layout.ts";

/** Reads one object and writes another. */
export class Members {
  readonly #cursor: Cursor;
  readonly #node: number;
  readonly #sink: ByteSink;
  readonly #taken = new Set<string>();
  #count = 0;

  /** `node`: an object of the cursor's document. */
  constructor(cursor: Cursor, node: number, sink: ByteSink) {
    this.#cursor = cursor;
    this.#node = node;
    this.#sink = sink;
    sink.text("{");
  }

  /** The first of the members that holds something other than null, or -1. All of them count as taken. */
  take(...keys: readonly string[]): number {
    let found = -1;
    for (const key of keys) {
      this.#taken.add(key);
      const node = found < 0 ? this.#cursor.find(this.#node, key) : -1;
      if (node >= 0 && this.#cursor.kind(node) !== NodeKind.null) found = node;
    }
    return found;
  }

  /** The text of a member, or undefined when it is absent or no text. */
  takeText(...keys: readonly string[]): string | undefined {
    const node = this.take(...keys);
    return node >= 0 && isText(this.#cursor, node) ? this.#cursor.text(node) : undefined;
  }

  /** Begins a member; its value is written next. */
  key(key: string): void {
    if (this.#count > 0) this.#sink.text(", ");
    this.#count += 1;
    this.#sink.quoted(key);
    this.#sink.text(": ");
  }

  /** Writes a member whose value stands at `node`; nothing for -1. */
  copy(key: string, node: number): void {
    if (node < 0) return;
    this.key(key);
    writeLine(this.#cursor, node, this.#sink);
  }

  /** Writes a member of JSON text; nothing for undefined. */
  json(key: string, json: string | undefined): void {
    if (json === undefined) return;
    this.key(key);
    this.#sink.text(json);
  }

  /** Writes what nobody took, and ends the object. */
  close(): void {
    const cursor = this.#cursor;
    const end = cursor.kind(this.#node) === NodeKind.object ? cursor.next(this.#node) : 0;
    for (let key = this.#node + 1; key < end; key = cursor.next(key + 1)) {
      const name = cursor.text(key);
      if (!this.#taken.has(name)) this.copy(name, key + 1);
    }
    this.#sink.text("}");
  }
}

/** Whether a node is a text. */
export function isText(cursor: Cursor, node: number): boolean {
  const kind = cursor.kind(node);
  return kind === NodeKind.string || kind === NodeKind.escapedString;
}
