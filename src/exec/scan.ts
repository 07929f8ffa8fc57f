// Scan: the blocks of a table as batches, less those that zone maps exclude; for spans and assessments also less the rows
// whose trace does not qualify.
// Called by compile.ts. What must stay true: rows come in load order.

import { BLOCK_ROWS } from "../columns/column.ts";
import { BlockMemory } from "../kernels/block-memory.ts";
import { allRows, NO_ROWS, type Selection, selectTaken, selectTrue } from "../kernels/select.ts";
import type { Predicate } from "../plan/expr.ts";
import { type Batch, blockCount, blockLength } from "./batch.ts";
import { conjunctsOf } from "./filter.ts";
import { joined, type Meter } from "./meter.ts";
import type { BatchSource, RowStep } from "./pipeline.ts";
import { Scope } from "./scope.ts";
import { bindSelectors, selectAll } from "./selectors.ts";
import type { Verdict } from "./zones.ts";

/** Traces of which the bytes are put together for a block of rows, at most. */
const NEAR_ROWS = 4 * BLOCK_ROWS;

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

interface TraceFilter {
  verdict(block: number): Verdict;
  select(batch: Batch, out: Uint32Array): Selection;
}

/** A predicate on traces as a filter of the rows that traces own. Blocks know the range of their trace rows. */
function traceFilter(predicate: Predicate, scope: Scope): TraceFilter {
  const traces = qualifyingTraces(predicate, scope);
  const { memory } = scope;
  const index = scope.traceRows();
  const skips = scope.shortcuts.has("zone-maps");
  const verdicts = index.blocks.map(({ stats: { min, max } }): Verdict => {
    if (!skips) return "some";
    const known = new Set(traces.verdicts.slice(Math.floor(min / BLOCK_ROWS), Math.floor(max / BLOCK_ROWS) + 1));
    if (known.size === 1 && !known.has("some")) return known.has("all") ? "all" : "none";
    const bytes = bytesBetween(traces, min, max);
    let hits = 0;
    for (let i = 0; i < bytes.length; i += 1) hits += bytes[i]!;
    return hits === 0 ? "none" : hits === max - min + 1 ? "all" : "some";
  });
  return {
    verdict: (block) => verdicts[block] ?? "none",
    select({ block, rows }, out) {
      const from = index.blocks[block];
      if (from === undefined) return NO_ROWS;
      if (verdicts[block] === "all") return rows;
      const { min, max } = from.stats;
      const bytes = bytesBetween(traces, min, max);
      if (memory?.hasRoom(bytes.length) === true && BlockMemory.pays(rows, from.length)) {
        return memory.selectTaken(from.values, { bytes, first: min }, rows);
      }
      return selectTaken({ bytes, index: from.values, first: min }, rows, out);
    },
  };
}

/** The traces for which a predicate is true: what is known of each of their blocks, and 1 or 0 by row of the others. */
interface TraceSet {
  readonly rows: number;
  readonly verdicts: readonly Verdict[];
  readonly pieces: ReadonlyMap<number, Uint8Array>;
  /** 1 or 0 for all traces, once somebody has asked for many. */
  all: Uint8Array | undefined;
}

/** 1 or 0 for the traces from row `min` to row `max`. */
function bytesBetween(traces: TraceSet, min: number, max: number): Uint8Array {
  if (max - min < NEAR_ROWS) return bytesOf(traces, min, max);
  // Rows that are in no order of their traces would otherwise copy most of them for each block.
  traces.all ??= bytesOf(traces, 0, traces.rows - 1);
  return traces.all.subarray(min, max + 1);
}

function bytesOf({ verdicts, pieces }: TraceSet, min: number, max: number): Uint8Array {
  const bytes = new Uint8Array(max - min + 1);
  for (let block = Math.floor(min / BLOCK_ROWS); block * BLOCK_ROWS <= max; block += 1) {
    const start = block * BLOCK_ROWS;
    const [from, to] = [Math.max(min, start), Math.min(max + 1, start + BLOCK_ROWS)];
    const piece = pieces.get(block);
    if (piece !== undefined) bytes.set(piece.subarray(from - start, to - start), from - min);
    else if (verdicts[block] === "all") bytes.fill(1, from - min, to - min);
  }
  return bytes;
}

function qualifyingTraces(predicate: Predicate, scope: Scope): TraceSet {
  const { dataset, memory, shortcuts } = scope;
  const traces = new Scope(dataset, "traces", { ...(memory === undefined ? {} : { memory }), shortcuts });
  const { rows } = traces.table;
  const selectors = bindSelectors(conjunctsOf(predicate), traces);
  const pieces = new Map<number, Uint8Array>();
  const verdicts = Array.from({ length: blockCount(rows) }, (_, block): Verdict => {
    const length = blockLength(rows, block);
    const batch: Batch = { block, length, rows: allRows(length) };
    selectAll(selectors, batch);
    const { positions, count } = batch.rows;
    if (count === 0) return "none";
    if (count === length || positions === undefined) return "all";
    const piece = new Uint8Array(length);
    for (let i = 0; i < count; i += 1) piece[positions[i]!] = 1;
    pieces.set(block, piece);
    return "some";
  });
  return { rows, verdicts, pieces, all: undefined };
}
