// Zstandard (RFC 8878), frame by frame and block by block: headers, limits, lengths and checksums here, the blocks by fzstd.
// Called by decompress.ts. What must stay true: a frame's window is judged before anything is allocated for it; a block
// reaches fzstd only when it is whole; content size and checksum are compared, which fzstd does not do. It is loaded with the
// first frame.

import { EngineError } from "../base/errors.ts";
import type { ByteWindow } from "./byte-window.ts";
import { Xxh64 } from "./xxh64.ts";

/** Windows up to this size are opened, as by the zstd command line without --long. */
const WINDOW_LIMIT = 128 * 2 ** 20;
const BLOCK_LIMIT = 128 * 1024;
const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SMALLEST_WINDOW_LOG = 10;

interface FrameHeader {
  readonly windowBytes: number;
  readonly contentBytes: number | undefined;
  readonly hasChecksum: boolean;
}

/** Decodes all frames in `raw`. Throws E_TRUNCATED, E_COMPRESSED_CORRUPT, E_UNSUPPORTED (dictionary, window). */
export async function* unzstd(raw: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  while (await raw.need(1)) {
    if (!(await raw.need(4)) && isCutMagic(raw)) throw truncated();
    if (raw.end - raw.position < 4) throw garbage(raw.offset);
    const magic = await readNumber(raw, 4);
    if (magic === FRAME_MAGIC) yield* readFrame(raw);
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) await skip(raw, await readNumber(raw, 4));
    else throw garbage(raw.offset - 4);
  }
}

async function* readFrame(raw: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  const header = await readFrameHeader(raw);
  const { Decompress } = await import("fzstd");
  const checksum = new Xxh64();
  const decoded: Uint8Array[] = [];
  const decoder = new Decompress((bytes) => decoded.push(bytes));
  const reach = Math.min(header.windowBytes, header.contentBytes ?? header.windowBytes);
  let pending: Uint8Array | undefined = plainHeader(reach);
  let length = 0;
  for (let isLast = false; !isLast; ) {
    const block = await readBlock(raw, Math.min(BLOCK_LIMIT, Math.max(header.windowBytes, 1)));
    isLast = block.isLast;
    decoded.length = 0;
    // The header goes with the first block; a copy, because fzstd may hold it back.
    const bytes: Uint8Array = pending === undefined ? block.bytes : Buffer.concat([pending, block.bytes]);
    pending = undefined;
    try {
      decoder.push(bytes, isLast);
    } catch (cause) {
      throw new EngineError("E_COMPRESSED_CORRUPT", "zstd data that cannot be decoded", { cause });
    }
    for (const output of decoded) {
      length += output.length;
      if (header.hasChecksum) checksum.update(output);
      if (output.length > 0) yield output;
    }
  }
  if (header.contentBytes !== undefined && header.contentBytes !== length) throw corrupt("a wrong length of zstd data");
  if (header.hasChecksum && (await readNumber(raw, 4)) !== checksum.digestLow()) {
    throw corrupt("a wrong checksum of zstd data");
  }
}

/** RFC 8878, section 3.1.1.1. */
async function readFrameHeader(raw: ByteWindow): Promise<FrameHeader> {
  const descriptor = await readNumber(raw, 1);
  if ((descriptor & 8) !== 0) throw corrupt("a zstd frame header of an unknown kind");
  const isSingleSegment = (descriptor & 32) !== 0;
  const windowDescriptor = isSingleSegment ? undefined : await readNumber(raw, 1);
  const dictionary = await readNumber(raw, [0, 1, 2, 4][descriptor & 3] ?? 0);
  const contentFlag = descriptor >> 6;
  const contentWidth = contentFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << contentFlag;
  const contentValue = (await readNumber(raw, contentWidth)) + (contentWidth === 2 ? 256 : 0);
  if (dictionary !== 0) {
    const message = `zstd data that needs a dictionary (id ${dictionary}); decompress it with the dictionary first`;
    throw new EngineError("E_UNSUPPORTED", message);
  }
  const windowBytes = windowDescriptor === undefined ? contentValue : windowSize(windowDescriptor);
  if (windowBytes > WINDOW_LIMIT) {
    const message = `zstd data with a window of ${windowBytes} bytes, over the window limit of 128 MiB; decompress it first`;
    throw new EngineError("E_UNSUPPORTED", message);
  }
  const contentBytes = contentWidth === 0 ? undefined : contentValue;
  return { windowBytes, contentBytes, hasChecksum: (descriptor & 4) !== 0 };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (SMALLEST_WINDOW_LOG + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** A frame header for fzstd: window alone, so that it allocates no more than was judged and leaves checks to us. */
function plainHeader(windowBytes: number): Uint8Array {
  let descriptor = 0;
  while (windowSize(descriptor) < windowBytes) descriptor++;
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, descriptor);
}

/** A whole block with its header. RFC 8878, section 3.1.1.2. */
async function readBlock(raw: ByteWindow, largest: number): Promise<{ bytes: Uint8Array; isLast: boolean }> {
  if (!(await raw.need(3))) throw truncated();
  const header = littleEndian(raw.bytes, raw.position, 3);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === 3 || size > (type === 2 ? BLOCK_LIMIT : largest))
    throw corrupt("a zstd block of an unknown kind or size");
  const length = 3 + (type === 1 ? 1 : size);
  if (!(await raw.need(length))) throw truncated();
  const bytes = raw.bytes.subarray(raw.position, raw.position + length);
  raw.position += length;
  return { bytes, isLast: (header & 1) === 1 };
}

async function readNumber(raw: ByteWindow, width: number): Promise<number> {
  if (!(await raw.need(width))) throw truncated();
  const value = littleEndian(raw.bytes, raw.position, width);
  raw.position += width;
  return value;
}

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

async function skip(raw: ByteWindow, count: number): Promise<void> {
  for (let left = count; left > 0; ) {
    if (!(await raw.need(1))) throw truncated();
    const step = Math.min(left, raw.end - raw.position);
    raw.position += step;
    left -= step;
  }
}

/** True when the last bytes of the input, fewer than four, may begin another frame. */
function isCutMagic(raw: ByteWindow): boolean {
  const first = raw.bytes[raw.position] ?? 0;
  return first === (FRAME_MAGIC & 0xff) || (first & 0xf0) === (SKIPPABLE_MAGIC & 0xff);
}

function garbage(offset: number): EngineError {
  return corrupt(`garbage after a zstd frame, at byte ${offset} of the compressed data`);
}

function truncated(): EngineError {
  return new EngineError("E_TRUNCATED", "the compressed data ends early: zstd data that is cut");
}

function corrupt(message: string): EngineError {
  return new EngineError("E_COMPRESSED_CORRUPT", message);
}
