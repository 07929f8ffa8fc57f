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
import { bindNumber } from "./numbers.ts";
import { bindSlotMeasures, inputKey, type SlotInput, slotObstacle } from "./slot-measures.ts";

/** Most slots: 16 MiB of sums and counts. */
const MAX_SLOTS = 2 ** 18;

/** What the fast way takes besides. */
export interface SlotOptions extends AggregateOptions {
  readonly memory: BlockMemory;
  /** Only rows that have this number count: a null test, done on the way. Every measure reads it. */
  readonly present: Expr | undefined;
}

/** Why an aggregate cannot go by slots; undefined when it can. Throws E_COLUMN_NOT_LOADED. */
export function slotsBarred(node: Aggregate, options: AggregateOptions): string | undefined {
  const keys = node.keys.map((key) => bindKey(key, options));
  const size = slotsOf(keys.map(({ cardinality }) => cardinality));
  if (!(size <= MAX_SLOTS)) return `${size} key combinations`;
  return slotObstacle(node.measures, { ...options, size });
}

/** Binds an aggregate that is not barred. Throws E_MEMORY; `consume` throws E_TOO_MANY_GROUPS. */
export function aggregateBySlots(node: Aggregate, options: SlotOptions): AggregateSink {
  const { memory, meter, scope, maxGroups } = options;
  const keys = node.keys.map((key) => bindKey(key, options));
  const keepNulls = node.nullKeys === "keep";
  const cardinalities = keys.map(({ cardinality }) => cardinality);
  const table = new SlotTable(cardinalities, memory, { keepNulls, maxGroups });
  const inputs = bindSlotMeasures(node.measures, { scope, memory, size: table.size, blocks: options.blocks });
  const nullTest = options.present === undefined ? undefined : bindNullTest(options.present, inputs, options);
  meter.note = noteOf(keys.length === 0 ? "one group" : `${table.size - 1} slots`, node.measures);
  return {
    meter,
    consume(batch) {
      for (const input of inputs) input.open(batch);
      const place = openKeys(keys, table, { batch, memory });
      const { count } = batch.rows;
      for (let from = 0; from < count; from += STRETCH_ROWS) {
        const stretch = { from, to: Math.min(count, from + STRETCH_ROWS) };
        const rows = place(stretch);
        const present = nullTest?.(batch, rows, stretch);
        if (!table.complete && present?.none !== true) table.note(rows);
        for (const input of inputs) {
          const at = input === present?.input ? present.at : (input.load?.(stretch) ?? 0);
          input.add(rows, stretch, at);
        }
      }
      for (const input of inputs) input.reserve?.();
    },
    finish: () => finish(node, { keys, table, inputs }),
  };
}

/** Begins a batch: gives the slots of its rows, stretch by stretch. */
function openKeys(
  keys: readonly KeySource[],
  table: SlotTable,
  { batch, memory }: { readonly batch: Batch; readonly memory: BlockMemory },
): (stretch: Stretch) => SlottedRows {
  const digits = keys.map((key) => digitsOf(key, batch, memory));
  const constants = digits.map((digit) => (typeof digit === "number" ? digit : undefined));
  return (stretch) => {
    const rows = table.place(constants, stretch.to - stretch.from);
    digits.forEach((digit, key) => {
      if (typeof digit !== "number") table.add(key, digit(stretch), rows);
    });
    return rows;
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

type NullTest = (batch: Batch, rows: SlottedRows, stretch: Stretch) => Present | undefined;

/** Gives rows without the number slot 0; rows of one slot keep it, for their accumulators skip what is missing. */
function bindNullTest(expr: Expr, inputs: readonly SlotInput[], { scope, memory }: SlotOptions): NullTest {
  const source = bindNumber(expr, scope);
  const input = inputs.find(({ key }) => key === exprKey(expr));
  const { arena } = memory;
  return (batch, rows, stretch) => {
    if (input?.load === undefined || source.stats?.(batch.block)?.nulls === 0) return undefined;
    const at = input.load(stretch);
    if (rows.slot === undefined) {
      arena.kernels.maskNulls(at, rows.slots, rows.count);
      return { input, at, none: false };
    }
    const none = !arena.float64(at, rows.count).some((value) => !Number.isNaN(value));
    return { input, at, none };
  };
}

function finish(
  node: Aggregate,
  bound: { readonly keys: readonly KeySource[]; readonly table: SlotTable; readonly inputs: readonly SlotInput[] },
): GroupedResult {
  const { keys, table, inputs } = bound;
  const groups = table.groups();
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
