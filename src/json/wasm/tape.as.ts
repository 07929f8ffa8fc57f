// Stage two of scanning: the grammar of RFC 8259 over the structural index, as a tape of nodes (see memory.as.ts).
// Called by simd.ts for whole records, by lines.as.ts for lines, and by the walker for JSON inside strings.
// What must stay true: the tape of an accepted text has the nodes of the one that scan.ts makes of it, and scan() lays it
// out as that one; whatever else is found (a fault, NaN, too deep, no room) is declined without a reason, which scan.ts
// then finds. Whether a string has escapes is not looked at for a walk: most strings are never read.

import { digitsEnd } from "./bytes.as";
import { buildIndex, hasHighBytes, textEnd } from "./structural-index.as";
import { allocate, END, entries, KIND, NEXT, NODE, nodeRoom, record, reserveRecord, slashes, tape } from "./memory.as";

const OBJECT: u8 = 1;
const ARRAY: u8 = 2;
const STRING: u8 = 3;
const ESCAPED_STRING: u8 = 4;
const NUMBER: u8 = 5;
const TRUE: u8 = 6;
const FALSE: u8 = 7;
const NULL: u8 = 8;
/** A kind where a node holds it, in the upper half of a word. */
const AS_STRING: u64 = <u64>STRING << 32;

/** The arrays of json/tape.ts, `spreadRoom` entries each, for readers outside of this module. */
let kinds: usize = 0;
let starts: usize = 0;
let ends: usize = 0;
let nexts: usize = 0;
let spreadRoom: u32 = 0;

/** First byte at or behind `at` that is no white space. The padding behind a text is none. */
// @ts-ignore: decorator
@inline
function space(at: usize): usize {
  const byte = load<u8>(at);
  if (byte > 0x20) return at;
  return byte == 0x20 && load<u8>(at, 1) > 0x20 ? at + 1 : spaces(at);
}

/** As space(), where there may be more than one. */
function spaces(at: usize): usize {
  while (load<u8>(at) <= 0x20) {
    const byte = load<u8>(at);
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) break;
    at += 1;
  }
  return at;
}

/** The byte behind the number at `at`, or 0 when there is none. */
export function number(at: usize): usize {
  if (load<u8>(at) == 0x2d) at += 1;
  if (load<u8>(at) == 0x30) at += 1;
  else {
    const first = at;
    at = digitsEnd(at);
    if (at == first) return 0;
  }
  if (load<u8>(at) == 0x2e) {
    const first = at + 1;
    at = digitsEnd(first);
    if (at == first) return 0;
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    at += 1;
    const sign = load<u8>(at);
    if (sign == 0x2b || sign == 0x2d) at += 1;
    const first = at;
    at = digitsEnd(at);
    if (at == first) return 0;
  }
  return at;
}

/** Whether a backslash stands in `[from, to)` of the text that begins at `text`. */
// @ts-ignore: decorator
@inline
function hasSlash(text: usize, from: usize, to: usize): bool {
  const first = slashes + (((from - text) >> 6) << 3);
  const shift = <u64>((from - text) & 63);
  const begin = load<u64>(first) >> shift;
  // Shifted twice: 64 at once is no shift at all.
  if (to - from < 64) return ((begin | ((load<u64>(first, 8) << (63 - shift)) << 1)) & ((<u64>1 << <u64>(to - from)) - 1)) != 0;
  return begin != 0 || hasSlashUpTo(first + 8, to - text);
}

/** Whether a backslash stands between the block whose bits are at `from` and byte `to` of the text. */
function hasSlashUpTo(from: usize, to: usize): bool {
  const last = slashes + ((to >> 6) << 3);
  for (; from < last; from += 8) if (load<u64>(from) != 0) return true;
  return (load<u64>(last) & ((<u64>1 << <u64>(to & 63)) - 1)) != 0;
}

/** Makes room for a record of `size` bytes; its address, or 0. */
export function reserve(size: u32): usize {
  return reserveRecord(size) ? record : 0;
}

/** Addresses of the tape's arrays: kinds, starts, ends, nexts. */
export function kindsAt(): usize { return kinds; }
export function startsAt(): usize { return starts; }
export function endsAt(): usize { return ends; }
export function nextsAt(): usize { return nexts; }
/** Entries of each of them. */
export function nodes(): u32 { return spreadRoom; }
/** Whether the text scanned last holds bytes of 0x80 and above. */
export function needsUtf8Check(): bool { return hasHighBytes; }

/** Lays out the `count` nodes of a scanned text as the arrays of json/tape.ts; positions count from `doc`. False: no memory. */
function spread(doc: usize, count: u32): bool {
  if (count > spreadRoom) {
    const room = (max(count, spreadRoom << 1) + 63) & ~63;
    kinds = allocate(room);
    starts = allocate(room << 2);
    ends = allocate(room << 2);
    nexts = allocate(room << 2);
    spreadRoom = 0;
    if (kinds == 0 || starts == 0 || ends == 0 || nexts == 0) return false;
    spreadRoom = room;
  }
  for (let i: u32 = 0, node = tape; i < count; i += 1, node += NODE) {
    const start = load<u32>(node);
    const end = load<u32>(node, END);
    const kind = load<u8>(node, KIND);
    const isEscaped = kind == STRING && hasSlash(record, doc + <usize>start, doc + <usize>end);
    store<u8>(kinds + i, isEscaped ? ESCAPED_STRING : kind);
    store<u32>(starts + (i << 2), start);
    store<u32>(ends + (i << 2), end);
    store<u32>(nexts + (i << 2), load<u32>(node, NEXT) / NODE);
  }
  return true;
}

