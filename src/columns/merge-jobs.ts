// The work of putting one table together, column by column, in a form that can be sent to any thread.
// Made by merge-tables.ts, done by ingest's threads. What must stay true: a job and its result are plain data over shared
// memory; the result does not depend on the thread.

import { unreachable } from "../base/assert.ts";
import { boolBlock, dictionaryBlock, float64Block, int64Block, placeBlock, utf8Block } from "./blocks.ts";
import type { Column } from "./column.ts";
import { type ColumnPart, type PlainColumn, plainColumn } from "./column-parts.ts";
import { makeDictionary } from "./dictionary.ts";
import { narrowed } from "./integer-builder.ts";
import type { KeyedPart } from "./keyed-columns.ts";
import { type MergeOptions, mergeColumn } from "./merge-columns.ts";
import { type KeyedRows, mergeKeyed } from "./merge-keyed.ts";

/** Puts one column together, or the keyed columns of a family. */
export type MergeJob =
  | {
      readonly kind: "column";
      /** The column as each part has it. */
      readonly given: readonly ColumnPart[];
      readonly options: MergeOptions;
      /** Whether it is declared as one of integers, which are float64 where all values allow it. */
      readonly isInteger: boolean;
    }
  | { readonly kind: "keyed"; readonly given: readonly KeyedPart[]; readonly rows: KeyedRows };

/** What a job gives. */
export type MergeResult =
  | { readonly kind: "column"; readonly column: PlainColumn }
  | { readonly kind: "keyed"; readonly keyed: KeyedPart };

/** Does a job, on whatever thread. */
export type MergeRunner = (job: MergeJob) => Promise<MergeResult>;

/** Does a job here. Throws E_MEMORY. */
export function runMergeJob(job: MergeJob): MergeResult {
  switch (job.kind) {
    case "column": {
      const merged = mergeColumn(job.given, job.options);
      return { kind: "column", column: plainColumn(job.isInteger ? narrowed(merged) : merged) };
    }
    case "keyed":
      return { kind: "keyed", keyed: mergeKeyed(job.given, job.rows) };
    default:
      return unreachable(job);
  }
}

/** The column of a result, whose blocks without a value share this thread's memory for such. */
export function columnOf(part: PlainColumn): Column {
  switch (part.type) {
    case "int32":
      return part;
    case "float64":
      return { ...part, blocks: shareNulls(part.blocks, (length) => float64Block(undefined, length)) };
    case "int64":
      return { ...part, blocks: shareNulls(part.blocks, (length) => int64Block(undefined, undefined, length)) };
    case "bool":
      return { ...part, blocks: shareNulls(part.blocks, (length) => boolBlock(undefined, length)) };
    case "place":
      return { ...part, blocks: shareNulls(part.blocks, (length) => placeBlock(undefined, undefined, length)) };
    case "utf8":
      return { ...part, blocks: shareNulls(part.blocks, (length) => utf8Block(undefined, length)) };
    case "dictionary": {
      const blocks = shareNulls(part.blocks, (length) => dictionaryBlock(undefined, length));
      return { ...part, blocks, dictionary: makeDictionary(part.dictionary) };
    }
    default:
      return unreachable(part);
  }
}

interface Counted {
  readonly length: number;
  readonly stats: { readonly nulls: number };
}

function shareNulls<B extends Counted>(blocks: readonly B[], nullBlock: (length: number) => B): readonly B[] {
  return blocks.map((block) => (block.stats.nulls === block.length ? nullBlock(block.length) : block));
}
