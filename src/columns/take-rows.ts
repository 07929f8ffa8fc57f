// Cuts columns down to some of their rows, for records that a later one of the same id replaces.
// Called by TableBuilder.keepRows. What must stay true: the result is that of a load that never saw the other rows;
// leading blocks that lose no row are shared, not copied.

import { invariant, unreachable } from "../base/assert.ts";
import {
  boolBlock,
  dictionaryBlock,
  float64Block,
  int32Block,
  int64Block,
  NULL_FLAG,
  placeBlock,
  totals,
  utf8Block,
} from "./blocks.ts";
import { copyBytes } from "./byte-hash.ts";
import {
  BLOCK_ROWS,
  type BoolBlock,
  type Column,
  type DictionaryBlock,
  type DictionaryColumn,
  type Float64Block,
  type Int32Block,
  type Int64Block,
  isPresent,
  NULL_CODE,
  type PlaceBlock,
  type Utf8Block,
} from "./column.ts";
import { subDictionary } from "./dictionary.ts";
import { heapWithRoom, scratchInt32, sharedBuffer, sharedBytes, sharedInt32, withRoom } from "./memory.ts";

const BLOCK_SHIFT = 16;
const ROW_MASK = BLOCK_ROWS - 1;

/** By old row, its new row or -1. `positions` ascending, each in [0, rows). */
export function inverseOf(positions: Uint32Array, rows: number): Int32Array {
  const newRows = scratchInt32(rows).fill(-1);
  for (let i = 0; i < positions.length; i += 1) newRows[positions[i]!] = i;
  return newRows;
}

/** The rows of `column` at `positions` (ascending, distinct). `remap`: new value of each old value of an int32 column. */
export function takeColumn(column: Column, positions: Uint32Array, remap?: Int32Array): Column {
  switch (column.type) {
    case "float64": {
      const blocks = takeBlocks(column.blocks, positions, takeFloat64);
      return { type: "float64", blocks, ...totals(blocks) };
    }
    case "int32": {
      const source = remap ? column.blocks.map((block) => remapBlock(block, remap)) : column.blocks;
      const blocks = takeBlocks(source, positions, takeInt32);
      if (remap)
        invariant(
          blocks.every((block) => block.stats.min >= 0),
          "a kept row belongs to a kept trace",
        );
      return { type: "int32", blocks, ...totals(blocks) };
    }
    case "int64": {
      const blocks = takeBlocks(column.blocks, positions, takeInt64);
      return { type: "int64", blocks, ...totals(blocks) };
    }
    case "bool": {
      const blocks = takeBlocks(column.blocks, positions, takeBool);
      return { type: "bool", blocks, ...totals(blocks) };
    }
    case "utf8": {
      const blocks = takeBlocks(column.blocks, positions, takeUtf8);
      return { type: "utf8", blocks, ...totals(blocks) };
    }
    case "place": {
      const blocks = takeBlocks(column.blocks, positions, takePlace);
      return { type: "place", blocks, ...totals(blocks) };
    }
    case "dictionary":
      return takeDictionary(column, positions);
    default:
      return unreachable(column);
  }
}

function takeBlocks<B>(
  blocks: readonly B[],
  positions: Uint32Array,
  take: (blocks: readonly B[], positions: Uint32Array) => B,
): B[] {
  const taken: B[] = [];
  for (let first = 0; first < positions.length; first += BLOCK_ROWS) {
    const last = Math.min(first + BLOCK_ROWS, positions.length) - 1;
    const whole = last - first === ROW_MASK && positions[last] === last;
    const block = whole ? blocks[first >>> BLOCK_SHIFT] : undefined;
    taken.push(block ?? take(blocks, positions.subarray(first, last + 1)));
  }
  return taken;
}

function takeFloat64(blocks: readonly Float64Block[], positions: Uint32Array): Float64Block {
  const values = new Float64Array(sharedBuffer(positions.length * 8));
  for (let i = 0; i < positions.length; i += 1) {
    const position = positions[i]!;
    values[i] = blocks[position >>> BLOCK_SHIFT]!.values[position & ROW_MASK]!;
  }
  return float64Block(values, positions.length);
}

function takeInt32(blocks: readonly Int32Block[], positions: Uint32Array): Int32Block {
  const values = sharedInt32(positions.length);
  for (let i = 0; i < positions.length; i += 1) {
    const position = positions[i]!;
    values[i] = blocks[position >>> BLOCK_SHIFT]!.values[position & ROW_MASK]!;
  }
  return int32Block(values, positions.length);
}

function takeInt64(blocks: readonly Int64Block[], positions: Uint32Array): Int64Block {
  const values = new BigInt64Array(sharedBuffer(positions.length * 8));
  for (let i = 0; i < positions.length; i += 1) {
    const position = positions[i]!;
    values[i] = blocks[position >>> BLOCK_SHIFT]!.values[position & ROW_MASK]!;
  }
  return int64Block(values, presence(blocks, positions), positions.length);
}

