// Aggregate by slots: group numbers by arithmetic and accumulators in WebAssembly, for key spaces that are small.
// Called by compile.ts, which chooses between this and aggregate.ts. What must stay true: the same result, bit for bit and
// in the same order. A block whose key has one value (zone maps know) needs no group numbers, and no look at the key.

import { type BlockMemory, STRETCH_ROWS, type Stretch } from "../kernels/block-memory.ts";
import { type KeyDigits, SlotTable, type SlottedRows, slotsOf } from "../kernels/slots.ts";
import type { Expr } from "../plan/expr.ts";
import type { Aggregate } from "../plan/logical.ts";
import type { GroupedResult } from "../plan/result.ts";
import { exprKey } from "../plan/visit.ts";
import { type AggregateOptions, type AggregateSink, keptGroups, noteOf, takeGroups, takeKept } from "./aggregate.ts";
import type { Batch } from "./batch.ts";
import { bindKey, type KeySource } from "./group-keys.ts";
import { partOf } from "./measures.ts";
import type { Meter } from "./meter.ts";
import { bindNumber } from "./numbers.ts";
import {
  bindSlotMeasures,
  type InputPartial,
  inputKey,
  type SlotInput,
  slotObstacle,
  spread,
} from "./slot-measures.ts";

/** Most slots: 16 MiB of sums and counts. */
const MAX_SLOTS = 2 ** 18;

/** What the fast way takes besides. */
export interface SlotOptions extends AggregateOptions {
  readonly memory: BlockMemory;
  /** Only rows that have this number count: a null test, done on the way. Every measure reads it. */
  readonly present: Expr | undefined;
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

/** What other threads are to gather for percentiles: by input the places of bins, ascending. */
export type WantedPlaces = readonly (Uint32Array | undefined)[];
/** What they have gathered: by input the values by place. */
export type GatheredValues = readonly (Float64Array | undefined)[];

/**
 * An aggregate that is not barred. A thread by itself calls `consume` and `finish`. Of several, each consumes its blocks;
 * one then merges the partials of the others, has them gather the values it wants, takes those, and finishes.
 */
export class SlotAggregate implements AggregateSink {
  readonly meter: Meter;
  readonly #node: Aggregate;
  readonly #memory: BlockMemory;
  readonly #keys: readonly KeySource[];
  readonly #table: SlotTable;
  readonly #inputs: readonly SlotInput[];
  readonly #twice: readonly SlotInput[];
  readonly #nullTest: NullTest | undefined;
  readonly #usesZoneMaps: boolean;
  /** For inputs that are looked at twice. */
  readonly #batches: Batch[] = [];
  readonly #parts: { readonly part: number; readonly from: number }[] = [];
  #groups: Uint32Array | undefined;

