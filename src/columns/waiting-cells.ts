// Cells of keyed columns that wait to be set, many at once: words in memory that somebody else lends.
// Made by ingest/walk-keyed.ts over the memory of json/wasm/keyed.as.ts, which writes them; taken by KeyedBuilder.setCells().
// What must stay true: rows ascend; texts stand in `bytes` in the order of their cells; a hash is that of byte-hash.ts.

/** Words of a cell: ROW, KEY, VALUE, START, LENGTH, HASH. */
export const CELL_WORDS = 6;
/** Word of a cell: its row. */
export const ROW = 0;
/** Word of a cell: the code of its key. */
export const KEY = 1;
/** Word of a cell: the code of its value; TEXT_VALUE where the text is given instead; another negative number for no cell. */
export const VALUE = 2;
/** Word of a cell with TEXT_VALUE: where its text begins in `bytes`. */
export const START = 3;
/** Word of a cell with TEXT_VALUE: bytes of its text. */
export const LENGTH = 4;
/** Word of a cell with TEXT_VALUE: hash of its text. */
export const HASH = 5;

/** In place of the code of a value: the text itself, decoded. */
export const TEXT_VALUE = -4;

/** See the file's header. The cells are overwritten by who takes them. */
export interface WaitingCells {
  readonly words: Int32Array;
  /** Index of the first word, and of the one behind the last. */
  readonly start: number;
  readonly end: number;
  /** What the texts stand in; so many of them at most, of so many bytes in all. */
  readonly bytes: Uint8Array;
  readonly texts: number;
  readonly textBytes: number;
}
