// Sorts runs of numbers: put in cells by the leading bits in which they differ, then in order within each cell.
// Called by condense.ts; the bench `digest` paid for it (a third of the time of TypedArray.sort).
// What must stay true: sorting gives what sorting by value gives, for every input without NaN. The bits of IEEE 754 numbers
// order like signed integers once all but the sign are inverted below 0. All arithmetic on words stays in int32.
// Distribution sort: D. E. Knuth, TAOCP vol. 3, 5.2.5; short cells by insertion, 5.2.1.

/** Most cells: their counts and sums stay in the second-level cache. */
const MAX_CELLS = 2 ** 14;

/** How the numbers of a run map to cells. */
interface CellMap {
  /** Smallest high word, as an ordered int32. */
  readonly least: number;
  /** Bits that a key takes from the low word; below 0, bits of the high word that it leaves out. */
  readonly spare: number;
}

/** A map of `values[start, end)` to 2^bits cells; undefined when they are sorted as they stand. */
function cellMap(values: Float64Array, start: number, end: number, bits: number): CellMap | undefined {
  const words = wordsOf(values, start, end);
  let least = 0x7fff_ffff;
  let most = -0x8000_0000;
  let isRising = true;
  let before = -0x8000_0000;
  for (let at = 1; at < words.length; at += 2) {
    const word = words[at]!;
    const key = word ^ ((word >> 31) >>> 1);
    if (key < least) least = key;
    if (key > most) most = key;
    isRising = isRising && key >= before;
    before = key;
  }
  if (isRising && isSorted(values, start, end)) return undefined;
  return { least, spare: bits - (32 - Math.clz32(most - least)) };
}

/** The words of a range of numbers: low, high, low, high. */
function wordsOf(values: Float64Array, start: number, end: number): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset + start * 8, (end - start) * 2);
}

/** The cell of a number, from its words. Inlined by the compiler into the loops that call it. */
function cellOf(low: number, high: number, least: number, spare: number): number {
  const sign = high >> 31;
  const top = ((high ^ (sign >>> 1)) - least) | 0;
  return spare > 0 ? (top << spare) | ((low ^ sign) >>> (32 - spare)) : top >>> -spare;
}

function isSorted(values: Float64Array, start: number, end: number): boolean {
  for (let i = start + 1; i < end; i += 1) if (values[i]! < values[i - 1]!) return false;
  return true;
}

/** Below this length, TypedArray.sort is fastest. */
const NATIVE_BELOW = 64;
/** Up to this length, insertion is. */
const INSERTION_UP_TO = 24;

/** Sorts runs of numbers in place; keeps its scratch memory. */
export class NumberSorter {
  #moved = new Float64Array(0);
  #cells = new Uint16Array(0);
  readonly #ends = new Uint32Array(MAX_CELLS);

  /** Sorts `values[start, end)` ascending. No NaN; -0 and 0 stand in any order. */
  sort(values: Float64Array, start: number, end: number): void {
    const count = end - start;
    if (count < NATIVE_BELOW) {
      values.subarray(start, end).sort();
      return;
    }
    const bits = Math.min(14, 32 - Math.clz32(count - 1));
    const map = cellMap(values, start, end, bits);
    if (map === undefined) return;
    this.#distribute(values, { start, end, cells: 2 ** bits }, map);
    this.#sortCells(values, start, 2 ** bits);
  }

  #distribute(
    values: Float64Array,
    { start, end, cells }: { readonly start: number; readonly end: number; readonly cells: number },
    { least, spare }: CellMap,
  ): void {
    const count = end - start;
    if (this.#moved.length < count) {
      this.#moved = new Float64Array(count);
      this.#cells = new Uint16Array(count);
    }
    const [moved, cellsOf, ends] = [this.#moved, this.#cells, this.#ends.fill(0, 0, cells)];
    const words = wordsOf(values, start, end);
    for (let i = 0; i < count; i += 1) {
      const cell = cellOf(words[2 * i]!, words[2 * i + 1]!, least, spare);
      cellsOf[i] = cell;
      ends[cell]! += 1;
    }
    for (let cell = 0, next = 0; cell < cells; cell += 1) {
      const size = ends[cell]!;
      ends[cell] = next;
      next += size;
    }
    moved.set(values.subarray(start, end));
    for (let i = 0; i < count; i += 1) {
      const cell = cellsOf[i]!;
      const to = ends[cell]!;
      ends[cell] = to + 1;
      values[start + to] = moved[i]!;
    }
  }

  #sortCells(values: Float64Array, start: number, cells: number): void {
    let from = start;
    for (let cell = 0; cell < cells; cell += 1) {
      const to = start + this.#ends[cell]!;
      if (to - from > INSERTION_UP_TO) sortLong(values, from, to);
      else if (to - from > 1) insertAll(values, from, to);
      from = to;
    }
  }
}

function sortLong(values: Float64Array, start: number, end: number): void {
  if (!isSorted(values, start, end)) values.subarray(start, end).sort();
}

function insertAll(values: Float64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i += 1) {
    const value = values[i]!;
    let at = i;
    while (at > start && values[at - 1]! > value) {
      values[at] = values[at - 1]!;
      at -= 1;
    }
    values[at] = value;
  }
}
