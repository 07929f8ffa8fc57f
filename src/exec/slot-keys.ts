// Keys of a batch as slots: which slot all rows share, which few slots they are spread over, or a slot a row.
// Called by slot-aggregate.ts. What must stay true: whatever is known of a block before its rows are read, equal keys give
// equal slots. A key of which zone maps know that it has one value there is not looked at.

import type { BlockStats } from "../columns/column.ts";
import type { BlockMemory } from "../kernels/block-memory.ts";
import type { SlotTable, SlottedRows } from "../kernels/slots.ts";
import type { Batch } from "./batch.ts";
import type { KeySource } from "./group-keys.ts";
import type { Piece } from "./slot-measures.ts";
import type { TimeRuns } from "./time-runs.ts";

/** Most codes in a block that are told apart by a set of rows each; more go by a slot a row. */
const MOST_SETS = 16;

/** The keys of a batch. */
export interface PlacedKeys {
  /** The slot of all rows, where they share one. */
  readonly slot: number | undefined;
  /** The one key that varies, where the block holds few codes of it. */
  readonly few: FewCodes | undefined;
  /** A slot for each of some rows, or that of all of them. */
  place(piece: Piece): SlottedRows;
  /** Where a stretch from a row of the batch on ends at the latest. */
  end(from: number): number;
}

/** A key of few codes in a block. */
export interface FewCodes {
  /** By row of the block. */
  readonly codes: Int32Array;
  /** The smallest code; -1 where null counts and there are nulls. */
  readonly least: number;
  /** The slots of `least` and of the codes after it. Rows of other codes do not count. */
  readonly slots: readonly number[];
}

/** What keys are opened with. */
export interface KeyRoom {
  readonly table: SlotTable;
  readonly memory: BlockMemory;
  /** Whether null is a key of its own. */
  readonly keepNulls: boolean;
}

/** What a block says of a key. */
type Digit =
  | { readonly kind: "constant"; readonly code: number }
  | { readonly kind: "codes"; readonly codes: Int32Array; readonly range: BlockStats | undefined }
  | {
      readonly kind: "times";
      readonly times: Float64Array;
      readonly width: number;
      readonly first: number;
      readonly runs: TimeRuns | undefined;
    };

/** Whether a key can have few codes. */
export function isSmall({ cardinality, times }: KeySource): boolean {
  return times === undefined && cardinality <= MOST_SETS;
}

/** Begins a batch. */
export function openKeys(keys: readonly KeySource[], batch: Batch, { table, memory, keepNulls }: KeyRoom): PlacedKeys {
  const digits = keys.map((key) => digitOf(key, batch));
  const constants = digits.map((digit) => (digit.kind === "constant" ? digit.code : undefined));
  const slot = constants.includes(undefined) ? undefined : table.place(constants, 0).slot;
  return {
    slot,
    few: fewOf(digits, keepNulls, (codes) => table.place(codes, 0).slot ?? 0),
    place(piece) {
      const known = digits.map((digit, key) => (digit.kind === "times" ? digit.runs?.code(piece) : constants[key]));
      const rows = table.place(known, piece.to - piece.from);
      digits.forEach((digit, key) => {
        if (known[key] !== undefined) return;
        if (digit.kind === "codes") {
          table.add(key, { kind: "codes", at: memory.codes(digit.codes, piece.rows, piece) }, rows);
        } else if (digit.kind === "times") {
          const { times, width, first } = digit;
          table.add(key, { kind: "times", at: memory.numbers(times, piece.rows, piece), width, first }, rows);
        }
      });
      return rows;
    },
    end: (from) =>
      digits.reduce(
        (least, digit) => Math.min(least, (digit.kind === "times" ? digit.runs?.end(from) : undefined) ?? least),
        batch.length,
      ),
  };
}

function digitOf(key: KeySource, batch: Batch): Digit {
  const code = key.constant?.(batch.block);
  if (code !== undefined) return { kind: "constant", code };
  if (key.times === undefined) return { kind: "codes", codes: key.codes(batch), range: key.range?.(batch.block) };
  const { source, width, first } = key.times;
  return { kind: "times", times: source.values(batch), width, first, runs: key.runs?.(batch) };
}

function fewOf(
  digits: readonly Digit[],
  keepNulls: boolean,
  slotOf: (codes: readonly number[]) => number,
): FewCodes | undefined {
  const varying = digits.filter(({ kind }) => kind !== "constant");
  const [digit] = varying;
  if (digit?.kind !== "codes" || varying.length > 1 || digit.range === undefined) return undefined;
  const { min, max, nulls } = digit.range;
  const least = keepNulls && nulls > 0 ? -1 : min;
  // A block without codes has none to tell apart.
  if (!(max >= least) || max - least >= MOST_SETS) return undefined;
  const slots = Array.from({ length: max - least + 1 }, (_, place) =>
    slotOf(digits.map((other) => (other.kind === "constant" ? other.code : least + place))),
  );
  return { codes: digit.codes, least, slots };
}
