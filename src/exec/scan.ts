// Scan: the blocks of a table as batches, less those that zone maps exclude; for spans and assessments also less the rows
// whose trace does not qualify.
// Called by compile.ts. What must stay true: rows come in load order.

import { BLOCK_ROWS } from "../columns/column.ts";
import { allRows, NO_ROWS, type Selection, selectTrue } from "../kernels/select.ts";
import { takeTruth } from "../kernels/take.ts";
import type { Predicate } from "../plan/expr.ts";
import { blockCount, blockLength } from "./batch.ts";
import { bindTruth } from "./evaluate.ts";
import type { Meter } from "./meter.ts";
import type { BatchSource, RowStep } from "./pipeline.ts";
import type { Scope } from "./scope.ts";
import { truthOfTraces } from "./trace-truth.ts";
import type { Verdict } from "./zones.ts";

/** What to scan. */
export interface ScanOptions {
  readonly scope: Scope;
  /** Only rows of traces that satisfy it. */
  readonly traces: Predicate | undefined;
  /** Only these rows: 1 or 0 by row of the table. */
  readonly within: Uint8Array | undefined;
  /** Steps that follow: a block that one of them skips is not read. */
  readonly steps: readonly RowStep[];
  readonly meter: Meter;
}

/** Opens a scan. */
export function scanTable({ scope, traces, within, steps, meter }: ScanOptions): BatchSource {
  const { rows } = scope.table;
  const ofTraces = traces === undefined ? undefined : meter.measure(() => traceFilter(traces, scope));
  const all = Array.from({ length: blockCount(rows) }, (_, block) => block);
  const kept = all.filter((block) => !steps.some((step) => step.skips?.(block) === true));
  const blocks = kept.filter((block) => ofTraces?.verdict(block) !== "none");
  if (blocks.length < all.length)
    meter.note = joined(meter.note, `${all.length - blocks.length} of ${all.length} blocks skipped by zone maps`);
  const positions = new Uint32Array(scope.batchRows);
  return {
    meter,
    blocks,
    open(block) {
      const length = blockLength(rows, block);
      let selection = allRows(length);
      if (within !== undefined) selection = selectTrue(within.subarray(block * BLOCK_ROWS), selection, positions);
      if (ofTraces !== undefined) selection = ofTraces.select(block, selection, positions);
      return { block, length, rows: selection };
    },
  };
}

function joined(note: string, more: string): string {
  return note === "" ? more : `${note}; ${more}`;
}

interface TraceFilter {
  verdict(block: number): Verdict;
  select(block: number, rows: Selection, out: Uint32Array): Selection;
}

/** A predicate on traces as a filter of the rows that traces own. Blocks know the range of their trace rows. */
function traceFilter(predicate: Predicate, scope: Scope): TraceFilter {
  const truth = truthOfTraces(predicate, scope, bindTruth);
  const index = scope.traceRows();
  const byRow = new Uint8Array(scope.batchRows);
  const verdicts = index.blocks.map(({ stats }): Verdict => {
    let hits = 0;
    for (let row = stats.min; row <= stats.max; row += 1) hits += truth[row]! & 1;
    return hits === 0 ? "none" : hits === stats.max - stats.min + 1 ? "all" : "some";
  });
  return {
    verdict: (block) => verdicts[block] ?? "none",
    select(block, rows, out) {
      const from = index.blocks[block];
      if (from === undefined) return NO_ROWS;
      if (verdicts[block] === "all") return rows;
      takeTruth({ truth, index: from.values }, rows, byRow);
      return selectTrue(byRow, rows, out);
    },
  };
}
