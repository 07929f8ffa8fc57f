// The spans of one record as a graph: which repeat an id, which have no parent here, which stand in a cycle, and what
// their token counts add up to. Filled by the span functions while a record is read, and emptied for the next one.
// What must stay true: everything is iterative and ends on any input; a cycle is cut at its first span, so that every span
// hangs below a root.

import { TextTable } from "../columns/text-table.ts";
import { numberWithin } from "../json/numbers.ts";
import type { IdBuffer } from "./ids.ts";
import type { KeptName } from "./program.ts";

const NONE = -1;
/** A span whose parent is not in the record, or that was made a root to cut a cycle. */
const CUT = -2;

/** A span of the record. */
export interface SpanEntry {
  readonly id: IdBuffer;
  /** Undefined for a root. */
  readonly parent: IdBuffer | undefined;
  /** Node of the span object. */
  readonly node: number;
}

/** What `resolve` found. */
export interface GraphCounts {
  readonly orphans: number;
  readonly inCycles: number;
}

/** The token counts that a span may carry, in the order of the columns. */
export const USAGE_NAMES = [
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
] as const satisfies readonly KeptName[];

/** One of USAGE_NAMES. */
export type UsageName = (typeof USAGE_NAMES)[number];

/** The spans of one record, by their position in the file. */
export class SpanGraph {
  /** Spans so far, replaced ones included. */
  count = 0;
  /** Spans that a later one of the same id replaces. */
  replaced = 0;
  /** Ids of spans and of parents. */
  readonly #ids = new TextTable("the span ids of a record");
  /** By id code: the span that has the id, or NONE. */
  #owners: Int32Array = new Int32Array(16);
  #nodes: Int32Array = new Int32Array(16);
  /** By span: its parent's id code at first, its parent after resolve(); NONE at a root. */
  #parents: Int32Array = new Int32Array(16);
  #isReplaced: Uint8Array = new Uint8Array(16);
  readonly #kept = new Map<KeptName, Float64Array>();
  /** By name and span: the kept integers that float64 may not hold; `#kept` has the nearest. */
  readonly #large = new Map<KeptName, Map<number, bigint>>();

