// Sets of rows of a stretch, a bit a row: the rows that pass tests of codes, flags and nulls, without listing them.
// Called by exec/slot-aggregate.ts, which then counts and sums over a set, or takes its rows. What must stay true: a test of
// this kind keeps the rows that the same test of select.ts keeps; a set holds until the next call of the method that gave it.

import type { Arena } from "./arena.ts";
import { type BlockMemory, padded, STRETCH_ROWS, type Stretch } from "./block-memory.ts";
import type { Interval, Selection } from "./select.ts";

/** A test of the rows of a block. */
export type RowTest =
  /** `codes`: an int32 a row, -1 for null. `between`: the codes that pass, first and last. */
  | { readonly kind: "between"; readonly codes: Int32Array; readonly between: CodeRange }
  /** `table`: address of the answers, 1 or not, of null and of each code. */
  | { readonly kind: "answers"; readonly codes: Int32Array; readonly table: number }
  /** `interval`: first and last of the numbers that pass; a missing one, NaN, never does. */
  | { readonly kind: "numbers"; readonly values: Float64Array; readonly interval: Interval }
  /** A byte a row, of which the low bit counts. */
  | { readonly kind: "flags"; readonly flags: Uint8Array }
  /** A bit a row, least significant first; rows with one pass. */
  | { readonly kind: "validity"; readonly validity: Uint8Array };

/** Codes from `least` to `most`, both included. */
export interface CodeRange {
  readonly least: number;
  readonly most: number;
}

/** Some rows of a stretch. */
export interface RowSet {
  /** Address of the bits. */
  readonly bits: number;
  /** Rows of the stretch. */
  readonly rows: number;
  /** Rows of the set. */
  readonly size: number;
}

/** Positions that are written past the last one. */
const OVERHANG = 64;

/** The range of codes that have the answer 1 in a table that starts with null's; undefined where they are no range. */
export function rangeOfAnswers(table: Uint8Array): CodeRange | undefined {
  if (table[0] === 1) return undefined;
  const least = table.indexOf(1) - 1;
  if (least < 0) return undefined;
  const end = table.findIndex((answer, at) => at > least && answer !== 1);
  const most = (end < 0 ? table.length : end) - 2;
  return table.lastIndexOf(1) - 1 === most ? { least, most } : undefined;
}

/** Room for sets in an arena. */
export class RowBits {
  readonly #arena: Arena;
  readonly #bits: number;
  readonly #part: number;
  readonly #other: number;
  readonly #codes: number;
  readonly #narrow: number;
  /** Of a stretch: they are looked at once. */
  readonly #numbers: number;
  readonly #positions: number;

  constructor({ arena, rows }: BlockMemory) {
    this.#arena = arena;
    const room = padded(rows);
    this.#bits = arena.allocate(room / 8);
    this.#part = arena.allocate(room / 8);
    this.#other = arena.allocate(room);
    this.#codes = arena.allocate(room * 4);
    this.#narrow = arena.allocate(room);
    this.#numbers = arena.allocate(Math.min(room, STRETCH_ROWS) * 8);
    this.#positions = arena.allocate((room + OVERHANG) * 4);
  }

  /** The rows of a stretch of all rows of a block that pass every test. `from`: a multiple of 8. */
  passing(tests: readonly RowTest[], { from, to }: Stretch): RowSet {
    const rows = to - from;
    this.#arena.kernels.fillBits(this.#bits, rows);
    return this.narrowed({ bits: this.#bits, rows, size: rows }, tests, { from, to });
  }

  /** The rows of a set that `passing` gave that pass more tests; in place of that set. */
  narrowed({ rows, size: before }: RowSet, tests: readonly RowTest[], { from, to }: Stretch): RowSet {
    let size = before;
    for (const test of tests) {
      if (size === 0) break;
      this.#keep(test, from, to);
      size = this.#arena.kernels.countBits(this.#bits, rows);
    }
    return { bits: this.#bits, rows, size };
  }

  #keep(test: RowTest, from: number, to: number): void {
    const { kernels } = this.#arena;
    const [bits, rows] = [this.#bits, to - from];
    if (test.kind === "between") {
      const { least, most } = test.between;
      kernels.keepBetween(bits, rows, this.#codesAt(test.codes, from, to), least, most - least);
    } else if (test.kind === "answers") {
      kernels.keepAnswers(bits, rows, this.#codesAt(test.codes, from, to), test.table);
    } else if (test.kind === "numbers") {
      this.#keepNumbers(test, from, to);
    } else if (test.kind === "flags") {
      this.#arena.putBytes(this.#other, test.flags, { from, to });
      kernels.keepFlags(bits, rows, this.#other);
    } else {
      this.#arena.putBytes(this.#other, test.validity, { from: from / 8, to: Math.ceil(to / 8) });
      kernels.keepBits(bits, rows, this.#other);
    }
  }

  #keepNumbers({ values, interval }: RowTest & { readonly kind: "numbers" }, from: number, to: number): void {
    const { least, most } = interval;
    for (let at = from; at < to; at += STRETCH_ROWS) {
      const end = Math.min(to, at + STRETCH_ROWS);
      this.#arena.putFloat64(this.#numbers, values, { from: at, to: end });
      this.#arena.kernels.keepNumbers(this.#bits + (at - from) / 8, end - at, this.#numbers, least, most);
    }
  }

  #codesAt(codes: Int32Array, from: number, to: number): number {
    this.#arena.putInt32(this.#codes, codes, { from, to });
    return this.#codes;
  }

  /** The set of the first `rows` rows. */
  first(rows: number): RowSet {
    return this.passing([], { from: 0, to: rows });
  }

  /** Prepares `rows` codes at an address for `ofCode`. `least`: the codes asked for lie in [least, least + 126]. */
  loadCodes(codes: number, rows: number, least: number): void {
    this.#arena.kernels.narrowCodes(codes, rows, least, this.#narrow);
  }

  /** The rows of a set that have the code `least + place`; a set of its own. */
  ofCode({ bits, rows }: RowSet, place: number): RowSet {
    return {
      bits: this.#part,
      rows,
      size: this.#arena.kernels.bitsOfCode(bits, rows, this.#narrow, place, this.#part),
    };
  }

  /** The first row of a set, counted from the start of the stretch. */
  firstOf({ bits, rows }: RowSet): number {
    return this.#arena.kernels.firstBit(bits, rows);
  }

  /** The rows of a set as positions in the block, `from` being the stretch's first row. */
  positions({ bits, rows, size }: RowSet, from: number): Selection {
    this.#arena.kernels.rowsOfBits(bits, rows, from, this.#positions);
    return { positions: this.#arena.uint32(this.#positions, size), count: size };
  }

  /** Gives slot 0 to the rows that a set lacks, at an address. */
  mask(slots: number, { bits, rows }: RowSet): void {
    this.#arena.kernels.maskSlots(slots, bits, rows);
  }
}
