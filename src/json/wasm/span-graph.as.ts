// The spans of one record as a graph, as ingest/span-graph.ts has it, for records whose ids are all readable and distinct
// and whose parents form no cycle: others are declined. Filled by the steps of spans, asked by those of the trace.
// What must stay true: everything ends on any input.

import { allocate } from "./memory.as";

const USAGES: u32 = 5;
/** An entry: u64 id, u64 parent, i32 parent's index (-1 root, -2 its parent is not here), i32 depth, u32 usage bits, u32 mark. */
const ENTRY: u32 = 32;

export let spanCount: u32 = 0;
let room: u32 = 0;
let entries: usize = 0;
let usage: usize = 0;
let slots: usize = 0;
let mask: u32 = 0;
let path: usize = 0;
/** Spans whose parent is not in the record. */
export let orphans: u32 = 0;

/** Forgets the record. */
export function clearGraph(): void {
  spanCount = 0;
  orphans = 0;
}

function makeRoom(): bool {
  const wanted = room == 0 ? 256 : room * 2;
  const newEntries = allocate(wanted * ENTRY);
  const newUsage = allocate(wanted * USAGES * 8);
  slots = allocate(wanted * 16);
  path = allocate(wanted * 4);
  if (newEntries == 0 || newUsage == 0 || slots == 0 || path == 0) return false;
  memory.copy(newEntries, entries, spanCount * ENTRY);
  memory.copy(newUsage, usage, spanCount * USAGES * 8);
  entries = newEntries;
  usage = newUsage;
  room = wanted;
  return true;
}

/** Adds a span. False when the system gives no memory. */
export function addSpan(id: u64, parent: u64, hasParent: bool): bool {
  if (spanCount == room && !makeRoom()) return false;
  const entry = entries + spanCount * ENTRY;
  store<u64>(entry, id);
  store<u64>(entry, parent, 8);
  store<i32>(entry, hasParent ? -2 : -1, 16);
  store<i32>(entry, -1, 20);
  store<u32>(entry, 0, 24);
  spanCount += 1;
  return true;
}

/** Keeps a token count of the span added last. */
export function keepUsage(which: u32, value: f64): void {
  const entry = entries + (spanCount - 1) * ENTRY;
  store<u32>(entry, load<u32>(entry, 24) | (1 << which), 24);
  store<f64>(usage + ((spanCount - 1) * USAGES + which) * 8, value);
}

// @ts-ignore: decorator
@inline
function slotOf(id: u64): usize {
  let slot = <u32>((id * 0x9e37_79b9_7f4a_7c15) >> 40) & mask;
  for (;;) {
    const held = load<u32>(slots + (slot << 2));
    if (held == 0 || load<u64>(entries + (held - 1) * ENTRY) == id) return slots + (slot << 2);
    slot = (slot + 1) & mask;
  }
  return 0;
}

/** Finds parents and depths. False: an id stands twice, or parents form a cycle. */
export function resolve(): bool {
  if (spanCount == 0) return true;
  // Twice as many slots as spans: clearing more would cost more than all else of a small record.
  mask = 7;
  while (mask < spanCount << 1) mask = (mask << 1) | 1;
  memory.fill(slots, 0, (mask + 1) << 2);
  for (let i: u32 = 0; i < spanCount; i += 1) {
    const slot = slotOf(load<u64>(entries + i * ENTRY));
    if (load<u32>(slot) != 0) return false;
    store<u32>(slot, i + 1);
  }
  for (let i: u32 = 0; i < spanCount; i += 1) {
    const entry = entries + i * ENTRY;
    if (load<i32>(entry, 16) == -1) continue;
    const parent = load<u32>(slotOf(load<u64>(entry, 8)));
    if (parent == 0) orphans += 1;
    store<i32>(entry, parent == 0 ? -2 : <i32>parent - 1, 16);
  }
  for (let i: u32 = 0; i < spanCount; i += 1) {
    let at = i;
    let steps: u32 = 0;
    while (load<i32>(entries + at * ENTRY, 20) < 0) {
      if (steps == spanCount) return false;
      store<u32>(path + (steps << 2), at);
      steps += 1;
      const parent = load<i32>(entries + at * ENTRY, 16);
      if (parent < 0) break;
      at = parent;
    }
    let depth = load<i32>(entries + at * ENTRY, 20);
    while (steps > 0) {
      steps -= 1;
      depth += 1;
      store<i32>(entries + load<u32>(path + (steps << 2)) * ENTRY, depth, 20);
    }
  }
  return true;
}

/** Depth of a span. Needs resolve(). */
export function depthOf(index: u32): i32 {
  return load<i32>(entries + index * ENTRY, 20);
}

/** Marks the spans below others that have usage: their own does not count. Needs resolve(). */
export function hideUsage(): void {
  // A span's mark: 1 not known, 2 not hidden, 3 hidden.
  for (let i: u32 = 0; i < spanCount; i += 1) store<u32>(entries + i * ENTRY, 1, 28);
  for (let i: u32 = 0; i < spanCount; i += 1) {
    let at = i;
    let steps: u32 = 0;
    while (load<u32>(entries + at * ENTRY, 28) == 1) {
      const parent = load<i32>(entries + at * ENTRY, 16);
      if (parent < 0) {
        store<u32>(entries + at * ENTRY, 2, 28);
        break;
      }
      store<u32>(path + (steps << 2), at);
      steps += 1;
      at = parent;
    }
    while (steps > 0) {
      const parent = entries + at * ENTRY;
      steps -= 1;
      at = load<u32>(path + (steps << 2));
      store<u32>(entries + at * ENTRY, load<u32>(parent, 28) == 3 || load<u32>(parent, 24) != 0 ? 3 : 2, 28);
    }
  }
}

/** Sum of a token count over the spans that hideUsage() left; NaN when none has it. */
export function totalUsage(which: u32): f64 {
  let sum: f64 = NaN;
  for (let i: u32 = 0; i < spanCount; i += 1) {
    const entry = entries + i * ENTRY;
    if ((load<u32>(entry, 24) & (1 << which)) == 0 || load<u32>(entry, 28) == 3) continue;
    const value = load<f64>(usage + (i * USAGES + which) * 8);
    sum = isNaN(sum) ? value : sum + value;
  }
  return sum;
}
