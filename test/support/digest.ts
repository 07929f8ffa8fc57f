// A digest of everything that a load gives, buffer by buffer, so that two loads can be compared byte for byte.
// Called by the tests of parallel loading. Memory that is not seen (spare room, codes of texts that no row has) is left out.

import { createHash, type Hash } from "node:crypto";
import type { Column } from "../../src/columns/column.ts";
import { summarize } from "../../src/columns/summary.ts";
import type { Dataset, Table } from "../../src/columns/table.ts";
import type { LoadResult } from "../../src/ingest/load.ts";

/** SHA-256 of a part of a dataset, by name: `traces.trace_id`, `spans keyed attributes`, `report` and the like. */
export type Digests = Readonly<Record<string, string>>;

/** The digests of all columns, keyed columns, records and the report. */
export function digestsOf({ dataset, report }: LoadResult): Digests {
  const digests: Record<string, string> = {
    report: JSON.stringify(report),
    summary: JSON.stringify(summarize(dataset)),
    payload: payloadDigest(dataset),
  };
  for (const table of [dataset.traces, dataset.spans, dataset.assessments]) addTable(digests, table);
  return digests;
}

function addTable(digests: Record<string, string>, table: Table): void {
  digests[table.name] = JSON.stringify([table.rows, [...table.columns.keys()], [...table.keyed.keys()]]);
  for (const [name, column] of table.columns) digests[`${table.name}.${name}`] = columnDigest(column);
  for (const [family, keyed] of table.keyed) {
    const hash = createHash("sha256");
    hash.update(JSON.stringify([keyed.keys, keyed.overflow]));
    for (const key of keyed.keys) {
      hash.update(JSON.stringify(keyed.summary(key)));
      const column = keyed.column(key);
      if (column !== undefined) addColumn(hash, column);
    }
    digests[`${table.name} keyed ${family}`] = hash.digest("hex");
  }
}

/** The digest of one column. */
export function columnDigest(column: Column): string {
  const hash = createHash("sha256");
  addColumn(hash, column);
  return hash.digest("hex");
}

function addColumn(hash: Hash, column: Column): void {
  hash.update(JSON.stringify([column.type, column.length, column.nulls, column.blocks.length]));
  for (const block of column.blocks) {
    const { min, max, nulls } = block.stats;
    hash.update(JSON.stringify([block.length, String(min), String(max), nulls, block.validity === undefined]));
    const arrays: (ArrayBufferView | undefined)[] = [block.validity];
    if ("values" in block) arrays.push(block.values);
    if ("bytes" in block) arrays.push(block.offsets, block.bytes);
    if ("starts" in block) arrays.push(block.starts, block.ends);
    for (const array of arrays) if (array !== undefined) addBytes(hash, array);
  }
  if (column.type === "dictionary") {
    hash.update(String(column.dictionary.size));
    addBytes(hash, column.dictionary.offsets);
    addBytes(hash, column.dictionary.bytes);
  }
}

function addBytes(hash: Hash, array: ArrayBufferView): void {
  hash.update(`${array.byteLength}:`);
  hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

/** Sources and lengths of the records, and the bytes of each, wherever they are kept. */
function payloadDigest({ traces, payload }: Dataset): string {
  const hash = createHash("sha256");
  addBytes(hash, payload.records.sources);
  addBytes(hash, payload.records.lengths);
  for (let row = 0; row < traces.rows; row += 1) {
    const bytes = payload.recordBytes(row);
    hash.update(bytes === undefined ? "none" : bytes);
  }
  return hash.digest("hex");
}
