// One column out of those that several threads built, each of a part of the rows.
// Called by merge-tables.ts. What must stay true: the result is, block for block, that of one builder that was given the
// rows in the plan's order: blocks are cut anew, codes given anew in order of first appearance, zone maps computed anew.

import { invariant } from "../base/assert.ts";
import type { Elements } from "./blocked-array.ts";
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
  type BoolColumn,
  type Column,
  type Dictionary,
  type DictionaryBlock,
  type DictionaryColumn,
  type Float64Block,
  type Int32Block,
  type Int64Block,
  type Int64Column,
  isPresent,
  NULL_CODE,
  type PlaceBlock,
  type Utf8Block,
  type Utf8Column,
} from "./column.ts";
import type { ColumnPart, DictionaryPart, Float64Part, Int32Part, PlacePart } from "./column-parts.ts";
import { sealDictionary } from "./dictionary.ts";
import { widened } from "./integer-builder.ts";
import { heapWithRoom, scratchInt32, sharedBuffer, sharedBytes, sharedInt32 } from "./memory.ts";
import { type MergePlan, mergePlan, type PackedRuns, type Piece } from "./row-runs.ts";
import { type TableTexts, TextTable } from "./text-table.ts";

/** How to merge one column. */
export interface MergeOptions {
  /** The rows of the result. */
  readonly runs: PackedRuns;
  /** Rows of each part. */
  readonly partRows: readonly number[];
  /** Names the column in E_MEMORY. */
  readonly what: string;
  /** Of an int32 column that holds rows of another table: by part, the new row of each of its values. */
  readonly remap?: readonly Int32Array[];
}

/** The column of the plan's rows. `given`: the column as each part has it. Throws E_MEMORY. */
export function mergeColumn(given: readonly ColumnPart[], how: MergeOptions): Column {
  const parts = alike(given, how.partRows);
  const options = { ...how, plan: mergePlan(how.runs) };
  switch (typeOf(parts)) {
    case "float64":
      return columnOf("float64", mergeBlocks(float64OfPieces, partsOf(parts, "float64"), options));
    case "int32":
      return columnOf("int32", mergeBlocks(int32OfPieces, partsOf(parts, "int32"), options));
    case "int64":
      return columnOf("int64", mergeBlocks(int64OfPieces, partsOf(parts, "int64"), options));
    case "bool":
      return columnOf("bool", mergeBlocks(boolOfPieces, partsOf(parts, "bool"), options));
    case "place":
      return columnOf("place", mergeBlocks(placesOfPieces, partsOf(parts, "place"), options));
    case "utf8":
      return columnOf("utf8", mergeBlocks(textsOfPieces, partsOf(parts, "utf8"), options));
    case "dictionary":
      return mergeDictionary(partsOf(parts, "dictionary"), options);
  }
}

function columnOf<T extends Column["type"], B extends Column["blocks"]>(
  type: T,
  blocks: B,
): { readonly type: T; readonly blocks: B; readonly length: number; readonly nulls: number } {
  return { type, blocks, ...totals(blocks) };
}

// One function a type, none of which is made anew by a merge: the code of those is forgotten with them.

interface Planned extends MergeOptions {
  readonly plan: MergePlan;
}

/** Makes a block of `length` rows out of pieces of the parts. */
type BlockMaker<C, B> = (columns: readonly C[], block: PiecesOfBlock, options: MergeOptions) => B;

interface PiecesOfBlock {
  readonly pieces: readonly Piece[];
  readonly length: number;
}

function mergeBlocks<C, B>(make: BlockMaker<C, B>, columns: readonly C[], options: Planned): B[] {
  const { blocks, rows } = options.plan;
  return blocks.map((pieces, block) =>
    make(columns, { pieces, length: Math.min(BLOCK_ROWS, rows - block * BLOCK_ROWS) }, options),
  );
}

function float64OfPieces(columns: readonly Float64Part[], { pieces, length }: PiecesOfBlock): Float64Block {
  if (!hasValues(columns, pieces)) return float64Block(undefined, length);
  const values = new Float64Array(sharedBuffer(length * 8));
  for (const piece of pieces) copyRows(values, { from: blockOf(columns, piece), nothing: Number.NaN }, piece);
  return float64Block(values, length);
}

function int32OfPieces(
  columns: readonly Int32Part[],
  { pieces, length }: PiecesOfBlock,
  { remap }: MergeOptions,
): Int32Block {
  const values = sharedInt32(length);
  for (const piece of pieces) {
    copyRows(values, { from: blockOf(columns, piece), nothing: 0 }, piece);
    const rows = remap?.[piece.part];
    if (rows !== undefined) remapValues(values, piece, rows);
  }
  return int32Block(values, length);
}

