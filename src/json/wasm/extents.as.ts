// Where bracketed values end, 64 bytes a step, by bit masks: the search of ingest/framing.ts without its verdicts.
// Called by json/extents.ts, on an instance of its own, for one piece of text after another; a value may go on in the next.
// What must stay true: an extent that is given is the one that framing.ts finds for a value that begins there; whatever it
// would stop at (a newline in a string, too many brackets, a line that may begin another record) ends the search here, and
// so does a byte outside of values that is no part of the space between records: a string, a closing bracket.

import { allocate } from "./memory.as";
import { equalMask, maskOf, parities, terminals } from "./structural-index.as";

const NONE: u32 = 0xffff_ffff;
const FIELD_BYTES: usize = 16;

let text: usize = 0;
/** Four u32 a value that ends in the piece: start, byte behind its end, newlines in it, byte behind the last of them; NONE: not in this piece. */
let found: usize = 0;

// The state between pieces.
let depth: u32 = 0;
let inString: u64 = 0;
let isEscaped: u64 = 0;
let newlines: u32 = 0;
/** Newlines outside of strings among the last 64 bytes; the highest bit is the last byte. */
let past: u64 = 0;

// Of the last piece.
let stoppedAt: u32 = 0;
let begun: u32 = NONE;
let behindLine: u32 = NONE;

/** Makes room for pieces of `size` bytes; where they are to be put, or 0 when the system gives no memory. Called once. */
export function reserveExtents(size: u32): usize {
  found = allocate((<usize>size / 2 + 1) * FIELD_BYTES);
  text = allocate(<usize>size + 64);
  return text;
}

/** Address of the extents that were found last. */
export function extentsAt(): usize { return found; }
/** How far the last piece was searched: its size, or where the search ended for good. */
export function searchedTo(): u32 { return stoppedAt; }
/** Where the value that is open at the end of the last piece begins; NONE: before it, or no value is open. */
export function openAt(): u32 { return begun; }
/** The byte behind the last newline in that value; NONE: not in this piece. */
export function openLineAt(): u32 { return behindLine; }

/** Begins anew, where a value begins. */
export function beginExtents(): void {
  depth = 0;
  inString = 0;
  isEscaped = 0;
  newlines = 0;
  past = 0;
}

/**
 * Searches a piece of `size` bytes; the number of extents. `lineShift`: 1 + the bytes before `{` on lines that may begin
 * another record, up to 63, or 0 when no line may.
 * One long loop: its state would otherwise go through memory at every block.
 */
export function findExtents(size: u32, maxDepth: u32, lineShift: u32): u32 {
  const start = text;
  const end = start + <usize>size;
  memory.fill(end, 0, 64);
  let out = found;
  let open = depth;
  let strings = inString;
  let escape = isEscaped;
  let lines = newlines;
  let before = past;
  begun = NONE;
  behindLine = NONE;
  stoppedAt = size;
  for (let block = start; block < end; block += 64) {
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    if (strings != 0 && escape == 0) {
      if (!v128.any_true(v128.or(v128.or(notable(a), notable(b)), v128.or(notable(c), notable(d))))) {
        before = 0;
        continue;
      }
    }
    const backslash = equalMask(a, b, c, d, i8x16.splat(0x5c));
    let quote = equalMask(a, b, c, d, i8x16.splat(0x22));
    // The last block may be a part of one: what its padding says of escapes and newlines is not carried over.
    const used = end - block;
    if ((backslash | escape) != 0) {
      const terminal = terminals(backslash, escape);
      const escaped = terminal ^ (backslash | escape);
      escape = used < 64 ? (escaped >> used) & 1 : (terminal & backslash) >> 63;
      quote &= ~escaped;
    }
    const inside = parities(quote) ^ strings;
    strings = <u64>(<i64>inside >> 63);
    const fold = i8x16.splat(0x20);
    const fa = v128.or(a, fold);
    const fb = v128.or(b, fold);
    const fc = v128.or(c, fold);
    const fd = v128.or(d, fold);
    const opening = equalMask(fa, fb, fc, fd, i8x16.splat(0x7b)) & ~inside;
    const closing = equalMask(fa, fb, fc, fd, i8x16.splat(0x7d)) & ~inside;
    const newline = equalMask(a, b, c, d, i8x16.splat(0x0a));
    const bad = (newline & inside) | (backslash & ~inside);
    const lineEnds = newline & ~inside;
    const mayBegin = lineShift == 0 ? 0 : opening & ((lineEnds << lineShift) | (before >> (64 - lineShift)));
    before = used < 64 ? (before >> used) | (lineEnds << (64 - used)) : lineEnds;
    let counted = lineEnds;
    if (bad == 0 && mayBegin == 0 && open != 0) {
      const down = <u32>popcnt(closing);
      const up = <u32>popcnt(opening);
      if (open > down && open + up <= maxDepth) {
        open = open + up - down;
        if (lineEnds != 0) {
          lines += <u32>popcnt(lineEnds);
          behindLine = <u32>(block - start) + 64 - <u32>clz(lineEnds);
        }
        continue;
      }
    }
    let bits = opening | closing | (quote & inside) | bad;
    while (bits != 0) {
      const bit: u64 = bits & -bits;
      const place = <u32>(block - start) + <u32>ctz(bits);
      bits ^= bit;
      if ((bit & opening) != 0) {
        if (open == maxDepth || (open != 0 && (bit & mayBegin) != 0 && load<u8>(start + place) == 0x7b)) {
          stoppedAt = place;
          break;
        }
        if (open == 0) {
          begun = place;
          behindLine = NONE;
          lines = 0;
          counted &= -bit;
        }
        open += 1;
      } else if ((bit & bad) != 0 || open == 0) {
        stoppedAt = place;
        break;
      } else if ((bit & closing) != 0) {
        open -= 1;
        if (open == 0) {
          const own = counted & (bit - 1);
          if (own != 0) {
            lines += <u32>popcnt(own);
            behindLine = <u32>(block - start) + 64 - <u32>clz(own);
          }
          store<u32>(out, begun);
          store<u32>(out, place + 1, 4);
          store<u32>(out, lines, 8);
          store<u32>(out, behindLine, 12);
          out += FIELD_BYTES;
          begun = NONE;
          behindLine = NONE;
        }
      }
    }
    if (stoppedAt != size) break;
    if (open != 0 && counted != 0) {
      lines += <u32>popcnt(counted);
      behindLine = <u32>(block - start) + 64 - <u32>clz(counted);
    }
  }
  depth = open;
  inString = strings;
  isEscaped = escape;
  newlines = lines;
  past = before;
  return <u32>((out - found) / FIELD_BYTES);
}

/** 0xff for what needs a look inside a string. */
// @ts-ignore: decorator
@inline
function notable(a: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(a, i8x16.splat(0x22)), i8x16.eq(a, i8x16.splat(0x5c))),
    i8x16.eq(a, i8x16.splat(0x0a)),
  );
}
