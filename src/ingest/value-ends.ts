// Ends of bracketed values in a window: by WebAssembly once a source is worth its start, else by the slow search.
// Called by array-records.ts and document-records.ts for values that begin at the window's position.
// What must stay true: what `findEnd` of framing.ts says of a value is what is said here, whichever search found it; of
// the next chunk no more is appended to a value that straddles two than its own bytes.

import type { Limits } from "../base/limits.ts";
import { type ExtentFinder, extentFinder } from "../json/extents.ts";
import type { SourceChunk } from "./byte-source.ts";
import type { ByteWindow } from "./byte-window.ts";
import { type Extent, findEnd, type LineBrace, type LineCount } from "./framing.ts";

/** Bytes of a source after which the fast search is worth its start, a few milliseconds. */
const FAST_FROM_BYTES = 2 ** 18;

/** How a source is read. */
export interface ReadingOptions extends Pick<Limits, "record" | "depth"> {
  /** Bytes of a source that the slow search reads before the fast one is started; some when absent. */
  readonly slowBytes?: number;
}

/** See the file's header. */
export class ValueEnds {
  readonly #options: ReadingOptions;
  #finder: ExtentFinder | "none" | undefined;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  /**
   * Index behind the value whose bracket is at the position, or -1 when the end is not at hand, or not to be told quickly.
   * Counts the value's lines when there is an end. `indent`: the column of a LineBrace; undefined: there is none.
   */
  atHand(window: ByteWindow, lines: LineCount, indent?: number): number {
    const finder = this.#fast(window);
    if (!finder?.watchLines(indent) || finder.find(window.offset, window) !== "found") return -1;
    countLines(finder, lines);
    return finder.end - window.base;
  }

  /** As `findEnd`, for a value that begins at `window.keep`, which is the position. */
  async find(window: ByteWindow, lines: LineCount, lineBrace?: LineBrace): Promise<Extent> {
    const finder = this.#fast(window);
    if (finder?.watchLines(lineBrace?.column)) {
      const at = window.base + window.keep;
      let search = finder.find(at, window);
      const lookAhead = ({ bytes, offset }: SourceChunk): number => {
        search = finder.find(at, { bytes, base: offset, end: bytes.length });
        return search === "found" ? finder.end - offset : bytes.length;
      };
      while (search === "open") if (!(await window.more(lookAhead))) break;
      if (search === "found") {
        countLines(finder, lines);
        window.position = finder.end - window.base;
        return "complete";
      }
    }
    return findEnd(window, lines, { limits: this.#options, depth: 0, ...(lineBrace && { lineBrace }) });
  }

  /** Lets go of the fast search. */
  close(): void {
    if (this.#finder !== "none") this.#finder?.close();
    this.#finder = "none";
  }

  #fast(window: ByteWindow): ExtentFinder | undefined {
    const { slowBytes = FAST_FROM_BYTES } = this.#options;
    if (this.#finder === undefined && window.offset >= slowBytes) this.#finder = extentFinder(this.#options) ?? "none";
    return this.#finder === "none" ? undefined : this.#finder;
  }
}

function countLines({ newlines, lineStart }: ExtentFinder, lines: LineCount): void {
  lines.line += newlines;
  if (newlines > 0) lines.lineStart = lineStart;
}
