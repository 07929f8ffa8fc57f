// A t-digest a group, fed by block: for one group to hundreds of thousands, with memory by what each group has seen.
// Called by exec/measures and exec/slot-digests. What must stay true: the bytes of a digest depend on the rows and their order
// alone. Rows are taken in parts, whose numbers are fixed by the table: what a part holds of a group is condensed by
// itself (few values stay as they are), and a digest takes the parts in their order. So parts may be made anywhere and in
// any order, and groups be finished anywhere: any number of threads and any chunking of the input gives the same bytes.

import {
  type DigestPart,
  finishGroups,
  type GroupSegment,
  PartCollector,
  type PartRows,
  segmentsOf,
} from "./digest-parts.ts";
import { TDigest } from "./tdigest.ts";

/** Values that wait to be put into their digests, at most: 128 MiB. */
const MOST_HELD = 2 ** 24;

/** Digests by group. Parts come in ascending order. */
export class DigestGroups {
  readonly #collector = new PartCollector();
  #part = -1;
  /** Of this thread and of others, until they are put into digests. */
  #parts: DigestPart[] = [];
  #held = 0;
  readonly #digests: (TDigest | undefined)[] = [];
  readonly #mostHeld: number;

  /** `mostHeld`: values that wait at most, for tests; Infinity where parts are handed over. */
  constructor(mostHeld: number = MOST_HELD) {
    this.#mostHeld = mostHeld;
  }

  /** Adds numbers of a part; NaN is skipped. `groups`: ids are below it. */
  add(values: Float64Array, { part, ...rows }: PartRows & { readonly part: number }, groups: number): void {
    if (part !== this.#part) this.#closePart();
    this.#part = part;
    this.#collector.add(values, rows, groups);
  }

  /** Values that wait. */
  get held(): number {
    this.#closePart();
    return this.#parts.reduce((sum, { values }) => sum + values.length, 0);
  }

  /** Gives away all parts, in order, and keeps none. */
  handOver(): readonly DigestPart[] {
    this.#closePart();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  /** Takes over parts of other threads. */
  absorb(parts: readonly DigestPart[]): void {
    this.#closePart();
    this.#parts.push(...parts);
    this.#parts.sort((a, b) => a.part - b.part);
  }

  /** Takes a group that was finished from all parts, here or elsewhere. */
  take({ group, segment }: GroupSegment): void {
    this.#set(group, TDigest.of(segment));
  }

  /** The digests of groups, after the last row. */
  finish(groups: Iterable<number>): readonly TDigest[] {
    this.#closePart();
    if (this.#digests.length > 0) this.#empty();
    else for (const found of finishGroups(this.#parts, 0, Number.POSITIVE_INFINITY)) this.take(found);
    this.#parts = [];
    return Array.from(groups, (group) => this.#digests[group] ?? new TDigest());
  }

  #closePart(): void {
    const closed = this.#collector.close(this.#part);
    if (closed !== undefined) this.addPart(closed);
  }

  /** Adds a part that was collected elsewhere, instead of its numbers. */
  addPart(part: DigestPart): void {
    this.#parts.push(part);
    this.#held += part.values.length;
    if (this.#held > this.#mostHeld) this.#empty();
  }

  /** Puts the parts that wait into their digests. */
  #empty(): void {
    for (const part of this.#parts) {
      for (const { group, segment } of segmentsOf(part)) {
        const digest = this.#digests[group] ?? new TDigest();
        digest.addSegment(segment);
        this.#set(group, digest);
      }
    }
    this.#parts = [];
    this.#held = 0;
  }

  #set(group: number, digest: TDigest): void {
    while (this.#digests.length < group) this.#digests.push(undefined);
    this.#digests[group] = digest;
  }
}
