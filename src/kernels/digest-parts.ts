// What a part of a table holds of each group, for digests: collected row by row, then put in order of groups and condensed.
// Called by digest-groups.ts. What must stay true: a part depends on its rows and their order alone, so that any thread may
// make it, and finishing groups on their parts in order, so that any thread may do it.
// Values by group: counting sort, D. E. Knuth, TAOCP vol. 3, 5.2.

import { EngineError } from "../base/errors.ts";
import type { Selection } from "./select.ts";
import { condenseSegment, joinSegments, type Segment } from "./tdigest.ts";

/** Values of a group that a part hands over as they are: condensing few costs more than it saves. */
const RAW_UP_TO = 16_384;

/** What a part of a table holds of one group. */
export interface GroupSegment {
  readonly group: number;
  readonly segment: Segment;
}

/** What a part of a table holds, by group. Plain arrays, to be sent. */
export interface DigestPart {
  readonly part: number;
  /** Groups with few values, ascending: those of `groups[i]` are `values[ends[i - 1], ends[i])`. */
  readonly groups: Uint32Array;
  readonly ends: Uint32Array;
  /** Over shared memory. */
  readonly values: Float64Array;
  /** Groups with many, ascending. */
  readonly condensed: readonly GroupSegment[];
}

/** Numbers to be added. */
export interface PartRows {
  /** Group by row; absent: all of `group`. */
  readonly ids: Uint32Array | undefined;
  /** Group of rows without ids; default 0. */
  readonly group?: number;
  readonly rows: Selection;
}

/** Takes in one part after the other; keeps its memory. */
export class PartCollector {
  #values = new Float64Array(0);
  #ids = new Uint32Array(0);
  #size = 0;
  /** The group of all values so far, while there is but one: then no id has been written. */
  #sole: number | undefined;
  /** Values by group. */
  #counts = new Uint32Array(1);
  #sorted = new Float64Array(0);