/**
 * Scans the `size` bytes of the record; `bias` is added to every position on the tape. The number of nodes, or 0 when it
 * is declined. UTF-8 is not checked.
 */
export function scan(size: u32, bias: u32, maxDepth: u32): u32 {
  const end = record + <usize>size;
  memory.fill(end, 0, 64);
  if (!buildIndex(record, end, false)) return 0;
  const count = buildTape(record, end, bias, maxDepth);
  return count > 0 && spread(record - bias, count) ? count : 0;
}

/**
 * Scans the line at `line`, which ends with a newline before `limit`; positions on the tape count from `line`. The number
 * of nodes, or 0 when it is declined.
 */
export function scanLine(line: usize, limit: usize, maxDepth: u32): u32 {
  if (!buildIndex(line, limit, true)) return 0;
  return buildTape(line, textEnd, 0, maxDepth);
}

/**
 * Fills the tape with the indexed text; one loop over the nodes, as in scan.ts. What stands behind the text may be read,
 * but no text is accepted that does not end before `end`. The number of nodes, or 0 when it is declined. The usual white
 * space, one blank behind a comma or a colon, is looked for first.
 */
export function buildTape(text: usize, end: usize, bias: u32, maxDepth: u32): u32 {
  let entry = entries;
  const base = tape;
  let node = base;
  let parent: usize = 0;
  let depth: u32 = 0;
  let isObject = false;
  let at = space(text);
  // A key and its value are two nodes.
  const last = base + (nodeRoom - 2) * NODE;
  const shift = <u32>text - bias;
  for (;;) {
    if (node >= last) return 0;
    if (isObject) {
      if (load<u8>(at) != 0x22 || load<u32>(entry) != <u32>at) return 0;
      const close = <usize>load<u32>(entry, 4);
      entry += 8;
      store<u32>(node, <u32>at - shift);
      at = close + 1;
      store<u32>(node, <u32>at - shift, END);
      store<u64>(node, <u64>(<u32>(node + NODE - base)) | AS_STRING, NEXT);
      node += NODE;
      if (load<u16>(at) == 0x203a && load<u8>(at, 2) > 0x20) at += 2;
      else {
        at = space(at);
        if (load<u8>(at) != 0x3a) return 0;
        at = space(at + 1);
      }
    }
    // A value has to begin at `at`.
    const first = load<u8>(at);
    if (first == 0x22) {
      if (load<u32>(entry) != <u32>at) return 0;
      const close = <usize>load<u32>(entry, 4);
      entry += 8;
      store<u32>(node, <u32>at - shift);
      at = close + 1;
      store<u32>(node, <u32>at - shift, END);
      store<u64>(node, <u64>(<u32>(node + NODE - base)) | AS_STRING, NEXT);
      node += NODE;
    } else if (first == 0x7b || first == 0x5b) {
      if (load<u32>(entry) != <u32>at || depth == maxDepth) return 0;
      entry += 4;
      depth += 1;
      isObject = first == 0x7b;
      store<u32>(node, <u32>at - shift);
      // While it is open, the container around it.
      store<u32>(node, <u32>parent, NEXT);
      store<u32>(node, isObject ? OBJECT : ARRAY, KIND);
      parent = node;
      node += NODE;
      at = space(at + 1);
      if (load<u8>(at) != (isObject ? 0x7d : 0x5d)) continue;
    } else {
      let kind: u8;
      let behind: usize;
      if (<u32>first - 0x30 < 10 || first == 0x2d) {
        kind = NUMBER;
        behind = number(at);
        if (behind == 0) return 0;
      } else if (first == 0x6e) {
        kind = NULL;
        if (load<u32>(at) != 0x6c6c_756e) return 0;
        behind = at + 4;
      } else if (first == 0x74) {
        kind = TRUE;
        if (load<u32>(at) != 0x6575_7274) return 0;
        behind = at + 4;
      } else if (first == 0x66) {
        kind = FALSE;
        if (load<u32>(at, 1) != 0x6573_6c61) return 0;
        behind = at + 5;
      } else return 0;
      store<u32>(node, <u32>at - shift);
      at = behind;
      store<u32>(node, <u32>at - shift, END);
      store<u32>(node, <u32>(node + NODE - base), NEXT);
      store<u32>(node, kind, KIND);
      node += NODE;
    }
    // A value, or an opening bracket that is closed at once, stands before `at`: closing brackets, then a comma.
    for (;;) {
      if (parent == 0) return at <= end && space(at) >= end ? <u32>((node - base) / NODE) : 0;
      if (load<u16>(at) == 0x202c && load<u8>(at, 2) > 0x20) {
        at += 2;
        break;
      }
      at = space(at);
      const byte = load<u8>(at);
      if (byte == 0x2c) {
        at = space(at + 1);
        break;
      }
      if (byte != (isObject ? 0x7d : 0x5d)) return 0;
      entry += 4;
      at += 1;
      depth -= 1;
      const open = parent;
      parent = <usize>load<u32>(open, NEXT);
      store<u32>(open, <u32>at - shift, END);
      store<u32>(open, <u32>(node - base), NEXT);
      isObject = parent != 0 && load<u32>(parent, KIND) == OBJECT;
    }
  }
  return 0;
}
