// The tape: one scanned document as flat arrays, a node for each value and key, in the order of the text.
// Filled by scan.ts, read through cursor.ts. Node 0 is the root; children follow their parent; a member of an object is
// its key node and then its value node. One tape serves many documents: arrays grow and are never given back.
// What must stay true: while a container is open, `nexts` holds its parent, so no stack is needed; afterwards its end.

import { Tokens } from "./tokens.ts";

/** What a node is. A `string` has no escapes: its bytes are its text. `nonfinite` occurs under allowNan only. */
export const NodeKind = {
  object: 1,
  array: 2,
  string: 3,
  escapedString: 4,
  number: 5,
  true: 6,
  false: 7,
  null: 8,
  nonfinite: 9,
} as const;

/** One of the numbers of NodeKind. */
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

/** Stands for "no container is open" where a parent is meant. */
export const NO_PARENT = 0xffff_ffff;

const FIRST_CAPACITY = 256;

/** The nodes of one document. Readers use the arrays; only scan.ts calls the methods. */
export class Tape {
  /** Nodes in use; every array below is longer. */
  count = 0;
  kinds = new Uint8Array(FIRST_CAPACITY);
  /** First byte of each node, its quote or bracket included; an index into the scanned bytes. */
  starts = new Uint32Array(FIRST_CAPACITY);
  /** Byte behind each node, its quote or bracket included. */
  ends = new Uint32Array(FIRST_CAPACITY);
  /** Index of the node behind each node's whole subtree; for a key that is its value. */
  nexts = new Uint32Array(FIRST_CAPACITY);
  /** How many NaN and Infinity tokens the document holds. */
  nonfinite = 0;
  /** The token reader that fills this tape; kept here so that scanning allocates nothing. */
  readonly tokens: Tokens;

  /** `encoding`: "wtf-8" for documents that were unescaped out of a string (nested.ts). */
  constructor(encoding: "utf-8" | "wtf-8" = "utf-8") {
    this.tokens = new Tokens(encoding);
  }

  /** Forgets the document. */
  clear(): void {
    this.count = 0;
    this.nonfinite = 0;
  }

  /** Adds a key or a value without children. */
  leaf(kind: NodeKind, start: number, end: number): void {
    const node = this.count;
    if (node === this.kinds.length) this.grow();
    this.kinds[node] = kind;
    this.starts[node] = start;
    this.ends[node] = end;
    this.nexts[node] = node + 1;
    this.count = node + 1;
  }

  /** Adds an object or array whose children follow, and returns it; `parent` is the container around it or NO_PARENT. */
  open(kind: NodeKind, start: number, parent: number): number {
    const node = this.count;
    this.leaf(kind, start, start);
    this.nexts[node] = parent;
    return node;
  }

  /** Ends the open container `node` before byte `end` and returns its parent. */
  close(node: number, end: number): number {
    const parent = this.nexts[node] ?? NO_PARENT;
    this.ends[node] = end;
    this.nexts[node] = this.count;
    return parent;
  }

  private grow(): void {
    const capacity = this.kinds.length * 2;
    const kinds = new Uint8Array(capacity);
    kinds.set(this.kinds);
    this.kinds = kinds;
    this.starts = doubled(this.starts);
    this.ends = doubled(this.ends);
    this.nexts = doubled(this.nexts);
  }
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(array.length * 2);
  wider.set(array);
  return wider;
}
