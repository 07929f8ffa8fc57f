// A source whose first bytes were read ahead, to know whether it is small.
// Called by load.ts for streams, whose size nobody knows. What must stay true: whoever reads the source gets the same
// chunks and the same error at the same place as without; it is read once.

import { copyOf } from "../base/bytes.ts";
import type { Source, SourceChunk } from "./byte-source.ts";

/** A source that was looked into. */
export interface HeadedSource {
  readonly source: Source;
  /** True when the source ended, or failed, within its first bytes. */
  readonly isWhole: boolean;
}

/** Reads at most about `headBytes` bytes of `source`, and gives a source that begins with them. */
export async function headed(source: Source, headBytes: number): Promise<HeadedSource> {
  const iterator = source.chunks()[Symbol.asyncIterator]();
  const head: SourceChunk[] = [];
  let ending: (() => void) | undefined;
  for (let length = 0; length < headBytes && ending === undefined; ) {
    try {
      const next = await iterator.next();
      if (next.done) {
        ending = () => undefined;
        break;
      }
      // The chunk's memory is written again when the next one is asked for.
      head.push({ bytes: copyOf(next.value.bytes), offset: next.value.offset });
      length += next.value.bytes.length;
    } catch (error) {
      ending = () => {
        throw error;
      };
    }
  }
  async function* chunks(): AsyncGenerator<SourceChunk, void, undefined> {
    try {
      for (let chunk = head.shift(); chunk !== undefined; chunk = head.shift()) yield chunk;
      if (ending !== undefined) return ending();
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return {
    isWhole: ending !== undefined,
    source: {
      get info() {
        return source.info;
      },
      get consumedBytes() {
        return source.consumedBytes;
      },
      chunks,
    },
  };
}
