// What a text by row is: codes of a dictionary, or bytes.
// Made by texts.ts and lift.ts, read by everything in exec/ that looks at texts. What must stay true: within one source
// equal codes are equal texts and different codes different texts.

import type { BlockStats } from "../columns/column.ts";
import type { LikeNeedle } from "../kernels/like.ts";
import type { TextMatcher, TextValues } from "../kernels/text.ts";
import type { Batch } from "./batch.ts";

/** Distinct texts by code. */
export interface TextDictionary {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  /** The text of a code in [0, size). */
  text(code: number): string;
}

/** Texts as codes; -1 where null. Arrays hold until the source is asked again, and may be a column's own. */
export interface CodeSource {
  readonly kind: "codes";
  readonly dictionary: TextDictionary;
  codes(batch: Batch): Int32Array;
  /** Whether the codes are a column's own memory, so that those of unwanted rows cost nothing. */
  readonly stable?: boolean;
  /** Bounds of the codes of a block, and at least as many nulls as it has; where they are known. */
  stats?(block: number): BlockStats | undefined;
}

/** Texts as bytes by row. */
export interface ByteSource {
  readonly kind: "bytes";
  texts(batch: Batch): TextValues;
  /**
   * Writes the truth of a matcher for each row of a batch, one text after the other, where texts are read from payload.
   * `needle`: what every matching text holds, if there is such.
   */
  scan?(
    what: { readonly matcher: TextMatcher; readonly needle: LikeNeedle | undefined },
    batch: Batch,
    out: Uint8Array,
  ): void;
}

/** A text a row. */
export type TextSource = CodeSource | ByteSource;
