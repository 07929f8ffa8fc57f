// Aggregate by slots: group numbers by arithmetic and accumulators in WebAssembly, for key spaces that are small.
// Called by compile.ts, which chooses between this and aggregate.ts. What must stay true: the same result, bit for bit and
// in the same order. A block whose key has one value (zone maps know) needs no group numbers, and no look at the key.

import type { BlockMemory } from "../kernels/block-memory.ts";
import type { GroupSegment } from "../kernels/digest-parts.ts";
import { RowBits, type RowTest } from "../kernels/row-bits.ts";
import { SlotTable, slotsOf } from "../kernels/slots.ts";
import type { Expr } from "../plan/expr.ts";
import type { Aggregate } from "../plan/logical.ts";
import type { GroupedResult } from "../plan/result.ts";
import { type AggregateOptions, type AggregateSink, keptGroups, noteOf, takeGroups, takeKept } from "./aggregate.ts";
import type { Batch } from "./batch.ts";
import { bindKey, type KeySource } from "./group-keys.ts";
import { partOf } from "./measures.ts";
import { joined, type Meter } from "./meter.ts";
import type { Selector } from "./selectors.ts";
import { type DigestTask, finishDigests, packed } from "./slot-digests.ts";
import { isSmall, openKeys } from "./slot-keys.ts";
import {
  bindSlotMeasures,
  type InputPartial,
  inputKey,
  type SlotInput,
  slotObstacle,
  spread,
} from "./slot-measures.ts";
import { BatchPieces, type RowTests, type SlottedPiece } from "./slot-pieces.ts";
import { addSet, isLarge, type SlotSets, slotSets } from "./slot-sets.ts";
import { bindNullTest, type NullTest, testsOf } from "./slot-tests.ts";

/** Most slots: 16 MiB of sums and counts. */
const MAX_SLOTS = 2 ** 18;

/** What the fast way takes besides. */
export interface SlotOptions extends AggregateOptions {
  readonly memory: BlockMemory;
  /** Only rows that have this number count: a null test, done on the way. Every measure reads it. */
  readonly present: Expr | undefined;
  /** Conditions that the steps below have left to the aggregate; see RowStep.testsApart. */
  readonly tests: readonly Selector[];
  /** Told how many rows did not pass them. */
  readonly onDropped: (rows: number) => void;
  /** Whether other threads aggregate other parts. */
  readonly isShared: boolean;
}

/** Why an aggregate cannot go by slots; undefined when it can. Throws E_COLUMN_NOT_LOADED. */
export function slotsBarred(node: Aggregate, options: AggregateOptions): string | undefined {
  const keys = node.keys.map((key) => bindKey(key, options));
  const size = slotsOf(keys.map(({ cardinality }) => cardinality));
  if (!(size <= MAX_SLOTS)) return `${size} key combinations`;
  return slotObstacle(node.measures, { ...options, size });
}

/** What one thread has aggregated, for another. */
export interface SlotPartial {
  /** Slots that this thread met first in a part, in order. */
  readonly parts: readonly { readonly part: number; readonly groups: Uint32Array }[];
  /** By input. */
  readonly inputs: readonly InputPartial[];
}

/** What other threads are to do for percentiles: by input the places of bins to gather, ascending, or digests to finish. */
export type WantedPlaces = readonly (Uint32Array | DigestTask | undefined)[];
/** What they have done: by input the values by place, or digests. */
export type GatheredValues = readonly (Float64Array | readonly GroupSegment[] | undefined)[];

/**
 * An aggregate that is not barred. A thread by itself calls `consume` and `finish`. Of several, each consumes its blocks;
 * one then merges the partials of the others, has them gather the values it wants, takes those, and finishes.
 */
