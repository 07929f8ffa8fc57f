// The rows of a batch on their way into accumulators: stretch by stretch, tested by bits, with the slot that each row has.
// Called by slot-aggregate.ts. What must stay true: rows come in their order, each that passes the tests once.

import { STRETCH_ROWS, type Stretch } from "../kernels/block-memory.ts";
import type { RowBits, RowSet, RowTest } from "../kernels/row-bits.ts";
import type { SlotTable, SlottedRows } from "../kernels/slots.ts";
import type { Batch } from "./batch.ts";
import type { PlacedKeys } from "./slot-keys.ts";
import type { Piece } from "./slot-measures.ts";

/** Rows and their slots. */
export interface SlottedPiece {
  readonly piece: Piece;
  readonly rows: SlottedRows;
}

/** What rows of a block have to pass: conditions of the filter, then a null test. */
export interface RowTests {
  readonly filter: readonly RowTest[];
  readonly present: readonly RowTest[];
}

/** A batch whose keys are placed. */
export class BatchPieces {
  readonly batch: Batch;
  readonly placed: PlacedKeys;
  /** Rows that did not pass the filter. */
  dropped = 0;
  readonly #bits: RowBits;
  readonly #table: SlotTable;

  constructor(batch: Batch, placed: PlacedKeys, room: { readonly bits: RowBits; readonly table: SlotTable }) {
    this.batch = batch;
    this.placed = placed;
    this.#bits = room.bits;
    this.#table = room.table;
  }

  /** The rows that pass tests, or all rows. With tests the batch is of all rows of a block. */
  forStretches(tests: RowTests, work: (stretch: Stretch, set: RowSet | undefined) => void): void {
    const { count } = this.batch.rows;
    if (tests.filter.length + tests.present.length > 0) {
      const set = this.passing(tests);
      if (set.size > 0) work({ from: 0, to: count }, set);
      return;
    }
    for (let from = 0; from < count; ) {
      const to = Math.min(count, from + STRETCH_ROWS, this.placed.end(from));
      work({ from, to }, undefined);
      from = to;
    }
  }

  /** The rows of a batch of all rows of a block that pass tests. */
  passing({ filter, present }: RowTests): RowSet {
    const stretch = { from: 0, to: this.batch.length };
    const set = this.#bits.passing(filter, stretch);
    this.dropped = set.rows - set.size;
    return this.#bits.narrowed(set, present, stretch);
  }

  /** The rows of a stretch, or of a set of them, with their slots. */
  slotted(stretch: Stretch, set: RowSet | undefined): SlottedPiece {
    if (set === undefined || set.size === set.rows) return this.#settled({ ...stretch, rows: this.batch.rows });
    // Where most rows are left, working on the others too costs less than listing them.
    if (this.placed.slot === undefined && set.size * 2 > set.rows) {
      const piece = { ...stretch, rows: this.batch.rows };
      const rows = this.placed.place(piece);
      if (rows.slot === undefined) {
        this.#bits.mask(rows.slots, set);
        return { piece, rows };
      }
    }
    return this.#settled(this.listed(stretch, set));
  }

  /** The rows of a set, listed. */
  listed({ from }: Stretch, set: RowSet): Piece {
    return { rows: this.#bits.positions(set, from), from: 0, to: set.size };
  }

  #settled(piece: Piece): SlottedPiece {
    const rows = this.placed.place(piece);
    return { piece, rows: rows.slot === undefined ? this.#table.settled(rows) : rows };
  }
}
