// Lognormal numbers and the groups that they are of, as a table of traces: what digests and sums are timed on.
// Called by digest-engines.ts and sums.ts. What must stay true: the same options give the same numbers and groups.

import type { Dataset } from "../src/engine.ts";
import { generateKeys } from "../src/synth/key-columns.ts";
import { FAMILIES, valuesOf } from "./digest-families.ts";
import { NO_PAYLOAD } from "./engines.ts";
import { BLOCK_ROWS, type SyntheticTable, syntheticTables } from "./synthetic.ts";

/** What is generated. */
export interface NumberData {
  readonly values: number;
  readonly groups: number;
  readonly seed: number;
}

/** The column of the numbers, and the text column of the groups. */
export const LATENCY = "execution_duration_ms";
export const KEY = "trace_name";

/** The numbers, and a text for the group of each. */
export function numberTable({ values, groups, seed }: NumberData): SyntheticTable {
  const keys = generateKeys({ rows: values, seed, distinct: new Map([[KEY, groups]]) });
  const column = keys.columns.get(LATENCY);
  if (column?.type !== "float64") throw new Error("no column of numbers");
  const numbers = valuesOf(FAMILIES.get("lognormal") ?? (() => 0), values, seed);
  const blocks = column.blocks.map((block, at) => {
    const own = numbers.subarray(at * BLOCK_ROWS, at * BLOCK_ROWS + block.length);
    block.values.set(own);
    return { ...block, stats: own.reduce(widened, { min: Infinity, max: -Infinity, nulls: 0 }) };
  });
  return { ...keys, columns: new Map(keys.columns).set(LATENCY, { ...column, blocks }) };
}

function widened({ min, max, nulls }: { min: number; max: number; nulls: number }, value: number) {
  return { min: Math.min(min, value), max: Math.max(max, value), nulls };
}

/** A dataset of that table alone. */
export function numberDataset(data: NumberData): Dataset {
  const none = { options: { traces: 0 }, names: { traces: [], spans: [], assessments: [] } };
  return { ...syntheticTables(none), traces: numberTable(data), payload: NO_PAYLOAD };
}
