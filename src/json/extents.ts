// Where bracketed values end in a stream of text, by WebAssembly SIMD: many at once, ahead of who asks for them.
// Called by ingest's value-ends.ts, one finder a source, which asks for one value after another and has the slow search of
// framing.ts for what is declined here.
// What must stay true: an end that is given is the one that the slow search finds; what was found ahead is forgotten when
// a value is asked for that begins elsewhere; a search is never longer than what was asked for before deserves.

import { type SimdExports, simdInstance } from "./simd.ts";

/** Bytes searched at once: a piece and what is found in it stay in the processor's cache. */
const PIECE_BYTES = 2 ** 18;
/** Bytes searched at first, and after a value that begins where none was found. */
const FIRST_BYTES = 2 ** 10;
/** Each search is so many times longer than the one before, up to a piece. */
const GROWTH = 4;
/** The most columns before `{` that the masks of a block can tell. */
const MOST_INDENT = 62;
const NONE = 0xffff_ffff;
const FIELDS = 4;

/** Bytes of a stream: `bytes[0]` is at offset `base`, and `end` is behind the last of them. */
export interface StreamText {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly end: number;
}

/** What a search came to: found; more text is needed; the slow search must look at this value. */
export type ExtentSearch = "found" | "open" | "declined";

/** How to search. */
export interface ExtentOptions {
  /** Most bytes of a value. */
  readonly record: number;
  /** Most brackets within each other. */
  readonly depth: number;
}

/** An instance of the module and its memory's views. */
interface Searcher {
  readonly exports: SimdExports;
  readonly piece: Uint8Array;
  readonly found: Uint32Array;
}

/** One that no finder has: many small sources shall not make as many instances. */
let idle: Searcher | undefined;

function newSearcher(): Searcher | undefined {
  const exports = simdInstance();
  const room = exports === undefined ? 0 : exports.reserveExtents(PIECE_BYTES) >>> 0;
  if (exports === undefined || room === 0) return undefined;
  const { buffer } = exports.memory;
  const found = new Uint32Array(buffer, exports.extentsAt() >>> 0, (PIECE_BYTES / 2) * FIELDS);
  return { exports, piece: new Uint8Array(buffer, room, PIECE_BYTES), found };
}

/** A new finder; undefined where WebAssembly or its SIMD is missing, or memory is short. */
export function extentFinder(options: ExtentOptions): ExtentFinder | undefined {
  const searcher = idle ?? newSearcher();
  idle = undefined;
  return searcher && new ExtentFinder(searcher, options);
}

/** See the file's header. Offsets are offsets in the stream. */
export class ExtentFinder {
  /** Of the value that was found last: offset behind it. */
  end = 0;
  /** Newlines in it. */
  newlines = 0;
  /** Offset behind the last of them; only where there are some. */
  lineStart = 0;
  readonly #searcher: Searcher;
  readonly #options: ExtentOptions;
  readonly #found: Uint32Array;
  /** Extents in `#found`, and the first that was not asked for. */
  #count = 0;
  #next = 0;
  /** Offset of the piece that they stand in. */
  #base = 0;
  /** Of the value that was open before that piece: its offset, and the one behind its last newline. */
  #carried = 0;
  #carriedLine = 0;
  /** Of the value that is open behind it; -1: none is. */
  #open = -1;
  #openLine = 0;
  /** Whether the search ended for good in that value. */
  #isDeclined = false;
  #searchedTo = 0;
  #length = FIRST_BYTES;
  #lineShift = 0;

  constructor(searcher: Searcher, options: ExtentOptions) {
    this.#searcher = searcher;
    this.#found = searcher.found;
    this.#options = options;
  }

  /** Lets go of the instance; the finder is not used again. */
  close(): void {
    idle = this.#searcher;
  }

  /**
   * A value is declined when a line of it begins with `{` behind so many bytes; undefined: no line ends a value. False when
   * that cannot be told here.
   */
  watchLines(indent: number | undefined): boolean {
    const lineShift = indent === undefined ? 0 : indent + 1;
    if (lineShift > MOST_INDENT + 1) return false;
    if (lineShift !== this.#lineShift) this.#restart(this.#searchedTo);
    this.#lineShift = lineShift;
    return true;
  }

  /** Finds the end of the value whose bracket is at offset `at`. `text` holds the stream from there on, or from where an "open" search of it ended. */
  find(at: number, text: StreamText): ExtentSearch {
    for (let restarts = 0; ; ) {
      while (this.#next < this.#count) {
        const start = this.#startOf(this.#next);
        if (start > at) break;
        this.#next += 1;
        if (start === at) return this.#take(at);
      }
      if (this.#next < this.#count || this.#open !== at) {
        if (restarts++ > 0) return "declined";
        this.#restart(at);
      }
      if (this.#isDeclined || this.#searchedTo - at > this.#options.record) return "declined";
      if (this.#searchedTo >= text.base + text.end) return "open";
      this.#search(text);
    }
  }

  #startOf(extent: number): number {
    const start = this.#found[extent * FIELDS]!;
    return start === NONE ? this.#carried : this.#base + start;
  }

  /** Takes the extent before `#next`, of the value at offset `at`. */
  #take(at: number): ExtentSearch {
    const found = this.#found;
    const fields = (this.#next - 1) * FIELDS;
    this.end = this.#base + found[fields + 1]!;
    this.newlines = found[fields + 2]!;
    const line = found[fields + 3]!;
    this.lineStart = line === NONE ? this.#carriedLine : this.#base + line;
    return this.end - at > this.#options.record ? "declined" : "found";
  }

  #restart(at: number): void {
    this.#searcher.exports.beginExtents();
    this.#count = 0;
    this.#next = 0;
    this.#open = at;
    this.#isDeclined = false;
    this.#searchedTo = at;
    this.#length = FIRST_BYTES;
  }

  /** Searches the next piece of `text`. */
  #search({ bytes, base, end }: StreamText): void {
    const from = this.#searchedTo - base;
    const size = Math.min(this.#length, end - from);
    this.#length = Math.min(this.#length * GROWTH, PIECE_BYTES);
    const { exports, piece } = this.#searcher;
    piece.set(bytes.subarray(from, from + size));
    this.#base = this.#searchedTo;
    this.#carried = this.#open;
    this.#carriedLine = this.#openLine;
    this.#next = 0;
    this.#count = exports.findExtents(size, this.#options.depth, this.#lineShift);
    const searched = exports.searchedTo() >>> 0;
    const open = exports.openAt() >>> 0;
    const line = exports.openLineAt() >>> 0;
    if (open !== NONE) this.#open = this.#base + open;
    else if (this.#count > 0) this.#open = -1;
    if (line !== NONE) this.#openLine = this.#base + line;
    this.#isDeclined = searched < size && this.#open >= 0;
    this.#searchedTo += searched;
  }
}
