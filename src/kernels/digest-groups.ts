// A t-digest a group, fed by block: for one group to hundreds of thousands, with memory by what each group has seen.
// Called by exec/measures. What must stay true: the bytes of a digest depend on the rows and their order alone. Rows are
// taken in stripes of 16 blocks, whose numbers are fixed by the table: what a stripe holds of a group is condensed by
// itself (up to 2,048 values stay as they are), and the digests take the stripes in their order. So a stripe may be
// condensed anywhere, in any order of stripes, as long as the results are absorbed in order: any number of threads and
// any chunking of the input gives the same bytes.

import { collectChunk, gatherByGroup, type ValueChunk } from "./quantile.ts";
import type { Selection } from "./select.ts";
import { condenseSegment, type Segment, TDigest } from "./tdigest.ts";

/** Blocks of a stripe: a million rows, so that a thousand groups still have something to condense. */
export const STRIPE_BLOCKS = 16;

/** Values of a group that a stripe hands over as they are: condensing few costs more than it saves. */
const RAW_UP_TO = 2_048;

/** Stripe of a block. */
export function stripeOf(block: number): number {
  return Math.floor(block / STRIPE_BLOCKS);
}

/** What a stripe holds of one group. */
export interface StripePart {
  readonly group: number;
  readonly segment: Segment;
}

/** Rows of a block for `DigestGroups.add`. */
export interface BlockRows {
  readonly ids: Uint32Array | undefined;
  readonly rows: Selection;
  readonly block: number;
  /** `values` is never written again; see collectChunk. */
  readonly stable: boolean;
}

/** Condenses the rows of one stripe, group by group. `groups`: ids are below it. */
export function* condenseStripe(chunks: readonly ValueChunk[], groups: number): Generator<StripePart> {
  const { values, offsets } = gatherByGroup(chunks, countByGroup(chunks, groups));
  for (let group = 0; group < groups; group += 1) {
    const start = offsets[group]!;
    const end = offsets[group + 1]!;
    if (end - start > RAW_UP_TO) yield { group, segment: condenseSegment(values, start, end) };
    else if (end > start) {
      yield { group, segment: { means: values.subarray(start, end), weights: undefined, smallest: Number.NaN } };
    }
  }
}

/** Digests by group. Blocks come in ascending order. */
export class DigestGroups {
  readonly #digests: (TDigest | undefined)[] = [];
  #chunks: ValueChunk[] = [];
  #stripe = 0;
  #groups = 0;

  /** Adds the numbers of a block; NaN is skipped. `groups`: ids are below it, and it never falls. */
  add(values: Float64Array, { ids, rows, block, stable }: BlockRows, groups: number): void {
    if (stripeOf(block) !== this.#stripe) this.#closeStripe();
    this.#stripe = stripeOf(block);
    this.#groups = groups;
    this.#chunks.push(collectChunk(values, { ids, rows, stable }));
  }

  /** Takes a part of a stripe that was condensed elsewhere; stripes come in ascending order. */
  absorb({ group, segment }: StripePart): void {
    let digest = this.#digests[group];
    if (digest === undefined) {
      digest = new TDigest();
      while (this.#digests.length < group) this.#digests.push(undefined);
      this.#digests[group] = digest;
    }
    digest.addSegment(segment);
  }

  /** The digests of groups [0, groups), after the last block. */
  finish(groups: number): readonly TDigest[] {
    this.#closeStripe();
    return Array.from({ length: groups }, (_, group) => this.#digests[group] ?? new TDigest());
  }

  #closeStripe(): void {
    for (const part of condenseStripe(this.#chunks, this.#groups)) this.absorb(part);
    this.#chunks = [];
  }
}

function countByGroup(chunks: readonly ValueChunk[], groups: number): Float64Array {
  const counts = new Float64Array(groups);
  for (const { values, ids } of chunks) {
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i]!;
      counts[ids === undefined ? 0 : ids[i]!]! += Number(!Number.isNaN(value));
    }
  }
  return counts;
}