export class SlotAggregate implements AggregateSink {
  readonly meter: Meter;
  readonly #node: Aggregate;
  readonly #keys: readonly KeySource[];
  readonly #inputs: readonly SlotInput[];
  readonly #twice: readonly SlotInput[];
  readonly #nullTest: NullTest | undefined;
  readonly #usesZoneMaps: boolean;
  readonly #tests: readonly Selector[];
  readonly #onDropped: (rows: number) => void;
  readonly #room: {
    readonly table: SlotTable;
    readonly bits: RowBits;
    readonly memory: BlockMemory;
    readonly keepNulls: boolean;
  };
  /** For inputs that are looked at twice. */
  readonly #batches: Batch[] = [];
  readonly #parts: { readonly part: number; readonly from: number }[] = [];
  #groups: Uint32Array | undefined;
  /** By input, what threads finish together. */
  #tasks: readonly (DigestTask | undefined)[] = [];

  /** Throws E_MEMORY; `consume` throws E_TOO_MANY_GROUPS. */
  constructor(node: Aggregate, options: SlotOptions) {
    const { memory, meter, scope, maxGroups, blocks, isShared } = options;
    this.#usesZoneMaps = scope.shortcuts.has("zone-maps");
    this.meter = meter;
    this.#node = node;
    this.#keys = node.keys.map((key) => bindKey(key, options));
    const cardinalities = this.#keys.map(({ cardinality }) => cardinality);
    const keepNulls = node.nullKeys === "keep";
    const table = new SlotTable(cardinalities, memory, { keepNulls, maxGroups });
    this.#room = { table, bits: new RowBits(memory), memory, keepNulls };
    this.#tests = options.tests;
    this.#onDropped = options.onDropped;
    const { size } = table;
    this.#inputs = bindSlotMeasures(node.measures, { scope, memory, size, blocks, isShared });
    this.#twice = this.#inputs.filter(({ bins }) => bins !== undefined);
    this.#nullTest = options.present === undefined ? undefined : bindNullTest(options.present, this.#inputs, options);
    const slots = `${size - 1} slots, of at most ${MAX_SLOTS}`;
    const sums = new Set(this.#inputs.flatMap(({ how }) => how ?? []));
    meter.note = [noteOf(this.#keys.length === 0 ? "one group" : slots, node.measures), ...sums].join("; ");
    const small = this.#keys.find(isSmall);
    if (small !== undefined && this.#inputs.every(({ addSet }) => addSet !== undefined)) {
      meter.note = joined(meter.note, `where ${small.name} alone varies in a block, a set of rows a value`);
    }
  }

  /** Slots are below it. */
  get size(): number {
    return this.#room.table.size;
  }

  /** Whether other threads may take parts. */
  get isShareable(): boolean {
    return this.#inputs.every(({ digests }) => digests?.isShareable !== false);
  }

  consume(batch: Batch): void {
    const before = batch.rows.count;
    const filter = testsOf(this.#tests, batch, this.#keys);
    this.#drop(before - batch.rows.count);
    if (batch.rows.count === 0) return;
    const [table, nullTest] = [this.#room.table, this.#nullTest];
    const part = partOf(batch.block);
    if (this.#parts.at(-1)?.part !== part) this.#parts.push({ part, from: table.known });
    if (this.#twice.length > 0) this.#batches.push(keptBatch(batch));
    const placed = openKeys(this.#keys, batch, this.#room);
    const mayTake = this.#usesZoneMaps && filter.length === 0;
    const left = mayTake ? untaken(this.#inputs, batch, placed.slot) : this.#inputs;
    if (left.length === 0 && placed.slot !== undefined) {
      const isEmpty = nullTest?.isAllNull(batch) === true;
      if (!isEmpty) table.note({ count: batch.length, slot: placed.slot, slots: 0 });
      return;
    }
    for (const input of left) input.open(batch);
    const pieces = new BatchPieces(batch, placed, this.#room);
    this.#add(pieces, filter, left);
    this.#drop(pieces.dropped);
  }

  /** Counts rows that did not pass the filter's conditions where they were tested here. */
  #drop(rows: number): void {
    if (rows === 0) return;
    this.meter.count(-rows, 0);
    this.#onDropped(rows);
  }

  /** Adds the rows that pass tests: by a set for each slot where that can be, else by a slot for each row. */
  #add(pieces: BatchPieces, filter: readonly RowTest[], inputs: readonly SlotInput[]): void {
    const { batch, placed } = pieces;
    const byBits = this.#nullTest === undefined ? [] : this.#nullTest.byBits(batch);
    const tests = { filter, present: byBits ?? [] };
    const isWhole = batch.rows.positions === undefined && byBits !== undefined;
    const isTested = filter.length + tests.present.length > 0;
    const sets = isWhole ? slotSets(placed, { inputs, isTested }, this.#room.table) : undefined;
    if (sets !== undefined) {
      this.#addSets(pieces, sets, { tests, inputs });
      return;
    }
    // Without a filter the numbers are brought in for the null test.
    const isByBits = filter.length > 0 && byBits !== undefined;
    const nullTest = isByBits ? undefined : this.#nullTest;
    pieces.forStretches(isByBits ? tests : { filter, present: [] }, (stretch, set) =>
      this.#addRows(pieces, pieces.slotted(stretch, set), { inputs, nullTest }),
    );
  }

  #addSets(pieces: BatchPieces, sets: SlotSets, { tests, inputs }: Wanted): void {
    const set = pieces.passing(tests);
    const { rows, length } = pieces.batch;
    if (isLarge(set)) addSet(sets, { piece: { from: 0, to: length, rows }, set, inputs }, this.#room);
    else if (set.size > 0) {
      const piece = pieces.listed({ from: 0, to: length }, set);
      addSet(sets, { piece, set: this.#room.bits.first(set.size), inputs }, this.#room);
    }
  }

  #addRows({ batch }: BatchPieces, { piece, rows }: SlottedPiece, { inputs, nullTest }: Tested): void {
    const { table } = this.#room;
    const present = nullTest?.test(batch, rows, piece);
    if (!table.complete && present?.none !== true) table.note(rows);
    for (const input of inputs) {
      const at = input === present?.input ? present.at : (input.load?.(piece) ?? 0);
      input.add(rows, piece, at);
    }
  }

  /** What this thread has aggregated. */
  partial(): SlotPartial {
    return { parts: this.#listsByPart(), inputs: this.#inputs.map((input) => input.partial()) };
  }

  #listsByPart(): SlotPartial["parts"] {
    const all = this.#room.table.groups();
    return this.#parts.map(({ part, from }, at) => ({ part, groups: all.slice(from, this.#parts[at + 1]?.from) }));
  }

  /** Takes over what other threads have aggregated. Throws E_TOO_MANY_GROUPS. */
  merge(partials: readonly SlotPartial[]): void {
    const lists = [...this.#listsByPart(), ...partials.flatMap(({ parts }) => parts)];
    lists.sort((a, b) => a.part - b.part);
    // Without keys the one group is there before the first part.
    if (this.#keys.length > 0) this.#room.table.adopt(lists.map(({ groups }) => groups));
    for (const { inputs } of partials) {
      for (const [at, input] of this.#inputs.entries()) input.merge(inputs[at] ?? {});
    }
  }

  /** Settles the groups; gives what the other threads are to gather. Throws E_MEMORY. */
  want(): WantedPlaces {
    this.#groups = this.#room.table.groups();
    for (const { bins, percentiles } of this.#twice) bins?.want(this.#groups, percentiles ?? []);
    this.#tasks = this.#inputs.map(({ digests }) => digests?.share());
    return this.#inputs.map(({ bins }, at) => bins?.wantedPlaces() ?? this.#tasks[at]);
  }

  /** On another thread: gathers what is wanted of this thread's rows. */
  gatherFor(wanted: WantedPlaces): GatheredValues {
    this.#inputs.forEach(({ bins }, at) => {
      const places = wanted[at];
      bins?.wantPlaces(places instanceof Uint32Array ? places : new Uint32Array(0));
    });
    this.#gatherBins();
    return this.#inputs.map(({ bins }, at) => {
      const task = wanted[at];
      return task === undefined || task instanceof Uint32Array ? bins?.gathered() : packed(finishDigests(task));
    });
  }

  /** Looks at this thread's rows a second time, and finishes digests. */
  gather(): void {
    this.#gatherBins();
    this.#tasks.forEach((task, at) => {
      if (task !== undefined) this.#inputs[at]?.digests?.take(finishDigests(task));
    });
  }

  #gatherBins(): void {
    if (this.#twice.length === 0) return;
    for (const batch of this.#batches) {
      const filter = testsOf(this.#tests, batch, this.#keys);
      for (const input of this.#twice) input.open(batch);
      const pieces = new BatchPieces(batch, openKeys(this.#keys, batch, this.#room), this.#room);
      pieces.forStretches({ filter, present: [] }, (stretch, set) => {
        const { piece, rows } = pieces.slotted(stretch, set);
        for (const input of this.#twice) {
          const at = input.load?.(piece) ?? 0;
          input.bins?.gather(at, spread(rows, this.#room.memory));
        }
      });
    }
  }

  /** Takes over what another thread has gathered, of which `partial` was merged. */
  append(wanted: WantedPlaces, values: GatheredValues, partial: SlotPartial): void {
    this.#inputs.forEach(({ bins, digests }, at) => {
      const [places, own, counts] = [wanted[at], values[at], partial.inputs[at]?.bins];
      if (own === undefined) return;
      if (!(own instanceof Float64Array)) digests?.take(own);
      else if (places instanceof Uint32Array && counts !== undefined) bins?.append(places, own, counts);
    });
  }

  finish(): GroupedResult {
    if (this.#groups === undefined) {
      this.want();
      this.gather();
    }
    const groups = this.#groups ?? this.#room.table.groups();
    return resultOf(this.#node, { keys: this.#keys, table: this.#room.table, inputs: this.#inputs, groups });
  }
}

/** What is added of a batch: the rows that pass tests, to inputs. */
interface Wanted {
  readonly tests: RowTests;
  readonly inputs: readonly SlotInput[];
}

/** Where rows are added, and the null test that they have not passed yet. */
interface Tested {
  readonly inputs: readonly SlotInput[];
  readonly nullTest: NullTest | undefined;
}

/** The inputs for which the rows have to be looked at: not those that zone maps answer, of whole blocks of one slot. */
function untaken(inputs: readonly SlotInput[], batch: Batch, slot: number | undefined): readonly SlotInput[] {
  if (slot === undefined || batch.rows.count < batch.length) return inputs;
  return inputs.filter((input) => input.take?.(batch, slot) !== true);
}

/** A batch that outlives the next one, whose positions take the place of its own. */
function keptBatch({ block, length, rows }: Batch): Batch {
  const positions = rows.positions?.slice(0, rows.count);
  return { block, length, rows: { positions, count: rows.count } };
}

function resultOf(
  node: Aggregate,
  bound: {
    readonly keys: readonly KeySource[];
    readonly table: SlotTable;
    readonly inputs: readonly SlotInput[];
    readonly groups: Uint32Array;
  },
): GroupedResult {
  const { keys, table, inputs, groups } = bound;
  const byKey = new Map(inputs.map((input) => [input.key, input]));
  const values = node.measures.map((measure) => byKey.get(inputKey(measure))?.finish(measure, groups));
  const kept = keptGroups(groups.length, node.emptyGroups === "drop" ? values.flatMap((found) => found ?? []) : []);
  const keyColumns = keys.map((key, at) => {
    const codes = table.keyCodes(at, groups);
    return key.result(takeKept(codes, kept, 0));
  });
  const measureColumns = node.measures.map(({ name }, at) => takeGroups(name, values[at], kept));
  return { kind: "grouped", rows: kept.length, columns: [...keyColumns, ...measureColumns] };
}
