// What rows of an aggregate by slots are tested for on the way: conditions of the filter below it, and a null test.
// Called by slot-aggregate.ts. What must stay true: the rows that count are those that the steps below would have kept.

import type { BlockMemory } from "../kernels/block-memory.ts";
import type { RowTest } from "../kernels/row-bits.ts";
import { NO_ROWS } from "../kernels/select.ts";
import type { SlottedRows } from "../kernels/slots.ts";
import type { Expr } from "../plan/expr.ts";
import { exprKey } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import type { KeySource } from "./group-keys.ts";
import { bindNumber } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import { type Selector, selectAll } from "./selectors.ts";
import type { Piece, SlotInput } from "./slot-measures.ts";

/**
 * The tests that the rows of a block have to pass. None are left where rows are selected here: in a batch that was narrowed
 * before, and where a key has to be made for each row that is looked at.
 */
export function testsOf(selectors: readonly Selector[], batch: Batch, keys: readonly KeySource[]): readonly RowTest[] {
  const { block } = batch;
  const verdicts = selectors.map(({ verdict }) => verdict(block));
  if (verdicts.includes("none")) batch.rows = NO_ROWS;
  const open = selectors.filter((_, at) => verdicts[at] === "some");
  const isInPlace = keys.every(({ stable, constant }) => stable === true || constant?.(block) !== undefined);
  if (isInPlace && batch.rows.positions === undefined) return open.flatMap(({ test }) => test?.(batch) ?? []);
  selectAll(open, batch);
  return [];
}

/** What a null test found. */
export interface Present {
  /** The input that was brought in for the test, and where it is. */
  readonly input: SlotInput;
  readonly at: number;
  /** All rows are of one slot, and none has the number. */
  readonly none: boolean;
}

/** Drops the rows without a number. */
export interface NullTest {
  /** Of rows with slots. */
  test(batch: Batch, rows: SlottedRows, piece: Piece): Present | undefined;
  /** The same test of all rows of a block by bits, none where every row has the number; undefined where it has no bits. */
  byBits(batch: Batch): readonly RowTest[] | undefined;
  /** Whether zone maps know that no row of the block has the number. */
  isAllNull(batch: Batch): boolean;
}

/** Gives rows without the number slot 0; rows of one slot keep it, for their accumulators skip what is missing. */
export function bindNullTest(
  expr: Expr,
  inputs: readonly SlotInput[],
  { scope, memory }: { readonly scope: Scope; readonly memory: BlockMemory },
): NullTest {
  const source = bindNumber(expr, scope);
  const input = inputs.find(({ key }) => key === exprKey(expr));
  const { arena } = memory;
  const blockOf = (block: number) => source.column?.blocks[block];
  return {
    isAllNull: ({ block, length }) => blockOf(block)?.stats.nulls === length,
    byBits({ block }) {
      if (source.stats?.(block)?.nulls === 0) return [];
      const validity = blockOf(block)?.validity;
      return validity && [{ kind: "validity", validity }];
    },
    test(batch, rows, piece) {
      if (input?.load === undefined || source.stats?.(batch.block)?.nulls === 0) return undefined;
      const at = input.load(piece);
      if (rows.slot === undefined) {
        arena.kernels.maskNulls(at, rows.slots, rows.count);
        return { input, at, none: false };
      }
      const none = !arena.float64(at, rows.count).some((value) => !Number.isNaN(value));
      return { input, at, none };
    },
  };
}
