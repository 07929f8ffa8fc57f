// Texts by row: codes of a dictionary (columns, keys, columns of the owning trace) or bytes (columns of distinct texts).
// Called by evaluate.ts, lift.ts, group-keys.ts, measures.ts and sort.ts. What must stay true: within one source equal
// codes are equal texts and different codes different texts, so that grouping and counting may look at codes alone.

import { invariant } from "../base/assert.ts";
import type { DictionaryColumn, Utf8Column } from "../columns/column.ts";
import { TextTable } from "../columns/text-table.ts";
import { decodeWtf8, TextScratch } from "../columns/wtf8.ts";
import { mapToCodes, takeCodes } from "../kernels/take.ts";
import { lowerBytes, type TextValues } from "../kernels/text.ts";
import type { ColumnRef, Expr, KeyRef } from "../plan/expr.ts";
import { exprKey } from "../plan/visit.ts";
import type { Batch } from "./batch.ts";
import { payloadTexts } from "./payload-texts.ts";
import type { Scope } from "./scope.ts";
import type { CodeSource, TextDictionary, TextSource } from "./text-source.ts";
import { statsOfTraces } from "./zones.ts";

/** The bytes of a text, WTF-8. */
export function encodeText(text: string): Uint8Array {
  const scratch = new TextScratch();
  // A long text replaces the scratch's array: encode first.
  const length = scratch.encode(text);
  return scratch.bytes.slice(0, length);
}

/** Binds an expression of type `text`. Throws E_COLUMN_NOT_LOADED. */
export function bindText(expr: Expr, scope: Scope): TextSource {
  const key = exprKey(expr);
  if (scope.lifted?.key === key) return scope.lifted.source;
  return scope.once(`text ${key}`, () => {
    switch (expr.kind) {
      case "column":
        return columnTexts(expr, scope);
      case "key":
        return keyTexts(expr, scope);
      case "literal":
        return constantTexts(expr.value === null ? null : String(expr.value), scope);
      case "call": {
        const [argument] = expr.args;
        invariant(expr.fn === "lower" && argument !== undefined, `${expr.fn} gives no text`);
        return lowerTexts(bindText(argument, scope), scope);
      }
      case "payload":
        return payloadTexts(expr, scope);
      default:
        invariant(false, `${expr.kind} is no text`);
    }
  });
}

function dictionaryOf(table: TextTable): TextDictionary {
  return {
    get size() {
      return table.size;
    },
    get offsets() {
      return table.offsets;
    },
    get bytes() {
      return table.bytes;
    },
    text: (code) => decodeWtf8(table.bytes, table.offsets[code] ?? 0, table.offsets[code + 1] ?? 0),
  };
}

function constantTexts(text: string | null, scope: Scope): CodeSource {
  const table = new TextTable("literal");
  if (text !== null) {
    const bytes = encodeText(text);
    table.add(bytes, 0, bytes.length);
  }
  const codes = new Int32Array(scope.batchRows).fill(text === null ? -1 : 0);
  return { kind: "codes", dictionary: dictionaryOf(table), codes: () => codes };
}

function columnTexts(ref: ColumnRef, scope: Scope): TextSource {
  const column = scope.column(ref);
  invariant(column.type === "dictionary" || column.type === "utf8", `${ref.table}.${ref.name} holds text`);
  if (column.type === "utf8") return utf8Texts(column, ref, scope);
  return ref.table === scope.table.name ? ownCodes(column) : traceCodes(column, ref, scope);
}

function keyTexts(ref: KeyRef, scope: Scope): TextSource {
  const column = scope.keyColumn(ref);
  if (column === undefined) return constantTexts(null, scope);
  return ref.table === scope.table.name ? ownCodes(column) : traceCodes(column, ref, scope);
}

