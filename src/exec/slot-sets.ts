// Aggregating by sets of rows: where a block's rows are of one slot, or of few that one dictionary key tells apart, each slot
// takes its rows as a set of bits, and no row gets a number.
// Called by slot-aggregate.ts. What must stay true: a slot meets its rows in their order, so that sums have the same bits, and
// groups are noted in the order of their first rows.

import type { BlockMemory } from "../kernels/block-memory.ts";
import type { RowBits, RowSet } from "../kernels/row-bits.ts";
import type { SlotTable } from "../kernels/slots.ts";
import type { PlacedKeys } from "./slot-keys.ts";
import type { Piece, SlotInput } from "./slot-measures.ts";

/** The rows of smaller sets than one in so many are listed first: the numbers of the others are not even brought in. */
const SPARSE = 8;

/** What sets are added with. */
export interface SetRoom {
  readonly table: SlotTable;
  readonly bits: RowBits;
  readonly memory: BlockMemory;
}

/** How the rows of a batch are told apart. */
export interface SlotSets {
  /** Codes by row of the block; undefined where all rows are of one slot. */
  readonly codes: Int32Array | undefined;
  readonly least: number;
  /** Slots of `least` and of the codes after it. */
  readonly slots: readonly number[];
  /** Places of the slots whose groups have not been met. */
  unknown: readonly number[];
}

/** The sets of a batch of all rows of a block; undefined where a slot a row is the way. */
export function slotSets(
  { few, slot }: PlacedKeys,
  { inputs, isTested }: { readonly inputs: readonly SlotInput[]; readonly isTested: boolean },
  table: SlotTable,
): SlotSets | undefined {
  if (inputs.some(({ addSet }) => addSet === undefined)) return undefined;
  // Rows of one slot that nothing tests are summed as they stand.
  const sets = few ?? (slot === undefined || !isTested ? undefined : { codes: undefined, least: 0, slots: [slot] });
  if (sets === undefined) return undefined;
  return { ...sets, unknown: sets.slots.flatMap((own, place) => (table.isKnown(own) ? [] : [place])) };
}

/** Whether most rows are in a set. */
export function isLarge({ size, rows }: RowSet): boolean {
  return size * SPARSE >= rows;
}

/** Adds the rows of a set, which is of the rows of a piece. Throws E_TOO_MANY_GROUPS. */
export function addSet(
  sets: SlotSets,
  { piece, set, inputs }: { readonly piece: Piece; readonly set: RowSet; readonly inputs: readonly SlotInput[] },
  room: SetRoom,
): void {
  const { codes, least, slots } = sets;
  const { bits, memory } = room;
  if (codes !== undefined) bits.loadCodes(memory.codes(codes, piece.rows, piece), set.rows, least);
  const ofPlace = (place: number): RowSet => (codes === undefined ? set : bits.ofCode(set, place));
  if (sets.unknown.length > 0) noteFirst(sets, ofPlace, room);
  for (const input of inputs) {
    const loaded = input.load?.(piece) ?? 0;
    for (let place = 0; place < slots.length; place += 1) {
      const own = ofPlace(place);
      if (own.size > 0) input.addSet?.(own, slots[place] ?? 0, loaded);
    }
  }
}

/** Notes the groups that are met in a stretch. */
function noteFirst(sets: SlotSets, ofPlace: (place: number) => RowSet, { bits, table }: SetRoom): void {
  const met = sets.unknown.flatMap((place) => {
    const own = ofPlace(place);
    return own.size === 0 ? [] : [{ place, first: bits.firstOf(own) }];
  });
  met.sort((a, b) => a.first - b.first);
  for (const { place } of met) table.note({ count: 1, slot: sets.slots[place] ?? 0, slots: 0 });
  sets.unknown = sets.unknown.filter((place) => !met.some((other) => other.place === place));
}
