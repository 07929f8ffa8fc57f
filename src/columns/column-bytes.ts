// How much memory a sealed column holds. Called for `inspect`, the load report and --memory-limit.
// What must stay true: a buffer counts once a column, the memory that all null blocks share not at all.

import { isNullMemory } from "./blocks.ts";
import type { Column } from "./column.ts";

/** Bytes of memory that `column` holds, its dictionary included. */
export function columnBytes(column: Column): number {
  const buffers = new Set<ArrayBufferLike>();
  const add = (array: ArrayBufferView | undefined): void => {
    if (array !== undefined && !isNullMemory(array)) buffers.add(array.buffer);
  };
  for (const block of column.blocks) {
    add(block.validity);
    if ("values" in block) add(block.values);
    if ("bytes" in block) add(block.bytes);
    if ("offsets" in block) add(block.offsets);
    if ("starts" in block) add(block.starts);
    if ("ends" in block) add(block.ends);
  }
  if (column.type === "dictionary") {
    add(column.dictionary.offsets);
    add(column.dictionary.bytes);
  }
  let bytes = 0;
  for (const buffer of buffers) bytes += buffer.byteLength;
  return bytes;
}
