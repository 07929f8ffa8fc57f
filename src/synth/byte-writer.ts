// A growing buffer of output bytes with the few ways of writing that an export needs.
// Called by write-span, write-info, write-trace and export. What must stay true: everything written is ASCII.

import { escapeOuter } from "./json-escape.ts";

const SMALL_COPY = 32;
const BASE64 = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const HEX = new TextEncoder().encode("0123456789abcdef");
const ZERO = 0x30;
const EQUALS = 0x3d;

/**
 * Bytes of texts from fixed lists, as they are and as the inside of a JSON string, shared by all writers of one export.
 * It never forgets, so texts that differ from trace to trace must not go through it.
 */
export class TokenCache {
  private readonly plain = new Map<string, Uint8Array>();
  private readonly insides = new Map<string, Uint8Array>();
  private readonly encoder = new TextEncoder();

  /** The bytes of an ASCII text. */
  of(text: string): Uint8Array {
    let token = this.plain.get(text);
    if (token === undefined) {
      token = this.encoder.encode(text);
      this.plain.set(text, token);
    }
    return token;
  }

  /** The bytes of any text inside the quotes of a JSON string. */
  escaped(text: string): Uint8Array {
    let token = this.insides.get(text);
    if (token === undefined) {
      token = this.encoder.encode(escapeOuter(text));
      this.insides.set(text, token);
    }
    return token;
  }
}

/** Bytes [0, length) are written. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;
  private readonly tokens: TokenCache;

  constructor(tokens: TokenCache, capacity = 1 << 16) {
    this.tokens = tokens;
    this.bytes = new Uint8Array(capacity);
  }

  /** Forgets what was written; keeps the memory. */
  clear(): void {
    this.length = 0;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Appends source[start, end). */
  copy(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    if (count > SMALL_COPY) this.bytes.set(source.subarray(start, end), this.length);
    else for (let i = 0; i < count; i++) this.bytes[this.length + i] = source[start + i]!;
    this.length += count;
  }

  /** Appends everything that another writer holds. */
  append(other: ByteWriter): void {
    this.copy(other.bytes, 0, other.length);
  }

  /** Appends an ASCII text from a fixed list (its bytes are kept for next time). */
  token(text: string): void {
    const token = this.tokens.of(text);
    this.copy(token, 0, token.length);
  }

  /** Appends the inside of the JSON string of a text from a fixed list. */
  escaped(text: string): void {
    const token = this.tokens.escaped(text);
    this.copy(token, 0, token.length);
  }

  /** Appends an ASCII text of any kind. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length + i] = text.charCodeAt(i);
    this.length += text.length;
  }

  /** Appends a whole number >= 0 in decimal, padded with zeros to `width` digits. */
  digits(value: number, width = 1): void {
    let count = width;
    for (let limit = 10 ** width; value >= limit; limit *= 10) count++;
    this.reserve(count);
    let rest = value;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const next = Math.floor(rest / 10);
      this.bytes[at] = ZERO + (rest - next * 10);
      rest = next;
    }
    this.length += count;
  }

  /** Appends 32-bit words as lower hex, 8 digits each. */
  hex(words: readonly number[]): void {
    this.reserve(words.length * 8);
    for (const word of words) {
      for (let shift = 28; shift >= 0; shift -= 4) this.bytes[this.length++] = HEX[(word >>> shift) & 15]!;
    }
  }

  /** Appends 32-bit words (big-endian) as base64 with padding: two words give 12 characters, four give 24. */
  base64(words: readonly number[]): void {
    const count = words.length * 4;
    this.reserve(Math.ceil(count / 3) * 4);
    const byteAt = (at: number) => (at < count ? (words[at >> 2]! >>> (24 - 8 * (at & 3))) & 255 : 0);
    for (let at = 0; at < count; at += 3) {
      const group = (byteAt(at) << 16) | (byteAt(at + 1) << 8) | byteAt(at + 2);
      this.bytes[this.length++] = BASE64[group >> 18]!;
      this.bytes[this.length++] = BASE64[(group >> 12) & 63]!;
      this.bytes[this.length++] = at + 1 < count ? BASE64[(group >> 6) & 63]! : EQUALS;
      this.bytes[this.length++] = at + 2 < count ? BASE64[group & 63]! : EQUALS;
    }
  }
}
