// Whether two loads gave the same: every array of every column, dictionaries, statistics, keyed columns, places, report.
// Called by rows.ts for every load of this folder's tests, and by the walker's tests. Compares bytes, so that it costs
// little beside the loads, and NaN, -0 and the order of dictionaries count.

import type { Column } from "../../src/columns/column.ts";
import type { Dataset, Table } from "../../src/columns/table.ts";

type Numbers = Float64Array | Int32Array | Uint32Array | BigInt64Array | Uint8Array;

/** The first difference between two datasets, in words; undefined when there is none. */
export function datasetDifference(a: Dataset, b: Dataset): string | undefined {
  for (const name of ["traces", "spans", "assessments"] as const) {
    const found = tableDifference(a[name], b[name]);
    if (found !== undefined) return `${name}: ${found}`;
  }
  for (let row = 0; row < a.traces.rows; row += 1) {
    if (!sameBytes(recordOf(a, row), recordOf(b, row))) return `the record of trace row ${row}`;
  }
  return undefined;
}

function recordOf(dataset: Dataset, row: number): Uint8Array {
  return dataset.payload.recordBytes(row) ?? new Uint8Array(0);
}

function tableDifference(a: Table, b: Table): string | undefined {
  if (a.rows !== b.rows) return `${a.rows} and ${b.rows} rows`;
  if ([...a.columns.keys()].join() !== [...b.columns.keys()].join()) return "other columns";
  for (const [name, column] of a.columns) {
    const other = b.columns.get(name);
    if (other === undefined || !sameColumn(column, other)) return `column ${name}`;
  }
  for (const [family, keyed] of a.keyed) {
    const other = b.keyed.get(family);
    if (JSON.stringify(keyed.keys) !== JSON.stringify(other?.keys)) return `keys of ${family}`;
    if (keyed.overflow !== other?.overflow) return `overflow of ${family}`;
    for (const key of keyed.keys) {
      const [mine, theirs] = [keyed.column(key), other.column(key)];
      if (mine === undefined || theirs === undefined || !sameColumn(mine, theirs)) return `${family}.${key}`;
    }
  }
  return undefined;
}

function sameColumn(a: Column, b: Column): boolean {
  if (a.type !== b.type || a.length !== b.length || a.nulls !== b.nulls || a.blocks.length !== b.blocks.length)
    return false;
  if (a.type === "dictionary" && b.type === "dictionary") {
    if (!sameBytes(a.dictionary.offsets, b.dictionary.offsets)) return false;
    if (!sameBytes(a.dictionary.bytes, b.dictionary.bytes)) return false;
  }
  return a.blocks.every((block, i) => {
    const other = b.blocks[i];
    if (other === undefined || JSON.stringify(block.stats) !== JSON.stringify(other.stats)) return false;
    const [mine, theirs] = [arraysOf(block), arraysOf(other)];
    return mine.length === theirs.length && mine.every((array, k) => sameBytes(array, theirs[k]));
  });
}

/** All arrays of a block, in the order of their names; an absent validity is an empty one. */
function arraysOf(block: Column["blocks"][number]): Numbers[] {
  const entries = Object.entries(block).filter(([, value]) => ArrayBuffer.isView(value)) as [string, Numbers][];
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, array]) => array);
}

function sameBytes(a: Numbers, b: Numbers | undefined): boolean {
  return b !== undefined && bufferOf(a).equals(bufferOf(b));
}

function bufferOf(array: Numbers): Buffer {
  return Buffer.from(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}
