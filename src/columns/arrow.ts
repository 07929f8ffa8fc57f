// Tables as apache-arrow Tables over the same memory, one record batch a block. The only importer of apache-arrow, which
// is loaded on first use. Called by engine.ts (`store.table`) and by the Arrow output.
// What must stay true: nothing is copied but truth values (a byte a row here, a bit in Arrow) and texts with a lone
// surrogate, which UTF-8 cannot say: it becomes U+FFFD, of the same three bytes. Shared memory needs no copy: arrow-js
// reads and writes it as it stands, TextDecoder included (Node 20).
// Instants in ms stay float64, as every column in ms here. `start_ns` and `end_ns` are Int64: Arrow's nanosecond timestamp
// has the same bits, but arrow-js reads it as float64 ms and loses the digits. Payload places are left out.

import type { Table as ArrowTable, Data, DataType, Field, RecordBatch, Schema, Utf8, Vector } from "apache-arrow";
import { unreachable } from "../base/assert.ts";
import { packBits } from "./bitmap.ts";
import {
  BLOCK_ROWS,
  type BlockStats,
  type Column,
  type DictionaryBlock,
  type DictionaryColumn,
  type Int32Block,
  type Int32Column,
  type Utf8Column,
} from "./column.ts";
import { sharedBytes } from "./memory.ts";
import { columnSpec } from "./schema.ts";
import type { Dataset, Table } from "./table.ts";
import { findSurrogate } from "./wtf8.ts";

/** U+FFFD in UTF-8. */
const REPLACEMENT = Uint8Array.of(0xef, 0xbf, 0xbd);

type Arrow = typeof import("apache-arrow");

type ArrowableColumn = Exclude<Column, { type: "place" }>;

/** A column as Arrow has it: its field and one piece of data a block. */
interface ArrowColumn {
  readonly field: Field;
  readonly blocks: readonly Data[];
}

/**
 * The table as an apache-arrow Table over the same memory: declared columns in the order of the schema, then keyed columns
 * named `tag.env`, up to the columns limit. Spans and assessments that have `trace_row` begin with `trace_id`, whose
 * dictionary is the column of `dataset.traces`, when that is loaded, and end with `trace_row`.
 */
export async function toArrow(table: Table, dataset: Dataset): Promise<ArrowTable> {
  const arrow = await import("apache-arrow");
  const columns = arrowColumns(arrow, table, dataset);
  const schema = new arrow.Schema(
    columns.map((column) => column.field),
    new Map([["table", table.name]]),
  );
  const batches = [];
  for (let block = 0; block * BLOCK_ROWS < table.rows; block += 1) {
    const length = Math.min(BLOCK_ROWS, table.rows - block * BLOCK_ROWS);
    batches.push(recordBatch(arrow, schema, { length, children: columns.map((column) => column.blocks[block]!) }));
  }
  return new arrow.Table(schema, batches);
}

function arrowColumns(arrow: Arrow, table: Table, dataset: Dataset): ArrowColumn[] {
  const context = { arrow, dictionaries: 0 };
  const columns: ArrowColumn[] = [];
  const traceRow = table.columns.get("trace_row");
  const traceId = dataset.traces.columns.get("trace_id");
  if (traceRow?.type === "int32" && traceId?.type === "utf8") {
    const texts = utf8Data(arrow, traceId);
    columns.push(dictionaryColumn(context, { name: "trace_id", nullable: false, blocks: traceRow.blocks, texts }));
  }
  for (const [name, column] of table.columns) {
    if (column.type !== "place" && column !== traceRow) columns.push(declaredColumn(context, table, { name, column }));
  }
  for (const keyed of table.keyed.values()) {
    for (const key of keyed.keys.slice(0, keyed.keys.length - keyed.overflow)) {
      const column = keyed.column(key);
      const shape = { name: `${keyed.family}.${key}`, nullable: true };
      if (column !== undefined) columns.push(arrowColumn(context, shape, column));
    }
  }
  if (traceRow?.type === "int32") {
    // The writer of arrow-js merges overlapping buffers that follow one another (joinUint8Arrays, 21.2.0), and `trace_id`
    // has the same indices: so `trace_row` comes last, and is a copy when no other column stands between.
    const column = columns.length === 1 ? copied(traceRow) : traceRow;
    columns.push(declaredColumn(context, table, { name: "trace_row", column }));
  }
  return columns;
}

function copied(column: Int32Column): Int32Column {
  return { ...column, blocks: column.blocks.map((block) => ({ ...block, values: block.values.slice() })) };
}

function declaredColumn(
  context: Context,
  table: Table,
  declared: { readonly name: string; readonly column: ArrowableColumn },
): ArrowColumn {
  const { name, column } = declared;
  const spec = columnSpec(table.name, name);
  const nullable = (spec?.nullable ?? true) || column.nulls > 0;
  const unit = spec?.unit;
  return arrowColumn(context, { name, nullable, ...(unit === undefined ? {} : { unit }) }, column);
}