function ownCodes(column: DictionaryColumn): CodeSource {
  const { dictionary, blocks } = column;
  return {
    kind: "codes",
    dictionary,
    stable: true,
    codes: ({ block }) => blocks[block]?.values ?? new Int32Array(0),
    stats: (block) => blocks[block]?.stats,
  };
}

function traceCodes(column: DictionaryColumn, ref: ColumnRef | KeyRef, scope: Scope): CodeSource {
  invariant(ref.table === "traces", `rows of ${scope.table.name} have one trace, not one row of ${ref.table}`);
  const index = scope.traceRows();
  const blocks = column.blocks.map((block) => block.values);
  const out = new Int32Array(scope.batchRows);
  return {
    kind: "codes",
    dictionary: column.dictionary,
    codes: ({ block, rows }) => {
      const from = index.blocks[block];
      if (from !== undefined) takeCodes({ blocks, index: from.values }, rows, out);
      return out;
    },
    stats: (block) => statsOfTraces(column.blocks, index.blocks[block]?.stats),
  };
}

/** A column of distinct texts; one of the owning trace is turned into codes first. */
function utf8Texts(column: Utf8Column, ref: ColumnRef, scope: Scope): TextSource {
  if (ref.table === scope.table.name) {
    return {
      kind: "bytes",
      texts: ({ block }) =>
        column.blocks[block] ?? { offsets: new Int32Array(1), bytes: new Uint8Array(0), validity: undefined },
    };
  }
  invariant(ref.table === "traces", `rows of ${scope.table.name} have one trace, not one row of ${ref.table}`);
  const coder = new TextCoder(ref.name);
  const blocks = column.blocks.map((block) => {
    const codes = new Int32Array(block.length);
    coder.add(block, { positions: undefined, count: block.length }, codes);
    return codes;
  });
  const index = scope.traceRows();
  const out = new Int32Array(scope.batchRows);
  return {
    kind: "codes",
    dictionary: coder.dictionary,
    codes: ({ block, rows }) => {
      const from = index.blocks[block];
      if (from !== undefined) takeCodes({ blocks, index: from.values }, rows, out);
      return out;
    },
  };
}

/** Gives codes to texts that stand as bytes, in order of first appearance. */
export class TextCoder {
  readonly dictionary: TextDictionary;
  readonly #table: TextTable;

  /** `what` names the texts in E_MEMORY. */
  constructor(what: string) {
    this.#table = new TextTable(what);
    this.dictionary = dictionaryOf(this.#table);
  }

  /** Writes the code of each row of `rows` to `out`, -1 where the text is missing. */
  add(texts: TextValues, rows: Batch["rows"], out: Int32Array): void {
    const { offsets, bytes, validity } = texts;
    const { positions, count } = rows;
    for (let i = 0; i < count; i += 1) {
      const row = positions === undefined ? i : positions[i]!;
      const missing = validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0;
      out[row] = missing ? -1 : this.#table.add(bytes, offsets[row]!, offsets[row + 1]!);
    }
  }
}

/** ASCII lower case. Texts of a dictionary that become equal get one code. */
function lowerTexts(source: TextSource, scope: Scope): TextSource {
  if (source.kind === "bytes") {
    return {
      kind: "bytes",
      texts: (batch) => {
        const { offsets, bytes, validity } = source.texts(batch);
        return { offsets, bytes: lowerBytes(bytes), validity };
      },
    };
  }
  const { size, offsets, bytes } = source.dictionary;
  const lower = lowerBytes(bytes);
  const table = new TextTable("lower");
  const codeOf = new Int32Array(size + 1).fill(-1);
  for (let code = 0; code < size; code += 1) codeOf[code + 1] = table.add(lower, offsets[code]!, offsets[code + 1]!);
  const out = new Int32Array(scope.batchRows);
  return {
    kind: "codes",
    dictionary: dictionaryOf(table),
    codes: (batch) => {
      mapToCodes({ codes: source.codes(batch), table: codeOf }, batch.rows, out);
      return out;
    },
  };
}