  /** Throws E_MEMORY; `consume` throws E_TOO_MANY_GROUPS. */
  constructor(node: Aggregate, options: SlotOptions) {
    const { memory, meter, scope, maxGroups, blocks, isShared } = options;
    this.#usesZoneMaps = scope.shortcuts.has("zone-maps");
    this.meter = meter;
    this.#node = node;
    this.#memory = memory;
    this.#keys = node.keys.map((key) => bindKey(key, options));
    const cardinalities = this.#keys.map(({ cardinality }) => cardinality);
    this.#table = new SlotTable(cardinalities, memory, { keepNulls: node.nullKeys === "keep", maxGroups });
    const { size } = this.#table;
    this.#inputs = bindSlotMeasures(node.measures, { scope, memory, size, blocks, isShared });
    this.#twice = this.#inputs.filter(({ bins }) => bins !== undefined);
    this.#nullTest = options.present === undefined ? undefined : bindNullTest(options.present, this.#inputs, options);
    meter.note = noteOf(this.#keys.length === 0 ? "one group" : `${size - 1} slots`, node.measures);
  }

  /** Slots are below it. */
  get size(): number {
    return this.#table.size;
  }

  consume(batch: Batch): void {
    if (batch.rows.count === 0) return;
    const [table, nullTest] = [this.#table, this.#nullTest];
    const part = partOf(batch.block);
    if (this.#parts.at(-1)?.part !== part) this.#parts.push({ part, from: table.known });
    if (this.#twice.length > 0) this.#batches.push(keptBatch(batch));
    const placed = openKeys(this.#keys, table, { batch, memory: this.#memory });
    const left = this.#usesZoneMaps ? untaken(this.#inputs, batch, placed.slot) : this.#inputs;
    if (left.length === 0 && placed.slot !== undefined) {
      const isEmpty = nullTest?.isAllNull(batch) === true;
      if (!isEmpty) table.note({ count: batch.length, slot: placed.slot, slots: 0 });
      return;
    }
    for (const input of left) input.open(batch);
    forStretches(placed, batch, (rows, stretch) => {
      const present = nullTest?.test(batch, rows, stretch);
      if (!table.complete && present?.none !== true) table.note(rows);
      for (const input of left) {
        const at = input === present?.input ? present.at : (input.load?.(stretch) ?? 0);
        input.add(rows, stretch, at);
      }
    });
  }

  /** What this thread has aggregated. */
  partial(): SlotPartial {
    return { parts: this.#listsByPart(), inputs: this.#inputs.map((input) => input.partial()) };
  }

  #listsByPart(): SlotPartial["parts"] {
    const all = this.#table.groups();
    return this.#parts.map(({ part, from }, at) => ({ part, groups: all.slice(from, this.#parts[at + 1]?.from) }));
  }

  /** Takes over what other threads have aggregated. Throws E_TOO_MANY_GROUPS. */
  merge(partials: readonly SlotPartial[]): void {
    const lists = [...this.#listsByPart(), ...partials.flatMap(({ parts }) => parts)];
    lists.sort((a, b) => a.part - b.part);
    // Without keys the one group is there before the first part.
    if (this.#keys.length > 0) this.#table.adopt(lists.map(({ groups }) => groups));
    for (const { inputs } of partials) {
      for (const [at, input] of this.#inputs.entries()) input.merge(inputs[at] ?? {});
    }
  }

  /** Settles the groups; gives what the other threads are to gather. Throws E_MEMORY. */
  want(): WantedPlaces {
    this.#groups = this.#table.groups();
    for (const { bins, percentiles } of this.#twice) bins?.want(this.#groups, percentiles ?? []);
    return this.#inputs.map(({ bins }) => bins?.wantedPlaces());
  }

  /** On another thread: gathers what is wanted of this thread's rows. */
  gatherFor(wanted: WantedPlaces): GatheredValues {
    this.#inputs.forEach(({ bins }, at) => void bins?.wantPlaces(wanted[at] ?? new Uint32Array(0)));
    this.gather();
    return this.#inputs.map(({ bins }) => bins?.gathered());
  }

  /** Looks at this thread's rows a second time. */
  gather(): void {
    for (const batch of this.#batches) {
      for (const input of this.#twice) input.open(batch);
      forStretches(openKeys(this.#keys, this.#table, { batch, memory: this.#memory }), batch, (rows, stretch) => {
        for (const input of this.#twice) {
          const at = input.load?.(stretch) ?? 0;
          input.bins?.gather(at, spread(rows, this.#memory));
        }
      });
    }
  }

  /** Takes over what another thread has gathered, of which `partial` was merged. */
  append(wanted: WantedPlaces, values: GatheredValues, partial: SlotPartial): void {
    this.#inputs.forEach(({ bins }, at) => {
      const [places, own, counts] = [wanted[at], values[at], partial.inputs[at]?.bins];
      if (places !== undefined && own !== undefined && counts !== undefined) bins?.append(places, own, counts);
    });
  }

  finish(): GroupedResult {
    if (this.#groups === undefined) {
      this.want();
      this.gather();
    }
    const groups = this.#groups ?? this.#table.groups();
    return resultOf(this.#node, { keys: this.#keys, table: this.#table, inputs: this.#inputs, groups });
  }
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

/** Runs over a batch some rows at a time, with the slots of each. */
function forStretches(
  { place }: PlacedKeys,
  { rows }: Batch,
  work: (rows: SlottedRows, stretch: Stretch) => void,
): void {
  for (let from = 0; from < rows.count; from += STRETCH_ROWS) {
    const stretch = { from, to: Math.min(rows.count, from + STRETCH_ROWS) };
    work(place(stretch), stretch);
  }
}

/** The keys of a batch. */
interface PlacedKeys {
  /** The slot of all rows, where they share one. */
  readonly slot: number | undefined;
  /** The slots of some rows. */
  place(stretch: Stretch): SlottedRows;
}

/** Begins a batch: gives the slots of its rows, stretch by stretch. */
function openKeys(
  keys: readonly KeySource[],
  table: SlotTable,
  { batch, memory }: { readonly batch: Batch; readonly memory: BlockMemory },
): PlacedKeys {
  const digits = keys.map((key) => digitsOf(key, batch, memory));
  const constants = digits.map((digit) => (typeof digit === "number" ? digit : undefined));
  const slot = constants.includes(undefined) ? undefined : table.place(constants, 0).slot;
  return {
    slot,
    place(stretch) {
      const rows = table.place(constants, stretch.to - stretch.from);
      digits.forEach((digit, key) => {
        if (typeof digit !== "number") table.add(key, digit(stretch), rows);
      });
      return slot === undefined ? table.settled(rows) : rows;
    },
  };
}

/** The code of all rows, or what stretches of them have. */
function digitsOf(key: KeySource, batch: Batch, memory: BlockMemory): number | ((stretch: Stretch) => KeyDigits) {
  const code = key.constant?.(batch.block);
  if (code !== undefined) return code;
  if (key.times === undefined) {
    const codes = key.codes(batch);
    return (stretch) => ({ kind: "codes", at: memory.codes(codes, batch.rows, stretch) });
  }
  const { source, width, first } = key.times;
  const times = source.values(batch);
  return (stretch) => ({ kind: "times", at: memory.numbers(times, batch.rows, stretch), width, first });
}

interface Present {
  /** The input that was brought in for the test, and where it is. */
  readonly input: SlotInput;
  readonly at: number;
  /** All rows are of one slot, and none has the number. */
  readonly none: boolean;
}

interface NullTest {
  test(batch: Batch, rows: SlottedRows, stretch: Stretch): Present | undefined;
  /** Whether zone maps know that no row of the block has the number. */
  isAllNull(batch: Batch): boolean;
}

/** Gives rows without the number slot 0; rows of one slot keep it, for their accumulators skip what is missing. */
function bindNullTest(expr: Expr, inputs: readonly SlotInput[], { scope, memory }: SlotOptions): NullTest {
  const source = bindNumber(expr, scope);
  const input = inputs.find(({ key }) => key === exprKey(expr));
  const { arena } = memory;
  const isAllNull = ({ block, length }: Batch): boolean => source.column?.blocks[block]?.stats.nulls === length;
  const test: NullTest["test"] = (batch, rows, stretch) => {
    if (input?.load === undefined || source.stats?.(batch.block)?.nulls === 0) return undefined;
    const at = input.load(stretch);
    if (rows.slot === undefined) {
      arena.kernels.maskNulls(at, rows.slots, rows.count);
      return { input, at, none: false };
    }
    const none = !arena.float64(at, rows.count).some((value) => !Number.isNaN(value));
    return { input, at, none };
  };
  return { test, isAllNull };
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
  const kept = keptGroups(groups.length, node.emptyGroups === "drop" ? values.flatMap((array) => array ?? []) : []);
  const keyColumns = keys.map((key, at) => {
    const codes = table.keyCodes(at, groups);
    return key.result(takeKept(codes, kept, 0));
  });
  const measureColumns = node.measures.map(({ name }, at) => takeGroups(name, values[at], kept));
  return { kind: "grouped", rows: kept.length, columns: [...keyColumns, ...measureColumns] };
}