function takeBool(blocks: readonly BoolBlock[], positions: Uint32Array): BoolBlock {
  const flags = sharedBytes(positions.length);
  for (let i = 0; i < positions.length; i += 1) {
    const position = positions[i]!;
    const block = blocks[position >>> BLOCK_SHIFT]!;
    const row = position & ROW_MASK;
    flags[i] = isPresent(block.validity, row) ? block.values[row]! : NULL_FLAG;
  }
  return boolBlock(flags, positions.length);
}

function takePlace(blocks: readonly PlaceBlock[], positions: Uint32Array): PlaceBlock {
  const starts = new Uint32Array(sharedBuffer(positions.length * 4));
  const ends = new Uint32Array(sharedBuffer(positions.length * 4));
  for (let i = 0; i < positions.length; i += 1) {
    const position = positions[i]!;
    const block = blocks[position >>> BLOCK_SHIFT]!;
    starts[i] = block.starts[position & ROW_MASK]!;
    ends[i] = block.ends[position & ROW_MASK]!;
  }
  return placeBlock(starts, ends, positions.length);
}

function takeUtf8(blocks: readonly Utf8Block[], positions: Uint32Array): Utf8Block {
  let length = 0;
  for (let i = 0; i < positions.length; i += 1) {
    const { offsets } = blocks[positions[i]! >>> BLOCK_SHIFT]!;
    const row = positions[i]! & ROW_MASK;
    length += offsets[row + 1]! - offsets[row]!;
  }
  const offsets = sharedInt32(positions.length + 1);
  const bytes = heapWithRoom(sharedBytes(0), length, "a column").subarray(0, length);
  for (let i = 0, at = 0; i < positions.length; i += 1) {
    const block = blocks[positions[i]! >>> BLOCK_SHIFT]!;
    const start = block.offsets[positions[i]! & ROW_MASK]!;
    const end = block.offsets[(positions[i]! & ROW_MASK) + 1]!;
    copyBytes(block.bytes, { start, end }, { bytes, at });
    at += end - start;
    offsets[i + 1] = at;
  }
  return utf8Block({ offsets, bytes, present: presence(blocks, positions) }, positions.length);
}

/** 1 where the row at a position is present. */
function presence(
  blocks: readonly { readonly validity: Uint8Array | undefined }[],
  positions: Uint32Array,
): Uint8Array {
  const present = new Uint8Array(positions.length);
  for (let i = 0; i < positions.length; i += 1) {
    const position = positions[i]!;
    present[i] = isPresent(blocks[position >>> BLOCK_SHIFT]!.validity, position & ROW_MASK) ? 1 : 0;
  }
  return present;
}

/** Codes are given anew, in order of first appearance among the rows that stay. In shared leading blocks that changes nothing. */
function takeDictionary(column: DictionaryColumn, positions: Uint32Array): DictionaryColumn {
  const { dictionary } = column;
  const newCodes = scratchInt32(dictionary.size).fill(NULL_CODE);
  let kept: Int32Array = new Int32Array(0);
  let size = 0;
  const use = (code: number): number => {
    kept = withRoom(kept, size + 1);
    kept[size] = code;
    newCodes[code] = size;
    size += 1;
    return size - 1;
  };
  const take = (blocks: readonly DictionaryBlock[], taken: Uint32Array): DictionaryBlock => {
    const codes = sharedInt32(taken.length);
    for (let i = 0; i < taken.length; i += 1) {
      const code = blocks[taken[i]! >>> BLOCK_SHIFT]!.values[taken[i]! & ROW_MASK]!;
      codes[i] = code < 0 ? NULL_CODE : newCodes[code]! >= 0 ? newCodes[code]! : use(code);
    }
    return dictionaryBlock(codes, taken.length);
  };
  // Texts of the leading blocks that stay whole come first, under the codes that they have.
  const whole = wholeBlocks(positions);
  for (let block = 0; block < whole; block += 1) {
    for (let code = size; code <= column.blocks[block]!.stats.max; code += 1) use(code);
  }
  const blocks = takeBlocks(column.blocks, positions, take);
  const unchanged = size === dictionary.size && isIdentity(kept, size);
  return {
    type: "dictionary",
    blocks,
    dictionary: unchanged ? dictionary : subDictionary(dictionary, kept.subarray(0, size), "a column"),
    ...totals(blocks),
  };
}

/** How many leading blocks `takeBlocks` shares. */
function wholeBlocks(positions: Uint32Array): number {
  let blocks = 0;
  while (
    (blocks + 1) * BLOCK_ROWS <= positions.length &&
    positions[(blocks + 1) * BLOCK_ROWS - 1] === (blocks + 1) * BLOCK_ROWS - 1
  )
    blocks += 1;
  return blocks;
}

function isIdentity(codes: Int32Array, size: number): boolean {
  for (let i = 0; i < size; i += 1) if (codes[i] !== i) return false;
  return true;
}

function remapBlock(block: Int32Block, remap: Int32Array): Int32Block {
  const values = sharedInt32(block.length);
  for (let i = 0; i < block.length; i += 1) values[i] = remap[block.values[i]!] ?? -1;
  return int32Block(values, block.length);
}
