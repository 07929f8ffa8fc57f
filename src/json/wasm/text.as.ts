// Text of JSON strings: escapes to UTF-8, as json/text.ts does it; and documents inside strings.
// Called by the steps. What must stay true: the texts were validated by the structural index; a lone surrogate becomes
// its three bytes.

import { allocate, END, swapTapes, tape } from "./memory.as";
import { buildIndex } from "./structural-index.as";
import { buildTape } from "./tape.as";

/** Longest text that is opened as a document. */
const INNER_ROOM: u32 = 1 << 16;

let inner: usize = 0;

// @ts-ignore: decorator
@inline
function hexValue(byte: u32): u32 {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
}

// @ts-ignore: decorator
@inline
function hexUnit(at: usize): u32 {
  return (
    (hexValue(load<u8>(at)) << 12) | (hexValue(load<u8>(at, 1)) << 8) | (hexValue(load<u8>(at, 2)) << 4) | hexValue(load<u8>(at, 3))
  );
}

function encode(codePoint: u32, out: usize): usize {
  if (codePoint < 0x80) {
    store<u8>(out, codePoint);
    return out + 1;
  }
  if (codePoint < 0x800) {
    store<u8>(out, 0xc0 | (codePoint >> 6));
    store<u8>(out, 0x80 | (codePoint & 0x3f), 1);
    return out + 2;
  }
  if (codePoint < 0x10000) {
    store<u8>(out, 0xe0 | (codePoint >> 12));
    store<u8>(out, 0x80 | ((codePoint >> 6) & 0x3f), 1);
    store<u8>(out, 0x80 | (codePoint & 0x3f), 2);
    return out + 3;
  }
  store<u8>(out, 0xf0 | (codePoint >> 18));
  store<u8>(out, 0x80 | ((codePoint >> 12) & 0x3f), 1);
  store<u8>(out, 0x80 | ((codePoint >> 6) & 0x3f), 2);
  store<u8>(out, 0x80 | (codePoint & 0x3f), 3);
  return out + 4;
}

/** Writes the text of `[at, end)`, the inside of a string, to `out`, and gives the byte behind it; OVERSHOOT bytes more are overwritten. */
export function unescape(at: usize, end: usize, out: usize): usize {
  while (at < end) {
    const bytes = v128.load(at);
    v128.store(out, bytes);
    const slashes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0x5c)));
    const plain = slashes == 0 ? 16 : ctz(slashes);
    at += plain;
    out += plain;
    if (at >= end) return out - (at - end);
    if (slashes == 0) continue;
    const mark = load<u8>(at, 1);
    if (mark != 0x75) {
      let meaning = mark;
      if (mark == 0x6e) meaning = 0x0a;
      else if (mark == 0x74) meaning = 0x09;
      else if (mark == 0x72) meaning = 0x0d;
      else if (mark == 0x62) meaning = 0x08;
      else if (mark == 0x66) meaning = 0x0c;
      store<u8>(out, meaning);
      out += 1;
      at += 2;
      continue;
    }
    let unit = hexUnit(at + 2);
    at += 6;
    if (unit - 0xd800 < 0x400 && at + 6 <= end && load<u16>(at) == 0x755c) {
      const low = hexUnit(at + 2);
      if (low - 0xdc00 < 0x400) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    out = encode(unit, out);
  }
  return out;
}

/** First byte of the document opened last: positions on its tape count from there. */
export function innerText(): usize {
  return inner;
}

/**
 * Opens the text of the string `node` as a document: the tapes are swapped when this is true, and swapTapes() ends it.
 * False: it is no JSON, or too long, or anything else that the interpreter must look at. The index of the record is
 * overwritten.
 */
export function openInner(doc: usize, node: i32, maxDepth: u32): bool {
  const start = doc + <usize>load<u32>(tape + node) + 1;
  const end = doc + <usize>load<u32>(tape + node, END) - 1;
  if (end - start > INNER_ROOM) return false;
  if (inner == 0) inner = allocate(INNER_ROOM + 128);
  if (inner == 0) return false;
  const behind = unescape(start, end, inner);
  memory.fill(behind, 0, 64);
  if (!buildIndex(inner, behind, false)) return false;
  swapTapes();
  if (buildTape(inner, behind, 0, maxDepth) != 0) return true;
  swapTapes();
  return false;
}