  /** Adds numbers; NaN is skipped. `groups`: ids are below it. */
  add(values: Float64Array, { ids, group = 0, rows }: PartRows, groups: number): void {
    this.#makeRoom(rows.count, groups);
    const from = this.#size;
    if (ids === undefined) {
      if (from === 0) this.#sole = group;
      this.#addOne(values, rows);
      this.#counts[group]! += this.#size - from;
      if (this.#sole === group) return;
      this.#writeSole(from);
      this.#ids.fill(group, from, this.#size);
      return;
    }
    this.#writeSole(from);
    if (rows.positions === undefined) this.#addAll(values, ids, rows.count);
    else this.#addSome(values, ids, rows);
  }

  #makeRoom(count: number, groups: number): void {
    if (this.#counts.length < groups) {
      const counts = new Uint32Array(Math.max(groups, 2 * this.#counts.length));
      counts.set(this.#counts);
      this.#counts = counts;
    }
    const needed = this.#size + count;
    if (needed <= this.#values.length) return;
    const room = Math.max(needed, 2 * this.#values.length);
    const [values, ids] = [new Float64Array(room), new Uint32Array(room)];
    values.set(this.#values.subarray(0, this.#size));
    ids.set(this.#ids.subarray(0, this.#size));
    [this.#values, this.#ids] = [values, ids];
  }

  /** From here on each value has its id. */
  #writeSole(size: number): void {
    if (this.#sole !== undefined) this.#ids.fill(this.#sole, 0, size);
    this.#sole = undefined;
  }

  #addOne(values: Float64Array, { positions, count }: Selection): void {
    const out = this.#values;
    let size = this.#size;
    for (let i = 0; i < count; i += 1) {
      const value = positions === undefined ? values[i]! : values[positions[i]!]!;
      out[size] = value + 0;
      size += Number(!Number.isNaN(value));
    }
    this.#size = size;
  }

  #addAll(values: Float64Array, ids: Uint32Array, count: number): void {
    const [out, outIds, counts] = [this.#values, this.#ids, this.#counts];
    let size = this.#size;
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!;
      if (Number.isNaN(value)) continue;
      const id = ids[row]!;
      out[size] = value + 0;
      outIds[size] = id;
      counts[id]! += 1;
      size += 1;
    }
    this.#size = size;
  }

  #addSome(values: Float64Array, ids: Uint32Array, { positions, count }: Selection): void {
    const [out, outIds, counts] = [this.#values, this.#ids, this.#counts];
    let size = this.#size;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      const value = values[row]!;
      if (Number.isNaN(value)) continue;
      const id = ids[row]!;
      out[size] = value + 0;
      outIds[size] = id;
      counts[id]! += 1;
      size += 1;
    }
    this.#size = size;
  }

  /** Ends a part: what it holds; undefined when that is nothing. Throws E_MEMORY. */
  close(part: number): DigestPart | undefined {
    if (this.#size === 0) return undefined;
    const closed = partOfSorted(part, this.#sort(), this.#counts);
    this.#size = 0;
    this.#sole = undefined;
    this.#counts.fill(0);
    return closed;
  }

  /** The values in order of their groups. */
  #sort(): Float64Array {
    const [values, ids, size, counts] = [this.#values, this.#ids, this.#size, this.#counts];
    if (this.#sole !== undefined) return values;
    if (this.#sorted.length < size) this.#sorted = new Float64Array(values.length);
    const sorted = this.#sorted;
    const next = startsOf(counts);
    for (let i = 0; i < size; i += 1) {
      const id = ids[i]!;
      const to = next[id]!;
      sorted[to] = values[i]!;
      next[id] = to + 1;
    }
    return sorted;
  }
}

/** Where the values of each group begin, in order of groups. */
export function startsOf(counts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(counts.length);
  for (let group = 1; group < counts.length; group += 1) starts[group] = starts[group - 1]! + counts[group - 1]!;
  return starts;
}

/** A part of values in order of their groups, without NaN and -0; `counts`: how many each group has. May reorder groups. */
export function partOfSorted(part: number, sorted: Float64Array, counts: Uint32Array): DigestPart {
  const { fewGroups, fewValues } = countFew(counts);
  // Not sorted straight into fresh memory: its pages come slowly where they are touched in no order.
  const values = sharedNumbers(fewValues);
  const groups = new Uint32Array(fewGroups);
  const ends = new Uint32Array(fewGroups);
  const condensed: GroupSegment[] = [];
  let at = 0;
  let end = 0;
  for (let group = 0, start = 0; group < counts.length; group += 1) {
    const count = counts[group]!;
    if (count === 0) continue;
    if (count > RAW_UP_TO) condensed.push({ group, segment: condenseSegment(sorted, start, start + count) });
    else {
      values.set(sorted.subarray(start, start + count), end);
      end += count;
      groups[at] = group;
      ends[at] = end;
      at += 1;
    }
    start += count;
  }
  return { part, groups, ends, values, condensed };
}

function countFew(counts: Uint32Array): { readonly fewGroups: number; readonly fewValues: number } {
  let fewGroups = 0;
  let fewValues = 0;
  for (let group = 0; group < counts.length; group += 1) {
    const count = counts[group]!;
    if (count === 0 || count > RAW_UP_TO) continue;
    fewGroups += 1;
    fewValues += count;
  }
  return { fewGroups, fewValues };
}

function sharedNumbers(count: number): Float64Array {
  try {
    return new Float64Array(new SharedArrayBuffer(count * 8));
  } catch (cause) {
    throw new EngineError("E_MEMORY", `The system gives no ${count * 8} bytes for a digest`, { cause });
  }
}

/** The segments of a part, one a group. */
export function* segmentsOf({ groups, ends, values, condensed }: DigestPart): Generator<GroupSegment> {
  for (let i = 0; i < groups.length; i += 1) {
    const means = values.subarray(i === 0 ? 0 : ends[i - 1]!, ends[i]!);
    yield { group: groups[i]!, segment: rawSegment(means) };
  }
  yield* condensed;
}

function rawSegment(means: Float64Array): Segment {
  return { means, weights: undefined, smallest: Number.NaN };
}

/** The segments of some parts, group by group. */
class PartCursor {
  readonly #part: DigestPart;
  #few: number;
  #many: number;

  constructor(part: DigestPart, from: number) {
    this.#part = part;
    this.#few = lowerBound(part.groups.length, (at) => part.groups[at]! < from);
    this.#many = lowerBound(part.condensed.length, (at) => (part.condensed[at]?.group ?? 0) < from);
  }

  /** The next group that it has; Infinity after the last. */
  get group(): number {
    const { groups, condensed } = this.#part;
    const few = this.#few < groups.length ? groups[this.#few]! : Number.POSITIVE_INFINITY;
    return Math.min(few, condensed[this.#many]?.group ?? Number.POSITIVE_INFINITY);
  }

  /** The segment of that group. */
  take(): Segment {
    const { groups, ends, values, condensed } = this.#part;
    const many = condensed[this.#many];
    if (many !== undefined && !(groups[this.#few]! < many.group)) {
      this.#many += 1;
      return many.segment;
    }
    const at = this.#few;
    this.#few += 1;
    return rawSegment(values.subarray(at === 0 ? 0 : ends[at - 1]!, ends[at]!));
  }
}

/** Finishes the groups of [from, below) over parts in their order: the centroids of each that has values, ascending. */
export function* finishGroups(parts: readonly DigestPart[], from: number, below: number): Generator<GroupSegment> {
  const cursors = parts.map((part) => new PartCursor(part, from));
  for (;;) {
    let group = Number.POSITIVE_INFINITY;
    for (const cursor of cursors) group = Math.min(group, cursor.group);
    if (!(group < below)) return;
    const segments: Segment[] = [];
    for (const cursor of cursors) if (cursor.group === group) segments.push(cursor.take());
    yield { group, segment: joinSegments(segments) };
  }
}

function lowerBound(length: number, isBelow: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