function int64OfPieces(columns: readonly Int64Column[], { pieces, length }: PiecesOfBlock): Int64Block {
  const values = new BigInt64Array(sharedBuffer(length * 8));
  const present = new Uint8Array(length);
  for (const piece of pieces) {
    const block = blockOf(columns, piece);
    values.set(rowsOf(block.values, piece), piece.at);
    copyPresence(block.validity, piece, present);
  }
  return int64Block(values, present, length);
}

function boolOfPieces(columns: readonly BoolColumn[], { pieces, length }: PiecesOfBlock): BoolBlock {
  const flags = sharedBytes(length);
  for (const piece of pieces) {
    const { values, validity } = blockOf(columns, piece);
    copyFlags({ values, validity }, piece, flags);
  }
  return boolBlock(flags, length);
}

function copyFlags(
  { values, validity }: Pick<BoolBlock, "values" | "validity">,
  { start, at, length }: Piece,
  flags: Uint8Array,
): void {
  for (let i = 0; i < length; i += 1) flags[at + i] = isPresent(validity, start + i) ? values[start + i]! : NULL_FLAG;
}

function placesOfPieces(columns: readonly PlacePart[], { pieces, length }: PiecesOfBlock): PlaceBlock {
  if (!hasValues(columns, pieces)) return placeBlock(undefined, undefined, length);
  const starts = new Uint32Array(sharedBuffer(length * 4));
  const ends = new Uint32Array(sharedBuffer(length * 4));
  for (const piece of pieces) {
    const block = blockOf(columns, piece);
    copyRows(starts, { from: block?.starts, nothing: 0 }, piece);
    copyRows(ends, { from: block?.ends, nothing: 0 }, piece);
  }
  return placeBlock(starts, ends, length);
}

/**
 * The parts with one type. A column's type is declared, so that they agree, but for integers: a part without a large value
 * is float64, one with such a value int64, and so then are all.
 */
function alike(parts: readonly ColumnPart[], rows: readonly number[]): readonly ColumnPart[] {
  if (!parts.some(({ type }) => type === "int64")) return parts;
  return parts.map((part, index) => (part.type === "float64" ? widened(part, rows[index]!) : part));
}

function typeOf(parts: readonly ColumnPart[]): ColumnPart["type"] {
  const [first] = parts;
  invariant(first !== undefined, "a merge has parts");
  invariant(
    parts.every(({ type }) => type === first.type),
    "the parts of a column are of one type",
  );
  return first.type;
}

type PartOf<T extends ColumnPart["type"]> = Extract<ColumnPart, { readonly type: T }>;

function partsOf<T extends ColumnPart["type"]>(parts: readonly ColumnPart[], type: T): PartOf<T>[] {
  return parts.filter((part): part is PartOf<T> => part.type === type);
}

/** The block of a piece, whose part has it. */
function blockOf<B>(columns: readonly { readonly blocks: readonly B[] }[], { part, block }: Piece): B {
  const blocks = columns[part]?.blocks;
  invariant(blocks !== undefined && block < blocks.length, "a piece lies within its part");
  return blocks[block] as B;
}

/** Whether any row of a block may have a value. */
function hasValues(columns: readonly { readonly blocks: readonly unknown[] }[], pieces: readonly Piece[]): boolean {
  for (const piece of pieces) if (blockOf(columns, piece) !== undefined) return true;
  return false;
}

/** Copies the rows of a piece; of a block without a value, `nothing`. */
function copyRows<A extends Elements<A, number>>(
  to: A,
  { from, nothing }: { readonly from: A | undefined; readonly nothing: number },
  piece: Piece,
): void {
  if (from !== undefined) to.set(rowsOf(from, piece), piece.at);
  else to.fill(nothing, piece.at, piece.at + piece.length);
}

function rowsOf<A extends { subarray(start: number, end: number): A }>(values: A, { start, length }: Piece): A {
  return values.subarray(start, start + length);
}

function remapValues(values: Int32Array, { at, length }: Piece, rows: Int32Array): void {
  for (let i = at; i < at + length; i += 1) values[i] = rows[values[i]!]!;
}

function copyPresence(validity: Uint8Array | undefined, piece: Piece, present: Uint8Array): void {
  const { start, length, at } = piece;
  if (validity === undefined) {
    present.fill(1, at, at + length);
    return;
  }
  for (let i = 0; i < length; i += 1) present[at + i] = (validity[(start + i) >> 3]! >> ((start + i) & 7)) & 1;
}

