// One object that a program looks into, and the objects below it: one pass over the members finds every path at once.
// Made by compile-program.ts, filled by run-program.ts for each record, span, assessment or inner document.
// What must stay true: after fill() a slot holds the value node of the LAST member with its key, or -1; slots of an inner
// object that is absent, or no object, are -1.

import type { Cursor } from "../json/cursor.ts";
import { NodeKind } from "../json/tape.ts";
import { KeyTable } from "./key-table.ts";
import type { Path } from "./program.ts";

/** Members whose key is remembered by position, so that objects that repeat their order are matched by one comparison. */
const REMEMBERED = 64;

/** A place that a path leads to. */
export interface Slot {
  readonly scope: Scope;
  /** Index into `scope.nodes`. */
  readonly index: number;
}

/** An object and what is looked for in it. */
export class Scope {
  /** Node of the object itself, -1 when absent. */
  self = -1;
  /** By key number: the value node, -1 when absent. */
  nodes: Int32Array = new Int32Array(0);
  readonly keys = new KeyTable();
  readonly #inner: (Scope | undefined)[] = [];
  readonly #remembered = new Int32Array(REMEMBERED).fill(-1);

  /** The slot of a path of one or more keys, which is looked for from now on. */
  slot(path: Path): Slot {
    const [key, ...rest] = path;
    const index = this.#number(key ?? "");
    if (rest.length === 0) return { scope: this, index };
    const inner = this.#inner[index] ?? new Scope();
    this.#inner[index] = inner;
    return inner.slot(rest);
  }

  /** Finds everything in the object at `node`; -1 or a node of another kind leaves nothing found. */
  fill(cursor: Cursor, node: number): void {
    const found = node >= 0 && cursor.tape.kinds[node] === NodeKind.object;
    this.self = node;
    this.nodes.fill(-1);
    if (found) this.#members(cursor, node);
    const inner = this.#inner;
    for (let i = 0; i < inner.length; i += 1) inner[i]?.fill(cursor, this.nodes[i]!);
  }

  /** Takes `value` as the member that the string at `key` names: for maps that are written as lists of pairs. */
  assign(cursor: Cursor, key: number, value: number): void {
    const number = this.keys.find(cursor, key);
    if (number >= 0) this.nodes[number] = value;
  }

  /** Hot loop: once a member of every object that is looked into. */
  #members(cursor: Cursor, node: number): void {
    const { nexts } = cursor.tape;
    const { keys, nodes } = this;
    const remembered = this.#remembered;
    const end = nexts[node]!;
    let position = 0;
    for (let key = node + 1; key < end; key = nexts[key + 1]!) {
      const guess = position < REMEMBERED ? remembered[position]! : -1;
      let number = guess;
      if (guess < 0 || !keys.is(cursor, key, guess)) {
        number = keys.find(cursor, key);
        if (position < REMEMBERED) remembered[position] = number;
      }
      if (number >= 0) nodes[number] = key + 1;
      position += 1;
    }
  }

  #number(key: string): number {
    const number = this.keys.add(key);
    if (number >= this.nodes.length) {
      this.nodes = new Int32Array(number + 1).fill(-1);
      while (this.#inner.length <= number) this.#inner.push(undefined);
    }
    return number;
  }
}

/** The places that a rule takes its value from, in order of precedence. */
export class Origin {
  readonly #slots: readonly Slot[];
  readonly #self: Scope | undefined;

  constructor(scope: Scope, paths: readonly Path[]) {
    this.#self = paths.some((path) => path.length === 0) ? scope : undefined;
    this.#slots = paths.filter((path) => path.length > 0).map((path) => scope.slot(path));
  }

  /** The first place that holds something other than null, or -1. An empty path is the object itself, last. */
  find(cursor: Cursor): number {
    const slots = this.#slots;
    for (let i = 0; i < slots.length; i += 1) {
      const { scope, index } = slots[i]!;
      const node = scope.nodes[index]!;
      if (node >= 0 && cursor.tape.kinds[node] !== NodeKind.null) return node;
    }
    return this.#self === undefined ? -1 : this.#self.self;
  }
}
