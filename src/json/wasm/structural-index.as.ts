// Stage one of scanning: where the quotes and brackets outside of strings stand, 64 bytes a step, by bit masks.
// Method: Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019), section 3.1; commas and colons are left out,
// because the tape reads the few bytes between two entries anyway.
// Called by scan() of tape.as.ts. Checks on its way what only strings can hold wrongly: control characters and escapes.
// What must stay true: entries ascend; every quote that begins or ends a string is one, and every bracket outside of
// strings; a text that is refused here is refused by the interpreter's scanner too, or is judged by it.

import { entries, entriesEnd, slashes } from "./memory.as";

/** The odd bits of a block's mask. */
const ODD_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/** Behind the last entry. */
export let indexEnd: usize = 0;
/** Behind the indexed text: `end`, or the newline that ended it. */
export let textEnd: usize = 0;
/** Whether the text holds a byte of 0x80 or above: then somebody must check it for UTF-8. */
export let hasHighBytes: bool = false;

/** A block's bits from comparisons of its four quarters. */
// @ts-ignore: decorator
@inline
export function maskOf(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    ((<u64>(<u32>i8x16.bitmask(b))) << 16) |
    ((<u64>(<u32>i8x16.bitmask(c))) << 32) |
    ((<u64>(<u32>i8x16.bitmask(d))) << 48)
  );
}

/** A block's bits where `byte` stands. */
// @ts-ignore: decorator
@inline
export function equalMask(a: v128, b: v128, c: v128, d: v128, byte: u8): u64 {
  const wanted = i8x16.splat(byte);
  return maskOf(i8x16.eq(a, wanted), i8x16.eq(b, wanted), i8x16.eq(c, wanted), i8x16.eq(d, wanted));
}

/**
 * What a run of backslashes comes to, by the section named above: `^ (backslash | isEscaped)` are the escaped bytes of a block,
 * and bit 63 of `& backslash` says whether the first byte of the next one is.
 */
// @ts-ignore: decorator
@inline
export function terminals(backslash: u64, isEscaped: u64): u64 {
  const potential = backslash & ~isEscaped;
  return (((potential << 1) | ODD_BITS) - potential) ^ ODD_BITS;
}

/** Prefix xor: bit i becomes the parity of the bits up to i, so an opening quote counts as inside of its string. */
// @ts-ignore: decorator
@inline
export function parities(quotes: u64): u64 {
  quotes ^= quotes << 1;
  quotes ^= quotes << 2;
  quotes ^= quotes << 4;
  quotes ^= quotes << 8;
  quotes ^= quotes << 16;
  return quotes ^ (quotes << 32);
}

/** 0xff for the four brackets. */
// @ts-ignore: decorator
@inline
function brackets(a: v128): v128 {
  const folded = v128.or(a, i8x16.splat(0x20));
  return v128.or(i8x16.eq(folded, i8x16.splat(0x7b)), i8x16.eq(folded, i8x16.splat(0x7d)));
}

// @ts-ignore: decorator
@inline
function isHex(byte: u32): bool {
  return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 6;
}

/** Whether each of the escaped bytes of a block may stand behind a backslash. */
function escapesAreGood(block: usize, escaped: u64): bool {
  while (escaped != 0) {
    const at = block + <usize>ctz(escaped);
    escaped &= escaped - 1;
    const mark = load<u8>(at);
    if (mark == 0x75) {
      if (!(isHex(load<u8>(at, 1)) && isHex(load<u8>(at, 2)) && isHex(load<u8>(at, 3)) && isHex(load<u8>(at, 4)))) return false;
    } else if (
      mark != 0x22 && mark != 0x6e && mark != 0x5c && mark != 0x74 && mark != 0x72 && mark != 0x2f && mark != 0x62 && mark != 0x66
    ) return false;
  }
  return true;
}

/**
 * Indexes `[start, end)`; behind `end` stand 64 bytes that are no part of it and hold no quote, bracket or backslash.
 * `endsAtNewline`: the text is one line, and ends at the first newline outside of strings; a fault within 64 bytes behind
 * it may make this false too.
 * False: a string holds a control character or a bad escape, or is open at the end, or there is no room for the index.
 * One long loop: its state (in a string, a backslash before) would otherwise go through memory at every block. It has few
 * branches: whether a block has escapes, or anything, is as good as random in text, and guessing wrong costs more than to look.
 */
export function buildIndex(start: usize, end: usize, endsAtNewline: bool): bool {
  let out = entries;
  let slash = slashes;
  let inString: u64 = 0;
  let isEscaped: u64 = 0;
  let high = i8x16.splat(0);
  for (let block = start; block < end; block += 64, slash += 8) {
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    high = v128.or(high, v128.or(v128.or(a, b), v128.or(c, d)));
    const backslash = equalMask(a, b, c, d, 0x5c);
    store<u64>(slash, backslash);
    const anyQuote = equalMask(a, b, c, d, 0x22);
    const terminal = terminals(backslash, isEscaped);
    const escaped = terminal ^ (backslash | isEscaped);
    isEscaped = (terminal & backslash) >> 63;
    const quote = anyQuote & ~escaped;
    // Most escapes are of quotes and backslashes, and need no look.
    const rare = escaped & ~(anyQuote | backslash);
    if (rare != 0 && !escapesAreGood(block, rare)) return false;
    const lastControl = i8x16.splat(0x1f);
    // The least of the four bytes is a control character when any of them is one.
    const least = i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d));
    const hasControl = v128.any_true(i8x16.le_u(least, lastControl));
    if (quote == 0 && inString != 0 && !hasControl) continue;
    const inside = parities(quote) ^ inString;
    inString = <u64>(<i64>inside >> 63);
    if (hasControl) {
      const bad = inside & maskOf(
          i8x16.le_u(a, lastControl), i8x16.le_u(b, lastControl), i8x16.le_u(c, lastControl), i8x16.le_u(d, lastControl),
        );
      // The padding behind the end is no part of the text; a string that is open there is found below.
      if (bad != 0 && block + <usize>ctz(bad) < end) return false;
    }
    let found = quote | (maskOf(brackets(a), brackets(b), brackets(c), brackets(d)) & ~inside);
    if (hasControl && endsAtNewline) {
      const newlines = equalMask(a, b, c, d, 0x0a) & ~inside;
      if (newlines != 0) {
        end = block + <usize>ctz(newlines);
        found &= (newlines & (0 - newlines)) - 1;
        inString = 0;
        isEscaped = 0;
      }
    }
    if (out > entriesEnd) return false;
    // Four at a time; what is written behind the last one is overwritten.
    const last = out + (<usize>popcnt(found) << 2);
    let to = out;
    while (to < last) {
      store<u32>(to, <u32>(block + <usize>ctz(found)));
      found &= found - 1;
      store<u32>(to, <u32>(block + <usize>ctz(found)), 4);
      found &= found - 1;
      store<u32>(to, <u32>(block + <usize>ctz(found)), 8);
      found &= found - 1;
      store<u32>(to, <u32>(block + <usize>ctz(found)), 12);
      found &= found - 1;
      to += 16;
    }
    out = last;
  }
  if (inString != 0 || isEscaped != 0) return false;
  // Behind the last entry: addresses that no byte of the text has.
  store<u32>(out, 0);
  store<u32>(out, 0, 4);
  indexEnd = out;
  textEnd = end;
  hasHighBytes = i8x16.bitmask(high) != 0;
  return true;
}
