// How much memory the values of a sealed column take. Called for `inspect` and tables' sizes.
// What must stay true: spare room at the end of a buffer does not count, so that the size depends on the values alone and
// not on how they came; the memory that all null blocks share counts not at all.

import { isNullMemory } from "./blocks.ts";
import type { Column } from "./column.ts";

/** Bytes that the values of `column` take, its dictionary included. */
export function columnBytes(column: Column): number {
  let bytes = 0;
  const add = (array: ArrayBufferView | undefined): void => {
    if (array !== undefined && !isNullMemory(array)) bytes += array.byteLength;
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
  return bytes;
}
