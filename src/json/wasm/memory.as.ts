// Regions of the instance's memory: the record, its structural index and its tape, and a bump allocator for the rest.
// Used by every other file of this module. Memory is never given back: who needs less starts a new instance.
// What must stay true: behind the record stand at least PADDING bytes that belong to nobody, so that loads of 64 bytes
// never leave the region; every region is aligned to 16 bytes.

/** Bytes behind a region that may be read, and are overwritten freely. */
export const PADDING: u32 = 128;

/** First byte that no region has. */
let top: usize = __heap_base;

/** Bytes below this may hold what an instance left that had the memory before. */
let used: usize = 0;

/** Takes over memory of which another instance leaves `bytes` written. Before anything is allocated. */
export function takeOver(bytes: usize): void {
  used = bytes;
}

/** Bytes that this instance, or one before it, has written. */
export function writtenBytes(): usize {
  return max(top, used);
}

/** The record: `recordRoom` bytes, then PADDING. */
export let record: usize = 0;
export let recordRoom: u32 = 0;
/** Structural index: addresses of quotes and brackets, u32 each. */
export let entries: usize = 0;
export let entriesEnd: usize = 0;
/** A u64 of backslash bits for each block of 64 bytes. */
export let slashes: usize = 0;
/** Blocks with escapes that need a look: u64 of the escaped bytes, u32 address; NOTE bytes for each block of 64 bytes. */
export let escapes: usize = 0;
export const NOTE: u32 = 16;
/**
 * The tape: NODE bytes for each of `nodeRoom` nodes: u32 start, end, place of the node behind the whole subtree, kind. A
 * node is named by its place, the bytes before it. Kinds are those of json/tape.ts, but a string of any kind is STRING.
 */
export let tape: usize = 0;
export let nodeRoom: u32 = 0;
export const NODE: u32 = 16;
export const END: usize = 4;
export const NEXT: usize = 8;
export const KIND: usize = 12;
/** First of FLAT_NODES nodes behind the tape, for the values of an object inside a string (see flat.as.ts). */
export let flatNodes: u32 = 0;
export const FLAT_NODES: u32 = 32;

/** Whether the system once gave no memory: then nothing of this module may be used any more. */
let exhausted: bool = false;

/** Whether allocate() has failed. */
export function isExhausted(): bool {
  return exhausted;
}

/** `size` bytes, zero; 0 when the system gives none. */
export function allocate(size: usize): usize {
  const at = allocateRoom(size);
  if (at != 0 && at < used) memory.fill(at, 0, min(size, used - at));
  return at;
}

/** `size` bytes of any contents, which are written before they are read; 0 when the system gives none. */
function allocateRoom(size: usize): usize {
  const at = (top + 15) & ~15;
  const end = at + size;
  const have = <usize>memory.size() << 16;
  if (end > have) {
    // Every growth gives JavaScript a new buffer of the whole size to collect: few large steps, a quarter at least.
    const wanted = <i32>((max(end - have, have >> 2) + 0xffff) >> 16);
    if (memory.grow(wanted) < 0 && memory.grow(<i32>((end - have + 0xffff) >> 16)) < 0) {
      exhausted = true;
      return 0;
    }
  }
  top = end;
  return at;
}

/** Bytes in use. */
export function usedBytes(): usize {
  return top;
}

/** Records up to this size have room for any usual density; larger ones hold long texts, or are declined. */
const DENSE: u32 = 1 << 21;

/**
 * Makes room for records of `size` bytes: an entry and a node for every second byte, for every eighth of large records,
 * which no real export comes near; what is denser is declined. False when the system gives no memory.
 */
export function reserveRecord(size: u32): bool {
  if (size <= recordRoom) return true;
  reserveInner();
  const share: u32 = size <= DENSE ? 1 : 3;
  const entryRoom = (size >> share) + 128;
  const nodes = (size >> share) + 64;
  record = allocateRoom(size + PADDING);
  entries = allocateRoom(entryRoom << 2);
  slashes = allocateRoom(((size >> 6) + 2) << 3);
  escapes = allocateRoom(((size >> 6) + 2) * NOTE);
  tape = allocateRoom((nodes + FLAT_NODES) * NODE);
  recordRoom = 0;
  if (exhausted) return false;
  // A block adds 64 entries at most, and two sentinels follow.
  entriesEnd = entries + ((entryRoom - 66) << 2);
  nodeRoom = nodes;
  flatNodes = nodes * NODE;
  recordRoom = size;
  return true;
}

/** Most nodes of a document inside a string; a longer one is declined. */
const INNER_NODES: u32 = 2048;

let innerTape: usize = 0;
let innerRoom: u32 = 0;

function reserveInner(): void {
  if (innerRoom > 0) return;
  innerTape = allocate(INNER_NODES * NODE);
  innerRoom = INNER_NODES;
}

/** Puts the tape of a document inside a string in the place of the record's, and back: call it twice. */
export function swapTapes(): void {
  const held = tape;
  tape = innerTape;
  innerTape = held;
  const room = nodeRoom;
  nodeRoom = innerRoom;
  innerRoom = room;
}
