// gzip (RFC 1952), member by member: the headers, checksums and lengths here, the deflate stream by node:zlib.
// Called by decompress.ts. node:zlib's own gunzip is not used: it drops what it had decoded when a fault follows in the
// same chunk, and ignores data behind zero padding.
// What must stay true: what could be decoded is given before a fault is thrown; at most one piece's output is in memory.

import { crc32, createInflateRaw } from "node:zlib";
import { EngineError } from "../base/errors.ts";
import type { ByteWindow } from "./byte-window.ts";

/** Compressed bytes given to zlib at a time; bounds what a bomb can make of them before the expansion limit is checked. */
const PIECE_BYTES = 64 * 1024;
/** Output of a step of zlib, and what it is where few bytes are at hand: short members are many, and each has its own memory. */
const OUTPUT_BYTES = 256 * 1024;
const LEAST_OUTPUT_BYTES = 16 * 1024;
/** JSON is seldom packed closer. */
const OUTPUT_OF_A_BYTE = 8;
const LONGEST_HEADER = 2 ** 20;
const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const RESERVED_FLAGS = 0xe0;

/** Decodes all members in `raw`, whose first bytes are 1f 8b. Throws E_TRUNCATED and E_COMPRESSED_CORRUPT. */
export async function* gunzip(raw: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  for (let member = 0; await raw.need(1); member++) {
    const first = raw.bytes[raw.position];
    if (member > 0 && first === 0) {
      await passOverPadding(raw);
      return;
    }
    if (member > 0 && (first !== 0x1f || ((await raw.need(2)) && raw.bytes[raw.position + 1] !== 0x8b))) {
      throw corrupt(`garbage after a gzip member, at byte ${raw.offset} of the compressed data`);
    }
    await readHeader(raw);
    yield* readMember(raw);
  }
}

async function* readMember(raw: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0;
  let length = 0;
  for await (const bytes of inflate(raw)) {
    checksum = crc32(bytes, checksum);
    length += bytes.length;
    yield bytes;
  }
  if (!(await raw.need(8))) throw truncated();
  const trailer = Buffer.from(raw.bytes.buffer, raw.bytes.byteOffset + raw.position, 8);
  if (trailer.readUInt32LE(0) !== checksum) throw corrupt("a wrong checksum of gzip data");
  if (trailer.readUInt32LE(4) !== length % 2 ** 32) throw corrupt("a wrong length of gzip data");
  raw.position += 8;
}

/** Moves past a member's header. */
async function readHeader(raw: ByteWindow): Promise<void> {
  raw.keep = raw.position;
  await headerBytes(raw, 10);
  const method = raw.bytes[raw.keep + 2];
  const flags = raw.bytes[raw.keep + 3] ?? 0;
  if (method !== 8 || (flags & RESERVED_FLAGS) !== 0) throw corrupt("a gzip header of an unknown kind");
  if ((flags & FLAG_EXTRA) !== 0) {
    const at = await headerBytes(raw, 2);
    await headerBytes(raw, (raw.bytes[at] ?? 0) | ((raw.bytes[at + 1] ?? 0) << 8));
  }
  if ((flags & FLAG_NAME) !== 0) await headerText(raw);
  if ((flags & FLAG_COMMENT) !== 0) await headerText(raw);
  if ((flags & FLAG_HEADER_CRC) !== 0) {
    const expected = crc32(raw.bytes.subarray(raw.keep, raw.position)) & 0xffff;
    const at = await headerBytes(raw, 2);
    if (((raw.bytes[at] ?? 0) | ((raw.bytes[at + 1] ?? 0) << 8)) !== expected) {
      throw corrupt("a wrong checksum of a gzip header");
    }
  }
  raw.keep = -1;
}

/** Moves past `count` bytes of a header and returns the index of the first of them. */
async function headerBytes(raw: ByteWindow, count: number): Promise<number> {
  if (!(await raw.need(count))) throw truncated();
  const at = raw.position;
  raw.position += count;
  return at;
}

/** Moves past a text that ends with a zero byte. */
async function headerText(raw: ByteWindow): Promise<void> {
  for (;;) {
    const at = await headerBytes(raw, 1);
    if (raw.bytes[at] === 0) return;
    if (at - raw.keep > LONGEST_HEADER) throw corrupt("a gzip header without end");
  }
}

/** Decodes one deflate stream; the position is then after its last byte. */
async function* inflate(raw: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  const likely = OUTPUT_OF_A_BYTE * (raw.end - raw.position);
  const stream = createInflateRaw({ chunkSize: Math.min(OUTPUT_BYTES, Math.max(LEAST_OUTPUT_BYTES, likely)) });
  let wake = (): void => {};
  let failure: Error | undefined;
  let isWritten = false;
  stream.on("readable", () => wake());
  stream.on("end", () => wake());
  stream.on("error", (error) => {
    failure = error;
    wake();
  });
  try {
    for (;;) {
      if (!(await raw.need(1))) throw truncated();
      const piece = raw.bytes.subarray(raw.position, Math.min(raw.end, raw.position + PIECE_BYTES));
      const before = stream.bytesWritten;
      raw.position += piece.length;
      isWritten = false;
      stream.write(piece, () => {
        isWritten = true;
        wake();
      });
      for (;;) {
        const bytes: Uint8Array | null = stream.read();
        if (bytes !== null) yield bytes;
        else if (failure !== undefined) throw corrupt(`gzip data that cannot be decoded (${failure.message})`);
        else if (isWritten) break;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
      const unused = piece.length - (stream.bytesWritten - before);
      raw.position -= unused;
      if (unused > 0) return;
    }
  } finally {
    stream.destroy();
  }
}

/** Zero bytes may follow the last member (tapes and block devices pad so); anything behind them is refused. */
async function passOverPadding(raw: ByteWindow): Promise<void> {
  do {
    const rest = raw.bytes.subarray(raw.position, raw.end);
    const other = rest.findIndex((byte) => byte !== 0);
    if (other >= 0) {
      throw corrupt(`data after the padding of gzip data, at byte ${raw.offset + other} of the compressed data`);
    }
    raw.position = raw.end;
  } while (await raw.more());
}

function truncated(): EngineError {
  return new EngineError("E_TRUNCATED", "the compressed data ends early: gzip data that is cut");
}

function corrupt(message: string): EngineError {
  return new EngineError("E_COMPRESSED_CORRUPT", message);
}
