// Stage one of scanning: where the quotes and brackets outside of strings stand, 64 bytes a step, by bit masks.
// Method: Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019), section 3.1; commas and colons are left out,
// because the tape reads the few bytes between two entries anyway.
// Called by scan() of tape.as.ts. Checks on its way what only strings can hold wrongly: control characters and escapes.
// What must stay true: entries ascend; every quote that begins or ends a string is one, and every bracket outside of
// strings; a text that is refused here is refused by the interpreter's scanner too, or is judged by it.

import { entries, entriesEnd, escapes, NOTE, slashes } from "./memory.as";

/** The odd bits of a block's mask. */
const ODD_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/** Sixteen backslashes, sixteen quotes: a constant would be made anew for each block, what is loaded stays in a register. */
const SLASH_QUOTE = memory.data<u64>([
  0x5c5c_5c5c_5c5c_5c5c, 0x5c5c_5c5c_5c5c_5c5c, 0x2222_2222_2222_2222, 0x2222_2222_2222_2222,
], 16);

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
  const low = <u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16);
  const high = <u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16);
  return <u64>low | (<u64>high << 32);
}

/** A block's bits where a byte stands, which `wanted` holds sixteen times. */
// @ts-ignore: decorator
@inline
export function equalMask(a: v128, b: v128, c: v128, d: v128, wanted: v128): u64 {
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
  return i8x16.eq(v128.or(a, i8x16.splat(0x26)), i8x16.splat(0x7f));
}

/** A bit for each byte that may stand behind a backslash: / and bfnrtu; quotes and backslashes are not asked for. */
const MARKS = memory.data<u64>([0x0000_8000_0000_0000, 0x0034_4044_0000_0000, 0, 0]);
const HIGHEST_BITS: u32 = 0x8080_8080;

/** The highest bit of each of four bytes that is no hex digit; sums tell whether a byte is one of 0 to 9, or of a to f. */
// @ts-ignore: decorator
@inline
function noHex(bytes: u32): u32 {
  const folded = bytes | 0x2020_2020;
  const isDigit = (folded + 0x5050_5050) & ~(folded + 0x4646_4646);
  const isLetter = (folded + 0x1f1f_1f1f) & ~(folded + 0x1919_1919);
  return (~(isDigit | isLetter) | bytes) & HIGHEST_BITS;
}

/** Whether each of the escaped bytes that were noted in `[note, end)` may stand behind a backslash, and has its hex digits. */
function escapesAreGood(note: usize, end: usize): bool {
  let bad: u32 = 0;
  for (; note < end; note += NOTE) {
    const block = <usize>load<u32>(note, 8);
    let escaped = load<u64>(note);
    do {
      const at = block + <usize>ctz(escaped);
      escaped &= escaped - 1;
      const mark = <u32>load<u8>(at);
      bad |= ~(<u32>(load<u64>(MARKS + ((mark >> 6) << 3)) >> <u64>(mark & 63))) & 1;
      bad |= mark == 0x75 ? noHex(load<u32>(at, 1)) : 0;
    } while (escaped != 0);
  }
  return bad == 0;
}

/**
 * Indexes `[start, end)`; behind `end` stand 64 bytes that are no part of it and hold no quote, bracket or backslash.
 * `endsAtNewline`: the text is one line, and ends at the first newline outside of strings; a fault within 64 bytes behind
 * it may make this false too.
 * False: a string holds a control character or a bad escape, or is open at the end, or there is no room for the index.
 * One long loop: its state (in a string, a backslash before) would otherwise go through memory at every block. It has few
 * branches: whether a block has escapes, or anything, is as good as random in text, and guessing wrong costs more than to
 * look. So escapes are looked at together, and control characters of blocks inside of strings once, behind the loop.
 */
export function buildIndex(start: usize, end: usize, endsAtNewline: bool): bool {
  let out = entries;
  let slash = slashes;
  let note = escapes;
  const slashes16 = v128.load(SLASH_QUOTE);
  const quotes16 = v128.load(SLASH_QUOTE, 16);
  let outside: u64 = -1;
  let isEscaped: u64 = 0;
  let high = i8x16.splat(0);
  let least = i8x16.splat(-1);
  for (let block = start; block < end; block += 64, slash += 8) {
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    high = v128.or(high, v128.or(v128.or(a, b), v128.or(c, d)));
    const backslash = equalMask(a, b, c, d, slashes16);
    store<u64>(slash, backslash);
    const anyQuote = equalMask(a, b, c, d, quotes16);
    const terminal = terminals(backslash, isEscaped);
    const escaped = terminal ^ (backslash | isEscaped);
    isEscaped = (terminal & backslash) >> 63;
    const quote = anyQuote & ~escaped;
    // Most escapes are of quotes and backslashes; others are noted, also where there are none, and the next note is written over.
    const rare = escaped & ~(anyQuote | backslash);
    store<u64>(note, rare);
    store<u32>(note, <u32>block, 8);
    note += rare != 0 ? <usize>NOTE : 0;
    // The least of the four bytes is a control character when any of them is one.
    const fewest = i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d));
    if ((quote | outside) == 0) {
      least = i8x16.min_u(least, fewest);
      continue;
    }
    const outsides = parities(quote) ^ outside;
    outside = <u64>(<i64>outsides >> 63);
    const lastControl = i8x16.splat(0x1f);
    const hasControl = v128.any_true(i8x16.le_u(fewest, lastControl));
    if (hasControl) {
      const bad = ~outsides & maskOf(
          i8x16.le_u(a, lastControl), i8x16.le_u(b, lastControl), i8x16.le_u(c, lastControl), i8x16.le_u(d, lastControl),
        );
      // The padding behind the end is no part of the text; a string that is open there is found below.
      if (bad != 0 && block + <usize>ctz(bad) < end) return false;
    }
    let found = quote | (maskOf(brackets(a), brackets(b), brackets(c), brackets(d)) & outsides);
    if (hasControl && endsAtNewline) {
      const newlines = equalMask(a, b, c, d, i8x16.splat(0x0a)) & outsides;
      if (newlines != 0) {
        end = block + <usize>ctz(newlines);
        found &= (newlines & (0 - newlines)) - 1;
        outside = -1;
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
  if (outside == 0 || isEscaped != 0 || v128.any_true(i8x16.le_u(least, i8x16.splat(0x1f)))) return false;
  if (!escapesAreGood(escapes, note)) return false;
  // Behind the last entry: addresses that no byte of the text has.
  store<u32>(out, 0);
  store<u32>(out, 0, 4);
  indexEnd = out;
  textEnd = end;
  hasHighBytes = i8x16.bitmask(high) != 0;
  return true;
}
