// Stage two of scanning: the grammar of RFC 8259 over the structural index, as a tape of nodes (see json/tape.ts).
// Called by simd.ts for whole records, and by the walker for JSON inside strings.
// What must stay true: the tape of an accepted text is the one that scan.ts makes of it, node for node (but for the kinds of
// keys, where nobody asks for them); whatever else is found (a fault, NaN, too deep, no room) is declined without a reason,
// which scan.ts then finds.

import { digitsEnd } from "./bytes.as";
import { buildIndex, hasHighBytes, textEnd } from "./structural-index.as";
import { ends, entries, kinds, nexts, nodeRoom, record, reserveRecord, slashes, starts } from "./memory.as";

const OBJECT: u8 = 1;
const ARRAY: u8 = 2;
const STRING: u8 = 3;
const ESCAPED_STRING: u8 = 4;
const NUMBER: u8 = 5;
const TRUE: u8 = 6;
const FALSE: u8 = 7;
const NULL: u8 = 8;
const NO_PARENT: u32 = 0xffff_ffff;

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

function kindOfKey(text: usize, from: usize, to: usize): u8 {
  return hasSlash(text, from, to) ? ESCAPED_STRING : STRING;
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
export function nodes(): u32 { return nodeRoom; }
/** Whether the text scanned last holds bytes of 0x80 and above. */
export function needsUtf8Check(): bool { return hasHighBytes; }

/**
 * Scans the `size` bytes of the record; `bias` is added to every position on the tape. The number of nodes, or 0 when it
 * is declined. UTF-8 is not checked.
 */
export function scan(size: u32, bias: u32, maxDepth: u32): u32 {
  const end = record + <usize>size;
  memory.fill(end, 0, 64);
  if (!buildIndex(record, end, false)) return 0;
  return buildTape(record, end, bias, maxDepth, true);
}

/**
 * Scans the line at `line`, which ends with a newline before `limit`; positions on the tape count from `line`. The number
 * of nodes, or 0 when it is declined.
 */
export function scanLine(line: usize, limit: usize, maxDepth: u32): u32 {
  if (!buildIndex(line, limit, true)) return 0;
  return buildTape(line, textEnd, 0, maxDepth, false);
}

/**
 * Fills the tape from node 0 on with the indexed text; one loop over the nodes, as in scan.ts. What stands behind the text
 * may be read, but no text is accepted that does not end before `end`. `looksAtKeys`: keys with escapes are told from
 * others, which a walk over the tape does not need.
 */
export function buildTape(text: usize, end: usize, bias: u32, maxDepth: u32, looksAtKeys: bool): u32 {
  let entry = entries;
  let node: u32 = 0;
  let parent: u32 = NO_PARENT;
  let depth: u32 = 0;
  let isObject = false;
  let at = space(text);
  const room = nodeRoom - 2;
  // Locals, because every store could otherwise be followed by loads of the same addresses.
  const kindOf = kinds;
  const startOf = starts;
  const endOf = ends;
  const nextOf = nexts;
  const shift = <u32>text - bias;
  for (;;) {
    // A value has to begin at `at`.
    if (node >= room) return 0;
    const first = load<u8>(at);
    if (first == 0x22) {
      if (load<u32>(entry) != <u32>at) return 0;
      const close = <usize>load<u32>(entry, 4);
      entry += 8;
      store<u8>(kindOf + node, hasSlash(text, at, close) ? ESCAPED_STRING : STRING);
      store<u32>(startOf + (node << 2), <u32>at - shift);
      at = close + 1;
      store<u32>(endOf + (node << 2), <u32>at - shift);
      node += 1;
      store<u32>(nextOf + ((node - 1) << 2), node);
    } else if (first == 0x7b || first == 0x5b) {
      if (load<u32>(entry) != <u32>at || depth == maxDepth) return 0;
      entry += 4;
      depth += 1;
      isObject = first == 0x7b;
      store<u8>(kindOf + node, isObject ? OBJECT : ARRAY);
      store<u32>(startOf + (node << 2), <u32>at - shift);
      store<u32>(nextOf + (node << 2), parent);
      parent = node;
      node += 1;
      at = space(at + 1);
      const byte = load<u8>(at);
      if (byte != (isObject ? 0x7d : 0x5d)) {
        if (!isObject) continue;
        // The first key.
        if (byte != 0x22 || load<u32>(entry) != <u32>at) return 0;
        const close = <usize>load<u32>(entry, 4);
        entry += 8;
        store<u8>(kindOf + node, looksAtKeys ? kindOfKey(text, at, close) : STRING);
        store<u32>(startOf + (node << 2), <u32>at - shift);
        store<u32>(endOf + (node << 2), <u32>close + 1 - shift);
        node += 1;
        store<u32>(nextOf + ((node - 1) << 2), node);
        at = space(close + 1);
        if (load<u8>(at) != 0x3a) return 0;
        at = space(at + 1);
        continue;
      }
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
      store<u8>(kindOf + node, kind);
      store<u32>(startOf + (node << 2), <u32>at - shift);
      store<u32>(endOf + (node << 2), <u32>behind - shift);
      at = behind;
      node += 1;
      store<u32>(nextOf + ((node - 1) << 2), node);
    }
    // A value, or an opening bracket that is closed at once, stands before `at`: closing brackets, then a comma.
    for (;;) {
      if (parent == NO_PARENT) return at <= end && space(at) >= end ? node : 0;
      at = space(at);
      const byte = load<u8>(at);
      if (byte == 0x2c) {
        at = space(at + 1);
        if (isObject) {
          if (node >= room) return 0;
          if (load<u8>(at) != 0x22 || load<u32>(entry) != <u32>at) return 0;
          const close = <usize>load<u32>(entry, 4);
          entry += 8;
          store<u8>(kindOf + node, looksAtKeys ? kindOfKey(text, at, close) : STRING);
          store<u32>(startOf + (node << 2), <u32>at - shift);
          store<u32>(endOf + (node << 2), <u32>close + 1 - shift);
          node += 1;
          store<u32>(nextOf + ((node - 1) << 2), node);
          at = space(close + 1);
          if (load<u8>(at) != 0x3a) return 0;
          at = space(at + 1);
        }
        break;
      }
      if (byte != (isObject ? 0x7d : 0x5d)) return 0;
      entry += 4;
      at += 1;
      depth -= 1;
      const open = parent;
      parent = load<u32>(nextOf + (open << 2));
      store<u32>(endOf + (open << 2), <u32>at - shift);
      store<u32>(nextOf + (open << 2), node);
      if (parent != NO_PARENT) isObject = load<u8>(kindOf + parent) == OBJECT;
    }
  }
  return 0;
}
