// Digests by slot: what the parts of a table hold of each slot, made by any thread, and finished slot by slot, by any thread.
// Called by slot-measures.ts and slot-aggregate.ts. What must stay true: the same bytes as measures.ts for any number of
// threads: parts are whole, and slots take them in order.

import { BLOCK_ROWS } from "../columns/column.ts";
import type { Arena } from "../kernels/arena.ts";
import { DigestGroups } from "../kernels/digest-groups.ts";
import { type DigestPart, finishGroups, type GroupSegment } from "../kernels/digest-parts.ts";
import { SlotCollector } from "../kernels/slot-collector.ts";
import type { SlottedRows } from "../kernels/slots.ts";
import type { TDigest } from "../kernels/tdigest.ts";
import { PART_BLOCKS, partOf } from "./measures.ts";

/** Slots that threads finish: each takes the next range that nobody has. */
export interface DigestTask {
  readonly parts: readonly DigestPart[];
  /** Number of the next range, over shared memory. */
  readonly next: Int32Array;
  /** Slots are below it. */
  readonly size: number;
}

/** Ranges of slots, at most: enough that threads end together. */
const RANGES = 256;
/** Below so many values the main thread is done before another has begun. */
const FEW_VALUES = 2 ** 17;
/** Rows up to which values wait for all parts, at most half a gigabyte. Of more, the digests grow part by part. */
const MOST_ROWS = 2 ** 26;

/** The digests of one input. */
export class SlotDigests {
  /** Whether several threads may take the parts: not past MOST_ROWS, where parts must come in order. */
  readonly isShareable: boolean;
  readonly #size: number;
  readonly #digests: DigestGroups;
  readonly #collector: SlotCollector;
  #part = -1;
  #finished: { readonly groups: Uint32Array; readonly digests: readonly TDigest[] } | undefined;

  /** `size`: slots are below it. `blocks`: how many will be read. Throws E_MEMORY. */
  constructor(arena: Arena, size: number, blocks: number) {
    this.isShareable = blocks * BLOCK_ROWS <= MOST_ROWS;
    this.#size = size;
    this.#collector = new SlotCollector(arena, size, Math.min(blocks, PART_BLOCKS) * BLOCK_ROWS);
    this.#digests = new DigestGroups(this.isShareable ? Number.POSITIVE_INFINITY : undefined);
  }

  /** Adds the numbers at an address. Blocks come in ascending order. */
  add(values: number, rows: SlottedRows, block: number): void {
    if (partOf(block) !== this.#part) this.#closePart();
    this.#part = partOf(block);
    this.#collector.add(values, rows);
  }

  #closePart(): void {
    const closed = this.#collector.close(this.#part);
    if (closed !== undefined) this.#digests.addPart(closed);
  }

  /** What this thread has, for `merge` on another. */
  partial(): readonly DigestPart[] {
    this.#closePart();
    return this.#digests.handOver();
  }

  merge(parts: readonly DigestPart[]): void {
    this.#closePart();
    this.#digests.absorb(parts);
  }

  /** What threads are to finish together; undefined where that does not pay. */
  share(): DigestTask | undefined {
    this.#closePart();
    if (!this.isShareable || this.#digests.held < FEW_VALUES) return undefined;
    const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    return { parts: this.#digests.handOver(), next, size: this.#size };
  }

  /** Takes what a thread has finished. */
  take(finished: readonly GroupSegment[]): void {
    for (const one of finished) this.#digests.take(one);
  }

  /** The digests of these slots. */
  of(groups: Uint32Array): readonly TDigest[] {
    this.#closePart();
    if (this.#finished?.groups !== groups) this.#finished = { groups, digests: this.#digests.finish(groups) };
    return this.#finished.digests;
  }
}

/** Finishes ranges of slots until none is left. */
export function finishDigests({ parts, next, size }: DigestTask): readonly GroupSegment[] {
  const width = Math.ceil(size / RANGES);
  const finished: GroupSegment[] = [];
  for (let from = Atomics.add(next, 0, 1) * width; from < size; from = Atomics.add(next, 0, 1) * width) {
    for (const found of finishGroups(parts, from, from + width)) finished.push(found);
  }
  return finished;
}

/** The same segments in one piece of memory each for means and weights, so that they are quickly sent. */
export function packed(segments: readonly GroupSegment[]): readonly GroupSegment[] {
  const total = segments.reduce((sum, { segment }) => sum + segment.means.length, 0);
  const [means, weights] = [new Float64Array(total), new Float64Array(total)];
  let end = 0;
  return segments.map(({ group, segment }) => {
    const start = end;
    end += segment.means.length;
    means.set(segment.means, start);
    if (segment.weights !== undefined) weights.set(segment.weights, start);
    return {
      group,
      segment: {
        means: means.subarray(start, end),
        weights: segment.weights && weights.subarray(start, end),
        smallest: segment.smallest,
      },
    };
  });
}
