// Row positions of a plan without an aggregate: collected, and narrowed to those that a later filter leaves.
// Called by compile.ts. What must stay true: collected positions ascend.

import { BLOCK_ROWS } from "../columns/column.ts";
import type { Meter } from "./meter.ts";
import type { Sink } from "./pipeline.ts";

/** Collects row positions. */
export class PositionList implements Sink {
  readonly meter: Meter;
  readonly #parts: Uint32Array[] = [];
  #count = 0;

  constructor(meter: Meter) {
    this.meter = meter;
  }

  consume({
    block,
    rows,
  }: {
    readonly block: number;
    readonly rows: { positions: Uint32Array | undefined; count: number };
  }): void {
    const part = new Uint32Array(rows.count);
    const start = block * BLOCK_ROWS;
    for (let i = 0; i < rows.count; i += 1) part[i] = start + (rows.positions === undefined ? i : rows.positions[i]!);
    this.#parts.push(part);
    this.#count += rows.count;
  }

  /** All positions, ascending. */
  positions(): Uint32Array {
    const all = new Uint32Array(this.#count);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** 1 at these positions, of `rows` rows. */
export function marked(positions: Uint32Array, rows: number): Uint8Array {
  const marks = new Uint8Array(rows);
  for (let i = 0; i < positions.length; i += 1) marks[positions[i]!] = 1;
  return marks;
}

/** The positions that are marked, in their order. */
export function keptInOrder(positions: Uint32Array, marks: Uint8Array): Uint32Array {
  return positions.filter((position) => marks[position] === 1);
}
