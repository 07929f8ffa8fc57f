// Scan: the blocks of a table as batches, less those that zone maps exclude; for spans and assessments also less the rows
// whose trace does not qualify.
// Called by compile.ts. What must stay true: rows come in load order.

import { BLOCK_ROWS } from "../columns/column.ts";
import { BlockMemory } from "../kernels/block-memory.ts";
import { allRows, NO_ROWS, type Selection, selectTaken, selectTrue } from "../kernels/select.ts";
import type { Predicate } from "../plan/expr.ts";
import { type Batch, blockCount, blockLength } from "./batch.ts";
import { conjunctsOf } from "./filter.ts";
import type { Meter } from "./meter.ts";
import type { BatchSource, RowStep } from "./pipeline.ts";
import { Scope } from "./scope.ts";
import { bindSelectors, selectAll } from "./selectors.ts";
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
      const batch: Batch = { block, length, rows: allRows(length) };
      if (within !== undefined) batch.rows = selectTrue(within.subarray(block * BLOCK_ROWS), batch.rows, positions);
      if (ofTraces !== undefined) batch.rows = ofTraces.select(batch, positions);
      return batch;
    },
  };
}

function joined(note: string, more: string): string {
  return note === "" ? more : `${note}; ${more}`;
}

interface TraceFilter {
  verdict(block: number): Verdict;
  select(batch: Batch, out: Uint32Array): Selection;
}

/** A predicate on traces as a filter of the rows that traces own. Blocks know the range of their trace rows. */
function traceFilter(predicate: Predicate, scope: Scope): TraceFilter {
  const { bytes, verdicts: ofTraces } = qualifyingTraces(predicate, scope);
  const { memory } = scope;
  const index = scope.traceRows();
  const skips = scope.shortcuts.has("zone-maps");
  const verdicts = index.blocks.map(({ stats }): Verdict => {
    if (!skips) return "some";
    const first = Math.floor(stats.min / BLOCK_ROWS);
    const known = new Set(ofTraces.slice(first, Math.floor(stats.max / BLOCK_ROWS) + 1));
    if (known.size === 1 && !known.has("some")) return known.has("all") ? "all" : "none";
    let hits = 0;
    for (let row = stats.min; row <= stats.max; row += 1) hits += bytes[row]!;
    return hits === 0 ? "none" : hits === stats.max - stats.min + 1 ? "all" : "some";
  });
  return {
    verdict: (block) => verdicts[block] ?? "none",
    select({ block, rows }, out) {
      const from = index.blocks[block];
      if (from === undefined) return NO_ROWS;
      if (verdicts[block] === "all") return rows;
      const { min, max } = from.stats;
      if (memory?.hasRoom(max - min + 1) === true && BlockMemory.pays(rows, from.length)) {
        return memory.selectTaken(from.values, { bytes: bytes.subarray(min, max + 1), first: min }, rows);
      }
      return selectTaken({ bytes, index: from.values }, rows, out);
    },
  };
}

/** The traces for which a predicate is true: 1 or 0 by row, and what is known of each of their blocks. */
function qualifyingTraces(predicate: Predicate, scope: Scope): { bytes: Uint8Array; verdicts: readonly Verdict[] } {
  const { dataset, memory, shortcuts } = scope;
  const traces = new Scope(dataset, "traces", { ...(memory === undefined ? {} : { memory }), shortcuts });
  const { rows } = traces.table;
  const selectors = bindSelectors(conjunctsOf(predicate), traces);
  const bytes = new Uint8Array(rows);
  const verdicts: Verdict[] = [];
  for (let block = 0; block < blockCount(rows); block += 1) {
    const length = blockLength(rows, block);
    const start = block * BLOCK_ROWS;
    const batch: Batch = { block, length, rows: allRows(length) };
    selectAll(selectors, batch);
    const { positions, count } = batch.rows;
    if (positions === undefined) bytes.fill(1, start, start + length);
    else for (let i = 0; i < count; i += 1) bytes[start + positions[i]!] = 1;
    verdicts.push(count === 0 ? "none" : count === length ? "all" : "some");
  }
  return { bytes, verdicts };
}