  /** Forgets the record. */
  clear(): void {
    for (const values of this.#kept.values()) values.fill(Number.NaN, 0, this.count);
    if (this.#large.size > 0) this.#large.clear();
    this.#ids.truncate(0);
    this.count = 0;
    this.replaced = 0;
  }

  /** Adds a span. Gives the earlier span of the same id, or -1. */
  add(span: SpanEntry): number {
    const index = this.count;
    this.#room(index + 1);
    this.#nodes[index] = span.node;
    this.#isReplaced[index] = 0;
    const code = this.#code(span.id);
    const earlier = this.#owners[code]!;
    this.#owners[code] = index;
    this.#parents[index] = span.parent === undefined ? NONE : this.#code(span.parent);
    this.count = index + 1;
    return earlier;
  }

  /** Leaves a span out of everything that is counted and summed. */
  replace(index: number): void {
    this.#isReplaced[index] = 1;
    this.replaced += 1;
  }

  /** Keeps a number of a span. */
  keep(name: KeptName, index: number, value: number): void {
    let values = this.#kept.get(name);
    if (values === undefined || values.length <= index) {
      const wider = new Float64Array(Math.max(16, (index + 1) * 2)).fill(Number.NaN);
      if (values !== undefined) wider.set(values);
      values = wider;
      this.#kept.set(name, wider);
    }
    values[index] = value;
  }

  /** As keep(), for an integer beyond 2^53 in magnitude. */
  keepExact(name: KeptName, index: number, value: bigint): void {
    this.keep(name, index, Number(value));
    const large = this.#large.get(name);
    if (large === undefined) this.#large.set(name, new Map([[index, value]]));
    else large.set(index, value);
  }

  /** Sum of a kept number over the spans, NaN as 0. */
  total(name: KeptName): number {
    const values = this.#kept.get(name);
    let sum = 0;
    for (let i = 0; i < this.count; i += 1) {
      const value = values?.[i] ?? Number.NaN;
      if (this.#isReplaced[i] === 0 && !Number.isNaN(value)) sum += value;
    }
    return sum;
  }

  /** Node of the first span without a parent, else of the first whose parent is missing; -1 without spans. Needs resolve(). */
  root(): number {
    for (const kind of [NONE, CUT]) {
      for (let i = 0; i < this.count; i += 1) {
        if (this.#isReplaced[i] === 0 && this.#parents[i] === kind) return this.#nodes[i]!;
      }
    }
    return -1;
  }

  /** Node of span `index`, in [0, count). */
  node(index: number): number {
    return this.#nodes[index]!;
  }

  /** Turns parent ids into parents, and cuts cycles. Called once, after the last span. */
  resolve(): GraphCounts {
    let orphans = 0;
    for (let i = 0; i < this.count; i += 1) {
      const code = this.#parents[i]!;
      if (code === NONE) continue;
      const parent = this.#owners[code]!;
      if (parent === NONE && this.#isReplaced[i] === 0) orphans += 1;
      this.#parents[i] = parent === NONE ? CUT : parent;
    }
    return { orphans, inCycles: this.#cutCycles() };
  }

  /**
   * Token counts of the record by name, NaN where no span has one, a bigint beyond 2^53 in magnitude: a span's usage hides
   * that of all spans below it, and the rest is added up (MLflow's rule). Needs resolve().
   */
  usage(): { readonly [name in UsageName]: number | bigint } {
    const hasUsage = new Uint8Array(this.count);
    const arrays = USAGE_NAMES.map((name) => this.#kept.get(name));
    for (const values of arrays) {
      for (let i = 0; i < this.count; i += 1) if (!Number.isNaN(values?.[i] ?? Number.NaN)) hasUsage[i] = 1;
    }
    const left = this.#below(hasUsage);
    for (let i = 0; i < this.count; i += 1) left[i] = left[i] === 1 || this.#isReplaced[i] === 1 ? 1 : 0;
    const sums = USAGE_NAMES.map((name) => [name, this.#sumOf(name, left)]);
    return Object.fromEntries(sums) as { [name in UsageName]: number | bigint };
  }

  /** Sum of a kept integer over the spans without a 1 in `left`. */
  #sumOf(name: UsageName, left: Uint8Array): number | bigint {
    const values = this.#kept.get(name);
    let sum = Number.NaN;
    let magnitude = 0;
    for (let i = 0; i < this.count; i += 1) {
      const value = values?.[i] ?? Number.NaN;
      if (Number.isNaN(value) || left[i] === 1) continue;
      sum = Number.isNaN(sum) ? value : sum + value;
      magnitude += Math.abs(value);
    }
    // Below 2^53 every step was exact.
    if (values === undefined || magnitude < 2 ** 53) return sum;
    const large = this.#large.get(name);
    let exact = 0n;
    for (let i = 0; i < this.count; i += 1) {
      const value = values[i]!;
      if (!Number.isNaN(value) && left[i] === 0) exact += large?.get(i) ?? BigInt(value);
    }
    return numberWithin(exact);
  }

  /** 1 for each span that has an ancestor with a 1 in `marks`. Each span is walked over once: what is known ends a walk. */
  #below(marks: Uint8Array): Uint8Array {
    const unknown = 2;
    const below = new Uint8Array(this.count).fill(unknown);
    const path: number[] = [];
    for (let i = 0; i < this.count; i += 1) {
      let at = i;
      while (below[at] === unknown && this.#parents[at]! >= 0) {
        path.push(at);
        at = this.#parents[at]!;
      }
      if (below[at] === unknown) below[at] = 0;
      for (let child = path.pop(); child !== undefined; child = path.pop()) {
        below[child] = marks[at]! | below[at]!;
        at = child;
      }
    }
    return below;
  }

  /** Steps from each span up to its root, by position. Needs resolve(). Each span is walked over once. */
  depths(): Int32Array {
    const depths = new Int32Array(this.count).fill(NONE);
    const path: number[] = [];
    for (let i = 0; i < this.count; i += 1) {
      let at = i;
      while (depths[at] === NONE && this.#parents[at]! >= 0) {
        path.push(at);
        at = this.#parents[at]!;
      }
      let depth = Math.max(0, depths[at]!);
      depths[at] = depth;
      for (let child = path.pop(); child !== undefined; child = path.pop()) {
        depth += 1;
        depths[child] = depth;
      }
    }
    return depths;
  }

  #cutCycles(): number {
    const walked = new Int32Array(this.count);
    let inCycles = 0;
    for (let i = 0; i < this.count; i += 1) {
      let at = i;
      while (at >= 0 && walked[at] === 0) {
        walked[at] = i + 1;
        at = this.#parents[at]!;
      }
      // The walk met itself: `at` stands in a cycle that no earlier walk has seen.
      if (at >= 0 && walked[at] === i + 1) inCycles += this.#cutAt(at);
    }
    return inCycles;
  }

  /** Makes the first span of the cycle through `member` a root; gives the length of the cycle. */
  #cutAt(member: number): number {
    let first = member;
    let length = 1;
    for (let at = this.#parents[member]!; at !== member; at = this.#parents[at]!) {
      first = Math.min(first, at);
      length += 1;
    }
    this.#parents[first] = CUT;
    return length;
  }

  #code(id: IdBuffer): number {
    const known = this.#ids.size;
    const code = this.#ids.add(id.bytes, 0, id.length);
    if (code < known) return code;
    if (code >= this.#owners.length) this.#owners = wider(this.#owners);
    this.#owners[code] = NONE;
    return code;
  }

  #room(spans: number): void {
    if (spans <= this.#nodes.length) return;
    this.#nodes = wider(this.#nodes);
    this.#parents = wider(this.#parents);
    const flags = new Uint8Array(this.#isReplaced.length * 2);
    flags.set(this.#isReplaced);
    this.#isReplaced = flags;
  }
}

function wider(array: Int32Array): Int32Array {
  const copy = new Int32Array(array.length * 2);
  copy.set(array);
  return copy;
}
