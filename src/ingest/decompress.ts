// Opens one layer of compression: raw chunks -> decoded chunks, gzip or zstd found by content, or the bytes as they are.
// Called by sources.ts for every kind of source.
// What must stay true: whatever could be decoded before a fault is given before the fault is thrown; a bomb stops early.

import { EngineError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { SourceChunk, SourceInfo } from "./byte-source.ts";
import { ByteWindow } from "./byte-window.ts";
import { gunzip } from "./gunzip.ts";
import { sniffContainer } from "./sniff.ts";
import { unzstd } from "./zstd.ts";

/** Output up to here is given whatever its ratio: small exports may be very repetitive, and a bomb this small does no harm. */
const FREE_BYTES = 64 * 2 ** 20;
const SIGNATURE_BYTES = 6;
const LONGEST_KEPT = 2 ** 20;
const DECODERS = { gzip: gunzip, zstd: unzstd } as const;

/** How to open a source's raw bytes. */
export interface DecodeOptions {
  /** Most decoded bytes for one raw byte, past the first 64 MiB. */
  readonly expansion: number;
  /** Told once, before the first chunk, what the bytes are. */
  readonly onCompression?: (compression: SourceInfo["compression"]) => void;
}

/** The decoded bytes of `raw`, whose chunks may be overwritten when the next one is asked for. */
export async function* decode(
  raw: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncGenerator<SourceChunk, void, undefined> {
  const window = new ByteWindow(withOffsets(raw), LONGEST_KEPT);
  try {
    await window.need(SIGNATURE_BYTES);
    const compression = sniffContainer(window.bytes.subarray(window.position, window.end))?.compression ?? "none";
    options.onCompression?.(compression);
    if (compression === "none") yield* remaining(window);
    else yield* expand(window, compression, options.expansion);
  } finally {
    await window.close();
  }
}

async function* withOffsets(raw: AsyncIterable<Uint8Array>): AsyncGenerator<SourceChunk, void, undefined> {
  let offset = 0;
  for await (const bytes of raw) {
    yield { bytes, offset };
    offset += bytes.length;
  }
}

async function* remaining(window: ByteWindow): AsyncGenerator<SourceChunk, void, undefined> {
  while (window.position < window.end || (await window.more())) {
    const chunk = { bytes: window.bytes.subarray(window.position, window.end), offset: window.offset };
    window.position = window.end;
    yield chunk;
  }
}

async function* expand(
  window: ByteWindow,
  compression: "gzip" | "zstd",
  limit: number,
): AsyncGenerator<SourceChunk, void, undefined> {
  let offset = 0;
  for await (const bytes of DECODERS[compression](window)) {
    if (offset + bytes.length > FREE_BYTES && offset + bytes.length > limit * window.offset) {
      const message = `${compression} data that expands more than ${limit}:1 (the limit of ${LIMITS.expansion.flag})`;
      throw new EngineError("E_DECOMPRESS_LIMIT", message);
    }
    yield { bytes, offset };
    offset += bytes.length;
  }
}