// Loops over rows stand in functions of their own, over arrays: objects that came from another thread change their shape
// from load to load, for the runtime, which then forgets the code of whoever looked into them.

/** Copies where the texts of a piece end, `shift` bytes on. */
function copyOffsets(
  { from, shift }: { readonly from: Int32Array; readonly shift: number },
  { start, at, length }: Piece,
  to: Int32Array,
): void {
  for (let i = 1; i <= length; i += 1) to[at + i] = from[start + i]! + shift;
}

function textsOfPieces(
  columns: readonly Utf8Column[],
  { pieces, length }: PiecesOfBlock,
  { what }: MergeOptions,
): Utf8Block {
  let used = 0;
  for (const piece of pieces) {
    const { offsets } = blockOf(columns, piece);
    used += offsets[piece.start + piece.length]! - offsets[piece.start]!;
  }
  const offsets = sharedInt32(length + 1);
  const bytes = heapWithRoom(sharedBytes(0), used, what).subarray(0, used);
  const present = new Uint8Array(length);
  let to = 0;
  for (const piece of pieces) {
    const block = blockOf(columns, piece);
    const start = block.offsets[piece.start]!;
    const end = block.offsets[piece.start + piece.length]!;
    copyBytes(block.bytes, { start, end }, { bytes, at: to });
    copyOffsets({ from: block.offsets, shift: to - start }, piece, offsets);
    copyPresence(block.validity, piece, present);
    to += end - start;
  }
  return utf8Block({ offsets, bytes, present }, length);
}

/** A code of a part that no merged row had so far. */
const UNKNOWN = -2;

function mergeDictionary(columns: readonly DictionaryPart[], options: Planned): DictionaryColumn {
  const texts = new TextTable(options.what);
  const given = columns.map(({ dictionary }) => dictionary);
  texts.reserve(
    given.reduce((sum, { size }) => sum + size, 0),
    given.reduce((sum, { size, offsets }) => sum + offsets[size]!, 0),
  );
  const recoders = columns.map((column) => new Recoder(column, texts));
  const blocks = mergeBlocks(codesOfPieces, recoders, options);
  const dictionary: Dictionary = sealDictionary(texts);
  return { type: "dictionary", blocks, dictionary, ...totals(blocks) };
}

function codesOfPieces(recoders: readonly Recoder[], { pieces, length }: PiecesOfBlock): DictionaryBlock {
  if (!pieces.some(({ part, block }) => recoders[part]!.hasBlock(block))) return dictionaryBlock(undefined, length);
  const codes = sharedInt32(length);
  for (const piece of pieces) recoders[piece.part]!.recode(piece, codes);
  return dictionaryBlock(codes, length);
}

/** Gives the codes of one part anew. */
class Recoder {
  readonly #blocks: DictionaryPart["blocks"];
  readonly #given: TableTexts;
  readonly #texts: TextTable;
  /** By code + 1, as null is -1: its new code, or UNKNOWN. */
  readonly #newCodes: Int32Array;

  constructor({ blocks, dictionary }: DictionaryPart, texts: TextTable) {
    this.#blocks = blocks;
    this.#given = dictionary;
    this.#texts = texts;
    this.#newCodes = scratchInt32(dictionary.size + 1).fill(UNKNOWN);
    this.#newCodes[0] = NULL_CODE;
  }

  /** Whether a block of the part may have a value. */
  hasBlock(block: number): boolean {
    return this.#blocks[block] !== undefined;
  }

  recode(piece: Piece, codes: Int32Array): void {
    const values = this.#blocks[piece.block];
    if (values === undefined) codes.fill(NULL_CODE, piece.at, piece.at + piece.length);
    else this.#recode(values, piece, codes);
  }

  #recode(values: Int32Array, { start, at, length }: Piece, codes: Int32Array): void {
    const newCodes = this.#newCodes;
    for (let i = 0; i < length; i += 1) {
      const code = values[start + i]!;
      const known = newCodes[code + 1]!;
      codes[at + i] = known === UNKNOWN ? this.#add(code) : known;
    }
  }

  #add(code: number): number {
    const { offsets, bytes, hashes } = this.#given;
    const added = this.#texts.add(bytes, offsets[code]!, offsets[code + 1]!, hashes?.[code]);
    this.#newCodes[code + 1] = added;
    return added;
  }
}