/** The library, and how many dictionaries the schema has so far: ids must differ within a table. */
interface Context {
  readonly arrow: Arrow;
  dictionaries: number;
}

interface FieldShape {
  readonly name: string;
  readonly nullable: boolean;
  readonly unit?: string;
}

function fieldOf(arrow: Arrow, shape: FieldShape, type: DataType): Field {
  const metadata = shape.unit === undefined ? undefined : new Map([["unit", shape.unit]]);
  return new arrow.Field(shape.name, type, shape.nullable, metadata);
}

function arrowColumn(context: Context, shape: FieldShape, column: ArrowableColumn): ArrowColumn {
  const { arrow } = context;
  switch (column.type) {
    case "float64": {
      const type = new arrow.Float64();
      const blocks = column.blocks.map((block) => arrow.makeData({ type, data: block.values, ...nulls(block) }));
      return { field: fieldOf(arrow, shape, type), blocks };
    }
    case "int32": {
      const type = new arrow.Int32();
      const blocks = column.blocks.map((block) => arrow.makeData({ type, data: block.values, ...nulls(block) }));
      return { field: fieldOf(arrow, shape, type), blocks };
    }
    case "int64": {
      const type = new arrow.Int64();
      const blocks = column.blocks.map((block) => arrow.makeData({ type, data: block.values, ...nulls(block) }));
      return { field: fieldOf(arrow, shape, type), blocks };
    }
    case "bool": {
      const type = new arrow.Bool();
      const blocks = column.blocks.map((block) =>
        arrow.makeData({ type, data: packBits(block.values, block.length), ...nulls(block) }),
      );
      return { field: fieldOf(arrow, shape, type), blocks };
    }
    case "utf8":
      return { field: fieldOf(arrow, shape, new arrow.Utf8()), blocks: utf8Data(arrow, column) };
    case "dictionary":
      return dictionaryColumn(context, { ...shape, blocks: column.blocks, texts: [dictionaryData(arrow, column)] });
    default:
      return unreachable(column);
  }
}

/** Length, null count and bitmap of a block, as makeData takes them. */
function nulls(block: {
  readonly length: number;
  readonly validity: Uint8Array | undefined;
  readonly stats: BlockStats;
}): {
  length: number;
  nullCount: number;
  nullBitmap: Uint8Array | undefined;
} {
  return { length: block.length, nullCount: block.stats.nulls, nullBitmap: block.validity };
}

function utf8Data(arrow: Arrow, column: Utf8Column): Data<Utf8>[] {
  const type = new arrow.Utf8();
  return column.blocks.map((block) =>
    arrow.makeData({ type, valueOffsets: block.offsets, data: strictUtf8(block.bytes), ...nulls(block) }),
  );
}

function dictionaryData(arrow: Arrow, column: DictionaryColumn): Data<Utf8> {
  const { offsets, bytes, size } = column.dictionary;
  return arrow.makeData({
    type: new arrow.Utf8(),
    length: size,
    nullCount: 0,
    valueOffsets: offsets,
    data: strictUtf8(bytes),
  });
}

/** A column of indices into `texts`, which all its blocks share. */
function dictionaryColumn(
  context: Context,
  shape: FieldShape & {
    readonly blocks: readonly (DictionaryBlock | Int32Block)[];
    readonly texts: readonly Data<Utf8>[];
  },
): ArrowColumn {
  const { arrow } = context;
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), context.dictionaries);
  context.dictionaries += 1;
  const texts =
    shape.texts.length > 0 ? shape.texts : [arrow.makeData({ type: new arrow.Utf8(), length: 0, nullCount: 0 })];
  const dictionary: Vector<Utf8> = new arrow.Vector(texts);
  const blocks = shape.blocks.map((block) => arrow.makeData({ type, data: block.values, dictionary, ...nulls(block) }));
  return { field: fieldOf(arrow, shape, type), blocks };
}

/** The bytes as they are, or a copy in which U+FFFD stands for each lone surrogate. */
function strictUtf8(bytes: Uint8Array): Uint8Array {
  const lead = bytes.indexOf(0xed);
  let at = lead < 0 ? -1 : findSurrogate(bytes, lead, bytes.length);
  if (at < 0) return bytes;
  const strict = sharedBytes(bytes.length);
  strict.set(bytes);
  for (; at >= 0; at = findSurrogate(bytes, at + 3, bytes.length)) strict.set(REPLACEMENT, at);
  return strict;
}

function recordBatch(
  arrow: Arrow,
  schema: Schema,
  rows: { readonly length: number; readonly children: Data[] },
): RecordBatch {
  const struct = new arrow.Struct(schema.fields);
  return new arrow.RecordBatch(
    schema,
    arrow.makeData({ type: struct, length: rows.length, nullCount: 0, children: rows.children }),
  );
}
